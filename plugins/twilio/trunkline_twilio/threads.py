"""Threads: what was sent to and from an address, which Twilio keeps as two lists, read as one."""

import asyncio
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
Taken = tuple[Side, vendor.Message]
_START: Positions = {"To": "", "From": ""}
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class Threads:
    """The threads of one account."""

    def __init__(self, api: Api, account_sid: str) -> None:
        self._api = api
        self._account = account_sid

    async def newest(self, address: Address) -> vendor.Message | None:
        """The last message exchanged with an address."""
        pages = await asyncio.gather(*(self._side(side, address, 1) for side in _START))
        return max((message for page in pages for message in page.messages), key=_at, default=None)

    async def page(self, address: Address, limit: int, cursor: str | None) -> tuple[list[vendor.Message], str | None]:
        """Messages of a thread, newest first, and the cursor to the next page.

        The cursor holds, for each side that has not ended, the last message taken from it: so nothing is lost or
        repeated, however the two sides interleave and whatever is sent meanwhile.
        """
        positions: Positions = orjson.loads(cursor) if cursor else _START
        pages = {side: await self._side(side, address, limit, after) for side, after in positions.items()}
        lists = [[(side, message) for message in page.messages] for side, page in pages.items()]
        taken = list(islice(merge(*lists, key=lambda item: _at(item[1]), reverse=True), limit))
        left = _left(positions, pages, taken)
        # What a number sent to itself is on both sides.
        messages = [message for side, message in taken if side == "To" or message.to != str(address)]
        return messages, orjson.dumps(left).decode() if left else None

    async def _side(self, side: Side, address: Address, limit: int, after: str = "") -> vendor.MessagePage:
        # Twilio's token of a page is "PA" and the sid of the last message before it, whatever the size of the page.
        params = {side: str(address), "PageSize": limit, "PageToken": f"PA{after}" if after else None}
        return await self._api.get("/Accounts/{}/Messages.json", self._account, gives=vendor.MessagePage, params=params)


def _left(positions: Positions, pages: dict[Side, vendor.MessagePage], taken: list[Taken]) -> Positions:
    """Where each side goes on, of those that do."""
    left: Positions = {}
    for side, page in pages.items():
        sids = [message.sid for owner, message in taken if owner == side]
        if len(sids) < len(page.messages) or (sids and page.next_page_uri):
            left[side] = sids[-1] if sids else positions[side]
    return left


def _at(message: vendor.Message) -> datetime:
    return message.at or _EARLIEST
