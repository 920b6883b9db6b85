"""`trunkline up --stdio`: the gateway as a program that its one client starts."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from mcp import Client, MCPError, StdioServerParameters, types

from clients.running import ADA, at_a_socket
from trunkline_gateway.settings import GatewaySettings

pytestmark = pytest.mark.slow

TRUNKLINE = str(Path(sys.executable).parent / "trunkline")


@asynccontextmanager
async def started(folder: Path, mode: str, **environment: str) -> AsyncIterator[Client]:
    settings = {"TRUNKLINE_HOME": str(folder), "TRUNKLINE_ALLOW_LOOPBACK": "true"}
    program = StdioServerParameters(command=TRUNKLINE, args=["up", "--stdio"], env={**settings, **environment})
    async with Client(program, mode=mode, read_timeout_seconds=30) as client:
        yield client


def text(result: types.CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    return content.text


@pytest.mark.parametrize(("mode", "revision"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_a_client_that_starts_the_gateway_lists_and_calls_with_its_key(
    tmp_path: Path, mode: str, revision: str
) -> None:
    async with (
        at_a_socket(GatewaySettings(home=tmp_path, allow_loopback=True)) as key,
        started(tmp_path, mode, TRUNKLINE_API_KEY=key) as client,
    ):
        assert client.protocol_version == revision
        assert "grant_points" in [tool.name for tool in (await client.list_tools()).tools]
        found = await client.call_tool("find_customers", {"email": ADA})
    assert not found.is_error
    assert json.loads(text(found))["data"]["items"][0]["display_name"] == "Ada Okafor"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_without_a_key_the_client_is_told_to_set_one(tmp_path: Path, mode: str) -> None:
    async with started(tmp_path, mode) as client:
        with pytest.raises(MCPError, match="TRUNKLINE_API_KEY"):
            await client.list_tools()
        refused = await client.session.call_tool("find_customers", {"email": ADA})
    assert refused.is_error
    assert "TRUNKLINE_API_KEY" in text(refused)
