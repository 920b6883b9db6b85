"""The plugins' sandboxes, each on a port of its own, each answer delayed; prints where they are, as JSON."""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from typing import Any

import uvloop

from trunkline_contracts.manifest import Manifest
from trunkline_contracts.sandbox import COMPANY
from trunkline_gateway.demo.servers import serving
from trunkline_gateway.plugins import load_plugins


class Delayed:
    """An ASGI app that answers a fixed time after it was asked."""

    def __init__(self, app: Any, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Work the answer out, wait for the rest of the time, then send it."""
        loop = asyncio.get_running_loop()
        due, messages = loop.time() + self._seconds, []

        async def keep(message: Any) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        await asyncio.sleep(due - loop.time())
        for message in messages:
            await send(message)


async def _serve(manifest: Manifest, seconds: float, stack: AsyncExitStack) -> dict[str, Any]:
    assert manifest.sandbox
    sandbox = manifest.open_sandbox(COMPANY)
    url = await stack.enter_async_context(serving(Delayed(sandbox.app, seconds)))
    values = {"settings": dict(sandbox.settings), "credentials": dict(sandbox.credentials), "auth": sandbox.auth}
    return {"url": url, **values}


async def main(seconds: float) -> None:
    """Serve until killed."""
    manifests = load_plugins().manifests
    async with AsyncExitStack() as stack:
        served = {vendor: await _serve(item, seconds, stack) for vendor, item in manifests.items() if item.sandbox}
        print(json.dumps(served), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    # asyncio leaves Nagle on for sockets made by hand; uvloop turns it off, as a vendor's server does.
    uvloop.run(main(float(sys.argv[1])))
