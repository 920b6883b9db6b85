"""One customer with what every connected system knows of them, asked for all at once."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.entities.crm import Link
from trunkline_contracts.errors import CallError, NotFoundError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult
from trunkline_contracts.tools import (
    GET_BILLING_ACCOUNT,
    GET_CUSTOMER,
    GET_LOYALTY_ACCOUNT,
    LIST_ACTIVITIES,
    LIST_SUBSCRIPTIONS,
    SEARCH_TICKETS,
)
from trunkline_contracts.tools.billing import GetBillingAccount, ListSubscriptions
from trunkline_contracts.tools.crm import CustomerView, GetCustomer, Include, ListActivities
from trunkline_contracts.tools.helpdesk import SearchTickets
from trunkline_contracts.tools.loyalty import GetLoyaltyAccount
from trunkline_contracts.values import Freshness, Warning
from trunkline_gateway.calls.perform import Situation
from trunkline_gateway.calls.route import Connections, Route, preferred
from trunkline_gateway.people.lookup import Lookup, part_unavailable

_RECENT = 5
_OPEN = ("new", "open", "pending_customer", "on_hold")


@dataclass(frozen=True)
class Part:
    """One part of the view: the tool that gives it, and how to ask about a customer."""

    field: str
    contract: AnyContract
    ask: Callable[[Ref], Any]
    is_list: bool = False


_PARTS: dict[Include, tuple[Part, ...]] = {
    "billing": (
        Part("billing", GET_BILLING_ACCOUNT, lambda ref: GetBillingAccount(customer_id=ref)),
        Part("subscriptions", LIST_SUBSCRIPTIONS, lambda ref: ListSubscriptions(customer_id=ref), is_list=True),
    ),
    "loyalty": (Part("loyalty", GET_LOYALTY_ACCOUNT, lambda ref: GetLoyaltyAccount(customer_id=ref)),),
    "open_tickets": (
        Part("open_tickets", SEARCH_TICKETS, lambda ref: SearchTickets(requester=ref, status=_OPEN), is_list=True),
    ),
    "recent_activity": (
        Part("recent_activity", LIST_ACTIVITIES, lambda ref: ListActivities(about=ref, limit=_RECENT), is_list=True),
    ),
}


@dataclass(frozen=True)
class Outcome:
    """What one connection gave of its parts: values by field, links, freshness, warnings."""

    values: dict[str, tuple[Any, ...]]
    links: tuple[Link, ...] = ()
    parts: dict[str, Freshness] | None = None
    warnings: tuple[Warning, ...] = ()


@dataclass(frozen=True)
class Join:
    """Builds the joined view; a system that fails costs a warning, not the answer."""

    lookup: Lookup

    async def get(self, request: GetCustomer, home: Route, connections: Connections, how: Situation) -> Any:
        """The customer of one system, with the parts that were asked for from all of them."""
        own = request.model_copy(update={"include": tuple(item for item in request.include if item == "company")})
        view: ReadResult[CustomerView] = await self.lookup.performer.perform(GET_CUSTOMER, home, own, how)
        wanted = [part for item in request.include for part in _PARTS.get(item, ())]
        places = _places(wanted, connections)
        outcomes = await asyncio.gather(
            *(self._at(view.data, connections[name], parts, how) for name, parts in places.items())
        )
        return _joined(view, outcomes)

    async def _at(self, customer: CustomerView, connection: Any, parts: list[Part], how: Situation) -> Outcome:
        """Everything that one connection knows: first who the customer is there, then all parts at once."""
        try:
            ref = customer.id
            if connection.name != ref.connection:
                ref = await self.lookup.known_as(customer, Route(connection, _sheet(connection, parts[0])), how)
        except NotFoundError:
            return Outcome({})
        except CallError as error:
            return Outcome({}, warnings=(part_unavailable(connection.name, error),))
        outcomes = await asyncio.gather(*(self._part(connection, part, ref, how) for part in parts))
        links = (_link(connection, ref),) if connection.name != customer.id.connection else ()
        return _combined([*outcomes, Outcome({}, links=links)])

    async def _part(self, connection: Any, part: Part, ref: Ref, how: Situation) -> Outcome:
        route = Route(connection, _sheet(connection, part))
        try:
            answer = await self.lookup.performer.perform(part.contract, route, part.ask(ref), how)
        except NotFoundError:
            return Outcome({})
        except CallError as error:
            return Outcome({}, warnings=(part_unavailable(connection.name, error),))
        values = tuple(answer.data.items) if part.is_list else (answer.data,)
        return Outcome({part.field: values}, parts={part.field: answer.freshness}, warnings=answer.warnings)


def _sheet(connection: Any, part: Part) -> Any:
    return connection.manifest.capability(part.contract)


def _link(connection: Any, ref: Ref) -> Link:
    return Link(system=connection.manifest.vendor, id=ref, confidence="exact", via="email or phone")


def _places(parts: list[Part], connections: Connections) -> dict[str, list[Part]]:
    """Which connection is asked for which parts."""
    places: dict[str, list[Part]] = {}
    for part in parts:
        for route in preferred(part.contract, connections):
            places.setdefault(route.connection.name, []).append(part)
    return places


def _combined(outcomes: Iterable[Outcome]) -> Outcome:
    values: dict[str, tuple[Any, ...]] = {}
    links: list[Link] = []
    parts: dict[str, Freshness] = {}
    warnings: list[Warning] = []
    for outcome in outcomes:
        for field, found in outcome.values.items():
            values[field] = (*values.get(field, ()), *found)
        links.extend(outcome.links)
        parts.update(outcome.parts or {})
        warnings.extend(outcome.warnings)
    return Outcome(values, tuple(links), parts, tuple(warnings))


def _joined(view: ReadResult[CustomerView], outcomes: Iterable[Outcome]) -> ReadResult[CustomerView]:
    all_of_it = _combined(outcomes)
    data = view.data.model_copy(
        update={**all_of_it.values, "linked": (*view.data.linked, *all_of_it.links), "parts": all_of_it.parts}
    )
    return view.model_copy(update={"data": data, "warnings": (*view.warnings, *all_of_it.warnings)})
