"""A bare tool on the MCP SDK's low-level server, which is ours too: no key, no audit, no check of arguments."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import uvicorn
from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server

HEADERS = {"X-App-Id": "stub-app-id", "X-App-Token": "stub-app-token", "Accept": "application/json"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"account_id": {"type": "string"}, "limit": {"type": "integer"}},
    "required": ["account_id"],
}
_vendor: dict[str, aiohttp.ClientSession] = {}


@asynccontextmanager
async def _lifespan(_: Any) -> AsyncIterator[None]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=32)) as session:
        _vendor["session"] = session
        yield


async def _list(_: ServerRequestContext[Any, Any], __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    tool = types.Tool(name="list_points_transactions", description="List points.", input_schema=SCHEMA)
    return types.ListToolsResult(tools=[tool], ttl_ms=30_000, cache_scope="private")


async def _call(_: ServerRequestContext[Any, Any], params: types.CallToolRequestParams) -> types.CallToolResult:
    wanted = params.arguments or {}
    url = f"{sys.argv[2]}/v1/loyalties/members/{wanted['account_id'].rsplit(':', 1)[1]}/transactions"
    async with _vendor["session"].get(url, params={"limit": wanted["limit"]}, headers=HEADERS) as reply:
        answer = await reply.json()
    items = [{"id": item["id"], "points": item["details"]["balance"]["points"]} for item in answer["data"]]
    data = {"items": items}
    return types.CallToolResult(content=[types.TextContent(text=json.dumps(data))], structured_content=data)


if __name__ == "__main__":
    server: Server[Any] = Server(
        "bare",
        version="1",
        lifespan=_lifespan,
        on_list_tools=_list,
        on_call_tool=_call,
        get_tool_input_schema=lambda _: SCHEMA,
    )
    app = server.streamable_http_app(stateless_http=True)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False, server_header=False)
