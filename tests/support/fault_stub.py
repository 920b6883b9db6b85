"""A vendor that misbehaves on the wire: raw TCP, and a ledger of the writes it applied, which is the ground truth."""

import asyncio
import gzip
import struct
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

from pydantic import SecretStr

from trunkline_contracts.capability import WriteClass
from trunkline_contracts.contract import Category
from trunkline_contracts.http import CallContext, HttpRequest
from trunkline_contracts.manifest import CONTRACT_VERSION, Credentials, HeaderAuth, Manifest, Settings
from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.egress import Egress, WireFactory, socket_wires
from trunkline_gateway.egress.governed import GovernedHttp, Purpose

HOST = "api.faulty.example"
CREDENTIAL = {"Authorization": "Bearer the-real-credential"}
_READS = frozenset(("GET", "HEAD"))


@dataclass(frozen=True)
class Received:
    """One request as it came over a connection, headers in order and as often as they were sent."""

    connection: int
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Talk:
    """One request under way."""

    stub: "FaultStub"
    request: Received
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def apply(self) -> None:
        """Do what a write asks for: it can be done only by calling this."""
        if self.request.method not in _READS:
            self.stub.ledger.append(self.request)

    async def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        named = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        self.writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)
        await self.writer.drain()

    def reset(self) -> None:
        """End the connection with RST."""
        self.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def gone(self) -> None:
        """Wait until the client closes the connection."""
        while await self.reader.read(1 << 16):
            pass


Behaviour = Callable[[Talk], Awaitable[bool]]
"""What happens to a request; True keeps the connection open."""


def answer(status: int = 200, body: bytes = b"{}", *, applied: bool | None = None, **headers: str) -> Behaviour:
    """A whole reply. A status below 400 or of 500 and more comes after the write was applied."""

    async def behave(talk: Talk) -> bool:
        if not 400 <= status < 500 if applied is None else applied:
            talk.apply()
        await talk.send(status, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return True

    return behave


def gzipped(plain: bytes, *, kept: int | None = None) -> Behaviour:
    """A compressed reply; `kept` cuts the compressed bytes short."""
    packed = gzip.compress(plain)[:kept]
    return answer(200, packed, Content_Encoding="gzip")


def zeros(size: int) -> bytes:
    """That many zeros as gzip, packed a piece at a time: a bomb."""
    packer, piece = zlib.compressobj(wbits=31), bytes(1 << 20)
    return b"".join([*(packer.compress(piece) for _ in range(size >> 20)), packer.flush()])


async def apply_then_reset(talk: Talk) -> bool:
    talk.apply()
    talk.reset()
    return False


async def apply_then_close(talk: Talk) -> bool:
    talk.apply()
    return False


async def cut_body(talk: Talk) -> bool:
    talk.apply()
    await talk.send(200, b'{"id": ', {"Content-Length": "4096"})
    return False


async def hang(talk: Talk) -> bool:
    talk.apply()
    await talk.gone()
    return False


async def drip(talk: Talk) -> bool:
    """A byte now and then, for ever."""
    talk.apply()
    await talk.send(200, b"", {"Content-Length": "100000"})
    while not talk.reader.at_eof():
        talk.writer.write(b"x")
        await talk.writer.drain()
        with suppress(TimeoutError):
            await asyncio.wait_for(talk.reader.read(1), 0.02)
    return False


async def garbage(talk: Talk) -> bool:
    """No HTTP at all."""
    talk.apply()
    talk.writer.write(b"\x00\x01 this is not HTTP\r\n\r\n")
    await talk.writer.drain()
    return False


@dataclass
class FaultStub:
    """Answers with `script`, one behaviour a request, and then with `default`."""

    default: Behaviour = field(default_factory=answer)
    on_reuse: Behaviour | None = None
    script: deque[Behaviour] = field(default_factory=deque)
    requests: list[Received] = field(default_factory=list)
    ledger: list[Received] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def then(self, *behaviours: Behaviour) -> None:
        self.script.extend(behaviours)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop_listening(self) -> None:
        assert self._server
        self._server.close()

    async def stop(self) -> None:
        self.stop_listening()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number, is_reused = self.connections, False
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._one(number, is_reused, reader, writer):
                    is_reused = True
        finally:
            writer.close()

    async def _one(
        self, number: int, is_reused: bool, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        talk = Talk(self, await _read(number, reader), reader, writer)
        self.requests.append(talk.request)
        if is_reused and self.on_reuse:
            return await self.on_reuse(talk)
        behave = self.script.popleft() if self.script else self.default
        closing = [value.lower() for value in talk.request.all("Connection")] == ["close"]
        return await behave(talk) and not closing


async def _read(number: int, reader: asyncio.StreamReader) -> Received:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ")
    pairs = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:] if line))
    length = next((int(value) for name, value in pairs if name.lower() == "content-length"), 0)
    return Received(number, method, target, pairs, await reader.readexactly(length))


@asynccontextmanager
async def fault_stub() -> AsyncIterator[FaultStub]:
    stub = FaultStub()
    await stub.start()
    try:
        yield stub
    finally:
        await stub.stop()


class FaultySettings(Settings):
    """A vendor whose host is a setting."""

    host: str = HOST


class Token(Credentials):
    """A bearer token."""

    token: SecretStr


def faulty(**details: Any) -> Manifest:
    """The manifest of the vendor that the stub stands for; `details` replace any part of it."""
    parts: dict[str, Any] = {
        "contract_version": CONTRACT_VERSION,
        "vendor": "faulty",
        "title": "Faulty",
        "category": Category.LOYALTY,
        "settings": FaultySettings,
        "auth": {"token": HeaderAuth(Token, {"Authorization": "Bearer {token}"})},
        "hosts": ("{host}",),
        "connector": "builtins:object",
        "capabilities": (),
        "ids": {},
        "api_version": "1",
        "docs": "https://faulty.example",
    }
    return Manifest(**{**parts, **details})


def connection_at(url: str | None, name: str = "main", *, tenant: str = "acme", **manifest: Any) -> Connection:
    """A connection whose sandbox is at a URL; None for the vendor's own host."""
    return Connection(tenant, name, faulty(**manifest), "token", FaultySettings(), 1, url, b"")


@dataclass
class Account:
    """One connection to the stub, through the gateway's own egress."""

    egress: Egress
    connection: Connection

    async def http(
        self, write_class: WriteClass | None = None, *, seconds: float = 10, dry_run: bool = False
    ) -> GovernedHttp:
        """The way out of one call."""
        purpose = Purpose(time.monotonic() + seconds, write_class, dry_run)
        return GovernedHttp(await self.egress.line(self.connection), CallContext(self.connection.name), purpose)


@cache
def _sockets() -> WireFactory:
    return socket_wires()


@asynccontextmanager
async def account_at(url: str | None, wires: WireFactory | None = None, **manifest: Any) -> AsyncIterator[Account]:
    """An account at the stub."""
    egress = Egress(lambda _: dict(CREDENTIAL), wires or _sockets())
    try:
        yield Account(egress, connection_at(url, **manifest))
    finally:
        await egress.close()


def get(path: str = "/things", **headers: str) -> HttpRequest:
    return HttpRequest("GET", f"https://{HOST}{path}", headers)


def put(path: str = "/things/1", method: str = "PUT") -> HttpRequest:
    return HttpRequest(method, f"https://{HOST}{path}", {"Content-Type": "application/json"}, b'{"value": 1}')
