"""Argument types that several tools share."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from trunkline_contracts.record import Record
from trunkline_contracts.refs import CONNECTION_NAME

IDEMPOTENCY_KEY = r"[\x21-\x7e]{16,255}"
"""What a key looks like: 16 to 255 printable ASCII characters."""

Limit = Annotated[int, Field(strict=True, ge=1, le=50)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$", to_lower=True)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{5,14}$"), Field(description="E.164")]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
ConnectionName = Annotated[str, StringConstraints(pattern=f"^{CONNECTION_NAME.pattern}$")]
Tag = Annotated[str, StringConstraints(pattern=r"^[^\s,\x00-\x1f]{1,100}$")]
Points = Annotated[int, Field(strict=True, gt=0, le=1_000_000_000)]
Day = date


class Amount(Record):
    """A positive amount of money that a caller asks for; the exponent follows from the currency."""

    amount_minor: Annotated[int, Field(strict=True, gt=0, le=10**12)]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Routed(Record):
    """A request that may have to say which connection it means."""

    connection: ConnectionName | None = None


class Listed(Record):
    """A request for a page of a list."""

    limit: Limit = 10
    cursor: Cursor | None = None


class Write(Record):
    """A request that changes something; equal keys are one write."""

    idempotency_key: Annotated[str, StringConstraints(pattern=f"^{IDEMPOTENCY_KEY}$")] | None = None


class ValueWrite(Write):
    """A write of value, which can be tried without doing it."""

    reason: Reason
    dry_run: bool = False


MessageChannel = Literal["email", "sms", "whatsapp", "chat", "internal_chat"]
