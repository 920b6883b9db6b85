"""Serves an ASGI app over HTTP until it is told to stop."""

import asyncio
import contextlib
import signal
import socket
from typing import Any

import uvicorn

_IDLE_S = 60
_MOST_AT_ONCE = 2000


class Server(uvicorn.Server):
    """uvicorn, with signals left to whoever runs it: several servers can share a process."""

    def __init__(self, app: Any, *, lifespan: Any = "on") -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                # What says that it was forwarded for somebody may be anybody's word; nothing here depends on it.
                proxy_headers=False,
                timeout_keep_alive=_IDLE_S,
                limit_concurrency=_MOST_AT_ONCE,
                lifespan=lifespan,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Take no signals."""
        yield

    def stop(self) -> None:
        """Finish what is under way, then end."""
        self.should_exit = True


def serve(app: Any, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM; raises OSError where the port is taken."""
    server, listener = Server(app), listening(host, port)
    # uvloop, where it is installed: half the cost of a call is the loop's.
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(_serve(server, listener))


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; raises OSError where the port is taken."""
    listener = socket.create_server((host, port))
    # asyncio leaves Nagle's algorithm on for a socket made by hand: it would hold each answer back for 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


async def _serve(server: Server, listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await server.serve(sockets=[listener])
