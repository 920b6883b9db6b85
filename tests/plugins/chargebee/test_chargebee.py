"""Chargebee's plugin at its sandbox, judged by Chargebee's OpenAPI file of API v1: what the tools read."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from support.bench import Bench, at_sandbox, reply
from trunkline_chargebee import ChargebeeSettings, trunkline_connector
from trunkline_contracts.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    UnsupportedError,
    VendorBugError,
)
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.refs import Ref
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import (
    FIND_CUSTOMERS,
    FIND_INVOICES,
    GET_BILLING_ACCOUNT,
    GET_CUSTOMER,
    LIST_SUBSCRIPTIONS,
)
from trunkline_contracts.values import Money

ADA = "ada.okafor@fernway-studio.example"
BRUNO = "bruno.keller@keller-bakery.example"
CHIARA = "chiara.rossi@rossi-architects.example"
DEV = "dev.patel@northlight-clinic.example"
HIRO = "hiro.tanaka@tanaka-kissaten.example"
JUNE, JULY = 1781856403, 1784448403


async def customer(bench: Bench, email: str) -> Ref:
    (found,) = (await bench.call(FIND_CUSTOMERS, email=email)).data.items
    ref: Ref = found.id
    return ref


async def test_a_customer_is_found_by_each_key_and_read(bench: Bench) -> None:
    (ada,) = (await bench.call(FIND_CUSTOMERS, email=ADA)).data.items
    assert (ada.display_name, ada.matched_on, ada.confidence) == ("Ada Okafor", ("email",), "exact")
    by_id = await bench.call(FIND_CUSTOMERS, external_id=ada.id.vendor_id)
    by_phone = await bench.call(FIND_CUSTOMERS, phone="+12025550101")
    assert [page.data.items[0].id for page in (by_id, by_phone)] == [ada.id, ada.id]
    assert by_id.freshness.source == "live"
    read = (await bench.call(GET_CUSTOMER, customer_id=ada.id)).data
    assert (read.point("email"), read.addresses[0].country, read.language) == (ADA, "NG", "en")


async def test_a_customer_has_to_have_all_the_keys(bench: Bench) -> None:
    found = await bench.call(FIND_CUSTOMERS, email=ADA, phone="+12025550102")
    assert found.data.items == ()


async def test_a_search_by_name_is_refused_not_ignored(bench: Bench) -> None:
    with pytest.raises(UnsupportedError, match="name"):
        await bench.call(FIND_CUSTOMERS, name="Ada")


@pytest.mark.parametrize("text", ['"] OR 1=1', "a&limit=100", "id[is]", "../customers", ".."])
async def test_a_hostile_id_is_only_ever_a_value(bench: Bench, text: str) -> None:
    assert (await bench.call(FIND_CUSTOMERS, external_id=text)).data.items == ()
    assert (await bench.call(FIND_INVOICES, invoice=text)).data.items == ()
    assert all(request.url.partition("?")[0].endswith(("/customers", "/invoices")) for request in bench.requests)


async def test_a_deleted_customer_is_not_found(bench: Bench) -> None:
    bench.fail_next(reply(200, {"customer": {"id": "gone", "deleted": True}}))
    with pytest.raises(NotFoundError, match="deleted"):
        await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", "gone"))


async def test_a_billing_account_has_standing_cards_and_what_is_due(bench: Bench) -> None:
    account = (await bench.call(GET_BILLING_ACCOUNT, customer_id=await customer(bench, CHIARA))).data
    assert (account.standing, account.subscription_count, account.tax_exempt) == ("past_due", 1, False)
    assert account.amount_due == (Money(amount_minor=1900, currency="EUR", exponent=2),)
    (card,) = account.payment_methods
    assert (card.type, card.last4, card.default, card.status) == ("card", "4242", True, "valid")
    good = (await bench.call(GET_BILLING_ACCOUNT, customer_id=await customer(bench, DEV))).data
    assert (good.standing, good.subscription_count, good.amount_due) == ("good", 2, ())


async def test_credit_is_told_apart_by_kind_and_currency(bench: Bench) -> None:
    balances = [
        {"currency_code": "EUR", "promotional_credits": 500, "refundable_credits": 200, "excess_payments": 100},
        {"currency_code": "JPY", "promotional_credits": 0, "refundable_credits": 70, "excess_payments": None},
    ]
    nothing = reply(200, {"list": []})
    bench.fail_next(reply(200, {"customer": {"id": "c", "balances": balances}}), nothing, nothing, nothing)
    account = (await bench.call(GET_BILLING_ACCOUNT, customer_id=bench.ref("customer", "c"))).data
    held = [(item.kind, item.money.amount_minor, item.money.currency) for item in account.credit_balances]
    assert held == [("account_credit", 300, "EUR"), ("promotional", 500, "EUR"), ("account_credit", 70, "JPY")]


async def test_more_unpaid_invoices_than_a_page_are_said_to_be_more(bench: Bench) -> None:
    invoice = {"id": "1", "currency_code": "EUR", "total": 5, "amount_due": 5, "status": "not_paid"}
    nothing = reply(200, {"list": []})
    unpaid = reply(200, {"list": [{"invoice": invoice}], "next_offset": '["1"]'})
    bench.fail_next(reply(200, {"customer": {"id": "c"}}), nothing, nothing, unpaid)
    found = await bench.call(GET_BILLING_ACCOUNT, customer_id=bench.ref("customer", "c"))
    assert (found.data.standing, [warning.code for warning in found.warnings]) == ("delinquent", ["truncated"])


async def test_a_subscription_has_its_plan_price_and_term(bench: Bench) -> None:
    (found,) = (await bench.call(LIST_SUBSCRIPTIONS, customer_id=await customer(bench, ADA))).data.items
    (item,) = found.items
    assert (item.price_id, item.unit_price) == (
        "Beans-Monthly-EUR-Monthly",
        Money(amount_minor=1900, currency="EUR", exponent=2),
    )
    assert item.interval
    assert (item.interval.unit, item.interval.count) == ("month", 1)
    assert (found.status.value, found.scheduled, found.extensions) == ("active", (), None)
    assert found.current_period
    assert found.next_invoice
    assert found.next_invoice.at == found.current_period.end


async def test_an_active_subscription_with_unpaid_invoices_is_past_due_and_says_how_it_knows(bench: Bench) -> None:
    chiara = await customer(bench, CHIARA)
    (found,) = (await bench.call(LIST_SUBSCRIPTIONS, customer_id=chiara)).data.items
    assert (found.status.value, found.status.raw, found.status.lossy) == ("past_due", "active", True)
    assert found.extensions
    assert found.extensions["chargebee"]["owed"]["amount_minor"] == 1900
    for status, hits in (("past_due", 1), ("active", 0), ("canceled", 0)):
        page = await bench.call(LIST_SUBSCRIPTIONS, customer_id=chiara, status=[status])
        assert len(page.data.items) == hits


async def test_yen_have_no_decimals(bench: Bench) -> None:
    (found,) = (await bench.call(LIST_SUBSCRIPTIONS, customer_id=await customer(bench, HIRO))).data.items
    assert found.items[0].unit_price == Money(amount_minor=2900, currency="JPY", exponent=0)


STATES: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"status": "future"}, "pending", []),
    ({"status": "in_trial", "trial_end": JULY}, "trialing", []),
    ({"status": "in_trial", "cancelled_at": JULY, "cancel_schedule_created_at": JUNE}, "trialing", ["cancel"]),
    ({"status": "active", "pause_date": JULY, "resume_date": JULY}, "active", ["pause", "resume"]),
    ({"status": "active", "has_scheduled_changes": True}, "active", ["change"]),
    ({"status": "non_renewing", "cancelled_at": JULY}, "active", ["cancel"]),
    ({"status": "paused", "pause_date": JUNE, "resume_date": JULY}, "paused", ["resume"]),
    ({"status": "cancelled", "cancelled_at": JUNE, "cancel_reason": "not_paid"}, "canceled", []),
    ({"status": "transferred"}, "other", []),
    ({"status": "brand_new"}, "other", []),
    ({"status": None}, "other", []),
]


@pytest.mark.parametrize(("fields", "status", "scheduled"), STATES)
async def test_a_state_keeps_its_word_and_what_will_happen_stands_beside_it(
    bench: Bench, fields: dict[str, Any], status: str, scheduled: list[str]
) -> None:
    bench.fail_next(reply(200, {"subscription": {"id": "s", **fields}}))
    (found,) = (await bench.call(LIST_SUBSCRIPTIONS, subscription_id=bench.ref("subscription", "s"))).data.items
    assert (found.status.value, found.status.raw) == (status, fields["status"] or "")
    assert [change.action for change in found.scheduled] == scheduled
    assert found.status.lossy == (status == "other")
    assert (found.ended_at is not None) == (status == "canceled")


async def test_a_price_in_fractions_of_the_smallest_unit_is_not_rounded(bench: Bench) -> None:
    item = {"item_price_id": "p", "unit_price": 1, "unit_price_in_decimal": "0.0125", "quantity": 4}
    found = {"id": "s", "status": "active", "currency_code": "USD", "subscription_items": [item]}
    bench.fail_next(reply(200, {"subscription": found}))
    page = (await bench.call(LIST_SUBSCRIPTIONS, subscription_id=bench.ref("subscription", "s"))).data
    assert page.items[0].items[0].unit_price is None


async def test_a_coupon_is_a_discount_until_its_day(bench: Bench) -> None:
    coupons = [{"coupon_id": "10% off/spring", "apply_till": JULY}, {"coupon_id": "always"}]
    bench.fail_next(reply(200, {"subscription": {"id": "s", "status": "active", "coupons": coupons}}))
    (found,) = (await bench.call(LIST_SUBSCRIPTIONS, subscription_id=bench.ref("subscription", "s"))).data.items
    spring, always = found.discounts
    assert (spring.offer, spring.name) == ("main:offer:10=25=20off=2Fspring", "10% off/spring")
    assert spring.ends_at == datetime.fromtimestamp(JULY, UTC)
    assert always.ends_at is None


async def test_lists_page_to_the_end_newest_first(bench: Bench) -> None:
    bruno = await customer(bench, BRUNO)
    first = (await bench.call(FIND_INVOICES, customer_id=bruno, limit=1)).data
    rest = (await bench.call(FIND_INVOICES, customer_id=bruno, limit=1, cursor=first.next_cursor)).data
    assert rest.next_cursor is None
    newer, older = first.items[0].issued_at, rest.items[0].issued_at
    assert newer
    assert older
    assert newer > older
    dev = await customer(bench, DEV)
    page = (await bench.call(LIST_SUBSCRIPTIONS, customer_id=dev, limit=1)).data
    last = (await bench.call(LIST_SUBSCRIPTIONS, customer_id=dev, limit=1, cursor=page.next_cursor)).data
    assert page.items[0].id != last.items[0].id
    assert last.next_cursor is None


async def test_an_invoice_is_found_by_a_number_that_no_reference_could_hold(bench: Bench) -> None:
    (found,) = (await bench.call(FIND_INVOICES, invoice="COFFEE/0001")).data.items
    assert (found.id, found.number) == ("main:invoice:COFFEE=2F0001", "COFFEE/0001")
    (again,) = (await bench.call(FIND_INVOICES, invoice=found.id)).data.items
    assert again.id == found.id
    assert (await bench.call(FIND_INVOICES, invoice="COFFEE/9999")).data.items == ()


async def test_one_invoice_comes_with_its_payments_and_what_can_be_refunded(bench: Bench) -> None:
    (found,) = (await bench.call(FIND_INVOICES, invoice="COFFEE/0003")).data.items
    (paid,) = found.payments
    assert (paid.id.kind, paid.amount, paid.status.value) == ("payment", found.total, "succeeded")
    assert (found.status.value, found.paid, found.refundable) == ("paid", found.total, found.total)
    assert (paid.refundable, paid.refunded) == (found.refundable, found.refunded)
    assert found.refunded == Money(amount_minor=0, currency="EUR", exponent=2)
    assert found.lines[0].unit_price == found.total


async def test_what_is_left_of_one_of_several_payments_is_not_guessed(bench: Bench) -> None:
    payments = [{"txn_id": "a", "txn_status": "success"}, {"txn_id": "b", "txn_status": "success"}]
    invoice = {"id": "1", "currency_code": "EUR", "total": 9, "amount_paid": 9, "linked_payments": payments}
    bench.fail_next(reply(200, {"list": [{"invoice": invoice}]}), reply(200, {"list": []}))
    (found,) = (await bench.call(FIND_INVOICES, invoice="1")).data.items
    assert [payment.refundable for payment in found.payments] == [None, None]
    assert found.refundable


async def test_invoices_are_filtered_by_status_subscription_and_date(bench: Bench) -> None:
    chiara = await customer(bench, CHIARA)
    (late,) = (await bench.call(FIND_INVOICES, customer_id=chiara, status=["open"])).data.items
    assert (late.status.raw, late.overdue, late.due) == ("payment_due", True, late.total)
    assert late.payments[0].status.value == "failed"
    both = await bench.call(FIND_INVOICES, subscription_id=late.subscription, status=["open", "paid"])
    assert len(both.data.items) == 2
    since = await bench.call(FIND_INVOICES, customer_id=chiara, since=late.issued_at)
    assert [item.id for item in since.data.items] == [late.id]


async def test_an_invoice_with_many_lines_says_that_some_are_missing(bench: Bench) -> None:
    line = {"description": "x", "amount": 3, "unit_amount": 1, "unit_amount_in_decimal": "1.5", "quantity": 2}
    invoice = {"id": "1", "currency_code": "KWD", "total": 3, "status": "posted", "line_items": [line]}
    bench.fail_next(
        reply(200, {"list": [{"invoice": {**invoice, "line_items_next_offset": '["2"]'}}]}), reply(200, {"list": []})
    )
    found = await bench.call(FIND_INVOICES, invoice="1")
    (whole,) = found.data.items
    assert [warning.code for warning in found.warnings] == ["truncated"]
    assert (whole.lines[0].unit_price, whole.overdue) == (None, None)
    # Chargebee writes dinars in hundredths, though they have three digits.
    assert whole.total == Money(amount_minor=30, currency="KWD", exponent=3)


def error(code: str, param: str | None = None, kind: str = "invalid_request") -> dict[str, Any]:
    return {"message": "Words that no caller may see.", "type": kind, "api_error_code": code, "param": param}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (reply(401, error("api_authentication_failed", kind="untyped")), PermissionDeniedError),
        (reply(403, error("api_authorization_failed", kind="untyped")), PermissionDeniedError),
        (reply(404, error("resource_not_found")), NotFoundError),
        (reply(404, error("site_not_found")), PermissionDeniedError),
        (reply(400, error("param_wrong_value", "limit")), InvalidArgumentError),
        (reply(400, error("configuration_incompatible")), UnsupportedError),
        (reply(400, error("payment_processing_failed", kind="payment")), ConflictError),
        (reply(409, error("invalid_state_for_request")), ConflictError),
        (reply(422, error("unable_to_process_request")), ConflictError),
        (reply(429, error("api_request_limit_exceeded"), retry_after="60"), RateLimitedError),
        (reply(200, b"<html>maintenance</html>"), VendorBugError),
        (reply(200, b""), VendorBugError),
        (reply(200, b"[]"), VendorBugError),
        (reply(200, {"customer": {}}), VendorBugError),
        (reply(404, b"<html>"), NotFoundError),
        (reply(400, {"api_error_code": 7}), InvalidArgumentError),
    ],
)
async def test_a_refusal_becomes_the_error_that_says_what_to_do(
    bench: Bench, fault: object, expected: type[Exception]
) -> None:
    bench.wire.faults.append(fault)
    with pytest.raises(expected) as raised:
        await bench.call(GET_CUSTOMER, customer_id=bench.ref("customer", "c"))
    assert type(raised.value) is expected or isinstance(raised.value, RateLimitedError)
    assert "Words" not in str(raised.value)


async def test_a_refusal_names_the_parameter_at_fault(bench: Bench) -> None:
    bench.fail_next(reply(400, error("param_wrong_value", "date[after]")))
    with pytest.raises(InvalidArgumentError, match=r"param_wrong_value:date\.after"):
        await bench.call(FIND_INVOICES, customer_id=bench.ref("customer", "c"))


async def test_a_wrong_cursor_is_the_callers_fault(bench: Bench) -> None:
    with pytest.raises(InvalidArgumentError):
        await bench.call(FIND_INVOICES, customer_id=bench.ref("customer", "c"), cursor="nonsense")


async def test_the_probe_is_one_harmless_read() -> None:
    asked: list[HttpRequest] = []

    class Site:
        call = CallContext("main")

        async def send(self, request: HttpRequest) -> HttpResponse:
            asked.append(request)
            return reply(200, {"list": []})

    await trunkline_connector().probe(ChargebeeSettings(site="acme"), Site())
    (request,) = asked
    assert (request.method, request.url) == ("GET", "https://acme.chargebee.com/api/v2/customers?limit=1")


async def test_a_wrong_key_is_refused_and_a_right_one_goes_as_the_user_without_a_password() -> None:
    manifest = trunkline_connector()
    wrong = replace(manifest.open_sandbox(COMPANY), credentials={"api_key": "wrong"})
    async with at_sandbox(manifest, sandbox=wrong) as bench:
        with pytest.raises(PermissionDeniedError):
            await bench.call(FIND_CUSTOMERS, email=ADA)
    assert bench.requests[0].headers["Authorization"] == "Basic " + b64encode(b"wrong:").decode()


@pytest.mark.parametrize("site", ["coffee-test", "c", "a" * 63])
def test_a_site_is_one_label_of_a_host_name(site: str) -> None:
    assert ChargebeeSettings(site=site).site == site


@pytest.mark.parametrize("site", ["", "evil.example/", "-c", "Coffee", "a.b", "c@d", "a" * 64])
def test_a_site_cannot_lead_to_another_host(site: str) -> None:
    with pytest.raises(ValidationError):
        ChargebeeSettings(site=site)
