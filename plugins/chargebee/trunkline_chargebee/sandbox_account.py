"""What the sandbox's site holds when it starts: the company's customers as Chargebee would show them."""

from datetime import datetime, timedelta
from typing import Any

from trunkline_chargebee.sandbox_catalog import ADD_ON, coupon, field, item_price, order, price_id, units
from trunkline_contracts.sandbox import Person, Seed, SeedOrder, SeedPlan, SeedSubscription

Thing = dict[str, Any]

MONTH = timedelta(days=30)
_INTO_THE_PERIOD = timedelta(days=10)
_ORDERED = timedelta(days=90)
_CARD = {"brand": "visa", "last4": "4242", "expiry_month": 8, "expiry_year": 2042, "funding_type": "credit"}


class Holdings:
    """Every record of the site by its kind and id, oldest first."""

    def __init__(self, seed: Seed) -> None:
        self.now = seed.now
        self.things: dict[str, dict[str, Thing]] = {}
        self._made = 0
        self._sell(ADD_ON, "addon")
        for plan in seed.plans:
            self._sell(plan)
        for discount in seed.discounts:
            self.add("coupon", discount.code, **coupon(discount, stamp(seed.now)))
        for one in (one for one in seed.fields if one.kind == "customer"):
            self.add("custom_field_config", one.label, **field(one))
        owners = {person.number: self._add_customer(person) for person in seed.known_to("billing")}
        for person in seed.known_to("billing"):
            for seeded in person.orders:
                self._add_order(owners[person.number], seeded)

    def add(self, kind: str, thing_id: str, **fields: Any) -> Thing:
        """Keep a record."""
        thing = {"id": thing_id, "object": kind, "deleted": False, **fields}
        self.things.setdefault(kind, {})[thing_id] = thing
        return thing

    def new_id(self, prefix: str) -> str:
        """An id as Chargebee makes them."""
        self._made += 1
        return f"{prefix}AzqOd0VM{self._made:08d}"

    def of(self, kind: str) -> list[Thing]:
        """All records of a kind."""
        return list(self.things.get(kind, {}).values())

    def _sell(self, plan: SeedPlan, item_type: str = "plan") -> None:
        self.add("item_price", price_id(plan.name, plan.currency), **item_price(plan, item_type))

    def add_customer(self, customer_id: str, joined: datetime, **fields: Any) -> Thing:
        """Keep a customer who owes and holds nothing."""
        dates = {"created_at": stamp(joined), "updated_at": stamp(joined), "resource_version": stamp(joined) * 1000}
        return self.add("customer", customer_id, **_NOTHING_HELD, **fields, **dates)

    def _add_customer(self, person: Person) -> Thing:
        joined = self.now - 13 * MONTH
        customer = self.add_customer(self.new_id(""), joined, **_customer(person))
        source = {"customer_id": customer["id"], "type": "card", "status": "valid", "gateway": "chargebee"}
        card = self.add("payment_source", self.new_id("pm_"), **source, card=_CARD, created_at=stamp(joined))
        customer["primary_payment_source_id"] = card["id"]
        for number, subscription in enumerate(person.subscriptions):
            self._add_subscription(customer, subscription, self.now - timedelta(minutes=number))
        return customer

    def _add_subscription(self, customer: Thing, seeded: SeedSubscription, now: datetime) -> None:
        start = now - _INTO_THE_PERIOD
        since = start - (seeded.paid_invoices - 1) * MONTH
        self._sell(SeedPlan(seeded.plan, seeded.price_minor, seeded.currency))
        fields = _subscription(customer["id"], seeded, since)
        subscription = self.add("subscription", self.new_id(""), **fields)
        subscription |= _term(start)
        customer["preferred_currency_code"] = seeded.currency
        for month in reversed(range(seeded.paid_invoices)):
            self._bill_term(subscription, start - month * MONTH, paid=month > 0 or seeded.status != "past_due")
        if seeded.status == "canceled":
            end_now(subscription, start)

    def _bill_term(self, subscription: Thing, at: datetime, *, paid: bool) -> None:
        """Bill a subscription for one term."""
        (item,) = subscription["subscription_items"]
        term = {"date_from": stamp(at), "date_to": stamp(at + MONTH)}
        line = billed(item["item_price_id"], item["unit_price"]) | term
        invoice = self.add_invoice(subscription, line, at, paid=paid)
        if not paid:
            subscription |= {"due_invoices_count": 1, "due_since": stamp(at), "total_dues": invoice["total"]}

    def add_invoice(self, subscription: Thing, line: Thing, at: datetime, *, paid: bool) -> Thing:
        """Bill a subscription for one thing, and try to be paid."""
        number = f"COFFEE/{len(self.of('invoice')) + 1:04d}"
        invoice = self.add("invoice", number, **_invoice(subscription, line, at, paid=paid))
        payment = self.add_transaction(invoice, "payment", invoice["total"], at, "success" if paid else "failure")
        invoice["linked_payments"] = [_linked(payment)]
        return invoice

    def _add_order(self, customer: Thing, seeded: SeedOrder) -> None:
        """An order of the goods on the customer's first invoice, though the company's seed bills none there."""
        (invoice, *_) = [one for one in self.of("invoice") if one["customer_id"] == customer["id"]]
        price = units(seeded.unit_minor, seeded.currency)
        self.add("order", f"order-{seeded.number}", **order(seeded, price, invoice, stamp(self.now - _ORDERED)))

    def add_transaction(self, invoice: Thing, kind: str, amount: int, at: datetime, status: str) -> Thing:
        """Move money, or try to."""
        return self.add(
            "transaction",
            self.new_id("txn_"),
            customer_id=invoice["customer_id"],
            subscription_id=invoice["subscription_id"],
            type=kind,
            status=status,
            amount=amount,
            currency_code=invoice["currency_code"],
            date=stamp(at),
            gateway="chargebee",
            payment_method="card",
            masked_card_number="************4242",
        )

    def add_credit_note(self, invoice: Thing, amount: int, status: str) -> Thing:
        """Credit a part of what was paid."""
        return self.add(
            "credit_note",
            f"CN-{len(self.of('credit_note')) + 1:04d}",
            customer_id=invoice["customer_id"],
            subscription_id=invoice["subscription_id"],
            reference_invoice_id=invoice["id"],
            type="refundable",
            status=status,
            currency_code=invoice["currency_code"],
            total=amount,
            amount_refunded=amount if status == "refunded" else 0,
            date=stamp(self.now),
        )


def stamp(at: datetime) -> int:
    """A moment as Chargebee writes it."""
    return int(at.timestamp())


def end_now(subscription: Thing, at: datetime) -> None:
    """Cancel a subscription at once."""
    subscription |= {"status": "cancelled", "cancelled_at": stamp(at)}
    subscription.pop("next_billing_at", None)


def _term(start: datetime) -> Thing:
    end = stamp(start + MONTH)
    return {"current_term_start": stamp(start), "current_term_end": end, "next_billing_at": end}


_NOTHING_HELD: Thing = {
    "auto_collection": "on",
    "taxability": "taxable",
    "allow_direct_debit": False,
    **dict.fromkeys(("promotional_credits", "refundable_credits", "excess_payments", "unbilled_charges"), 0),
}


def _customer(person: Person) -> Thing:
    return {
        "first_name": person.given,
        "last_name": person.family,
        "email": person.email,
        "phone": person.phone,
        "company": person.company,
        "locale": person.language,
        "billing_address": {"city": person.city, "country": person.country, "object": "billing_address"},
        "card_status": "valid",
    }


def _subscription(customer_id: str, seeded: SeedSubscription, since: datetime) -> Thing:
    plan, unit = price_id(seeded.plan, seeded.currency), units(seeded.price_minor, seeded.currency)
    price = {"quantity": 1, "unit_price": unit, "amount": unit, "free_quantity": 0}
    item = {"item_price_id": plan, "item_type": "plan", "object": "subscription_item", **price}
    return {
        "customer_id": customer_id,
        "status": "active",
        "currency_code": seeded.currency,
        "auto_collection": "on",
        "billing_period": 1,
        "billing_period_unit": "month",
        "subscription_items": [item],
        "due_invoices_count": 0,
        "has_scheduled_changes": False,
        **dict.fromkeys(("created_at", "started_at", "activated_at"), stamp(since)),
    }


def billed(description: str, amount: int) -> Thing:
    """A line of an invoice."""
    counted = {"unit_amount": amount, "quantity": 1, "amount": amount, "is_taxed": False}
    return {
        "id": "li_1",
        "object": "line_item",
        "entity_type": "plan_item_price",
        "description": description,
        **counted,
    }


def _invoice(subscription: Thing, line: Thing, at: datetime, *, paid: bool) -> Thing:
    amount = line["amount"]
    return {
        "customer_id": subscription["customer_id"],
        "subscription_id": subscription["id"],
        "currency_code": subscription["currency_code"],
        "recurring": True,
        "status": "paid" if paid else "payment_due",
        "date": stamp(at),
        "due_date": stamp(at),
        "price_type": "tax_exclusive",
        "sub_total": amount,
        "tax": 0,
        "total": amount,
        "line_items": [{"date_from": stamp(at), "date_to": stamp(at), **line}],
        "amount_paid": amount if paid else 0,
        "amount_due": 0 if paid else amount,
        **({"paid_at": stamp(at)} if paid else {}),
    }


def _linked(payment: Thing) -> Thing:
    applied = payment["amount"] if payment["status"] == "success" else 0
    return {
        "txn_id": payment["id"],
        "txn_status": payment["status"],
        "txn_amount": payment["amount"],
        "txn_date": payment["date"],
        "applied_amount": applied,
        "applied_at": payment["date"],
    }
