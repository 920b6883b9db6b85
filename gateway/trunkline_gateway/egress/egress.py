"""Egress: every request to a vendor passes here, and gets its credential here and nowhere else."""

import ssl
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from trunkline_gateway.connections.registry import Connection
from trunkline_gateway.egress.health import Health
from trunkline_gateway.egress.wire import SocketWire, Wire

WireFactory = Callable[[Connection], Wire]
HeaderSource = Callable[[Connection], dict[str, str]]
_LINES = 512


@dataclass(eq=False)
class Line:
    """What the calls of one connection share: its wire, its credential, its health."""

    connection: Connection
    hosts: tuple[str, ...]
    wire: Wire
    headers: dict[str, str]
    health: Health
    in_use: int = 0


def socket_wires() -> WireFactory:
    """Wires over sockets that share one TLS context: building one costs more than a hundred calls."""
    context = ssl.create_default_context()
    return lambda connection: SocketWire(context, loopback=connection.loopback)


class Egress:
    """The lines of all connections in use; the longest unused is closed when there are too many."""

    def __init__(self, headers: HeaderSource, wires: WireFactory) -> None:
        self._headers = headers
        self._wires = wires
        self._lines: OrderedDict[tuple[str, str, int], Line] = OrderedDict()

    async def line(self, connection: Connection) -> Line:
        """The line to a connection, opened on first use."""
        line = self._lines.get(connection.identity)
        if line is None:
            line = self._lines[connection.identity] = self._open(connection)
            await self._close_unused(line)
        else:
            self._lines.move_to_end(connection.identity)
        return line

    def _open(self, connection: Connection) -> Line:
        return Line(
            connection=connection,
            hosts=connection.hosts,
            wire=self._wires(connection),
            headers=self._headers(connection),
            health=Health(connection.name),
        )

    async def _close_unused(self, opened: Line) -> None:
        """Close the longest unused line of too many; one that carries a request stays."""
        if len(self._lines) > _LINES:
            lines = self._lines.items()
            idle = next((identity for identity, line in lines if not line.in_use and line is not opened), None)
            if idle is not None:
                await self._lines.pop(idle).wire.close()

    async def close(self) -> None:
        """Close every line."""
        for line in self._lines.values():
            await line.wire.close()
        self._lines.clear()
