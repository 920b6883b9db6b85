"""Who carries the call out: the gateway, and what it is compared with, each in a process of its own."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import load, rivals
from bench.load import Measured
from bench.processes import LOAD_CPU, PYTHON, ROOT, SERVER_CPU, await_port, environment, free_port, started

ACCOUNT = "points:loyalty_account:COFFEE-0001"
TOOL = "list_points_transactions"
MODERN, LEGACY = "2026-07-28", "2025-11-25"


@dataclass(frozen=True)
class Target:
    """Something that carries the call out: the process that is judged, and how to make it work for a while."""

    name: str
    pid: int
    measure: Callable[[int, float], Measured]


@dataclass(frozen=True)
class Place:
    """What the targets share: where the vendor's stub is, and a folder."""

    stub: str
    folder: Path


def rest_request(key: str | None = None) -> bytes:
    """The call over REST."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return load.request(f"/v1/tools/{TOOL}", headers, json.dumps({"account_id": ACCOUNT, "limit": 1}).encode())


def mcp_request(era: str, key: str | None = None, path: str = "/mcp", tool: str = TOOL) -> bytes:
    """The call over MCP, as one revision of the protocol writes it."""
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": era}
    params: dict[str, object] = {"name": tool, "arguments": {"account_id": ACCOUNT, "limit": 1}}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    if era == MODERN:
        headers |= {"Mcp-Method": "tools/call", "Mcp-Name": tool}
        prefix = "io.modelcontextprotocol"
        params["_meta"] = {f"{prefix}/protocolVersion": era, f"{prefix}/clientCapabilities": {}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return load.request(path, headers, json.dumps(body).encode())


def _over(pid: int, port: int, name: str, raw: bytes) -> Target:
    return Target(name, pid, lambda callers, seconds: load.run(port, raw, callers, seconds))


@contextmanager
def stub() -> Iterator[str]:
    """The vendor's stub; gives its address."""
    port = free_port()
    with started([PYTHON, str(ROOT / "bench/stub.py"), str(port)], cpu=LOAD_CPU) as process:
        await_port(process, port)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def direct(place: Place) -> Iterator[list[Target]]:
    """The vendor called by a client of its own."""
    script = str(ROOT / "bench/servers/direct.py")
    with started([PYTHON, script, place.stub], cpu=SERVER_CPU) as process:

        def measure(callers: int, seconds: float) -> Measured:
            assert process.stdin
            assert process.stdout
            print(callers, seconds, file=process.stdin, flush=True)
            return Measured(**json.loads(process.stdout.readline()))

        yield [Target("vendor directly", process.pid, measure)]


@contextmanager
def by_hand(place: Place) -> Iterator[list[Target]]:
    """The hand-written endpoint."""
    with _served("endpoint.py", place) as (pid, port):
        yield [_over(pid, port, "Starlette by hand, REST", rest_request())]


@contextmanager
def bare_mcp(place: Place) -> Iterator[list[Target]]:
    """The bare tool on the SDK, in both eras."""
    with _served("mcp_tool.py", place) as (pid, port):
        yield [_over(pid, port, f"bare MCP tool, {era}", mcp_request(era)) for era in (MODERN, LEGACY)]


@contextmanager
def _served(script: str, place: Place) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [PYTHON, str(ROOT / "bench/servers" / script), str(port), place.stub]
    with started(command, cpu=SERVER_CPU) as process:
        await_port(process, port)
        yield process.pid, port


@contextmanager
def gateway(
    place: Place, name: str, database_url: str | None = None, tenants: int = 0
) -> Iterator[tuple[int, int, str]]:
    """The gateway; gives its process, its port and a key."""
    port, folder = free_port(), place.folder / name
    folder.mkdir()
    more = {"BENCH_DATABASE_URL": database_url} if database_url else {}
    command = [PYTHON, "-m", "bench.servers.gateway", str(port), str(folder), place.stub, str(tenants)]
    with started(command, cpu=SERVER_CPU, env=environment(**more)) as process:
        await_port(process, port, 60)
        yield process.pid, port, (folder / "key").read_text()


@contextmanager
def trunkline(place: Place, store: str, database_url: str | None = None) -> Iterator[list[Target]]:
    """The gateway over REST and over both eras of MCP."""
    with gateway(place, store, database_url) as (pid, port, key):
        yield [
            _over(pid, port, f"Trunkline REST, {store}", rest_request(key)),
            *(_over(pid, port, f"Trunkline MCP {era}, {store}", mcp_request(era, key)) for era in (MODERN, LEGACY)),
        ]


@contextmanager
def crowded(place: Place, tenants: int) -> Iterator[list[Target]]:
    """The gateway with one tenant, and with many in its store."""
    with gateway(place, "alone") as (pid, port, key), gateway(place, "crowd", tenants=tenants) as (pid2, port2, key2):
        yield [
            _over(pid, port, "1 tenant", rest_request(key)),
            _over(pid2, port2, f"{tenants:,} tenants", rest_request(key2)),
        ]


@contextmanager
def _fastmcp(place: Place) -> Iterator[list[Target]]:
    with rivals.fastmcp(place.stub, place.folder) as at:
        yield [_rival(f"FastMCP, {era}", at, era) for era in (MODERN, LEGACY)]


@contextmanager
def _contextforge(place: Place) -> Iterator[list[Target]]:
    with rivals.contextforge(place.stub, place.folder) as at:
        yield [_rival(f"ContextForge, {era}", at, era) for era in (MODERN, LEGACY)]


@contextmanager
def _litellm(place: Place) -> Iterator[list[Target]]:
    with rivals.litellm(place.stub, place.folder) as at:
        yield [_rival(f"LiteLLM, {LEGACY}", at, LEGACY)]


def _rival(name: str, at: rivals.Serving, era: str) -> Target:
    return _over(at.pid, at.port, name, mcp_request(era, at.token, at.path, at.tool))


OPENERS: dict[str, Callable[[Place], AbstractContextManager[list[Target]]]] = {
    "FastMCP": _fastmcp, "ContextForge": _contextforge, "LiteLLM": _litellm,
}  # fmt: skip
RIVAL_OF = {"FastMCP": rivals.FASTMCP, "ContextForge": rivals.CONTEXTFORGE, "LiteLLM": rivals.LITELLM}


def open_rivals(stack: ExitStack, place: Place, *, wanted: bool) -> tuple[list[Target], dict[str, str]]:
    """The peers that can be measured, and for the others why not. FastMCP is light, so it is always measured."""
    targets: list[Target] = []
    absent: dict[str, str] = {}
    for name, rival in RIVAL_OF.items():
        if not rival.is_ready() or not (wanted or rival is rivals.FASTMCP):
            absent[name] = "not measured: run with --rivals"
            continue
        try:
            targets += stack.enter_context(OPENERS[name](place))
        except (RuntimeError, OSError) as error:
            absent[name] = f"not measured: {error}"
    return targets, absent
