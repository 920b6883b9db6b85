"""Points."""

from typing import Literal

from trunkline_contracts.contract import Category, Risk, read, write
from trunkline_contracts.entities.loyalty import LoyaltyAccount, PointsTransaction
from trunkline_contracts.record import Line, Moment, Record
from trunkline_contracts.refs import CustomerRef, LoyaltyAccountRef
from trunkline_contracts.tools.arguments import Listed, Points, Reason, Write
from trunkline_contracts.values import Page


class GetLoyaltyAccount(Record):
    """Whose membership; `program` where there are several."""

    customer_id: CustomerRef
    program: Line | None = None


class ListPointsTransactions(Listed):
    """Whose points history."""

    account_id: LoyaltyAccountRef
    kinds: tuple[Literal["earn", "adjust_add", "adjust_deduct", "redeem", "expire", "reverse"], ...] | None = None
    since: Moment | None = None


class ChangePoints(Write):
    """How many points, always positive, and why."""

    account_id: LoyaltyAccountRef
    points: Points
    reason: Reason
    wallet: Line | None = None
    counts_toward_tier: bool | None = None


class GrantPoints(ChangePoints):
    """Points to give."""

    activates_at: Moment | None = None
    expires_at: Moment | None = None


class DeductPoints(ChangePoints):
    """Points to take."""

    allow_negative: bool = False


GET_LOYALTY_ACCOUNT = read(
    "get_loyalty_account",
    "Get a customer's membership: points, tier, what expires.",
    Category.LOYALTY, GetLoyaltyAccount, LoyaltyAccount,
)  # fmt: skip
LIST_POINTS_TRANSACTIONS = read(
    "list_points_transactions",
    "List the changes of a member's points, newest first.",
    Category.LOYALTY, ListPointsTransactions, Page[PointsTransaction],
)  # fmt: skip
GRANT_POINTS = write(
    "grant_points",
    "Give points to a member.",
    Category.LOYALTY, Risk.VALUE, GrantPoints, PointsTransaction,
)  # fmt: skip
DEDUCT_POINTS = write(
    "deduct_points",
    "Take points from a member.",
    Category.LOYALTY, Risk.VALUE, DeductPoints, PointsTransaction,
)  # fmt: skip
