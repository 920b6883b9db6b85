"""The lines of the sandbox's subscriptions: what a change asks for, what it makes of them, and what that costs."""

import re
from typing import Any

from trunkline_chargebee.sandbox_account import Thing

_ASKED = re.compile(r"subscription_items\[(\w+)\]\[(\d+)\]")
# Every term began ten days ago and takes thirty.
_LEFT, _TERM = 20, 30


def listed(form: dict[str, str]) -> list[dict[str, str]]:
    """The lines of a form."""
    lines: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        if asked := _ASKED.fullmatch(name):
            lines.setdefault(int(asked[2]), {})[asked[1]] = value
    return [lines[number] for number in sorted(lines)]


def subscribed(asked: dict[str, str], price: Thing) -> Thing:
    """A line as it is kept."""
    quantity, unit = int(asked.get("quantity", "1")), int(asked.get("unit_price") or price["price"])
    counted = {"quantity": quantity, "unit_price": unit, "amount": quantity * unit, "free_quantity": 0}
    return {"item_price_id": price["id"], "item_type": price["item_type"], "object": "subscription_item", **counted}


def merged(found: Thing, new: list[Thing], *, is_whole: bool) -> list[Thing]:
    """The lines after a change: a plan takes the place of the plan there was."""
    if is_whole:
        return new
    replaced = {one["item_price_id"] for one in new}
    is_other_plan = any(one["item_type"] == "plan" for one in new)
    kept = [
        one
        for one in found["subscription_items"]
        if one["item_price_id"] not in replaced and not (is_other_plan and one["item_type"] == "plan")
    ]
    return kept + new


def amount_of(items: list[Thing]) -> int:
    """What some lines cost in a term."""
    return int(sum(one["amount"] for one in items))


def difference(found: Thing, after: Thing, form: dict[str, str]) -> int:
    """What the rest of the term costs more, or less."""
    if form.get("prorate") == "false":
        return 0
    return (amount_of(after["subscription_items"]) - amount_of(found["subscription_items"])) * _LEFT // _TERM


def estimated(found: Thing, due: int, renewal: int, *, now: bool) -> Thing:
    """An estimate's parts."""
    currency = {"currency_code": found["currency_code"], "price_type": "tax_exclusive"}
    told: dict[str, Any] = {"next_invoice_estimate": {**currency, "total": renewal, "amount_due": renewal}}
    line = {"description": "Prorated charges", "amount": due}
    if due > 0 and now:
        told["invoice_estimate"] = {**currency, "total": due, "amount_due": due, "line_items": [line]}
    elif due > 0:
        told["unbilled_charge_estimates"] = [line]
    elif due < 0:
        told["credit_note_estimates"] = [{**currency, "type": "refundable", "total": -due}]
    return told
