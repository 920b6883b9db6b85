"""Servers on free ports of this machine, for the length of a demo."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from trunkline_gateway.surfaces.server import Server, listening


@asynccontextmanager
async def serving(app: Any, port: int = 0) -> AsyncIterator[str]:
    """Serve an ASGI app on the loopback address; gives its URL."""
    listener = listening("127.0.0.1", port)
    server = Server(app, lifespan="off")
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn gives no event to wait for
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.stop()
        await task
        listener.close()
