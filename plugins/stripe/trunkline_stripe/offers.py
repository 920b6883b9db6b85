"""What a subscriber can be offered: other plans, and discounts.

https://docs.stripe.com/api/prices
https://docs.stripe.com/api/promotion_codes
https://docs.stripe.com/api/coupons
"""

from stripe.params import (
    CouponListParams,
    InvoiceCreatePreviewParamsDiscount,
    PriceListParams,
    PromotionCodeListParams,
    SubscriptionUpdateParamsDiscount,
)

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import AppliedDiscount, Offer
from trunkline_contracts.errors import AmbiguousError, ConflictError, NotFoundError
from trunkline_contracts.refs import Ref, bare_id
from trunkline_contracts.results import Candidate, ReadResult, ToolCall, WriteResult, already_there
from trunkline_contracts.tools import APPLY_DISCOUNT, LIST_OFFERS
from trunkline_contracts.tools.billing import ApplyDiscount, ListOffers
from trunkline_contracts.values import Page, Warning
from trunkline_stripe import shop, vendor, wire
from trunkline_stripe.account import FULL_PAGE
from trunkline_stripe.client import answer
from trunkline_stripe.customers import Customers
from trunkline_stripe.eligibility import Target, why_no_discount
from trunkline_stripe.subscriptions import Subscriptions

Found = ReadResult[Page[Offer]]

# Marks the cursor of the coupons, which come after the codes; what follows is a coupon's id, or nothing yet.
_COUPONS = "coupons:"
_EXPAND_COUPON = ["applies_to", "currency_options"]
_OVERWRITES = Warning(
    code="not_atomic",
    message="Stripe replaces the whole list of discounts: one that somebody else gives at this moment can be lost.",
    field="discounts",
)
_FINAL = Warning(code="irreversible", message="No tool takes a discount away: it is removed in Stripe's Dashboard.")


class Offers(Customers, Subscriptions):
    """The tools about plans and discounts."""

    @implements(LIST_OFFERS)
    async def list_offers(self, request: ListOffers) -> Found:
        """List the plans in the customer's currency; or the codes that give a discount, and then the coupons."""
        target = await self._target(request.target)
        if request.kind == "plan":
            return await self._plans(request, target)
        cursor = request.cursor or ""
        if cursor.startswith(_COUPONS):
            return await self._coupons(request, target, cursor.removeprefix(_COUPONS))
        return await self._codes(request, target)

    async def _target(self, ref: Ref) -> Target:
        if ref.kind == "subscription":
            found = await self._subscription(ref)
            return Target(found.customer, found.currency, found)
        customer = await self._customer(ref.vendor_id)
        return Target(customer.id, customer.currency)

    async def _plans(self, request: ListOffers, target: Target) -> Found:
        params: PriceListParams = {"active": True, "type": "recurring", "limit": request.limit}
        params["expand"] = ["data.product"]
        if target.currency:
            params["currency"] = target.currency
        if request.cursor:
            params["starting_after"] = request.cursor
        found = await answer(self._stripe.prices.list_async(params), wire.Page[vendor.Price])
        return _page([self._to.plan(price, target) for price in found.data], found.last_id)

    async def _codes(self, request: ListOffers, target: Target) -> Found:
        """The codes of everybody and of this customer; other customers' own are nobody else's business."""
        params: PromotionCodeListParams = {"active": True, "limit": request.limit}
        params["expand"] = [f"data.promotion.coupon.{part}" for part in _EXPAND_COUPON]
        if request.cursor:
            params["starting_after"] = request.cursor
        found = await answer(self._stripe.promotion_codes.list_async(params), wire.Page[shop.PromotionCode])
        mine = [code for code in found.data if code.customer in {None, target.customer}]
        offers = [self._to.coupon(code.promotion.coupon, target, code) for code in mine if code.promotion.coupon]
        if not offers and found.last_id is None:
            return await self._coupons(request, target)
        return _page(offers, found.last_id or _COUPONS)

    async def _coupons(self, request: ListOffers, target: Target, after: str = "") -> Found:
        params: CouponListParams = {"limit": request.limit, "expand": [f"data.{part}" for part in _EXPAND_COUPON]}
        if after:
            params["starting_after"] = after
        found = await answer(self._stripe.coupons.list_async(params), wire.Page[shop.Coupon])
        offers = [self._to.coupon(coupon, target) for coupon in found.data]
        return _page(offers, _COUPONS + found.last_id if found.last_id else None)

    @implements(APPLY_DISCOUNT)
    async def apply_discount(self, request: ApplyDiscount) -> WriteResult[AppliedDiscount]:
        """Add a discount to those in force, or put it in their place."""
        before = await self._discounted(request.target)
        target = Target(before.customer, before.currency, before)
        coupon, code = await self._offer(request.offer, target)
        in_force, others = target.discount(coupon.id), before.discounts or []
        if in_force and (len(others) == 1 or not request.replace):
            return already_there(self._to.discount(in_force), "This discount is in force already.")
        if not in_force and (why_not := why_no_discount(coupon, code, target)):
            raise ConflictError(f"This discount cannot be given: {why_not}")
        kept: list[SubscriptionUpdateParamsDiscount] = [
            {"discount": item.id} for item in others if item is in_force or not request.replace
        ]
        given = kept if in_force else [*kept, _source(coupon, code)]
        return await self._give(before, coupon, given, request.reason)

    async def _give(
        self,
        before: vendor.Subscription,
        coupon: shop.Coupon,
        discounts: list[SubscriptionUpdateParamsDiscount],
        reason: str,
    ) -> WriteResult[AppliedDiscount]:
        ref = self._to.ref("subscription", before.id)
        preview: list[InvoiceCreatePreviewParamsDiscount] = [*map(_previewed, discounts)]
        quote = await self._quote({"subscription": before.id, "discounts": preview})
        done = await self._change(ref, {"discounts": discounts, "metadata": self._marks(reason)}, quote)
        applied = Target(done.customer, done.currency, done).discount(coupon.id)
        return WriteResult(
            outcome="applied",
            resource=self._to.discount(applied) if applied else AppliedDiscount(name=coupon.name),
            verify_with=ToolCall(tool="list_subscriptions", args={"subscription_id": ref}),
            warnings=(_OVERWRITES, _FINAL),
        )

    async def _discounted(self, target: Ref) -> vendor.Subscription:
        """The subscription; of a customer, the only one that has not ended, for Stripe discounts no customer."""
        if target.kind == "subscription":
            return await self._read_live(target)
        call = self._stripe.subscriptions.list_async({"customer": target.vendor_id, "limit": FULL_PAGE})
        found = (await answer(call, wire.Page[vendor.Subscription])).data
        refs = [self._to.ref("subscription", item.id) for item in found]
        if not refs:
            raise ConflictError("This customer has no subscription: Stripe can discount nothing else.")
        if len(refs) > 1:
            raise AmbiguousError(
                "This customer has several subscriptions: give one of them the discount.",
                candidates=[Candidate(id=ref) for ref in refs],
            )
        return await self._read_live(refs[0])

    async def _offer(self, offer: str, target: Target) -> tuple[shop.Coupon, shop.PromotionCode | None]:
        """A coupon and the code that gives it, by the id of either or by the code as a customer would type it."""
        name = bare_id(offer)
        code = await self._code(name) if name.startswith("promo_") else await self._typed(name, target)
        if code is None:
            call = self._stripe.coupons.retrieve_async(name, {"expand": [*_EXPAND_COUPON]})
            return await answer(call, shop.Coupon), None
        if code.promotion.coupon is None:
            raise NotFoundError("This promotion code gives no coupon: take another offer.")
        return code.promotion.coupon, code

    async def _code(self, code_id: str) -> shop.PromotionCode:
        expand = [f"promotion.coupon.{part}" for part in _EXPAND_COUPON]
        call = self._stripe.promotion_codes.retrieve_async(code_id, {"expand": expand})
        return await answer(call, shop.PromotionCode)

    async def _typed(self, word: str, target: Target) -> shop.PromotionCode | None:
        """The active code of this spelling; the customer's own before one for everybody."""
        expand = [f"data.promotion.coupon.{part}" for part in _EXPAND_COUPON]
        call = self._stripe.promotion_codes.list_async({"code": word, "active": True, "expand": expand})
        found = (await answer(call, wire.Page[shop.PromotionCode])).data
        mine = [code for code in found if code.customer in {None, target.customer}]
        return max(mine, key=lambda code: code.customer is not None, default=None)


def _page(offers: list[Offer | None], cursor: str | None) -> Found:
    return ReadResult(data=Page(items=tuple(offer for offer in offers if offer), next_cursor=cursor))


def _source(coupon: shop.Coupon, code: shop.PromotionCode | None) -> SubscriptionUpdateParamsDiscount:
    return {"promotion_code": code.id} if code else {"coupon": coupon.id}


def _previewed(discount: SubscriptionUpdateParamsDiscount) -> InvoiceCreatePreviewParamsDiscount:
    """The same words, of which the SDK has one type for each call."""
    return {**discount}
