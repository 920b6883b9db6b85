"""The part of Salesforce's service records that we read: cases, what was said on them, and articles."""

from pydantic import AwareDatetime, ConfigDict

from trunkline_contracts.entities.helpdesk import Priority, TicketStatus
from trunkline_contracts.values import Channel
from trunkline_salesforce.vendor import Named, Row

# An org chooses its own words, of which these are the usual ones; only whether a case is closed is certain.
CASE_STATUSES: dict[str, TicketStatus] = {
    "new": "new",
    **dict.fromkeys(("open", "working", "in progress", "assigned", "reopened"), "open"),
    **dict.fromkeys(
        ("pending", "waiting for customer", "waiting on customer", "awaiting customer"), "pending_customer"
    ),
    **dict.fromkeys(("on hold", "hold", "waiting"), "on_hold"),
    **dict.fromkeys(("solved", "resolved"), "solved"),
}
PRIORITIES: dict[str, Priority] = {
    "Low": "low",
    "Medium": "normal",
    "Normal": "normal",
    "High": "high",
    "Urgent": "urgent",
    "Critical": "urgent",
}
ORIGINS: dict[str, Channel] = {"Email": "email", "Phone": "voice", "Web": "web", "Chat": "chat", "SMS": "sms"}
# Users of portals and sites are customers; anybody else who logs in works for the company.
CUSTOMER_USERS = frozenset(
    ("CspLitePortal", "CustomerSuccess", "PowerCustomerSuccess", "PowerPartner", "Guest", "SelfService")
)


class StatusWord(Row):
    """A word of an org for the status of cases, or of tasks."""

    api_name: str
    master_label: str
    is_closed: bool = False
    is_default: bool = False
    sort_order: int = 0


class Case(Row):
    """A case."""

    model_config = ConfigDict(extra="allow")

    id: str
    case_number: str | None = None
    subject: str | None = None
    description: str | None = None
    status: str | None = None
    is_closed: bool | None = None
    is_deleted: bool | None = None
    is_escalated: bool | None = None
    priority: str | None = None
    type: str | None = None
    origin: str | None = None
    contact_id: str | None = None
    account_id: str | None = None
    parent_id: str | None = None
    master_record_id: str | None = None
    owner_id: str | None = None
    owner: Named | None = None
    created_by_id: str | None = None
    created_date: AwareDatetime | None = None
    last_modified_date: AwareDatetime | None = None
    closed_date: AwareDatetime | None = None


class Commenter(Named):
    """A user who wrote a comment."""

    user_type: str | None = None


class CaseComment(Row):
    """A comment on a case; a published one is shown to the customer."""

    id: str
    parent_id: str | None = None
    comment_body: str | None = None
    is_published: bool = False
    created_by_id: str | None = None
    created_by: Commenter | None = None
    created_date: AwareDatetime


class Article(Row):
    """One version of an article."""

    model_config = ConfigDict(extra="allow")

    id: str
    knowledge_article_id: str
    title: str
    summary: str | None = None
    language: str | None = None
    is_visible_in_pkb: bool | None = None
    is_visible_in_csp: bool | None = None
    last_published_date: AwareDatetime | None = None


class Owner(Row):
    """Somebody, or a queue, that work can be given to."""

    id: str
    name: str
