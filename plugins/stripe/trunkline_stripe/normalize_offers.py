"""Stripe's prices, coupons and previews into our records."""

from trunkline_contracts.entities.billing import Duration, Offer
from trunkline_contracts.results import Quote, QuoteLine
from trunkline_contracts.values import Interval, Money
from trunkline_stripe import shop, vendor
from trunkline_stripe.eligibility import Target, why_no_discount, why_no_plan
from trunkline_stripe.money import money, money_or_none
from trunkline_stripe.normalize import Refs

_MONTHS = {"month": 1, "year": 12}


class OfferRecords(Refs):
    """Builds our records of what can be offered."""

    def plan(self, price: vendor.Price, target: Target) -> Offer | None:
        """A plan; None for a price whose id is none that a reference can hold."""
        offer_id = self.maybe("offer", price.id)
        why_not = why_no_plan(price, target)
        if offer_id is None:
            return None
        return Offer(
            id=offer_id,
            kind="plan",
            name=(price.product.name if price.product else None) or price.nickname or price.id,
            price=money_or_none(price.unit_amount, price.currency),
            interval=interval(price.recurring),
            eligible=_eligible(why_not, target),
            why_not=why_not,
        )

    def coupon(self, coupon: shop.Coupon, target: Target, code: shop.PromotionCode | None = None) -> Offer | None:
        """A discount, by its coupon or by a code that gives it; None for an id that no reference can hold."""
        offer_id = self.maybe("offer", code.id if code else coupon.id)
        why_not = "It is in force already." if target.discount(coupon.id) else why_no_discount(coupon, code, target)
        if offer_id is None:
            return None
        return Offer(
            id=offer_id,
            kind="discount",
            code=code.code if code else None,
            name=coupon.name or (code.code if code else coupon.id),
            percent_off=coupon.percent_off,
            amount_off=_amount_off(coupon, target.currency),
            duration=_duration(coupon, target.interval),
            eligible=None if _is_restricted(code) and not why_not else _eligible(why_not, target),
            why_not=why_not,
            expires_at=(code.expires_at if code else None) or coupon.redeem_by,
        )

    def quote(self, found: shop.Upcoming, *, due_now: bool) -> Quote:
        """What a write would cost, at once or with the next invoice."""
        # Stripe asks for nothing where the total is below nothing: the rest is credited.
        amount = money(min(found.total, found.amount_due), found.currency)
        lines = tuple(
            QuoteLine(description=line.description, amount=money(line.amount, line.currency))
            for line in found.lines.data
        )
        return Quote(due_now=amount if due_now else None, next_invoice=None if due_now else amount, lines=lines)


def interval(recurring: vendor.Recurring | None) -> Interval | None:
    """How often a price falls due."""
    return Interval(unit=recurring.interval, count=recurring.interval_count) if recurring else None


def _eligible(why_not: str | None, target: Target) -> bool | None:
    """Whether it can be had: without a subscription nobody knows that it can."""
    if why_not:
        return False
    return True if target.subscription else None


def _is_restricted(code: shop.PromotionCode | None) -> bool:
    """Whether a code asks for what only Stripe can judge."""
    asked = code.restrictions if code else None
    return asked is not None and (asked.first_time_transaction or asked.minimum_amount is not None)


def _amount_off(coupon: shop.Coupon, currency: str | None) -> Money | None:
    """What is taken off, in the customer's currency where the coupon has it."""
    if coupon.amount_off is None or coupon.currency is None:
        return None
    other = (coupon.currency_options or {}).get(currency or "")
    return money(other.amount_off, currency) if other and currency else money(coupon.amount_off, coupon.currency)


def _duration(coupon: shop.Coupon, billed: vendor.Recurring | None) -> Duration | None:
    if coupon.duration == "once":
        return Duration(kind="once", cycles=1)
    if coupon.duration == "forever":
        return Duration(kind="forever")
    if coupon.duration == "repeating":
        return Duration(kind="repeating", cycles=_cycles(coupon.duration_in_months, billed))
    return None


def _cycles(months: int | None, billed: vendor.Recurring | None) -> int | None:
    """Stripe counts months, we billing periods: the two meet only where a period is made of months."""
    if months is None or billed is None or billed.interval not in _MONTHS:
        return None
    return -(-months // (_MONTHS[billed.interval] * billed.interval_count))
