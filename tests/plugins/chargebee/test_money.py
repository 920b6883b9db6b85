"""Chargebee's plugin at its sandbox: credit, pages to pay on, orders, and the traps in what money does."""

from datetime import UTC, datetime
from typing import Any

import pytest

from plugins.chargebee.desk import ADA, BRUNO, CHIARA, EURO, INVOICE, Answer, Desk, form, path
from support.bench import Bench, reply
from trunkline_chargebee.money import money, wire_amount
from trunkline_contracts.errors import ConflictError, InvalidArgumentError, NotFoundError, UnsupportedError
from trunkline_contracts.tools import (
    CANCEL_ORDER,
    CANCEL_SUBSCRIPTION,
    CREATE_PAYMENT_LINK,
    FIND_INVOICES,
    FIND_ORDERS,
    GET_BILLING_ACCOUNT,
    ISSUE_CREDIT,
    ISSUE_REFUND,
)
from trunkline_contracts.tools.arguments import Amount
from trunkline_contracts.values import Money


def euros(minor: int) -> Money:
    return Money(amount_minor=minor, currency="EUR", exponent=2)


def writes(bench: Bench) -> list[str]:
    return [request.url for request in bench.requests if request.method == "POST"]


async def test_goodwill_becomes_promotional_credit_with_its_reason(bench: Bench, desk: Desk) -> None:
    ada = await desk.customer()
    done = await desk.do(ISSUE_CREDIT, customer_id=ada, amount={"amount_minor": 500, **EURO}, reason="late parcel")
    assert (path(bench), form(bench)) == (
        "/promotional_credits/add",
        {
            "customer_id": ada.vendor_id,
            "amount": "500",
            "currency_code": "EUR",
            "description": "late parcel",
            "reference": "late parcel",
        },
    )
    credit = done.resource
    assert (done.outcome, credit.kind, credit.amount, credit.balance_after) == (
        "applied",
        "promotional",
        euros(500),
        euros(500),
    )
    assert (credit.id.kind, credit.billing_account) == ("credit", f"main:billing_account:{ada.vendor_id}")
    more = await desk.do(ISSUE_CREDIT, customer_id=ada, amount={"amount_minor": 200, **EURO})
    assert more.resource.balance_after == euros(700)
    account = (await bench.call(GET_BILLING_ACCOUNT, **done.verify_with.args)).data
    assert [(held.kind, held.money) for held in account.credit_balances] == [("promotional", euros(700))]


async def test_a_reason_too_long_for_a_description_is_kept_whole_beside_it(bench: Bench, desk: Desk) -> None:
    reason = "r" * 300
    await desk.do(ISSUE_CREDIT, customer_id=await desk.customer(), amount={"amount_minor": 5, **EURO}, reason=reason)
    assert (len(form(bench)["description"]), form(bench)["reference"]) == (250, reason)


async def test_credit_that_would_expire_is_refused(bench: Bench, desk: Desk) -> None:
    with pytest.raises(UnsupportedError, match="expires_at"):
        await desk.do(
            ISSUE_CREDIT,
            customer_id="main:customer:c",
            amount={"amount_minor": 5, **EURO},
            expires_at="2030-01-01T00:00:00Z",
        )
    assert bench.requests == []


async def test_credit_for_nobody_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        await desk.do(ISSUE_CREDIT, customer_id="main:customer:nobody", amount={"amount_minor": 5, **EURO})


async def test_a_page_to_change_the_way_to_pay_opens_for_its_customer_and_closes(bench: Bench, desk: Desk) -> None:
    ada = await desk.customer()
    done = await desk.do(CREATE_PAYMENT_LINK, customer_id=ada, purpose="update_payment_method")
    assert (path(bench), form(bench)) == ("/hosted_pages/manage_payment_sources", {"customer[id]": ada.vendor_id})
    assert done.resource.url.startswith("https://coffee-test.chargebee.com/pages/")
    assert done.resource.expires_at > datetime.now(UTC)
    assert done.warnings == ()


async def test_a_page_to_pay_an_invoice_says_that_it_asks_for_everything_owed(bench: Bench, desk: Desk) -> None:
    chiara = await desk.customer(CHIARA)
    (late,) = (await bench.call(FIND_INVOICES, customer_id=chiara, status=["open"])).data.items
    done = await desk.do(CREATE_PAYMENT_LINK, customer_id=chiara, purpose="pay_invoice", invoice=late.id)
    assert (path(bench), form(bench)) == (
        "/hosted_pages/collect_now",
        {"customer[id]": chiara.vendor_id, "currency_code": "EUR"},
    )
    assert [warning.code for warning in done.warnings] == ["emulated"]


async def test_a_page_for_a_paid_invoice_or_anothers_is_not_made(bench: Bench, desk: Desk) -> None:
    bruno = await desk.customer(BRUNO)
    with pytest.raises(ConflictError, match="Nothing is due"):
        await desk.do(CREATE_PAYMENT_LINK, customer_id=bruno, purpose="pay_invoice", invoice=INVOICE)
    with pytest.raises(InvalidArgumentError, match="another customer"):
        await desk.do(CREATE_PAYMENT_LINK, customer_id=await desk.customer(), purpose="pay_invoice", invoice=INVOICE)
    assert writes(bench) == []


async def test_a_customers_orders_are_found_by_their_invoices(bench: Bench, desk: Desk) -> None:
    found = (await bench.call(FIND_ORDERS, customer_id=await desk.customer())).data.items
    assert [order.number for order in found] == ["1001", "1002"]
    assert "%22COFFEE%2F0001%22" in bench.requests[-1].url
    grinder, papers = found
    assert (grinder.fulfillment.value, papers.fulfillment.value) == ("delivered", "unfulfilled")
    assert (papers.financial.value, papers.totals.total, papers.totals.refundable) == (
        "paid",
        euros(1350),
        euros(1350),
    )
    assert (papers.lines[0].title, papers.lines[0].quantity, papers.lines[0].unit_price) == (
        "Filter papers",
        3,
        euros(450),
    )
    assert (grinder.shipments[0].carrier, papers.shipments) == ("DHL", ())
    assert papers.customer == await desk.customer()


async def test_orders_are_found_by_id_email_state_and_date(bench: Bench, desk: Desk) -> None:
    async def numbers(**asked: Any) -> list[str]:
        return [order.number for order in (await bench.call(FIND_ORDERS, **asked)).data.items]

    assert await numbers(order="order-1003") == ["1003"]
    assert await numbers(order="main:order:order-1003") == ["1003"]
    assert await numbers(email=BRUNO) == ["1003"]
    assert await numbers(email=ADA, status=["unfulfilled"]) == ["1002"]
    assert await numbers(email=ADA, status=["canceled", "returned"]) == []
    assert await numbers(email=ADA, since="2099-01-01T00:00:00Z") == []
    assert await numbers(email="nobody@nowhere.example") == []
    assert await numbers(customer_id=await desk.customer(), email=BRUNO) == []
    assert await numbers(customer_id=await desk.customer(), order="order-1003") == []


async def test_that_older_orders_may_be_missing_is_said(bench: Bench) -> None:
    invoice = {"invoice": {"id": "1", "currency_code": "EUR", "total": 1}}
    bench.fail_next(reply(200, {"list": [invoice], "next_offset": '["1"]'}), reply(200, {"list": []}))
    found = await bench.call(FIND_ORDERS, customer_id="main:customer:c")
    assert [warning.code for warning in found.warnings] == ["truncated"]


async def test_an_order_is_cancelled_with_or_without_credit(bench: Bench, desk: Desk) -> None:
    order = "main:order:order-1002"
    done = await desk.do(CANCEL_ORDER, order_id=order, refund="store_credit", reason="ordered twice")
    assert (path(bench), form(bench)) == (
        "/orders/order-1002/cancel",
        {"cancellation_reason": "others", "comment": "ordered twice", "credit_note[total]": "1350"},
    )
    assert done.outcome == "applied"
    assert done.resource.canceled_at
    assert done.resource.totals.refundable == euros(0)
    with pytest.raises(ConflictError):
        await desk.do(CANCEL_ORDER, order_id=order, refund="none")


@pytest.mark.parametrize(
    ("reason", "sent"),
    [
        ("Product not required", {"cancellation_reason": "product_not_required"}),
        ("fraudulent_transaction", {"cancellation_reason": "others", "comment": "fraudulent_transaction"}),
    ],
)
async def test_a_reason_of_chargebees_is_sent_as_that_but_none_that_accuses(
    bench: Bench, desk: Desk, reason: str, sent: dict[str, str]
) -> None:
    await desk.do(CANCEL_ORDER, order_id="main:order:order-1002", refund="none", reason=reason)
    assert form(bench) == sent


async def test_an_order_that_was_sent_cannot_be_cancelled_nor_credited_where_nothing_is_left(
    bench: Bench, desk: Desk
) -> None:
    with pytest.raises(ConflictError, match="invalid_state_for_request"):
        await desk.do(CANCEL_ORDER, order_id="main:order:order-1003", refund="none")
    bench.fail_next(
        reply(200, {"order": {"id": "o", "status": "queued", "amount_paid": 5, "refundable_credits_issued": 5}})
    )
    with pytest.raises(ConflictError, match="left to credit"):
        await desk.do(CANCEL_ORDER, order_id="main:order:o", refund="store_credit")


async def test_what_chargebee_cannot_do_with_an_order_is_refused(bench: Bench, desk: Desk) -> None:
    for arguments in ({"refund": "original"}, {"refund": "none", "restock": True}):
        with pytest.raises(UnsupportedError):
            await desk.do(CANCEL_ORDER, order_id="main:order:o", **arguments)
    assert bench.requests == []


@pytest.mark.parametrize(
    ("raw", "ours"),
    [
        ("queued", "unfulfilled"),
        ("on_hold", "unfulfilled"),
        ("partially_delivered", "partial"),
        ("complete", "delivered"),
        ("returned", "returned"),
        ("cancelled", "other"),
        ("brand_new", "other"),
        (None, "other"),
    ],
)
async def test_an_orders_state_keeps_its_word(bench: Bench, raw: str | None, ours: str) -> None:
    bench.fail_next(reply(200, {"list": [{"order": {"id": "o", "status": raw}}]}))
    (order,) = (await bench.call(FIND_ORDERS, order="o")).data.items
    assert (order.fulfillment.value, order.fulfillment.raw, order.fulfillment.lossy) == (
        ours,
        raw or "",
        ours == "other",
    )
    assert (order.number, order.totals, order.financial) == ("o", None, None)


async def test_trap_10_what_is_non_renewing_is_active_until_it_ends(desk: Desk) -> None:
    beans = await desk.subscription()
    ending = await desk.do(CANCEL_SUBSCRIPTION, subscription_id=beans, when="period_end")
    assert (ending.resource.status.value, ending.resource.status.raw) == ("active", "non_renewing")
    assert [change.action for change in ending.resource.scheduled] == ["cancel"]
    assert (ending.resource.ended_at, ending.outcome) == (None, "scheduled")


async def test_trap_13_a_refund_names_its_credit_note_and_where_the_money_went(bench: Bench, desk: Desk) -> None:
    back = await desk.do(ISSUE_REFUND, target=INVOICE, amount={"amount_minor": 900, **EURO})
    assert (back.resource.destination, back.resource.credit_note.kind) == ("original", "credit_note")
    kept = await desk.do(
        ISSUE_REFUND, target=INVOICE, amount={"amount_minor": 100, **EURO}, destination="store_credit", reason="late"
    )
    assert (path(bench), form(bench)) == (
        "/credit_notes",
        {
            "reference_invoice_id": "COFFEE/0003",
            "type": "refundable",
            "total": "100",
            "reason_code": "other",
            "comment": "late",
        },
    )
    assert (kept.resource.destination, kept.resource.status.raw, kept.resource.status.lossy) == (
        "account_credit",
        "refund_due",
        True,
    )
    (invoice,) = (await bench.call(FIND_INVOICES, invoice=INVOICE)).data.items
    assert (invoice.status.value, invoice.refunded, invoice.refundable) == ("paid", euros(900), euros(3900))
    account = (await bench.call(GET_BILLING_ACCOUNT, customer_id=await desk.customer(BRUNO))).data
    assert [(held.kind, held.money) for held in account.credit_balances] == [("account_credit", euros(100))]


async def test_trap_14_without_an_amount_all_that_is_left_goes_back_and_lines_are_refused(
    bench: Bench, desk: Desk
) -> None:
    await desk.do(ISSUE_REFUND, target=INVOICE, amount={"amount_minor": 900, **EURO})
    rest = await desk.do(ISSUE_REFUND, target=INVOICE, destination="store_credit")
    assert (form(bench)["total"], rest.resource.amount) == ("4000", euros(4000))
    with pytest.raises(ConflictError, match="left to give back"):
        await desk.do(ISSUE_REFUND, target=INVOICE, destination="store_credit")
    with pytest.raises(UnsupportedError, match="lines"):
        await desk.do(ISSUE_REFUND, target=INVOICE, lines=[{"line_id": "li_1", "quantity": 1}])


async def test_trap_15_what_is_only_due_to_be_refunded_is_no_money_back(bench: Bench) -> None:
    notes = [
        {"id": "CN-1", "status": "refund_due", "amount": 300, "amount_refunded": 0},
        {"id": "CN-2", "status": "refunded", "amount": 200, "amount_refunded": 200},
        {"id": "CN-3", "status": "adjusted", "amount": 100},
        {"id": "CN-4", "status": "voided", "amount": None},
    ]
    order = {"id": "o", "currency_code": "EUR", "total": 900, "payment_status": "paid", "linked_credit_notes": notes}
    bench.fail_next(reply(200, {"list": [{"order": order}]}))
    (found,) = (await bench.call(FIND_ORDERS, order="o")).data.items
    told = [(refund.status.value, refund.destination) for refund in found.refunds]
    assert told == [("pending", "account_credit"), ("succeeded", "original"), ("other", "account_credit")]
    assert (found.financial.value, found.financial.raw) == ("partially_refunded", "paid")
    assert found.totals.refunded == euros(200)


@pytest.mark.parametrize(
    ("currency", "minor", "theirs", "exponent"),
    [("JPY", 500, 500, 0), ("ISK", 500, 500, 0), ("KWD", 1230, 123, 3), ("EUR", 500, 500, 2), ("KRW", 7, 7, 0)],
)
async def test_trap_16_an_amount_keeps_its_size_both_ways(
    desk: Desk, currency: str, minor: int, theirs: int, exponent: int
) -> None:
    assert wire_amount(Amount(amount_minor=minor, currency=currency)) == theirs
    assert money(theirs, currency) == Money(amount_minor=minor, currency=currency, exponent=exponent)
    answer = Answer(
        {"promotional_credit": {"id": "pc", "customer_id": "c", "amount": theirs, "currency_code": currency}}
    )
    desk.prepare(answer)
    amount = {"amount_minor": minor, "currency": currency}
    done = await desk.do(ISSUE_CREDIT, customer_id="main:customer:c", amount=amount)
    assert answer.form["amount"] == str(theirs)
    assert done.resource.amount == Money(amount_minor=minor, currency=currency, exponent=exponent)
