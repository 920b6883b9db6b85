"""MCP on standard input and output, for one client that starts the gateway itself."""

import asyncio
import os

from mcp.server.stdio import stdio_server

from trunkline_contracts.errors import UnauthenticatedError
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.gateway import open_gateway
from trunkline_gateway.settings import GatewaySettings
from trunkline_gateway.surfaces.mcp import Context, McpSurface, mcp_server

KEY_VARIABLE = "TRUNKLINE_API_KEY"


def serve_stdio(settings: GatewaySettings) -> None:
    """Serve the client whose key is in the environment, until it closes its end."""
    asyncio.run(_serve(settings))


async def _serve(settings: GatewaySettings) -> None:
    async with open_gateway(settings) as gateway:
        credential = os.environ.get(KEY_VARIABLE)

        async def caller_of(_: Context) -> Caller:
            if credential is None:
                raise UnauthenticatedError(f"Set {KEY_VARIABLE} to a key of `trunkline keys create`.")
            return await gateway.clients.authenticate(credential)

        server = mcp_server(McpSurface(gateway.calls, caller_of))
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
