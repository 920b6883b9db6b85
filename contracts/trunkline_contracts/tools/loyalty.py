"""Points, and what they buy."""

from typing import Literal

from trunkline_contracts.contract import Category, Risk, read, write
from trunkline_contracts.entities.loyalty import LoyaltyAccount, PointsTransaction, Redemption, Reward
from trunkline_contracts.record import Line, Moment, Record
from trunkline_contracts.refs import CustomerRef, LoyaltyAccountRef, OrderRef, PointsTransactionRef, RewardRef
from trunkline_contracts.tools.arguments import Listed, Points, ValueWrite, Write
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


class ChangePoints(ValueWrite):
    """How many points, always positive, and why."""

    account_id: LoyaltyAccountRef
    points: Points
    wallet: Line | None = None
    counts_toward_tier: bool | None = None


class GrantPoints(ChangePoints):
    """Points to give."""

    activates_at: Moment | None = None
    expires_at: Moment | None = None


class DeductPoints(ChangePoints):
    """Points to take."""

    allow_negative: bool = False


class ListRewards(Listed):
    """For whose points."""

    account_id: LoyaltyAccountRef
    affordable_only: bool = True


class RedeemReward(Write):
    """Which reward; `points` where its size is free."""

    account_id: LoyaltyAccountRef
    reward_id: RewardRef
    points: Points | None = None
    order: OrderRef | None = None
    dry_run: bool = False


class SetTier(ValueWrite):
    """Which tier, by its name or id, and for how long."""

    account_id: LoyaltyAccountRef
    tier: Line
    until: Moment | None = None


class EnrollMember(Write):
    """Whom to enroll; `program` where there are several."""

    customer_id: CustomerRef
    program: Line | None = None


class ReversePoints(ValueWrite):
    """Which transaction to take back."""

    transaction_id: PointsTransactionRef


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
LIST_REWARDS = read(
    "list_rewards",
    "List the rewards that a member's points can buy.",
    Category.LOYALTY, ListRewards, Page[Reward],
)  # fmt: skip
REDEEM_REWARD = write(
    "redeem_reward",
    "Spend a member's points on a reward.",
    Category.LOYALTY, Risk.VALUE, RedeemReward, Redemption,
)  # fmt: skip
SET_TIER = write(
    "set_tier",
    "Set a member's tier.",
    Category.LOYALTY, Risk.VALUE, SetTier, LoyaltyAccount,
)  # fmt: skip
ENROLL_MEMBER = write(
    "enroll_member",
    "Enroll a customer in a loyalty programme.",
    Category.LOYALTY, Risk.VALUE, EnrollMember, LoyaltyAccount,
)  # fmt: skip
REVERSE_POINTS = write(
    "reverse_points",
    "Take back one change of a member's points.",
    Category.LOYALTY, Risk.VALUE, ReversePoints, PointsTransaction,
)  # fmt: skip
