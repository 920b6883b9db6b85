"""Threads: what went to and came from an address, which Twilio keeps as two lists, read as one."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Literal

import orjson

from trunkline_contracts.api import Api
from trunkline_twilio import vendor
from trunkline_twilio.addresses import Address

Side = Literal["To", "From"]
Positions = dict[Side, str]
Taken = tuple[Side, vendor.Exchanged]
_START: Positions = {"To": "", "From": ""}
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class Threads:
    """The threads of one account."""

    def __init__(self, api: Api, account_sid: str) -> None:
        self._api = api
        self._account = account_sid

    async def newest(self, addresses: Sequence[Address]) -> dict[Address, vendor.Exchanged]:
        """The last that was exchanged with each address that anything was exchanged with."""
        found = await asyncio.gather(*map(self.last, addresses))
        return {address: last for address, last in zip(addresses, found, strict=True) if last}

    async def last(self, address: Address) -> vendor.Exchanged | None:
        """The last message or call of an address."""
        pages = await asyncio.gather(*(self._side(side, address, 1) for side in _START))
        return max((item for page in pages for item in page.items), key=_at, default=None)

    async def page(self, address: Address, limit: int, cursor: str | None) -> tuple[list[vendor.Exchanged], str | None]:
        """Messages or calls of a thread, newest first, and the cursor to the next page.

        The cursor holds, for each side that has not ended, the last one taken from it: so nothing is lost or
        repeated, however the two sides interleave and whatever is sent meanwhile.
        """
        positions: Positions = orjson.loads(cursor) if cursor else _START
        pages = {side: await self._side(side, address, limit, after) for side, after in positions.items()}
        lists = [[(side, item) for item in page.items] for side, page in pages.items()]
        taken = list(islice(merge(*lists, key=lambda item: _at(item[1]), reverse=True), limit))
        left = _left(positions, pages, taken)
        # What a number sent to itself is on both sides.
        items = [item for side, item in taken if side == "To" or item.to != str(address)]
        return items, orjson.dumps(left).decode() if left else None

    async def _side(self, side: Side, address: Address, limit: int, after: str = "") -> vendor.ListPage:
        # Twilio's token of a page is "PA" and the sid of the last item before it, whatever the size of the page.
        params = {side: str(address), "PageSize": limit, "PageToken": f"PA{after}" if after else None}
        if address.channel == "voice":
            return await self._api.get("/Accounts/{}/Calls.json", self._account, gives=vendor.CallPage, params=params)
        return await self._api.get("/Accounts/{}/Messages.json", self._account, gives=vendor.MessagePage, params=params)


def _left(positions: Positions, pages: dict[Side, vendor.ListPage], taken: list[Taken]) -> Positions:
    """Where each side goes on, of those that do."""
    left: Positions = {}
    for side, page in pages.items():
        sids = [item.sid for owner, item in taken if owner == side]
        if len(sids) < len(page.items) or (sids and page.next_page_uri):
            left[side] = sids[-1] if sids else positions[side]
    return left


def _at(item: vendor.Exchanged) -> datetime:
    return item.at or _EARLIEST
