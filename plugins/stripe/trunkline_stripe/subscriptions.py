"""Subscriptions: listed, paused, resumed, cancelled.

https://docs.stripe.com/api/subscriptions
"""

from datetime import UTC, date, datetime, time

from stripe.params import SubscriptionListParams, SubscriptionUpdateParams, SubscriptionUpdateParamsPauseCollection

from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import Subscription
from trunkline_contracts.errors import ConflictError, UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import Outcome, Quote, ReadResult, ToolCall, Undo, WriteResult
from trunkline_contracts.tools import (
    CANCEL_SUBSCRIPTION,
    LIST_SUBSCRIPTIONS,
    PAUSE_SUBSCRIPTION,
    RESUME_SUBSCRIPTION,
)
from trunkline_contracts.tools.billing import (
    CancelSubscription,
    ListSubscriptions,
    PauseSubscription,
    ResumeSubscription,
)
from trunkline_contracts.values import Page, Warning
from trunkline_stripe import vendor, wire, words
from trunkline_stripe.account import FULL_PAGE, Account
from trunkline_stripe.client import answer
from trunkline_stripe.normalize_subscriptions import ends_at

Written = WriteResult[Subscription]

# Four levels are the deepest that Stripe expands: a list has no room for its products' names.
_EXPAND = ["discounts.source.coupon", "items.data.price.product", "schedule"]
_EXPAND_LISTED = ["data.discounts.source.coupon", "data.schedule"]
_MORE_ITEMS = Warning(code="truncated", message="A subscription has more items than are given here.", field="items")
_FINAL = Warning(code="irreversible", message="A cancelled subscription cannot be brought back, only made anew.")
_UNPAID = Warning(
    code="async_result",
    message="Still paused: Stripe first collects an invoice, and gives up on it after 23 hours.",
    field="status",
)
_UNDONE = "undo: resume_subscription"
_PAUSED = {
    "void": "voids each new invoice",
    "keep_as_draft": "keeps each new invoice as a draft",
    "mark_uncollectible": "marks each new invoice as uncollectible",
}


class Subscriptions(Account):
    """The tools about subscriptions."""

    @implements(LIST_SUBSCRIPTIONS)
    async def list_subscriptions(self, request: ListSubscriptions) -> ReadResult[Page[Subscription]]:
        """List a customer's subscriptions, newest first, ended ones too; or read one."""
        if request.subscription_id:
            found = wire.Page[vendor.Subscription](data=[await self._subscription(request.subscription_id)])
        else:
            found = await self._list_subscriptions(request)
        wanted = [item for item in found.data if _fits(item, request)]
        names = await self._product_names(wanted)
        items = tuple(self._to.subscription(item, names) for item in wanted)
        warnings = (_MORE_ITEMS,) if any(item.items.has_more for item in wanted) else ()
        return ReadResult(data=Page(items=items, next_cursor=found.last_id), warnings=warnings)

    async def _list_subscriptions(self, request: ListSubscriptions) -> wire.Page[vendor.Subscription]:
        statuses = [words.SUBSCRIPTION_FILTER[status] for status in request.status or ()]
        params: SubscriptionListParams = {
            "status": statuses[0] if len(statuses) == 1 else "all",
            "limit": request.limit,
            "expand": _EXPAND_LISTED,
        }
        if request.customer_id:
            params["customer"] = request.customer_id.vendor_id
        if request.cursor:
            params["starting_after"] = request.cursor
        return await answer(self._stripe.subscriptions.list_async(params), wire.Page[vendor.Subscription])

    async def _product_names(self, found: list[vendor.Subscription]) -> dict[str, str | None]:
        """The names of the products that came as an id alone."""
        prices = [item.price for subscription in found for item in subscription.items.data if item.price]
        ids = sorted({price.product.id for price in prices if price.product and not price.product.name})
        if not ids:
            return {}
        call = self._stripe.products.list_async({"ids": ids[:FULL_PAGE], "limit": FULL_PAGE})
        return {product.id: product.name for product in (await answer(call, wire.Page[vendor.Product])).data}

    async def _subscription(self, ref: Ref) -> vendor.Subscription:
        call = self._stripe.subscriptions.retrieve_async(ref.vendor_id, {"expand": _EXPAND})
        return await answer(call, vendor.Subscription)

    async def _read_live(self, ref: Ref) -> vendor.Subscription:
        """A subscription that has not ended; Stripe knows an ended one no more when it shall be changed."""
        found = await self._subscription(ref)
        if found.status in words.ENDED:
            raise ConflictError(f"This subscription has ended (Stripe: {found.status}): nothing was changed.")
        return found

    async def _change(
        self, ref: Ref, params: SubscriptionUpdateParams, quote: Quote | None = None
    ) -> vendor.Subscription:
        sent: SubscriptionUpdateParams = {**params, "expand": _EXPAND}
        call = self._sdk(quote=quote).v1.subscriptions.update_async(ref.vendor_id, sent, self._once)
        return await answer(call, vendor.Subscription)

    @implements(PAUSE_SUBSCRIPTION)
    async def pause_subscription(self, request: PauseSubscription) -> Written:
        """Stop collecting, or stop the service; these are two different calls at Stripe."""
        if request.mode == "stop_service":
            return await self._stop_service(request)
        await self._read_live(request.subscription_id)
        pause: SubscriptionUpdateParamsPauseCollection = {"behavior": self._settings.while_paused}
        if request.resume_at:
            pause["resumes_at"] = _timestamp(request.resume_at)
        params: SubscriptionUpdateParams = {"pause_collection": pause, "metadata": self._marks(request.reason)}
        done = await self._change(request.subscription_id, params)
        told = f"Nothing is collected; the subscription stays {done.status}, and Stripe {_PAUSED[pause['behavior']]}."
        return self._written(done, undo=_resume(request.subscription_id, "pause"), message=told)

    async def _stop_service(self, request: PauseSubscription) -> Written:
        if request.resume_at:
            raise UnsupportedError(
                "Stripe's stop_service takes no `resume_at`: leave it out, or use stop_collection.",
                alternatives=("stop_collection",),
            )
        before = unmanaged(await self._read_live(request.subscription_id))
        if before.billing_mode is None or before.billing_mode.type != "flexible":
            raise UnsupportedError(
                "Stripe pauses the service only in flexible billing mode: use stop_collection.",
                alternatives=("stop_collection",),
            )
        call = self._stripe.subscriptions.pause_async(
            request.subscription_id.vendor_id, {"type": "subscription", "expand": _EXPAND}, self._once
        )
        done = await answer(call, vendor.Subscription)
        return self._written(done, undo=_resume(request.subscription_id, "pause"))

    @implements(RESUME_SUBSCRIPTION)
    async def resume_subscription(self, request: ResumeSubscription) -> Written:
        """Take back what is in force: a scheduled cancellation, a stop of collection or a stop of the service."""
        ref = request.subscription_id
        before = await self._read_live(ref)
        if request.undo == "scheduled_cancel":
            return await self._keep(ref, before)
        if before.status == "paused":
            return await self._resume_service(ref)
        if not before.pause_collection:
            return self._written(before, "noop", message="This subscription is not paused: nothing was changed.")
        done = await self._change(ref, {"pause_collection": "", "metadata": self._marks()})
        again = {"subscription_id": ref, "mode": "stop_collection", "reason": _UNDONE}
        if before.pause_collection.resumes_at:
            again["resume_at"] = before.pause_collection.resumes_at.date().isoformat()
        return self._written(done, undo=Undo(tool="pause_subscription", args=again))

    async def _keep(self, ref: Ref, before: vendor.Subscription) -> Written:
        """Clear the end in the way in which it was set: Stripe refuses both at once."""
        unmanaged(before)
        params: SubscriptionUpdateParams = {"metadata": self._marks()}
        again = {"subscription_id": ref, "reason": _UNDONE}
        if before.cancel_at_period_end:
            params["cancel_at_period_end"] = False
            again["when"] = "period_end"
        elif before.cancel_at:
            params["cancel_at"] = ""
            again |= {"when": "date", "on": before.cancel_at.date().isoformat()}
        else:
            return self._written(before, "noop", message="No cancellation is scheduled: nothing was changed.")
        return self._written(await self._change(ref, params), undo=Undo(tool="cancel_subscription", args=again))

    async def _resume_service(self, ref: Ref) -> Written:
        quote = await self._quote(
            {"subscription": ref.vendor_id, "subscription_details": {"resume_at": "now"}}, due_now=True
        )
        call = self._sdk(quote=quote).v1.subscriptions.resume_async(ref.vendor_id, {"expand": _EXPAND}, self._once)
        done = await answer(call, vendor.Subscription)
        if done.status == "paused":
            return self._written(done, "accepted", warnings=(_UNPAID,))
        return self._written(done)

    @implements(CANCEL_SUBSCRIPTION)
    async def cancel_subscription(self, request: CancelSubscription) -> Written:
        """Cancel now, at the end of the period, or on a day."""
        ref = request.subscription_id
        before = await self._read_live(ref)
        feedback = request.feedback or ""
        if request.when == "now":
            # No key goes with it: for a DELETE Stripe ignores one.
            call = self._stripe.subscriptions.cancel_async(
                ref.vendor_id,
                {"cancellation_details": {"comment": request.reason, "feedback": feedback}, "expand": _EXPAND},
            )
            return self._written(await answer(call, vendor.Subscription), warnings=(_FINAL,))
        unmanaged(before)
        params: SubscriptionUpdateParams = {
            "cancellation_details": {"comment": request.reason, "feedback": feedback},
            "metadata": self._marks(),
        }
        if request.on:
            params |= {"cancel_at": _timestamp(request.on), "proration_behavior": "none"}
        else:
            params["cancel_at_period_end"] = True
        done = await self._change(ref, params)
        return self._written(done, "scheduled", undo=_resume(ref, "scheduled_cancel", ends_at(done)))

    def _written(
        self,
        done: vendor.Subscription,
        outcome: Outcome = "applied",
        *,
        undo: Undo | None = None,
        message: str | None = None,
        warnings: tuple[Warning, ...] = (),
    ) -> Written:
        """What Stripe answered to a write; it answers the whole subscription."""
        resource = self._to.subscription(done)
        return WriteResult(
            outcome=outcome,
            message=message,
            resource=resource,
            effective_at=ends_at(done) if outcome == "scheduled" else None,
            verify_with=ToolCall(tool="list_subscriptions", args={"subscription_id": resource.id}),
            undo=undo,
            warnings=warnings,
        )


def unmanaged(found: vendor.Subscription) -> vendor.Subscription:
    """The subscription, unless a schedule manages it: that alone may then say what it consists of and when it ends."""
    if found.schedule:
        raise ConflictError("A schedule manages this subscription: release it at Stripe first; nothing was changed.")
    return found


def _fits(found: vendor.Subscription, request: ListSubscriptions) -> bool:
    """Whether a subscription is what was asked for, where Stripe was not asked for it."""
    status = words.SUBSCRIPTION_STATUS.get(found.status, "other")
    mine = request.customer_id is None or found.customer == request.customer_id.vendor_id
    return mine and (request.status is None or status in request.status)


def _resume(ref: Ref, undo: str, until: datetime | None = None) -> Undo:
    return Undo(tool="resume_subscription", args={"subscription_id": ref, "undo": undo}, until=until)


def _timestamp(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
