"""Zendesk's custom fields at its sandbox: found out, read, written, and never lost in silence."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from support.bench import Bench, at_sandbox, reply
from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.tools import (
    CREATE_CUSTOMER,
    CREATE_TICKET,
    GET_CUSTOMER,
    GET_TICKET,
    SEARCH_TICKETS,
    UPDATE_CUSTOMER,
    UPDATE_TICKET,
)
from trunkline_zendesk import trunkline_connector

TICKET, ADA_ID = "main:ticket:1", "main:customer:900000001"
ORDER, PRODUCT = "400000005", "400000006"
CUPS, ROAST = "cups_a_day", "favourite_roast"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A connection whose fields were found out, so that callers use their names."""
    async with at_sandbox(trunkline_connector()) as plain:
        found = await plain.describe()
    async with at_sandbox(trunkline_connector(), fields=found) as bench:
        yield bench


def sent(bench: Bench, record: str = "ticket") -> Any:
    return orjson.loads(bench.requests[-1].body)[record]


def lost(result: Any) -> list[tuple[str, str]]:
    return [(warning.code, warning.field) for warning in result.warnings if warning.code == "field_dropped"]


async def described(*answers: Any) -> dict[str, Any]:
    """The fields that are found in these answers, by their keys."""
    async with at_sandbox(trunkline_connector()) as bench:
        bench.fail_next(*(reply(200, answer) for answer in answers))
        return {field.key: field for field in await bench.describe()}


# Which there are


async def test_the_companys_fields_are_found_with_their_types_and_choices(bench: Bench) -> None:
    assert [(item.kind, item.key, item.name, item.label, item.type) for item in bench.fields] == [
        ("ticket", ORDER, "order_number", "Order number", "text"),
        ("ticket", PRODUCT, "product", "Product", "choice"),
        ("customer", CUPS, "cups_a_day", "Cups a day", "number"),
        ("customer", ROAST, "favourite_roast", "Favourite roast", "choice"),
    ]
    product = bench.fields[1]
    assert [(choice.value, choice.label) for choice in product.choices] == [
        ("beans", "Beans"),
        ("grinder", "Grinder"),
    ]
    assert all(field.writable for field in bench.fields)


async def test_fields_of_zendesks_own_and_fields_out_of_use_are_none_of_them() -> None:
    tickets = [
        {"id": 1, "type": "subject", "title": "Subject"},
        {"id": 2, "type": "custom_status", "title": "Status"},
        {"id": 3, "type": "text", "title": "Old", "active": False},
    ]
    users = [{"id": 4, "type": "date", "title": "Seen", "key": "system::seen", "system": True}]
    assert await described({"ticket_fields": tickets}, {"user_fields": users}) == {}


async def test_what_nobody_can_write_is_read_only() -> None:
    tickets = [
        {"id": 1, "type": "text", "title": "Summary", "agent_can_edit": False},
        {"id": 2, "type": "partialcreditcard", "title": "Card", "agent_can_edit": True},
        {"id": 3, "type": "multiselect", "title": "Parts", "agent_can_edit": True},
    ]
    found = await described({"ticket_fields": tickets}, {"user_fields": []})
    assert [(field.type, field.writable) for field in found.values()] == [
        ("text", False),
        ("text", False),
        ("choices", True),
    ]


async def test_fields_of_one_label_have_two_names_and_odd_keys_have_good_ones() -> None:
    tickets = [{"id": number, "type": "text", "title": "Order number"} for number in (1, 2)]
    users = [{"id": 3, "type": "text", "title": "Größe", "key": "2nd-size"}]
    found = await described({"ticket_fields": tickets}, {"user_fields": users})
    assert [field.name for field in found.values()] == ["order_number", "order_number_2", "f_2nd_size"]


async def test_fields_on_the_second_page_are_found() -> None:
    first = {
        "ticket_fields": [{"id": 1, "type": "text", "title": "A"}],
        "meta": {"has_more": True, "after_cursor": "x"},
    }
    second = {"ticket_fields": [{"id": 2, "type": "text", "title": "B"}], "meta": {"has_more": False}}
    assert list(await described(first, second, {"user_fields": []})) == ["1", "2"]


# What they hold


async def test_a_tickets_fields_are_written_and_read(bench: Bench) -> None:
    changed = await bench.call(
        UPDATE_TICKET, ticket_id=TICKET, changes={"custom_fields": {"order_number": "1002", "product": "grinder"}}
    )
    assert sent(bench)["custom_fields"] == [{"id": 400000005, "value": "1002"}, {"id": 400000006, "value": "grinder"}]
    assert changed.resource.custom_fields == {"order_number": "1002", "product": "grinder"}
    assert lost(changed) == []
    listed = (await bench.call(SEARCH_TICKETS, requester=ADA_ID)).data.items[0]
    assert listed.custom_fields == {"order_number": "1002", "product": "grinder"}


async def test_a_new_ticket_has_its_fields(bench: Bench) -> None:
    made = await bench.call(
        CREATE_TICKET,
        requester=ADA_ID,
        subject="s",
        body="b",
        first_message="internal",
        custom_fields={"order_number": "1002"},
    )
    assert (made.resource.custom_fields, lost(made)) == ({"order_number": "1002"}, [])
    assert (await bench.call(GET_TICKET, ticket_id=made.resource.id)).data.custom_fields == {"order_number": "1002"}


async def test_a_value_that_zendesk_did_not_keep_is_said_by_the_name_of_its_field(bench: Bench) -> None:
    ticket = {"id": 1, "status": "open", "custom_fields": [{"id": int(PRODUCT), "value": None}]}
    bench.fail_next_write(reply(200, {"ticket": ticket}))
    changed = await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"custom_fields": {"product": "beans"}})
    assert lost(changed) == [("field_dropped", "custom_fields.product")]


@pytest.mark.parametrize(("field", "value"), [("999", "x"), (PRODUCT, "teapot")])
async def test_without_knowing_the_fields_a_value_that_was_not_kept_is_said_all_the_same(
    field: str, value: str
) -> None:
    async with at_sandbox(trunkline_connector()) as bench:
        changed = await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"custom_fields": {field: value}})
    assert lost(changed) == [("field_dropped", f"custom_fields.{field}")]


async def test_without_knowing_the_fields_one_that_is_not_named_by_its_id_is_refused() -> None:
    async with at_sandbox(trunkline_connector()) as bench:
        with pytest.raises(InvalidArgumentError, match="ids"):
            await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"custom_fields": {"product": "grinder"}})
        assert all(request.method == "GET" for request in bench.requests)


async def test_a_former_value_comes_back_and_so_does_its_absence(bench: Bench) -> None:
    await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"custom_fields": {"order_number": "1"}})
    changed = await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"custom_fields": {"order_number": "2"}})
    assert changed.undo
    assert changed.undo.args["changes"] == {"custom_fields": {"order_number": "1"}}
    first = await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"custom_fields": {"product": "beans"}})
    assert first.undo
    assert first.undo.args["changes"] == {"custom_fields": {"product": None}}
    await bench.call(UPDATE_TICKET, **first.undo.args)
    assert (await bench.call(GET_TICKET, ticket_id=TICKET)).data.custom_fields == {"order_number": "2"}


async def test_a_choice_is_a_tag_too_and_tags_that_are_written_with_it_agree(bench: Bench) -> None:
    await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes={"custom_fields": {"product": "beans"}})
    changes = {"custom_fields": {"product": "grinder", "order_number": "7"}, "add_tags": ["vip"]}
    changed = await bench.call(UPDATE_TICKET, ticket_id=TICKET, changes=changes)
    assert sent(bench)["tags"] == ["cancellation", "vip", "grinder"]
    assert (changed.resource.tags, changed.resource.custom_fields["product"]) == (
        ("cancellation", "vip", "grinder"),
        "grinder",
    )


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("integer", "99", 99),
        ("decimal", "-1.6", -1.6),
        ("integer", "many", "many"),
        ("checkbox", False, False),
        ("date", "2016-05-25", "2016-05-25"),
        ("multiselect", ["a", "b"], ["a", "b"]),
        ("text", "1,2", "1,2"),
    ],
)
async def test_a_value_has_the_type_of_its_field(kind: str, raw: Any, value: Any) -> None:
    (field,) = (
        await described({"ticket_fields": [{"id": 7, "type": kind, "title": "F"}]}, {"user_fields": []})
    ).values()
    async with at_sandbox(trunkline_connector(), fields=(field,)) as bench:
        bench.fail_next(reply(200, {"ticket": {"id": 1, "status": "open", "custom_fields": [{"id": 7, "value": raw}]}}))
        assert (await bench.call(GET_TICKET, ticket_id=TICKET)).data.custom_fields == {"f": value}


async def test_a_customers_fields_are_written_and_read(bench: Bench) -> None:
    changed = await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"custom_fields": {CUPS: 3, ROAST: "dark"}})
    assert sent(bench, "user") == {"user_fields": {CUPS: 3, ROAST: "dark"}}
    assert (changed.resource.custom_fields, lost(changed)) == ({CUPS: 3, ROAST: "dark"}, [])
    assert changed.undo
    assert changed.undo.args["changes"] == {"custom_fields": {CUPS: None, ROAST: None}}
    again = await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"custom_fields": {CUPS: 4}})
    assert again.undo
    assert again.undo.args["changes"] == {"custom_fields": {CUPS: 3}}
    assert (await bench.call(GET_CUSTOMER, customer_id=ADA_ID)).data.custom_fields == {CUPS: 4, ROAST: "dark"}


async def test_a_new_customer_has_their_fields(bench: Bench) -> None:
    made = await bench.call(CREATE_CUSTOMER, family_name="Boateng", custom_fields={CUPS: 2})
    assert (made.resource.custom_fields, lost(made)) == ({CUPS: 2}, [])
    assert sent(bench, "user")["user_fields"] == {CUPS: 2}


async def test_a_field_of_a_new_customer_that_zendesk_does_not_have_is_said_to_be_lost() -> None:
    async with at_sandbox(trunkline_connector()) as bench:
        made = await bench.call(CREATE_CUSTOMER, family_name="Boateng", custom_fields={CUPS: 2, "shoe_size": 38})
    assert lost(made) == [("field_dropped", "custom_fields.shoe_size")]


async def test_a_date_of_a_customer_is_a_date_and_zendesks_own_notes_are_not_shown() -> None:
    users = [{"id": 3, "type": "date", "title": "Born", "key": "born"}]
    (field,) = (await described({"ticket_fields": []}, {"user_fields": users})).values()
    raw = {"born": "1990-11-30T00:00:00+00:00", "system::embeddable_last_seen": "2022-11-30T00:00:00+00:00"}
    async with at_sandbox(trunkline_connector(), fields=(field,)) as bench:
        bench.fail_next(reply(200, {"user": {"id": 5, "name": "Ada", "user_fields": raw}}))
        read = (await bench.call(GET_CUSTOMER, customer_id="main:customer:5")).data
    assert read.custom_fields == {"born": "1990-11-30"}


async def test_fields_that_were_never_found_out_are_not_shown_but_their_loss_is_not_claimed() -> None:
    async with at_sandbox(trunkline_connector()) as bench:
        changed = await bench.call(UPDATE_CUSTOMER, customer_id=ADA_ID, changes={"custom_fields": {CUPS: 3}})
    assert (changed.resource.custom_fields, lost(changed)) == ({}, [])
