"""Which connection carries a call out: a Ref says so, else the tenant's only capable one.

Suites do a bit of everything: where a system of the tool's own kind is connected beside one, that system is asked,
unless a Ref or `connection` says otherwise.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trunkline_contracts.capability import Capability
from trunkline_contracts.contract import AnyContract, Category
from trunkline_contracts.errors import AmbiguousError, InvalidArgumentError, NotFoundError, UnsupportedError
from trunkline_contracts.record import Record
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Candidate
from trunkline_gateway.connections.registry import Connection

Connections = Mapping[str, Connection]

_ABOUT_PEOPLE = frozenset((Category.IDENTITY, Category.CRM))
"""The tools about a person's own record, which is where their id says."""


@dataclass(frozen=True)
class Route:
    """Where a call goes, and what that vendor supports of it."""

    connection: Connection
    capability: Capability


def route(contract: AnyContract, request: Record, connections: Connections) -> Route:
    """Choose the connection.

    Raises NotFoundError for a Ref of no connection, AmbiguousError where several could do it, UnsupportedError
    where the chosen one cannot.
    """
    refs = list(refs_in(request))
    check_refs(refs, connections)
    named = getattr(request, "connection", None)
    if named is not None:
        if named not in connections:
            raise NotFoundError(f"No connection '{named}': leave `connection` out, or use the start of an id.")
        chosen = _named(contract, connections[named])
    else:
        chosen = _by_ref(contract, refs, connections) or _only(contract, request, connections)
    check_supported(request, chosen)
    return chosen


def refs_in(value: Any) -> Iterator[Ref]:
    """Every Ref in a request, in the order of its fields."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from refs_in(item)
    elif isinstance(value, Record):
        for _, item in value:
            yield from refs_in(item)


def check_refs(refs: Iterable[Ref], connections: Connections) -> None:
    """A Ref of somebody else's connection and one of none are the same: not found."""
    for ref in refs:
        connection = connections.get(ref.connection)
        pattern = connection.manifest.ids.get(ref.kind) if connection else None
        if connection is None or pattern is None:
            raise NotFoundError("No such id: pass an id exactly as a tool returned it.")
        if not re.fullmatch(pattern, ref.vendor_id):
            raise InvalidArgumentError(f"Not the id of a {ref.kind}: pass it exactly as a tool returned it.")


def capable(contract: AnyContract, connections: Connections) -> list[Route]:
    """The connections that implement a tool, in the order of their names."""
    return [
        Route(connection, capability)
        for connection in connections.values()
        if (capability := connection.manifest.capability(contract))
    ]


def _named(contract: AnyContract, connection: Connection) -> Route:
    capability = connection.manifest.capability(contract)
    if capability is None:
        raise UnsupportedError(f"{connection.name} ({connection.manifest.title}) has no {contract.name}.")
    return Route(connection, capability)


def _by_ref(contract: AnyContract, refs: list[Ref], connections: Connections) -> Route | None:
    """The first Ref's connection; a customer's own last of all, for they may be known elsewhere."""
    if not refs:
        return None
    first = next((ref for ref in refs if ref.kind != "customer"), refs[0])
    connection = connections[first.connection]
    if first.kind != "customer":
        return _named(contract, connection)
    if connection.manifest.capability(contract) is None or _is_outdone(contract, connection, connections):
        return None
    return _named(contract, connection)


def _is_outdone(contract: AnyContract, home: Connection, connections: Connections) -> bool:
    """Whether a customer's CRM leaves a tool to the system of the tool's own kind, as tickets to a helpdesk."""
    if contract.category in _ABOUT_PEOPLE or home.manifest.category is not Category.CRM:
        return False
    return bool(_specialists(contract, capable(contract, connections)))


def preferred(contract: AnyContract, connections: Connections) -> list[Route]:
    """The connections to ask where all have to be asked: those of the tool's own kind, else all that can."""
    routes = capable(contract, connections)
    return _specialists(contract, routes) or routes


def _specialists(contract: AnyContract, routes: list[Route]) -> list[Route]:
    return [item for item in routes if item.connection.manifest.category is contract.category]


def _only(contract: AnyContract, request: Record, connections: Connections) -> Route:
    able = [item for item in capable(contract, connections) if not unsupported(request, item)]
    routes = _specialists(contract, able) or able
    if len(routes) == 1:
        return routes[0]
    if routes:
        names = [item.connection.name for item in routes]
        how = "with `connection`" if "connection" in contract.takes.model_fields else "by passing an id of theirs"
        raise AmbiguousError(
            f"Several connections can {contract.name} ({', '.join(names)}): say which {how}.",
            candidates=[Candidate(id=item.connection.name, label=item.connection.manifest.title) for item in routes],
        )
    alone = capable(contract, connections)
    if len(alone) == 1:
        return alone[0]
    raise UnsupportedError(f"No connected system can {contract.name} with these arguments.")


def check_supported(request: Record, chosen: Route) -> None:
    """Raise UnsupportedError for an argument that the vendor cannot honour: it is never dropped in silence."""
    fault = unsupported(request, chosen)
    if fault is None:
        return
    name, alternatives = fault
    title = chosen.connection.manifest.title
    instead = f" Use one of: {', '.join(alternatives)}." if alternatives else " Leave it out."
    note = f" {chosen.capability.note}" if chosen.capability.note else ""
    raise UnsupportedError(
        f"{title} cannot honour `{name}` in {chosen.capability.contract.name}.{instead}{note}",
        alternatives=alternatives,
    )


def unsupported(request: Record, chosen: Route) -> tuple[str, tuple[str, ...]] | None:
    """The first argument that a vendor cannot honour, with the values that it can."""
    sheet = chosen.capability
    for name in request.model_fields_set:
        value = getattr(request, name)
        if value is None or value == ():
            continue
        if name in sheet.without:
            return name, ()
        if name in sheet.only and not _values(value) <= set(sheet.only[name]):
            return name, sheet.only[name]
    return None


def _values(value: Any) -> set[Any]:
    return set(value) if isinstance(value, tuple) else {value}
