"""Stripe's plugin at its sandbox, judged by Stripe's OpenAPI file: reading."""

from datetime import UTC, datetime
from typing import Any

import pytest

from plugins.stripe.asking import ADA, AUGUST, JULY, JUNE
from support.bench import Bench, reply
from trunkline_contracts.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
    VendorBugError,
    VendorUnavailableError,
)
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.tools import (
    FIND_CUSTOMERS,
    FIND_INVOICES,
    GET_BILLING_ACCOUNT,
    GET_CUSTOMER,
    LIST_SUBSCRIPTIONS,
)

SUBSCRIPTION: dict[str, Any] = {
    "id": "sub_1", "object": "subscription", "status": "active", "customer": "cus_1", "cancel_at_period_end": False,
    "items": {"data": [{"id": "si_1", "current_period_start": JUNE, "current_period_end": JULY}]},
}  # fmt: skip


async def find(bench: Bench, email: str) -> str:
    found = await bench.call(FIND_CUSTOMERS, email=email)
    return str(found.data.items[0].id)


async def test_a_customer_is_found_by_email_in_the_live_list_and_read(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, email=ADA)
    (ada,) = found.data.items
    assert (ada.display_name, ada.matched_on, ada.confidence) == ("Ada Okafor", ("email",), "exact")
    assert found.freshness.source == "live"
    assert "/v1/customers?" in bench.requests[-1].url
    read = await bench.call(GET_CUSTOMER, customer_id=ada.id)
    assert (read.data.point("email"), read.data.point("phone")) == (ADA, "+12025550101")
    assert read.data.addresses[0].country == "NG"


async def test_an_email_that_is_stored_with_capitals_is_found_in_the_index(bench: Bench) -> None:
    bench.fail_next(reply(200, {"object": "list", "data": [], "has_more": False}))
    found = await bench.call(FIND_CUSTOMERS, email=ADA)
    assert [item.display_name for item in found.data.items] == ["Ada Okafor"]
    assert (found.freshness.source, found.freshness.max_lag_s) == ("search_index", 3600)


async def test_nobody_found_in_the_index_is_no_proof(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, email="nobody@nowhere.example")
    assert found.data.items == ()
    assert [warning.code for warning in found.warnings] == ["index_lag"]


async def test_a_phone_number_and_a_name_are_searched_together(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, phone="+12025550102", name="keller")
    (bruno,) = found.data.items
    assert (bruno.display_name, bruno.matched_on, bruno.confidence) == ("Bruno Keller", ("phone", "name"), "exact")
    assert (await bench.call(FIND_CUSTOMERS, phone="+12025550102", name="okafor")).data.items == ()


async def test_the_index_finds_words_in_a_row_but_only_the_very_key_counts(bench: Bench) -> None:
    """https://docs.stripe.com/search: an exact match is one of words, so it finds more than was asked for."""
    for email in ("keller@keller-bakery.example", "bruno.keller@keller"):
        assert (await bench.call(FIND_CUSTOMERS, email=email)).data.items == ()
    found = reply(
        200, {"data": [{"id": "cus_1", "phone": "+1 (202) 555-0101"}, {"id": "cus_2", "phone": "2025550101"}]}
    )
    bench.fail_next(found)
    (match,) = (await bench.call(FIND_CUSTOMERS, phone="+12025550101")).data.items
    assert match.id.vendor_id == "cus_1"
    numbers = reply(200, {"data": [{"id": "in_1", "number": "A-1-1", "currency": "eur", "total": 1, "created": JUNE}]})
    bench.fail_next(numbers)
    assert (await bench.call(FIND_INVOICES, invoice="A-1")).data.items == ()


async def test_a_name_alone_is_only_probable_and_a_short_one_is_matched_whole(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, name="rossi")
    assert [(item.display_name, item.confidence) for item in found.data.items] == [("Chiara Rossi", "probable")]
    await bench.call(FIND_CUSTOMERS, name="ro")
    assert "name%3A%22ro%22" in bench.requests[-1].url


async def test_a_search_pages_to_the_end(bench: Bench) -> None:
    asked: list[str] = []

    def second_page(request: HttpRequest) -> HttpResponse:
        asked.append(request.url)
        return reply(200, {"data": [{"id": "cus_2"}], "has_more": False, "next_page": None})

    bench.fail_next(reply(200, {"data": [{"id": "cus_1"}], "has_more": True, "next_page": "pg=="}))
    bench.wire.faults.append(second_page)
    first = (await bench.call(FIND_CUSTOMERS, name="ada", limit=1)).data
    last = (await bench.call(FIND_CUSTOMERS, name="ada", limit=1, cursor=first.next_cursor)).data
    assert [item.id.vendor_id for item in first.items + last.items] == ["cus_1", "cus_2"]
    assert "page=pg%3D%3D" in asked[0]
    assert last.next_cursor is None


async def test_a_list_by_email_pages_to_the_end(bench: Bench) -> None:
    people = [{"id": f"cus_{number}", "object": "customer"} for number in range(3)]
    bench.fail_next(
        reply(200, {"data": people[:2], "has_more": True}), reply(200, {"data": people[2:], "has_more": False})
    )
    first = (await bench.call(FIND_CUSTOMERS, email=ADA, limit=2)).data
    last = (await bench.call(FIND_CUSTOMERS, email=ADA, limit=2, cursor=first.next_cursor)).data
    assert (len(first.items), len(last.items), last.next_cursor) == (2, 1, None)


@pytest.mark.parametrize("name", ['x" OR name~"a', 'Ada\\" OR email~"e', "O'Brien\\", "name:* AND", '-email~"a"'])
async def test_a_name_cannot_become_a_part_of_the_query(bench: Bench, name: str) -> None:
    assert (await bench.call(FIND_CUSTOMERS, name=name)).data.items == ()


async def test_a_key_that_stripe_cannot_look_up_is_refused(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="external_id"):
        await bench.call(FIND_CUSTOMERS, external_id="42")
    with pytest.raises(UnsupportedError, match="postal_code"):
        await bench.call(FIND_CUSTOMERS, email=ADA, postal_code="4051")


async def test_a_deleted_customer_is_not_found(bench: Bench) -> None:
    bench.fail_next(reply(200, {"id": "cus_1", "object": "customer", "deleted": True}))
    with pytest.raises(NotFoundError, match="deleted"):
        await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", "cus_1"))


async def test_a_billing_account_shows_standing_debt_and_ways_to_pay(bench: Bench) -> None:
    chiara = await find(bench, "chiara.rossi@rossi-architects.example")
    account = (await bench.call(GET_BILLING_ACCOUNT, customer_id=chiara)).data
    assert (account.standing, account.subscription_count, account.currency) == ("delinquent", 1, "EUR")
    assert [(money.amount_minor, money.currency) for money in account.amount_due] == [(1900, "EUR")]
    (card,) = account.payment_methods
    assert (card.type, card.brand, card.last4, card.default, card.status) == ("card", "visa", "4242", True, "unknown")


async def test_two_subscriptions_are_counted_and_an_ended_one_is_not(bench: Bench) -> None:
    dev = await find(bench, "dev.patel@northlight-clinic.example")
    account = (await bench.call(GET_BILLING_ACCOUNT, customer_id=dev)).data
    assert (account.standing, account.subscription_count, account.amount_due) == ("good", 2, ())
    ines = await find(bench, "ines.moreau@atelier-moreau.example")
    assert (await bench.call(GET_BILLING_ACCOUNT, customer_id=ines)).data.subscription_count == 0


@pytest.mark.parametrize(
    ("balances", "credit"),
    [
        ({"balance": -500, "currency": "eur"}, [(500, "EUR")]),
        ({"balance": 500, "currency": "eur"}, []),
        ({"balance": -500, "currency": "eur", "invoice_credit_balance": {"eur": 500, "usd": -20}}, [(500, "EUR")]),
        ({"invoice_credit_balance": {"jpy": 300, "eur": 250}}, [(300, "JPY"), (250, "EUR")]),
    ],
)
async def test_credit_is_positive_whichever_sign_stripe_writes(
    bench: Bench, balances: dict[str, Any], credit: list[tuple[int, str]]
) -> None:
    nothing = reply(200, {"data": [], "has_more": False})
    bench.fail_next(reply(200, {"id": "cus_1", "object": "customer", **balances}), nothing, nothing, nothing)
    account = (await bench.call(GET_BILLING_ACCOUNT, customer_id=bench.ref("customer", "cus_1"))).data
    assert [(item.money.amount_minor, item.money.currency) for item in account.credit_balances] == credit
    assert account.standing == "unknown"
    owed = (account.extensions or {}).get("stripe", {}).get("added_to_next_invoice", [])
    assert [money["amount_minor"] for money in owed] == [-amount for amount in _below_nothing(balances)]


def _below_nothing(balances: dict[str, Any]) -> list[int]:
    by_currency = balances.get("invoice_credit_balance") or {"eur": -balances["balance"]}
    return [amount for amount in by_currency.values() if amount < 0]


async def test_subscriptions_are_listed_with_product_price_and_period(bench: Bench) -> None:
    ada = await find(bench, ADA)
    (beans,) = (await bench.call(LIST_SUBSCRIPTIONS, customer_id=ada)).data.items
    (item,) = beans.items
    assert (beans.status.value, item.plan_name) == ("active", "Beans Monthly")
    assert item.unit_price
    assert (item.unit_price.amount_minor, item.unit_price.currency, item.unit_price.exponent) == (1900, "EUR", 2)
    assert item.interval
    assert (item.interval.unit, item.interval.count) == ("month", 1)
    assert beans.current_period == item.current_period
    assert beans.next_invoice
    assert beans.current_period
    assert beans.next_invoice.at == beans.current_period.end
    alone = (await bench.call(LIST_SUBSCRIPTIONS, subscription_id=beans.id)).data.items
    assert alone == (beans,)


async def test_ended_subscriptions_are_listed_too_and_can_be_left_out(bench: Bench) -> None:
    ines = await find(bench, "ines.moreau@atelier-moreau.example")
    (ended,) = (await bench.call(LIST_SUBSCRIPTIONS, customer_id=ines)).data.items
    assert (ended.status.value, ended.next_invoice) == ("canceled", None)
    assert ended.ended_at
    assert (await bench.call(LIST_SUBSCRIPTIONS, customer_id=ines, status=["active"])).data.items == ()
    some = await bench.call(LIST_SUBSCRIPTIONS, customer_id=ines, status=["active", "canceled"])
    assert some.data.items == (ended,)


async def test_subscriptions_page_to_the_end_newest_first(bench: Bench) -> None:
    dev = await find(bench, "dev.patel@northlight-clinic.example")
    first = (await bench.call(LIST_SUBSCRIPTIONS, customer_id=dev, limit=1)).data
    last = (await bench.call(LIST_SUBSCRIPTIONS, customer_id=dev, limit=1, cursor=first.next_cursor)).data
    assert last.next_cursor is None
    assert first.items[0].started_at
    assert last.items[0].started_at
    assert first.items[0].started_at > last.items[0].started_at


async def subscription(bench: Bench, **fields: Any) -> Any:
    bench.fail_next(reply(200, {**SUBSCRIPTION, **fields}))
    return (await bench.call(LIST_SUBSCRIPTIONS, subscription_id=bench.ref("subscription", "sub_1"))).data.items[0]


async def test_one_period_is_given_only_where_all_items_share_it(bench: Bench) -> None:
    items = [
        {"id": "si_1", "current_period_start": JUNE, "current_period_end": JULY},
        {"id": "si_2", "current_period_start": JUNE, "current_period_end": AUGUST},
    ]
    found = await subscription(bench, items={"data": items})
    assert found.current_period is None
    assert [item.current_period.end for item in found.items] == [_at(JULY), _at(AUGUST)]
    assert found.next_invoice.at == _at(JULY)


async def test_a_period_is_read_where_older_versions_put_it(bench: Bench) -> None:
    found = await subscription(
        bench, items={"data": [{"id": "si_1"}]}, current_period_start=JUNE, current_period_end=JULY
    )
    assert (found.current_period.start, found.current_period.end) == (_at(JUNE), _at(JULY))


async def test_a_scheduled_cancellation_leaves_the_subscription_active(bench: Bench) -> None:
    found = await subscription(bench, cancel_at_period_end=True, cancel_at=JULY)
    assert (found.status.value, [(item.action, item.at) for item in found.scheduled]) == (
        "active",
        [("cancel", _at(JULY))],
    )
    assert found.next_invoice is None
    assert (await subscription(bench, cancel_at_period_end=True)).scheduled[0].at == _at(JULY)


async def test_a_stop_of_collection_is_no_paused_subscription(bench: Bench) -> None:
    found = await subscription(bench, pause_collection={"behavior": "keep_as_draft", "resumes_at": AUGUST})
    assert (found.status.value, found.collection_paused.behavior) == ("active", "keep_as_draft")
    assert [(item.action, item.at) for item in found.scheduled] == [("resume", _at(AUGUST))]
    assert found.next_invoice is None


async def test_a_subscription_with_more_items_than_came_says_so(bench: Bench) -> None:
    bench.fail_next(reply(200, {**SUBSCRIPTION, "items": {"data": [], "has_more": True}}))
    found = await bench.call(LIST_SUBSCRIPTIONS, subscription_id=bench.ref("subscription", "sub_1"))
    assert [warning.code for warning in found.warnings] == ["truncated"]


async def test_an_unknown_status_is_told_as_it_is(bench: Bench) -> None:
    found = await subscription(bench, status="hibernating")
    assert (found.status.value, found.status.raw, found.status.lossy) == ("other", "hibernating", True)


async def test_a_discount_is_named_even_where_its_coupon_has_no_proper_id(bench: Bench) -> None:
    coupon = {"id": "SUMMER 20%", "name": "Summer"}
    found = await subscription(bench, discounts=["di_1", {"id": "di_2", "end": JULY, "source": {"coupon": coupon}}])
    plain, summer = found.discounts
    assert (plain.id, plain.name) == ("main:discount:di_1", None)
    assert (summer.name, summer.offer, summer.ends_at) == ("Summer", None, _at(JULY))


async def test_a_list_of_invoices_is_newest_first_and_pages_to_the_end(bench: Bench) -> None:
    ada = await find(bench, ADA)
    first = (await bench.call(FIND_INVOICES, customer_id=ada, limit=1)).data
    last = (await bench.call(FIND_INVOICES, customer_id=ada, limit=1, cursor=first.next_cursor)).data
    assert (first.items[0].number, last.items[0].number, last.next_cursor) == ("COFFEE-0002", "COFFEE-0001", None)
    assert first.items[0].payments == ()
    assert first.items[0].refundable is None


@pytest.mark.parametrize("by", ["id", "ref", "number"])
async def test_one_invoice_comes_with_its_lines_and_payments(bench: Bench, by: str) -> None:
    ada = await find(bench, ADA)
    newest = (await bench.call(FIND_INVOICES, customer_id=ada)).data.items[0]
    name = {"id": newest.id.vendor_id, "ref": newest.id, "number": newest.number}[by]
    found = await bench.call(FIND_INVOICES, invoice=name)
    (whole,) = found.data.items
    assert (whole.status.value, whole.lines[0].description) == ("paid", "1 x Beans Monthly")
    assert whole.refundable
    assert (whole.refundable.amount_minor, whole.payments[0].status.value) == (1900, "succeeded")
    assert whole.payments[0].method
    assert whole.payments[0].method.last4 == "4242"
    assert found.freshness.source == ("search_index" if by == "number" else "live")


async def test_an_only_invoice_comes_whole_and_a_failed_payment_says_why(bench: Bench) -> None:
    chiara = await find(bench, "chiara.rossi@rossi-architects.example")
    (unpaid,) = (await bench.call(FIND_INVOICES, customer_id=chiara, status=["open"])).data.items
    (payment,) = unpaid.payments
    assert (unpaid.status.value, payment.status.value) == ("open", "failed")
    assert payment.failure
    assert payment.failure.code == "card_declined"
    assert payment.refundable
    assert payment.refundable.amount_minor == 0


async def test_filters_of_an_invoice_hold_together(bench: Bench) -> None:
    ada, bruno = await find(bench, ADA), await find(bench, "bruno.keller@keller-bakery.example")
    first, second = (await bench.call(FIND_INVOICES, customer_id=ada)).data.items
    assert (await bench.call(FIND_INVOICES, customer_id=bruno, invoice=first.id)).data.items == ()
    since = second.issued_at
    assert since
    found = await bench.call(FIND_INVOICES, customer_id=ada, since=first.issued_at, status=["paid", "open"])
    assert [item.id for item in found.data.items] == [first.id]
    by_subscription = await bench.call(FIND_INVOICES, subscription_id=first.subscription)
    assert len(by_subscription.data.items) == 2
    assert (await bench.call(FIND_INVOICES, invoice="in_doesnotexist")).data.items == ()
    assert (await bench.call(FIND_INVOICES, invoice='COFFEE-0001" OR number:"COFFEE-0002')).data.items == ()


async def test_an_invoice_with_many_lines_has_them_all_or_says_so(bench: Bench) -> None:
    line = {"amount": 5, "currency": "kwd", "pricing": {"unit_amount_decimal": "2.5"}, "quantity": 2}
    invoice = {
        "id": "in_1",
        "currency": "kwd",
        "total": 10,
        "created": JUNE,
        "lines": {"data": [line], "has_more": True},
    }
    bench.fail_next(
        reply(200, invoice), reply(200, {"data": []}), reply(200, {"data": [line, line, line], "has_more": True})
    )
    found = await bench.call(FIND_INVOICES, invoice="in_1")
    (whole,) = found.data.items
    assert (len(whole.lines), whole.lines[0].unit_price, whole.total.exponent) == (3, None, 3)
    assert [warning.code for warning in found.warnings] == ["truncated"]


async def test_a_disputed_payment_and_one_outside_stripe_say_nothing_of_refunds(bench: Bench) -> None:
    share = {"amount_paid": 10, "amount_requested": 10, "currency": "eur", "status": "paid"}
    shares = [
        {**share, "id": "inpay_1", "payment": {"type": "charge", "charge": _charge("ch_1", disputed=True)}},
        {**share, "id": "inpay_2", "payment": {"type": "payment_record", "payment_record": "pr_1"}},
    ]
    bench.fail_next(
        reply(200, {"id": "in_1", "currency": "eur", "total": 20, "created": JUNE}), reply(200, {"data": shares})
    )
    (whole,) = (await bench.call(FIND_INVOICES, invoice="in_1")).data.items
    assert [item.status.value for item in whole.payments] == ["disputed", "succeeded"]
    assert [item.refundable for item in whole.payments] == [None, None]
    assert whole.refundable is None


def _charge(charge_id: str, **fields: Any) -> dict[str, Any]:
    paid = {"amount": 10, "amount_captured": 10, "amount_refunded": 0, "currency": "eur", "status": "succeeded"}
    return {"id": charge_id, **paid, **fields}


def _at(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)


def error(type_: str = "invalid_request_error", **more: str) -> dict[str, Any]:
    return {"error": {"type": type_, "message": "Words that no caller may see.", **more}}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (reply(401, error()), PermissionDeniedError),
        (reply(403, error()), PermissionDeniedError),
        (reply(404, error(code="resource_missing", param="id")), NotFoundError),
        (reply(400, error(code="resource_missing", param="customer")), NotFoundError),
        (reply(400, error(code="resource_missing")), InvalidArgumentError),
        (reply(400, error(code="parameter_unknown", param="foo[bar]")), InvalidArgumentError),
        (reply(402, error("card_error", code="card_declined")), ConflictError),
        (reply(409, error()), ConflictError),
        (reply(429, error(code="lock_timeout"), stripe_should_retry="true", retry_after="60"), RateLimitedError),
        (reply(400, error(code="rate_limit")), RateLimitedError),
        (reply(302, b""), VendorUnavailableError),
        (reply(200, b"<html>maintenance</html>"), VendorBugError),
        (reply(200, b""), VendorBugError),
        (reply(200, b"[]"), VendorBugError),
        (reply(200, b"null"), VendorBugError),
        (reply(200, {"object": "customer"}), VendorBugError),
        (reply(404, b"<html>"), NotFoundError),
        (reply(400, {"error": "invalid_grant"}), InvalidArgumentError),
    ],
)
async def test_a_refusal_becomes_the_error_that_says_what_to_do(
    bench: Bench, fault: object, expected: type[Exception]
) -> None:
    bench.wire.faults.append(fault)
    with pytest.raises(expected) as raised:
        await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", "cus_1"))
    assert type(raised.value) is expected or isinstance(raised.value, RateLimitedError)
    assert "Words" not in str(raised.value)


async def test_a_refusal_names_the_parameter_at_fault(bench: Bench) -> None:
    bench.fail_next(reply(400, error(code="parameter_unknown", param="created[gte]")))
    with pytest.raises(InvalidArgumentError, match=r"parameter_unknown:created\.gte"):
        await bench.call(FIND_INVOICES, customer_id=bench.ref("customer", "cus_1"))


async def test_an_unknown_customer_has_no_invoices_to_list(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        await bench.call(FIND_INVOICES, customer_id=bench.ref("customer", "cus_unknown"))
    with pytest.raises(NotFoundError):
        await bench.call(GET_BILLING_ACCOUNT, customer_id=bench.ref("customer", "cus_unknown"))
