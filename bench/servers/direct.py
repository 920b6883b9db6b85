"""The vendor called directly: an aiohttp client that knows the vendor, with nothing in between.

Reads lines `CALLERS SECONDS` and answers each with what it measured, as JSON.
"""

import asyncio
import json
import sys
import time

import aiohttp
import orjson
import uvloop

PATH = "/v1/loyalties/members/COFFEE-0001/transactions?limit=1"
HEADERS = {"X-App-Id": "stub-app-id", "X-App-Token": "stub-app-token", "Accept": "application/json"}


async def _caller(session: aiohttp.ClientSession, url: str, until: float, latencies: list[float]) -> None:
    while (started := time.perf_counter()) < until:
        async with session.get(url, headers=HEADERS) as reply:
            orjson.loads(await reply.read())
        latencies.append((time.perf_counter() - started) * 1000)


async def _measure(session: aiohttp.ClientSession, url: str, callers: int, seconds: float) -> dict[str, object]:
    latencies: list[float] = []
    started = time.perf_counter()
    await asyncio.gather(*(_caller(session, url, started + seconds, latencies) for _ in range(callers)))
    return {"latencies": latencies, "seconds": time.perf_counter() - started}


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32))


def main() -> None:
    """Measure whenever asked, until the input ends."""
    url = sys.argv[1] + PATH
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        session = runner.run(_session())
        for line in sys.stdin:
            callers, seconds = line.split()
            print(json.dumps(runner.run(_measure(session, url, int(callers), float(seconds)))), flush=True)
        runner.run(session.close())


if __name__ == "__main__":
    main()
