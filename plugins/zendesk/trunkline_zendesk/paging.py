"""Cursors: a list of which only some items are wanted, and a search that is counted in pages."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_zendesk.vendor import Meta

T = TypeVar("T")

# How many pages one call looks through for items that are wanted; the cursor goes on from there.
_MOST_PAGES = 3
_LARGEST_PAGE = 100
# Zendesk refuses to go further than this into a search.
SEARCH_WINDOW = 1_000

Fetch = Callable[[int, str | None], Awaitable[tuple[list[T], Meta]]]
"""Reads one page of a list: so many items, after a cursor."""


@dataclass(frozen=True)
class Part(Generic[T]):
    """Some items of a list, and the cursor of the rest."""

    items: tuple[T, ...]
    next_cursor: str | None = None


async def some(fetch: Fetch[T], limit: int, cursor: str | None, keep: Callable[[T], bool] | None = None) -> Part[T]:
    """Read a list from a cursor on until `limit` items are kept, or enough pages were looked through."""
    skip, after = _opened(cursor)
    kept: list[T] = []
    for _ in range(_MOST_PAGES):
        items, meta = await fetch(_LARGEST_PAGE if keep else limit, after)
        for index, item in enumerate(items[skip:], start=skip):
            if len(kept) == limit:
                return Part(tuple(kept), _sealed(index, after))
            if keep is None or keep(item):
                kept.append(item)
        if not (meta.has_more and meta.after_cursor):
            return Part(tuple(kept))
        skip, after = 0, meta.after_cursor
        if len(kept) == limit:
            break
    return Part(tuple(kept), _sealed(0, after))


def _sealed(skip: int, after: str | None) -> str:
    return f"{skip}:{after or ''}"


def _opened(cursor: str | None) -> tuple[int, str | None]:
    match = re.fullmatch(r"(\d{1,3}):(.*)", cursor or "0:")
    if match is None:
        raise InvalidArgumentError("This is no cursor of this list: start without one.")
    return int(match[1]), match[2] or None


@dataclass(frozen=True)
class SearchPage:
    """One numbered page of a search; its size stays the same to the end, whatever limit later calls give."""

    number: int
    size: int

    @classmethod
    def of(cls, limit: int, cursor: str | None) -> "SearchPage":
        """The page that a cursor stands for, else the first."""
        match = re.fullmatch(r"([1-9]\d{0,3}):([1-9]\d?)", cursor or f"1:{limit}")
        if match is None:
            raise InvalidArgumentError("This is no cursor of this search: start without one.")
        return cls(int(match[1]), int(match[2]))

    def next_cursor(self, count: int) -> str | None:
        """The cursor of the page after it, if there is one that Zendesk gives."""
        following = SearchPage(self.number + 1, self.size)
        first, last = self.number * self.size, following.number * self.size
        return f"{following.number}:{self.size}" if first < count and last <= SEARCH_WINDOW else None
