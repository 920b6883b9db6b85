"""The part of Talon.One's answers that we read, and its words in ours."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from trunkline_contracts.entities.loyalty import PointsKind
from trunkline_contracts.fields import FieldType

# By a transaction's type, and whether a session or a rule made it rather than a person or an import.
KINDS: dict[tuple[str, bool], PointsKind] = {
    ("addition", True): "earn",
    ("addition", False): "adjust_add",
    ("subtraction", True): "redeem",
    ("subtraction", False): "adjust_deduct",
}

# The types of an attribute that our model can carry.
FIELD_TYPES: dict[str, FieldType] = {
    "string": "text",
    "number": "number",
    "boolean": "boolean",
    "time": "datetime",
    "(list string)": "choices",
}

Start = Annotated[AwareDatetime | str, Field(union_mode="left_to_right")]
"""A time, or one of the words `immediate`, `on_action` and `unlimited`."""


class Answer(BaseModel):
    """Talon.One's names are in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


class Profile(Answer):
    """A customer profile; what a company knows of a person stands in the attributes that it defined."""

    integration_id: str
    attributes: dict[str, Any] | None = None
    created: AwareDatetime | None = None
    last_activity: AwareDatetime | None = None


class ProfileList(Answer):
    """`POST /v1/customer_search/no_total`."""

    data: list[Profile]
    has_more: bool | None = None


class Attribute(Answer):
    """An attribute of an entity."""

    name: str
    title: str
    type: str
    suggestions: list[str] | None = None
    restricted_by_suggestions: bool | None = None


class AttributeList(Answer):
    """`GET /v1/attributes`."""

    data: list[Attribute]


class ProgrammeTier(Answer):
    """A level of the programme."""

    id: int
    name: str


class Programme(Answer):
    """`GET /v1/loyalty_programs/{id}`."""

    id: int
    card_based: bool | None = None
    tiers: list[ProgrammeTier] | None = None
    tiers_expiration_policy: str | None = None


class Import(Answer):
    """`POST …/import_customers_tiers`: how many lines were taken."""

    amount: int


class Tier(Answer):
    """A level that a customer holds."""

    id: int
    name: str
    start_date: AwareDatetime | None = None
    expiry_date: AwareDatetime | None = None


class Balance(Answer):
    """The points of one ledger."""

    active_points: Decimal | None = None
    pending_points: Decimal | None = None
    spent_points: Decimal | None = None
    expired_points: Decimal | None = None
    negative_points: Decimal | None = None
    current_tier: Tier | None = None
    points_to_next_tier: Decimal | None = None
    next_tier_name: str | None = None


class Balances(Answer):
    """`GET …/profile/{id}/ledger_balances`: the main ledger, and the others by their ids."""

    balance: Balance
    subledger_balances: dict[str, Balance] | None = None


class Transaction(Answer):
    """An entry of a ledger; `subledger_id` is empty for the main one."""

    transaction_uuid: Annotated[str, Field(alias="transactionUUID")]
    type: str
    amount: Decimal
    name: str | None = None
    created: AwareDatetime | None = None
    start_date: Start | None = None
    expiry_date: Start | None = None
    subledger_id: str | None = None
    customer_session_id: str | None = None
    ruleset_id: int | None = None


class TransactionList(Answer):
    """`GET …/profile/{id}/ledger_transactions`."""

    data: list[Transaction]
    has_more: bool | None = None
