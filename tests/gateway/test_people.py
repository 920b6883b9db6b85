"""One person across five systems: found once, joined, addressed, and worked under any system's id."""

import asyncio
import time
from typing import Any

import pytest

from support.bench import SandboxWire, reply
from support.gateway import House
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_gateway.egress.wire import NotSentError, Sending

ADA = "ada.okafor@fernway-studio.example"
ELIF = "elif.demir@demir-textiles.example"
JONAS = "jonas.weber@weber-logistik.example"
EVERYTHING = ["company", "billing", "loyalty", "open_tickets", "recent_activity"]


async def find(town: House, email: str) -> dict[str, Any]:
    (person,) = (await town.result("find_customers", email=email))["data"]["items"]
    return dict(person)


async def test_one_person_known_to_four_systems_is_found_once_with_the_others_linked(town: House) -> None:
    ada = await find(town, ADA)
    assert ada["id"].startswith("crm:customer:")
    assert {link["system"] for link in ada["linked"]} == {"zendesk", "stripe", "voucherify"}
    assert all(link["confidence"] == "exact" for link in ada["linked"])


async def test_a_search_can_be_kept_to_one_system(town: House) -> None:
    found = await town.result("find_customers", email=ADA, connectors=["billing"])
    assert [item["id"].split(":")[0] for item in found["data"]["items"]] == ["billing"]
    answer = await town.call("find_customers", email=ADA, connectors=["nowhere"])
    assert answer.error
    assert answer.error.code == "not_found"


async def test_a_stranger_is_nobody_and_no_error(town: House) -> None:
    assert (await town.result("find_customers", email="nobody@nowhere.example"))["data"]["items"] == []


async def test_a_search_needs_a_key(town: House) -> None:
    answer = await town.call("find_customers")
    assert answer.error
    assert "give at least one of email" in str(answer.error)


async def test_a_system_that_is_down_costs_a_warning_not_the_answer(town: House) -> None:
    town.wires["points"].faults = [NotSentError("refused")] * 5
    found = await town.result("find_customers", email=ADA)
    assert {link["system"] for link in found["data"]["items"][0]["linked"]} == {"zendesk", "stripe"}
    (warning,) = [item for item in found["warnings"] if item["code"] == "part_unavailable"]
    assert warning["field"] == "points"


async def test_everything_about_a_customer_comes_in_one_call(town: House) -> None:
    ada = await find(town, ADA)
    view = (await town.result("get_customer", customer_id=ada["id"], include=EVERYTHING))["data"]
    assert view["company_details"]["name"] == "Fernway Studio"
    assert view["billing"][0]["email"] == ADA
    assert view["subscriptions"][0]["status"]["value"] == "active"
    assert view["loyalty"][0]["wallets"][0]["active"] == "1250"
    assert view["open_tickets"][0]["subject"] == "Please cancel my subscription"
    assert set(view["parts"]) >= {"billing", "subscriptions", "loyalty", "open_tickets"}
    assert {link["system"] for link in view["linked"]} >= {"zendesk", "stripe", "voucherify"}


async def test_a_part_that_a_system_does_not_know_is_absent_without_a_warning(town: House) -> None:
    jonas = await find(town, JONAS)
    answer = await town.result("get_customer", customer_id=jonas["id"], include=["billing", "loyalty"])
    assert answer["data"]["billing"] == []
    assert answer["warnings"] == []


@pytest.mark.parametrize(("down", "part"), [("billing", "billing"), ("points", "loyalty"), ("desk", "open_tickets")])
async def test_a_part_whose_system_is_down_is_a_warning(town: House, down: str, part: str) -> None:
    ada = await find(town, ADA)
    town.wires[down].faults = [NotSentError("refused")] * 50
    answer = await town.result("get_customer", customer_id=ada["id"], include=EVERYTHING)
    assert answer["data"][part] == []
    assert down in {warning["field"] for warning in answer["warnings"]}
    others = {"billing", "loyalty", "open_tickets"} - {part}
    assert all(answer["data"][other] for other in others)


async def test_a_part_that_fails_after_its_system_knew_the_customer_is_a_warning_beside_the_others(town: House) -> None:
    ada = await find(town, ADA)
    wire, send = town.wires["billing"], town.wires["billing"].send

    async def failing(request: HttpRequest, sending: Sending) -> HttpResponse:
        if "/v1/subscriptions" in request.url:
            return reply(503)
        return await send(request, sending)

    wire.send = failing  # type: ignore[method-assign]
    answer = await town.result("get_customer", customer_id=ada["id"], include=["billing", "loyalty"])
    assert answer["data"]["subscriptions"] == []
    assert answer["data"]["loyalty"]
    assert [warning["field"] for warning in answer["warnings"]] == ["billing", "billing"]


async def test_a_customers_id_of_one_system_works_for_anothers_tool(town: House) -> None:
    ada = await find(town, ADA)
    account = (await town.result("get_loyalty_account", customer_id=ada["id"]))["data"]
    assert account["id"].startswith("points:loyalty_account:")
    subscriptions = (await town.result("list_subscriptions", customer_id=ada["id"]))["data"]["items"]
    assert subscriptions[0]["id"].startswith("billing:subscription:")


async def test_a_customer_whom_the_other_system_does_not_know_is_not_found(town: House) -> None:
    elif_ = await find(town, ELIF)
    answer = await town.call("list_subscriptions", customer_id=elif_["id"])
    assert answer.error
    assert (answer.error.code, "billing does not know this customer" in str(answer.error)) == ("not_found", True)


async def test_two_people_with_one_address_in_the_other_system_are_ambiguous(town: House) -> None:
    ada = await find(town, ADA)
    twins = [{"id": f"cust_{n}", "email": ADA, "name": f"Ada {n}"} for n in (1, 2)]
    town.wires["points"].faults = [reply(200, {"customers": twins, "total": 2})]
    answer = await town.call("get_loyalty_account", customer_id=ada["id"])
    assert answer.error
    assert answer.error.code == "ambiguous"
    assert len(answer.error.body.candidates) == 2


async def test_a_message_to_a_customer_goes_to_their_address_of_the_channel(town: House) -> None:
    ada = await find(town, ADA)
    sent = await town.result("send_message", to=ada["id"], channel="sms", purpose="transactional", body="Hello Ada")
    assert sent["outcome"] == "accepted"
    (request,) = [request for request, _ in town.wires["texts"].exchanges if request.method == "POST"]
    assert b"To=%2B12025550101" in request.body
    answer = await town.call(
        "send_message", to="nobody:customer:1", channel="sms", purpose="transactional", body="Hello"
    )
    assert answer.error
    assert answer.error.code == "not_found"


async def test_a_write_that_fails_while_looking_people_up_was_never_sent(town: House) -> None:
    elif_ = await find(town, ELIF)
    answer = await town.call("add_note", about=["billing:customer:cus_nobody00000000"], body="x")
    assert answer.error
    assert answer.error.code in {"not_found", "invalid_argument"}
    assert elif_["id"]
    assert all(request.method == "GET" for request, _ in town.wires["crm"].exchanges)


class SlowWire:
    """Answers after a while, as a vendor far away does."""

    def __init__(self, wire: SandboxWire, delay_s: float) -> None:
        self.wire, self.delay_s = wire, delay_s

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        await asyncio.sleep(self.delay_s)
        return await self.wire.send(request, sending)

    async def close(self) -> None:
        pass


async def test_the_parts_are_asked_for_all_at_once(town: House) -> None:
    """Not a figure: five systems asked one after the other would take several times as long."""
    ada = await find(town, ADA)
    connections = await town.gateway.connections.of("acme")
    for name, wire in town.wires.items():
        (await town.gateway.egress.line(connections[name])).wire = SlowWire(wire, 0.2)
    before = sum(len(wire.exchanges) for wire in town.wires.values())
    started = time.perf_counter()
    await town.result("get_customer", customer_id=ada["id"], include=EVERYTHING)
    requests = sum(len(wire.exchanges) for wire in town.wires.values()) - before
    assert time.perf_counter() - started < 0.2 * requests / 2
