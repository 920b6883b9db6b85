"""The part of Voucherify's answers that we read, and its words in ours."""

from pydantic import AwareDatetime, BaseModel

from trunkline_contracts.entities.loyalty import PointsKind

KINDS: dict[str, PointsKind] = {
    "POINTS_ACCRUAL": "earn",
    "PENDING_POINTS_ACTIVATION": "earn",
    "POINTS_ADDITION": "adjust_add",
    "POINTS_REMOVAL": "adjust_deduct",
    "POINTS_REDEMPTION": "redeem",
    "POINTS_REFUND": "reverse",
    "POINTS_EXPIRATION": "expire",
    "POINTS_TRANSFER_IN": "transfer",
    "POINTS_TRANSFER_OUT": "transfer",
}


class Address(BaseModel):
    """A customer's address."""

    city: str | None = None
    state: str | None = None
    line_1: str | None = None
    line_2: str | None = None
    country: str | None = None
    postal_code: str | None = None


class Customer(BaseModel):
    """A customer of the project."""

    id: str
    source_id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: Address | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class CustomerList(BaseModel):
    """`GET /v1/customers`."""

    customers: list[Customer]
    total: int | None = None


class Card(BaseModel):
    """The points on a loyalty card."""

    points: int | None = None
    balance: int | None = None
    next_expiration_date: str | None = None
    next_expiration_points: int | None = None
    pending_points: int | None = None
    expired_points: int | None = None
    subtracted_points: int | None = None


class Member(BaseModel):
    """A loyalty card, which is what Voucherify's member is."""

    id: str
    code: str
    campaign: str | None = None
    campaign_id: str | None = None
    loyalty_card: Card
    active: bool | None = None
    holder_id: str | None = None
    created_at: AwareDatetime | None = None


class MemberList(BaseModel):
    """`GET /v1/loyalties/{campaign}/members`."""

    vouchers: list[Member]


class TierExpiration(BaseModel):
    """How long a member holds a tier."""

    start_date: AwareDatetime | None = None
    expiration_date: AwareDatetime | None = None


class Tier(BaseModel):
    """A tier that a member holds."""

    id: str
    name: str
    expiration: TierExpiration | None = None


class TierList(BaseModel):
    """`GET /v1/loyalties/members/{code}/tiers`."""

    data: list[Tier]


class Balance(BaseModel):
    """The answer to a change of points."""

    points: int
    balance: int


class TransactionBalance(BaseModel):
    """What a transaction did to a card."""

    points: int | None = None
    balance: int | None = None


class TransactionOrder(BaseModel):
    """The order that a transaction belongs to."""

    id: str | None = None


class TransactionDetails(BaseModel):
    """The particulars of a transaction."""

    balance: TransactionBalance | None = None
    order: TransactionOrder | None = None


class Transaction(BaseModel):
    """A change of a card's points."""

    id: str
    reason: str | None = None
    type: str
    details: TransactionDetails
    created_at: AwareDatetime | None = None


class TransactionList(BaseModel):
    """`GET /v1/loyalties/members/{code}/transactions`."""

    data: list[Transaction]
    has_more: bool | None = None
    more_starting_after: str | None = None
