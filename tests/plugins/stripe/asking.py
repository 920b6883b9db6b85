"""Finding things in the sandbox, and what was last sent."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from support.bench import Bench
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import FIND_CUSTOMERS, FIND_INVOICES, LIST_OFFERS, LIST_SUBSCRIPTIONS

ADA, BRUNO = "ada.okafor@fernway-studio.example", "bruno.keller@keller-bakery.example"
CHIARA, DEV = "chiara.rossi@rossi-architects.example", "dev.patel@northlight-clinic.example"
INES = "ines.moreau@atelier-moreau.example"
JUNE, JULY, AUGUST = 1780272000, 1782864000, 1785542400

Write = Callable[..., Awaitable[Any]]


async def customer_of(bench: Bench, email: str) -> Ref:
    """Somebody's id."""
    return Ref((await bench.call(FIND_CUSTOMERS, email=email)).data.items[0].id)


async def subscription_of(bench: Bench, email: str) -> Ref:
    """The id of somebody's newest subscription."""
    found = await bench.call(LIST_SUBSCRIPTIONS, customer_id=await customer_of(bench, email))
    return Ref(found.data.items[0].id)


async def read(bench: Bench, subscription: Ref) -> Any:
    """A subscription."""
    return (await bench.call(LIST_SUBSCRIPTIONS, subscription_id=subscription)).data.items[0]


async def invoice_of(bench: Bench, email: str) -> Any:
    """Somebody's newest invoice, whole."""
    newest = (await bench.call(FIND_INVOICES, customer_id=await customer_of(bench, email))).data.items[0]
    return (await bench.call(FIND_INVOICES, invoice=newest.id)).data.items[0]


async def offers(bench: Bench, target: Ref, kind: str) -> dict[str, Any]:
    """The first page of what can be offered, by name."""
    found = await bench.call(LIST_OFFERS, target=target, kind=kind)
    return {offer.name: offer for offer in found.data.items}


def form(bench: Bench) -> dict[str, str]:
    """The last request's form."""
    return dict(parse_qsl(bench.requests[-1].body.decode(), keep_blank_values=True))
