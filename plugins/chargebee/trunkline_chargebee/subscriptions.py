"""Subscriptions: listed, paused, resumed, cancelled.

https://apidocs.chargebee.com/docs/api/subscriptions
"""

from typing import Any

from trunkline_chargebee import vendor, words
from trunkline_chargebee.account import Account, midnight, one_of
from trunkline_chargebee.money import money
from trunkline_chargebee.normalize import raw_id
from trunkline_chargebee.normalize_subscriptions import status
from trunkline_contracts.api import Params
from trunkline_contracts.contract import implements
from trunkline_contracts.entities.billing import Subscription
from trunkline_contracts.errors import UnsupportedError
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ReadResult, ToolCall, Undo, WriteResult
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
from trunkline_contracts.values import Extensions, Page, Warning

Written = WriteResult[Subscription]

_UNDO_PATH = {
    "pause": "resume",
    "scheduled_pause": "remove_scheduled_pause",
    "scheduled_cancel": "remove_scheduled_cancellation",
}
_UNDONE = "undo: resume_subscription"
_FINAL = Warning(
    code="irreversible", message="No tool brings a cancelled subscription back: it is reactivated in Chargebee."
)
_REFUND_LATER = Warning(
    code="async_result", message="Chargebee refunds the credits later: see the customer's invoices.", field="refund"
)


class Subscriptions(Account):
    """The tools about subscriptions."""

    @implements(LIST_SUBSCRIPTIONS)
    async def list_subscriptions(self, request: ListSubscriptions) -> ReadResult[Page[Subscription]]:
        """List a customer's subscriptions, newest first, ended ones too; or read one."""
        if request.subscription_id:
            rows, cursor = [await self._read(request.subscription_id)], None
        else:
            found = await self._list(request)
            rows, cursor = [row.subscription for row in found.rows], found.next_offset
        items = tuple(self._to.subscription(item) for item in rows if _fits(item, request))
        return ReadResult(data=Page(items=items, next_cursor=cursor))

    async def _read(self, ref: Ref) -> vendor.Subscription:
        return (await self._api.get("/subscriptions/{}", raw_id(ref), gives=vendor.SubscriptionRow)).subscription

    async def _list(self, request: ListSubscriptions) -> vendor.Page[vendor.SubscriptionRow]:
        statuses = dict.fromkeys(raw for ours in request.status or () for raw in words.SUBSCRIPTION_FILTER[ours])
        params: Params = {
            "customer_id[is]": raw_id(request.customer_id) if request.customer_id else None,
            "status[in]": one_of(statuses) if statuses else None,
            "sort_by[desc]": "created_at",
            "limit": request.limit,
            "offset": request.cursor,
        }
        return await self._api.get("/subscriptions", gives=vendor.Page[vendor.SubscriptionRow], params=params)

    async def _change(self, ref: Ref, action: str, form: Params) -> vendor.Changed:
        return await self._write("/subscriptions/{}/" + action, raw_id(ref), gives=vendor.Changed, form=form)

    @implements(PAUSE_SUBSCRIPTION)
    async def pause_subscription(self, request: PauseSubscription) -> Written:
        """Stop the service now or at the end of the term."""
        ref, starts = request.subscription_id, request.starts or "now"
        form: Params = {
            "pause_option": words.PAUSE_OPTION[starts],
            "resume_date": midnight(request.resume_at) if request.resume_at else None,
        }
        done = await self._change(ref, "pause", form)
        if done.subscription.status == "paused":
            return self._written(done, outcome="applied", undo=_resume(ref, "pause"))
        at = done.subscription.pause_date or done.subscription.current_term_end
        return self._written(done, outcome="scheduled", effective_at=at, undo=_resume(ref, "scheduled_pause", until=at))

    @implements(RESUME_SUBSCRIPTION)
    async def resume_subscription(self, request: ResumeSubscription) -> Written:
        """Take back a pause, a scheduled pause or a scheduled cancellation."""
        ref = request.subscription_id
        before = await self._read(ref)
        form: Params = {"resume_option": "immediately"} if request.undo == "pause" else {}
        done = await self._change(ref, _UNDO_PATH[request.undo], form)
        undo = _cancel(ref, before) if request.undo == "scheduled_cancel" else _pause(ref, before, request.undo)
        return self._written(done, outcome="applied", undo=undo)

    @implements(CANCEL_SUBSCRIPTION)
    async def cancel_subscription(self, request: CancelSubscription) -> Written:
        """Cancel now, at the end of the term, or on a day."""
        ref = request.subscription_id
        form: Params = {
            "cancel_option": words.CANCEL_OPTION[request.when],
            "cancel_at": midnight(request.on) if request.on else None,
            "cancel_reason_code": request.feedback,
            **_credits(request),
        }
        done = await self._change(ref, "cancel_for_items", form)
        if done.subscription.status == "cancelled":
            later = (_REFUND_LATER,) if request.refund in {"prorated", "full"} else ()
            return self._written(done, outcome="applied", warnings=(_FINAL, *later))
        at = done.subscription.cancelled_at or done.subscription.current_term_end
        undo = _resume(ref, "scheduled_cancel", until=at)
        return self._written(done, outcome="scheduled", effective_at=at, undo=undo)

    def _written(self, done: vendor.Changed, **more: Any) -> Written:
        """What Chargebee answered to a write; it answers the whole subscription."""
        resource = self._to.subscription(done.subscription)
        return WriteResult(
            resource=resource,
            verify_with=ToolCall(tool="list_subscriptions", args={"subscription_id": resource.id}),
            extensions=_billed(done),
            **more,
        )


def _fits(found: vendor.Subscription, request: ListSubscriptions) -> bool:
    """Whether a subscription is what was asked for, where Chargebee was not asked for it."""
    mine = request.customer_id is None or found.customer_id == raw_id(request.customer_id)
    return mine and (request.status is None or status(found).value in request.status)


def _credits(request: CancelSubscription) -> Params:
    """What becomes of the current term's charges, and that the money really goes back."""
    if request.refund is None or (request.refund == "none" and request.when == "period_end"):
        return {}
    if request.refund != "none" and request.when != "now":
        raise UnsupportedError("Chargebee credits the current term only with when: now.", alternatives=("none",))
    return {
        "credit_option_for_current_term_charges": words.REFUND_CREDITS[request.refund],
        "refundable_credits_handling": "no_action" if request.refund == "none" else "schedule_refund",
    }


def _resume(ref: Ref, undo: str, **more: Any) -> Undo:
    return Undo(tool="resume_subscription", args={"subscription_id": ref, "undo": undo}, **more)


def _pause(ref: Ref, before: vendor.Subscription, undone: str) -> Undo:
    args = {"subscription_id": ref, "mode": "stop_service", "reason": _UNDONE}
    args["starts"] = "now" if undone == "pause" else "period_end"
    if before.resume_date:
        args["resume_at"] = before.resume_date.date().isoformat()
    return Undo(tool="pause_subscription", args=args)


def _cancel(ref: Ref, before: vendor.Subscription) -> Undo:
    args = {"subscription_id": ref, "reason": _UNDONE, "when": "period_end"}
    if before.cancelled_at and before.cancelled_at not in {before.current_term_end, before.trial_end}:
        args |= {"when": "date", "on": before.cancelled_at.date().isoformat()}
    return Undo(tool="cancel_subscription", args=args)


def _billed(done: vendor.Changed) -> Extensions | None:
    """What Chargebee billed or credited at once for a change."""
    made: dict[str, Any] = {}
    if done.invoice:
        total = money(done.invoice.total, done.invoice.currency_code).model_dump()
        made["invoice"] = {"number": done.invoice.id, "total": total}
    if done.credit_notes:
        made["credit_notes"] = [note.id for note in done.credit_notes]
    return {"chargebee": made} if made else None
