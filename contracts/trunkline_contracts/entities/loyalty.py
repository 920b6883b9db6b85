"""Members, their points and what they did with them."""

from decimal import Decimal
from typing import Literal

from trunkline_contracts.record import Moment, Record, VendorText
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Money, Status

MemberStatus = Literal["active", "pending", "blocked", "not_enrolled", "other"]
PointsKind = Literal["earn", "adjust_add", "adjust_deduct", "redeem", "expire", "reverse", "transfer", "other"]
PointsState = Literal["pending", "active", "spent", "expired", "canceled", "unknown"]


class Program(Record):
    """A loyalty programme."""

    id: str
    name: VendorText | None = None


class ExpiringPoints(Record):
    """Points that lapse at a time."""

    points: Decimal
    at: Moment


class Wallet(Record):
    """One balance of points; only `active` points can be spent."""

    id: str
    name: VendorText | None = None
    unit: VendorText | None = None
    active: Decimal
    pending: Decimal | None = None
    spent: Decimal | None = None
    expired: Decimal | None = None
    negative: Decimal | None = None
    expiring: tuple[ExpiringPoints, ...] = ()


class Tier(Record):
    """A level of the programme."""

    id: str | None = None
    name: VendorText
    since: Moment | None = None
    until: Moment | None = None


class NextTier(Record):
    """The next level, and what is missing for it."""

    name: VendorText
    remaining: Decimal | None = None
    metric: Literal["points", "spend", "orders", "unknown"] = "unknown"


class LoyaltyAccount(Record):
    """A member of a programme, with balances."""

    id: Ref
    customer: Ref | None = None
    program: Program
    member_number: VendorText | None = None
    status: Status[MemberStatus]
    wallets: tuple[Wallet, ...] = ()
    tier: Tier | None = None
    next_tier: NextTier | None = None
    lifetime_points: Decimal | None = None
    enrolled_at: Moment | None = None


class PointsTransaction(Record):
    """One change of a balance; `points` carries its sign."""

    id: Ref | None = None
    account: Ref
    wallet: str | None = None
    kind: PointsKind
    points: Decimal
    state: PointsState = "unknown"
    activates_at: Moment | None = None
    expires_at: Moment | None = None
    counts_toward_tier: bool | None = None
    balance_after: Decimal | None = None
    reason: VendorText | None = None
    order: Ref | None = None
    at: Moment | None = None


class Variable(Record):
    """How many points a reward of free size may cost."""

    min: Decimal | None = None
    max: Decimal | None = None
    step: Decimal | None = None


class Reward(Record):
    """Something that points buy; `why_not` where it is not available."""

    id: Ref
    name: VendorText
    cost_points: Decimal | None = None
    type: Literal["discount", "product", "gift_card", "shipping", "experience", "other"] = "other"
    value: Money | None = None
    available: bool = True
    why_not: VendorText | None = None
    variable: Variable | None = None
    expires_at: Moment | None = None


RedemptionStatus = Literal["pending", "issued", "fulfilled", "canceled", "refunded", "other"]


class Redemption(Record):
    """A reward that was taken; `code` is what the customer redeems elsewhere."""

    id: Ref | None = None
    account: Ref
    reward: Ref | None = None
    points: Decimal
    status: Status[RedemptionStatus]
    code: VendorText | None = None
    code_expires_at: Moment | None = None
