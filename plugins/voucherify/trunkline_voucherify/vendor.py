"""The part of Voucherify's answers that we read, but for the loyalty API v2, and its words in ours."""

from typing import Any

from pydantic import AwareDatetime, BaseModel

from trunkline_contracts.entities.loyalty import PointsKind, RedemptionStatus
from trunkline_contracts.entities.orders import FinancialStatus
from trunkline_contracts.fields import FieldType

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

REDEMPTIONS: dict[str, RedemptionStatus] = {"SUCCEEDED": "issued", "SUCCESS": "issued", "ROLLED_BACK": "refunded"}

# An order that was fulfilled was paid for; whether it was sent or handed over is not told.
FINANCIAL: dict[str, FinancialStatus] = {
    "CREATED": "pending",
    "PAID": "paid",
    "FULFILLED": "paid",
    "CANCELED": "voided",
}

# The types of a custom field that our model can carry.
FIELD_TYPES: dict[str, FieldType] = {
    "string": "text",
    "image_url": "text",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
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
    metadata: dict[str, Any] | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class MetadataDefinition(BaseModel):
    """A custom field; `eq` are the only values that it may have."""

    type: str
    array: bool | None = None
    deleted: bool | None = None
    eq: list[Any] | None = None


class MetadataSchema(BaseModel):
    """`GET /v1/metadata-schemas/customer`."""

    properties: dict[str, MetadataDefinition]


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


class TransactionRedemption(BaseModel):
    """The redemption of a reward that a transaction belongs to."""

    id: str | None = None


class TransactionDetails(BaseModel):
    """The particulars of a transaction."""

    balance: TransactionBalance | None = None
    order: TransactionOrder | None = None
    redemption: TransactionRedemption | None = None


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


class RewardCampaign(BaseModel):
    """What a digital reward is taken from."""

    type: str | None = None
    balance: int | None = None


class RewardCoin(BaseModel):
    """How many points make one step of a reward of free size."""

    points_ratio: int | None = None


class RewardParameters(BaseModel):
    """What a reward is."""

    campaign: RewardCampaign | None = None
    coin: RewardCoin | None = None


class Reward(BaseModel):
    """A reward of the project."""

    id: str
    name: str | None = None
    type: str | None = None
    stock: int | None = None
    redeemed: int | None = None
    parameters: RewardParameters | None = None


class AssignedPoints(BaseModel):
    """What a reward costs."""

    points: int | None = None


class AssignmentParameters(BaseModel):
    """The terms of an assignment."""

    loyalty: AssignedPoints | None = None


class Assignment(BaseModel):
    """How a campaign offers a reward."""

    parameters: AssignmentParameters | None = None


class OfferedReward(BaseModel):
    """A reward, and how the campaign offers it."""

    reward: Reward
    assignment: Assignment | None = None


class RewardList(BaseModel):
    """`GET /v1/loyalties/members/{code}/rewards`: all of them at once."""

    data: list[OfferedReward]


class RewardVoucher(BaseModel):
    """The code that a reward gives."""

    code: str | None = None
    expiration_date: AwareDatetime | None = None


class RedeemedReward(BaseModel):
    """What was handed out."""

    voucher: RewardVoucher | None = None


class RedeemedPoints(BaseModel):
    """What it cost."""

    points: int | None = None


class Redemption(BaseModel):
    """`POST /v1/loyalties/members/{code}/redemption`; `amount` is in points where a loyalty card pays."""

    id: str
    result: str | None = None
    status: str | None = None
    date: AwareDatetime | None = None
    amount: int | None = None
    reward: RedeemedReward | None = None
    loyalty_card: RedeemedPoints | None = None


class Rollback(BaseModel):
    """`POST /v1/redemptions/{id}/rollback`."""

    id: str
    result: str | None = None
    amount: int | None = None


class OrderProduct(BaseModel):
    """The article of an order's line."""

    name: str | None = None


class OrderSku(BaseModel):
    """The variant of an order's line."""

    sku: str | None = None


class OrderItem(BaseModel):
    """A line of an order."""

    id: str | None = None
    source_id: str | None = None
    sku_id: str | None = None
    product_id: str | None = None
    quantity: int | None = None
    price: int | None = None
    product: OrderProduct | None = None
    sku: OrderSku | None = None


class Order(BaseModel):
    """`GET /v1/orders/{id}`."""

    id: str
    source_id: str | None = None
    status: str | None = None
    amount: int | None = None
    total_discount_amount: int | None = None
    total_amount: int | None = None
    customer_id: str | None = None
    items: list[OrderItem] | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class OrderNamed(BaseModel):
    """An order, by its id."""

    id: str | None = None


class OrderEventData(BaseModel):
    """What an event is about; `CustomerActivity` of the API's file has it one level deeper than its webhooks."""

    order: OrderNamed | None = None
    data: "OrderEventData | None" = None


class OrderEvent(BaseModel):
    """An event of a customer's activity."""

    id: str
    data: OrderEventData | None = None

    @property
    def order_id(self) -> str | None:
        """The order that the event is about."""
        about = self.data and (self.data.data or self.data)
        return about.order.id if about and about.order else None


class OrderEventList(BaseModel):
    """`GET /v1/customers/{id}/activity`."""

    data: list[OrderEvent]
    has_more: bool | None = None
    more_starting_after: str | None = None
