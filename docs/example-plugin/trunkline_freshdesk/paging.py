"""Cursors: how far into a list a caller got, whatever the size of their pages."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PAGE = 30
"""The size of Freshdesk's pages; a search has no other."""


async def some(
    fetch: Callable[[int], Awaitable[list[T]]],
    limit: int,
    cursor: str | None,
    keep: Callable[[T], bool] = lambda _: True,
) -> tuple[tuple[T, ...], str | None]:
    """Read one of Freshdesk's pages, and give what is wanted of it with the cursor of the rest."""
    start = int(cursor or 0)
    number, skip = start // PAGE + 1, start % PAGE
    items = await fetch(number)
    kept: list[T] = []
    end = skip
    for item in items[skip:]:
        if len(kept) == limit:
            break
        end += 1
        if keep(item):
            kept.append(item)
    is_last = end >= len(items) < PAGE
    return tuple(kept), None if is_last else str((number - 1) * PAGE + end)
