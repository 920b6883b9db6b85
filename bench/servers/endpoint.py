"""What somebody writes by hand for one vendor and one call: a Starlette endpoint; no key, no audit, no schema."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

HEADERS = {"X-App-Id": "stub-app-id", "X-App-Token": "stub-app-token", "Accept": "application/json"}


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32)) as app.state.vendor:
        yield


async def _transactions(request: Request) -> JSONResponse:
    wanted = await request.json()
    url = f"{sys.argv[2]}/v1/loyalties/members/{wanted['account_id'].rsplit(':', 1)[1]}/transactions"
    async with request.app.state.vendor.get(url, params={"limit": wanted["limit"]}, headers=HEADERS) as reply:
        answer = await reply.json()
    items = [{"id": item["id"], "points": item["details"]["balance"]["points"]} for item in answer["data"]]
    return JSONResponse({"items": items})


if __name__ == "__main__":
    route = Route("/v1/tools/list_points_transactions", _transactions, methods=["POST"])
    app = Starlette(routes=[route], lifespan=_lifespan)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False, server_header=False)
