"""Working tickets."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from trunkline_contracts.contract import Category, Risk, read, write
from trunkline_contracts.entities.helpdesk import Article, Csat, Handoff, Message, Ticket
from trunkline_contracts.record import Line, Moment, Record, Text
from trunkline_contracts.refs import ArticleRef, CustomerRef, SubjectRef, TicketRef
from trunkline_contracts.tools.arguments import Limit, Listed, Reason, Routed, Tag, Write
from trunkline_contracts.values import Page, Visibility

TicketType = Literal["question", "incident", "problem", "task"]
WritableStatus = Literal["new", "open", "pending_customer", "on_hold", "solved", "closed"]
WritablePriority = Literal["low", "normal", "high", "urgent"]


class SearchTickets(Listed, Routed):
    """Which tickets; with `requester` alone the answer is consistent, a text search lags."""

    text: Line | None = None
    requester: CustomerRef | None = None
    status: tuple[WritableStatus, ...] | None = None
    assignee: Line | None = None
    team: Line | None = None
    tags: tuple[Tag, ...] | None = None
    updated_since: Moment | None = None
    sort: Literal["newest", "oldest", "updated"] | None = None


class GetTicket(Record):
    """Which ticket, and which parts of it."""

    ticket_id: TicketRef
    include: tuple[Literal["messages", "csat", "sla"], ...] = ()


class CreateTicket(Write, Routed):
    """A new ticket; `first_message` says who the body is from."""

    requester: CustomerRef
    subject: Line
    body: Text
    first_message: Literal["from_customer", "internal", "outbound"]
    priority: WritablePriority | None = None
    type: TicketType | None = None
    team: Line | None = None
    tags: tuple[Tag, ...] = ()
    related: TicketRef | None = None
    custom_fields: dict[str, Any] = Field(default_factory=dict)


class TicketChanges(Record):
    """What to change; whatever is absent stays."""

    status: WritableStatus | None = None
    status_label: Line | None = None
    priority: WritablePriority | None = None
    type: TicketType | None = None
    subject: Line | None = None
    assignee: Line | None = None
    team: Line | None = None
    add_tags: tuple[Tag, ...] = ()
    remove_tags: tuple[Tag, ...] = ()
    custom_fields: dict[str, Any] = Field(default_factory=dict)
    snooze_until: Moment | None = None

    @model_validator(mode="after")
    def _some_change(self) -> "TicketChanges":
        if not self.model_fields_set:
            raise ValueError("give at least one change")
        return self


class UpdateTicket(Write):
    """Which ticket to change, and how."""

    ticket_id: TicketRef
    changes: TicketChanges
    if_version: Line | None = None


class ReplyToTicket(Write):
    """A reply; `visibility` has no default, because a public one reaches the customer."""

    ticket_id: TicketRef
    body: Text
    visibility: Visibility
    status_after: WritableStatus | None = None


HandoffReason = Literal["customer_asked", "angry_customer", "policy_limit", "cannot_resolve", "safety", "other"]


class EscalateToHuman(Write):
    """What to hand over, and what the human must know."""

    subject: SubjectRef
    summary: Text
    reason: HandoffReason
    urgency: WritablePriority | None = None
    team: Line | None = None


class SearchArticles(Listed, Routed):
    """What to look up in the help centre."""

    query: Line
    locale: Line | None = None
    limit: Limit = Field(default=5)


class GetArticle(Record):
    """Which article, in which language, and how much of it."""

    article_id: ArticleRef
    locale: Line | None = None
    max_chars: Annotated[int, Field(strict=True, ge=100, le=50_000)] = 8_000


class MergeTickets(Write):
    """Which tickets to close as duplicates, and the one that goes on."""

    into: TicketRef
    duplicates: Annotated[tuple[TicketRef, ...], Field(min_length=1, max_length=5)]
    reason: Reason

    @model_validator(mode="after")
    def _others(self) -> "MergeTickets":
        if self.into in self.duplicates or len(set(self.duplicates)) < len(self.duplicates):
            raise ValueError("name each duplicate once, and not the ticket that goes on")
        return self


class RecordCsat(Write):
    """A customer's rating of a ticket, on the vendor's own scale."""

    ticket_id: TicketRef
    score: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\- ]{1,40}$")]
    comment: Text | None = None


SEARCH_TICKETS = read(
    "search_tickets",
    "Find tickets by requester, text, status, assignee, team or tag.",
    Category.HELPDESK, SearchTickets, Page[Ticket],
)  # fmt: skip
GET_TICKET = read(
    "get_ticket",
    "Get one ticket; messages are the last 10, get_conversation has all.",
    Category.HELPDESK, GetTicket, Ticket,
)  # fmt: skip
CREATE_TICKET = write(
    "create_ticket",
    "Open a ticket for a customer.",
    Category.HELPDESK, Risk.VISIBLE, CreateTicket, Ticket,
)  # fmt: skip
UPDATE_TICKET = write(
    "update_ticket",
    "Change a ticket: status, priority, assignee, team, tags or custom fields.",
    Category.HELPDESK, Risk.LOW, UpdateTicket, Ticket,
)  # fmt: skip
REPLY_TO_TICKET = write(
    "reply_to_ticket",
    "Reply on a ticket: public reaches the customer, internal is a note.",
    Category.HELPDESK, Risk.VISIBLE, ReplyToTicket, Message,
)  # fmt: skip
ESCALATE_TO_HUMAN = write(
    "escalate_to_human",
    "Hand a ticket, conversation or customer over to a human.",
    Category.HELPDESK, Risk.VISIBLE, EscalateToHuman, Handoff,
)  # fmt: skip
SEARCH_ARTICLES = read(
    "search_articles",
    "Search the help centre.",
    Category.HELPDESK, SearchArticles, Page[Article],
)  # fmt: skip
GET_ARTICLE = read(
    "get_article",
    "Read a help-centre article.",
    Category.HELPDESK, GetArticle, Article,
)  # fmt: skip
MERGE_TICKETS = write(
    "merge_tickets",
    "Merge duplicate tickets into one; this cannot be undone.",
    Category.HELPDESK, Risk.VALUE, MergeTickets, Ticket,
)  # fmt: skip
RECORD_CSAT = write(
    "record_csat",
    "Record a customer's rating of a ticket.",
    Category.HELPDESK, Risk.VISIBLE, RecordCsat, Csat,
)  # fmt: skip
