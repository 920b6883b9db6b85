"""Carries one request out at one connection: builds the connector, calls its method, bounds what can go wrong."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trunkline_contracts.capability import WriteClass
from trunkline_contracts.contract import Contract, Out
from trunkline_contracts.errors import CallError, InternalError, VendorUnavailableError
from trunkline_contracts.http import CallContext
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.record import Record
from trunkline_gateway.calls.route import Route
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.egress import Egress, Line
from trunkline_gateway.egress.governed import Exchange, GovernedHttp, PreviewOnlyError, Purpose
from trunkline_gateway.logs import log
from trunkline_gateway.plugins import PluginError, methods_of


@dataclass(frozen=True, slots=True)
class Situation:
    """The circumstances of a call that its requests to vendors share; `trace` fills with what was exchanged."""

    deadline: float
    idempotency_key: str | None = None
    marker: str | None = None
    write_class: WriteClass | None = None
    dry_run: bool = False
    trace: list[Exchange] = field(default_factory=list)

    def for_reading(self) -> "Situation":
        """The same call, for what has to be read on the way to a write."""
        return Situation(self.deadline, trace=self.trace)


class Performer:
    """Runs connectors' methods."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress
        self._methods: dict[str, Mapping[str, str]] = {}

    async def line(self, connection: Connection) -> Line:
        """The line to a connection, for those who watch or replace its wire."""
        return await self._egress.line(connection)

    async def perform(self, contract: Contract[Any, Out], chosen: Route, request: Record, how: Situation) -> Out:
        """Call the connector; raises a CallError, whatever the plugin did.

        PreviewOnlyError passes, for it is the answer to a dry run.
        """
        manifest = chosen.connection.manifest
        context = CallContext(chosen.connection.name, how.idempotency_key, how.marker)
        purpose = Purpose(how.deadline, how.write_class, how.dry_run)
        http = GovernedHttp(await self._egress.line(chosen.connection), context, purpose, how.trace)
        try:
            connector = manifest.connect(chosen.connection.settings, http)
            method = getattr(connector, self._methods_of(manifest)[contract.name])
            async with asyncio.timeout(max(purpose.left_s, 0)):
                result = await method(request)
        except (CallError, PreviewOnlyError):
            raise
        except TimeoutError:
            raise VendorUnavailableError(f"{chosen.connection.name} took too long: try again later.") from None
        except Exception as error:  # noqa: BLE001 - a plugin's fault must reach the caller as an error with a name
            raise self._fault(manifest, contract, error) from None
        return self._checked(manifest, contract, result)

    async def probe(self, connection: Connection, timeout_s: float) -> None:
        """One harmless read that proves a connection's settings and credential; raises a CallError."""
        purpose = Purpose(time.monotonic() + timeout_s)
        http = GovernedHttp(await self._egress.line(connection), CallContext(connection.name), purpose)
        async with asyncio.timeout(timeout_s):
            await connection.manifest.probe(connection.settings, http)

    def _methods_of(self, manifest: Manifest) -> Mapping[str, str]:
        if manifest.vendor not in self._methods:
            self._methods[manifest.vendor] = methods_of(manifest)
        return self._methods[manifest.vendor]

    def _fault(self, manifest: Manifest, contract: Contract[Any, Any], error: Exception) -> InternalError:
        # Only the type: an exception's text may hold what a vendor answered.
        detail = str(error) if isinstance(error, PluginError | ImportError) else type(error).__name__
        log.error(
            "plugin_failed", vendor=manifest.vendor, tool=contract.name, error=detail, exc_type=type(error).__name__
        )
        return InternalError(
            f"The {manifest.title} plugin failed in {contract.name} ({detail}); report it to its author."
        )

    def _checked(self, manifest: Manifest, contract: Contract[Any, Out], result: object) -> Out:
        origin = contract.gives.__pydantic_generic_metadata__["origin"]
        if origin is not None and isinstance(result, origin):
            return result  # type: ignore[return-value]
        log.error("plugin_broke_contract", vendor=manifest.vendor, tool=contract.name, gave=type(result).__name__)
        raise InternalError(f"The {manifest.title} plugin gave no {contract.name} result; report it to its author.")
