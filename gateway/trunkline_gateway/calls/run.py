"""The path of one call, stage by stage: what MCP and REST share."""

import hashlib
import re
import time
from dataclasses import dataclass, replace
from typing import Any

import rfc8785

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.errors import CallError, InternalError, InvalidArgumentError, NotFoundError, PolicyDeniedError
from trunkline_contracts.record import Record
from trunkline_contracts.results import ReadResult, WriteResult
from trunkline_contracts.tools import (
    CONTRACTS,
    FIND_CUSTOMERS,
    GET_CUSTOMER,
    GET_OPERATION,
    PROFILES,
)
from trunkline_contracts.tools.arguments import IDEMPOTENCY_KEY
from trunkline_contracts.values import Page
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.access.profiles import Profiles
from trunkline_gateway.audit.log import AuditLog, Entry
from trunkline_gateway.calls import fields
from trunkline_gateway.calls.catalog import Catalog, Tools
from trunkline_gateway.calls.cursors import Cursors
from trunkline_gateway.calls.own import OwnTools, is_about_facts
from trunkline_gateway.calls.perform import Performer, Situation
from trunkline_gateway.calls.request import Answer, CallRequest
from trunkline_gateway.calls.route import Connections, Route, check_refs, refs_in, route
from trunkline_gateway.calls.shape import Shaped, shape
from trunkline_gateway.calls.validate import validate
from trunkline_gateway.clock import new_id
from trunkline_gateway.connections.discovery import Discovery
from trunkline_gateway.connections.registry import Connections as Registry
from trunkline_gateway.egress.governed import PreviewOnlyError
from trunkline_gateway.logs import log
from trunkline_gateway.operations.journal import Intent
from trunkline_gateway.operations.writes import Write, Writes, send_deadline
from trunkline_gateway.people.address import Addressing
from trunkline_gateway.people.consent import Consent
from trunkline_gateway.people.join import Join
from trunkline_gateway.people.lookup import Lookup

_SHORTEST_S = 0.1
_EVERY_TOOL = tuple(tool.name for tool in PROFILES["full"])
_KEY = re.compile(IDEMPOTENCY_KEY)


@dataclass(frozen=True)
class Plan:
    """A call that was let through: what to do, where, and until when."""

    tenant: str
    contract: AnyContract
    request: Record
    connections: Connections
    chosen: Route | None
    key: str | None
    deadline: float

    @property
    def place(self) -> str | None:
        """The connection that is asked first; None where several are."""
        return self.chosen.connection.name if self.chosen else None


class Calls:
    """Runs calls."""

    def __init__(
        self,
        registry: Registry,
        performer: Performer,
        writes: Writes,
        audit: AuditLog,
        cursors: Cursors,
        profiles: Profiles,
        discovery: Discovery,
        own: OwnTools,
        timeout_s: float,
    ) -> None:
        self._registry = registry
        self._profiles = profiles
        self._discovery = discovery
        self._own = own
        self._performer = performer
        self._writes = writes
        self._audit = audit
        self._cursors = cursors
        self._timeout_s = timeout_s
        self._catalog = Catalog()
        self._lookup = Lookup(performer)
        self._join = Join(self._lookup)
        self._addressing = Addressing(self._lookup)
        self._consent = Consent(self._lookup)

    async def tools(self, caller: Caller) -> Tools:
        """The tools that a caller sees."""
        profile = await self._profiles.tools(caller.tenant, caller.profile)
        return self._catalog.tools(profile, await self._registry.of(caller.tenant))

    async def run(self, request: CallRequest) -> Answer:
        """Carry a call out: whatever happens, the answer is audited before it is given."""
        entry = self._audit.entry(request.caller, request.surface, request.tool, request.arguments)
        try:
            return Answer(entry.call_id, result=await self._carried_out(entry, request))
        except CallError as error:
            return Answer(entry.call_id, error=error)
        except Exception as error:  # noqa: BLE001 - the last handler: a fault of ours must still be an answer
            log.exception("call_failed", call_id=entry.call_id, tool=entry.tool, exc_type=type(error).__name__)
            return Answer(entry.call_id, error=InternalError(f"The gateway failed; report call {entry.call_id}."))

    async def _carried_out(self, entry: Entry, request: CallRequest) -> Shaped:
        try:
            plan = await self._plan(request)
        except CallError as error:
            await self._audit.keep(self._audit.answered(entry, error.body.code))
            raise
        result = await (self._write(entry, plan) if plan.contract.is_write else self._read(entry, plan))
        return shape(result, plan.contract.name, plan.chosen.connection.manifest.title if plan.chosen else None)

    async def _plan(self, call: CallRequest) -> Plan:
        """Validate, route and decide."""
        connections = await self._registry.of(call.caller.tenant)
        contract = await self._allowed(call, connections)
        request = validate(contract, call.arguments)
        key = _key(call, request)
        chosen = await self._chosen(contract, request, connections)
        timeout = min(call.timeout_s or self._timeout_s, self._timeout_s)
        deadline = time.monotonic() + max(timeout, _SHORTEST_S)
        scope = f"{call.caller.tenant}|{chosen.connection.name if chosen else '*'}"
        tenant, opened = call.caller.tenant, self._opened(request, scope)
        return Plan(tenant, contract, opened, connections, chosen, key, deadline)

    async def _chosen(self, contract: AnyContract, request: Record, connections: Connections) -> Route | None:
        """Where a call goes; None where it goes to several connections, or to none."""
        if contract is FIND_CUSTOMERS or contract is GET_OPERATION:
            check_refs(refs_in(request), connections)
            return None
        if is_about_facts(request):
            return self._own.home(request, connections)  # type: ignore[arg-type]
        chosen = route(contract, request, connections)
        if fields.unknown_names(contract, request, chosen.connection):
            chosen = replace(chosen, connection=await self._discovery.refreshed(chosen.connection))
        fields.check(contract, request, chosen.connection)
        return chosen

    async def _allowed(self, call: CallRequest, connections: Connections) -> AnyContract:
        """The contract, if this caller may use it; what they may not see does not exist for them."""
        if call.tool in self._catalog.tools(
            await self._profiles.tools(call.caller.tenant, call.caller.profile), connections
        ):
            return CONTRACTS[call.tool]
        if call.tool in CONTRACTS and call.tool in self._catalog.tools(_EVERY_TOOL, connections):
            raise PolicyDeniedError(f"The profile '{call.caller.profile}' of this key does not include {call.tool}.")
        raise NotFoundError("No such tool here: list the tools to see what the connected systems can do.")

    def _opened(self, request: Record, scope: str) -> Record:
        cursor = getattr(request, "cursor", None)
        if cursor is None:
            return request
        return request.model_copy(update={"cursor": self._cursors.open(cursor, scope, request)})

    def _sealed(self, result: Any, plan: Plan, tenant: str) -> Any:
        page = result.data
        if not isinstance(page, Page) or page.next_cursor is None:
            return result
        sealed = self._cursors.seal(page.next_cursor, f"{tenant}|{plan.place or '*'}", plan.request)
        return result.model_copy(update={"data": page.model_copy(update={"next_cursor": sealed})})

    async def _read(self, entry: Entry, plan: Plan) -> ReadResult[Any]:
        """Audit, ask the vendor, audit, answer."""
        await self._audit.keep(self._audit.asked(entry, plan.place))
        how = Situation(plan.deadline)
        outcome = "internal"
        try:
            result = await self._performed(plan, how)
            outcome = "ok"
        except CallError as error:
            outcome = error.body.code
            raise
        finally:
            await self._audit.keep(self._audit.answered(entry, outcome, plan.place, how.trace))
        return self._sealed(result, plan, entry.caller.tenant)  # type: ignore[no-any-return]

    async def _write(self, entry: Entry, plan: Plan) -> WriteResult[Any]:
        if getattr(plan.request, "dry_run", False):
            return await self._tried(entry, plan)
        assert plan.chosen
        write_class = plan.chosen.capability.write_class
        assert write_class
        intent = Intent(
            operation_id=new_id("op"),
            caller=entry.caller,
            tool=plan.contract.name,
            key=plan.key or new_id("key"),
            connection=plan.chosen.connection.name,
            write_class=write_class,
            fingerprint=_fingerprint(plan),
            send_deadline=send_deadline(plan.deadline),
        )
        write = Write(entry, intent, plan.chosen, lambda how: self._performed(plan, how))
        return await self._writes.run(write, plan.deadline)

    async def _tried(self, entry: Entry, plan: Plan) -> WriteResult[Any]:
        """A dry run: everything but the request that would change something."""
        assert plan.chosen
        await self._audit.keep(self._audit.asked(entry, plan.place))
        how = Situation(plan.deadline, plan.key, None, plan.chosen.capability.write_class, dry_run=True)
        outcome = "internal"
        try:
            result: WriteResult[Any] = await self._performed(plan, how)
            outcome = result.outcome
        except PreviewOnlyError as shown:
            outcome = "preview"
            result = plan.contract.gives(outcome="preview", preview=shown.preview)
        except CallError as error:
            outcome = error.body.code
            raise
        finally:
            await self._audit.keep(self._audit.answered(entry, outcome, plan.place, how.trace))
        return result

    async def _performed(self, plan: Plan, how: Situation) -> Any:
        """Carry out at one connection, or at several where the tool is about one person across systems."""
        if plan.contract is FIND_CUSTOMERS:
            return await self._lookup.find(plan.request, plan.connections, how)  # type: ignore[arg-type]
        if plan.contract is GET_OPERATION or is_about_facts(plan.request):
            return await self._own.perform(plan.request, plan.tenant, plan.chosen, how.for_reading())
        assert plan.chosen
        if plan.contract is GET_CUSTOMER:
            return await self._join.get(plan.request, plan.chosen, plan.connections, how)  # type: ignore[arg-type]
        reading = how.for_reading()
        await self._consent.check(plan.request, plan.connections, reading)
        request = await self._addressing.localized(plan.request, plan.chosen, plan.connections, reading)
        return await self._performer.perform(plan.contract, plan.chosen, request, how)


def _key(call: CallRequest, request: Record) -> str | None:
    """The idempotency key, from beside the arguments or among them."""
    argument: str | None = getattr(request, "idempotency_key", None)
    if call.idempotency_key is not None and not _KEY.fullmatch(call.idempotency_key):
        raise InvalidArgumentError("An idempotency key is 16 to 255 printable characters without blanks.")
    if argument and call.idempotency_key and argument != call.idempotency_key:
        raise InvalidArgumentError("Two different idempotency keys came with this call: send one.")
    return call.idempotency_key or argument


def _fingerprint(plan: Plan) -> bytes:
    """What makes two writes the same: the tool, the connection and the arguments, in canonical JSON (RFC 8785)."""
    arguments = plan.request.model_dump(mode="json", exclude={"idempotency_key"}, exclude_none=True)
    canonical = rfc8785.dumps([plan.contract.name, plan.place, arguments])
    return hashlib.sha256(canonical).digest()
