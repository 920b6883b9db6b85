"""The same tool on FastMCP; it runs in an environment of its own."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import uvicorn
from fastmcp import FastMCP  # type: ignore[import-not-found]

HEADERS = {"X-App-Id": "stub-app-id", "X-App-Token": "stub-app-token", "Accept": "application/json"}
_vendor: dict[str, aiohttp.ClientSession] = {}


@asynccontextmanager
async def _lifespan(_: Any) -> AsyncIterator[None]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32)) as session:
        _vendor["session"] = session
        yield


server = FastMCP("fast", lifespan=_lifespan)


@server.tool  # type: ignore[untyped-decorator]
async def list_points_transactions(account_id: str, limit: int = 10) -> dict[str, Any]:
    """List the changes of a member's points, newest first."""
    url = f"{sys.argv[2]}/v1/loyalties/members/{account_id.rsplit(':', 1)[1]}/transactions"
    async with _vendor["session"].get(url, params={"limit": limit}, headers=HEADERS) as reply:
        answer = await reply.json()
    return {"items": [{"id": item["id"], "points": item["details"]["balance"]["points"]} for item in answer["data"]]}


if __name__ == "__main__":
    app = server.http_app(stateless_http=True)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False, server_header=False)
