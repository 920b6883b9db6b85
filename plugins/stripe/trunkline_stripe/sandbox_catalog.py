"""What the sandbox's account sells and gives: plans, coupons with their codes, and what was bought once."""

from datetime import timedelta

from trunkline_contracts.sandbox import Seed, SeedDiscount, SeedOrder
from trunkline_stripe.sandbox_account import Holdings, Thing, listed, price_fields, stamp

_AGO = timedelta(days=20)


def stock(account: Holdings, seed: Seed) -> Holdings:
    """The account with the company's offers and orders."""
    for plan in seed.plans:
        account.price(plan.name, plan.currency, plan.price_minor, seed.now - _AGO)
    for discount in seed.discounts:
        _add_discount(account, discount)
    owners = {customer["email"]: customer for customer in account.of("customer")}
    for person in seed.known_to("billing"):
        for number, order in enumerate(person.orders):
            if order.state != "canceled":
                _add_session(account, owners[person.email], order, number)
    return account


def _add_discount(account: Holdings, seeded: SeedDiscount) -> None:
    """A coupon, and the code that gives it; a discount of cycles lasts as many months."""
    repeating = {"duration": "repeating", "duration_in_months": seeded.cycles}
    lasting = {"duration": "once" if seeded.cycles == 1 else "forever", "duration_in_months": None}
    coupon = account.add(
        "coupon", "coupon", account.now - _AGO, name=seeded.name, valid=True, percent_off=seeded.percent_off,
        amount_off=seeded.amount_off_minor, currency="eur" if seeded.amount_off_minor else None, times_redeemed=0,
        max_redemptions=None, redeem_by=None, **(repeating if (seeded.cycles or 0) > 1 else lasting),
    )  # fmt: skip
    account.add(
        "promotion_code", "promo", account.now - _AGO, code=seeded.code, active=True, customer=None, expires_at=None,
        max_redemptions=None, times_redeemed=0, promotion={"type": "coupon", "coupon": coupon["id"]},
        restrictions={"first_time_transaction": False, "minimum_amount": None, "minimum_amount_currency": None},
    )  # fmt: skip


def _add_session(account: Holdings, customer: Thing, order: SeedOrder, number: int) -> None:
    at = account.now - _AGO - timedelta(days=number)
    price = account.add("price", "price", at, **_once(account.product(order.title, at)["id"], order))
    currency, total = price["currency"], order.quantity * price["unit_amount"]
    intent = account.pay(customer, total, currency, at, paid=True)
    session = account.add("checkout.session", "cs_test", at, **_session(customer, total, currency, intent))
    sums = {"amount_discount": 0, "amount_subtotal": total, "amount_tax": 0, "amount_total": total}
    line = {"id": f"li_{session['id']}", "object": "item", "description": order.title, "quantity": order.quantity}
    lines = [{**line, **sums, "currency": currency, "price": price}]
    session["line_items"] = listed(lines, f"/v1/checkout/sessions/{session['id']}/line_items")
    session["expires_at"] = stamp(at + timedelta(days=1))


def _once(product_id: str, order: SeedOrder) -> Thing:
    price = price_fields(product_id, order.currency, order.unit_minor)
    return {**price, "recurring": None, "type": "one_time"}


def _session(customer: Thing, total: int, currency: str, intent: Thing) -> Thing:
    return {
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "status": None},
        "client_reference_id": None,
        "collected_information": {"shipping_details": {"address": customer["address"], "name": customer["name"]}},
        "currency": currency,
        "custom_fields": [],
        "custom_text": {"shipping_address": None, "submit": None, "terms_of_service_acceptance": None},
        "customer": customer["id"],
        "customer_details": {"email": customer["email"], "tax_exempt": "none", "tax_ids": None},
        "mode": "payment",
        "payment_intent": intent["id"],
        "payment_method_types": ["card"],
        "payment_status": "paid",
        "shipping_options": [],
        "status": "complete",
        "success_url": "https://example.com/thanks",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": None,
    }
