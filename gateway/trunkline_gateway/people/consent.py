"""Asks the connected systems before marketing: whoever opted out anywhere gets nothing."""

import asyncio
from dataclasses import dataclass

from trunkline_contracts.entities.comms import Contactability
from trunkline_contracts.errors import AmbiguousError, NotFoundError, PolicyDeniedError, UnsupportedError
from trunkline_contracts.record import Record
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import GET_CONTACTABILITY
from trunkline_contracts.tools.comms import GetContactability, PlaceCall, SendMessage
from trunkline_contracts.tools.crm import FindCustomers
from trunkline_contracts.values import Channel
from trunkline_gateway.calls.perform import Situation
from trunkline_gateway.calls.route import Connections, Route, capable
from trunkline_gateway.people.address import POINTS
from trunkline_gateway.people.lookup import Lookup


@dataclass(frozen=True)
class Consent:
    """Knows who may be addressed for marketing."""

    lookup: Lookup

    async def check(self, request: Record, connections: Connections, how: Situation) -> None:
        """Let a message or a call through, unless it is marketing to a customer who does not want it.

        Raises PolicyDeniedError naming the system that says so, and the CallError of a system that cannot be asked:
        it might have said no. One that does not know the customer says nothing.
        """
        if not isinstance(request, SendMessage | PlaceCall) or request.purpose != "marketing":
            return
        channel: Channel = request.channel if isinstance(request, SendMessage) else "voice"
        routes = capable(GET_CONTACTABILITY, connections)
        answers = await asyncio.gather(*(self._asked(request.to, channel, item, connections, how) for item in routes))
        for route, found in zip(routes, answers, strict=True):
            if any(_refuses(item, channel) for item in found):
                raise PolicyDeniedError(
                    f"{route.connection.name} says that this customer does not want marketing by {channel}: "
                    "send nothing, or a transactional message."
                )

    async def _asked(
        self, to: str, channel: Channel, route: Route, connections: Connections, how: Situation
    ) -> list[Contactability]:
        said: list[Contactability] = []
        for customer in await self._known(to, channel, route, connections, how):
            request = GetContactability(customer_id=customer)
            answer = await self.lookup.performer.perform(GET_CONTACTABILITY, route, request, how)
            said.extend(answer.data.items)
        return said

    async def _known(
        self, to: str, channel: Channel, route: Route, connections: Connections, how: Situation
    ) -> list[Ref]:
        """Everybody whom a system knows by an id or an address."""
        customer = _ref(to)
        if customer and (customer.kind != "customer" or customer.connection not in connections):
            return []  # Nobody: the message will be refused for that.
        try:
            if customer is None:
                return [await self.lookup.known_by(_keys(to, channel), route, how)]
            return [await self.lookup.counterpart(customer, connections, route, how)]
        except AmbiguousError as error:
            return [Ref(candidate.id) for candidate in error.body.candidates or ()]
        except (NotFoundError, UnsupportedError):
            return []


def _ref(to: str) -> Ref | None:
    try:
        return Ref(to)
    except ValueError:
        return None


def _keys(address: str, channel: Channel) -> list[FindCustomers]:
    key = POINTS.get(channel)
    try:
        return [FindCustomers.model_validate({key: address})] if key else []
    except ValueError:
        return []


def _refuses(found: Contactability, channel: Channel) -> bool:
    alike = {channel, "phone"} if channel == "voice" else {channel}
    return found.channel in alike and (found.marketing == "opted_out" or found.suppressed is not None)
