"""Custom fields: found out from the vendor, typed in the tenant's own schemas, read and written by name."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from support.gateway import House, house
from support.judges import NODE, require_judge
from support.tool_list import as_model_sees, count_tokens
from trunkline_contracts.fields import Choice, CustomField, field_name
from trunkline_contracts.testing.bench import reply
from trunkline_contracts.tools import UPDATE_TICKET
from trunkline_gateway.calls import fields
from trunkline_gateway.plugins import load_plugins

ADA = "ada.okafor@fernway-studio.example"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[House]:
    """A gateway with a helpdesk whose fields were found out."""
    manifests = load_plugins().manifests
    async with house(tmp_path, [manifests["zendesk"]]) as desk:
        await refresh(desk)
        yield desk


async def refresh(desk: House) -> tuple[CustomField, ...]:
    connection = (await desk.gateway.connections.of("acme"))["desk"]
    return (await desk.gateway.discovery.refresh(connection)).fields


async def ticket(desk: House) -> str:
    customer = (await desk.result("find_customers", email=ADA))["data"]["items"][0]["id"]
    return str((await desk.result("search_tickets", requester=customer))["data"]["items"][0]["id"])


async def changes_schema(desk: House) -> dict[str, Any]:
    tool = (await desk.gateway.calls.tools(desk.caller))["update_ticket"]
    return dict(tool.input_schema["properties"]["changes"]["properties"])


async def test_the_fields_stand_typed_in_the_tenants_own_schema(desk: House) -> None:
    schema = (await changes_schema(desk))["custom_fields"]
    assert schema["properties"]["order_number"] == {"type": "string"}
    assert schema["properties"]["product"]["enum"] == ["beans", "grinder"]
    assert schema["additionalProperties"] is False


async def test_a_tenant_without_fields_sees_no_such_argument(tmp_path: Path) -> None:
    async with house(tmp_path, [load_plugins().manifests["zendesk"]]) as desk:
        assert "custom_fields" not in await changes_schema(desk)


async def test_what_is_written_by_name_is_read_by_name_and_taken_back_by_name(desk: House) -> None:
    one = await ticket(desk)
    written = {"order_number": "A-17", "product": "grinder"}
    done = await desk.result("update_ticket", ticket_id=one, changes={"custom_fields": written})
    assert done["resource"]["custom_fields"] == written
    assert (await desk.result("get_ticket", ticket_id=one))["data"]["custom_fields"] == written
    await desk.result(done["undo"]["tool"], **done["undo"]["args"])
    assert "order_number" not in (await desk.result("get_ticket", ticket_id=one))["data"].get("custom_fields", {})


async def test_a_field_in_a_joined_view_has_its_name_too(desk: House) -> None:
    one = await ticket(desk)
    await desk.result("update_ticket", ticket_id=one, changes={"custom_fields": {"order_number": "A-17"}})
    customer = (await desk.result("find_customers", email=ADA))["data"]["items"][0]["id"]
    view = await desk.result("get_customer", customer_id=customer, include=["open_tickets"])
    assert view["data"]["open_tickets"][0]["custom_fields"]["order_number"] == "A-17"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"no_such_field": "x"}, "has no custom field no_such_field; it has: "),
        ({"order_number": 17}, "order_number takes a text"),
        ({"product": "Tea"}, "product takes: beans, grinder"),
        ({"product": ["beans"]}, "product takes: beans, grinder"),
    ],
)
async def test_a_wrong_name_or_value_is_refused_before_the_vendor_is_asked(
    desk: House, values: dict[str, Any], told: str
) -> None:
    one = await ticket(desk)
    await desk.call("update_ticket", ticket_id=one, changes={"custom_fields": {"no_such_field": 1}})
    asked = len(desk.wires["desk"].exchanges)
    answer = await desk.call("update_ticket", ticket_id=one, changes={"custom_fields": values})
    assert answer.error
    assert answer.error.code == "invalid_argument"
    assert told in str(answer.error)
    assert len(desk.wires["desk"].exchanges) == asked


async def test_a_field_that_was_added_since_is_found_when_it_is_first_named(tmp_path: Path) -> None:
    async with house(tmp_path, [load_plugins().manifests["zendesk"]]) as desk:
        one = await ticket(desk)
        done = await desk.result("update_ticket", ticket_id=one, changes={"custom_fields": {"order_number": "A-17"}})
        assert done["outcome"] == "applied"
        assert "custom_fields" in await changes_schema(desk)


async def test_unknown_names_do_not_send_the_vendor_a_stream_of_questions(desk: House) -> None:
    one = await ticket(desk)
    desk.wires["desk"].exchanges.clear()
    await asyncio.gather(
        *(desk.call("update_ticket", ticket_id=one, changes={"custom_fields": {f"x{n}": 1}}) for n in range(20))
    )
    asked = [
        request
        for request, _ in desk.wires["desk"].exchanges
        if request.url.partition("?")[0].endswith("ticket_fields.json")
    ]
    assert len(asked) <= 1


async def test_a_vendor_that_cannot_be_asked_keeps_what_is_known(desk: House) -> None:
    one = await ticket(desk)
    desk.wires["desk"].faults = [reply(500)] * 3
    answer = await desk.call("update_ticket", ticket_id=one, changes={"custom_fields": {"brand_new": 1}})
    assert answer.error
    assert answer.error.code == "invalid_argument"
    desk.wires["desk"].faults.clear()
    await desk.result("update_ticket", ticket_id=one, changes={"custom_fields": {"order_number": "A-1"}})


async def test_what_was_found_is_kept_with_the_connection_and_its_credential_still_opens(desk: House) -> None:
    again = (await desk.gateway.connections.of("acme"))["desk"]
    assert {item.name for item in again.fields} >= {"order_number", "product"}
    assert await refresh(desk) == again.fields


def test_a_name_is_made_of_a_label_and_is_nobody_elses() -> None:
    assert field_name("Order number") == "order_number"
    assert field_name("Größe / Maß") == "gr_e_ma"
    assert field_name("2nd line") == "f_2nd_line"
    assert field_name("Order number", {"order_number"}) == "order_number_2"
    assert field_name("???") == "field"


def test_many_choices_are_checked_and_not_listed() -> None:
    choices = tuple(Choice(value=f"v{number}") for number in range(300))
    field = CustomField(kind="ticket", key="1", name="city", label="City", type="choice", choices=choices)
    assert fields.schema_of([field])["properties"]["city"] == {"type": "string"}


async def test_ten_fields_cost_a_tool_less_than_its_budget(desk: House) -> None:
    require_judge(NODE)
    many = [
        CustomField(kind="ticket", key=str(number), name=f"field_number_{number}", label="x", type="text")
        for number in range(10)
    ]
    tool = (await desk.gateway.calls.tools(desk.caller))[UPDATE_TICKET.name]
    tool.input_schema["properties"]["changes"]["properties"]["custom_fields"] = fields.schema_of(many)
    assert count_tokens([as_model_sees(tool)])[0] <= 350
