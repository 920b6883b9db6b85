"""Intercom's search: typed filters as data, so that a text is never more than a value."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from trunkline_contracts.tools.crm import FindCustomers

Filter = dict[str, Any]
_DAY = timedelta(days=1)


def is_(field: str, value: str | bool) -> Filter:
    """The field has just this value."""
    return {"field": field, "operator": "=", "value": value}


def one_of(field: str, values: Sequence[str]) -> Filter:
    """The field has one of these values."""
    return {"field": field, "operator": "IN", "value": list(values)}


def contains(field: str, value: str) -> Filter:
    """The field has this in it."""
    return {"field": field, "operator": "~", "value": value}


def since(moment: datetime) -> Filter:
    """Changed on the day of this moment or later, because a search knows days only; the rest is the caller's."""
    return {"field": "updated_at", "operator": ">", "value": int((moment - _DAY).timestamp())}


def all_of(filters: Sequence[Filter]) -> Filter:
    """All of them hold; beside a group Intercom takes groups only."""
    if len(filters) == 1:
        return filters[0]
    fields = [item for item in filters if "field" in item]
    groups = [item for item in filters if "field" not in item]
    parts = [{"operator": "AND", "value": fields}, *groups] if fields and groups else list(filters)
    return {"operator": "AND", "value": parts}


def any_of(*filters: Filter) -> Filter:
    """One of them holds."""
    return {"operator": "OR", "value": list(filters)}


def search(filters: Sequence[Filter], size: int, after: str | None) -> dict[str, Any]:
    """The body of a search."""
    pagination = {"per_page": size} | ({"starting_after": after} if after else {})
    return {"query": all_of(filters), "pagination": pagination}


def keys_of(request: FindCustomers) -> dict[str, str]:
    """The keys that the caller gave."""
    names = ("email", "phone", "external_id", "name")
    return {name: value for name in names if (value := getattr(request, name))}


def person(keys: dict[str, str]) -> list[Filter]:
    """Contacts with these keys, of which a name need not be whole."""
    return [contains(name, value) if name == "name" else is_(name, value) for name, value in keys.items()]
