"""Finds one person in every connected system, and the same person in another one."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trunkline_contracts.contract import Category
from trunkline_contracts.entities.crm import Customer, CustomerMatch, Link
from trunkline_contracts.errors import AmbiguousError, CallError, NotFoundError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Candidate, ReadResult
from trunkline_contracts.tools import FIND_CUSTOMERS, GET_CUSTOMER
from trunkline_contracts.tools.crm import EXACT_KEYS, CustomerView, FindCustomers, GetCustomer
from trunkline_contracts.values import Freshness, Page, Warning
from trunkline_gateway.calls.perform import Performer, Situation
from trunkline_gateway.calls.route import Connections, Route, capable, unsupported

_RANK = {category: rank for rank, category in enumerate(Category)}
Found = ReadResult[Page[CustomerMatch]]


@dataclass(frozen=True)
class Lookup:
    """Looks people up through the connectors' own find_customers and get_customer."""

    performer: Performer

    async def find(self, request: FindCustomers, connections: Connections, how: Situation) -> Found:
        """Ask every connection that can, at once; one that fails costs a warning, not the answer."""
        routes = self._asked(request, connections)
        single = request.model_copy(update={"connectors": None})
        answers = await asyncio.gather(*(self._find_at(item, single, how) for item in routes), return_exceptions=True)
        found = {item.connection.name: answer for item, answer in zip(routes, answers, strict=True)}
        return _merged(request, routes, _without_faults(found))

    def _asked(self, request: FindCustomers, connections: Connections) -> list[Route]:
        named = set(request.connectors or connections)
        if unknown := named - connections.keys():
            raise NotFoundError(f"No connection '{min(unknown)}': leave `connectors` out to ask all.")
        chosen = [item for item in capable(FIND_CUSTOMERS, connections) if item.connection.name in named]
        bare = request.model_copy(update={"connectors": None})
        routes = [item for item in chosen if unsupported(bare, item) is None]
        if not routes:
            raise UnsupportedError("No connected system can look customers up by these keys: try email or phone.")
        if request.cursor and len(routes) > 1:
            raise UnsupportedError("A cursor continues one system's list: name that system alone in `connectors`.")
        return sorted(routes, key=_rank)

    async def _find_at(self, route: Route, request: FindCustomers, how: Situation) -> Found:
        found = await self.performer.perform(FIND_CUSTOMERS, route, request, how)
        items = found.data.items
        if len(items) > 1 and any(getattr(request, key) for key in EXACT_KEYS):
            raise AmbiguousError(
                f"{len(items)} customers of {route.connection.name} have this key: choose one by its id.",
                candidates=[Candidate(id=item.id, label=item.display_name) for item in items],
            )
        return found

    async def counterpart(self, ref: Ref, connections: Connections, target: Route, how: Situation) -> Ref:
        """The same person at another connection.

        Raises NotFoundError where that system does not know them, AmbiguousError where it knows two.
        """
        if ref.connection == target.connection.name:
            return ref
        return await self.known_as(await self.customer(ref, connections, how), target, how)

    async def customer(self, ref: Ref, connections: Connections, how: Situation) -> Customer:
        """One customer, from their own system."""
        home = connections[ref.connection]
        capability = home.manifest.capability(GET_CUSTOMER)
        if capability is None:
            raise UnsupportedError(f"{home.manifest.title} cannot say who this customer is.")
        request = GetCustomer(customer_id=ref)
        view: ReadResult[CustomerView] = await self.performer.perform(
            GET_CUSTOMER, Route(home, capability), request, how
        )
        return view.data

    async def known_as(self, customer: Customer, target: Route, how: Situation) -> Ref:
        """How another system knows a customer: by e-mail address, else by telephone number."""
        return await self.known_by(_keys(customer), target, how)

    async def known_by(self, keys: Iterable[FindCustomers], target: Route, how: Situation) -> Ref:
        """The customer whom another system has by the first of these keys that it knows."""
        sheet = target.connection.manifest.capability(FIND_CUSTOMERS)
        if sheet is None:
            raise UnsupportedError(f"{target.connection.manifest.title} cannot look customers up.")
        for request in keys:
            route = Route(target.connection, sheet)
            if unsupported(request, route) is None:
                found = await self._find_at(route, request, how)
                if found.data.items:
                    return found.data.items[0].id
        raise NotFoundError(
            f"{target.connection.name} does not know this customer by e-mail address or telephone number."
        )


def _keys(customer: Customer) -> Iterable[FindCustomers]:
    for key in ("email", "phone"):
        value = customer.point(key)
        try:
            if value:
                yield FindCustomers.model_validate({key: value})
        except ValueError:
            continue


def _rank(route: Route) -> tuple[int, str]:
    return (_RANK[route.connection.manifest.category], route.connection.name)


def _without_faults(found: Mapping[str, Found | BaseException]) -> tuple[dict[str, Found], list[Warning]]:
    """What came, and a warning for what did not; where nothing came, the first fault is the answer."""
    came = {name: answer for name, answer in found.items() if not isinstance(answer, BaseException)}
    faults = {name: answer for name, answer in found.items() if isinstance(answer, BaseException)}
    for fault in faults.values():
        if isinstance(fault, AmbiguousError) or not isinstance(fault, CallError) or not came:
            raise fault
    return came, [part_unavailable(name, fault) for name, fault in faults.items() if isinstance(fault, CallError)]


def part_unavailable(name: str, fault: CallError) -> Warning:
    """The warning that stands for a part of an answer."""
    return Warning(code="part_unavailable", message=f"{name}: {fault.body.code}: {fault.body.message}", field=name)


def _merged(request: FindCustomers, routes: list[Route], outcome: tuple[dict[str, Found], list[Warning]]) -> Found:
    found, warnings = outcome
    people: list[CustomerMatch] = []
    for route in routes:
        if answer := found.get(route.connection.name):
            warnings.extend(answer.warnings)
            for match in answer.data.items:
                _add(people, match, route.connection.manifest.vendor)
    pages = [answer.data for answer in found.values()]
    cursor = pages[0].next_cursor if len(routes) == 1 else None
    if len(routes) > 1 and any(page.next_cursor for page in pages):
        warnings.append(Warning(code="truncated", message="There are more: name one system in `connectors` to page."))
    freshness = min((answer.freshness for answer in found.values()), key=lambda item: item.as_of, default=Freshness())
    page = Page[CustomerMatch](items=tuple(people[: request.limit]), next_cursor=cursor)
    return ReadResult[Page[CustomerMatch]](data=page, freshness=freshness, warnings=tuple(warnings))


def _add(people: list[CustomerMatch], match: CustomerMatch, vendor: str) -> None:
    """Add a match, or link it to the person of another system who has the same address."""
    for index, person in enumerate(people):
        for key in ("email", "phone"):
            value = match.point(key)
            if person.id.connection != match.id.connection and value and value == person.point(key):
                link = Link(system=vendor, id=match.id, confidence="exact", via=key)
                people[index] = person.model_copy(update={"linked": (*person.linked, link)})
                return
    people.append(match)
