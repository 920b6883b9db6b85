"""Changes in a reply's JSON: how the kit makes a vendor say what no sandbox says."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson

from trunkline_contracts.http import HttpRequest, HttpResponse
from trunkline_contracts.testing.bench import Rewrite

Path = tuple[str | int, ...]
_STATE = re.compile(r"status|state|stage|priority|behavior|pause|category|kind|reason", re.IGNORECASE)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no container, with the way to it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def shapes(body: bytes) -> list[Path]:
    """One way for each kind of place in a reply: of a list, its first item stands for all."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    seen: dict[Path, Path] = {}
    for path, _ in leaves(found):
        seen.setdefault(tuple("*" if isinstance(part, int) else part for part in path), path)
    return list(seen.values())


def with_value(body: bytes, path: Path, value: Any) -> bytes:
    """The body with one value replaced."""
    whole = orjson.loads(body)
    place = whole
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return orjson.dumps(whole)


def everywhere(change: Callable[[Any], Any]) -> Rewrite:
    """A rewrite of every JSON reply."""

    def rewrite(_: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            body = orjson.loads(response.body)
        except orjson.JSONDecodeError:
            return response
        return replace(response, body=orjson.dumps(change(body)))

    return rewrite


def renamed_states(words: set[str], unheard_of: str, renamed: list[str]) -> Callable[[Any], Any]:
    """Puts an unheard-of word in the place of each of `words`, where a key says that it is a state; notes which."""

    def change(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: change(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [change(item, key) for item in value]
        if not (isinstance(value, str) and value in words and _STATE.search(key)):
            return value
        renamed.append(value)
        return unheard_of

    return change


def with_more_fields(value: Any) -> Any:
    """Every object with a field that nobody has heard of; one that only holds others is a map, and has no fields."""
    if isinstance(value, list):
        return [with_more_fields(item) for item in value]
    if not isinstance(value, dict):
        return value
    more = {key: with_more_fields(item) for key, item in value.items()}
    is_map = all(isinstance(item, dict | list) for item in value.values())
    return more if is_map else {**more, "zz_new_field": "new"}


def with_text(old: str, new: str) -> Callable[[Any], Any]:
    """One text in the place of another, wherever it stands."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: change(item) for key, item in value.items()}
        if isinstance(value, list):
            return [change(item) for item in value]
        return value.replace(old, new) if isinstance(value, str) else value

    return change


_PASSING = frozenset(("freshness", "as_of", "delivery", "custom_fields", "extensions"))
"""What moves on by itself between two calls, and what holds the vendor's own names."""


def lasting(value: Any) -> Any:
    """An answer without what differs from one call to the next."""
    if isinstance(value, dict):
        return {key: lasting(item) for key, item in value.items() if key not in _PASSING}
    return [lasting(item) for item in value] if isinstance(value, list) else value
