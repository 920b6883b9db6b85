"""Cursors: searches one after another, and entries that come all at once."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from trunkline_contracts.entities.crm import Activity
from trunkline_contracts.entities.helpdesk import Message
from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.values import Page
from trunkline_intercom.vendor import Pages

T = TypeVar("T")
Entry = TypeVar("Entry", Message, Activity)

Fetch = Callable[[int, str | None], Awaitable[tuple[Sequence[T], Pages | None]]]
"""Reads one page of a search: so many records, after a cursor."""


async def chained(sources: Mapping[str, Fetch[T]], limit: int, cursor: str | None) -> Page[T]:
    """Read searches one after another, as far as one page goes; the cursor says in which of them it goes on."""
    waiting, after = _opened(list(sources), cursor)
    items: list[T] = []
    while waiting and len(items) < limit:
        found, pages = await sources[waiting[0]](limit - len(items), after)
        items += found
        if pages and pages.cursor:
            return Page(items=tuple(items), next_cursor=f"{waiting[0]}:{pages.cursor}")
        waiting, after = waiting[1:], None
    return Page(items=tuple(items), next_cursor=f"{waiting[0]}:" if waiting else None)


def _opened(names: list[str], cursor: str | None) -> tuple[list[str], str | None]:
    """The searches that are still to read, and where in the first of them."""
    if cursor is None:
        return names, None
    name, separator, after = cursor.partition(":")
    if not separator or name not in names:
        raise InvalidArgumentError("This is no cursor of this list: start without one.")
    return names[names.index(name) :], after or None


def entries_after(entries: Sequence[Entry], limit: int, cursor: str | None) -> Page[Entry]:
    """Some entries, after the one that a cursor names: new ones do not shift the rest."""
    ids = [entry.id.vendor_id for entry in entries]
    if cursor and (not re.fullmatch(r"[\w\-]{1,64}", cursor) or cursor not in ids):
        raise InvalidArgumentError("This is no cursor of this list: start without one.")
    start = ids.index(cursor) + 1 if cursor else 0
    shown = tuple(entries[start : start + limit])
    return Page(items=shown, next_cursor=shown[-1].id.vendor_id if start + limit < len(entries) else None)
