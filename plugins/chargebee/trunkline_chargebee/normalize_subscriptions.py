"""Chargebee's subscriptions into our records."""

from collections.abc import Iterator

from trunkline_chargebee import vendor, words
from trunkline_chargebee.money import money_or_none
from trunkline_chargebee.normalize import CustomerRecords
from trunkline_contracts.entities.billing import (
    AppliedDiscount,
    Cancellation,
    NextInvoice,
    ScheduledChange,
    Subscription,
    SubscriptionItem,
    SubscriptionStatus,
)
from trunkline_contracts.values import Extensions, Interval, Period, Status, status_of

Termed = vendor.Subscription | vendor.SubscriptionItem

_UNITS = frozenset(("day", "week", "month", "year"))


class SubscriptionRecords(CustomerRecords):
    """Builds our records of standing agreements."""

    def subscription(self, found: vendor.Subscription) -> Subscription:
        """A subscription."""
        ended = found.status == "cancelled"
        return Subscription(
            id=self.ref("subscription", found.id),
            billing_account=self.maybe("billing_account", found.customer_id),
            status=status(found),
            scheduled=() if ended else tuple(_scheduled(found)),
            items=tuple(_item(item, found) for item in found.subscription_items or ()),
            current_period=_period(found),
            trial_end=found.trial_end,
            discounts=tuple(self.discount(coupon) for coupon in found.coupons or ()),
            next_invoice=NextInvoice(at=found.next_billing_at) if found.next_billing_at else None,
            cancel=Cancellation(at=found.cancelled_at, reason=_why(found)) if ended else None,
            collection_method=found.auto_collection and f"auto_collection {found.auto_collection}",
            started_at=found.started_at or found.start_date,
            ended_at=found.cancelled_at if ended else None,
            extensions=_dues(found),
        )

    def discount(self, coupon: vendor.Coupon) -> AppliedDiscount:
        """A coupon in force."""
        return AppliedDiscount(
            offer=self.ref("offer", coupon.coupon_id), name=coupon.coupon_id, ends_at=coupon.apply_till
        )


def status(found: vendor.Subscription) -> Status[SubscriptionStatus]:
    """Chargebee's word in ours; that something is due, its word for the subscription does not say."""
    told: Status[SubscriptionStatus] = status_of(words.SUBSCRIPTION_STATUS, found.status)
    if told.value == "active" and found.due_invoices_count:
        return told.model_copy(update={"value": "past_due", "lossy": True})
    return told


def _is_ending(found: vendor.Subscription) -> bool:
    """Whether a cancellation is scheduled; what is not active yet, or paused, keeps its status until then."""
    waiting = found.status in {"future", "in_trial", "paused"}
    return found.status == "non_renewing" or (waiting and found.cancel_schedule_created_at is not None)


def _scheduled(found: vendor.Subscription) -> Iterator[ScheduledChange]:
    if _is_ending(found):
        yield ScheduledChange(action="cancel", at=found.cancelled_at or found.current_term_end, detail=_why(found))
    if found.pause_date and found.status != "paused":
        yield ScheduledChange(action="pause", at=found.pause_date)
    if found.resume_date:
        yield ScheduledChange(action="resume", at=found.resume_date)
    if found.has_scheduled_changes:
        yield ScheduledChange(action="change", at=found.changes_scheduled_at)


def _why(found: vendor.Subscription) -> str | None:
    return found.cancel_reason_code or found.cancel_reason


def _item(item: vendor.SubscriptionItem, owner: vendor.Subscription) -> SubscriptionItem:
    exact = item.unit_price_in_decimal is None
    return SubscriptionItem(
        price_id=item.item_price_id,
        plan_name=item.description,
        quantity=item.quantity,
        unit_price=money_or_none(item.unit_price, owner.currency_code) if exact else None,
        interval=interval(item.billing_period, item.billing_period_unit)
        or interval(owner.billing_period, owner.billing_period_unit),
        current_period=_period(item) or _period(owner),
    )


def interval(period: int | None, unit: str | None) -> Interval | None:
    """How often something is billed."""
    if period is None or unit not in _UNITS:
        return None
    return Interval.model_validate({"unit": unit, "count": period})


def _period(found: Termed) -> Period | None:
    start, end = found.current_term_start, found.current_term_end
    return Period(start=start, end=end) if start and end else None


def _dues(found: vendor.Subscription) -> Extensions | None:
    """What is owed for the subscription; the word for its state does not tell."""
    owed = money_or_none(found.total_dues, found.currency_code)
    if not found.due_invoices_count or owed is None:
        return None
    since = found.due_since.isoformat() if found.due_since else None
    return {"chargebee": {"unpaid_invoices": found.due_invoices_count, "owed": owed.model_dump(), "since": since}}
