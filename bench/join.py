"""`get_customer` with everything included, over vendors that each take 50 ms to answer.

Run as `python -m bench.join TIMES`; prints JSON. The chain that it needs is read off the requests that were made:
the home system's first, then the deepest of the others, where a request that began after another one of the same
system had ended is one step deeper.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import stamina
import uvloop
from bench.processes import LOAD_CPU, PYTHON, started
from bench.results import Goal, Section, Table

from support.gateway import NAMES, TESTER
from trunkline_contracts.contract import Category
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.sandbox import COMPANY
from trunkline_gateway.calls.request import CallRequest
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.egress import WireFactory, socket_wires
from trunkline_gateway.egress.wire import NotSentError, Sending, Wire
from trunkline_gateway.gateway import Gateway, open_gateway
from trunkline_gateway.settings import GatewaySettings

DELAY_S = 0.05
_LIMIT = 1.2
INCLUDE = ("company", "billing", "loyalty", "open_tickets", "recent_activity")


@dataclass(frozen=True)
class Span:
    """One request to one connection, from when to when."""

    connection: str
    start: float
    end: float


@dataclass
class Roads:
    """The wires of all connections: they note what goes over them, and one may be cut."""

    spans: list[Span] = field(default_factory=list)
    cut: str | None = None
    sockets: WireFactory = field(default_factory=socket_wires)

    def wire(self, connection: Connection) -> Wire:
        """A wire that is watched."""
        return Watched(self, connection.name, self.sockets(connection))


@dataclass
class Watched:
    """A wire between the gateway and the socket's."""

    roads: Roads
    name: str
    inner: Wire

    async def send(self, request: HttpRequest, sending: Sending) -> HttpResponse:
        """Exchange one request, and note when."""
        if self.roads.cut == self.name:
            raise NotSentError("cut")
        start = time.perf_counter()
        try:
            return await self.inner.send(request, sending)
        finally:
            self.roads.spans.append(Span(self.name, start, time.perf_counter()))

    async def close(self) -> None:
        """Let go."""
        await self.inner.close()


def depth(spans: list[Span]) -> int:
    """The longest chain of requests of which each began after the one before had ended."""
    depths: list[tuple[float, int]] = []
    for span in sorted(spans, key=lambda item: item.end):
        depths.append((span.end, 1 + max((deep for end, deep in depths if end <= span.start), default=0)))
    return max((deep for _, deep in depths), default=0)


def chain(spans: list[Span], home: str, first: int) -> int:
    """How many steps the whole needs: the home system's first ones, then the deepest other system's."""
    others = {span.connection for span in spans} - {home}
    deepest = max((depth([span for span in spans if span.connection == name]) for name in others), default=0)
    return max(first + deepest, depth([span for span in spans if span.connection == home]))


@asynccontextmanager
async def opened(roads: Roads) -> AsyncIterator[Gateway]:
    """A gateway connected to the delayed sandboxes."""
    with (
        tempfile.TemporaryDirectory(prefix="trunkline-bench-") as home,
        started([PYTHON, "-m", "bench.servers.sandboxes", str(DELAY_S)], cpu=LOAD_CPU) as process,
    ):
        assert process.stdout
        served = json.loads(process.stdout.readline())
        settings = GatewaySettings(home=Path(home), allow_loopback=True)
        async with open_gateway(settings, wires=roads.wire) as gateway:
            for vendor in NAMES:
                at = served[vendor]
                values = (at["settings"], at["credentials"])
                built = gateway.connections.build(
                    TESTER.tenant, NAMES[vendor], vendor, *values, auth=at["auth"], loopback=at["url"]
                )
                await gateway.connections.save(built)
            yield gateway


async def call(gateway: Gateway, tool: str, **arguments: Any) -> dict[str, Any]:
    """One call through the whole path, which has to succeed."""
    answer = await gateway.calls.run(CallRequest(TESTER, "bench", tool, orjson.dumps(arguments)))
    if answer.error is not None or answer.result is None:
        raise RuntimeError(f"{tool}: {answer.error}")
    return answer.result.data


async def timed(
    gateway: Gateway, roads: Roads, customer: str, include: tuple[str, ...]
) -> tuple[float, dict[str, Any]]:
    """How many milliseconds a view takes, and the view; the requests are left in `roads`."""
    roads.spans.clear()
    started_at = time.perf_counter()
    view = await call(gateway, "get_customer", customer_id=customer, include=include)
    return (time.perf_counter() - started_at) * 1000, view


async def measure(times: int) -> dict[str, Any]:
    """The figures: with all systems there, then with each of the others away."""
    roads = Roads()
    async with opened(roads) as gateway:
        customer = await _home(gateway)
        home = customer.split(":")[0]
        await timed(gateway, roads, customer, INCLUDE)
        await timed(gateway, roads, customer, ("company",))
        first = depth(roads.spans)
        taken = [(await timed(gateway, roads, customer, INCLUDE))[0] for _ in range(times)]
        requests, steps = len(roads.spans), chain(roads.spans, home, first)
        names = sorted({span.connection for span in roads.spans} - {home})
        return {
            "systems": 1 + len(names),
            "vendor_requests": requests,
            "chain": steps,
            "chain_ms": steps * DELAY_S * 1000,
            "ms": taken,
            "without": [await _without(gateway, roads, customer, name) for name in names],
        }


async def _home(gateway: Gateway) -> str:
    """The customer as the first system in the order of categories knows them: the CRM's record, if there is one."""
    ada = COMPANY.people[0]
    items: list[dict[str, Any]] = (await call(gateway, "find_customers", email=ada.email))["data"]["items"]
    manifests = {name: gateway.plugins.manifests[vendor] for vendor, name in NAMES.items()}
    order = list(Category)
    ids = sorted((item["id"] for item in items), key=lambda ref: order.index(manifests[ref.split(":")[0]].category))
    return str(ids[0])


async def _without(gateway: Gateway, roads: Roads, customer: str, name: str) -> dict[str, Any]:
    """The same while one system cannot be reached."""
    roads.cut = name
    taken, view = await timed(gateway, roads, customer, INCLUDE)
    roads.cut = None
    return {"away": name, "ms": taken, "warnings": [item["code"] for item in view.get("warnings", ())]}


def section(answer: dict[str, Any]) -> Section:
    """The figures as a table."""
    taken, needed = answer["ms"], answer["chain_ms"]
    median = statistics.median(taken)
    rows: list[tuple[object, ...]] = [
        ("all there", f"{min(taken):.0f}", f"{median:.0f}", f"{needed:.0f}", ""),
        *(
            (f"{item['away']} away", f"{item['ms']:.0f}", "", "", ", ".join(item["warnings"]))
            for item in answer["without"]
        ),
    ]
    systems, requests, steps = answer["systems"], answer["vendor_requests"], answer["chain"]
    title = f"get_customer with everything, {systems} systems, {requests} requests of 50 ms, {steps} in a row"
    columns = ("", "ms min", "ms median", "ms of the chain", "warnings")
    goals = [Goal("get_customer / its slowest chain", median / needed, _LIMIT)]
    each = all(len(item["warnings"]) >= 1 for item in answer["without"])
    goals.append(Goal("systems away that cost no warning", 0 if each else 1, 0))
    return Section("join", [Table(title, columns, rows)], goals, answer)


if __name__ == "__main__":
    stamina.instrumentation.set_on_retry_hooks([])  # the cut wires are ours: nobody needs to be told
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(measure(int(sys.argv[1])))))
