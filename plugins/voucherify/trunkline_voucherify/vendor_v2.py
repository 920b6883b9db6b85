"""The part of the answers of Voucherify's loyalty API v2 that we read, and its words in ours."""

import datetime as dt
from decimal import Decimal

from pydantic import AwareDatetime, BaseModel

from trunkline_contracts.entities.loyalty import MemberStatus, PointsKind, PointsState, RedemptionStatus

# A change's kind, and whether it takes points away: Voucherify counts all of them without a sign.
CHANGES: dict[str, tuple[PointsKind, bool]] = {
    "ADMIN_CREDIT": ("adjust_add", False),
    "ADMIN_DEBIT": ("adjust_deduct", True),
    "ADMIN_POINTS_EXPIRATION": ("expire", True),
    "PENDING_POINTS_ACTIVATED": ("earn", False),
    "PENDING_POINTS_ADDED": ("earn", False),
    "PENDING_POINTS_CANCELED": ("other", True),
    "POINTS_EARNED": ("earn", False),
    "POINTS_EXPIRED": ("expire", True),
    "POINTS_PURCHASED": ("other", False),
    "POINTS_PURCHASE_REVERSED": ("reverse", True),
    "POINTS_REFUNDED": ("reverse", False),
    "POINTS_RETURNED": ("reverse", False),
    "POINTS_SPENT_ON_ORDER": ("redeem", True),
    "POINTS_SPENT_ON_REWARD": ("redeem", True),
}

UNSETTLED: dict[str, PointsState] = {"PENDING": "pending", "PROCESSING": "pending", "REJECTED": "canceled"}
"""What is true of a change before it is approved, and of one that never will be."""

MEMBERS: dict[str, MemberStatus] = {"ACTIVE": "active", "INACTIVE": "blocked"}

REDEMPTIONS: dict[str, RedemptionStatus] = {
    "PENDING": "pending",
    "PROCESSING": "pending",
    "APPROVED": "issued",
    "REJECTED": "canceled",
    "REFUNDED": "refunded",
}


class Lifetime(BaseModel):
    """What happened to a card's points so far."""

    total: Decimal | None = None
    spent: Decimal | None = None
    expired: Decimal | None = None


class LifetimeBucket(BaseModel):
    """The counters of a card."""

    points: Lifetime | None = None


class CardBalance(BaseModel):
    """What a card holds now; only `points` can be spent."""

    points: Decimal
    pending_points: Decimal | None = None


class NextExpiration(BaseModel):
    """What lapses next."""

    points: Decimal
    date: dt.date


class Card(BaseModel):
    """A loyalty card, which is a wallet; its code is made a little after it."""

    id: str
    code: str | None = None
    balance: CardBalance
    lifetime_bucket: LifetimeBucket | None = None
    next_expiration: NextExpiration | None = None


class TierName(BaseModel):
    """A tier."""

    id: str | None = None
    name: str | None = None


class CurrentTier(BaseModel):
    """The tier that a card gives now."""

    tier: TierName | None = None
    start_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None


class Opportunity(BaseModel):
    """A tier that could be reached."""

    tier: TierName | None = None
    points: Decimal | None = None


class TierProgress(BaseModel):
    """Where a card stands in its tiers."""

    current: CurrentTier | None = None
    opportunities: list[Opportunity] = []


class MemberCard(BaseModel):
    """A member's hold of a card."""

    card: Card | None = None
    tier_progress: TierProgress | None = None


class Member(BaseModel):
    """A customer's membership of the programme."""

    id: str
    customer_id: str
    status: str
    created_at: AwareDatetime | None = None


class MemberWithCards(Member):
    """`GET …/members/{id}` and `POST …/members`."""

    cards: list[MemberCard]


class Programme(BaseModel):
    """A programme, in short."""

    id: str
    name: str | None = None


class Membership(BaseModel):
    """`GET …/memberships/{customer}`."""

    member: Member
    program: Programme
    cards: list[MemberCard]


class Cursor(BaseModel):
    """Where a list goes on."""

    next: str


class Points(BaseModel):
    """How many points a change is about; `date` is when pending ones become active."""

    total: Decimal | None = None
    expiration_date: dt.date | None = None
    date: dt.date | None = None


class Bucket(BaseModel):
    """Points that lapse together."""

    points: Points


class Named(BaseModel):
    """Another record, by its id."""

    id: str | None = None


class ChangeDetails(BaseModel):
    """The particulars of a change."""

    reason: str | None = None
    points: Points | None = None
    bucket: Bucket | None = None
    buckets: list[Bucket] | None = None
    reward_transaction: Named | None = None
    order: Named | None = None


class Change(BaseModel):
    """A card transaction."""

    id: str
    card_id: str
    type: str
    status: str
    details: ChangeDetails | None = None
    created_at: AwareDatetime | None = None


class ChangeList(BaseModel):
    """`GET …/cards/{id}/transactions`."""

    data: list[Change]
    cursor: Cursor | None = None


class ChangeMade(BaseModel):
    """`POST …/cards/{id}/points`."""

    transaction: Change


class PurchaseDetails(BaseModel):
    """The particulars of a purchase."""

    points: Points | None = None


class Purchase(BaseModel):
    """A reward transaction; a simulated one has no id."""

    id: str | None = None
    card_id: str
    card_transaction_id: str | None = None
    status: str
    details: PurchaseDetails | None = None
    created_at: AwareDatetime | None = None


class PurchaseMade(BaseModel):
    """`POST …/rewards/purchases` (200 for a dry run, else 202) and its refund."""

    transaction: Purchase


class Cost(BaseModel):
    """What a reward costs."""

    points: Decimal


class Missing(BaseModel):
    """What keeps a reward from being bought, in points."""

    missing: Decimal | None = None


class Obstacle(BaseModel):
    """Why a reward is not available."""

    reason: str
    details: Missing | None = None


class Estimate(BaseModel):
    """A reward at a card."""

    reward: Named
    status: str
    cost: Cost | None = None
    unavailability_reasons: list[Obstacle] | None = None


class CardEstimates(BaseModel):
    """What a card can buy."""

    rewards: list[Estimate]


class MembershipEstimates(BaseModel):
    """What a member can buy."""

    cards: list[CardEstimates]


class Reward(BaseModel):
    """A reward of the programme."""

    id: str
    name: str
    type: str


class Examined(BaseModel):
    """`POST /v2/loyalties/examine/rewards`."""

    rewards: list[Reward]
    memberships: list[MembershipEstimates]
