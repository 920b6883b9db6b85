"""Chargebee's item prices and coupons into our offers."""

from typing import Literal

from trunkline_chargebee.money import money_or_none
from trunkline_chargebee.normalize import CustomerRecords
from trunkline_chargebee.normalize_subscriptions import interval
from trunkline_chargebee.vendor import Subscription
from trunkline_chargebee.vendor_catalog import Coupon, ItemPrice
from trunkline_contracts.entities.billing import Duration, Offer

_DURATION: dict[str | None, Literal["once", "repeating", "forever"]] = {
    "one_time": "once",
    "limited_period": "repeating",
    "forever": "forever",
}
# Under the others, the price depends on how many are bought.
_ONE_PRICE = frozenset(("flat_fee", "per_unit"))


class OfferRecords(CustomerRecords):
    """Builds our records of plans to change to and discounts to give."""

    def plan(self, price: ItemPrice, held: Subscription | None) -> Offer:
        """A price of a plan, for the subscription that is asked about."""
        is_plain = price.pricing_model in _ONE_PRICE and price.price_in_decimal is None
        has_it = held is not None and price.id in held.price_ids
        return Offer(
            id=self.ref("offer", price.id),
            kind="plan",
            code=price.id,
            name=price.external_name or price.name,
            price=money_or_none(price.price, price.currency_code) if is_plain else None,
            interval=interval(price.period, price.period_unit),
            eligible=False if has_it else None,
            why_not="The subscription has this plan." if has_it else None,
        )

    def coupon(self, coupon: Coupon, held: Subscription | None) -> Offer:
        """A coupon; on which plans it works, Chargebee alone knows."""
        why_not = _why_not(coupon, held)
        return Offer(
            id=self.ref("offer", coupon.id),
            kind="discount",
            code=coupon.id,
            name=coupon.name,
            percent_off=coupon.discount_percentage if coupon.discount_type == "percentage" else None,
            amount_off=money_or_none(coupon.discount_amount, coupon.currency_code),
            duration=_duration(coupon, held),
            eligible=False if why_not else None,
            why_not=why_not,
            expires_at=coupon.valid_till,
        )


def _why_not(coupon: Coupon, held: Subscription | None) -> str | None:
    if coupon.max_redemptions is not None and (coupon.redemptions or 0) >= coupon.max_redemptions:
        return "It was used as often as it may be."
    if held is None:
        return None
    if coupon.id in {item.coupon_id for item in held.coupons or ()}:
        return "The subscription has this coupon."
    if coupon.currency_code and held.currency_code and coupon.currency_code != held.currency_code:
        return f"It is in {coupon.currency_code}, the subscription in {held.currency_code}."
    return None


def _duration(coupon: Coupon, held: Subscription | None) -> Duration | None:
    kind = _DURATION.get(coupon.duration_type)
    return Duration(kind=kind, cycles=_cycles(coupon, held)) if kind else None


def _cycles(coupon: Coupon, held: Subscription | None) -> int | None:
    """Chargebee counts in time; in billing periods only where those are of the same unit."""
    if held is None or not coupon.period or not held.billing_period or coupon.period_unit != held.billing_period_unit:
        return None
    return coupon.period // held.billing_period
