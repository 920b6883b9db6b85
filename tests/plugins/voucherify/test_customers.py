"""Voucherify's customers, their custom fields, and the orders that a shop told of."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import AmbiguousError, NotFoundError, UnsupportedError
from trunkline_contracts.fields import Choice
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.tools import (
    CREATE_CUSTOMER,
    FIND_CUSTOMERS,
    FIND_ORDERS,
    GET_CUSTOMER,
    UPDATE_CUSTOMER,
)
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_voucherify import VoucherifySettings, trunkline_connector
from trunkline_voucherify.money import credit, money

ADA = "ada.okafor@fernway-studio.example"
NIA: dict[str, Any] = {
    "given_name": "Nia",
    "family_name": "Boateng",
    "email": "nia@boateng.example",
    "external_id": "shop-77",
}
ORDER = {"id": "ord_1", "status": "PAID", "amount": 1200, "total_amount": 1000, "total_discount_amount": 200}


@pytest.fixture
async def with_fields() -> AsyncIterator[Bench]:
    """A bench that knows the custom fields which its sandbox describes."""
    manifest = trunkline_connector()
    async with at_sandbox(manifest) as plain:
        fields = await plain.describe()
    async with at_sandbox(manifest, fields=fields) as bench:
        yield bench


def body_of(bench: Bench) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(bench.requests[-1].body)
    return body


async def test_a_customer_is_created_after_a_look_by_each_exact_key(bench: Bench) -> None:
    made = await bench.call(CREATE_CUSTOMER, **NIA, phone="+12025550198")
    assert [request.method for request in bench.requests] == ["GET", "GET", "POST"]
    assert "/v1/customers/shop-77" in bench.requests[0].url
    assert "email=nia%40boateng.example" in bench.requests[1].url
    assert body_of(bench) == {
        "source_id": "shop-77", "name": "Nia Boateng", "email": "nia@boateng.example", "phone": "+12025550198",
    }  # fmt: skip
    assert made.outcome == "applied"
    assert made.resource
    assert (made.resource.display_name, made.resource.point("phone")) == ("Nia Boateng", "+12025550198")
    assert (await bench.call(FIND_CUSTOMERS, external_id="shop-77")).data.items[0].id == made.resource.id


@pytest.mark.parametrize("key", [{"email": ADA}, {"external_id": "shop-1"}, {"email": ADA, "external_id": "new"}])
async def test_who_is_there_already_is_given_and_nothing_is_made(bench: Bench, key: dict[str, Any]) -> None:
    found = await bench.call(CREATE_CUSTOMER, family_name="Okafor", **key)
    assert (found.outcome, [warning.code for warning in found.warnings]) == ("noop", ["duplicate_suspected"])
    assert found.resource
    assert found.resource.display_name == "Ada Okafor"
    assert {request.method for request in bench.requests} == {"GET"}


async def test_several_people_with_one_address_are_a_choice(bench: Bench) -> None:
    people = [{"id": "cust_1", "name": "A"}, {"id": "cust_2", "name": "B"}]
    bench.fail_next(reply(200, {"customers": people, "total": 2}))
    with pytest.raises(AmbiguousError) as told:
        await bench.call(CREATE_CUSTOMER, email="shared@office.example")
    assert [choice.id for choice in told.value.body.candidates] == ["main:customer:cust_1", "main:customer:cust_2"]


@pytest.mark.parametrize("key", [{"phone": "+12025550198"}, {"family_name": "Boateng"}])
async def test_nobody_is_created_who_could_not_be_looked_up(bench: Bench, key: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError, match="email or external_id"):
        await bench.call(CREATE_CUSTOMER, **key)
    assert bench.requests == []


async def test_a_dry_run_of_a_creation_shows_the_request_after_the_look(bench: Bench) -> None:
    with pytest.raises(PreviewOnlyError) as shown:
        await bench.call(CREATE_CUSTOMER, **NIA, dry_run=True)
    assert shown.value.preview.body["source_id"] == "shop-77"
    assert {request.method for request in bench.requests} == {"GET"}


async def test_a_change_sets_what_is_given_and_can_be_taken_back(bench: Bench) -> None:
    ada = bench.ref("customer", "cust_00000001")
    changes = {
        "given_name": "Adaeze", "family_name": "Okafor", "email": "new@ada.example",
        "address": {"line1": "1 Road", "region": "LA", "country": "NG"},
    }  # fmt: skip
    changed = await bench.call(UPDATE_CUSTOMER, customer_id=ada, changes=changes)
    assert bench.requests[-1].method == "PUT"
    assert body_of(bench) == {
        "name": "Adaeze Okafor", "email": "new@ada.example",
        "address": {"line_1": "1 Road", "state": "LA", "country": "NG"},
    }  # fmt: skip
    assert changed.resource
    assert changed.resource.display_name == "Adaeze Okafor"
    assert changed.undo
    back = await bench.call(UPDATE_CUSTOMER, **changed.undo.args)
    assert back.resource
    assert (back.resource.display_name, back.resource.point("email")) == ("Ada Okafor", ADA)
    assert back.resource.addresses[0].city == "Lagos"


async def test_what_had_no_value_before_cannot_be_taken_back(bench: Bench) -> None:
    bench.fail_next(reply(200, {"id": "cust_00000001", "name": "Ada"}))
    changes = {"phone": "+12025550111"}
    changed = await bench.call(UPDATE_CUSTOMER, customer_id=bench.ref("customer", "cust_00000001"), changes=changes)
    assert changed.undo is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"language": "fr"}, "language"),
        ({"add_tags": ["vip"]}, "add_tags"),
        ({"remove_tags": ["vip"]}, "remove_tags"),
        ({"given_name": "Adaeze"}, "together"),
        ({"family_name": "Obi", "email": "a@b.example"}, "together"),
    ],
)
async def test_a_change_without_a_place_is_refused_not_dropped(
    bench: Bench, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(UnsupportedError, match=told):
        await bench.call(UPDATE_CUSTOMER, customer_id=bench.ref("customer", "cust_00000001"), changes=changes)
    assert bench.requests == []


async def test_custom_fields_come_from_the_projects_own_schema(bench: Bench) -> None:
    cups, roast = await bench.describe()
    assert (cups.key, cups.name, cups.type, cups.choices) == ("Cups a day", "cups_a_day", "number", ())
    assert (roast.type, roast.choices) == ("choice", (Choice(value="Light"), Choice(value="Dark")))


async def test_a_field_that_our_model_cannot_carry_is_left_out(bench: Bench) -> None:
    properties = {
        "born": {"type": "date"}, "seen": {"type": "datetime"}, "vip": {"type": "boolean"},
        "place": {"type": "geopoint"},
        "old": {"type": "string", "deleted": True}, "notes": {"type": "string", "array": True},
        "brands": {"type": "string", "array": True, "eq": ["Nike", "Adidas"]}, "pay": {"type": "object"},
    }  # fmt: skip
    bench.fail_next(reply(200, {"properties": properties}))
    found = {field.key: field.type for field in await bench.describe()}
    assert found == {"born": "date", "seen": "datetime", "vip": "boolean", "brands": "choices"}


async def test_a_project_without_a_schema_has_no_custom_fields(bench: Bench) -> None:
    bench.fail_next(reply(404, {"key": "not_found"}))
    assert await bench.describe() == ()


async def test_only_custom_fields_of_the_schema_are_read(with_fields: Bench) -> None:
    ada = (await with_fields.call(GET_CUSTOMER, customer_id=with_fields.ref("customer", "cust_00000001"))).data
    assert ada.custom_fields == {"cups_a_day": 2}


async def test_custom_fields_are_written_beside_those_that_stay(with_fields: Bench) -> None:
    ada = with_fields.ref("customer", "cust_00000001")
    changes = {"custom_fields": {"cups_a_day": 5}}
    changed = await with_fields.call(UPDATE_CUSTOMER, customer_id=ada, changes=changes)
    assert body_of(with_fields) == {"metadata": {"Cups a day": 5, "internal_note": "not in the schema"}}
    assert changed.resource
    assert changed.resource.custom_fields == {"cups_a_day": 5}
    assert changed.undo
    back = await with_fields.call(UPDATE_CUSTOMER, **changed.undo.args)
    assert back.resource
    assert back.resource.custom_fields == {"cups_a_day": 2}
    made = await with_fields.call(CREATE_CUSTOMER, **NIA, custom_fields={"favourite_roast": "Dark"})
    assert body_of(with_fields)["metadata"] == {"Favourite roast": "Dark"}
    assert made.resource
    assert made.resource.custom_fields == {"favourite_roast": "Dark"}


@pytest.mark.parametrize("order", ["1002", "ord_1002", "main:order:ord_1002"])
async def test_an_order_is_found_by_number_id_or_reference(bench: Bench, order: str) -> None:
    (found,) = (await bench.call(FIND_ORDERS, order=order)).data.items
    assert (found.id, found.number, found.customer) == (
        "main:order:ord_1002", "1002", "main:customer:cust_00000001",
    )  # fmt: skip
    assert found.financial
    assert (found.financial.value, found.fulfillment) == ("paid", None)
    assert found.totals
    assert (found.totals.total.amount_minor, found.totals.total.currency) == (1350, "EUR")
    (line,) = found.lines
    assert (line.title, line.quantity) == ("Filter papers", 3)


async def test_an_unknown_order_is_no_order(bench: Bench) -> None:
    assert (await bench.call(FIND_ORDERS, order="9999")).data.items == ()


async def test_a_customers_orders_are_named_by_their_activity_and_read_one_by_one(bench: Bench) -> None:
    ada = bench.ref("customer", "cust_00000001")
    first = (await bench.call(FIND_ORDERS, customer_id=ada, limit=1)).data
    rest = (await bench.call(FIND_ORDERS, customer_id=ada, limit=1, cursor=first.next_cursor)).data
    assert [order.number for order in (*first.items, *rest.items)] == ["1002", "1001"]
    assert rest.next_cursor is None
    activity, order, *_ = [request.url for request in bench.requests]
    assert "/v1/customers/cust_00000001/activity?type=customer.order.created" in activity
    assert order.endswith("/v1/orders/ord_1002")


async def test_orders_are_sorted_out_by_state_and_time(bench: Bench) -> None:
    ada = bench.ref("customer", "cust_00000001")
    assert (await bench.call(FIND_ORDERS, customer_id=ada, status=["canceled"])).data.items == ()
    assert (await bench.call(FIND_ORDERS, customer_id=ada, since="2999-01-01T00:00:00Z")).data.items == ()
    other = bench.ref("customer", "cust_00000002")
    assert (await bench.call(FIND_ORDERS, customer_id=other, order="1002")).data.items == ()


async def test_an_event_names_its_order_at_either_depth(bench: Bench) -> None:
    events = [
        {"id": "evcus_1", "data": {"order": {"id": "ord_1001"}}},
        {"id": "evcus_2", "data": {"data": {"order": {"id": "ord_1002"}}}},
        {"id": "evcus_3", "data": None},
        {"id": "evcus_4", "data": {"order": {"id": "ord_gone"}}},
    ]
    bench.fail_next(reply(200, {"data": events}))
    found = (await bench.call(FIND_ORDERS, customer_id=bench.ref("customer", "cust_00000001"))).data.items
    assert [order.number for order in found] == ["1001", "1002"]


@pytest.mark.parametrize("filters", [{"status": ["shipped"], "order": "1002"}, {"email": ADA}])
async def test_orders_cannot_be_listed_by_email_or_parcel(bench: Bench, filters: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        await bench.call(FIND_ORDERS, **filters)
    assert bench.requests == []


async def test_without_a_currency_no_amount_is_guessed() -> None:
    manifest = trunkline_connector()
    sandbox = replace(manifest.open_sandbox(COMPANY), settings={"campaign": "Coffee Club"})
    async with at_sandbox(manifest, sandbox=sandbox) as bench:
        result = await bench.call(FIND_ORDERS, order="1002")
    assert (result.data.items[0].totals, result.data.items[0].lines[0].unit_price) == (None, None)
    assert [warning.code for warning in result.warnings] == ["unit_ambiguous"]


@pytest.mark.parametrize(
    ("raw", "state", "canceled"),
    [
        ("CREATED", "pending", False),
        ("FULFILLED", "paid", False),
        ("CANCELED", "voided", True),
        ("NEW", "other", False),
    ],
)
async def test_an_orders_state_is_only_what_voucherify_was_told(
    bench: Bench,
    raw: str,
    state: str,
    canceled: bool,
) -> None:
    bench.fail_next(reply(200, {**ORDER, "status": raw, "updated_at": "2026-01-02T00:00:00Z"}))
    (order,) = (await bench.call(FIND_ORDERS, order="ord_1")).data.items
    assert order.financial
    assert (order.financial.value, order.financial.raw) == (state, raw)
    assert (order.canceled_at is not None) == canceled
    assert order.totals
    assert order.totals.discount
    assert (order.totals.total.amount_minor, order.totals.discount.amount_minor) == (1000, 200)


@pytest.mark.parametrize(
    ("currency", "amount", "major"),
    [("EUR", 1234, "12.34"), ("JPY", 500, "500"), ("ISK", 7, "7"), ("KWD", 1234, "1.234")],
)
def test_an_amount_is_in_the_smallest_unit_of_its_currency(currency: str, amount: int, major: str) -> None:
    found = money(amount, currency)
    assert found
    assert str(found.major) == major


def test_a_gift_cards_credit_is_in_hundredths_whatever_the_currency() -> None:
    yen, dinar = credit(50000, "JPY"), credit(1050, "KWD")
    assert yen
    assert dinar
    assert (str(yen.major), str(dinar.major)) == ("500", "10.500")
    assert credit(50050, "JPY") is None
    assert credit(None, "EUR") is None


async def test_an_unknown_customer_is_not_changed(bench: Bench) -> None:
    with pytest.raises(NotFoundError):
        await bench.call(
            UPDATE_CUSTOMER, customer_id=bench.ref("customer", "cust_99"), changes={"email": "a@b.example"}
        )
    assert [request.method for request in bench.requests] == ["GET"]


@pytest.mark.parametrize(
    "settings", [{}, {"campaign": "A", "program": "lprg_1"}, {"program": "A"}, {"program": "lprg_1/../x"}]
)
def test_trap_42_a_connection_says_which_loyalty_api_it_uses(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VoucherifySettings(**settings)
