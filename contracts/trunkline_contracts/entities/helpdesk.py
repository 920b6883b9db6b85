"""Tickets, their messages, and the help centre."""

from typing import Any, Literal

from pydantic import Field

from trunkline_contracts.record import Moment, Record, VendorText
from trunkline_contracts.refs import Ref
from trunkline_contracts.values import Actor, Channel, Direction, Extensions, Failure, Status, Team, Visibility

TicketStatus = Literal["new", "open", "pending_customer", "on_hold", "solved", "closed", "other"]
Priority = Literal["low", "normal", "high", "urgent", "other"]
DeliveryStatus = Literal[
    "accepted", "queued", "scheduled", "sent", "delivered", "read", "bounced", "failed", "suppressed", "canceled",
    "received", "unknown", "other",
]  # fmt: skip


class Delivery(Record):
    """How far a message got; `final` says that its status will not change any more."""

    status: Status[DeliveryStatus]
    as_of: Moment | None = None
    error: Failure | None = None
    final: bool = False


class Attachment(Record):
    """A file on a message; its content is not fetched."""

    name: VendorText
    type: str | None = None
    size: int | None = None
    url_ref: str | None = None


class Message(Record):
    """One message of a conversation, in any channel."""

    id: Ref
    conversation_id: Ref | None = None
    at: Moment | None = None
    author: Actor | None = None
    visibility: Visibility = "public"
    direction: Direction | None = None
    channel: Channel | None = None
    subject: VendorText | None = None
    body_text: VendorText
    body_format: Literal["text", "html", "markdown"] = "text"
    attachments: tuple[Attachment, ...] = ()
    delivery: Delivery | None = None
    extensions: Extensions | None = None


class Csat(Record):
    """A customer's rating, on the vendor's own scale and as a bucket."""

    score: str | None = None
    bucket: Literal["good", "neutral", "bad", "offered", "none"]
    comment: VendorText | None = None
    at: Moment | None = None
    source: str | None = None


class Sla(Record):
    """A promise on a ticket."""

    name: VendorText
    target_at: Moment | None = None
    breached: bool | None = None


class Flags(Record):
    """What sets a ticket apart."""

    spam: bool = False
    deleted: bool = False
    locked: bool = False
    snoozed_until: Moment | None = None


class Ticket(Record):
    """A request that somebody works on."""

    id: Ref
    number: str | None = None
    url: str | None = None
    subject: VendorText | None = None
    description_text: VendorText | None = None
    status: Status[TicketStatus]
    flags: Flags = Flags()
    priority: Status[Priority] | None = None
    type: str | None = None
    channel: Channel | None = None
    requester: Ref | None = None
    company: Ref | None = None
    assignee: Actor | None = None
    team: Team | None = None
    tags: tuple[VendorText, ...] = ()
    custom_fields: dict[str, Any] = Field(default_factory=dict)
    conversation_id: Ref | None = None
    parent: Ref | None = None
    merged_into: Ref | None = None
    messages: tuple[Message, ...] = ()
    sla: tuple[Sla, ...] = ()
    csat: Csat | None = None
    due_at: Moment | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    solved_at: Moment | None = None
    closed_at: Moment | None = None
    version: str | None = None
    extensions: Extensions | None = None


class Article(Record):
    """A help-centre article; a search gives its snippet only."""

    id: Ref
    title: VendorText
    snippet: VendorText | None = None
    body_text: VendorText | None = None
    url: str | None = None
    locale: str | None = None
    audience: Literal["public", "internal", "restricted"] | None = None
    section: VendorText | None = None
    updated_at: Moment | None = None
    score: float | None = None


class Handoff(Record):
    """A hand-over to a human: who has it now, and in which state."""

    id: Ref | None = None
    ticket: Ref
    conversation: Ref | None = None
    target: Actor | Team | None = None
    state: Literal["assigned", "queued", "notified", "unconfirmed"]
    summary_visibility: Literal["internal"] = "internal"


class Conversation(Record):
    """A thread of messages, in any channel."""

    id: Ref
    channel: Channel
    participants: tuple[Actor, ...] = ()
    subject: VendorText | None = None
    state: Literal["open", "closed", "snoozed", "unknown"] = "unknown"
    ticket: Ref | None = None
    last_message_at: Moment | None = None
    message_count: int | None = None
