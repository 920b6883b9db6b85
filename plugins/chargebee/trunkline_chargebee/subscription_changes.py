"""Subscriptions: moved to other items, or given a coupon; a dry run asks Chargebee what that would cost.

https://apidocs.chargebee.com/docs/api/subscriptions/update-subscription-for-items
https://apidocs.chargebee.com/docs/api/estimates
"""

from trunkline_chargebee import subscription_items, vendor, words
from trunkline_chargebee.account import FULL_PAGE, one_of
from trunkline_chargebee.normalize import named_id
from trunkline_chargebee.quotes import quote
from trunkline_chargebee.subscriptions import Subscriptions, Written
from trunkline_chargebee.vendor_catalog import Estimated, ItemPriceRow
from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import AppliedDiscount
from trunkline_contracts.errors import ConflictError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Quote, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import APPLY_DISCOUNT, CHANGE_SUBSCRIPTION
from trunkline_contracts.tools.billing import ApplyDiscount, ChangeSubscription
from trunkline_contracts.values import Warning

_UPDATE = "/subscriptions/{}/update_for_items"
# Chargebee would start an ended subscription again, were it not told otherwise.
_STAYS_ENDED: Params = {"reactivate": False}
_SCHEDULED = Warning(code="irreversible", message="No tool takes a scheduled change back: remove it in Chargebee.")
_NOTHING_BACK = Warning(code="irreversible", message="Nothing of it can be taken back by a change of items.")
_DROPPED = Warning(code="irreversible", message="The change that was scheduled before gives way to this one.")


class SubscriptionChanges(Subscriptions):
    """The tools that change what is subscribed to, and at which price."""

    @implements(CHANGE_SUBSCRIPTION)
    async def change_subscription(self, request: ChangeSubscription) -> Written:
        """Change the plan, add-ons or quantities, now or at the end of the term."""
        ref, when = request.subscription_id, request.when or "now"
        before = await self._living(ref)
        lines = subscription_items.planned(before, request.items)
        overridden = await self._overridden(lines) if lines.is_whole and lines.prices else frozenset()
        form: Params = {
            **lines.form(overridden),
            "change_option": words.CHANGE_OPTION[when],
            **_billing(request),
            **_STAYS_ENDED,
        }
        done = await self._changed(before, form)
        dropped = (_DROPPED,) if before.has_scheduled_changes else ()
        if when == "period_end":
            at = done.subscription.changes_scheduled_at or done.subscription.current_term_end
            return self._written(done, outcome="scheduled", effective_at=at, warnings=(_SCHEDULED, *dropped))
        back = subscription_items.back(before, done.subscription)
        undo = Undo(tool="change_subscription", args={"subscription_id": ref, "items": back}) if back else None
        final = () if undo else (_NOTHING_BACK,)
        return self._written(done, outcome="applied", undo=undo, warnings=(*dropped, *final))

    async def _living(self, ref: Ref) -> vendor.Subscription:
        """A subscription that has not ended."""
        found = await self._read(ref)
        if found.status not in words.LIVE:
            raise ConflictError("This subscription has ended.")
        return found

    async def _overridden(self, lines: subscription_items.Lines) -> frozenset[str]:
        """The items whose price was agreed for this subscription: a list that is sent whole has to say it again."""
        params: Params = {"id[in]": one_of(sorted(lines.prices)), "limit": FULL_PAGE}
        found = await self._api.get("/item_prices", gives=vendor.Page[ItemPriceRow], params=params)
        listed = {row.item_price.id: row.item_price.price for row in found.rows}
        return frozenset(one for one, price in lines.prices.items() if price != listed.get(one))

    async def _changed(self, before: vendor.Subscription, form: Params) -> vendor.Changed:
        quoted = await self._quote(before, form) if self._call.dry_run else None
        return await self._write(_UPDATE, before.id, gives=vendor.Changed, form=form, quoted=quoted)

    async def _quote(self, before: vendor.Subscription, form: Params) -> Quote:
        """What Chargebee estimates for a change."""
        found = await self._api.call(
            "POST",
            "/estimates/update_subscription_for_items",
            gives=Estimated,
            form={"subscription[id]": before.id, **form},
            safe=True,
        )
        return quote(found.estimate, before.currency_code)

    @implements(APPLY_DISCOUNT)
    async def apply_discount(self, request: ApplyDiscount) -> WriteResult[AppliedDiscount]:
        """Put a coupon on a subscription, beside or instead of those it has."""
        if request.target.kind != "subscription":
            raise UnsupportedError("Chargebee puts coupons on subscriptions.", alternatives=("subscription",))
        coupon = named_id(request.offer, "offer")
        before = await self._living(request.target)
        form: Params = {
            "coupon_ids[0]": coupon,
            "replace_coupon_list": request.replace,
            "change_option": "immediately",
            **_STAYS_ENDED,
        }
        done = await self._changed(before, form)
        reread = ToolCall(tool="list_subscriptions", args={"subscription_id": request.target})
        for applied in done.subscription.coupons or ():
            if coupon in {applied.coupon_id, applied.coupon_code}:
                return WriteResult(outcome="applied", resource=self._to.discount(applied), verify_with=reread)
        return WriteResult(outcome="accepted", resource=AppliedDiscount(name=coupon), verify_with=reread)


def _billing(request: ChangeSubscription) -> Params:
    """Whether a change within a term is charged for, and whether at once; left out, the site's settings decide."""
    if request.when == "period_end":
        if request.proration in {"charge_now", "next_invoice"}:
            raise UnsupportedError("At the end of a term there is nothing to prorate.", alternatives=("none",))
        return {}
    if request.proration is None:
        return {}
    if request.proration == "none":
        return {"prorate": False}
    return {"prorate": True, "invoice_immediately": request.proration == "charge_now"}
