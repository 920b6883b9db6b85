"""The composition root: builds one gateway from its settings, without any way in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from trunkline_gateway.access.clients import Clients
from trunkline_gateway.access.profiles import Profiles
from trunkline_gateway.audit.log import AuditLog
from trunkline_gateway.calls.cursors import Cursors
from trunkline_gateway.calls.own import OwnTools
from trunkline_gateway.calls.perform import Performer
from trunkline_gateway.calls.run import Calls
from trunkline_gateway.cassettes.tapes import Tapes
from trunkline_gateway.connections.discovery import Discovery
from trunkline_gateway.connections.recorded import connect_recorded
from trunkline_gateway.connections.registry import Connection, Connections
from trunkline_gateway.connections.vault import open_vault
from trunkline_gateway.egress.egress import Egress, WireFactory, socket_wires
from trunkline_gateway.logs import log
from trunkline_gateway.operations.journal import Journal
from trunkline_gateway.operations.status import OperationStatus
from trunkline_gateway.operations.writes import Writes
from trunkline_gateway.people.verify import Verifier
from trunkline_gateway.plugins import Plugins, load_plugins
from trunkline_gateway.settings import GatewaySettings
from trunkline_gateway.store.database import Database, open_database

REPLAY_TENANT = "default"
"""The tenant for whom a replay connects the recorded accounts."""
_SWEEP_S = 2.0
_PATIENCE_S = 35.0


@dataclass(frozen=True)
class Gateway:
    """One running gateway: its parts, for the surfaces, the CLI and the tests."""

    settings: GatewaySettings
    plugins: Plugins
    database: Database
    clients: Clients
    profiles: Profiles
    connections: Connections
    discovery: Discovery
    egress: Egress
    performer: Performer
    journal: Journal
    audit: AuditLog
    calls: Calls
    tapes: Tapes | None = None


@asynccontextmanager
async def open_gateway(
    settings: GatewaySettings,
    *,
    plugins: Plugins | None = None,
    wires: WireFactory | None = None,
    tapes: Tapes | None = None,
) -> AsyncIterator[Gateway]:
    """A gateway over its store; when it closes, the writes under way come to their end first.

    Raises CassetteError where the settings name cassettes that cannot be replayed.
    """
    loaded = plugins or load_plugins()
    tapes = tapes or _tapes(settings, loaded)
    vault = open_vault(settings)
    database = open_database(settings.database)
    await database.open()
    connections = Connections(database, vault, loaded.manifests, loopback=settings.allow_loopback)
    headers = connections.headers if tapes is None or tapes.needs_credentials else _no_headers
    egress = Egress(headers, wires or (tapes.wire if tapes else socket_wires()))
    performer, audit, journal = Performer(egress), AuditLog(database, vault.subkey("audit")), Journal(database)
    writes, cursors = Writes(journal, audit), Cursors(vault.subkey("cursors"))
    profiles, discovery = Profiles(database), Discovery(connections, performer)
    own = OwnTools(performer, Verifier(database, vault.subkey("verification")), OperationStatus(journal))
    calls = Calls(connections, performer, writes, audit, cursors, profiles, discovery, own, settings.call_timeout_s)
    sweeper = asyncio.create_task(_sweep(journal))
    try:
        if tapes:
            await connect_recorded(connections, tapes.accounts(), REPLAY_TENANT)
        yield Gateway(
            settings, loaded, database, Clients(database, profiles), profiles, connections, discovery, egress,
            performer, journal, audit, calls, tapes,
        )  # fmt: skip
    finally:
        sweeper.cancel()
        await asyncio.gather(sweeper, return_exceptions=True)
        await writes.close(_PATIENCE_S)
        await egress.close()
        await database.close()


def _no_headers(_: Connection) -> dict[str, str]:
    return {}


def _tapes(settings: GatewaySettings, plugins: Plugins) -> Tapes | None:
    if settings.replay is None:
        return None
    from trunkline_gateway.cassettes.replay import open_tapes  # noqa: PLC0415 - vcrpy is slow to import

    return open_tapes(settings.replay, plugins.manifests)


async def _sweep(journal: Journal) -> None:
    """Mark writes whose sender died as in doubt, at the start and for ever after."""
    while True:
        try:
            if marked := await journal.doubt_abandoned():
                log.warning("writes_in_doubt", count=marked)
        except Exception as error:  # noqa: BLE001 - the sweep outlives a database that is away for a while
            log.error("sweep_failed", exc_type=type(error).__name__)
        await asyncio.sleep(_SWEEP_S)
