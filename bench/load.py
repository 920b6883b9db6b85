"""A load generator: raw keep-alive connections over asyncio, so that it costs little beside what it measures."""

import asyncio
import re
import time
from dataclasses import dataclass

import uvloop

_FAULT = re.compile(rb'"isError":\s*true|"error":\s*\{|"is_error":\s*true')
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Measured:
    """Latencies in milliseconds, and how long the whole took."""

    latencies: list[float]
    seconds: float

    def percentile(self, share: float) -> float:
        """The latency that a share of the calls stayed below."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]

    @property
    def calls_per_s(self) -> float:
        """Throughput."""
        return len(self.latencies) / self.seconds


def request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """An HTTP/1.1 POST as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1:80", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def _answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    if b"content-length:" in lower:
        length = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return head, await reader.readexactly(length)
    body = b""
    while True:
        size = int((await reader.readline()).strip(), 16)
        body += await reader.readexactly(size)
        await reader.readline()
        if size == 0:
            return head, body


async def _caller(port: int, raw: bytes, until: float, latencies: list[float]) -> None:
    """Call again and again until the time is up, but at least once; every answer has to be a good one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        started = time.perf_counter()
        writer.write(raw)
        head, body = await asyncio.wait_for(_answer(reader), _PATIENCE_S)
        if b" 200 " not in head[:20] or _FAULT.search(body):
            raise RuntimeError(f"the target answered {head[:60]!r} {body[:500]!r}")
        latencies.append((time.perf_counter() - started) * 1000)
        if time.perf_counter() >= until:
            break
    writer.close()


async def _run(port: int, raw: bytes, callers: int, seconds: float) -> Measured:
    latencies: list[float] = []
    started = time.perf_counter()
    await asyncio.gather(*(_caller(port, raw, started + seconds, latencies) for _ in range(callers)))
    return Measured(latencies, time.perf_counter() - started)


def run(port: int, raw: bytes, callers: int, seconds: float) -> Measured:
    """Let some callers repeat a request for a while."""
    return uvloop.run(_run(port, raw, callers, seconds))
