"""What the sandbox's site sells: plans, coupons and goods; and which custom fields its customers have."""

from typing import Any

import orjson

from trunkline_chargebee.money import wire_amount
from trunkline_contracts.sandbox import SeedDiscount, SeedField, SeedOrder, SeedPlan
from trunkline_contracts.tools.arguments import Amount

ADD_ON = SeedPlan("Oat Milk", 300)
"""What can be had beside a plan; the company's seed knows plans only."""


_STATES = {"unfulfilled": "queued", "shipped": "shipped", "delivered": "delivered", "canceled": "cancelled"}


def units(minor: int, currency: str) -> int:
    """A seeded amount in Chargebee's units."""
    return wire_amount(Amount(amount_minor=minor, currency=currency))


def price_id(plan: str, currency: str) -> str:
    """The id of a plan's monthly price."""
    return f"{plan} {currency} Monthly".replace(" ", "-")


def item_price(plan: SeedPlan, item_type: str = "plan") -> dict[str, Any]:
    """The monthly price of a plan, or of an add-on."""
    return {
        "name": f"{plan.name} {plan.currency} Monthly",
        "external_name": plan.name,
        "item_family_id": "coffee",
        "item_id": plan.name.replace(" ", "-"),
        "item_type": item_type,
        "status": "active",
        "pricing_model": "per_unit",
        "price": units(plan.price_minor, plan.currency),
        "period": 1,
        "period_unit": "month",
        "currency_code": plan.currency,
        "free_quantity": 0,
    }


def coupon(discount: SeedDiscount, now: int) -> dict[str, Any]:
    """A coupon, on every plan."""
    lasts = {"duration_type": "limited_period", "period": discount.cycles, "period_unit": "month"}
    if discount.cycles in {None, 1}:
        lasts = {"duration_type": "one_time" if discount.cycles else "forever"}
    worth: dict[str, Any] = {"discount_type": "percentage", "discount_percentage": discount.percent_off}
    if discount.percent_off is None:
        amount = {"discount_amount": discount.amount_off_minor, "currency_code": "EUR"}
        worth = {"discount_type": "fixed_amount", **amount}
    shown = {"name": discount.name, "status": "active", "apply_on": "invoice_amount", "redemptions": 0}
    return {**shown, **worth, **lasts, "created_at": now}


def field(seeded: SeedField) -> dict[str, Any]:
    """A custom field as Chargebee describes it."""
    is_number, is_picked = seeded.type == "number", seeded.type == "choice"
    return {
        "entity_type": "customer",
        "api_name": "cf_" + seeded.label.lower().replace(" ", "_"),
        "display_name": seeded.label,
        "field_datatype": "long" if is_number else "string",
        "edit_ui": "drop_down" if is_picked else "text",
        "required": False,
        "props": orjson.dumps({"options": list(seeded.choices)} if is_picked else {}).decode(),
        "status": "active",
    }


def order(seeded: SeedOrder, price: int, invoice: dict[str, Any], at: int) -> dict[str, Any]:
    """An order of one article, paid in full."""
    total = seeded.quantity * price
    line = {"id": "oli_1", "invoice_id": invoice["id"], "invoice_line_item_id": "li_1", "is_shippable": True}
    counted = {"fulfillment_quantity": seeded.quantity, "unit_price": price, "amount": total}
    sent = {"shipment_carrier": "DHL", "tracking_id": f"JD{seeded.number}"} if seeded.state != "unfulfilled" else {}
    return {
        "document_number": seeded.number,
        "invoice_id": invoice["id"],
        "customer_id": invoice["customer_id"],
        "status": _STATES[seeded.state],
        "payment_status": "paid",
        "order_type": "system_generated",
        "price_type": "tax_exclusive",
        "currency_code": seeded.currency,
        "order_line_items": [{**line, **counted, "description": seeded.title, "entity_type": "charge_item_price"}],
        "sub_total": total,
        "tax": 0,
        "discount": 0,
        "total": total,
        "amount_paid": total,
        "refundable_credits_issued": 0,
        "linked_credit_notes": [],
        "created_at": at,
        "order_date": at,
        **sent,
    }
