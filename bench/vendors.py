"""What each plugin costs: one read and one write through performer and egress, beside the same requests sent directly.

The vendor is a stub in another process, which gives what the plugin's own sandbox answered to these calls.
Run as `python -m bench.vendors CALLS`; prints JSON.
"""

import asyncio
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
import uvloop
from bench.processes import LOAD_CPU, PYTHON, ROOT, await_port, free_port, started
from bench.results import Plan, Section, Table
from bench.scenarios import SCENARIOS, Call, Scenario

from support.bench import Bench, at_sandbox, headers_of
from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.sandbox import COMPANY
from trunkline_gateway.calls.perform import Performer
from trunkline_gateway.egress.egress import Egress, socket_wires
from trunkline_gateway.plugins import load_plugins

Exchanges = Sequence[tuple[HttpRequest, HttpResponse]]
Work = Callable[[], Awaitable[object]]
_ROUNDS = 6


async def measure_vendor(manifest: Manifest, scenario: Scenario, calls: int) -> dict[str, Any]:
    """The figures of one plugin."""
    async with at_sandbox(manifest, judged=False) as bench:
        figures: dict[str, Any] = {"vendor": manifest.vendor}
        for kind, call in (await scenario(bench)).items():
            before = len(bench.wire.exchanges)
            await bench.call(call.contract, **call.arguments)
            exchanges = bench.wire.exchanges[before:]
            figures[kind] = await _measure_call(bench, call, exchanges, calls)
        return figures


async def _measure_call(bench: Bench, call: Call, exchanges: Exchanges, calls: int) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([_recorded(*exchange) for exchange in exchanges], file)
        file.flush()
        port = free_port()
        with started([PYTHON, str(ROOT / "bench/stub.py"), str(port), file.name], cpu=LOAD_CPU) as process:
            await_port(process, port)
            figures = await _compare(bench, call, exchanges, f"http://127.0.0.1:{port}", calls)
    return {"tool": call.contract.name, "requests": len(exchanges), **figures}


def _recorded(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    parts = urlsplit(request.url)
    dropped = ("content-length", "date", "transfer-encoding", "connection")
    headers = {name: value for name, value in response.headers.items() if name not in dropped}
    line = f"{request.method} {parts.path}?{parts.query}"
    return {"line": line, "status": response.status, "headers": headers, "body": response.body.decode()}


async def _compare(bench: Bench, call: Call, exchanges: Exchanges, stub: str, calls: int) -> dict[str, Any]:
    """CPU time of both ways, in turn; the least of the rounds of each."""
    through, egress = _at_stub(bench, stub)
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        ways: dict[str, Work] = {
            "direct_us": lambda: _direct(session, exchanges, stub),
            "trunkline_us": lambda: through.call(call.contract, **call.arguments),
        }
        spent: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(_ROUNDS):
            for name, work in ways.items():
                spent[name].append(await _cpu_us(work, max(calls // _ROUNDS, 5)))
    await egress.close()
    return {name: min(rounds) for name, rounds in spent.items()}


def _at_stub(bench: Bench, stub: str) -> tuple[Bench, Egress]:
    """The same connection, but over real sockets, at the stub."""
    assert bench.manifest.sandbox
    headers = headers_of(bench.connection, bench.manifest.open_sandbox(COMPANY))
    connection = dataclasses.replace(bench.connection, loopback=stub)
    egress = Egress(lambda _: headers, socket_wires())
    return Bench(bench.manifest, connection, Performer(egress), bench.wire), egress


async def _direct(session: aiohttp.ClientSession, exchanges: Exchanges, stub: str) -> None:
    """The requests as the plugin sent them, with nothing in between; the answers are parsed."""
    for request, _ in exchanges:
        parts = urlsplit(request.url)
        url = f"{stub}{parts.path}?{parts.query}"
        async with session.request(request.method, url, headers=request.headers, data=request.body or None) as reply:
            body = await reply.read()
            orjson.loads(body) if body else None


async def _cpu_us(work: Work, times: int) -> float:
    await work()
    before = time.process_time()
    for _ in range(times):
        await work()
    return (time.process_time() - before) / times * 1e6


async def measure_all(calls: int) -> list[dict[str, Any]]:
    """Every plugin that has a scenario; one that fails is one line."""
    figures: list[dict[str, Any]] = []
    manifests = load_plugins().manifests
    for vendor, scenario in SCENARIOS.items():
        try:
            figures.append(await measure_vendor(manifests[vendor], scenario, calls))
        except Exception as error:  # noqa: BLE001 - one plugin must not stop the others
            figures.append({"vendor": vendor, "failure": f"{type(error).__name__}: {error}"[:200]})
    return figures


def section(plan: Plan, answer: dict[str, Any]) -> Section:
    """The figures as a table."""
    result = Section("plugins", data=answer)
    rows: list[tuple[object, ...]] = []
    for item in answer["plugins"]:
        if "failure" in item:
            result.notes.append(f"{item['vendor']}: not measured: {item['failure']}")
            continue
        rows += [(item["vendor"], *_told(item[kind])) for kind in ("read", "write")]
    columns = ("vendor", "tool", "vendor requests", "direct CPU µs", "Trunkline CPU µs", "ratio")
    result.tables.append(
        Table(f"Plugins: performer and egress in process, one caller, {plan.calls} calls", columns, rows)
    )
    return result


def _told(item: dict[str, Any]) -> tuple[object, ...]:
    direct, ours = item["direct_us"], item["trunkline_us"]
    return item["tool"], item["requests"], f"{direct:,.0f}", f"{ours:,.0f}", f"{ours / direct:.1f}"


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps({"plugins": runner.run(measure_all(int(sys.argv[1])))}))
