"""What both loyalty APIs of Voucherify need."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from trunkline_contracts.record import Record
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall, Undo
from trunkline_contracts.tools.loyalty import ReversePoints
from trunkline_contracts.values import Page, Warning

T = TypeVar("T", bound=Record)

MOST_CHANGES = 100
"""How many changes of a card are looked through for the one to reverse: the most that Voucherify lists at once."""

COUNTER_ENTRY = Warning(
    code="emulated", message="Voucherify has no reversal of such a change: an opposite one was made instead."
)


def seen_in_history(account: Ref) -> ToolCall:
    """The call that shows what became of a change."""
    return ToolCall(tool="list_points_transactions", args={"account_id": account})


def opposite(account: Ref, points: int, reason: str, wallet: str | None = None) -> Undo:
    """The call that takes a change back."""
    args = {"account_id": account, "points": abs(points), "reason": f"undo: {reason}"[:300]}
    more = {"wallet": wallet} if wallet else {}
    return Undo(tool="deduct_points" if points > 0 else "grant_points", args={**args, **more})


def take_back(transaction: Ref, until: datetime | None = None) -> Undo:
    """The call that gives back what a reward cost."""
    return Undo(
        tool="reverse_points", args={"transaction_id": transaction, "reason": "undo: reward redeemed"}, until=until
    )


def reversal_reason(request: ReversePoints, transaction_id: str) -> str:
    """A reason that names the reversed change, by which a second reversal of it is noticed."""
    return f"reversal of {transaction_id}: {request.reason}"[:300]


def names_reversal(reason: str | None, transaction_id: str) -> bool:
    """Whether a change is the reversal of another."""
    return f"reversal of {transaction_id}:" in (reason or "")


def page_of(items: Sequence[T], limit: int, cursor: str | None) -> Page[T]:
    """A page of what Voucherify gives all at once; the cursor counts what was given."""
    start = int(cursor or "0")
    end = start + limit
    return Page(items=tuple(items[start:end]), next_cursor=str(end) if end < len(items) else None)
