"""The clients that people use, against a running gateway: the SDK's in both eras, the Inspector, three frameworks."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from jsonschema import Draft202012Validator
from mcp import Client, types
from mcp.client.streamable_http import streamable_http_client
from starlette.types import Receive, Scope, Send

from clients.running import ADA, Running, run, running
from support.judges import NODE, node_program, python_of, require_judge
from trunkline_contracts.contract import Risk
from trunkline_contracts.tools import CONTRACTS, GET_OPERATION, PROFILES
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.app import Surfaces
from trunkline_gateway.gateway import Gateway
from trunkline_gateway.surfaces.mcp import KEY_META

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).parent / "scripts"
SPOKEN = {"auto": "2026-07-28", "2026-07-28": "2026-07-28", "legacy": "2025-11-25"}
"""What a client is told to do, and the revision that it then speaks with us."""
ERAS = {"modern": "2026-07-28", "legacy": "2025-11-25"}
"""The Inspector's names for the same."""
FRAMEWORKS = {"pydantic-ai": "2026-07-28", "openai-agents": "2026-07-28", "langchain": "2025-11-25"}
"""The revisions that the frameworks speak, each of its own accord."""

in_every_mode = pytest.mark.parametrize("mode", SPOKEN)


@asynccontextmanager
async def connected(gateway: Running, mode: str, profile: str = "full") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {await gateway.key(profile)}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(gateway.mcp, http_client=http), mode=mode) as client,
    ):
        assert client.protocol_version == SPOKEN[mode]
        yield client


def structure(result: types.CallToolResult) -> dict[str, Any]:
    """The structured content of a call that went well; its text has to say the same."""
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    assert not result.is_error, content.text
    assert isinstance(result.structured_content, dict)
    assert json.loads(content.text) == result.structured_content
    return result.structured_content


def refusal(result: types.CallToolResult) -> dict[str, Any]:
    """The error that a call ended in, as a model reads it."""
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    assert result.is_error
    error: dict[str, Any] = json.loads(content.text)
    assert error["message"]
    return error


def keyed(key: str) -> types.RequestParamsMeta:
    """The metadata by which a client says that two calls are one intended write."""
    return cast("types.RequestParamsMeta", {KEY_META: key})


async def member(client: Client) -> str:
    """Ada's loyalty account, found the way an agent finds it."""
    found = structure(await client.call_tool("find_customers", {"email": ADA}))["data"]["items"]
    known_as = [name for item in found for name in (item["id"], *(link["id"] for link in item["linked"]))]
    customer = next(name for name in known_as if name.startswith("points:"))
    account = structure(await client.call_tool("get_loyalty_account", {"customer_id": customer}))
    assert isinstance(account["data"]["id"], str)
    return account["data"]["id"]


@in_every_mode
async def test_each_profile_sees_its_own_tools_in_a_stable_order(tmp_path: Path, mode: str) -> None:
    async with running(tmp_path) as gateway:
        sheets = [plugin.manifest for plugin in gateway.house.gateway.plugins.found]
        for profile, contracts in PROFILES.items():
            able = {name for sheet in sheets if sheet for name in CONTRACTS if sheet.capability(name)}
            can = [item.name for item in contracts if item is GET_OPERATION or item.name in able]
            async with connected(gateway, mode, profile) as client:
                listed = (await client.list_tools()).tools
            assert [tool.name for tool in listed] == can


@in_every_mode
async def test_every_tool_says_what_it_does_and_has_schemas_that_hold(tmp_path: Path, mode: str) -> None:
    async with running(tmp_path) as gateway, connected(gateway, mode) as client:
        listed = (await client.list_tools()).tools
    for tool in listed:
        risk = CONTRACTS[tool.name].risk
        assert tool.annotations
        assert tool.annotations.read_only_hint is (risk is Risk.READ)
        assert tool.annotations.destructive_hint is (risk is Risk.VALUE)
        assert tool.description
        for schema in (tool.input_schema, tool.output_schema):
            assert schema
            assert schema["type"] == "object"
            Draft202012Validator.check_schema(schema)


@in_every_mode
async def test_a_call_gives_structure_that_the_tools_own_schema_allows(tmp_path: Path, mode: str) -> None:
    async with running(tmp_path) as gateway, connected(gateway, mode) as client:
        schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        account = await member(client)
        ada = structure(await client.call_tool("find_customers", {"email": ADA}))["data"]["items"][0]["id"]
        calls: dict[str, dict[str, Any]] = {
            "find_customers": {"email": ADA},
            "get_customer": {"customer_id": ada, "include": ["company", "billing", "loyalty", "open_tickets"]},
            "list_activities": {"about": ada},
            "search_tickets": {"text": "cancel"},
            "search_articles": {"query": "points"},
            "list_subscriptions": {"customer_id": ada},
            "find_invoices": {"customer_id": ada},
            "get_billing_account": {"customer_id": ada},
            "list_points_transactions": {"account_id": account},
            "grant_points": {"account_id": account, "points": 5, "reason": "goodwill"},
        }
        for name, arguments in calls.items():
            given = structure(await client.call_tool(name, arguments))
            Draft202012Validator(schemas[name]).validate(given)


@in_every_mode
async def test_an_error_is_a_result_that_a_model_can_read(tmp_path: Path, mode: str) -> None:
    async with running(tmp_path) as gateway:
        async with connected(gateway, mode) as client:
            nobody = await client.call_tool("get_customer", {"customer_id": "points:customer:cust_99999999"})
            assert refusal(nobody)["code"] == "not_found"
            wrong = refusal(await client.call_tool("find_customers", {"email": ADA, "colour": "red"}))
            assert (wrong["code"], "colour" in wrong["message"]) == ("invalid_argument", True)
            assert refusal(await client.call_tool("launch_rocket", {}))["code"] == "not_found"
            short = await client.call_tool("find_customers", {"email": ADA}, meta=keyed("short"))
            assert refusal(short)["code"] == "invalid_argument"
        async with connected(gateway, mode, "triage") as client:
            arguments = {"account_id": "points:loyalty_account:COFFEE-0001", "points": 5, "reason": "goodwill"}
            assert refusal(await client.call_tool("grant_points", arguments))["code"] == "policy_denied"


# Half a character is refused by the SDK's own parser in the older era, before it reaches us.
@pytest.mark.parametrize(
    ("revision", "value"),
    [
        ("2026-07-28", 10**30),
        ("2026-07-28", [[[]]]),
        ("2026-07-28", "\ud800"),
        ("2025-11-25", 10**30),
        ("2025-11-25", [[[]]]),
    ],
)
async def test_arguments_that_no_tool_takes_are_refused_in_words_whatever_they_hold(
    tmp_path: Path, revision: str, value: Any
) -> None:
    arguments = {"name": "find_customers", "arguments": {"email": value}, "_meta": _META}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": arguments}
    async with running(tmp_path) as gateway, httpx2.AsyncClient() as http:
        headers = _headers(revision, await gateway.key())
        reply = await http.post(gateway.mcp, content=json.dumps(call), headers=headers)
    result = types.CallToolResult.model_validate(_message(reply)["result"])
    assert refusal(result)["code"] == "invalid_argument"


@in_every_mode
async def test_a_write_that_is_repeated_with_its_key_is_replayed_not_sent_again(tmp_path: Path, mode: str) -> None:
    key = "goodwill-for-ada-2026-11"
    async with running(tmp_path) as gateway, connected(gateway, mode) as client:
        grant = {"account_id": await member(client), "points": 100, "reason": "goodwill"}
        first = structure(await client.call_tool("grant_points", grant, meta=keyed(key)))
        sent = gateway.sent
        again = structure(await client.call_tool("grant_points", grant, meta=keyed(key)))
        assert gateway.sent == sent
        assert (first["receipt"]["replayed"], again["receipt"]["replayed"]) == (False, True)
        assert again["receipt"]["operation_id"] == first["receipt"]["operation_id"]
        assert first["receipt"]["idempotency_key"] == key
        other = structure(await client.call_tool("grant_points", grant, meta=keyed("goodwill-for-ada-2026-12")))
        assert gateway.sent > sent
        assert other["receipt"]["operation_id"] != first["receipt"]["operation_id"]


_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


def _headers(revision: str, key: str | None = None, tool: str = "find_customers") -> dict[str, str]:
    headers = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": revision,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
    }
    return headers | ({"Authorization": f"Bearer {key}"} if key else {})


def _message(reply: httpx2.Response) -> dict[str, Any]:
    """The one JSON-RPC message of a reply, plain or as an event."""
    assert reply.status_code == httpx2.codes.OK, reply.text
    lines = reply.text.splitlines()
    text = next((line.removeprefix("data: ") for line in lines if line.startswith("data: {")), reply.text)
    message: dict[str, Any] = json.loads(text)
    return message


@pytest.mark.parametrize("revision", ERAS.values())
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
@pytest.mark.parametrize("credential", [None, "tl_0123456789abcdef_" + "A" * 43, "nonsense"])
async def test_without_a_valid_key_every_request_gets_401_and_is_told_how_to_authenticate(
    tmp_path: Path, revision: str, method: str, credential: str | None
) -> None:
    async with running(tmp_path) as gateway, httpx2.AsyncClient() as http:
        reply = await http.request(method, gateway.mcp, headers=_headers(revision, credential))
    assert reply.status_code == httpx2.codes.UNAUTHORIZED
    assert reply.headers["www-authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("revision", ERAS.values())
async def test_a_name_that_is_not_served_and_an_origin_from_elsewhere_are_refused(
    tmp_path: Path, revision: str
) -> None:
    async with running(tmp_path) as gateway, httpx2.AsyncClient() as http:
        headers = _headers(revision, await gateway.key())
        port = gateway.url.rpartition(":")[2]
        elsewhere = await http.post(gateway.mcp, headers=headers | {"Host": f"evil.example:{port}"})
        assert elsewhere.status_code == httpx2.codes.MISDIRECTED_REQUEST
        for origin in ("https://evil.example", "null"):
            foreign = await http.post(gateway.mcp, headers=headers | {"Origin": origin})
            assert foreign.status_code == httpx2.codes.FORBIDDEN


async def inspect(gateway: Running, era: str, *arguments: str, key: str | None = None) -> tuple[int, str, str]:
    require_judge(NODE)
    header = f"Authorization: Bearer {key or await gateway.key()}"
    command = [*node_program("mcp-inspector"), "--cli", gateway.mcp, "--transport", "http", "--protocol-era", era]
    finished = await run([*command, "--header", header, *arguments], HOME=str(gateway.house.gateway.settings.folder))
    return finished.code, finished.output, finished.told


@pytest.mark.parametrize("era", ERAS)
async def test_the_inspector_finds_every_schema_portable(tmp_path: Path, era: str) -> None:
    async with running(tmp_path) as gateway:
        code, output, told = await inspect(gateway, era, "--method", "tools/list", "--strict", "--format", "json")
        shown = await gateway.house.gateway.calls.tools(gateway.house.caller)
    assert code == 0, told
    listed = json.loads(output)["result"]["tools"]
    assert [tool["name"] for tool in listed] == list(shown), told


@pytest.mark.parametrize("era", ERAS)
async def test_the_inspector_calls_a_tool_and_sees_an_error(tmp_path: Path, era: str) -> None:
    call = ("--method", "tools/call", "--format", "json", "--tool-name")
    async with running(tmp_path) as gateway:
        arguments = ("find_customers", "--tool-args-json", json.dumps({"email": ADA}))
        code, output, told = await inspect(gateway, era, *call, *arguments)
        assert (code, "Ada Okafor" in output) == (0, True), told
        arguments = ("get_customer", "--tool-args-json", json.dumps({"customer_id": "points:customer:nobody"}))
        code, output, told = await inspect(gateway, era, *call, *arguments)
        assert (code != 0, "not_found" in output) == (True, True), told
        code, _, told = await inspect(gateway, era, "--method", "tools/list", key="tl_wrong")
        assert code != 0, told


class Heard(Surfaces):
    """Surfaces that note which revisions of the protocol were spoken at them."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(gateway)
        self.revisions: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.revisions |= {value.decode() for name, value in scope["headers"] if name == b"mcp-protocol-version"}
        await super().__call__(scope, receive, send)


@pytest.mark.parametrize(("framework", "revision"), FRAMEWORKS.items())
async def test_an_agent_of_a_framework_finds_a_customer_and_grants_points_with_what_it_found(
    tmp_path: Path, framework: str, revision: str
) -> None:
    require_judge(framework)
    heard: list[Heard] = []

    def surfaces(gateway: Gateway) -> Surfaces:
        heard.append(Heard(gateway))
        return heard[0]

    script = SCRIPTS / f"{framework.replace('-', '_')}_agent.py"
    async with running(tmp_path, surfaces=surfaces) as gateway:
        finished = await run([python_of(framework), str(script), gateway.mcp, await gateway.key("retention"), ADA])
        assert finished.code == 0, finished.told
        account = "points:loyalty_account:COFFEE-0001"
        history = await gateway.house.result("list_points_transactions", account_id=account)
        offered = len(await gateway.house.gateway.calls.tools(Caller("acme", "agent", "retention")))
    told = json.loads(finished.output.splitlines()[-1])
    calls = ["find_customers", "get_loyalty_account", "grant_points"]
    assert told == {"shown": offered, "calls": calls, "final": "granted: applied"}
    assert history["data"]["items"][0]["points"] == "25"
    assert heard[0].revisions == {revision}
