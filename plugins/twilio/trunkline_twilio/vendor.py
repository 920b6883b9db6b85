"""The part of Twilio's answers that we read, and its words in ours."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from trunkline_contracts.entities.helpdesk import DeliveryStatus
from trunkline_contracts.values import Channel, Direction

BINDING_CHANNELS: dict[str, Channel] = {"sms": "sms", "whatsapp": "whatsapp", "chat": "chat", "email": "email"}

DELIVERY: dict[str, DeliveryStatus] = {
    "accepted": "accepted",
    "scheduled": "scheduled",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "bounced",
    "failed": "failed",
    "canceled": "canceled",
    "receiving": "received",
    "received": "received",
}
# "delivered" is missing: where the channel has read receipts, "read" can still follow.
FINAL = frozenset(("read", "undelivered", "failed", "canceled", "received"))

# What a conversation's message came to, the most telling first.
RECEIPTS = ("failed", "undelivered", "read", "delivered", "sent")

DIRECTIONS: dict[str, Direction] = {
    "inbound": "inbound",
    "outbound-api": "outbound",
    "outbound-call": "outbound",
    "outbound-reply": "outbound",
}
AUTHORS: dict[str, Literal["customer", "bot", "system"]] = {
    "inbound": "customer",
    "outbound-api": "system",
    "outbound-call": "bot",
    "outbound-reply": "bot",
}

STATES: dict[str, Literal["open", "closed", "snoozed"]] = {"active": "open", "inactive": "snoozed", "closed": "closed"}


def _rfc_2822(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    at = parsedate_to_datetime(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


Date = Annotated[AwareDatetime, BeforeValidator(_rfc_2822)]
"""A date of the 2010 API, such as `Wed, 10 Jun 2026 10:33:43 +0000`."""


class Message(BaseModel):
    """A message of the 2010 API, in either direction."""

    sid: str
    status: str | None = None
    direction: str | None = None
    sender: str | None = Field(None, alias="from")
    to: str | None = None
    body: str | None = None
    num_media: int | None = None
    error_code: int | None = None
    error_message: str | None = None
    date_created: Date | None = None
    date_sent: Date | None = None
    date_updated: Date | None = None
    subresource_uris: dict[str, str | None] | None = None

    @property
    def at(self) -> datetime | None:
        """When it was sent; a scheduled one has only been created."""
        return self.date_sent or self.date_created


class MessagePage(BaseModel):
    """`GET /2010-04-01/Accounts/{AccountSid}/Messages.json`."""

    messages: list[Message]
    next_page_uri: str | None = None


class Meta(BaseModel):
    """Where a list of the v1 API goes on."""

    next_page_url: str | None = None

    @property
    def following(self) -> dict[str, str]:
        """The parameters of the next page; none on the last."""
        query = parse_qsl(urlsplit(self.next_page_url or "").query)
        return {name: value for name, value in query if name in {"Page", "PageToken"}}


class Media(BaseModel):
    """A file on a conversation's message."""

    sid: str | None = None
    filename: str | None = None
    content_type: str | None = None
    size: int | None = None


class Receipts(BaseModel):
    """How many of the recipients each state was reached by: `none`, `some` or `all`."""

    sent: str | None = None
    delivered: str | None = None
    read: str | None = None
    failed: str | None = None
    undelivered: str | None = None


class ConversationMessage(BaseModel):
    """A message of Conversations."""

    sid: str
    conversation_sid: str
    author: str | None = None
    body: str | None = None
    media: list[Media] | None = None
    delivery: Receipts | None = None
    date_created: AwareDatetime | None = None


class ConversationMessagePage(BaseModel):
    """`GET /v1/Conversations/{ConversationSid}/Messages`."""

    messages: list[ConversationMessage]
    meta: Meta


class Binding(BaseModel):
    """How somebody takes part in a conversation."""

    type: str | None = None


class ParticipantConversation(BaseModel):
    """A conversation, as seen from one who takes part in it."""

    conversation_sid: str
    conversation_friendly_name: str | None = None
    conversation_state: str | None = None
    conversation_date_created: AwareDatetime | None = None
    conversation_date_updated: AwareDatetime | None = None
    participant_messaging_binding: Binding | None = None


class ParticipantConversationPage(BaseModel):
    """`GET /v1/ParticipantConversations`."""

    conversations: list[ParticipantConversation]
    meta: Meta
