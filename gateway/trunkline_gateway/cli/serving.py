"""Serves clients over HTTP until the command is told to stop."""

from trunkline_gateway.app import Application
from trunkline_gateway.cassettes.tapes import Tapes
from trunkline_gateway.cli.output import Exit, say, stop
from trunkline_gateway.settings import GatewaySettings
from trunkline_gateway.surfaces.server import serve


def serve_clients(settings: GatewaySettings, tapes: Tapes | None = None) -> None:
    """Serve MCP and REST; stops the command where the address is taken."""
    say(f"MCP at http://{settings.host}:{settings.port}/mcp, REST at http://{settings.host}:{settings.port}/v1/tools")
    try:
        serve(Application(settings, tapes), settings.host, settings.port)
    except OSError as error:
        stop(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}", Exit.CANNOT_START)
