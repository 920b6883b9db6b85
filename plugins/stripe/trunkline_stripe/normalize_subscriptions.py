"""Stripe's subscriptions into our records."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from trunkline_contracts.entities.billing import (
    AppliedDiscount,
    Cancellation,
    CollectionPause,
    NextInvoice,
    ScheduledChange,
    Subscription,
    SubscriptionItem,
)
from trunkline_contracts.values import Extensions, Period, status_of
from trunkline_stripe import terms, vendor, words
from trunkline_stripe.money import money_or_none
from trunkline_stripe.normalize import Refs
from trunkline_stripe.normalize_offers import interval

_TRIAL_ENDS: dict[str, Literal["pause", "cancel"]] = {"pause": "pause", "cancel": "cancel"}
_STILL_BILLED = frozenset(("trialing", "active", "past_due"))


class SubscriptionRecords(Refs):
    """Builds our records of subscriptions."""

    def subscription(
        self, found: vendor.Subscription, products: Mapping[str, str | None] | None = None
    ) -> Subscription:
        """A subscription; `products` are the names of products that did not come with it."""
        items = tuple(self._item(found, item, products or {}) for item in found.items.data)
        periods = {item.current_period for item in items}
        return Subscription(
            id=self.ref("subscription", found.id),
            billing_account=self.maybe("billing_account", found.customer),
            status=status_of(words.SUBSCRIPTION_STATUS, found.status),
            collection_paused=_pause(found),
            scheduled=_scheduled(found),
            items=items,
            current_period=periods.pop() if len(periods) == 1 else None,
            trial_end=found.trial_end,
            discounts=tuple(self.discount(item) for item in found.discounts or ()),
            next_invoice=_next_invoice(found, [item.current_period for item in items]),
            cancel=_cancellation(found),
            collection_method=found.collection_method,
            started_at=found.start_date,
            ended_at=found.ended_at,
            extensions=_extensions(found),
        )

    def _item(
        self, found: vendor.Subscription, item: vendor.SubscriptionItem, products: Mapping[str, str | None]
    ) -> SubscriptionItem:
        price = item.price
        product = price.product if price else None
        name = (product.name or products.get(product.id)) if product else None
        return SubscriptionItem(
            id=self.maybe("subscription_item", item.id),
            price_id=price.id if price else None,
            product=product.id if product else None,
            plan_name=name or (price.nickname if price else None),
            quantity=item.quantity,
            unit_price=money_or_none(price.unit_amount, price.currency) if price else None,
            interval=interval(price.recurring) if price else None,
            current_period=_period(found, item),
        )

    def discount(self, discount: vendor.Discount) -> AppliedDiscount:
        """A discount in force."""
        coupon = discount.coupon
        return AppliedDiscount(
            id=self.maybe("discount", discount.id),
            offer=self.maybe("offer", coupon.id if coupon else None),
            name=coupon.name if coupon else None,
            ends_at=discount.end,
        )


def ends_at(found: vendor.Subscription) -> datetime | None:
    """When a subscription that is set to be cancelled will be."""
    if found.status in words.ENDED:
        return None
    if found.cancel_at or not found.cancel_at_period_end:
        return found.cancel_at
    ends = [period.end for item in found.items.data if (period := _period(found, item))]
    return max(ends, default=None)


def _extensions(found: vendor.Subscription) -> Extensions | None:
    known = {
        "latest_invoice": found.latest_invoice,
        "schedule": found.schedule.id if found.schedule else None,
        "paused_because": _paused_because(found) if found.status == "paused" else None,
    }
    given = {name: value for name, value in known.items() if value}
    return {"stripe": given} if given else None


def _paused_because(found: vendor.Subscription) -> str | None:
    """Why the service is paused: a call is one way into it, an end of a trial another."""
    paused = found.status_details.paused if found.status_details else None
    word = paused.subscription.type if paused and paused.subscription else None
    return words.PAUSED_BECAUSE.get(word, word) if word else None


def _pause(found: vendor.Subscription) -> CollectionPause | None:
    pause = found.pause_collection
    return CollectionPause(behavior=pause.behavior, resumes_at=pause.resumes_at) if pause else None


def _scheduled(found: vendor.Subscription) -> tuple[ScheduledChange, ...]:
    ends, pause = ends_at(found), found.pause_collection
    changes = [*_after_trial(found)]
    if ends or (found.cancel_at_period_end and found.status not in words.ENDED):
        changes.append(ScheduledChange(action="cancel", at=ends))
    if pause and pause.resumes_at:
        changes.append(ScheduledChange(action="resume", at=pause.resumes_at))
    if found.schedule and found.status not in words.ENDED:
        changes += _phases(found.schedule, ends)
    return tuple(changes)


def _after_trial(found: vendor.Subscription) -> Iterator[ScheduledChange]:
    """What a trial's end brings to a subscription that has no way to pay of its own."""
    end = found.trial_settings.end_behavior if found.trial_settings else None
    action = _TRIAL_ENDS.get(end.missing_payment_method or "") if end else None
    if found.status == "trialing" and action and not found.default_payment_method:
        yield ScheduledChange(action=action, at=found.trial_end, detail="if there is no way to pay by then")


def _phases(schedule: terms.Schedule, ends: datetime | None) -> Iterator[ScheduledChange]:
    """What a schedule has still to do; at its end it lets the subscription go on, or cancels it."""
    since = schedule.current_phase.end_date if schedule.current_phase else None
    for phase in schedule.phases:
        if since is None or phase.start_date >= since:
            prices = ", ".join(item.price for item in phase.items)
            yield ScheduledChange(action="change", at=phase.start_date, detail=f"to {prices}")
    if schedule.end_behavior == "cancel" and schedule.phases and ends is None:
        yield ScheduledChange(action="cancel", at=schedule.phases[-1].end_date)


def _next_invoice(found: vendor.Subscription, periods: Sequence[Period | None]) -> NextInvoice | None:
    """When Stripe collects next; how much it will be only a preview could say."""
    ends = [period.end for period in periods if period]
    if found.status not in _STILL_BILLED or not ends:
        return None
    due, last, pause = min(ends), ends_at(found), found.pause_collection
    if last and last <= due:
        return None
    if pause and (pause.resumes_at is None or pause.resumes_at > due):
        return None
    return NextInvoice(at=due)


def _cancellation(found: vendor.Subscription) -> Cancellation | None:
    details = found.cancellation_details or terms.CancellationDetails()
    at = found.ended_at if found.status in words.ENDED else ends_at(found)
    reason = details.comment or details.reason
    return Cancellation(at=at, reason=reason, feedback=details.feedback) if at or reason else None


def _period(found: vendor.Subscription, item: vendor.SubscriptionItem) -> Period | None:
    start = item.current_period_start or found.current_period_start
    end = item.current_period_end or found.current_period_end
    return Period(start=start, end=end) if start and end else None
