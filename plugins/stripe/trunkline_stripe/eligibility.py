"""Who can have an offer, as far as Stripe's own rules say so beforehand."""

from dataclasses import dataclass

from trunkline_stripe import shop, vendor


@dataclass(frozen=True)
class Target:
    """For whom an offer is: a customer alone, or one of their subscriptions."""

    customer: str | None
    currency: str | None
    subscription: vendor.Subscription | None = None

    @property
    def prices(self) -> tuple[vendor.Price, ...]:
        """What the subscription consists of."""
        items = self.subscription.items.data if self.subscription else ()
        return tuple(item.price for item in items if item.price)

    @property
    def interval(self) -> vendor.Recurring | None:
        """How often the subscription is billed; Stripe bills one with several intervals by the shortest."""
        return next((price.recurring for price in self.prices), None)

    def discount(self, coupon_id: str) -> vendor.Discount | None:
        """The discount in force that was made from a coupon."""
        found = self.subscription.discounts if self.subscription else None
        return next((item for item in found or () if item.coupon and item.coupon.id == coupon_id), None)


def why_no_plan(price: vendor.Price, target: Target) -> str | None:
    """Why a price cannot be changed to, or None."""
    if price.id in {mine.id for mine in target.prices}:
        return "The subscription has this plan already."
    if price.recurring and price.recurring.usage_type == "metered":
        return "It is billed by usage and takes no quantity."
    if price.product and not price.product.active:
        return "Its product is no longer sold."
    return None


def why_no_discount(coupon: shop.Coupon, code: shop.PromotionCode | None, target: Target) -> str | None:
    """Why a coupon, or the code that gives it, cannot be had, or None."""
    if not coupon.valid or (code and not code.active):
        return "It has expired or was used up."
    if code and code.customer not in {None, target.customer}:
        return "It is another customer's own."
    if not _in_currency(coupon, target.currency):
        return f"It takes off an amount in {(coupon.currency or '').upper()}: the customer pays in another currency."
    if not _for_products(coupon, target):
        return "It is for other products."
    return None


def _in_currency(coupon: shop.Coupon, currency: str | None) -> bool:
    if coupon.amount_off is None or currency is None:
        return True
    return currency in {coupon.currency, *(coupon.currency_options or {})}


def _for_products(coupon: shop.Coupon, target: Target) -> bool:
    mine = {price.product.id for price in target.prices if price.product}
    return coupon.applies_to is None or not mine or bool(mine & set(coupon.applies_to.products))
