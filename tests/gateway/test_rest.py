"""REST, as a program without MCP uses it: over a real socket, with a key."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from support.bench import reply
from support.gateway import House, house, rest, served
from trunkline_contracts.tools import CONTRACTS, PROFILES
from trunkline_gateway.egress.wire import LostAnswerError
from trunkline_voucherify import trunkline_connector

ACCOUNT = "points:loyalty_account:COFFEE-0001"
GRANT: dict[str, Any] = {"account_id": ACCOUNT, "points": 10, "reason": "goodwill"}
KEY = "one-intended-grant-0001"

OFFERED = {item.contract.name for item in trunkline_connector().capabilities} | {"get_operation", "verify_customer"}
"""What a tenant with one loyalty system is shown: the vendor's tools, and the gateway's own."""


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, [trunkline_connector()]) as place:
        yield place


@pytest.fixture
async def client(place: House) -> AsyncIterator[httpx2.AsyncClient]:
    key = await place.gateway.clients.create("acme", "tester", "full")
    async with served(place.gateway) as url, rest(url, key) as client:
        yield client


async def test_a_read_and_a_write_answer_with_their_envelopes(client: httpx2.AsyncClient) -> None:
    read = await client.post("/v1/tools/list_points_transactions", json={"account_id": ACCOUNT})
    assert (read.status_code, read.headers["cache-control"]) == (200, "private, no-store")
    assert read.headers["trunkline-call-id"].startswith("call_")
    assert read.json()["freshness"]["source"] == "live"
    written = await client.post("/v1/tools/grant_points", json=GRANT)
    assert (written.status_code, written.json()["outcome"]) == (200, "applied")


@pytest.mark.parametrize("form", [KEY, f'"{KEY}"'])
async def test_the_idempotency_key_header_makes_one_write_of_two_requests(
    place: House, client: httpx2.AsyncClient, form: str
) -> None:
    headers = {"Idempotency-Key": form}
    first = (await client.post("/v1/tools/grant_points", json=GRANT, headers=headers)).json()
    again = (await client.post("/v1/tools/grant_points", json=GRANT, headers=headers)).json()
    assert (first["receipt"]["idempotency_key"], again["receipt"]["replayed"]) == (KEY, True)
    assert sum(request.method == "POST" for request, _ in place.wires["points"].exchanges) == 1
    short = await client.post("/v1/tools/grant_points", json=GRANT, headers={"Idempotency-Key": "short"})
    assert (short.status_code, short.json()["code"]) == (422, "invalid_argument")


async def test_a_write_in_doubt_is_accepted_not_an_error(place: House, client: httpx2.AsyncClient) -> None:
    place.wires["points"].faults = [LostAnswerError("reset")]
    answer = await client.post("/v1/tools/grant_points", json=GRANT)
    assert (answer.status_code, answer.json()["outcome"]) == (202, "in_doubt")


async def test_an_error_is_a_problem_with_what_to_do_next(place: House, client: httpx2.AsyncClient) -> None:
    place.wires["points"].faults = [reply(429, {}, retry_after="60")]
    answer = await client.post("/v1/tools/list_points_transactions", json={"account_id": ACCOUNT})
    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json")
    assert answer.headers["retry-after"] == "60"
    told = answer.json()
    assert told["type"] == "urn:trunkline:error:rate_limited"
    assert {"title", "status", "detail", "code", "message", "retry_after_s", "call_id"} <= told.keys()


async def test_a_caller_decides_how_long_it_waits(place: House, client: httpx2.AsyncClient) -> None:
    wire = (await place.gateway.egress.line((await place.gateway.connections.of("acme"))["points"])).wire

    async def hangs(*_: Any) -> Any:
        await asyncio.Event().wait()

    wire.send = hangs  # type: ignore[assignment, method-assign]
    async with asyncio.timeout(5):
        answer = await client.post(
            "/v1/tools/list_points_transactions", json={"account_id": ACCOUNT}, headers={"Prefer": "wait=1"}
        )
    assert (answer.status_code, answer.json()["code"]) == (503, "vendor_unavailable")


async def test_tools_are_listed_for_function_calling_without_mcp(client: httpx2.AsyncClient) -> None:
    ours = (await client.get("/v1/tools")).json()
    openai = (await client.get("/v1/tools", params={"format": "openai"})).json()
    anthropic = (await client.get("/v1/tools", params={"format": "anthropic"})).json()
    assert len(ours) == len(openai) == len(anthropic) == len(OFFERED)
    assert openai[0]["type"] == "function"
    assert openai[0]["function"].keys() == {"name", "description", "parameters"}
    assert anthropic[0].keys() == {"name", "description", "input_schema"}
    assert (await client.get("/v1/tools", params={"format": "other"})).status_code == 422


async def test_a_profile_sees_its_own_tools_only(place: House, client: httpx2.AsyncClient) -> None:
    key = await place.gateway.clients.create("acme", "reader", "triage")
    client.headers["Authorization"] = f"Bearer {key}"
    shown = {tool["name"] for tool in (await client.get("/v1/tools")).json()}
    assert shown == OFFERED & {tool.name for tool in PROFILES["triage"]}
    refused = await client.post("/v1/tools/grant_points", json=GRANT)
    assert (refused.status_code, refused.json()["code"]) == (403, "policy_denied")


@pytest.mark.slow
async def test_the_description_is_valid_and_has_every_tool_as_its_own_operation(client: httpx2.AsyncClient) -> None:
    described = (await client.get("/openapi.json", headers={"Authorization": ""})).json()
    validate(described)
    assert described["openapi"].startswith("3.1")
    operations = {item["post"]["operationId"] for path, item in described["paths"].items() if "post" in item}
    assert operations == set(CONTRACTS)


async def test_answers_fit_their_described_schemas(client: httpx2.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    for tool, arguments in (
        ("find_customers", {"name": "a"}),
        ("get_loyalty_account", {"customer_id": "points:customer:cust_00000001"}),
        ("grant_points", GRANT),
    ):
        answer = (await client.post(f"/v1/tools/{tool}", json=arguments)).json()
        responses = described["paths"][f"/v1/tools/{tool}"]["post"]["responses"]
        Draft202012Validator(responses["200"]["content"]["application/json"]["schema"]).validate(answer)


async def test_unknown_paths_and_methods_are_problems_too(client: httpx2.AsyncClient) -> None:
    for answer in (await client.get("/nowhere"), await client.get("/v1/tools/grant_points")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert "openapi.json" in answer.json()["detail"]
    assert (await client.get("/healthz", headers={"Authorization": ""})).json() == {"status": "ok"}
