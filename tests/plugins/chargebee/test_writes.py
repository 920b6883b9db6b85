"""Chargebee's plugin at its sandbox: subscriptions changed and money given back."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from plugins.chargebee.desk import EURO, INVOICE, Answer, Desk, form
from support.bench import KEY, Bench, reply
from trunkline_chargebee.sandbox_subscriptions import REASONS
from trunkline_contracts.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    UnsupportedError,
)
from trunkline_contracts.tools import (
    CANCEL_SUBSCRIPTION,
    FIND_INVOICES,
    ISSUE_REFUND,
    PAUSE_SUBSCRIPTION,
    RESUME_SUBSCRIPTION,
)
from trunkline_contracts.values import Money
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.egress.wire import LostAnswerError

INES = "ines.moreau@atelier-moreau.example"
NEXT_MONTH = datetime.now(UTC).date() + timedelta(days=31)


async def test_a_pause_stops_the_service_at_once_and_is_taken_back(bench: Bench, desk: Desk) -> None:
    ref = await desk.subscription()
    paused = await desk.do(PAUSE_SUBSCRIPTION, subscription_id=ref, mode="stop_service", resume_at=NEXT_MONTH)
    assert (paused.outcome, paused.resource.status.value, paused.resource.next_invoice) == ("applied", "paused", None)
    (resumes,) = paused.resource.scheduled
    assert (resumes.action, resumes.at.date()) == ("resume", NEXT_MONTH)
    assert form(bench)["pause_option"] == "immediately"
    resumed = await desk.take_back(paused)
    assert (resumed.resource.status.value, resumed.resource.scheduled) == ("active", ())
    again = await desk.take_back(resumed)
    assert (again.resource.status.value, again.resource.scheduled) == ("paused", paused.resource.scheduled)


async def test_a_pause_at_the_end_of_the_term_is_only_scheduled(desk: Desk) -> None:
    ref = await desk.subscription()
    written = await desk.do(PAUSE_SUBSCRIPTION, subscription_id=ref, mode="stop_service", starts="period_end")
    assert (written.outcome, written.resource.status.value) == ("scheduled", "active")
    assert [change.action for change in written.resource.scheduled] == ["pause"]
    assert written.effective_at == written.resource.current_period.end
    assert written.undo
    assert written.undo.args["undo"] == "scheduled_pause"
    undone = await desk.take_back(written)
    assert undone.resource.scheduled == ()
    assert (await desk.take_back(undone)).effective_at == written.effective_at


async def test_stopping_only_the_collection_is_refused_not_replaced_by_something_else(bench: Bench, desk: Desk) -> None:
    ref = await desk.subscription()
    with pytest.raises(UnsupportedError, match="stop_service"):
        await desk.do(PAUSE_SUBSCRIPTION, subscription_id=ref, mode="stop_collection")
    assert all(request.method == "GET" for request in bench.requests)


async def test_what_is_not_paused_cannot_be_resumed(desk: Desk) -> None:
    ref = await desk.subscription()
    for undo in ("pause", "scheduled_pause", "scheduled_cancel"):
        with pytest.raises(ConflictError, match="invalid_state_for_request"):
            await desk.do(RESUME_SUBSCRIPTION, subscription_id=ref, undo=undo)


async def test_what_a_resumption_bills_at_once_is_said(bench: Bench, desk: Desk) -> None:
    subscription = {"id": "s", "status": "active", "currency_code": "EUR"}
    invoice = {"id": "INV/7", "currency_code": "EUR", "total": 1900, "status": "payment_due"}
    bench.fail_next(
        reply(200, {"subscription": {**subscription, "status": "paused"}}),
        reply(200, {"subscription": subscription, "invoice": invoice}),
    )
    written = await desk.do(RESUME_SUBSCRIPTION, subscription_id=bench.ref("subscription", "s"), undo="pause")
    assert written.extensions
    assert written.extensions["chargebee"]["invoice"]["number"] == "INV/7"
    assert written.extensions["chargebee"]["invoice"]["total"]["amount_minor"] == 1900


async def test_a_cancellation_at_the_end_of_the_term_leaves_it_active_until_then(bench: Bench, desk: Desk) -> None:
    ref = await desk.subscription()
    written = await desk.do(CANCEL_SUBSCRIPTION, subscription_id=ref, when="period_end", feedback=REASONS[1])
    assert (written.outcome, written.resource.status.value) == ("scheduled", "active")
    assert written.resource.status.raw == "non_renewing"
    (change,) = written.resource.scheduled
    assert (change.action, change.at, change.detail) == ("cancel", written.effective_at, REASONS[1])
    assert form(bench) == {"cancel_option": "end_of_term", "cancel_reason_code": REASONS[1]}
    kept = await desk.take_back(written)
    assert (kept.resource.status.raw, kept.resource.scheduled) == ("active", ())
    assert kept.undo
    assert kept.undo.args["when"] == "period_end"


async def test_a_cancellation_on_a_day_is_taken_back_and_made_again_on_that_day(desk: Desk) -> None:
    ref = await desk.subscription()
    written = await desk.do(CANCEL_SUBSCRIPTION, subscription_id=ref, when="date", on=NEXT_MONTH)
    assert written.effective_at == datetime(NEXT_MONTH.year, NEXT_MONTH.month, NEXT_MONTH.day, tzinfo=UTC)
    again = await desk.take_back(await desk.take_back(written))
    assert again.effective_at == written.effective_at


async def test_a_cancellation_now_is_final_and_moves_no_money_unless_asked(bench: Bench, desk: Desk) -> None:
    ref = await desk.subscription()
    written = await desk.do(CANCEL_SUBSCRIPTION, subscription_id=ref, when="now", refund="none")
    assert (written.outcome, written.resource.status.value, written.undo) == ("applied", "canceled", None)
    assert written.resource.ended_at
    assert [warning.code for warning in written.warnings] == ["irreversible"]
    assert written.extensions is None
    assert form(bench)["credit_option_for_current_term_charges"] == "none"
    with pytest.raises(ConflictError):
        await desk.do(CANCEL_SUBSCRIPTION, subscription_id=ref, when="now")


@pytest.mark.parametrize(("refund", "option"), [("prorated", "prorate"), ("full", "full")])
async def test_a_refund_with_a_cancellation_is_credited_and_refunded_later(
    bench: Bench, desk: Desk, refund: str, option: str
) -> None:
    ref = await desk.subscription()
    written = await desk.do(CANCEL_SUBSCRIPTION, subscription_id=ref, when="now", refund=refund)
    assert form(bench)["credit_option_for_current_term_charges"] == option
    assert form(bench)["refundable_credits_handling"] == "schedule_refund"
    assert "async_result" in [warning.code for warning in written.warnings]
    assert written.extensions == {"chargebee": {"credit_notes": ["CN-0001"]}}


async def test_that_nothing_is_refunded_is_said_wherever_a_term_is_cut_short(bench: Bench, desk: Desk) -> None:
    ref = await desk.subscription()
    await desk.do(CANCEL_SUBSCRIPTION, subscription_id=ref, when="date", on=NEXT_MONTH, refund="none")
    assert form(bench)["credit_option_for_current_term_charges"] == "none"
    assert form(bench)["refundable_credits_handling"] == "no_action"


async def test_where_nothing_is_said_of_refunds_the_sites_setting_decides(bench: Bench, desk: Desk) -> None:
    await desk.do(CANCEL_SUBSCRIPTION, subscription_id=await desk.subscription(), when="now")
    assert form(bench) == {"cancel_option": "immediately"}


async def test_a_refund_with_a_later_cancellation_is_refused_not_dropped(bench: Bench, desk: Desk) -> None:
    ref = await desk.subscription()
    with pytest.raises(UnsupportedError, match="when: now"):
        await desk.do(CANCEL_SUBSCRIPTION, subscription_id=ref, when="period_end", refund="prorated")
    assert all(request.method == "GET" for request in bench.requests)


async def test_a_feedback_that_the_site_does_not_know_is_named(desk: Desk) -> None:
    ref = await desk.subscription()
    with pytest.raises(InvalidArgumentError, match="cancel_reason_code"):
        await desk.do(CANCEL_SUBSCRIPTION, subscription_id=ref, when="now", feedback="Too much & more=1")


async def test_what_has_ended_cannot_be_changed(desk: Desk) -> None:
    ref = await desk.subscription(INES)
    with pytest.raises(ConflictError):
        await desk.do(PAUSE_SUBSCRIPTION, subscription_id=ref, mode="stop_service")


async def test_an_invoice_is_refunded_with_a_credit_note(bench: Bench, desk: Desk) -> None:
    done = await desk.do(ISSUE_REFUND, target=INVOICE, amount={"amount_minor": 900, **EURO}, reason="lost & gone")
    assert (done.outcome, done.resource.status.value, done.resource.destination) == ("applied", "succeeded", "original")
    assert done.resource.amount == Money(amount_minor=900, currency="EUR", exponent=2)
    assert done.resource.credit_note == "main:credit_note:CN-0001"
    assert form(bench) == {"refund_amount": "900", "comment": "lost & gone"}
    (invoice,) = (await bench.call(FIND_INVOICES, invoice=INVOICE)).data.items
    assert invoice.refunded == Money(amount_minor=900, currency="EUR", exponent=2)
    assert invoice.refundable == Money(amount_minor=4000, currency="EUR", exponent=2)
    rest = await desk.do(ISSUE_REFUND, target=INVOICE)
    assert rest.resource.amount.amount_minor == 4000
    assert "refund_amount" not in form(bench)
    with pytest.raises(ConflictError):
        await desk.do(ISSUE_REFUND, target=INVOICE)


async def test_more_than_was_paid_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidArgumentError, match="refund_amount"):
        await desk.do(ISSUE_REFUND, target=INVOICE, amount={"amount_minor": 5000, **EURO})


async def test_an_amount_in_another_currency_never_leaves(bench: Bench, desk: Desk) -> None:
    with pytest.raises(InvalidArgumentError, match="in EUR"):
        await desk.do(ISSUE_REFUND, target=INVOICE, amount={"amount_minor": 900, "currency": "USD"})
    assert all(request.method == "GET" for request in bench.requests)


async def test_a_payment_is_no_invoice(bench: Bench, desk: Desk) -> None:
    with pytest.raises(UnsupportedError, match="invoice"):
        await desk.do(ISSUE_REFUND, target="main:payment:txn_1")
    assert bench.requests == []


@pytest.mark.parametrize(
    ("status", "outcome", "ours", "warned"),
    [
        ("success", "applied", "succeeded", []),
        ("in_progress", "accepted", "pending", ["async_result"]),
        ("needs_attention", "accepted", "pending", ["async_result"]),
        ("failure", "partial", "failed", []),
        ("timeout", "partial", "failed", []),
        ("late_failure", "partial", "failed", []),
        ("voided", "partial", "canceled", []),
        ("brand_new", "accepted", "other", ["async_result"]),
    ],
)
async def test_a_refund_is_no_more_than_its_transaction_says(
    bench: Bench, desk: Desk, status: str, outcome: str, ours: str, warned: list[str]
) -> None:
    paid = {"id": "txn_1", "status": status, "amount": 5, "error_code": "x" if ours == "failed" else None}
    invoice = {"id": "1", "currency_code": "JPY", "total": 5}
    bench.fail_next(reply(200, {"invoice": invoice, "transaction": paid, "credit_note": None}))
    done = await desk.do(ISSUE_REFUND, target="main:invoice:1")
    assert (done.outcome, done.resource.status.value, done.resource.status.raw) == (outcome, ours, status)
    assert [warning.code for warning in done.warnings if warning.code == "async_result"] == warned
    assert (done.message is not None) == (outcome == "partial")
    assert (done.resource.failure is not None) == (ours == "failed")
    assert done.resource.amount == Money(amount_minor=5, currency="JPY", exponent=0)


async def test_a_repeated_key_refunds_once_and_another_request_with_it_is_refused(bench: Bench) -> None:
    first = await bench.call(ISSUE_REFUND, target=INVOICE, reason="lost")
    again = await bench.call(ISSUE_REFUND, target=INVOICE, reason="lost")
    assert first.resource == again.resource
    assert bench.requests[-1].headers["chargebee-idempotency-key"] == KEY
    assert bench.wire.exchanges[-1][1].headers["chargebee-idempotency-replayed"] == "true"
    with pytest.raises(ConflictError, match="unable_to_process_request"):
        await bench.call(ISSUE_REFUND, target=INVOICE, reason="another")


async def test_a_key_that_is_too_long_for_chargebee_is_shortened_and_stays_a_key(bench: Bench) -> None:
    for length in (100, 101, 102, 101):
        bench.key = "k" * length
        with suppress(ConflictError):
            await bench.call(ISSUE_REFUND, target=INVOICE, reason="lost")
    keys = [request.headers["chargebee-idempotency-key"] for request in bench.requests]
    assert [len(key) for key in keys] == [100, 64, 64, 64]
    assert keys[1] == keys[3] != keys[2]


async def test_an_amount_that_chargebee_cannot_write_is_refused_before_it_leaves(bench: Bench, desk: Desk) -> None:
    invoice = {"id": "1", "currency_code": "KWD", "total": 500}
    paid = {"id": "txn_1", "status": "success", "amount": 123}
    bench.fail_next(reply(200, {"invoice": invoice}))
    with pytest.raises(InvalidArgumentError, match=r"0\.010"):
        await desk.do(ISSUE_REFUND, target="main:invoice:1", amount={"amount_minor": 1234, "currency": "KWD"})
    answer = Answer({"invoice": invoice, "transaction": paid})
    desk.prepare(reply(200, {"invoice": invoice}), answer)
    done = await desk.do(ISSUE_REFUND, target="main:invoice:1", amount={"amount_minor": 1230, "currency": "KWD"})
    assert done.resource.amount == Money(amount_minor=1230, currency="KWD", exponent=3)
    assert answer.form["refund_amount"] == "123"


async def test_reads_carry_no_key(bench: Bench, desk: Desk) -> None:
    await desk.subscription()
    assert not any("chargebee-idempotency-key" in request.headers for request in bench.requests)


async def test_a_dry_run_shows_the_form_and_sends_nothing(bench: Bench) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(ISSUE_REFUND, target=INVOICE, reason="lost", dry_run=True)
    assert shown.value.preview.body == {"comment": "lost"}
    assert shown.value.preview.url == "https://coffee-test.chargebee.com/api/v2/invoices/COFFEE%2F0003/refund"
    assert bench.requests == []


@pytest.mark.parametrize(
    "fault", [reply(500, b""), reply(503, {"api_error_code": "site_read_only_mode"}), LostAnswerError("reset")]
)
async def test_a_refund_without_a_clear_answer_is_unknown_and_not_repeated(bench: Bench, fault: Any) -> None:
    bench.fail_next(fault)
    with pytest.raises(OutcomeUnknownError):
        await bench.call(ISSUE_REFUND, target=INVOICE, reason="lost")
    assert len(bench.trace) == 1


async def test_a_missing_record_and_a_busy_one_say_so(bench: Bench, desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        await desk.do(CANCEL_SUBSCRIPTION, subscription_id="main:subscription:nobodys", when="now")
    bench.fail_next(reply(429, {"api_error_code": "lock_timeout"}, retry_after="2"))
    with pytest.raises(RateLimitedError):
        await desk.do(ISSUE_REFUND, target="main:invoice:1")
