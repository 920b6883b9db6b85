"""The ASGI application: MCP and REST over one gateway, behind the guard."""

import contextlib
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import ASGIApp, Receive, Scope, Send

from trunkline_gateway.cassettes.tapes import Tapes
from trunkline_gateway.gateway import Gateway, open_gateway
from trunkline_gateway.settings import GatewaySettings
from trunkline_gateway.surfaces.guard import Authenticate, Guard
from trunkline_gateway.surfaces.mcp import McpSurface, mcp_server
from trunkline_gateway.surfaces.rest import TOOLS, RestSurface, rest_app

_GC_YOUNG, _GC_MIDDLE, _GC_OLD = 10_000, 20, 20


class Surfaces:
    """The ASGI app: MCP at `/mcp`, REST everywhere else."""

    def __init__(self, gateway: Gateway, server: Any = None, *, stateless: bool = True) -> None:
        self._calls = RestSurface(gateway.calls)
        self._rest = rest_app(self._calls)
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
        await self._surface(scope)(scope, receive, send)

    def _surface(self, scope: Scope) -> ASGIApp:
        """What answers a request; tool calls go past FastAPI, whose own machinery would be a third of their cost."""
        if scope["type"] == "http" and scope["path"] == "/mcp":
            return self._sessions.handle_request
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(TOOLS):
            return self._calls.call_tool
        return self._rest


def guarded(gateway: Gateway, surfaces: ASGIApp, authenticate: Authenticate | None = None) -> ASGIApp:
    """The surfaces behind the guard."""
    check = authenticate or gateway.clients.authenticate
    return Guard(surfaces, check, gateway.settings.public_hosts, gateway.tapes)


def _settle() -> None:
    """Take what was built at the start out of the garbage collector's rounds: they were a fifth of a call's cost."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_YOUNG, _GC_MIDDLE, _GC_OLD)


class Application:
    """The ASGI application of a gateway that opens and closes with its server."""

    def __init__(self, settings: GatewaySettings, tapes: Tapes | None = None) -> None:
        self._settings = settings
        self._tapes = tapes
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
            gateway = await self._stack.enter_async_context(open_gateway(self._settings, tapes=self._tapes))
            surfaces = Surfaces(gateway)
            await self._stack.enter_async_context(surfaces.running())
            self._app = guarded(gateway, surfaces)
        except Exception as error:  # noqa: BLE001 - the server must be told why it cannot start
            await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
            return
        _settle()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})
