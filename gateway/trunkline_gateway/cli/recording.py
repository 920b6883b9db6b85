"""What `trunkline record` and `trunkline replay` do."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from trunkline_contracts.errors import CallError
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.calls.request import Answer, CallRequest
from trunkline_gateway.cli.output import Exit, stop
from trunkline_gateway.cli.session import load_settings
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.cassettes import CassetteError, RecordingWire
from trunkline_gateway.egress.egress import socket_wires
from trunkline_gateway.egress.wire import Wire
from trunkline_gateway.gateway import REPLAY_TENANT, Gateway, open_gateway
from trunkline_gateway.settings import GatewaySettings


async def _call(gateway: Gateway, tenant: str, tool: str, values: dict[str, Any]) -> Answer:
    import orjson  # noqa: PLC0415 - only here

    return await gateway.calls.run(CallRequest(Caller(tenant, "cli", "full"), "cli", tool, orjson.dumps(values)))


def recorded_call(
    connection: str, to: Path, tool: str, values: dict[str, Any], tenant: str, *, as_json: bool
) -> tuple[int, Answer]:
    """Call a tool, and write what one connection exchanged; how much that was, and the answer."""
    settings = load_settings()
    sockets = socket_wires()
    recording: list[tuple[Connection, RecordingWire]] = []

    def wires(place: Connection) -> Wire:
        if place.name != connection:
            return sockets(place)
        recording.append((place, RecordingWire(sockets(place))))
        return recording[-1][1]

    async def run() -> Answer:
        async with open_gateway(settings, wires=wires) as gateway:
            if connection not in await gateway.connections.of(tenant):
                stop(f"No connection '{connection}': `trunkline connections` lists them.", Exit.USAGE, as_json=as_json)
            return await _call(gateway, tenant, tool, values)

    answer = asyncio.run(run())
    if not recording:
        stop(f"{tool} asked {connection} nothing, so there is nothing to keep.", Exit.CALL_FAILED, as_json=as_json)
    place, wire = recording[0]
    wire.write(to, place, tool, values, source="sandbox" if place.loopback else "live")
    return len(wire.kept), answer


def replayed_call(cassettes: Path, tool: str, values: dict[str, Any], *, as_json: bool) -> Answer:
    """Call a tool against cassettes, in a store of its own that is thrown away."""

    async def run(folder: str) -> Answer:
        settings = GatewaySettings(environment="development", home=Path(folder), replay=cassettes)
        async with open_gateway(settings) as gateway:
            return await _call(gateway, REPLAY_TENANT, tool, values)

    try:
        with tempfile.TemporaryDirectory() as folder:
            return asyncio.run(run(folder))
    except CassetteError as error:
        stop(str(error), Exit.USAGE, as_json=as_json)
    except CallError as error:
        stop(str(error), Exit.CALL_FAILED, as_json=as_json)
