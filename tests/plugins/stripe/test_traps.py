"""The traps of Stripe's API, each with what would happen to somebody who fell into it."""

import re
from decimal import Decimal
from typing import Any

import pytest

from plugins.stripe.asking import (
    ADA,
    AUGUST,
    BRUNO,
    JULY,
    JUNE,
    Write,
    customer_of,
    form,
    invoice_of,
    read,
    subscription_of,
)
from support.bench import Bench, reply
from trunkline_contracts.errors import AmbiguousError, ConflictError, InvalidArgumentError
from trunkline_contracts.tools import (
    APPLY_DISCOUNT,
    CANCEL_SUBSCRIPTION,
    CREATE_CUSTOMER,
    FIND_CUSTOMERS,
    FIND_INVOICES,
    GET_BILLING_ACCOUNT,
    GET_CUSTOMER,
    ISSUE_CREDIT,
    ISSUE_REFUND,
    LIST_SUBSCRIPTIONS,
    PAUSE_SUBSCRIPTION,
    RESUME_SUBSCRIPTION,
)
from trunkline_contracts.tools.arguments import Amount
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_stripe import API_VERSION
from trunkline_stripe.money import money, wire_amount

LIVE: dict[str, Any] = {
    "id": "sub_1", "status": "active", "customer": "cus_1", "currency": "eur",
    "items": {"data": [{"id": "si_1", "current_period_start": JUNE, "current_period_end": JULY}]},
}  # fmt: skip
COUPON = {"id": "NEW", "valid": True, "percent_off": 10.0, "duration": "forever"}


async def test_trap_07_a_list_of_discounts_replaces_the_former_one(bench: Bench) -> None:
    """Sent alone, the new discount would take away those that the customer has."""
    former = [{"id": "di_1", "source": {"coupon": {"id": "OLD"}}}, "di_2"]
    quote = {"currency": "eur", "total": 5, "amount_due": 5, "lines": {"data": []}}

    async def sent(*, replace: bool) -> dict[str, str]:
        bench.fail_next(
            reply(200, {**LIVE, "discounts": former}), reply(200, {"data": []}), reply(200, COUPON), reply(200, quote)
        )
        with pytest.raises(PreviewOnlyError) as shown:
            await bench.call(
                APPLY_DISCOUNT, dry_run=True, target="main:subscription:sub_1", offer="NEW", replace=replace,
                reason="wants to stay",
            )  # fmt: skip
        return {key: value for key, value in shown.value.preview.body.items() if key.startswith("discounts")}

    assert await sent(replace=False) == {
        "discounts[0][discount]": "di_1",
        "discounts[1][discount]": "di_2",
        "discounts[2][coupon]": "NEW",
    }
    assert await sent(replace=True) == {"discounts[0][coupon]": "NEW"}


async def test_trap_08_there_are_three_pauses_and_only_one_of_them_is_the_status(bench: Bench, write: Write) -> None:
    """A subscription whose collection is stopped is active; whoever calls it paused stops a service that was paid."""
    beans = await subscription_of(bench, ADA)
    stopped = await write(bench, PAUSE_SUBSCRIPTION, subscription_id=beans, mode="stop_collection", reason="holiday")
    assert (stopped.resource.status.value, stopped.resource.collection_paused.behavior) == ("active", "void")
    assert "subscription stays active" in stopped.message
    await write(bench, RESUME_SUBSCRIPTION, subscription_id=beans, undo="pause")
    paused = await write(bench, PAUSE_SUBSCRIPTION, subscription_id=beans, mode="stop_service", reason="holiday")
    assert (paused.resource.status.value, paused.resource.collection_paused) == ("paused", None)
    assert [request.url.rpartition("/")[2] for request in bench.requests if request.method == "POST"][-1] == "pause"
    third = {"paused": {"subscription": {"type": "trial_end_without_payment_method"}}}
    bench.fail_next(reply(200, {**LIVE, "status": "paused", "status_details": third}))
    ended = await read(bench, bench.ref("subscription", "sub_1"))
    assert (ended.status.value, "trial" in ended.extensions["stripe"]["paused_because"]) == ("paused", True)


async def test_trap_09_a_resumed_subscription_can_stay_paused(bench: Bench, write: Write) -> None:
    """Until its invoice is paid; if it is not, Stripe gives up after 23 hours."""
    beans = await subscription_of(bench, ADA)
    await write(bench, PAUSE_SUBSCRIPTION, subscription_id=beans, mode="stop_service", reason="holiday")
    resumed = await write(bench, RESUME_SUBSCRIPTION, subscription_id=beans, undo="pause")
    assert (resumed.outcome, resumed.resource.status.value) == ("accepted", "paused")
    assert resumed.verify_with.args == {"subscription_id": beans}
    assert "23 hours" in resumed.warnings[0].message


async def test_trap_10_a_cancelled_subscription_lives_until_its_period_ends(bench: Bench, write: Write) -> None:
    beans = await subscription_of(bench, ADA)
    done = await write(bench, CANCEL_SUBSCRIPTION, subscription_id=beans, when="period_end", reason="moving away")
    assert (done.outcome, done.resource.status.value) == ("scheduled", "active")
    assert [(change.action, change.at) for change in done.resource.scheduled] == [("cancel", done.effective_at)]
    now = await write(bench, CANCEL_SUBSCRIPTION, subscription_id=beans, when="now", reason="moving away")
    assert (now.outcome, now.resource.scheduled, now.warnings[0].code) == ("applied", (), "irreversible")


async def test_trap_11_periods_stand_at_the_items_and_can_differ(bench: Bench) -> None:
    items = [
        {"id": "si_1", "current_period_start": JUNE, "current_period_end": JULY},
        {"id": "si_2", "current_period_start": JUNE, "current_period_end": AUGUST},
    ]
    bench.fail_next(reply(200, {**LIVE, "items": {"data": items}}))
    found = await read(bench, bench.ref("subscription", "sub_1"))
    assert found.current_period is None
    assert [int(item.current_period.end.timestamp()) for item in found.items] == [JULY, AUGUST]


def _payment(intent: str, status: str = "paid") -> dict[str, Any]:
    paid = {"type": "payment_intent", "payment_intent": {"id": intent, "amount_received": 10, "currency": "eur"}}
    amounts = {"amount_paid": 10, "amount_requested": 10, "currency": "eur", "status": status}
    return {"id": f"in{intent}", **amounts, "payment": paid}


async def test_trap_12_an_invoice_names_no_payment_and_can_have_several(bench: Bench, write: Write) -> None:
    """To refund the first one found would give back another payment than the one that was meant."""
    bench.fail_next(reply(200, {"data": [_payment("pi_1"), _payment("pi_2")]}))
    with pytest.raises(AmbiguousError) as asked:
        await write(bench, ISSUE_REFUND, target="main:invoice:in_1", reason="parcel lost")
    assert [item.id for item in asked.value.body.candidates] == ["main:payment:pi_1", "main:payment:pi_2"]
    bench.fail_next(reply(200, {"data": [_payment("pi_1", "canceled"), _payment("pi_2")]}))
    with pytest.raises(PreviewOnlyError) as shown:
        await write(bench, ISSUE_REFUND, target="main:invoice:in_1", reason="parcel lost", dry_run=True)
    assert shown.value.preview.body["payment_intent"] == "pi_2"


async def test_trap_13_a_refund_changes_no_invoice(bench: Bench, write: Write) -> None:
    """The money goes back where it came from; the invoice stays paid and no credit note is made."""
    invoice = await invoice_of(bench, BRUNO)
    done = await write(bench, ISSUE_REFUND, target=invoice.id, reason="parcel lost")
    assert (done.resource.destination, done.resource.credit_note) == ("original", None)
    after = await invoice_of(bench, BRUNO)
    assert (after.status.value, after.total, after.paid) == ("paid", invoice.total, invoice.paid)


async def test_trap_14_no_amount_means_what_is_left_not_what_was_paid(bench: Bench, write: Write) -> None:
    invoice = await invoice_of(bench, BRUNO)
    third = {"amount_minor": 1900, "currency": "EUR"}
    await write(bench, ISSUE_REFUND, target=invoice.id, amount=third, reason="a part")
    rest = await write(bench, ISSUE_REFUND, target=invoice.id, reason="the rest")
    assert "amount" not in form(bench)
    assert rest.resource.amount.amount_minor == 3000
    with pytest.raises(ConflictError):
        await write(bench, ISSUE_REFUND, target=invoice.id, reason="more than all")


@pytest.mark.parametrize("status", ["pending", "requires_action"])
async def test_trap_15_a_refund_that_was_made_is_not_money_back(bench: Bench, write: Write, status: str) -> None:
    refund = {"id": "re_1", "amount": 10, "currency": "eur", "status": status}
    bench.fail_next(reply(200, {"data": [_payment("pi_1")]}), reply(200, refund))
    done = await write(bench, ISSUE_REFUND, target="main:invoice:in_1", reason="parcel lost")
    assert (done.outcome, done.resource.status.value, done.warnings[0].code) == ("accepted", status, "async_result")
    assert (done.verify_with.tool, done.verify_with.args) == ("find_invoices", {"invoice": "main:invoice:in_1"})
    bench.fail_next(reply(200, {**refund, "status": "failed", "failure_reason": "expired_or_canceled_card"}))
    failed = await write(bench, ISSUE_REFUND, target="main:payment:pi_1", reason="parcel lost")
    assert (failed.outcome, failed.resource.failure.code) == ("noop", "expired_or_canceled_card")


ZERO_DECIMAL = ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
THREE_DECIMAL = ["BHD", "JOD", "KWD", "OMR", "TND"]


@pytest.mark.parametrize(
    ("currency", "wire", "major"),
    [
        ("EUR", 1090, "10.90"),
        *((currency, 1090, "1090") for currency in ZERO_DECIMAL),
        *((currency, 1090, "1.090") for currency in THREE_DECIMAL),
        ("ISK", 109000, "1090"),
        ("UGX", 109000, "1090"),
    ],
)
def test_trap_16_each_currency_has_its_own_smallest_unit(currency: str, wire: int, major: str) -> None:
    """Taken for cents, a thousand yen would be ten."""
    found = money(wire, currency.lower())
    assert found.major == Decimal(major)
    assert wire_amount(Amount(amount_minor=found.amount_minor, currency=currency)) == wire


@pytest.mark.parametrize("currency", THREE_DECIMAL)
def test_trap_16_a_dinar_moves_in_steps_of_ten(currency: str) -> None:
    with pytest.raises(InvalidArgumentError, match=currency):
        wire_amount(Amount(amount_minor=1091, currency=currency))


async def test_trap_18_a_credit_is_a_negative_balance(bench: Bench, write: Write) -> None:
    """With the other sign the customer would owe what they were to be given."""
    ada = await customer_of(bench, ADA)
    amount = {"amount_minor": 500, "currency": "EUR"}
    done = await write(bench, ISSUE_CREDIT, customer_id=ada, amount=amount, reason="goodwill")
    assert form(bench)["amount"] == "-500"
    assert (done.resource.amount.amount_minor, done.resource.balance_after.amount_minor) == (500, 500)
    account = (await bench.call(GET_BILLING_ACCOUNT, customer_id=ada)).data
    assert [balance.money.amount_minor for balance in account.credit_balances] == [500]


@pytest.mark.parametrize("reason", ["fraudulent", "duplicate", "requested_by_customer"])
async def test_trap_19_a_reason_never_puts_a_card_on_a_block_list(bench: Bench, write: Write, reason: str) -> None:
    invoice = await invoice_of(bench, BRUNO)
    await write(bench, ISSUE_REFUND, target=invoice.id, reason=reason)
    assert "reason" not in form(bench)
    assert form(bench)["metadata[trunkline_reason]"] == reason


async def test_trap_26_the_search_index_lags_so_exact_keys_are_listed(bench: Bench, write: Write) -> None:
    """Nobody in the index is no proof that nobody is there, and what was made is not searched for."""
    made = await write(bench, CREATE_CUSTOMER, email="new@nowhere.example")
    assert not re.search("search", bench.requests[-1].url)
    found = await bench.call(FIND_CUSTOMERS, email="new@nowhere.example")
    assert ([item.id for item in found.data.items], found.freshness.source) == ([made.resource.id], "live")
    nobody = await bench.call(FIND_CUSTOMERS, phone="+12025559999")
    assert (nobody.freshness.source, nobody.freshness.max_lag_s) == ("search_index", 3600)
    assert [warning.code for warning in nobody.warnings] == ["index_lag"]


@pytest.mark.parametrize("text", ['x" OR name~"a', 'Ada\\" OR email~"e', "name:* AND", '-email~"a"'])
async def test_trap_28_a_text_stays_a_value_of_the_query(bench: Bench, text: str) -> None:
    assert (await bench.call(FIND_CUSTOMERS, name=text)).data.items == ()
    assert (await bench.call(FIND_INVOICES, invoice=text)).data.items == ()


async def test_trap_42_every_request_names_the_version_that_we_read(bench: Bench, write: Write) -> None:
    """Without it the account's own version would answer, in which an invoice has other fields."""
    ada = await customer_of(bench, ADA)
    await bench.call(GET_CUSTOMER, customer_id=ada)
    await bench.call(LIST_SUBSCRIPTIONS, customer_id=ada)
    await write(bench, CREATE_CUSTOMER, email="new@nowhere.example")
    assert {request.headers["Stripe-Version"] for request in bench.requests} == {API_VERSION}
