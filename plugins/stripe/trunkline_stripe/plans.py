"""Subscriptions changed to other plans or quantities.

https://docs.stripe.com/billing/subscriptions/change
"""

from collections.abc import Iterator
from typing import Any

from stripe.params import SubscriptionUpdateParams, SubscriptionUpdateParamsItem

from trunkline_contracts.contract import implements
from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.refs import bare_id
from trunkline_contracts.results import Undo
from trunkline_contracts.tools import CHANGE_SUBSCRIPTION
from trunkline_contracts.tools.billing import ChangeSubscription, NewItem
from trunkline_contracts.values import Warning
from trunkline_stripe import vendor, words
from trunkline_stripe.subscriptions import Subscriptions, Written, unmanaged

_UNPAID = Warning(
    code="async_result",
    message="The plan was changed, but Stripe could not collect for it yet: see `status`.",
    field="status",
)
_OWING = frozenset(("past_due", "unpaid", "incomplete"))


class Plans(Subscriptions):
    """The tool that changes what a subscription consists of."""

    @implements(CHANGE_SUBSCRIPTION)
    async def change_subscription(self, request: ChangeSubscription) -> Written:
        """Set, add and take away lines; the lines that are not named stay."""
        ref = request.subscription_id
        items = [_item(item) for item in request.items]
        before = unmanaged(await self._read_live(ref))
        how = words.PRORATION[request.proration]
        quote = await self._quote(
            {"subscription": ref.vendor_id, "subscription_details": {"items": [*items], "proration_behavior": how}},
            due_now=request.proration == "charge_now",
        )
        params: SubscriptionUpdateParams = {"items": items, "proration_behavior": how, "metadata": self._marks()}
        done = await self._change(ref, params, quote)
        owes = done.status in _OWING and before.status not in _OWING
        return self._written(
            done,
            "accepted" if owes else "applied",
            undo=_undo(request, before, done),
            warnings=(_UNPAID,) if owes else (),
        )


def _item(item: NewItem) -> Any:
    """One line as Stripe is told it: a quantity of nothing takes a line away."""
    if item.quantity == 0 and item.item_id is None:
        raise InvalidArgumentError("A quantity of 0 takes a line away: give its `item_id`.")
    line: SubscriptionUpdateParamsItem = {}
    if item.item_id:
        line["id"] = bare_id(item.item_id)
    if item.quantity == 0:
        line["deleted"] = True
        return line
    return {**line, "price": bare_id(item.price_id), "quantity": item.quantity}


def _undo(request: ChangeSubscription, before: vendor.Subscription, done: vendor.Subscription) -> Undo | None:
    """The change back; None where a line was billed by usage, or where an earlier call had made the change."""
    old = {item.id: item for item in before.items.data}
    named = {bare_id(item.item_id): item.quantity for item in request.items if item.item_id}
    added = [item for item in done.items.data if item.id not in old]
    back = [*(_line(old.get(item_id), gone=quantity == 0) for item_id, quantity in named.items())]
    back += [_line(item, quantity=0) for item in added]
    lines = [line for line in back if line]
    if len(lines) < len(request.items) or _same(before, done):
        return None
    args = {"subscription_id": request.subscription_id, "items": lines, "proration": request.proration}
    return Undo(tool="change_subscription", args={name: value for name, value in args.items() if value})


def _line(
    item: vendor.SubscriptionItem | None, *, gone: bool = False, quantity: int | None = None
) -> dict[str, Any] | None:
    """A line as `change_subscription` takes it, as it was or with another quantity."""
    if item is None or item.price is None or item.quantity is None:
        return None
    line = {"price_id": item.price.id, "quantity": item.quantity if quantity is None else quantity}
    return line if gone else {"item_id": item.id, **line}


def _same(before: vendor.Subscription, done: vendor.Subscription) -> bool:
    return [*_told(before)] == [*_told(done)]


def _told(found: vendor.Subscription) -> Iterator[tuple[str, str | None, int | None]]:
    for item in found.items.data:
        yield item.id, item.price.id if item.price else None, item.quantity
