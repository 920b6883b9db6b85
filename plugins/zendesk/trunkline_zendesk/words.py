"""Zendesk's words in ours."""

from typing import Literal

from trunkline_contracts.entities.helpdesk import Priority, TicketStatus
from trunkline_contracts.fields import FieldType
from trunkline_contracts.values import Channel

# Zendesk's word is `hold`. On an account with custom statuses this is the category, and the label says the rest.
STATUSES: dict[str, TicketStatus] = {
    "new": "new",
    "open": "open",
    "pending": "pending_customer",
    "hold": "on_hold",
    "solved": "solved",
    "closed": "closed",
}
STATUS_WORDS = {status: word for word, status in STATUSES.items()}
PRIORITIES: dict[str, Priority] = {"low": "low", "normal": "normal", "high": "high", "urgent": "urgent"}

# https://developer.zendesk.com/documentation/ticketing/reference-guides/via-types/
CHANNELS: dict[str, Channel] = {
    "email": "email",
    "web": "web",
    "web_form": "web",
    "web_widget": "web",
    "help_center": "web",
    "chat": "chat",
    "native_messaging": "chat",
    "voice": "voice",
    "phone": "phone",
    "sms": "sms",
    "whatsapp": "whatsapp",
}

RATINGS: dict[str, Literal["good", "bad", "offered", "none"]] = {
    "good": "good",
    "good_with_comment": "good",
    "bad": "bad",
    "bad_with_comment": "bad",
    "offered": "offered",
    "unoffered": "none",
}

STAFF = frozenset(("agent", "admin"))
# The author of what Zendesk does by itself.
SYSTEM_USER = -1

# What Zendesk gives to a ticket that was merged into another one.
MERGED_TAG = "closed_by_merge"

# Types that are absent here are those of Zendesk's own fields, such as the subject.
FIELD_TYPES: dict[str, FieldType] = {
    "checkbox": "boolean",
    "date": "date",
    "decimal": "number",
    "dropdown": "choice",
    "integer": "number",
    "lookup": "text",
    "multiselect": "choices",
    "partialcreditcard": "text",
    "regexp": "text",
    "tagger": "choice",
    "text": "text",
    "textarea": "text",
}
