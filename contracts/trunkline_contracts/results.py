"""The two envelopes: what a read gives and what a write gives."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import Field

from trunkline_contracts.record import Moment, Record, VendorText
from trunkline_contracts.values import Extensions, Freshness, Money, Warning

T = TypeVar("T")


class ReadResult(Record, Generic[T]):
    """What a read found, how fresh it is, and what to know about it."""

    data: T
    freshness: Freshness = Field(default_factory=Freshness)
    warnings: tuple[Warning, ...] = ()


class ToolCall(Record):
    """A call that a caller can make next."""

    tool: str
    args: dict[str, Any]


class Undo(ToolCall):
    """The call that takes a write back, while it can be taken back."""

    until: Moment | None = None


class Receipt(Record):
    """The gateway's proof of a write: `replayed` says that an earlier call with this key did it."""

    operation_id: str
    idempotency_key: str
    replayed: bool = False
    vendor_request_id: str | None = None


class InDoubt(Record):
    """What to do when nobody can say yet whether the vendor applied a write."""

    retry: Literal["never", "same_key_safe"]
    check_after_s: int
    resolve_by: Moment
    what_to_tell_customer: str


class QuoteLine(Record):
    """One line of a quote."""

    description: VendorText | None = None
    amount: Money


class Quote(Record):
    """What the vendor says that a write would cost or give: a negative amount is in the customer's favour."""

    due_now: Money | None = None
    next_invoice: Money | None = None
    lines: tuple[QuoteLine, ...] = ()


class Preview(Record):
    """The vendor request that a dry run did not send, and what it would have cost."""

    method: str
    url: str
    body: dict[str, Any] = Field(default_factory=dict)
    quote: Quote | None = None


Outcome = Literal["applied", "accepted", "scheduled", "pending_approval", "partial", "noop", "preview", "in_doubt"]


class WriteResult(Record, Generic[T]):
    """What a write did. `in_doubt` is not an error: the write must not be repeated."""

    outcome: Outcome
    message: str | None = None
    resource: T | None = None
    effective_at: Moment | None = None
    receipt: Receipt | None = None
    verify_with: ToolCall | None = None
    undo: Undo | None = None
    in_doubt: InDoubt | None = None
    preview: Preview | None = None
    warnings: tuple[Warning, ...] = ()
    extensions: Extensions | None = None


def already_there(resource: T, message: str) -> WriteResult[T]:
    """What a creation gives where the record exists: the record, `noop` and a warning, and nothing made."""
    warning = Warning(code="duplicate_suspected", message=message)
    return WriteResult(outcome="noop", resource=resource, warnings=(warning,))


class Candidate(Record):
    """One of several records, or connections, that a call may have meant."""

    id: str
    label: str | None = None
