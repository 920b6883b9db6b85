"""Chargebee's plugin against traffic that others recorded: every reply becomes a record or a named error."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from pydantic import BaseModel

from support.recordings import Reading, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_chargebee import trunkline_connector, vendor, vendor_catalog
from trunkline_chargebee.account import Normalize
from trunkline_contracts.tools import (
    CANCEL_SUBSCRIPTION,
    CREATE_CUSTOMER,
    FIND_CUSTOMERS,
    FIND_INVOICES,
    FIND_ORDERS,
    GET_BILLING_ACCOUNT,
    GET_CUSTOMER,
    ISSUE_REFUND,
    LIST_OFFERS,
    LIST_SUBSCRIPTIONS,
    UPDATE_CUSTOMER,
)

NOTHING: dict[str, Any] = {"list": []}
BESIDE = {"GET /api/v2/(payment_sources|subscriptions|invoices|credit_notes)$": NOTHING}
ACCOUNT = BESIDE | {"GET /api/v2/customers/": {"customer": {"id": "c"}}}
ORDERS = {"GET /api/v2/(orders|invoices)$": NOTHING}
A_CUSTOMER = {"GET /api/v2/customers/": {"customer": {"id": "c", "preferred_currency_code": "USD"}}}
A_CHANGE = {"POST /api/v2/customers/": {"customer": {"id": "c"}}}
AN_INVOICE = {"GET /api/v2/invoices/": {"invoice": {"id": "1", "currency_code": "USD", "total": 1900}}}
ONE_INVOICE = {"list": [{"invoice": {"id": "1", "currency_code": "USD", "total": 1}}]}


def _customer(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    """The customer whose things were listed, so that none of them is sorted out."""
    rows = orjson.loads(exchange.response.body)["list"]
    owned = [thing for row in rows for thing in row.values() if "customer_id" in thing]
    return {"customer_id": f"main:customer:{owned[0]['customer_id'] if owned else 'c'}"}


def _somebody(_: re.Match[str], __: Any) -> dict[str, Any]:
    return {"email": "somebody@example.com"}


def _one_customer(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"customer_id": f"main:customer:{match[1]}"}


def _plans(_: re.Match[str], __: Any) -> dict[str, Any]:
    return {"target": "main:customer:c", "kind": "plan"}


def _plans_for(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"target": f"main:customer:{match[1]}", "kind": "plan"}


def _rename(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"customer_id": f"main:customer:{match[1]}", "changes": {"given_name": "Alice"}}


def _to_account(_: re.Match[str], __: Any) -> dict[str, Any]:
    amount = {"amount_minor": 100, "currency": "USD"}
    return {"target": "main:invoice:1", "amount": amount, "destination": "store_credit", "reason": "recorded"}


def _cancel(match: re.Match[str], _: Any) -> dict[str, Any]:
    return {"subscription_id": f"main:subscription:{match[1]}", "when": "period_end", "reason": "recorded"}


READINGS = (
    Reading("GET", "/api/v2/customers", FIND_CUSTOMERS, _somebody),
    Reading("GET", "/api/v2/customers", CREATE_CUSTOMER, _somebody),
    Reading("GET", "/api/v2/customers", FIND_ORDERS, _somebody, ORDERS),
    Reading("GET", "/api/v2/customers/([^/]+)", GET_CUSTOMER, _one_customer),
    Reading("GET", "/api/v2/customers/([^/]+)", GET_BILLING_ACCOUNT, _one_customer, BESIDE),
    Reading("GET", "/api/v2/customers/([^/]+)", UPDATE_CUSTOMER, _rename, A_CHANGE),
    Reading("GET", "/api/v2/customers/([^/]+)", LIST_OFFERS, _plans_for, {"GET /api/v2/item_prices$": NOTHING}),
    Reading("GET", "/api/v2/payment_sources", GET_BILLING_ACCOUNT, _customer, ACCOUNT),
    Reading("GET", "/api/v2/subscriptions", LIST_SUBSCRIPTIONS, _customer),
    Reading("GET", "/api/v2/subscriptions", GET_BILLING_ACCOUNT, _customer, ACCOUNT),
    Reading("GET", "/api/v2/invoices", FIND_INVOICES, _customer, BESIDE),
    Reading("GET", "/api/v2/invoices", FIND_ORDERS, _customer, ORDERS),
    Reading("GET", "/api/v2/invoices", GET_BILLING_ACCOUNT, _customer, ACCOUNT),
    Reading("GET", "/api/v2/credit_notes", FIND_INVOICES, lambda _, __: {"invoice": "1"},
        {"GET /api/v2/invoices$": ONE_INVOICE}),
    Reading("POST", "/api/v2/credit_notes", ISSUE_REFUND, _to_account, AN_INVOICE),
    Reading("GET", "/api/v2/item_prices", LIST_OFFERS, _plans, A_CUSTOMER),
    Reading("POST", "/api/v2/subscriptions/([^/]+)/cancel_for_items", CANCEL_SUBSCRIPTION, _cancel),
)  # fmt: skip
"""The 10 of 21 exchanges that a tool makes; no tool deletes customers, voids notes, or writes the catalogue."""


async def test_every_recorded_reply_is_read() -> None:
    report = await replay(
        trunkline_connector(), READINGS, settings={"site": "acme"}, auth="api_key", credentials={"api_key": "none"}
    )
    report.show()
    assert not report.faults
    assert report.read.total() >= 20


TO = Normalize("main")
OBJECTS: dict[str, tuple[type[BaseModel], Callable[[Any], BaseModel]]] = {
    "customer": (vendor.Customer, TO.customer),
    "subscription": (vendor.Subscription, TO.subscription),
    "invoice": (vendor.Invoice, TO.invoice),
    "credit_note": (vendor.CreditNote, lambda note: note),
    "transaction": (vendor.Transaction, lambda paid: paid),
    "item_price": (vendor_catalog.ItemPrice, lambda price: TO.plan(price, None)),
}


def test_every_recorded_object_becomes_a_record_whatever_request_it_answered() -> None:
    """The replies to others' writes and the events hold more of the same objects."""
    counts: Counter[str] = Counter()
    for found in _recorded_objects():
        model, normalize = OBJECTS[found["object"]]
        normalize(model.model_validate(found))
        counts[found["object"]] += 1
    print(f"\nchargebee: objects read {dict(counts)}")
    assert counts.total() >= 42
    assert counts.keys() >= {"customer", "subscription", "invoice", "credit_note", "item_price"}


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
