"""A real gateway that answers from cassettes, on a free port, for the length of a test of somebody's agent."""

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from trunkline_gateway.app import Surfaces, guarded
from trunkline_gateway.cassettes.replay import ReplayTapes, open_tapes
from trunkline_gateway.gateway import REPLAY_TENANT, open_gateway
from trunkline_gateway.plugins import load_plugins
from trunkline_gateway.settings import GatewaySettings
from trunkline_gateway.surfaces.server import Server, listening

_START_S, _FINISH_S = 30.0, 0.5


class UnplayedError(AssertionError):
    """A test ended before its tape did: the agent left out what was recorded."""


@dataclass(frozen=True)
class ReplayedGateway:
    """Where the gateway is, and the headers that let a client in."""

    url: str
    headers: dict[str, str] = field(repr=False)

    @property
    def mcp_url(self) -> str:
        """Where MCP is served."""
        return f"{self.url}/mcp"

    @property
    def rest_url(self) -> str:
        """Where REST is served: `{rest_url}/tools/{name}`."""
        return f"{self.url}/v1"


@contextmanager
def replayed_gateway(
    cassettes: str | Path, tape: str | None = None, *, allow_unplayed: bool = False
) -> Iterator[ReplayedGateway]:
    """A gateway with a store of its own, in a thread of its own, so that tests with and without a loop can use it.

    Raises CassetteError for cassettes that cannot be used, and UnplayedError where something was not asked for.
    """
    tapes = open_tapes(Path(cassettes), load_plugins().manifests)
    tapes.check(tape)
    with tempfile.TemporaryDirectory() as home, _Running(tapes, home) as running:
        named = {"Trunkline-Tape": tape} if tape else {}
        yield ReplayedGateway(running.url, {"Authorization": f"Bearer {running.key}", **named})
    unplayed = {} if allow_unplayed else tapes.unplayed(tape)
    if unplayed:
        told = "; ".join(
            f"{name}: {', '.join(f'{item.request.method} {item.path}' for item in items)}"
            for name, items in unplayed.items()
        )
        raise UnplayedError(f"never played: {told}")


class _Running:
    """The thread that serves; it is up when this is entered, and gone when it is left."""

    def __init__(self, tapes: ReplayTapes, home: str) -> None:
        self.url = self.key = ""
        self._tapes = tapes
        self._home = Path(home)
        self._server: Server | None = None
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trunkline-replay", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(_START_S)
        if self._failure is not None or not self.key:
            raise RuntimeError("The gateway did not start.") from self._failure
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server
        self._server.stop()
        self._thread.join(_FINISH_S)
        # A client that holds its connection open does not hold the test up.
        self._server.force_exit = True
        self._thread.join(_FINISH_S)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the test waits
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        # What the environment says of a gateway is not meant for this one.
        settings = GatewaySettings.model_construct(home=self._home)
        async with open_gateway(settings, tapes=self._tapes) as gateway:
            surfaces = Surfaces(gateway)
            self._server = Server(guarded(gateway, surfaces), lifespan="off")
            listener = listening("127.0.0.1", 0)
            key = await gateway.clients.create(REPLAY_TENANT, "replay", "full")
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with surfaces.running():
                self.key = key
                self._ready.set()
                await self._server.serve(sockets=[listener])
