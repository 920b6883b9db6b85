"""A real gateway for tests: its store, its plugins, its surfaces; vendors are the plugins' sandboxes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson
import uvicorn

from support.bench import SandboxWire
from support.specs import judge_for
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.sandbox import COMPANY, Seed
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.app import Surfaces, guarded
from trunkline_gateway.calls.request import Answer, CallRequest
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.gateway import Gateway, open_gateway
from trunkline_gateway.plugins import Plugin, Plugins
from trunkline_gateway.settings import GatewaySettings

NAMES = {"salesforce": "crm", "zendesk": "desk", "stripe": "billing", "voucherify": "points", "twilio": "texts"}
"""The connections' names, by vendor."""


TESTER = Caller("acme", "tester", "full")


@dataclass
class House:
    """A gateway with one tenant, `acme`, connected to sandboxes."""

    gateway: Gateway
    wires: dict[str, SandboxWire] = field(default_factory=dict)
    caller: Caller = TESTER

    async def call(
        self, tool: str, *, key: str | None = None, caller: Caller | None = None, **arguments: Any
    ) -> Answer:
        """Run a call through the whole path."""
        request = CallRequest(caller or self.caller, "test", tool, orjson.dumps(arguments), key)
        return await self.gateway.calls.run(request)

    async def result(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Run a call that has to succeed."""
        answer = await self.call(tool, **arguments)
        assert answer.error is None, answer.error
        assert answer.result is not None
        return answer.result.data


def plugins_of(manifests: Iterable[Manifest]) -> Plugins:
    by_vendor = {manifest.vendor: manifest for manifest in manifests}
    found = tuple(Plugin(vendor, "tests", manifest) for vendor, manifest in by_vendor.items())
    return Plugins(found, by_vendor)


@asynccontextmanager
async def house(
    folder: Path,
    manifests: Iterable[Manifest],
    *,
    database_url: str | None = None,
    seed: Seed = COMPANY,
    **settings: Any,
) -> AsyncIterator[House]:
    """A gateway whose vendors are fresh sandboxes in this process."""
    chosen = list(manifests)
    wires: dict[str, SandboxWire] = {}

    def wire(connection: Connection) -> SandboxWire:
        return wires[connection.name]

    values = GatewaySettings(home=folder, database_url=database_url, **settings)
    async with open_gateway(values, plugins=plugins_of(chosen), wires=wire) as gateway:
        for manifest in chosen:
            assert manifest.sandbox
            sandbox = manifest.open_sandbox(seed)
            name = NAMES.get(manifest.vendor, manifest.vendor)
            wires[name] = SandboxWire(sandbox.app)
            await connect(gateway, name, manifest.vendor, sandbox.settings, sandbox.credentials, sandbox.auth)
        yield House(gateway, wires)
    faults = [fault for manifest in chosen for fault in faults_of(manifest, wires)]
    assert not faults, "\n".join(faults)


def faults_of(manifest: Manifest, wires: Mapping[str, SandboxWire]) -> list[str]:
    """Where what was exchanged with a sandbox does not fit the vendor's spec."""
    judge = judge_for(manifest.vendor)
    exchanges = wires[NAMES.get(manifest.vendor, manifest.vendor)].exchanges
    return [fault for request, response in exchanges for fault in judge.check(request, response)]


async def connect(
    gateway: Gateway,
    name: str,
    vendor: str,
    settings: Mapping[str, Any],
    credentials: Mapping[str, str],
    auth: str,
    tenant: str = "acme",
) -> None:
    built = gateway.connections.build(tenant, name, vendor, settings, credentials, auth=auth)
    await gateway.connections.save(built)


@asynccontextmanager
async def served(gateway: Gateway, *, surfaces: Any = None, **guard: Any) -> AsyncIterator[str]:
    """The gateway on a real socket; gives its base URL."""
    faces = surfaces or Surfaces(gateway)
    app = guarded(gateway, faces, **guard)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))

    async def live() -> None:
        # One task enters and leaves: a fixture's two halves may run in two.
        async with faces.running():
            await server.serve(sockets=[listener])

    task = asyncio.create_task(live())
    while not server.started:  # noqa: ASYNC110 - uvicorn gives no event to wait for
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


def rest(url: str, key: str) -> httpx2.AsyncClient:
    """A REST client with a key."""
    return httpx2.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"})
