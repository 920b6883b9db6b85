"""Intercom's words and ours."""

from collections.abc import Mapping

from trunkline_contracts.entities.helpdesk import Priority, TicketStatus
from trunkline_contracts.values import Channel

TICKET_STATES: dict[str, TicketStatus] = {
    "submitted": "new",
    "in_progress": "open",
    "waiting_on_customer": "pending_customer",
    "resolved": "solved",
}
CONVERSATION_STATES: dict[str, TicketStatus] = {"open": "open", "snoozed": "on_hold", "closed": "closed"}
STATE_WORDS = {status: word for word, status in TICKET_STATES.items()}
CONVERSATION_WORDS = {status: word for word, status in CONVERSATION_STATES.items()}

PRIORITIES: dict[str, Priority] = {
    "low": "low",
    "medium": "normal",
    "high": "high",
    "urgent": "urgent",
    # The word of older versions for a conversation that somebody starred.
    "priority": "high",
}
NO_PRIORITY = frozenset((None, "none", "not_priority"))

CHANNELS: Mapping[str | None, Channel] = {
    "conversation": "chat",
    "push": "chat",
    "email": "email",
    "sms": "sms",
    "whatsapp": "whatsapp",
    "phone_call": "phone",
    "phone_switch": "phone",
}
# What a customer sees; every other part, an assignment with a text for instance, is taken for internal.
PUBLIC_PARTS = frozenset(("comment", "quick_reply", "open", "close"))
CUSTOMERS = frozenset(("user", "lead", "contact"))
PUBLISHED = "published"

TITLE, DESCRIPTION = "_default_title_", "_default_description_"
"""The attributes that every ticket has."""
