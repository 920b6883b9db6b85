"""Credit, links to pay, and orders, at Stripe's sandbox."""

from typing import Any

import pytest

from plugins.stripe.asking import ADA, BRUNO, CHIARA, INES, JUNE, Write, customer_of, form, invoice_of
from support.bench import MARKER, Bench, reply
from trunkline_contracts.errors import ConflictError, InvalidArgumentError, UnsupportedError
from trunkline_contracts.tools import (
    CREATE_PAYMENT_LINK,
    FIND_INVOICES,
    FIND_ORDERS,
    GET_BILLING_ACCOUNT,
    ISSUE_CREDIT,
    ISSUE_REFUND,
)
from trunkline_gateway.egress.governed import PreviewOnlyError


async def test_credit_goes_below_nothing_at_stripe_and_above_it_here(bench: Bench, write: Write) -> None:
    ada = await customer_of(bench, ADA)
    for given, after in ((700, 700), (50, 750)):
        amount = {"amount_minor": given, "currency": "EUR"}
        done = await write(bench, ISSUE_CREDIT, customer_id=ada, amount=amount, reason="goodwill")
        assert form(bench) == {
            "amount": str(-given), "currency": "eur",
            "metadata[trunkline_op]": MARKER, "metadata[trunkline_reason]": "goodwill",
        }  # fmt: skip
        assert (done.outcome, done.resource.amount.amount_minor, done.resource.balance_after.amount_minor) == (
            "applied",
            given,
            after,
        )
    account = (await bench.call(GET_BILLING_ACCOUNT, **done.verify_with.args)).data
    assert [balance.money.amount_minor for balance in account.credit_balances] == [750]
    assert (done.undo, [warning.code for warning in done.warnings]) == (None, ["irreversible"])


@pytest.mark.parametrize(
    ("currency", "minor", "wire"),
    [("JPY", 300, "-300"), ("KWD", 5120, "-5120"), ("ISK", 500, "-50000"), ("UGX", 5, "-500")],
)
async def test_credit_in_any_currency_is_of_the_size_that_was_meant(
    bench: Bench, write: Write, currency: str, minor: int, wire: str
) -> None:
    ines = await customer_of(bench, INES)
    bench.rewrite = lambda request, response: (
        reply(200, {"id": ines.vendor_id, "currency": None}) if request.method == "GET" else response
    )
    amount = {"amount_minor": minor, "currency": currency}
    done = await write(bench, ISSUE_CREDIT, customer_id=ines, amount=amount, reason="goodwill")
    assert form(bench)["amount"] == wire
    assert (done.resource.amount.amount_minor, done.resource.amount.currency) == (minor, currency)


async def test_credit_that_no_invoice_would_ever_use_is_refused(bench: Bench, write: Write) -> None:
    ada = await customer_of(bench, ADA)
    with pytest.raises(InvalidArgumentError, match="billed in EUR"):
        await write(
            bench, ISSUE_CREDIT, customer_id=ada, amount={"amount_minor": 5, "currency": "USD"}, reason="goodwill"
        )
    with pytest.raises(UnsupportedError, match="expires_at"):
        await write(
            bench, ISSUE_CREDIT, customer_id=ada, amount={"amount_minor": 5, "currency": "EUR"}, reason="goodwill",
            expires_at="2031-01-01T00:00:00Z",
        )  # fmt: skip
    assert {request.method for request in bench.requests} == {"GET"}


async def test_the_same_key_is_one_credit(bench: Bench) -> None:
    ada = await customer_of(bench, ADA)
    asked: dict[str, Any] = {"amount": {"amount_minor": 5, "currency": "EUR"}, "reason": "goodwill"}
    first = await bench.call(ISSUE_CREDIT, customer_id=ada, **asked)
    assert (await bench.call(ISSUE_CREDIT, customer_id=ada, **asked)).resource == first.resource
    account = (await bench.call(GET_BILLING_ACCOUNT, customer_id=ada)).data
    assert account.credit_balances[0].money.amount_minor == 5
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(ISSUE_CREDIT, dry_run=True, customer_id=ada, **asked)
    assert shown.value.preview.body["amount"] == "-5"


async def test_the_way_to_pay_is_changed_on_a_page_of_its_own(bench: Bench, write: Write) -> None:
    ada = await customer_of(bench, ADA)
    done = await write(bench, CREATE_PAYMENT_LINK, customer_id=ada, purpose="update_payment_method")
    assert form(bench) == {"customer": ada.vendor_id, "flow_data[type]": "payment_method_update"}
    assert done.resource.url.startswith("https://billing.stripe.com/")
    assert "minutes" in done.message


async def test_an_open_invoice_has_its_page_already(bench: Bench, write: Write) -> None:
    chiara = await customer_of(bench, CHIARA)
    (unpaid,) = (await bench.call(FIND_INVOICES, customer_id=chiara, status=["open"])).data.items
    done = await write(bench, CREATE_PAYMENT_LINK, customer_id=chiara, purpose="pay_invoice", invoice=unpaid.id)
    assert done.resource.url == unpaid.hosted_url
    assert {request.method for request in bench.requests} == {"GET"}


async def test_a_paid_invoice_or_somebody_elses_gives_no_page(bench: Bench, write: Write) -> None:
    ada, paid = await customer_of(bench, ADA), (await invoice_of(bench, ADA)).id
    with pytest.raises(ConflictError, match="paid"):
        await write(bench, CREATE_PAYMENT_LINK, customer_id=ada, purpose="pay_invoice", invoice=paid)
    bruno = await customer_of(bench, BRUNO)
    with pytest.raises(InvalidArgumentError, match="another customer"):
        await write(bench, CREATE_PAYMENT_LINK, customer_id=bruno, purpose="pay_invoice", invoice=paid)


async def test_orders_are_completed_checkouts_with_their_lines_and_payment(bench: Bench) -> None:
    ada = await customer_of(bench, ADA)
    found = await bench.call(FIND_ORDERS, customer_id=ada)
    grinder, papers = found.data.items
    assert [warning.code for warning in found.warnings] == ["emulated"]
    assert (grinder.lines[0].title, grinder.totals.total.amount_minor) == ("Hand grinder", 5900)
    assert (papers.lines[0].quantity, papers.lines[0].unit_price.amount_minor) == (3, 450)
    assert (grinder.number, grinder.financial.value, grinder.fulfillment) == (None, "paid", None)
    assert (grinder.customer, grinder.payments[0].status.value) == (ada, "succeeded")
    assert "status=complete" in bench.requests[-1].url
    assert "data.line_items" in bench.requests[-1].url


async def test_an_order_is_found_by_its_id_or_by_the_buyers_address(bench: Bench) -> None:
    ada = await customer_of(bench, ADA)
    order = (await bench.call(FIND_ORDERS, customer_id=ada)).data.items[0]
    for key in (order.id, order.id.vendor_id):
        assert (await bench.call(FIND_ORDERS, order=key)).data.items == (order,)
    assert order in (await bench.call(FIND_ORDERS, email=ADA)).data.items
    assert (await bench.call(FIND_ORDERS, order=order.id, email=BRUNO)).data.items == ()
    assert (await bench.call(FIND_ORDERS, order="cs_test_unknown")).data.items == ()
    assert (await bench.call(FIND_ORDERS, customer_id=ada, since="2031-01-01T00:00:00Z")).data.items == ()


async def test_what_stripe_cannot_tell_of_orders_is_refused(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="no numbers"):
        await bench.call(FIND_ORDERS, order="1001")
    with pytest.raises(UnsupportedError, match="status"):
        await bench.call(FIND_ORDERS, email=ADA, status=["shipped"])
    assert bench.requests == []


async def test_pages_that_were_left_and_subscriptions_are_no_orders(bench: Bench) -> None:
    visit = {"mode": "payment", "status": "complete", "payment_status": "paid", "created": JUNE, "customer": "cus_1"}
    visits = [
        {**visit, "id": "cs_1", "status": "expired"},
        {**visit, "id": "cs_2", "mode": "subscription"},
        {**visit, "id": "cs_3", "payment_status": "unpaid"},
    ]
    bench.fail_next(reply(200, {"data": visits}))
    (order,) = (await bench.call(FIND_ORDERS, customer_id="main:customer:cus_1")).data.items
    assert (order.id.vendor_id, order.financial.value, order.totals) == ("cs_3", "pending", None)


async def test_an_order_is_refunded_through_its_payment(bench: Bench, write: Write) -> None:
    order = (await bench.call(FIND_ORDERS, email=ADA)).data.items[0]
    half = {"amount_minor": 900, "currency": "EUR"}
    done = await write(bench, ISSUE_REFUND, target=order.id, amount=half, reason="one was broken")
    assert (form(bench)["payment_intent"], form(bench)["amount"]) == (order.payments[0].id.vendor_id, "900")
    (after,) = (await bench.call(FIND_ORDERS, **done.verify_with.args)).data.items
    assert (after.financial.value, after.totals.refunded.amount_minor) == ("partially_refunded", 900)
    await write(bench, ISSUE_REFUND, target=order.id, reason="the others too")
    (after,) = (await bench.call(FIND_ORDERS, order=order.id)).data.items
    assert (after.financial.value, after.totals.refundable.amount_minor) == ("refunded", 0)


async def test_an_order_that_cost_nothing_cannot_be_refunded_nor_can_single_lines(bench: Bench, write: Write) -> None:
    free = {
        "id": "cs_1",
        "mode": "payment",
        "status": "complete",
        "payment_status": "no_payment_required",
        "created": JUNE,
    }
    bench.fail_next(reply(200, free))
    with pytest.raises(ConflictError, match="nothing to refund"):
        await write(bench, ISSUE_REFUND, target="main:order:cs_1", reason="broken")
    with pytest.raises(UnsupportedError, match="lines"):
        await write(
            bench, ISSUE_REFUND, target="main:order:cs_1", reason="broken", lines=[{"line_id": "li_1", "quantity": 1}]
        )
