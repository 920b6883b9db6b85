"""The composition root: builds one gateway from its settings, and the ASGI app that serves it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import ASGIApp, Receive, Scope, Send

from trunkline_gateway.access.clients import Clients
from trunkline_gateway.audit.log import AuditLog
from trunkline_gateway.calls.cursors import Cursors
from trunkline_gateway.calls.perform import Performer
from trunkline_gateway.calls.run import Calls
from trunkline_gateway.connections.registry import Connections
from trunkline_gateway.connections.vault import open_vault
from trunkline_gateway.egress.egress import Egress, WireFactory, socket_wires
from trunkline_gateway.logs import log
from trunkline_gateway.operations.journal import Journal
from trunkline_gateway.operations.writes import Writes
from trunkline_gateway.plugins import Plugins, load_plugins
from trunkline_gateway.settings import GatewaySettings
from trunkline_gateway.store.database import Database, open_database
from trunkline_gateway.surfaces.guard import Authenticate, Guard
from trunkline_gateway.surfaces.mcp import McpSurface, mcp_server
from trunkline_gateway.surfaces.rest import rest_app

_SWEEP_S = 2.0
_PATIENCE_S = 35.0


@dataclass(frozen=True)
class Gateway:
    """One running gateway: its parts, for the surfaces, the CLI and the tests."""

    settings: GatewaySettings
    plugins: Plugins
    database: Database
    clients: Clients
    connections: Connections
    egress: Egress
    performer: Performer
    journal: Journal
    audit: AuditLog
    calls: Calls


@asynccontextmanager
async def open_gateway(
    settings: GatewaySettings, *, plugins: Plugins | None = None, wires: WireFactory | None = None
) -> AsyncIterator[Gateway]:
    """A gateway over its store; when it closes, the writes under way come to their end first."""
    vault = open_vault(settings)
    database = open_database(settings.database)
    await database.open()
    loaded = plugins or load_plugins()
    connections = Connections(database, vault, loaded.manifests, loopback=settings.allow_loopback)
    egress = Egress(connections.headers, wires or _wires(settings))
    performer, audit, journal = Performer(egress), AuditLog(database, vault.subkey("audit")), Journal(database)
    writes, cursors = Writes(journal, audit), Cursors(vault.subkey("cursors"))
    calls = Calls(connections, performer, writes, audit, database, cursors, settings.call_timeout_s)
    sweeper = asyncio.create_task(_sweep(journal))
    try:
        yield Gateway(
            settings, loaded, database, Clients(database), connections, egress, performer, journal, audit, calls
        )
    finally:
        sweeper.cancel()
        await asyncio.gather(sweeper, return_exceptions=True)
        await writes.close(_PATIENCE_S)
        await egress.close()
        await database.close()


def _wires(settings: GatewaySettings) -> WireFactory:
    if settings.replay is None:
        return socket_wires()
    from trunkline_gateway.egress.cassettes import replay_wires  # noqa: PLC0415 - vcrpy is slow to import

    return replay_wires(settings.replay)


async def _sweep(journal: Journal) -> None:
    """Mark writes whose sender died as in doubt, at the start and for ever after."""
    while True:
        try:
            if marked := await journal.doubt_abandoned():
                log.warning("writes_in_doubt", count=marked)
        except Exception as error:  # noqa: BLE001 - the sweep outlives a database that is away for a while
            log.error("sweep_failed", exc_type=type(error).__name__)
        await asyncio.sleep(_SWEEP_S)


class Surfaces:
    """The ASGI app: MCP at `/mcp`, REST everywhere else."""

    def __init__(self, gateway: Gateway, server: Any = None, *, stateless: bool = True) -> None:
        self._rest = rest_app(gateway.calls)
        # The guard has checked host and origin already, for every route. SSE stays on: a tool may report progress.
        self._sessions = StreamableHTTPSessionManager(
            server or mcp_server(McpSurface(gateway.calls)), stateless=stateless
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve MCP for as long as this is open."""
        async with self._sessions.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to its surface."""
        if scope["type"] == "http" and scope["path"] == "/mcp":
            await self._sessions.handle_request(scope, receive, send)
        else:
            await self._rest(scope, receive, send)


def guarded(gateway: Gateway, surfaces: ASGIApp, authenticate: Authenticate | None = None) -> ASGIApp:
    """The surfaces behind the guard."""
    return Guard(surfaces, authenticate or gateway.clients.authenticate, gateway.settings.public_hosts)


class Application:
    """The ASGI application of a gateway that opens and closes with its server."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._stack = contextlib.AsyncExitStack()
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or begin and end the gateway's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            gateway = await self._stack.enter_async_context(open_gateway(self._settings))
            surfaces = Surfaces(gateway)
            await self._stack.enter_async_context(surfaces.running())
            self._app = guarded(gateway, surfaces)
        except Exception as error:  # noqa: BLE001 - the server must be told why it cannot start
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})
