"""Stripe's plugin against traffic that others recorded: every reply becomes a record or a named error."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest
from pydantic import BaseModel

from support.bench import at_sandbox
from support.recordings import Reading, replay
from support.shared import RECORDINGS, exchange_reader, require
from trunkline_contracts.errors import (
    CallError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
)
from trunkline_contracts.http import HttpResponse
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools import (
    CANCEL_SUBSCRIPTION,
    CHANGE_SUBSCRIPTION,
    CREATE_CUSTOMER,
    FIND_CUSTOMERS,
    FIND_INVOICES,
    FIND_ORDERS,
    GET_CUSTOMER,
    ISSUE_REFUND,
    LIST_OFFERS,
    LIST_SUBSCRIPTIONS,
    PAUSE_SUBSCRIPTION,
    UPDATE_CUSTOMER,
)
from trunkline_stripe import shop, trunkline_connector, vendor
from trunkline_stripe.account import Normalize
from trunkline_stripe.eligibility import Target

NOTHING = {"object": "list", "data": [], "has_more": False}
PRICE = {"id": "price_1", "currency": "usd", "product": "prod_1"}
LIVE = {"id": "sub_1", "status": "active", "currency": "usd", "items": {"data": [{"id": "si_1", "price": PRICE}]}}
INVOICE = {"id": "in_1", "currency": "eur", "total": 1, "created": 1}
REFUND = {"id": "re_1", "amount": 1, "currency": "usd", "status": "succeeded"}
BESIDE = {
    "GET /v1/customers(/search)?$": NOTHING,
    "GET /v1/customers/cus_": {"id": "cus_1"},
    "GET /v1/products": NOTHING,
    "GET /v1/invoice_payments": NOTHING,
    "GET /v1/invoices/in_1": INVOICE,
    "GET /v1/subscriptions/": LIVE,
    "POST /v1/refunds": REFUND,
}


def _body(exchange: Any) -> dict[str, Any]:
    found = orjson.loads(exchange.response.body)
    return found if isinstance(found, dict) else {}


def _owner(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    """The customer whose things were listed, so that none of them is sorted out."""
    items = _body(exchange).get("data") or [{}]
    return {"customer_id": f"main:customer:{items[0].get('customer', 'cus_1')}"}


def _amount(match: re.Match[str], exchange: Any) -> dict[str, Any] | None:
    """A refund whose currency has to be looked up first; where the recorded one is refused, ours would be too."""
    if re.search("is_negative|more_than", exchange.path):
        return None
    currency = _body(exchange).get("currency", "usd").upper()
    amount = {"amount_minor": 1, "currency": currency}
    return {"target": f"main:payment:{match[1]}", "amount": amount, "reason": "recorded"}


def _refund(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    form = parse_qs(exchange.request.body.decode())
    target = (form.get("payment_intent") or form["charge"])[0]
    return {"target": f"main:payment:{target}", "reason": "recorded"}


def _cancel(match: re.Match[str], exchange: Any) -> dict[str, Any] | None:
    if exchange.request.method == "POST" and b"cancel_at_period_end=true" not in exchange.request.body:
        return None
    when = "now" if exchange.request.method == "DELETE" else "period_end"
    return {"subscription_id": f"main:subscription:{match[1]}", "when": when, "reason": "recorded"}


def _pause(match: re.Match[str], exchange: Any) -> dict[str, Any] | None:
    """Any other change of a subscription: Stripe answers each with the whole of it."""
    if b"cancel_at_period_end=true" in exchange.request.body:
        return None
    return {"subscription_id": f"main:subscription:{match[1]}", "mode": "stop_collection", "reason": "recorded"}


def _new(_: re.Match[str], exchange: Any) -> dict[str, Any]:
    """A customer by what the recorded request told of them; ours need a name or an address."""
    form = parse_qs(exchange.request.body.decode())
    return {"email": form["email"][0]} if "email" in form else {"family_name": "Recorded"}


def _change(match: re.Match[str], exchange: Any) -> dict[str, Any] | None:
    """A change of plan, where the recorded request was one."""
    if not re.search(rb"(^|&)(plan|price|quantity|items)", exchange.request.body):
        return None
    return {"subscription_id": f"main:subscription:{match[1]}", "items": [{"price_id": "price_1"}]}


READINGS = (
    Reading("GET", "/v1/customers", FIND_CUSTOMERS, lambda _, __: {"email": "somebody@example.com"}),
    Reading("GET", "/v1/customers/([^/]+)", GET_CUSTOMER,
        lambda match, _: {"customer_id": f"main:customer:{match[1]}"}),
    Reading("POST", "/v1/customers", CREATE_CUSTOMER, _new, BESIDE),
    Reading("POST", "/v1/customers/([^/]+)", UPDATE_CUSTOMER,
        lambda match, _: {"customer_id": f"main:customer:{match[1]}", "changes": {"phone": "+12025550101"}}, BESIDE),
    Reading("GET", "/v1/checkout/sessions", FIND_ORDERS, lambda _, __: {"email": "somebody@example.com"}),
    Reading("GET", "/v1/prices", LIST_OFFERS,
        lambda _, __: {"target": "main:subscription:sub_1", "kind": "plan"}, BESIDE),
    Reading("GET", "/v1/products", LIST_SUBSCRIPTIONS,
        lambda _, __: {"subscription_id": "main:subscription:sub_1"}, BESIDE),
    Reading("GET", "/v1/subscriptions", LIST_SUBSCRIPTIONS, _owner, BESIDE),
    Reading("GET", "/v1/subscriptions/([^/]+)", LIST_SUBSCRIPTIONS,
        lambda match, _: {"subscription_id": f"main:subscription:{match[1]}"}, BESIDE),
    Reading("GET", "/v1/invoices", FIND_INVOICES, _owner, BESIDE),
    Reading("GET", "/v1/invoices/(in_[^/]+)", FIND_INVOICES, lambda match, _: {"invoice": match[1]}, BESIDE),
    Reading("GET", "/v1/invoice_payments", FIND_INVOICES, lambda _, __: {"invoice": "in_1"}, BESIDE),
    Reading("GET", "/v1/(?:payment_intents|charges)/([^/]+)", ISSUE_REFUND, _amount, BESIDE),
    Reading("POST", "/v1/refunds", ISSUE_REFUND, _refund),
    Reading("DELETE", "/v1/subscriptions/([^/]+)", CANCEL_SUBSCRIPTION, _cancel, BESIDE),
    Reading("POST", "/v1/subscriptions/([^/]+)", CANCEL_SUBSCRIPTION, _cancel, BESIDE),
    Reading("POST", "/v1/subscriptions/([^/]+)", PAUSE_SUBSCRIPTION, _pause, BESIDE),
    Reading("POST", "/v1/subscriptions/([^/]+)", CHANGE_SUBSCRIPTION, _change, BESIDE),
)  # fmt: skip


async def test_every_recorded_reply_is_read() -> None:
    report = await replay(
        trunkline_connector(), READINGS, settings={}, auth="secret_key", credentials={"secret_key": "sk_test_none"}
    )
    report.show()
    assert not report.faults
    assert report.read.total() >= 230


REFUSED: dict[int, tuple[type[CallError], ...]] = {
    400: (InvalidArgumentError, NotFoundError, ConflictError),
    401: (PermissionDeniedError,),
    402: (ConflictError,),
    404: (NotFoundError,),
    429: (RateLimitedError,),
}


async def test_every_recorded_refusal_of_whatever_request_becomes_a_named_error() -> None:
    counts: Counter[int] = Counter()
    async with at_sandbox(trunkline_connector()) as bench:
        for exchange in _exchanges():
            status, body = exchange.response.status, exchange.response.body
            if not body or status not in REFUSED or "stripe.com" not in (exchange.request.url or ""):
                continue
            url = "https://api.stripe.com/v1/refunds"
            bench.fail_next(HttpResponse(status, dict(exchange.response.headers), body, url))
            with pytest.raises(REFUSED[status]) as raised:
                await bench.call(ISSUE_REFUND, target="main:payment:pi_1", reason="recorded")
            assert orjson.loads(body)["error"]["message"] not in str(raised.value)
            counts[status] += 1
    print(f"\nstripe: refusals read {dict(counts)}")
    assert counts.keys() == REFUSED.keys()
    assert counts[429] >= 6


TO = Normalize("main")
ANYBODY = Target("cus_1", "usd")
OBJECTS: dict[str, tuple[type[BaseModel], Callable[[Any], BaseModel | None]]] = {
    "customer": (vendor.Customer, TO.customer),
    "payment_method": (vendor.PaymentMethod, TO.method),
    "subscription": (vendor.Subscription, TO.subscription),
    "invoice": (vendor.Invoice, TO.invoice),
    "invoice_payment": (vendor.InvoicePayment, TO.payment),
    "refund": (vendor.Refund, lambda found: TO.refund(found, Ref("main:payment:pi_1"), "recorded")),
    "checkout.session": (shop.Session, TO.order),
    "coupon": (shop.Coupon, lambda found: TO.coupon(found, ANYBODY)),
    "discount": (vendor.Discount, TO.discount),
    "price": (vendor.Price, lambda found: TO.plan(found, ANYBODY)),
    "charge": (vendor.Charge, lambda found: TO.method(found.payment_method_details or vendor.PaymentMethod())),
}


def test_every_recorded_object_becomes_a_record_whatever_request_it_answered() -> None:
    """Most recorded customers and invoices were made or changed, not read; their shape is the same."""
    counts: Counter[str] = Counter()
    for found in _recorded_objects():
        kind = found["object"]
        model, normalize = OBJECTS[kind]
        normalize(model.model_validate(found))
        counts[kind] += 1
    print(f"\nstripe: objects read {dict(counts)}")
    assert counts.total() >= 350
    assert counts.keys() == OBJECTS.keys()


def _exchanges(*tiers: str) -> Iterator[Any]:
    require(RECORDINGS)
    exchange_reader()
    from exchanges import iter_exchanges  # noqa: PLC0415 - it lies in the shared folder, found just above

    yield from iter_exchanges(RECORDINGS, vendor="stripe", tiers=tiers or ("A", "A-"))


def _recorded_objects() -> Iterator[dict[str, Any]]:
    for exchange in _exchanges("A", "A-", "B"):
        if (exchange.response.body or b"").lstrip().startswith(b"{"):
            yield from _objects(orjson.loads(exchange.response.body))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of the kinds that we read, at any depth."""
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _objects(child)
    kind = value.get("object") if isinstance(value, dict) else None
    if isinstance(kind, str) and kind in OBJECTS and "deleted" not in value:
        yield value
