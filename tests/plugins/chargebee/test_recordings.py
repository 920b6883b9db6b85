"""Chargebee's plugin against traffic that others recorded: every reply becomes a record or a named error."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from pydantic import BaseModel

from support.recordings import Reading, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_chargebee import trunkline_connector, vendor
from trunkline_chargebee.account import Normalize
from trunkline_contracts.tools import (
    CANCEL_SUBSCRIPTION,
    FIND_CUSTOMERS,
    FIND_INVOICES,
    GET_BILLING_ACCOUNT,
    GET_CUSTOMER,
    LIST_SUBSCRIPTIONS,
)

NOTHING: dict[str, Any] = {"list": []}
BESIDE = {"GET /api/v2/(payment_sources|subscriptions|invoices|credit_notes)$": NOTHING}
ACCOUNT = BESIDE | {"GET /api/v2/customers/": {"customer": {"id": "c"}}}
ONE_INVOICE = {"list": [{"invoice": {"id": "1", "currency_code": "USD", "total": 1}}]}


def _customer(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    """The customer whose things were listed, so that none of them is sorted out."""
    rows = orjson.loads(exchange.response.body)["list"]
    owned = [thing for row in rows for thing in row.values() if "customer_id" in thing]
    return {"customer_id": f"main:customer:{owned[0]['customer_id'] if owned else 'c'}"}


def _cancel(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"subscription_id": f"main:subscription:{match[1]}", "when": "period_end", "reason": "recorded"}


READINGS = (
    Reading("GET", "/api/v2/customers", FIND_CUSTOMERS, lambda _, __: {"email": "somebody@example.com"}),
    Reading("GET", "/api/v2/customers/([^/]+)", GET_CUSTOMER,
        lambda match, _: {"customer_id": f"main:customer:{match[1]}"}),
    Reading("GET", "/api/v2/customers/([^/]+)", GET_BILLING_ACCOUNT,
        lambda match, _: {"customer_id": f"main:customer:{match[1]}"}, BESIDE),
    Reading("GET", "/api/v2/payment_sources", GET_BILLING_ACCOUNT, _customer, ACCOUNT),
    Reading("GET", "/api/v2/subscriptions", LIST_SUBSCRIPTIONS, _customer),
    Reading("GET", "/api/v2/subscriptions", GET_BILLING_ACCOUNT, _customer, ACCOUNT),
    Reading("GET", "/api/v2/invoices", FIND_INVOICES, _customer, BESIDE),
    Reading("GET", "/api/v2/invoices", GET_BILLING_ACCOUNT, _customer, ACCOUNT),
    Reading("GET", "/api/v2/credit_notes", FIND_INVOICES, lambda _, __: {"invoice": "1"},
        {"GET /api/v2/invoices$": ONE_INVOICE}),
    Reading("POST", "/api/v2/subscriptions/([^/]+)/cancel_for_items", CANCEL_SUBSCRIPTION, _cancel),
)  # fmt: skip


async def test_every_recorded_reply_is_read() -> None:
    report = await replay(
        trunkline_connector(), READINGS, settings={"site": "acme"}, auth="api_key", credentials={"api_key": "none"}
    )
    report.show()
    assert not report.faults
    assert report.read.total() >= 12


TO = Normalize("main")
OBJECTS: dict[str, tuple[type[BaseModel], Callable[[Any], BaseModel]]] = {
    "customer": (vendor.Customer, TO.customer),
    "subscription": (vendor.Subscription, TO.subscription),
    "invoice": (vendor.Invoice, TO.invoice),
    "credit_note": (vendor.CreditNote, lambda note: note),
    "transaction": (vendor.Transaction, lambda paid: paid),
}


def test_every_recorded_object_becomes_a_record_whatever_request_it_answered() -> None:
    """The replies to others' writes and the events hold more of the same objects."""
    counts: Counter[str] = Counter()
    for found in _recorded_objects():
        model, normalize = OBJECTS[found["object"]]
        normalize(model.model_validate(found))
        counts[found["object"]] += 1
    print(f"\nchargebee: objects read {dict(counts)}")
    assert counts.total() >= 36
    assert counts.keys() >= {"customer", "subscription", "invoice", "credit_note"}


def _recorded_objects() -> Iterator[dict[str, Any]]:
    require(RECORDINGS)
    exchange_reader()
    from exchanges import iter_exchanges  # noqa: PLC0415 - it lies in the shared folder, found just above

    for exchange in iter_exchanges(RECORDINGS, vendor="chargebee"):
        yield from _objects(orjson.loads(exchange.response.body))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of the kinds that we read, at any depth."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _objects(child)
    if isinstance(value, dict) and value.get("object") in OBJECTS:
        yield value
