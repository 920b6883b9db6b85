"""Requests in the words of the system that gets them: its own id of a customer, a real address for a message."""

from dataclasses import dataclass
from typing import Any

from trunkline_contracts.errors import InvalidArgumentError, NotFoundError
from trunkline_contracts.record import Record
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.comms import PlaceCall, SendMessage
from trunkline_gateway.calls.perform import Situation
from trunkline_gateway.calls.route import Connections, Route
from trunkline_gateway.people.lookup import Lookup

POINTS = {"sms": "phone", "whatsapp": "phone", "voice": "phone", "email": "email"}
"""The kind of address that a channel reaches somebody at."""


@dataclass(frozen=True)
class Addressing:
    """Translates people between systems."""

    lookup: Lookup

    async def localized(self, request: Record, target: Route, connections: Connections, how: Situation) -> Record:
        """The request with every customer as the target knows them, and a customer's address for their id."""
        if isinstance(request, SendMessage | PlaceCall):
            return await self._addressed(request, target, connections, how)
        changes = {
            name: await self._local(value, target, connections, how)
            for name, value in request
            if _is_foreign(value, target.connection.name)
        }
        return request.model_copy(update=changes) if changes else request

    async def _local(self, value: Any, target: Route, connections: Connections, how: Situation) -> Any:
        if isinstance(value, tuple):
            return tuple([await self._local(item, target, connections, how) for item in value])
        if value.kind != "customer":
            raise InvalidArgumentError(f"The {value.kind} belongs to another connection than the rest of the call.")
        return await self.lookup.counterpart(value, connections, target, how)

    async def _addressed(
        self, request: SendMessage | PlaceCall, target: Route, connections: Connections, how: Situation
    ) -> Record:
        """The request with an address in the place of a foreign customer's id; its own customers a system knows."""
        try:
            ref = Ref(request.to)
        except ValueError:
            return request
        if ref.connection not in connections or ref.kind != "customer":
            raise NotFoundError("No such id: give a customer's id as a tool returned it, or an address of the channel.")
        if ref.connection == target.connection.name:
            return request
        channel = request.channel if isinstance(request, SendMessage) else "voice"
        customer = await self.lookup.customer(ref, connections, how)
        address = customer.point(POINTS.get(channel, "chat"))
        if address is None:
            raise NotFoundError(f"This customer has no address for {channel}: try another channel.")
        return request.model_copy(update={"to": address})


def _is_foreign(value: Any, connection: str) -> bool:
    if isinstance(value, tuple):
        return any(_is_foreign(item, connection) for item in value)
    return isinstance(value, Ref) and value.connection != connection
