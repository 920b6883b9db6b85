"""Finds out what custom fields a connection has, from the vendor's own metadata, and keeps what it found."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from trunkline_contracts.errors import CallError
from trunkline_contracts.fields import CustomField
from trunkline_gateway.connections.registry import Connection, Connections
from trunkline_gateway.logs import log

_AGAIN_AFTER_S = 60.0
_PATIENCE_S = 20.0


class Describer(Protocol):
    """Asks a connector for its fields."""

    async def describe(self, connection: Connection, timeout_s: float) -> Sequence[CustomField]:
        """The custom fields; raises a CallError."""
        ...


@dataclass
class Discovery:
    """Keeps the connections' custom fields true."""

    registry: Connections
    describer: Describer
    _tried: dict[tuple[str, str, int], float] = field(default_factory=dict)

    async def describe(self, connection: Connection) -> Connection:
        """The connection with the fields that it has now; raises a CallError."""
        if not connection.manifest.custom_fields:
            return connection
        found = await self.describer.describe(connection, _PATIENCE_S)
        return replace(connection, fields=tuple(found))

    async def refresh(self, connection: Connection) -> Connection:
        """Look again, and keep what is found; raises a CallError."""
        found = await self.describe(connection)
        if found.fields != connection.fields:
            await self.registry.describe(connection, found.fields)
        return found

    async def refreshed(self, connection: Connection) -> Connection:
        """Look again where nobody did within a minute; a vendor that cannot be asked changes nothing."""
        now = time.monotonic()
        if self._tried.get(connection.identity, -_AGAIN_AFTER_S) + _AGAIN_AFTER_S > now:
            return connection
        self._tried[connection.identity] = now
        try:
            return await self.refresh(connection)
        except CallError as error:
            log.warning("fields_not_found_out", connection=connection.name, error=error.body.code)
            return connection
