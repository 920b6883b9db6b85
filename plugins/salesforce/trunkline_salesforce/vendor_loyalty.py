"""The part of Salesforce's loyalty records that we read, and its words in ours.

https://developer.salesforce.com/docs/atlas.en-us.loyalty.meta/loyalty/
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel, to_pascal

from trunkline_contracts.entities.loyalty import MemberStatus, RedemptionStatus

CREDIT, DEBIT = "CreditPointsToMembers", "DebitPointsFromMembers"
MEMBER_STATUS: dict[str, MemberStatus] = {"Active": "active", "Inactive": "blocked"}
VOUCHER_STATUS: dict[str, RedemptionStatus] = {
    "Issued": "issued",
    "Reserved": "issued",
    "Redeemed": "fulfilled",
    "Cancelled": "canceled",
}
RewardType = Literal["discount", "product", "gift_card", "other"]
REWARD_TYPES: dict[str, RewardType] = {
    "DiscountPercentage": "discount",
    "FixedValue": "gift_card",
    "ProductOrService": "product",
}


def plain(points: Decimal) -> Decimal:
    """Write 10 for Salesforce's 10.0."""
    return points.quantize(Decimal(1)) if points == points.to_integral_value() else points


Points = Annotated[Decimal, AfterValidator(plain)]


class _Row(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True)


class Program(_Row):
    """A loyalty program; where it is read through a member it has its name only."""

    id: str | None = None
    name: str
    is_primary: bool = False


class Member(_Row):
    """A contact's membership of one program."""

    id: str
    membership_number: str | None = None
    member_status: str
    enrollment_date: date | None = None
    contact_id: str | None = None
    program_id: str
    program: Program


class Currency(_Row):
    """A program's currency: qualifying points count toward a tier, the others are spent."""

    name: str
    currency_type: str
    is_primary: bool = False
    loyalty_tier_group_id: str | None = None

    @property
    def is_qualifying(self) -> bool:
        """Whether its points count toward a tier."""
        return self.currency_type == "Qualifying"


class Wallet(_Row):
    """A member's balance of one currency; escrowed points become active later."""

    id: str
    loyalty_program_currency_id: str
    loyalty_program_currency: Currency
    points_balance: Points | None = None
    escrow_points_balance: Points | None = None
    total_points_accrued: Points | None = None
    total_points_expired: Points | None = None
    total_points_redeemed: Points | None = None

    @property
    def active(self) -> Decimal:
        """The points that can be spent."""
        return self.points_balance or Decimal(0)


class TierGroup(_Row):
    """A ladder of tiers."""

    name: str | None = None
    is_primary: bool = False


class Tier(_Row):
    """A step of a ladder; the highest number is the highest tier."""

    id: str | None = None
    name: str
    sequence_number: int | None = None
    minimum_eligible_balance: Points | None = None
    loyalty_tier_group_id: str | None = None
    loyalty_tier_group: TierGroup | None = None


class MemberTier(_Row):
    """Where a member stands on one ladder."""

    id: str
    loyalty_tier_id: str
    loyalty_tier: Tier
    loyalty_tier_group_id: str
    loyalty_tier_group: TierGroup
    effective_date: date | None = None
    tier_expiration_date: date | None = None


class Journal(_Row):
    """The activity that a change of points comes from; `related_journal_id` is the one that it cancels."""

    external_transaction_number: str | None = None
    related_journal_id: str | None = None
    order_id: str | None = None
    status: str | None = None


class Ledger(_Row):
    """One change of one balance."""

    id: str
    event_type: str | None = None
    points: Points
    activity_date: AwareDatetime | None = None
    expiry_date: date | None = None
    escrow_points_credit_date: date | None = None
    additional_notes: str | None = None
    loyalty_program_member_id: str
    loyalty_program_currency: Currency | None = None
    transaction_journal_id: str | None = None
    transaction_journal: Journal | None = None


class Process(_Row):
    """A process that an org made for its program from one of Salesforce's templates."""

    id: str
    name: str
    process_type: str


class Parameter(_Row):
    """One input of a process."""

    name: str


class VoucherDefinition(_Row):
    """Something that members get; what it costs in points stands in a field of the org's own."""

    model_config = ConfigDict(extra="allow")

    id: str
    name: str
    type: str | None = None
    is_active: bool = False
    face_value: float | None = None
    currency_iso_code: str | None = None
    effective_date: date | None = None
    expiration_date: date | None = None


class Voucher(_Row):
    """A voucher that a member got."""

    id: str
    status: str
    voucher_code: str | None = None
    expiration_date: date | None = None


class Ran(BaseModel):
    """A process's answer: whether it did its work."""

    status: bool


class ActionDone(BaseModel):
    """A standard action's answer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    is_success: bool
    output_values: dict[str, Any] | None = Field(default=None)
