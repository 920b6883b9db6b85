"""Freshdesk's numbers and words in ours."""

from trunkline_contracts.entities.helpdesk import Priority, TicketStatus
from trunkline_contracts.fields import FieldType
from trunkline_contracts.values import Channel

# Numbers from 6 on are statuses that the account made: they mean what their label says.
STATUSES: dict[str, TicketStatus] = {"2": "open", "3": "pending_customer", "4": "solved", "5": "closed"}
STATUS_NUMBERS = {status: int(number) for number, status in STATUSES.items()}

PRIORITIES: dict[str, Priority] = {"1": "low", "2": "normal", "3": "high", "4": "urgent"}
PRIORITY_NUMBERS = {priority: int(number) for number, priority in PRIORITIES.items()}

# An account can rename and add types; these are the ones that every account starts with.
TYPES = {"question": "Question", "incident": "Incident", "problem": "Problem"}

OUTBOUND_EMAIL = 10
CHANNELS: dict[int | None, Channel] = {1: "email", 2: "web", 3: "phone", 7: "chat", 9: "web", OUTBOUND_EMAIL: "email"}

PUBLISHED = 2

# Types that are absent here are those of Freshdesk's own fields, and nested ones.
FIELD_TYPES: dict[str, FieldType] = {
    "custom_checkbox": "boolean",
    "custom_date": "date",
    "custom_decimal": "number",
    "custom_dropdown": "choice",
    "custom_number": "number",
    "custom_paragraph": "text",
    "custom_text": "text",
}
