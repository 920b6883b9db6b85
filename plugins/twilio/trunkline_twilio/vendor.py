"""The part of Twilio's answers that we read, and its words in ours."""

from collections.abc import Sequence
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
CALLS: dict[str, DeliveryStatus] = {
    "queued": "queued",
    "ringing": "sent",
    "in-progress": "delivered",
    "completed": "delivered",
    "busy": "bounced",
    "no-answer": "bounced",
    "failed": "failed",
    "canceled": "canceled",
}
# A call is no message: whether a person or a machine picked up, Twilio does not say unless asked to find out.
LOSSY_CALLS = frozenset(("ringing", "in-progress", "completed", "busy", "no-answer"))
FINAL_CALLS = frozenset(("completed", "busy", "no-answer", "failed", "canceled"))

# "delivered" is missing: where the channel has read receipts, "read" can still follow.
FINAL = frozenset(("read", "undelivered", "failed", "canceled", "received"))

# What a conversation's message came to, the most telling first.
RECEIPTS = ("failed", "undelivered", "read", "delivered", "sent")

DIRECTIONS: dict[str, Direction] = {
    "inbound": "inbound",
    "outbound-api": "outbound",
    "outbound-call": "outbound",
    "outbound-reply": "outbound",
    # A call that a <Dial> made.
    "outbound-dial": "outbound",
}
AUTHORS: dict[str, Literal["customer", "bot", "system"]] = {
    "inbound": "customer",
    "outbound-api": "system",
    "outbound-call": "bot",
    "outbound-reply": "bot",
    "outbound-dial": "system",
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
    messaging_service_sid: str | None = None
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

    @property
    def outside(self) -> str | None:
        """The address that is not ours."""
        return self.sender if self.direction == "inbound" else self.to

    @property
    def ours(self) -> str | None:
        """The address that is ours; a scheduled message has none yet."""
        return self.to if self.direction == "inbound" else self.sender


class Call(BaseModel):
    """A call, in either direction."""

    sid: str
    status: str | None = None
    direction: str | None = None
    sender: str | None = Field(None, alias="from")
    to: str | None = None
    duration: str | None = None
    answered_by: str | None = None
    date_created: Date | None = None
    start_time: Date | None = None
    date_updated: Date | None = None

    @property
    def at(self) -> datetime | None:
        """When it was made: by this, and not by when it started, Twilio orders calls."""
        return self.date_created or self.start_time

    @property
    def outside(self) -> str | None:
        """The number that is not ours."""
        return self.sender if self.direction == "inbound" else self.to


Exchanged = Message | Call
"""What is exchanged with a number: Twilio keeps messages and calls alike."""


class MessagePage(BaseModel):
    """`GET /2010-04-01/Accounts/{AccountSid}/Messages.json`."""

    messages: list[Message]
    next_page_uri: str | None = None

    @property
    def items(self) -> Sequence[Exchanged]:
        """The messages, newest first."""
        return self.messages


class CallPage(BaseModel):
    """`GET /2010-04-01/Accounts/{AccountSid}/Calls.json`."""

    calls: list[Call]
    next_page_uri: str | None = None

    @property
    def items(self) -> Sequence[Exchanged]:
        """The calls, newest first."""
        return self.calls


ListPage = MessagePage | CallPage


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
    """How somebody who has no chat takes part in a conversation."""

    type: str | None = None
    address: str | None = None


class Participant(BaseModel):
    """Who takes part in a conversation: by a messaging binding, or as a chat user with an identity."""

    identity: str | None = None
    messaging_binding: Binding | None = None


class ParticipantPage(BaseModel):
    """`GET /v1/Conversations/{ConversationSid}/Participants`."""

    participants: list[Participant]


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


class Verification(BaseModel):
    """A verification of Verify v2, and the check of a code for one."""

    sid: str
    to: str
    status: str
    date_created: AwareDatetime | None = None
