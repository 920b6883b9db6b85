"""The lines of a subscription: what a change makes of them, and what takes it back.

Chargebee has one line for each item price, so the price's id is the line's too. It adds what it is sent to the lines
there are, a plan in place of the other plan; to take a line away, the whole list has to be sent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline_chargebee.normalize import named_id
from trunkline_chargebee.vendor import Subscription, SubscriptionItem
from trunkline_contracts.api import Params
from trunkline_contracts.errors import InvalidArgumentError, UnsupportedError
from trunkline_contracts.tools.billing import NewItem


@dataclass(frozen=True)
class Line:
    """One line to send; `had` is its price in the subscription so far."""

    price_id: str
    quantity: int | None
    had: int | None = None


@dataclass(frozen=True)
class Lines:
    """The lines to send: all of a subscription's where the list is whole, else only those that change."""

    lines: Sequence[Line]
    is_whole: bool

    @property
    def prices(self) -> dict[str, int]:
        """What the lines that stay cost now."""
        return {line.price_id: line.had for line in self.lines if line.had is not None}

    def form(self, overridden: Iterable[str]) -> Params:
        """The lines as Chargebee takes them; prices that were agreed for this subscription stay."""
        agreed = frozenset(overridden)
        form: dict[str, Any] = {"replace_items_list": True} if self.is_whole else {}
        for number, line in enumerate(self.lines):
            form[f"subscription_items[item_price_id][{number}]"] = line.price_id
            form[f"subscription_items[quantity][{number}]"] = line.quantity
            form[f"subscription_items[unit_price][{number}]"] = line.had if line.price_id in agreed else None
        return form


def planned(before: Subscription, items: Sequence[NewItem]) -> Lines:
    """What to send for a change; raises InvalidArgumentError for a line that is not there."""
    now = _by_price(before)
    moves = [_move(now, item) for item in items]
    new = {move.to: move.line(now) for move in moves if move.quantity}
    gone = {move.of for move in moves if move.of in now and move.leaves}
    if all(_is_plan(now[one]) for one in gone):
        return Lines(tuple(new.values()), is_whole=False)
    staying = {one: item for one, item in now.items() if one not in gone}
    if any(item.unit_price_in_decimal for item in staying.values()):
        raise UnsupportedError("Beside prices in fractions of a cent no item is taken away: they might change.")
    kept = [Line(one, item.quantity, _price(item)) for one, item in staying.items() if one not in new]
    return Lines((*kept, *new.values()), is_whole=True)


@dataclass(frozen=True)
class _Move:
    """One asked change: the line it is about, the price that takes its place, and how many of it."""

    of: str
    to: str
    quantity: int

    @property
    def leaves(self) -> bool:
        """Whether the line goes, for another or for none."""
        return self.of != self.to or not self.quantity

    def line(self, now: dict[str, SubscriptionItem]) -> Line:
        """The line to send."""
        return Line(self.to, self.quantity, _price(now.get(self.to)))


def _move(now: dict[str, SubscriptionItem], item: NewItem) -> _Move:
    to = named_id(item.price_id, "offer")
    of = item.item_id or to
    if of not in now and (item.item_id or not item.quantity):
        raise InvalidArgumentError(f"The subscription has no item {of}: `item_id` is the price_id of a line.")
    if not item.quantity and _is_plan(now[of]):
        raise UnsupportedError("A plan is changed, not removed.", alternatives=("cancel_subscription",))
    return _Move(of, to, item.quantity)


def _by_price(subscription: Subscription) -> dict[str, SubscriptionItem]:
    return {item.item_price_id: item for item in subscription.subscription_items or () if item.item_price_id}


def _is_plan(item: SubscriptionItem) -> bool:
    return item.item_type == "plan"


def _price(item: SubscriptionItem | None) -> int | None:
    return None if item is None or item.unit_price_in_decimal is not None else item.unit_price


def back(before: Subscription, after: Subscription) -> list[dict[str, Any]]:
    """The items of the change that makes a subscription what it was."""
    was, now = _by_price(before), _by_price(after)
    again = [
        {"price_id": one, "quantity": item.quantity or 1}
        for one, item in was.items()
        if one not in now or now[one].quantity != item.quantity
    ]
    added = [one for one, item in now.items() if one not in was and not _is_plan(item)]
    return again + [{"item_id": one, "price_id": one, "quantity": 0} for one in added]
