"""The value types that every category shares."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, StringConstraints

from trunkline_contracts.record import Moment, Record, VendorText
from trunkline_contracts.refs import Ref

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217, upper case."""

Source = Literal["live", "search_index", "cache", "webhook_mirror"]
Channel = Literal["email", "phone", "sms", "whatsapp", "chat", "internal_chat", "voice", "web", "postal", "other"]
Visibility = Literal["public", "internal"]
Direction = Literal["inbound", "outbound", "internal"]

E = TypeVar("E")
T = TypeVar("T")


class Money(Record):
    """An exact amount: `amount_minor` / 10**`exponent` of `currency`."""

    amount_minor: Annotated[int, Field(strict=True, ge=-(10**12), le=10**12)]
    currency: Currency
    exponent: Annotated[int, Field(strict=True, ge=0, le=3)]

    @property
    def major(self) -> Decimal:
        """The amount in whole units of the currency."""
        return Decimal(self.amount_minor).scaleb(-self.exponent)


class Status(Record, Generic[E]):
    """A normalized state beside the vendor's own: `lossy` where the two do not mean the same."""

    value: E
    raw: str
    raw_id: str | None = None
    label: VendorText | None = None
    lossy: bool = False


def status_of(table: dict[str, Any], raw: str | None, *, label: str | None = None, raw_id: str | None = None) -> Any:
    """Look a vendor's word up in its table; what the table lacks is `other`, and lossy."""
    word = "" if raw is None else raw
    return Status(value=table.get(word, "other"), raw=word, raw_id=raw_id, label=label, lossy=word not in table)


class Total(Record):
    """How many records match; `exact` is false where the vendor only estimates."""

    value: int
    exact: bool


class Page(Record, Generic[T]):
    """One page of a list; `next_cursor` is absent on the last."""

    items: tuple[T, ...]
    next_cursor: str | None = None
    total: Total | None = None


class Freshness(Record):
    """Where an answer comes from and how old it can be."""

    source: Source = "live"
    as_of: Moment = Field(default_factory=lambda: datetime.now(UTC))
    max_lag_s: int | None = None


class Actor(Record):
    """Somebody who did or owns something."""

    kind: Literal["customer", "human_agent", "bot", "system"]
    ref: Ref | None = None
    name: VendorText | None = None


class Team(Record):
    """A group of agents."""

    id: Ref
    name: VendorText | None = None


class ContactPoint(Record):
    """One way to reach somebody."""

    channel: Literal["email", "phone", "whatsapp", "chat", "postal"]
    value: VendorText
    primary: bool = False
    verified: bool | None = None


class Address(Record):
    """A postal address; `country` is ISO 3166-1 alpha-2 where the vendor's value allows it."""

    line1: VendorText | None = None
    line2: VendorText | None = None
    city: VendorText | None = None
    region: VendorText | None = None
    postal_code: VendorText | None = None
    country: VendorText | None = None


class Period(Record):
    """A span of time."""

    start: Moment
    end: Moment


class Interval(Record):
    """How often something recurs."""

    unit: Literal["day", "week", "month", "year"]
    count: int


class Failure(Record):
    """Why the vendor says that something failed."""

    code: str | None = None
    message: VendorText | None = None


WarningCode = Literal[
    "value_coerced", "field_dropped", "lossy_status", "emulated", "not_atomic", "index_lag", "async_result",
    "truncated", "unit_ambiguous", "duplicate_suspected", "no_vendor_idempotency", "notifies_customer",
    "irreversible", "part_unavailable",
]  # fmt: skip


class Warning(Record):  # noqa: A001 - the field's term; nobody needs the built-in beside it
    """Something true about an answer that its data alone does not say."""

    code: WarningCode
    message: str
    field: str | None = None


Extensions = dict[str, dict[str, Any]]
"""`{vendor: {allow-listed key: value}}`: what one vendor knows and the model has no field for."""
