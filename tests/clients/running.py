"""A gateway on a real socket, for real clients."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import uvicorn

from support.gateway import NAMES, House, house, served
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.sandbox import COMPANY
from trunkline_gateway.app import Surfaces
from trunkline_gateway.gateway import Gateway, open_gateway
from trunkline_gateway.plugins import load_plugins
from trunkline_gateway.settings import GatewaySettings

ADA = "ada.okafor@fernway-studio.example"
_LIMIT_S = 120


@dataclass
class Running:
    """A gateway at `url`, and the house behind it."""

    url: str
    house: House

    @property
    def mcp(self) -> str:
        return f"{self.url}/mcp"

    async def key(self, profile: str = "full") -> str:
        """A new client's API key."""
        return await self.house.gateway.clients.create("acme", f"agent-{profile}", profile)

    @property
    def sent(self) -> int:
        """How many requests the vendors got."""
        return sum(len(wire.exchanges) for wire in self.house.wires.values())


def manifests() -> list[Manifest]:
    """Every vendor that ships with the gateway."""
    found = load_plugins()
    assert not [plugin.failure for plugin in found.found if plugin.failure]
    return [found.manifests[vendor] for vendor in NAMES]


@asynccontextmanager
async def running(
    folder: Path,
    *,
    surfaces: Callable[[Gateway], Surfaces] = Surfaces,
    guard: dict[str, Any] | None = None,
    **more: Any,
) -> AsyncIterator[Running]:
    """A gateway with all vendors; `surfaces` may build others than its own, `more` is for its settings."""
    async with house(folder, manifests(), **more) as home:
        faces = surfaces(home.gateway)
        async with served(home.gateway, surfaces=faces, **(guard or {})) as url:
            yield Running(url, home)


@asynccontextmanager
async def listening(app: Any, lifespan: Literal["on", "off"] = "off") -> AsyncIterator[str]:
    """Any application on a socket; gives its base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan=lifespan))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not (server.started or task.done()):  # noqa: ASYNC110 - uvicorn gives no event to wait for
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def at_a_socket(settings: GatewaySettings, wrap: Callable[[Any], Any] = lambda app: app) -> AsyncIterator[str]:
    """A store in which Voucherify's sandbox is connected, at a socket of its own; gives an API key."""
    manifest = load_plugins().manifests["voucherify"]
    assert manifest.sandbox
    sandbox = manifest.open_sandbox(COMPANY)
    async with listening(wrap(sandbox.app)) as url:
        async with open_gateway(settings) as gateway:
            made = gateway.connections.build(
                "acme", "points", "voucherify", sandbox.settings, sandbox.credentials, auth=sandbox.auth, loopback=url
            )
            await gateway.connections.save(made)
            key = await gateway.clients.create("acme", "agent", "full")
        yield key


def _environment() -> dict[str, str]:
    """Ours, without what would lead another environment's program to ours or away from this machine."""
    foreign = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
    return {name: value for name, value in os.environ.items() if name not in foreign and "proxy" not in name.lower()}


@dataclass
class Finished:
    """How a program ended."""

    code: int
    output: str
    errors: str

    @property
    def told(self) -> str:
        return f"exit code {self.code}\n{self.output[-6000:]}\n{self.errors[-6000:]}"


async def run(command: Sequence[str], **environment: str) -> Finished:
    """Run a program to its end, while the gateway goes on serving in this loop."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**_environment(), **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), _LIMIT_S)
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise
    assert process.returncode is not None
    return Finished(process.returncode, output.decode(), errors.decode())
