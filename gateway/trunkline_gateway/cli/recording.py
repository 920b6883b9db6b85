"""What `trunkline record`, `replay` and `import-cassette` do."""

import asyncio
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from trunkline_contracts.errors import CallError
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.calls.request import Answer, CallRequest
from trunkline_gateway.cassettes.files import CassetteError, Interaction, LeakError, Source
from trunkline_gateway.cassettes.importing import import_vcr
from trunkline_gateway.cassettes.record import Recorder
from trunkline_gateway.cassettes.replay import ReplayTapes, open_tapes
from trunkline_gateway.cli.output import Exit, print_json, say, stop
from trunkline_gateway.cli.serving import serve_clients
from trunkline_gateway.cli.session import load_settings
from trunkline_gateway.egress.egress import socket_wires
from trunkline_gateway.gateway import REPLAY_TENANT, Gateway, open_gateway
from trunkline_gateway.plugins import load_plugins
from trunkline_gateway.settings import GatewaySettings


async def _call(gateway: Gateway, tenant: str, tool: str, values: dict[str, Any]) -> Answer:
    return await gateway.calls.run(CallRequest(Caller(tenant, "cli", "full"), "cli", tool, orjson.dumps(values)))


def record_call(connection: str, to: Path, tool: str, values: dict[str, Any], tenant: str, *, as_json: bool) -> Answer:
    """Call a tool, write what one connection exchanged, and give the answer."""
    settings = load_settings()
    recorder = Recorder(tenant, connection, socket_wires(), default=tool)

    async def run() -> Answer:
        async with open_gateway(settings, tapes=recorder) as gateway:
            await _check_connection(gateway, tenant, connection, as_json=as_json)
            return await _call(gateway, tenant, tool, values)

    answer = asyncio.run(run())
    if recorder.recording is None:
        stop(f"{tool} asked {connection} nothing, so there is nothing to keep.", Exit.CALL_FAILED, as_json=as_json)
    _write(recorder, to, tool, values, as_json=as_json)
    return answer


def record_clients(
    connection: str, to: Path, tenant: str, *, host: str | None, port: int | None, as_json: bool
) -> None:
    """Serve clients, and write what one connection exchanged when it is over, whatever ended it."""
    settings = load_settings(host=host, port=port)
    recorder = Recorder(tenant, connection, socket_wires())

    async def check() -> None:
        async with open_gateway(settings) as gateway:
            await _check_connection(gateway, tenant, connection, as_json=as_json)

    asyncio.run(check())
    try:
        serve_clients(settings, recorder)
    finally:
        files = _write(recorder, to, as_json=as_json)
    if as_json:
        print_json({"written": list(map(str, files))})


async def _check_connection(gateway: Gateway, tenant: str, connection: str, *, as_json: bool) -> None:
    if connection not in await gateway.connections.of(tenant):
        stop(f"No connection '{connection}': `trunkline connections` lists them.", Exit.USAGE, as_json=as_json)


def _write(
    recorder: Recorder, to: Path, tool: str | None = None, arguments: Mapping[str, Any] | None = None, *, as_json: bool
) -> list[Path]:
    recording = recorder.recording
    if recording is None:
        say("Nothing was exchanged, so nothing is written.")
        return []
    try:
        files = recording.write(to, tool, arguments)
    except LeakError as error:
        stop(f"Nothing is written. {error}", Exit.CALL_FAILED, as_json=as_json)
    for name, kept in recording.tapes.items():
        say(f"Wrote {len(kept)} exchanges to {to / name}.yaml: read it before you share it.")
    _say_suspects(recording.scrubber.suspects)
    return files


def _say_suspects(names: Iterable[str]) -> None:
    if told := ", ".join(sorted(names)):
        say(
            f"Replaced, though harmless by the look of it: {told}. To keep some, a plugin lists them (cassette_fields)."
        )


def replay_call(cassettes: Path, tool: str, values: dict[str, Any], *, as_json: bool) -> Answer:
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


def replay_clients(cassettes: Path, *, host: str | None, port: int | None, allow_unplayed: bool) -> None:
    """Serve clients from cassettes; it ends with exit code 1 where not everything was played."""
    serve_replayed(load_settings(host=host, port=port, replay=cassettes), allow_unplayed=allow_unplayed)


def serve_replayed(settings: GatewaySettings, *, allow_unplayed: bool) -> None:
    """Serve clients from the cassettes that the settings name."""
    assert settings.replay
    try:
        tapes = open_tapes(settings.replay, load_plugins().manifests)
    except CassetteError as error:
        stop(str(error), Exit.USAGE)
    serve_clients(settings, tapes)
    left = _say_unplayed(tapes)
    if left and not allow_unplayed:
        stop(f"{left} recorded exchanges were never played (--allow-unplayed accepts that).", Exit.CALL_FAILED)


def _say_unplayed(tapes: ReplayTapes) -> int:
    unplayed = tapes.unplayed()
    for tape, items in unplayed.items():
        say(f"{tape}: never played: {', '.join(map(_told, items))}")
    return sum(map(len, unplayed.values()))


def _told(interaction: Interaction) -> str:
    return f"{interaction.request.method} {interaction.path}"


def imported(
    file: Path, vendor: str, connection: str, settings: dict[str, Any], source: Source, to: Path, *, as_json: bool
) -> None:
    """Write a cassette from one that was made elsewhere, and say what of it was kept."""
    try:
        told = import_vcr(file, load_plugins().manifests, vendor, connection, settings, source, to)
    except CassetteError as error:
        stop(str(error), Exit.USAGE, as_json=as_json)
    say(f"Wrote {told.kept} of {told.found} exchanges to {to}: read it before you share it.")
    for reason, count in told.left_out.items():
        say(f"Left out {count}: {reason}.")
    _say_suspects(told.suspects)
    if as_json:
        print_json({"written": str(to), "kept": told.kept, "found": told.found})
