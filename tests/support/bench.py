"""A plugin at its sandbox, through the gateway's own performer and egress, every exchange judged by the spec."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

from support.specs import judge_for
from trunkline_contracts.contract import Contract, Out
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.refs import Ref
from trunkline_contracts.sandbox import COMPANY, Sandbox, Seed
from trunkline_gateway.calls.perform import Performer, Situation
from trunkline_gateway.calls.route import Route, check_supported
from trunkline_gateway.calls.validate import validate
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.egress import Egress
from trunkline_gateway.egress.governed import Exchange
from trunkline_gateway.egress.wire import Sending

MARKER = "op_0192f3a45b6c7d8e9f00112233445566"
KEY = "key-0192f3a45b6c7d8e9f0011223344"

Fault = HttpResponse | Exception | Callable[[HttpRequest], HttpResponse]


@dataclass
class SandboxWire:
    """Carries requests to an ASGI app; `faults` are answered first, one each."""

    app: Any
    faults: list[Fault] = field(default_factory=list)
    exchanges: list[tuple[HttpRequest, HttpResponse]] = field(default_factory=list)

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        if self.faults:
            return self._fail(self.faults.pop(0), request)
        transport = httpx2.ASGITransport(app=self.app)
        async with httpx2.AsyncClient(transport=transport) as client:
            reply = await client.request(
                request.method, request.url, headers=dict(request.headers), content=request.body
            )
        headers = {name.lower(): value for name, value in reply.headers.items()}
        response = HttpResponse(reply.status_code, headers, reply.content, request.url)
        self.exchanges.append((request, response))
        return response

    def _fail(self, fault: Fault, request: HttpRequest) -> HttpResponse:
        if isinstance(fault, Exception):
            raise fault
        return fault if isinstance(fault, HttpResponse) else fault(request)

    async def close(self) -> None:
        pass


@dataclass
class Bench:
    """One connection named `main`, and ways to call its tools."""

    manifest: Manifest
    connection: Connection
    performer: Performer
    wire: SandboxWire
    key: str | None = None
    trace: list[Exchange] = field(default_factory=list)

    async def call(self, contract: Contract[Any, Out], *, dry_run: bool = False, **arguments: Any) -> Out:
        """Call a tool as the gateway would: validated, checked against the sheet, performed."""
        request = validate(contract, orjson.dumps(arguments, default=str))
        capability = self.manifest.capability(contract)
        assert capability, f"{self.manifest.vendor} does not declare {contract.name}"
        chosen = Route(self.connection, capability)
        check_supported(request, chosen)
        self.trace = []
        key = self.key or KEY
        how = Situation(time.monotonic() + 10, key, MARKER, capability.write_class, dry_run=dry_run, trace=self.trace)
        return await self.performer.perform(contract, chosen, request, how)

    def ref(self, kind: str, vendor_id: str | int) -> Ref:
        return Ref.of("main", kind, vendor_id)

    def fail_next(self, *faults: Fault) -> None:
        """Answer the next requests with these, in order."""
        self.wire.faults.extend(faults)

    @property
    def requests(self) -> list[HttpRequest]:
        return [request for request, _ in self.wire.exchanges]


def reply(status: int, body: Any = b"", **headers: str) -> HttpResponse:
    """A reply as a fault: JSON where the body is no bytes; header names with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return HttpResponse(status, named, content, "https://vendor.example/")


def connection_to(manifest: Manifest, sandbox: Sandbox, name: str = "main", tenant: str = "acme") -> Connection:
    """The connection that `trunkline connect` would make."""
    settings = manifest.settings.model_validate(dict(sandbox.settings))
    return Connection(tenant, name, manifest, sandbox.auth, settings, 1, None, b"")


def headers_of(connection: Connection, sandbox: Sandbox) -> dict[str, str]:
    auth = connection.manifest.auth[sandbox.auth]
    return auth.headers(connection.settings, auth.credentials.model_validate(dict(sandbox.credentials)))


@asynccontextmanager
async def at_sandbox(
    manifest: Manifest, seed: Seed = COMPANY, *, sandbox: Sandbox | None = None, judged: bool = True
) -> AsyncIterator[Bench]:
    """A bench at a fresh sandbox, or at one given; at the end every exchange has to fit the vendor's spec."""
    sandbox = sandbox or manifest.open_sandbox(seed)
    connection = connection_to(manifest, sandbox)
    wire = SandboxWire(sandbox.app)
    egress = Egress(lambda _: headers_of(connection, sandbox), lambda _: wire)
    yield Bench(manifest, connection, Performer(egress), wire)
    if judged:
        judge = judge_for(manifest.vendor)
        faults = [fault for request, response in wire.exchanges for fault in judge.check(request, response)]
        assert not faults, "\n".join(faults)
