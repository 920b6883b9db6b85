"""Stripe's plugin at its sandbox, judged by Stripe's OpenAPI file: subscriptions changed and money given back."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from plugins.stripe.asking import ADA, BRUNO, INES, JULY, Write, form, invoice_of, subscription_of
from support.bench import KEY, MARKER, Bench, at_sandbox, reply
from trunkline_contracts.contract import Contract
from trunkline_contracts.errors import (
    AmbiguousError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
)
from trunkline_contracts.sandbox import COMPANY, Seed, SeedSubscription
from trunkline_contracts.tools import (
    CANCEL_SUBSCRIPTION,
    ISSUE_REFUND,
    LIST_SUBSCRIPTIONS,
    PAUSE_SUBSCRIPTION,
    RESUME_SUBSCRIPTION,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.egress.wire import LostAnswerError
from trunkline_stripe import trunkline_connector

LIVE = {"id": "sub_1", "status": "active", "items": {"data": []}}


async def test_collection_is_paused_until_a_day_and_the_subscription_stays_active(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    paused = await write(
        bench,
        PAUSE_SUBSCRIPTION,
        subscription_id=beans,
        mode="stop_collection",
        resume_at="2031-02-01",
        reason="too much",
    )
    assert paused.outcome == "applied"
    assert paused.resource
    assert paused.resource.status.value == "active"
    assert paused.resource.collection_paused
    assert paused.resource.collection_paused.behavior == "void"
    assert paused.resource.collection_paused.resumes_at.isoformat() == "2031-02-01T00:00:00+00:00"
    assert paused.resource.items[0].plan_name == "Beans Monthly"
    assert "voids each new invoice" in paused.message
    assert paused.undo
    assert (paused.undo.tool, paused.undo.args["undo"]) == ("resume_subscription", "pause")
    sent = form(bench)
    assert (sent["metadata[trunkline_op]"], sent["metadata[trunkline_reason]"]) == (MARKER, "too much")
    seen = (await write(bench, LIST_SUBSCRIPTIONS, subscription_id=beans)).data.items[0]
    assert seen == paused.resource


async def test_each_undo_takes_its_write_back(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    before = (await write(bench, LIST_SUBSCRIPTIONS, subscription_id=beans)).data.items[0]
    tools = {tool.name: tool for tool in (PAUSE_SUBSCRIPTION, RESUME_SUBSCRIPTION, CANCEL_SUBSCRIPTION)}
    writes: tuple[tuple[Contract[Any, Any], dict[str, Any]], ...] = (
        (PAUSE_SUBSCRIPTION, {"mode": "stop_collection", "resume_at": "2031-02-01"}),
        (CANCEL_SUBSCRIPTION, {"when": "period_end"}),
        (CANCEL_SUBSCRIPTION, {"when": "date", "on": "2031-02-01"}),
    )
    for contract, arguments in writes:
        done = await write(bench, contract, subscription_id=beans, reason="try", **arguments)
        undone = await write(bench, tools[done.undo.tool], **done.undo.args)
        assert undone.resource.scheduled == before.scheduled == ()
        assert undone.resource.collection_paused is None
        again = await write(bench, tools[undone.undo.tool], **undone.undo.args)
        assert again.resource.scheduled == done.resource.scheduled
        await write(bench, tools[again.undo.tool], **again.undo.args)


async def test_the_operator_says_what_becomes_of_invoices_meanwhile(bench: Bench, write: Write) -> None:
    settings = bench.connection.settings.model_copy(update={"while_paused": "keep_as_draft"})
    bench.connection = replace(bench.connection, settings=settings)
    beans = await subscription_of(bench, ADA)
    paused = await write(bench, PAUSE_SUBSCRIPTION, subscription_id=beans, mode="stop_collection", reason="too much")
    assert form(bench)["pause_collection[behavior]"] == "keep_as_draft"
    assert "draft" in paused.message


async def test_the_service_is_paused_and_resumes_only_when_the_new_invoice_is_paid(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    paused = await write(bench, PAUSE_SUBSCRIPTION, subscription_id=beans, mode="stop_service", reason="too much")
    assert (paused.outcome, paused.resource.status.value) == ("applied", "paused")
    assert bench.requests[-1].url.endswith("/pause")
    resumed = await write(bench, RESUME_SUBSCRIPTION, subscription_id=beans, undo="pause")
    assert (resumed.outcome, resumed.resource.status.value) == ("accepted", "paused")
    assert [warning.code for warning in resumed.warnings] == ["async_result"]
    bench.fail_next(reply(200, {**LIVE, "status": "paused"}), reply(200, LIVE))
    at_once = await write(bench, RESUME_SUBSCRIPTION, subscription_id=beans, undo="pause")
    assert (at_once.outcome, at_once.warnings) == ("applied", ())


async def test_a_service_pause_that_stripe_cannot_do_is_refused_with_the_other_mode(bench: Bench, write: Write) -> None:
    beans, supply = await subscription_of(bench, ADA), await subscription_of(bench, BRUNO)
    for arguments in ({"subscription_id": beans, "resume_at": "2031-02-01"}, {"subscription_id": supply}):
        with pytest.raises(UnsupportedError) as refused:
            await write(bench, PAUSE_SUBSCRIPTION, mode="stop_service", reason="too much", **arguments)
        assert refused.value.body.supported_alternatives == ("stop_collection",)
    assert all(request.method == "GET" for request in bench.requests)


@pytest.mark.parametrize(
    ("contract", "arguments", "argument"),
    [
        (PAUSE_SUBSCRIPTION, {"mode": "stop_collection", "starts": "period_end", "reason": "why not"}, "starts"),
        (RESUME_SUBSCRIPTION, {"undo": "scheduled_pause"}, "undo"),
        (CANCEL_SUBSCRIPTION, {"when": "now", "refund": "prorated", "reason": "why not"}, "refund"),
        (CANCEL_SUBSCRIPTION, {"when": "now", "feedback": "meh", "reason": "why not"}, "feedback"),
    ],
)
async def test_what_stripe_cannot_honour_is_refused_before_anything_is_sent(
    bench: Bench, write: Write, contract: Contract[Any, Any], arguments: dict[str, Any], argument: str
) -> None:
    with pytest.raises(UnsupportedError, match=argument):
        await write(bench, contract, subscription_id=bench.ref("subscription", "sub_1"), **arguments)
    assert bench.requests == []


async def test_where_nothing_is_paused_or_ending_there_is_nothing_to_undo(bench: Bench, write: Write) -> None:
    """So a repeated call, whose first answer was lost, ends well."""
    beans = await subscription_of(bench, ADA)
    for undo in ("pause", "scheduled_cancel"):
        written = await write(bench, RESUME_SUBSCRIPTION, subscription_id=beans, undo=undo)
        assert (written.outcome, written.resource.id) == ("noop", beans)
        assert "nothing was changed" in written.message
    assert {request.method for request in bench.requests} == {"GET"}


async def test_an_ended_subscription_cannot_be_changed(bench: Bench, write: Write) -> None:
    ended = await subscription_of(bench, INES)
    for contract, arguments in (
        (PAUSE_SUBSCRIPTION, {"mode": "stop_collection", "reason": "why not"}),
        (RESUME_SUBSCRIPTION, {"undo": "pause"}),
        (CANCEL_SUBSCRIPTION, {"when": "now", "reason": "why not"}),
    ):
        with pytest.raises(ConflictError, match="ended"):
            await write(bench, contract, subscription_id=ended, **arguments)


async def test_a_cancellation_at_the_end_of_the_period_leaves_the_subscription_alive(
    bench: Bench, write: Write
) -> None:
    beans = await subscription_of(bench, ADA)
    written = await write(
        bench,
        CANCEL_SUBSCRIPTION,
        subscription_id=beans,
        when="period_end",
        reason="too much",
        feedback="unused",
        refund="none",
    )
    assert (written.outcome, written.resource.status.value) == ("scheduled", "active")
    assert written.effective_at == written.resource.current_period.end == written.undo.until
    assert written.resource.scheduled[0].at == written.effective_at
    assert (written.resource.cancel.reason, written.resource.cancel.feedback) == ("too much", "unused")
    assert form(bench)["metadata[trunkline_op]"] == MARKER


async def test_a_cancellation_on_a_day_makes_no_proration(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    written = await write(
        bench, CANCEL_SUBSCRIPTION, subscription_id=beans, when="date", on="2031-02-01", reason="too much"
    )
    assert written.effective_at.isoformat() == "2031-02-01T00:00:00+00:00"
    assert form(bench)["proration_behavior"] == "none"
    with pytest.raises(InvalidArgumentError, match="cancel_at"):
        await write(bench, CANCEL_SUBSCRIPTION, subscription_id=beans, when="date", on="2021-02-01", reason="too much")


async def test_a_cancellation_at_once_is_final_and_says_so(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    written = await write(bench, CANCEL_SUBSCRIPTION, subscription_id=beans, when="now", reason="too much")
    assert (written.outcome, written.resource.status.value, written.undo) == ("applied", "canceled", None)
    assert [warning.code for warning in written.warnings] == ["irreversible"]
    assert written.resource.ended_at
    request = bench.requests[-1]
    assert request.method == "DELETE"
    # https://docs.stripe.com/api/idempotent_requests: a key does nothing for a DELETE.
    assert "Idempotency-Key" not in request.headers


async def test_an_invoice_is_refunded_through_its_payment(bench: Bench, write: Write) -> None:
    invoice = await invoice_of(bench, BRUNO)
    written = await write(bench, ISSUE_REFUND, target=invoice.id, reason="parcel lost")
    assert (written.outcome, written.resource.status.value, written.resource.target) == (
        "applied",
        "succeeded",
        invoice.id,
    )
    assert (written.resource.amount.amount_minor, written.resource.reason) == (4900, "parcel lost")
    sent = form(bench)
    assert (sent["payment_intent"], sent["metadata[trunkline_op]"]) == (invoice.payments[0].id.vendor_id, MARKER)
    assert sent["metadata[trunkline_reason]"] == "parcel lost"
    after = await invoice_of(bench, BRUNO)
    assert (after.refunded.amount_minor, after.refundable.amount_minor, after.status.value) == (4900, 0, "paid")


async def test_a_reason_never_becomes_stripes_own(bench: Bench, write: Write) -> None:
    invoice = await invoice_of(bench, BRUNO)
    await write(bench, ISSUE_REFUND, target=invoice.id, reason="fraudulent")
    assert "reason" not in form(bench)


async def test_a_part_of_a_payment_is_refunded_twice_and_then_no_more(bench: Bench, write: Write) -> None:
    payment = (await invoice_of(bench, BRUNO)).payments[0].id
    half = {"amount_minor": 2450, "currency": "EUR"}
    for _ in range(2):
        assert (await write(bench, ISSUE_REFUND, target=payment, amount=half, reason="half")).outcome == "applied"
    with pytest.raises(ConflictError, match="charge_already_refunded"):
        await write(bench, ISSUE_REFUND, target=payment, reason="the rest")


async def test_more_than_is_left_is_a_conflict_by_stripes_own_word(bench: Bench, write: Write) -> None:
    payment = (await invoice_of(bench, BRUNO)).payments[0].id
    with pytest.raises(ConflictError, match="amount"):
        await write(
            bench, ISSUE_REFUND, target=payment, amount={"amount_minor": 4901, "currency": "EUR"}, reason="too much"
        )


@pytest.mark.parametrize("kind", ["invoice", "payment"])
async def test_an_amount_in_another_currency_is_refused_before_it_is_sent(
    bench: Bench, write: Write, kind: str
) -> None:
    invoice = await invoice_of(bench, BRUNO)
    target = invoice.id if kind == "invoice" else invoice.payments[0].id
    with pytest.raises(InvalidArgumentError, match="EUR"):
        await write(
            bench, ISSUE_REFUND, target=target, amount={"amount_minor": 4900, "currency": "JPY"}, reason="parcel lost"
        )
    assert all(request.method == "GET" for request in bench.requests)


async def test_a_charge_is_refunded_by_its_own_id(bench: Bench, write: Write) -> None:
    bench.fail_next(reply(200, {"id": "ch_1", "currency": "eur"}), reply(200, _refund("pending")))
    written = await write(
        bench,
        ISSUE_REFUND,
        target=bench.ref("payment", "ch_1"),
        amount={"amount_minor": 500, "currency": "EUR"},
        reason="half",
    )
    assert (written.outcome, written.resource.status.value) == ("accepted", "pending")
    assert [warning.code for warning in written.warnings] == ["async_result"]


async def test_a_refund_that_failed_at_once_moved_nothing(bench: Bench, write: Write) -> None:
    bench.fail_next(reply(200, _refund("failed", failure_reason="lost_or_stolen_card")))
    written = await write(bench, ISSUE_REFUND, target=bench.ref("payment", "pi_1"), reason="parcel lost")
    assert (written.outcome, written.resource.failure.code) == ("noop", "lost_or_stolen_card")


def _refund(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "re_1", "object": "refund", "amount": 500, "currency": "eur", "status": status, **more}


def _payment(intent: str, received: int = 10, **more: Any) -> dict[str, Any]:
    paid = {"type": "payment_intent", "payment_intent": {"id": intent, "amount_received": received, "currency": "eur"}}
    amounts = {"amount_paid": 10, "amount_requested": 10, "currency": "eur", "status": "paid"}
    return {"id": f"in{intent}", **amounts, "payment": paid, **more}


async def test_an_invoice_with_several_payments_asks_which(bench: Bench, write: Write) -> None:
    failed = _payment("pi_3", status="canceled")
    bench.fail_next(reply(200, {"data": [_payment("pi_1"), _payment("pi_2"), failed]}))
    with pytest.raises(AmbiguousError) as asked:
        await write(bench, ISSUE_REFUND, target=bench.ref("invoice", "in_1"), reason="parcel lost")
    assert [(item.id, item.label) for item in asked.value.body.candidates] == [
        ("main:payment:pi_1", "0.10 EUR"),
        ("main:payment:pi_2", "0.10 EUR"),
    ]


async def test_an_invoice_that_was_paid_elsewhere_cannot_be_refunded_here(bench: Bench, write: Write) -> None:
    outside = {**_payment("pi_1"), "payment": {"type": "payment_record", "payment_record": "pr_1"}}
    bench.fail_next(reply(200, {"data": [outside]}))
    with pytest.raises(ConflictError, match="nothing to refund"):
        await write(bench, ISSUE_REFUND, target=bench.ref("invoice", "in_1"), reason="parcel lost")
    with pytest.raises(ConflictError, match="not paid through Stripe"):
        await write(bench, ISSUE_REFUND, target=bench.ref("payment", "pr_1"), reason="parcel lost")


async def test_only_the_invoices_share_of_a_larger_payment_is_refunded(bench: Bench, write: Write) -> None:
    bench.fail_next(reply(200, {"data": [_payment("pi_1", received=25)]}))
    with pytest.raises(PreviewOnlyError) as shown:
        await write(bench, ISSUE_REFUND, target=bench.ref("invoice", "in_1"), reason="parcel lost", dry_run=True)
    assert shown.value.preview.body["amount"] == "10"


def _priced(currency: str, minor: int) -> Seed:
    ada = replace(COMPANY.people[0], subscriptions=(SeedSubscription("Beans", minor, currency),), orders=())
    return replace(COMPANY, people=(ada,))


@pytest.mark.parametrize(
    ("currency", "wire", "minor"), [("JPY", 2900, 2900), ("KWD", 5120, 5120), ("ISK", 290_000, 2900), ("UGX", 500, 5)]
)
async def test_a_refund_in_any_currency_gives_back_what_was_paid(
    currency: str, wire: int, minor: int, write: Write
) -> None:
    async with at_sandbox(trunkline_connector(), _priced(currency, minor)) as bench:
        invoice = await invoice_of(bench, ADA)
        assert (invoice.refundable.amount_minor, invoice.refundable.currency) == (minor, currency)
        amount = {"amount_minor": minor, "currency": currency}
        written = await write(bench, ISSUE_REFUND, target=invoice.id, amount=amount, reason="parcel lost")
        assert form(bench)["amount"] == str(wire)
        assert written.resource.amount == invoice.refundable
        with pytest.raises(ConflictError, match="charge_already_refunded"):
            await write(bench, ISSUE_REFUND, target=invoice.id, reason="once more")


async def test_a_dry_run_shows_the_request_and_sends_none(bench: Bench, write: Write) -> None:
    invoice, supply = await invoice_of(bench, BRUNO), await subscription_of(bench, BRUNO)
    calls: tuple[tuple[Contract[Any, Any], dict[str, Any], str], ...] = (
        (ISSUE_REFUND, {"target": invoice.id, "reason": "parcel lost"}, "payment_intent=pi_"),
        (PAUSE_SUBSCRIPTION, {"subscription_id": supply, "mode": "stop_collection", "reason": "try"}, "void"),
        (
            CANCEL_SUBSCRIPTION,
            {"subscription_id": supply, "when": "period_end", "reason": "try"},
            "cancel_at_period_end=true",
        ),
    )
    for contract, arguments, part in calls:
        with pytest.raises(PreviewOnlyError) as shown:
            await write(bench, contract, dry_run=True, **arguments)
        assert part in urlencode(shown.value.preview.body)
    assert {request.method for request in bench.requests} == {"GET"}


async def test_the_same_key_is_one_refund(bench: Bench) -> None:
    invoice = await invoice_of(bench, BRUNO)
    half = {"amount_minor": 100, "currency": "EUR"}
    first = await bench.call(ISSUE_REFUND, target=invoice.id, amount=half, reason="half")
    second = await bench.call(ISSUE_REFUND, target=invoice.id, amount=half, reason="half")
    assert first.resource == second.resource is not None
    assert (await invoice_of(bench, BRUNO)).refunded.amount_minor == 100
    with pytest.raises(ConflictError, match="idempotency_error"):
        await bench.call(ISSUE_REFUND, target=invoice.id, reason="the rest")
    assert bench.requests[-1].headers["Idempotency-Key"] == KEY


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (reply(401, {"error": {"type": "invalid_request_error"}}), PermissionDeniedError),
        (reply(404, {"error": {"type": "invalid_request_error", "code": "resource_missing"}}), NotFoundError),
        (reply(402, {"error": {"type": "card_error", "code": "charge_disputed"}}), ConflictError),
        (reply(400, {"error": {"type": "idempotency_error"}}), ConflictError),
        (reply(429, {"error": {"code": "lock_timeout"}}), RateLimitedError),
        (reply(500, b"<html>"), OutcomeUnknownError),
        (reply(302, b""), OutcomeUnknownError),
        (reply(409, {"error": {"code": "idempotency_key_in_use"}}), OutcomeUnknownError),
        (LostAnswerError("ServerDisconnected"), OutcomeUnknownError),
    ],
)
async def test_a_refund_without_a_clear_answer_is_sent_once(
    bench: Bench, write: Write, fault: object, expected: type[Exception]
) -> None:
    bench.wire.faults.append(fault)
    with pytest.raises(expected):
        await write(bench, ISSUE_REFUND, target=bench.ref("payment", "pi_1"), reason="parcel lost")
    assert len(bench.trace) == 1


@pytest.mark.parametrize(
    ("contract", "arguments"),
    [
        (PAUSE_SUBSCRIPTION, {"mode": "stop_collection", "reason": "try"}),
        (RESUME_SUBSCRIPTION, {"undo": "scheduled_cancel"}),
        (CANCEL_SUBSCRIPTION, {"when": "now", "reason": "try"}),
        (CANCEL_SUBSCRIPTION, {"when": "period_end", "reason": "try"}),
    ],
)
async def test_a_change_of_a_subscription_without_a_clear_answer_is_sent_once(
    bench: Bench, write: Write, contract: Contract[Any, Any], arguments: dict[str, Any]
) -> None:
    bench.fail_next(reply(200, {**LIVE, "cancel_at": JULY}), reply(503, b""))
    with pytest.raises(OutcomeUnknownError):
        await write(bench, contract, subscription_id=bench.ref("subscription", "sub_1"), **arguments)
    assert [exchange.mutating for exchange in bench.trace] == [False, True]
