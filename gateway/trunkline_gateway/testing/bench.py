"""A plugin at its sandbox, through the gateway's own performer and egress: what the conformance kit drives."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import orjson

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.fields import CustomField
from trunkline_contracts.http import CallContext, HttpRequest, HttpResponse
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.record import Record
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import WriteResult
from trunkline_contracts.sandbox import COMPANY, Sandbox, Seed
from trunkline_contracts.testing.bench import Fault, Rewrite, WireFault
from trunkline_contracts.values import Page
from trunkline_gateway.calls.cursors import Cursors
from trunkline_gateway.calls.perform import Performer, Situation
from trunkline_gateway.calls.route import Route, check_supported
from trunkline_gateway.calls.validate import validate
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.egress import Egress
from trunkline_gateway.egress.governed import Exchange, GovernedHttp, PreviewOnlyError, Purpose
from trunkline_gateway.egress.wire import LostAnswerError, NotSentError, Sending

MARKER = "op_0192f3a45b6c7d8e9f00112233445566"
KEY = "key-0192f3a45b6c7d8e9f0011223344"
_PATIENCE_S = 10.0


@dataclass(eq=False)
class SandboxWire:
    """Carries requests to an ASGI app; `faults` are answered first, one each."""

    app: Any
    faults: list[Any] = field(default_factory=list)
    write_faults: list[Any] = field(default_factory=list)
    exchanges: list[tuple[HttpRequest, HttpResponse]] = field(default_factory=list)
    rewrite: Rewrite | None = None

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:  # noqa: ARG002 - an app takes no time
        """Give the next fault, or the app's reply."""
        if self.faults:
            return _failed(self.faults.pop(0), request)
        if self.write_faults and request.method != "GET" and not request.safe:
            return _failed(self.write_faults.pop(0), request)
        response = await self._carried(request)
        self.exchanges.append((request, response))
        return self.rewrite(request, response) if self.rewrite else response

    async def _carried(self, request: HttpRequest) -> HttpResponse:
        transport = httpx2.ASGITransport(app=self.app)
        async with httpx2.AsyncClient(transport=transport) as client:
            reply = await client.request(
                request.method, request.url, headers=dict(request.headers), content=request.body
            )
        headers = {name.lower(): value for name, value in reply.headers.items()}
        return HttpResponse(reply.status_code, headers, reply.content, request.url)

    async def close(self) -> None:
        """Nothing is held."""


def _failed(fault: Any, request: HttpRequest) -> HttpResponse:
    if fault is WireFault.NOT_SENT:
        raise NotSentError("refused")
    if fault is WireFault.LOST_ANSWER:
        raise LostAnswerError("reset")
    if isinstance(fault, Exception):
        raise fault
    answered: HttpResponse = fault if isinstance(fault, HttpResponse) else fault(request)
    return answered


@dataclass(eq=False)
class SandboxBench:
    """One connection named `main`, and ways to call its tools."""

    manifest: Manifest
    connection: Connection
    performer: Performer
    wire: SandboxWire
    key: str | None = None
    trace: list[Exchange] = field(default_factory=list)
    cursors: Cursors = field(default_factory=lambda: Cursors(bytes(32)))

    @property
    def fields(self) -> tuple[CustomField, ...]:
        """The custom fields that the connection knows."""
        return self.connection.fields

    @property
    def rewrite(self) -> Rewrite | None:
        """What changes replies on their way."""
        return self.wire.rewrite

    @rewrite.setter
    def rewrite(self, rewrite: Rewrite | None) -> None:
        self.wire.rewrite = rewrite

    @property
    def requests(self) -> Sequence[HttpRequest]:
        """Every request that was carried to the sandbox."""
        return [request for request, _ in self.wire.exchanges]

    @property
    def writes_sent(self) -> int:
        """How many requests of the last call could have changed something."""
        return sum(item.mutating for item in self.trace)

    async def call(
        self, contract: AnyContract, *, key: str | None = None, dry_run: bool = False, **arguments: Any
    ) -> Any:
        """Call a tool as the gateway would; raises PreviewOnlyError where a dry run comes to its end."""
        request = validate(contract, orjson.dumps(arguments, default=str))
        capability = self.manifest.capability(contract)
        assert capability, f"{self.manifest.vendor} does not declare {contract.name}"
        chosen = Route(self.connection, capability)
        check_supported(request, chosen)
        self.trace = []
        how = Situation(
            time.monotonic() + _PATIENCE_S, key or self.key or KEY, MARKER, capability.write_class,
            dry_run=dry_run, trace=self.trace,
        )  # fmt: skip
        return self._sealed(request, await self.performer.perform(contract, chosen, self._opened(request), how))

    async def try_out(self, contract: AnyContract, **arguments: Any) -> Any:
        """Make a dry run: what would have been sent."""
        try:
            return await self.call(contract, dry_run=True, **arguments)
        except PreviewOnlyError as shown:
            return WriteResult[Any](outcome="preview", preview=shown.preview)

    def _opened(self, request: Record) -> Record:
        cursor = getattr(request, "cursor", None)
        if cursor is None:
            return request
        return request.model_copy(update={"cursor": self.cursors.open(cursor, "bench", request)})

    def _sealed(self, request: Record, result: Any) -> Any:
        page = getattr(result, "data", None)
        if not isinstance(page, Page) or page.next_cursor is None:
            return result
        sealed = page.model_copy(update={"next_cursor": self.cursors.seal(page.next_cursor, "bench", request)})
        return result.model_copy(update={"data": sealed})

    async def describe(self) -> tuple[CustomField, ...]:
        """The custom fields that the connector finds at its vendor."""
        line = await self.performer.line(self.connection)
        http = GovernedHttp(line, CallContext(self.connection.name), Purpose(time.monotonic() + _PATIENCE_S))
        return tuple(await self.manifest.connect(self.connection.settings, http).describe_fields())

    def ref(self, kind: str, vendor_id: str | int) -> Ref:
        """A reference to one of the connection's records."""
        return Ref.of(self.connection.name, kind, vendor_id)

    def fail_next(self, *faults: Fault | Exception) -> None:
        """Answer the next requests with these, in order."""
        self.wire.faults.extend(faults)

    def fail_next_write(self, fault: Fault) -> None:
        """Let safe requests through, and answer the first that could change something with this."""
        self.wire.write_faults.append(fault)


def connection_to(
    manifest: Manifest,
    sandbox: Sandbox,
    name: str = "main",
    tenant: str = "acme",
    fields: tuple[CustomField, ...] = (),
) -> Connection:
    """The connection that `trunkline connect` would make."""
    settings = manifest.settings.model_validate(dict(sandbox.settings))
    return Connection(tenant, name, manifest, sandbox.auth, settings, 1, None, b"", fields)


def headers_of(connection: Connection, sandbox: Sandbox) -> dict[str, str]:
    """The credential of a sandbox, as headers."""
    auth = connection.manifest.auth[sandbox.auth]
    return auth.headers(connection.settings, auth.credentials.model_validate(dict(sandbox.credentials)))


def bench_at(manifest: Manifest, sandbox: Sandbox, fields: tuple[CustomField, ...] = ()) -> SandboxBench:
    """A bench at a sandbox."""
    connection = connection_to(manifest, sandbox, fields=fields)
    wire = SandboxWire(sandbox.app)
    egress = Egress(lambda _: headers_of(connection, sandbox), lambda _: wire)
    return SandboxBench(manifest, connection, Performer(egress), wire)


@asynccontextmanager
async def open_bench(manifest: Manifest, seed: Seed = COMPANY, *, faulty: bool = False) -> AsyncIterator[SandboxBench]:  # noqa: ARG001
    """A bench at a fresh sandbox, with the custom fields that the connector finds there."""
    bench = bench_at(manifest, manifest.open_sandbox(seed))
    if manifest.custom_fields:
        bench.connection = replace(bench.connection, fields=await bench.describe())
        bench.wire.exchanges.clear()
    yield bench
