"""The part of HubSpot's conversations that we read, and its words in ours.

https://developers.hubspot.com/docs/api-reference/conversations-conversations-inbox-&-messages-v3/guide
"""

from typing import Any

from pydantic import AwareDatetime

from trunkline_contracts.entities.helpdesk import DeliveryStatus
from trunkline_contracts.values import Channel
from trunkline_hubspot.vendor import Answer, Paging

# The channels' ids are the same in every account.
CHANNELS: dict[str, Channel] = {
    "1000": "chat", "1001": "other", "1002": "email", "1003": "web", "1007": "whatsapp", "1009": "sms",
}  # fmt: skip
DELIVERIES: dict[str, DeliveryStatus] = {"SENT": "sent", "READ": "read", "RECEIVED": "delivered", "FAILED": "failed"}
SAID = frozenset(("MESSAGE", "COMMENT", "WELCOME_MESSAGE"))
"""The kinds of message in which somebody says something; the others tell of assignments and statuses."""


class ThreadAssociations(Answer):
    """What a thread belongs to."""

    associated_ticket_id: str | None = None


class Thread(Answer):
    """A conversation in the inbox."""

    id: str
    status: str
    original_channel_id: str
    associated_contact_id: str
    latest_message_timestamp: AwareDatetime | None = None
    created_at: AwareDatetime | None = None
    spam: bool = False
    thread_associations: ThreadAssociations = ThreadAssociations()


class Threads(Answer):
    """`GET /conversations/v3/conversations/threads`."""

    results: list[Thread]
    paging: Paging | None = None


class Party(Answer):
    """Who sent a message; `delivery_identifier` is the address that an answer goes to."""

    actor_id: str | None = None
    name: str | None = None
    delivery_identifier: dict[str, Any] | None = None


class MessageStatus(Answer):
    """How far a message got."""

    status_type: str


class ThreadMessage(Answer):
    """One entry of a thread, of whatever kind."""

    id: str
    type: str
    text: str | None = None
    rich_text: str | None = None
    subject: str | None = None
    direction: str | None = None
    channel_id: str | None = None
    channel_account_id: str | None = None
    senders: tuple[Party, ...] = ()
    created_at: AwareDatetime | None = None
    status: MessageStatus | None = None
    truncation_status: str = "NOT_TRUNCATED"


class ThreadMessages(Answer):
    """`GET /conversations/v3/conversations/threads/{id}/messages`."""

    results: list[ThreadMessage]
    paging: Paging | None = None
