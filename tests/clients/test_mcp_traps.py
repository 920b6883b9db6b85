"""Traps that others fell into with MCP servers; each test says which promise of ours keeps us out of one."""

import functools
import json
import ssl
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import types
from starlette.types import ASGIApp, Receive, Scope, Send

from clients.running import ADA, at_a_socket, listening, running
from trunkline_gateway.app import Application, Surfaces
from trunkline_gateway.gateway import Gateway
from trunkline_gateway.settings import GatewaySettings
from trunkline_gateway.surfaces.mcp import Context, McpSurface, mcp_server

CALLS = 5
OK, MISDIRECTED, FORBIDDEN = 200, 421, 403
_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}

REVISIONS = ("2026-07-28", "2025-11-25")
FIND_ADA = {"name": "find_customers", "arguments": {"email": ADA}}

in_both_eras = pytest.mark.parametrize("revision", REVISIONS)


async def asked(
    url: str,
    key: str,
    revision: str,
    method: str,
    params: dict[str, Any] | None = None,
    *,
    http: httpx2.AsyncClient | None = None,
    headers: dict[str, str] | None = None,
) -> httpx2.Response:
    """One request and nothing else: a real client would list tools of its own accord."""
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": _META, **(params or {})}}
    known = {
        "Accept": "application/json, text/event-stream",
        "Authorization": f"Bearer {key}",
        "MCP-Protocol-Version": revision,
        "Mcp-Method": method,
        **({"Mcp-Name": params["name"]} if params else {}),
    }
    if http:
        return await http.post(f"{url}/mcp", json=message, headers={**known, **(headers or {})})
    async with httpx2.AsyncClient(timeout=30) as own:
        return await own.post(f"{url}/mcp", json=message, headers={**known, **(headers or {})})


def result_of(reply: httpx2.Response) -> dict[str, Any]:
    assert reply.status_code == OK, reply.text
    lines = reply.text.splitlines()
    text = next((line.removeprefix("data: ") for line in lines if line.startswith("data: {")), reply.text)
    result: dict[str, Any] = json.loads(text)["result"]
    return result


async def find_ada(url: str, revision: str, key: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return result_of(await asked(url, key, revision, "tools/call", FIND_ADA, headers=headers))


class Counting(McpSurface):
    listed = 0

    async def list_tools(self, context: Context, page: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        self.listed += 1
        return await super().list_tools(context, page)


@in_both_eras
async def test_a_call_does_not_list_all_tools_behind_the_callers_back(tmp_path: Path, revision: str) -> None:
    surface: list[Counting] = []

    def surfaces(gateway: Gateway) -> Surfaces:
        surface.append(Counting(gateway.calls))
        return Surfaces(gateway, mcp_server(surface[0]))

    async with running(tmp_path, surfaces=surfaces) as gateway:
        key = await gateway.key()
        for headers in ({}, {"Mcp-Param-Email": ADA}):
            assert not (await find_ada(gateway.url, revision, key, headers))["isError"]
        assert surface[0].listed == 0
        assert result_of(await asked(gateway.url, key, revision, "tools/list"))["tools"]
        assert surface[0].listed == 1


@in_both_eras
async def test_a_host_name_is_served_once_an_operator_lists_it(tmp_path: Path, revision: str) -> None:
    ours, other = "gateway.example:8443", "other.example:8443"
    async with running(tmp_path, public_hosts=(ours,)) as gateway:
        key = await gateway.key()

        async def status(host: str, origin: str) -> int:
            names = {"Host": host, "Origin": f"https://{origin}"}
            return (await asked(gateway.url, key, revision, "tools/list", headers=names)).status_code

        assert await status(ours, ours) == OK
        assert await status("Gateway.Example:8443", "Gateway.Example:8443") == OK
        assert await status(other, ours) == MISDIRECTED
        assert await status(ours, other) == FORBIDDEN


@in_both_eras
async def test_a_plugins_exception_reaches_the_model_as_words_without_what_the_vendor_said(
    tmp_path: Path, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as gateway:
        connector: Any = gateway.house.gateway.plugins.manifests["voucherify"].connector_class()

        @functools.wraps(connector.get_loyalty_account)
        async def broken(*_: Any) -> None:
            raise KeyError("a vendor's words")

        monkeypatch.setattr(connector, "get_loyalty_account", broken)
        call = {"name": "get_loyalty_account", "arguments": {"customer_id": "points:customer:cust_00000001"}}
        result = result_of(await asked(gateway.url, await gateway.key(), revision, "tools/call", call))
    assert result["isError"]
    error = json.loads(result["content"][0]["text"])
    assert error["code"] == "internal"
    assert {"Voucherify", "get_loyalty_account", "(KeyError);"} <= set(error["message"].split())
    assert "words" not in error["message"]


@in_both_eras
async def test_a_fault_of_our_own_reaches_the_model_as_words_that_are_not_the_faults_own(
    tmp_path: Path, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: str) -> None:
        raise RuntimeError("the password is kiwi")

    async with running(tmp_path) as gateway:
        key = await gateway.key()
        monkeypatch.setattr(gateway.house.gateway.connections, "of", broken)
        listed = await asked(gateway.url, key, revision, "tools/list")
        called = await asked(gateway.url, key, revision, "tools/call", FIND_ADA)
    assert json.loads(result_of(called)["content"][0]["text"])["code"] == "internal"
    for reply in (listed, called):
        assert "The gateway failed" in reply.text
        assert "kiwi" not in reply.text


@in_both_eras
async def test_the_first_request_after_the_start_is_answered(tmp_path: Path, revision: str) -> None:
    settings = GatewaySettings(home=tmp_path, allow_loopback=True)
    async with at_a_socket(settings) as key, listening(Application(settings), lifespan="on") as url:
        assert not (await find_ada(url, revision, key))["isError"]


class Door:
    """An app that remembers from which sockets it was asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.sockets: list[tuple[str, int]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.sockets.append(tuple(scope["client"]))
        await self._app(scope, receive, send)


async def test_calls_share_one_pool_of_connections_and_build_no_tls_context(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors: list[Door] = []
    built: list[object] = []
    new = ssl.SSLContext.__new__

    def counted(cls: type[ssl.SSLContext], *arguments: Any, **named: Any) -> ssl.SSLContext:
        built.append(cls)
        return new(cls, *arguments, **named)

    def door(app: ASGIApp) -> Door:
        doors.append(Door(app))
        return doors[0]

    settings = GatewaySettings(home=tmp_path, allow_loopback=True)
    async with at_a_socket(settings, door) as key, listening(Application(settings), lifespan="on") as url:
        await find_ada(url, REVISIONS[0], key)
        before = len(doors[0].sockets)
        async with httpx2.AsyncClient() as http:
            monkeypatch.setattr(ssl.SSLContext, "__new__", counted)
            assert ssl.create_default_context()
            assert len(built) == 1
            for revision in REVISIONS * CALLS:
                assert not result_of(await asked(url, key, revision, "tools/call", FIND_ADA, http=http))["isError"]
    assert len(doors[0].sockets) - before >= len(REVISIONS * CALLS)
    assert len(set(doors[0].sockets)) == 1
    assert len(built) == 1
