"""Starts the gateway and the sandboxes, plays the journeys, and stays up for the reader's own client."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from trunkline_contracts.manifest import Manifest
from trunkline_contracts.sandbox import COMPANY
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.app import Surfaces, guarded
from trunkline_gateway.cli.output import print_json
from trunkline_gateway.demo.agent import Agent, Step, StepFailedError
from trunkline_gateway.demo.journeys import JOURNEYS
from trunkline_gateway.demo.screen import Screen
from trunkline_gateway.demo.servers import serving
from trunkline_gateway.gateway import Gateway, open_gateway
from trunkline_gateway.settings import GatewaySettings

TENANT, CLIENT, PROFILE = "demo", "demo-agent", "full"
# One vendor a category: with two of a kind an agent has to say which it means.
NAMES = {"salesforce": "crm", "zendesk": "helpdesk", "stripe": "billing", "voucherify": "loyalty", "twilio": "texts"}


def play(*, port: int, stays: bool, as_json: bool) -> bool:
    """Play the demo; True where every step gave what it should."""
    screen = Screen(quiet=as_json)
    try:
        steps, complete = asyncio.run(_play(screen, port, stays=stays))
    except KeyboardInterrupt:
        return True
    if as_json:
        print_json({"complete": complete, "steps": [asdict(step) for step in steps]})
    return complete


async def _play(screen: Screen, port: int, *, stays: bool) -> tuple[list[Step], bool]:
    screen.opening()
    with tempfile.TemporaryDirectory(prefix="trunkline-demo-") as folder:
        settings = GatewaySettings(environment="development", home=Path(folder), allow_loopback=True)
        async with open_gateway(settings) as gateway, _connected(gateway, screen):
            key = await gateway.clients.create(TENANT, CLIENT, PROFILE)
            surfaces = Surfaces(gateway)
            async with surfaces.running(), serving(guarded(gateway, surfaces), _free(port)) as url:
                steps, complete = await _journeys(gateway, screen, url, key)
                screen.closing(steps, url, key, complete=complete, stays=stays)
                if stays:
                    await asyncio.Event().wait()
    return steps, complete


def _free(port: int) -> int:
    """The port, if it is free, else any."""
    with socket.socket() as probe:
        return 0 if probe.connect_ex(("127.0.0.1", port)) == 0 else port


@asynccontextmanager
async def _connected(gateway: Gateway, screen: Screen) -> AsyncIterator[None]:
    """A sandbox for each vendor of the demo, connected as an operator would."""
    async with AsyncExitStack() as stack:
        for plugin in gateway.plugins.found:
            if plugin.manifest and plugin.manifest.vendor in NAMES:
                await _connect(gateway, plugin.manifest, stack)
                screen.connected(plugin.manifest)
            elif plugin.failure:
                screen.failed(plugin)
        yield


async def _connect(gateway: Gateway, manifest: Manifest, stack: AsyncExitStack) -> None:
    sandbox = manifest.open_sandbox(COMPANY)
    url = await stack.enter_async_context(serving(sandbox.app))
    name = NAMES[manifest.vendor]
    connection = gateway.connections.build(
        TENANT, name, manifest.vendor, sandbox.settings, sandbox.credentials, auth=sandbox.auth, loopback=url
    )
    await gateway.performer.probe(connection, 10)
    await gateway.connections.save(connection)


async def _journeys(gateway: Gateway, screen: Screen, url: str, key: str) -> tuple[list[Step], bool]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
    ):
        await client.list_tools()
        agent = Agent(client, gateway.audit, Caller(TENANT, CLIENT, PROFILE), screen.step)
        complete = True
        for name, journey in JOURNEYS.items():
            agent.journey = name
            screen.journey(name, journey.__doc__ or "")
            try:
                await journey(agent)
            except StepFailedError:
                complete = False
        return agent.steps, complete
