"""Carries one request out at one connection: builds the connector, calls its method, bounds what can go wrong."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import TypeAdapter

from trunkline_contracts.capability import WriteClass
from trunkline_contracts.contract import Contract, Out
from trunkline_contracts.errors import CallError, InternalError, VendorUnavailableError
from trunkline_contracts.fields import CustomField
from trunkline_contracts.http import CallContext
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.record import Record
from trunkline_contracts.results import ReadResult, WriteResult
from trunkline_contracts.values import Page
from trunkline_gateway.calls.fields import keyed, named
from trunkline_gateway.calls.route import Route
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.egress import Egress, Line
from trunkline_gateway.egress.governed import Exchange, GovernedHttp, PreviewOnlyError, Purpose
from trunkline_gateway.logs import log
from trunkline_gateway.plugins import PluginError, methods_of

T = TypeVar("T")

_FIELDS: TypeAdapter[tuple[CustomField, ...]] = TypeAdapter(tuple[CustomField, ...])


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


def _context(connection: Connection, how: Situation) -> CallContext:
    return CallContext(connection.name, how.idempotency_key, how.marker, how.dry_run, connection.fields)


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
        context = _context(chosen.connection, how)
        purpose = Purpose(how.deadline, how.write_class, how.dry_run)
        http = GovernedHttp(await self._egress.line(chosen.connection), context, purpose, how.trace)
        try:
            connector = manifest.connect(chosen.connection.settings, http)
            method = getattr(connector, self._methods_of(manifest)[contract.name])
            async with asyncio.timeout(max(purpose.left_s, 0)):
                result = await method(keyed(contract, request, chosen.connection))
        except (CallError, PreviewOnlyError):
            raise
        except TimeoutError:
            raise VendorUnavailableError(f"{chosen.connection.name} took too long: try again later.") from None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's fault must reach the caller by name
            raise self._fault(manifest, contract.name, error) from None
        checked: Out = named(self._checked(manifest, contract, result), chosen.connection)
        return checked

    async def describe(self, connection: Connection, timeout_s: float) -> Sequence[CustomField]:
        """The custom fields that a connector finds at its vendor; raises a CallError."""

        async def ask(http: GovernedHttp) -> Sequence[CustomField]:
            connector = connection.manifest.connect(connection.settings, http)
            return _FIELDS.validate_python(await connector.describe_fields())

        return await self._asked(connection, "describe_fields", ask, timeout_s)

    async def probe(self, connection: Connection, timeout_s: float) -> None:
        """One harmless read that proves a connection's settings and credential; raises a CallError."""
        await self._asked(
            connection, "probe", lambda http: connection.manifest.probe(connection.settings, http), timeout_s
        )

    async def _asked(
        self, connection: Connection, what: str, ask: Callable[[GovernedHttp], Awaitable[T]], timeout_s: float
    ) -> T:
        """Ask a connector for something that is no tool; raises a CallError, whatever the plugin did."""
        http = GovernedHttp(
            await self._egress.line(connection), CallContext(connection.name), Purpose(time.monotonic() + timeout_s)
        )
        try:
            async with asyncio.timeout(timeout_s):
                return await ask(http)
        except CallError:
            raise
        except TimeoutError:
            raise VendorUnavailableError(f"{connection.name} took too long: try again later.") from None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's fault must reach the caller by name
            raise self._fault(connection.manifest, what, error) from None

    def _methods_of(self, manifest: Manifest) -> Mapping[str, str]:
        if manifest.vendor not in self._methods:
            self._methods[manifest.vendor] = methods_of(manifest)
        return self._methods[manifest.vendor]

    def _fault(self, manifest: Manifest, what: str, error: BaseException) -> InternalError:
        # Only the type: an exception's text may hold what a vendor answered.
        detail = str(error) if isinstance(error, PluginError | ImportError) else type(error).__name__
        log.error("plugin_failed", vendor=manifest.vendor, tool=what, error=detail, exc_type=type(error).__name__)
        return InternalError(f"The {manifest.title} plugin failed in {what} ({detail}); report it to its author.")

    def _checked(self, manifest: Manifest, contract: Contract[Any, Out], result: object) -> Out:
        if _is_given(result, contract.gives):
            return result  # type: ignore[return-value]
        log.error("plugin_broke_contract", vendor=manifest.vendor, tool=contract.name, gave=type(result).__name__)
        raise InternalError(f"The {manifest.title} plugin gave no {contract.name} result; report it to its author.")


def _is_given(result: object, gives: Any) -> bool:
    """Whether a result is the envelope of a contract, with the contract's own record in it."""
    generic = gives.__pydantic_generic_metadata__
    if not isinstance(result, generic["origin"]):
        return False
    held = result.data if isinstance(result, ReadResult) else result.resource
    return _is_record(held, generic["args"][0]) or (held is None and isinstance(result, WriteResult))


def _is_record(held: object, kind: Any) -> bool:
    generic = kind.__pydantic_generic_metadata__
    if generic["origin"] is not Page:
        return isinstance(held, kind)
    (item_kind,) = generic["args"]
    return isinstance(held, Page) and all(isinstance(item, item_kind) for item in held.items)
