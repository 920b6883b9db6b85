"""What the sandbox's account holds when it starts: the company's customers as Stripe would show them."""

from datetime import datetime, timedelta
from typing import Any

from trunkline_contracts.sandbox import Person, Seed, SeedSubscription
from trunkline_contracts.tools.arguments import Amount
from trunkline_stripe.money import wire_amount

Thing = dict[str, Any]

_MONTH = timedelta(days=30)
_INTO_THE_PERIOD = timedelta(days=10)
_ADDRESS = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
_CARD = {"brand": "visa", "last4": "4242", "exp_month": 8, "exp_year": 2042, "funding": "credit"}
_DECLINED = {"code": "card_declined", "message": "Your card was declined.", "type": "card_error"}

NOBODY: Thing = {
    "address": None,
    "balance": 0,
    "currency": None,
    "default_source": None,
    "delinquent": False,
    "description": None,
    "discount": None,
    "email": None,
    "invoice_credit_balance": {},
    "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
    "name": None,
    "phone": None,
    "preferred_locales": [],
    "shipping": None,
    "tax_exempt": "none",
}
"""A customer of whom nothing was told yet."""


class Holdings:
    """Every object of the account by its id, oldest first."""

    def __init__(self, seed: Seed) -> None:
        self.now = seed.now
        self.things: dict[str, Thing] = {}
        self._made = 0
        for person in seed.known_to("billing"):
            self._add_customer(person)

    def add(self, kind: str, prefix: str, at: datetime, **fields: Any) -> Thing:
        """Make an object."""
        self._made += 1
        thing_id = f"{prefix}_{self._made:014d}"
        thing = {"id": thing_id, "object": kind, "created": stamp(at), "livemode": False, "metadata": {}, **fields}
        self.things[thing_id] = thing
        return thing

    def of(self, kind: str) -> list[Thing]:
        """All objects of a kind, newest first."""
        found = [thing for thing in self.things.values() if thing["object"] == kind]
        return sorted(found, key=lambda thing: (thing["created"], thing["id"]), reverse=True)

    def _add_customer(self, person: Person) -> None:
        joined = self.now - 13 * _MONTH
        customer = self.add("customer", "cus", joined, **_customer(person))
        card = {"type": "card", "card": _CARD, "billing_details": _billing(person), "customer": customer["id"]}
        method = self.add("payment_method", "pm", joined, **card)
        customer["invoice_settings"]["default_payment_method"] = method["id"]
        for number, subscription in enumerate(person.subscriptions):
            self._add_subscription(customer, person, subscription, self.now - timedelta(minutes=number))

    def _add_subscription(self, customer: Thing, person: Person, seeded: SeedSubscription, now: datetime) -> None:
        start = now - _INTO_THE_PERIOD
        since = start - (seeded.paid_invoices - 1) * _MONTH
        ended = seeded.status == "canceled"
        subscription = self.add(
            "subscription", "sub", since,
            **_subscription(customer["id"], seeded.currency, since),
            status=seeded.status,
            # Half of the subscriptions are older than flexible billing.
            billing_mode={"type": "flexible" if person.number % 2 else "classic"},
            canceled_at=stamp(start) if ended else None,
            ended_at=stamp(start) if ended else None,
        )  # fmt: skip
        price = self.price(seeded.plan, seeded.currency, seeded.price_minor, since)
        subscription["items"] = listed([self.item(subscription, price, start)], "/v1/subscription_items")
        customer["currency"] = price["currency"]
        customer["delinquent"] = seeded.status == "past_due"
        for month in reversed(range(seeded.paid_invoices)):
            self.add_invoice(subscription, start - month * _MONTH, paid=month > 0 or seeded.status != "past_due")

    def price(self, plan: str, currency: str, amount_minor: int, at: datetime) -> Thing:
        """The monthly price of a plan, made where there is none yet."""
        fields = price_fields(self.product(plan, at)["id"], currency, amount_minor)
        for price in self.of("price"):
            if all(price[key] == fields[key] for key in ("product", "currency", "unit_amount", "type")):
                return price
        return self.add("price", "price", at, **fields)

    def product(self, name: str, at: datetime) -> Thing:
        """A product, made where there is none yet."""
        same = [product for product in self.of("product") if product["name"] == name]
        return same[0] if same else self.add("product", "prod", at, **_product(name, at))

    def item(self, subscription: Thing, price: Thing, start: datetime | None = None) -> Thing:
        """A new line of a subscription."""
        start = start or self.now
        item = self.add(
            "subscription_item", "si", start,
            subscription=subscription["id"], price=price, quantity=1, discounts=[],
            current_period_start=stamp(start), current_period_end=stamp(start + _MONTH),
        )  # fmt: skip
        del self.things[item["id"]]
        return item

    def add_invoice(self, subscription: Thing, at: datetime, *, paid: bool) -> Thing:
        """Bill a subscription for one period, and try to be paid."""
        price = subscription["items"]["data"][0]["price"]
        amount, currency = price["unit_amount"], price["currency"]
        customer = self.things[subscription["customer"]]
        invoice = self.add("invoice", "in", at, **invoice_fields(subscription, customer, amount, at, paid=paid))
        name = self.things[price["product"]]["name"]
        invoice["lines"] = listed([_line(invoice, name, amount, at)], f"/v1/invoices/{invoice['id']}/lines")
        invoice["number"] = f"COFFEE-{len(self.of('invoice')):04d}"
        invoice["hosted_invoice_url"] = f"https://invoice.stripe.com/i/{invoice['id']}"
        subscription["latest_invoice"] = invoice["id"]
        intent = self.pay(customer, amount, currency, at, paid=paid)
        self.add("invoice_payment", "inpay", at, **_share(invoice, intent, at, paid=paid))
        return invoice

    def pay(self, customer: Thing, amount: int, currency: str, at: datetime, *, paid: bool) -> Thing:
        """A payment, or an attempt at one, with its charge."""
        charge = self.add("charge", "ch", at, **_charge(customer, amount, currency, paid=paid))
        intent = self.add("payment_intent", "pi", at, **_intent(charge, paid=paid))
        charge["payment_intent"] = intent["id"]
        return intent

    def line(self, invoice: Thing, name: str, amount: int) -> Thing:
        """One line of an invoice."""
        return _line(invoice, name, amount, self.now)


def stamp(at: datetime) -> int:
    """A moment as Stripe writes it."""
    return int(at.timestamp())


def listed(things: list[Thing], url: str, *, has_more: bool = False) -> Thing:
    """A list as Stripe writes it."""
    return {"object": "list", "data": things, "has_more": has_more, "url": url}


def _billing(person: Person) -> Thing:
    address = {**_ADDRESS, "city": person.city, "country": person.country}
    return {"address": address, "email": person.email, "name": person.name, "phone": person.phone}


def _customer(person: Person) -> Thing:
    given = {**_billing(person), "description": person.company, "preferred_locales": [person.language]}
    return {**NOBODY, **given, "invoice_settings": {**NOBODY["invoice_settings"]}}


def _product(name: str, at: datetime) -> Thing:
    return {"name": name, "active": True, "images": [], "features": [], "updated": stamp(at)}


def price_fields(product_id: str, currency: str, amount_minor: int) -> Thing:
    """What a monthly price shows beside its id; Stripe writes some currencies in steps of their own."""
    amount = wire_amount(Amount(amount_minor=amount_minor, currency=currency))
    return {
        "active": True,
        "billing_scheme": "per_unit",
        "currency": currency.lower(),
        "nickname": None,
        "product": product_id,
        "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        "type": "recurring",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }


def _subscription(customer_id: str, currency: str, since: datetime) -> Thing:
    return {
        "automatic_tax": {"enabled": False},
        "billing_cycle_anchor": stamp(since),
        "cancel_at": None,
        "cancel_at_period_end": False,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "currency": currency.lower(),
        "customer": customer_id,
        "discounts": [],
        "latest_invoice": None,
        "pause_collection": None,
        "schedule": None,
        "start_date": stamp(since),
        "trial_end": None,
    }


def invoice_fields(subscription: Thing, customer: Thing, amount: int, at: datetime, *, paid: bool) -> Thing:
    """What a subscription's invoice shows beside its id and its lines."""
    parent = {"subscription": subscription["id"], "metadata": {}}
    return {
        **dict.fromkeys(("amount_shipping", "post_payment_credit_notes_amount"), 0),
        **dict.fromkeys(("pre_payment_credit_notes_amount", "starting_balance"), 0),
        **dict.fromkeys(("amount_due", "subtotal", "total"), amount),
        "amount_paid": amount if paid else 0,
        "amount_remaining": 0 if paid else amount,
        "attempt_count": 1,
        "attempted": True,
        "automatic_tax": {"enabled": False, "status": None},
        "collection_method": "charge_automatically",
        "currency": subscription["currency"],
        "customer": customer["id"],
        "customer_email": customer["email"],
        "default_tax_rates": [],
        "due_date": None,
        "invoice_pdf": None,
        "parent": {"quote_details": None, "subscription_details": parent, "type": "subscription_details"},
        "payment_settings": {},
        "period_end": stamp(at),
        "period_start": stamp(at),
        "status": "paid" if paid else "open",
        "status_transitions": {
            "finalized_at": stamp(at),
            "marked_uncollectible_at": None,
            "paid_at": stamp(at) if paid else None,
            "voided_at": None,
        },
        "total_discount_amounts": [],
        "total_taxes": [],
    }


def _line(invoice: Thing, name: str, amount: int, at: datetime) -> Thing:
    return {
        "id": f"il_{invoice['id']}",
        "object": "line_item",
        "amount": amount,
        "currency": invoice["currency"],
        "description": f"1 x {name}",
        "discountable": True,
        "discounts": [],
        "livemode": False,
        "metadata": {},
        "period": {"start": stamp(at), "end": stamp(at + _MONTH)},
        "pricing": {"type": "price_details", "unit_amount_decimal": str(amount)},
        "quantity": 1,
    }


def _charge(customer: Thing, amount: int, currency: str, *, paid: bool) -> Thing:
    return {
        "amount": amount,
        "amount_captured": amount if paid else 0,
        "amount_refunded": 0,
        "billing_details": {key: customer[key] for key in ("address", "email", "name", "phone")},
        "captured": paid,
        "currency": currency,
        "customer": customer["id"],
        "disputed": False,
        "failure_code": None if paid else _DECLINED["code"],
        "failure_message": None if paid else _DECLINED["message"],
        "paid": paid,
        "payment_method_details": {"type": "card", "card": _CARD},
        "refunded": False,
        "status": "succeeded" if paid else "failed",
    }


def _intent(charge: Thing, *, paid: bool) -> Thing:
    return {
        "amount": charge["amount"],
        "amount_received": charge["amount_captured"],
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "currency": charge["currency"],
        "customer": charge["customer"],
        "last_payment_error": None if paid else _DECLINED,
        "latest_charge": charge["id"],
        "payment_method_types": ["card"],
        "status": "succeeded" if paid else "requires_payment_method",
    }


def _share(invoice: Thing, intent: Thing, at: datetime, *, paid: bool) -> Thing:
    return {
        "amount_paid": invoice["amount_paid"] if paid else None,
        "amount_requested": invoice["amount_due"],
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
        "status": "paid" if paid else "open",
        "status_transitions": {"canceled_at": None, "paid_at": stamp(at) if paid else None},
    }
