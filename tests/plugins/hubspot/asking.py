"""What the tests of HubSpot's tools ask first, and how they look at what was sent."""

from typing import Any

import orjson

from support.bench import Bench
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import FIND_CUSTOMERS, LIST_CONVERSATIONS, LIST_DEALS, SEARCH_TICKETS

ADA = "ada.okafor@fernway-studio.example"
BRUNO = "bruno.keller@keller-bakery.example"
CHIARA = "chiara.rossi@rossi-architects.example"


async def person(bench: Bench, email: str = ADA) -> Ref:
    """The reference to a customer."""
    (found,) = (await bench.call(FIND_CUSTOMERS, email=email)).data.items
    return _ref(bench, found)


async def ticket_of(bench: Bench, email: str = ADA) -> Ref:
    """The reference to a customer's ticket."""
    (found,) = (await bench.call(SEARCH_TICKETS, requester=await person(bench, email))).data.items
    return _ref(bench, found)


async def deal_of(bench: Bench, email: str = ADA) -> Ref:
    """The reference to a customer's deal."""
    (found,) = (await bench.call(LIST_DEALS, about=await person(bench, email))).data.items
    return _ref(bench, found)


async def thread_of(bench: Bench, email: str = ADA) -> Ref:
    """The reference to a customer's conversation."""
    (found,) = (await bench.call(LIST_CONVERSATIONS, customer_id=await person(bench, email))).data.items
    return _ref(bench, found)


def _ref(bench: Bench, found: Any) -> Ref:
    bench.wire.exchanges.clear()
    ref: Ref = found.id
    return ref


def sent(bench: Bench, place: int = -1) -> dict[str, Any]:
    """The body of a request that would change something, by default of the last."""
    bodies = [request.body for request in bench.requests if request.method != "GET" and not _reads(request.url)]
    body: dict[str, Any] = orjson.loads(bodies[place] or b"{}")
    return body


def _reads(url: str) -> bool:
    return url.endswith(("/search", "/batch/read"))


def methods(bench: Bench) -> list[str]:
    """The methods of all requests."""
    return [request.method for request in bench.requests]
