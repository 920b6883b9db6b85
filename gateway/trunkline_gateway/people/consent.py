"""Asks the connected systems before marketing: whoever opted out anywhere gets nothing."""

import asyncio
from dataclasses import dataclass

from trunkline_contracts.entities.comms import Contactability
from trunkline_contracts.errors import CallError, PolicyDeniedError
from trunkline_contracts.record import Record
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import GET_CONTACTABILITY
from trunkline_contracts.tools.comms import GetContactability, PlaceCall, SendMessage
from trunkline_contracts.values import Channel
from trunkline_gateway.calls.perform import Situation
from trunkline_gateway.calls.route import Connections, Route, capable
from trunkline_gateway.people.lookup import Lookup


@dataclass(frozen=True)
class Consent:
    """Knows who may be addressed for marketing."""

    lookup: Lookup

    async def check(self, request: Record, connections: Connections, how: Situation) -> None:
        """Let a message or a call through, unless it is marketing to a customer who does not want it.

        Raises PolicyDeniedError naming the system that says so. What cannot be asked says nothing.
        """
        if not isinstance(request, SendMessage | PlaceCall) or request.purpose != "marketing":
            return
        customer = _customer(request.to)
        if customer is None or customer.connection not in connections:
            return
        channel: Channel = request.channel if isinstance(request, SendMessage) else "voice"
        routes = capable(GET_CONTACTABILITY, connections)
        answers = await asyncio.gather(*(self._asked(customer, item, connections, how) for item in routes))
        for route, found in zip(routes, answers, strict=True):
            if any(_refuses(item, channel) for item in found):
                raise PolicyDeniedError(
                    f"{route.connection.name} says that this customer does not want marketing by {channel}: "
                    "send nothing, or a transactional message."
                )

    async def _asked(
        self, customer: Ref, route: Route, connections: Connections, how: Situation
    ) -> tuple[Contactability, ...]:
        try:
            known = await self.lookup.counterpart(customer, connections, route, how)
            request = GetContactability(customer_id=known)
            answer = await self.lookup.performer.perform(GET_CONTACTABILITY, route, request, how)
        except CallError:
            return ()
        return tuple(answer.data.items)


def _customer(to: str) -> Ref | None:
    try:
        ref = Ref(to)
    except ValueError:
        return None
    return ref if ref.kind == "customer" else None


def _refuses(found: Contactability, channel: Channel) -> bool:
    alike = {channel, "phone"} if channel == "voice" else {channel}
    return found.channel in alike and (found.marketing == "opted_out" or found.suppressed is not None)
