"""Every tool of every vendor through a real MCP client: the kit's scenarios and stories, over a real socket."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from jsonschema import Draft202012Validator
from mcp import Client, types
from mcp.client.streamable_http import streamable_http_client

from plugins.scenarios import otherwise
from support.gateway import House, house, served
from trunkline_contracts.contract import AnyContract
from trunkline_contracts.errors import ErrorBody, UnsupportedError, restore
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.sandbox import COMPANY
from trunkline_contracts.testing.scenarios import Scenarios
from trunkline_contracts.testing.stories import STORIES, Teller
from trunkline_contracts.tools import CONTRACTS
from trunkline_gateway.plugins import load_plugins
from trunkline_gateway.surfaces.mcp import KEY_META

pytestmark = pytest.mark.slow

MANIFESTS = load_plugins().manifests


@dataclass
class Agent:
    """Calls tools as an agent does, and reads the answers into the contracts' own models."""

    client: Client
    manifest: Manifest
    schemas: dict[str, Any]
    connection: str

    async def call(self, contract: AnyContract, *, key: str | None = None, **arguments: Any) -> Any:
        """One call; raises the error that the agent was told."""
        # The scenarios know their connection as `main`.
        sent = json.loads(json.dumps(arguments, default=str).replace('"main:', f'"{self.connection}:'))
        Draft202012Validator(self.schemas[contract.name].input_schema).validate(sent)
        meta = cast("types.RequestParamsMeta", {KEY_META: key}) if key else None
        result = await self.client.call_tool(contract.name, sent, meta=meta)
        (content,) = result.content
        assert isinstance(content, types.TextContent)
        if result.is_error:
            told = json.loads(content.text)
            raise restore(ErrorBody.model_validate({name: told[name] for name in told if name != "call_id"}))
        Draft202012Validator(self.schemas[contract.name].output_schema).validate(result.structured_content)
        return contract.gives.model_validate(result.structured_content)


@asynccontextmanager
async def agent_at(folder: Path, manifest: Manifest) -> AsyncIterator[tuple[Agent, House]]:
    """An agent whose gateway is connected to one vendor."""
    async with house(folder, [manifest]) as home:
        for connection in (await home.gateway.connections.of("acme")).values():
            await home.gateway.discovery.refresh(connection)
        key = await home.gateway.clients.create("acme", "agent", "full")
        async with (
            served(home.gateway) as url,
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30) as http,
            Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
        ):
            tools = (await client.list_tools()).tools
            yield Agent(client, manifest, {tool.name: tool for tool in tools}, next(iter(home.wires))), home


@pytest.mark.parametrize("vendor", sorted(MANIFESTS))
async def test_an_agent_can_use_every_tool_of_a_vendor_and_ask_after_what_it_wrote(tmp_path: Path, vendor: str) -> None:
    manifest = MANIFESTS[vendor]
    declared = [sheet.contract.name for sheet in manifest.capabilities]
    async with agent_at(tmp_path, manifest) as (agent, home):
        assert set(agent.schemas) == {*declared, "get_operation", "verify_customer"}
        for tool in declared:
            (wire,) = home.wires.values()
            wire.app = manifest.open_sandbox(COMPANY).app
            arguments = await Scenarios(agent, otherwise(vendor), tool).prepared(tool)  # type: ignore[arg-type]
            result = await agent.call(CONTRACTS[tool], key=f"key-of-an-agent-for-{tool}", **arguments)
            if CONTRACTS[tool].is_write:
                told = await agent.call(CONTRACTS["get_operation"], operation_id=result.receipt.operation_id)
                assert told.data.state == "confirmed"


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("vendor", sorted(MANIFESTS))
async def test_a_story_is_the_same_for_an_agent_at_every_vendor(tmp_path: Path, vendor: str, story: str) -> None:
    manifest = MANIFESTS[vendor]
    steps = [step for step in STORIES[story] if all(manifest.capability(tool) for tool in step.needs)]
    if not steps:
        pytest.skip("the vendor has no part in it")
    async with agent_at(tmp_path, manifest) as (agent, _):
        teller = Teller(agent, Scenarios(agent, otherwise(vendor)))  # type: ignore[arg-type]
        for step in steps:
            try:
                assert await step.tell(teller) == step.expected
            except UnsupportedError:
                continue
