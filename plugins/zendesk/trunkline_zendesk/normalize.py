"""Zendesk's records into ours."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from trunkline_contracts.entities.crm import Company, Customer, CustomerMatch
from trunkline_contracts.entities.helpdesk import (
    Article,
    Attachment,
    Conversation,
    Csat,
    Flags,
    Message,
    Sla,
    Ticket,
    TicketStatus,
)
from trunkline_contracts.fields import CustomField
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.values import (
    Actor,
    Channel,
    ContactPoint,
    Direction,
    Status,
    Team,
    Warning,
    status_of,
)
from trunkline_zendesk import vendor, words
from trunkline_zendesk.fields import Fields
from trunkline_zendesk.text import line_of, text_of

MARKER = "trunkline_op"
"""The key of an update's metadata under which our marker stands."""

_SNIPPET = 300
# Zendesk keeps notes of its own among a user's fields.
_SYSTEM_FIELD = "system::"


class Names:
    """Names for ids, from what came along with tickets or comments, and from what was looked up."""

    def __init__(self, *sources: vendor.Sideloads) -> None:
        self.users: dict[int | None, vendor.User] = {}
        self.groups: dict[int, str | None] = {}
        self.statuses: dict[int | None, vendor.CustomStatus] = {}
        for source in sources:
            self.users |= {user.id: user for user in source.users or ()}
            self.groups |= {group.id: group.name for group in source.groups or ()}
            self.statuses |= {status.id: status for status in source.custom_statuses or ()}


class Normalize:
    """Builds our records for one connection; `fields` tells what its custom fields hold."""

    def __init__(self, connection: str, subdomain: str, fields: Sequence[CustomField] = ()) -> None:
        self.fields = Fields(fields)
        self._connection = connection
        self._site = f"https://{subdomain}.zendesk.com"

    def ref(self, kind: str, vendor_id: int | str) -> Ref:
        """A reference to a record of this connection."""
        return Ref.of(self._connection, kind, vendor_id)

    def _maybe(self, kind: str, vendor_id: int | None) -> Ref | None:
        return self.ref(kind, vendor_id) if vendor_id is not None else None

    def match(self, user: vendor.User, matched_on: tuple[str, ...], *, is_exact: bool) -> CustomerMatch:
        """A user as a search found them."""
        confidence = "exact" if is_exact else "probable"
        return CustomerMatch(**self._person(user), matched_on=matched_on, confidence=confidence)

    def customer(self, user: vendor.User) -> Customer:
        """A user."""
        return Customer(**self._person(user))

    def view(self, user: vendor.User, company: vendor.Organization | None) -> CustomerView:
        """A user with their organisation."""
        return CustomerView(**self._person(user), company_details=self._company(company) if company else None)

    def _person(self, user: vendor.User) -> dict[str, Any]:
        return {
            "id": self.ref("customer", user.id),
            "display_name": user.name or user.email or str(user.id),
            "contact_points": tuple(_contact_points(user)),
            "company": self._maybe("company", user.organization_id),
            "language": user.locale,
            "timezone": user.time_zone,
            "tags": tuple(user.tags or ()),
            "external_ids": {"external_id": user.external_id} if user.external_id else {},
            "custom_fields": self.fields.known("customer", self.user_fields(user)),
            "created_at": user.created_at,
            "updated_at": user.updated_at,
            "version": version_of(user.updated_at),
            "extensions": {"zendesk": _peculiarities(user)},
        }

    def user_fields(self, user: vendor.User) -> dict[str, Any]:
        """The fields of a user that hold something, by their keys; Zendesk's own notes are none of them."""
        own = {key: value for key, value in (user.user_fields or {}).items() if not key.startswith(_SYSTEM_FIELD)}
        return self.fields.values("customer", own)

    def _company(self, organization: vendor.Organization) -> Company:
        return Company(
            id=self.ref("company", organization.id),
            name=organization.name,
            domains=tuple(organization.domain_names or ()),
            created_at=organization.created_at,
            updated_at=organization.updated_at,
        )

    def agent(self, user_id: int, names: Names) -> Actor:
        """Somebody of the company."""
        if user_id == words.SYSTEM_USER:
            return Actor(kind="system")
        user = names.users.get(user_id)
        return Actor(kind="human_agent", ref=self.ref("agent", user_id), name=user.name if user else None)

    def end_user(self, user_id: int, names: Names) -> Actor:
        """Somebody whom the company serves."""
        user = names.users.get(user_id)
        return Actor(kind="customer", ref=self.ref("customer", user_id), name=user.name if user else None)

    def _author(self, user_id: int | None, names: Names) -> Actor | None:
        """Who wrote something, by their role; None where Zendesk did not tell it."""
        user = names.users.get(user_id)
        if user_id is None or not (user or user_id == words.SYSTEM_USER):
            return None
        return self.end_user(user_id, names) if user and user.role not in words.STAFF else self.agent(user_id, names)

    def ticket(self, ticket: vendor.Ticket, names: Names) -> Ticket:
        """A ticket, without messages, rating and SLA."""
        return Ticket(
            id=self.ref("ticket", ticket.id),
            number=str(ticket.id),
            url=f"{self._site}/agent/tickets/{ticket.id}",
            subject=ticket.subject,
            description_text=ticket.description,
            flags=Flags(deleted=ticket.status == "deleted", locked=ticket.status == "closed"),
            type=ticket.type,
            channel=channel_of(ticket.via),
            tags=tuple(ticket.tags or ()),
            custom_fields=self.custom_fields(ticket),
            conversation_id=self.ref("conversation", ticket.id),
            due_at=ticket.due_at,
            created_at=ticket.created_at,
            updated_at=ticket.updated_at,
            version=version_of(ticket.updated_at),
            **_states(ticket, names),
            **self._people(ticket, names),
        )

    def custom_fields(self, ticket: vendor.Ticket) -> dict[str, Any]:
        """The custom fields of a ticket that hold something, by their ids."""
        return self.fields.values("ticket", {str(field.id): field.value for field in ticket.custom_fields or ()})

    def _people(self, ticket: vendor.Ticket, names: Names) -> dict[str, Any]:
        """Whom and what else a ticket refers to."""
        return {
            "requester": self._maybe("customer", ticket.requester_id),
            "company": self._maybe("company", ticket.organization_id),
            "assignee": self.agent(ticket.assignee_id, names) if ticket.assignee_id else None,
            "team": self.team(ticket.group_id, names) if ticket.group_id else None,
            "parent": self._maybe("ticket", _followed_up(ticket.via)),
        }

    def team(self, group_id: int, names: Names) -> Team:
        """A group."""
        return Team(id=self.ref("team", group_id), name=names.groups.get(group_id))

    def conversation(self, ticket: vendor.Ticket, names: Names) -> Conversation:
        """A ticket as the thread of its comments."""
        people = (
            self.end_user(ticket.requester_id, names) if ticket.requester_id else None,
            self.agent(ticket.assignee_id, names) if ticket.assignee_id else None,
        )
        return Conversation(
            id=self.ref("conversation", ticket.id),
            channel=channel_of(ticket.via),
            participants=tuple(actor for actor in people if actor),
            subject=ticket.subject,
            state="closed" if ticket.status in {"solved", "closed", "deleted"} else "open",
            ticket=self.ref("ticket", ticket.id),
            message_count=ticket.comment_count,
        )

    def message(self, comment: vendor.Comment, ticket_id: int | str, names: Names) -> Message:
        """A comment; where Zendesk does not say that it is public, it is taken for internal."""
        author = self._author(comment.author_id, names)
        marker = (comment.metadata.custom or {}).get(MARKER) if comment.metadata else None
        return Message(
            id=self.ref("message", comment.id),
            conversation_id=self.ref("conversation", ticket_id),
            at=comment.created_at,
            author=author,
            visibility="public" if comment.public else "internal",
            direction=_direction(comment, author),
            channel=channel_of(comment.via),
            body_text=comment.body or "",
            attachments=tuple(_attachment(file) for file in comment.attachments or ()),
            extensions={"zendesk": {MARKER: marker}} if marker else None,
        )

    def written(self, event: vendor.Event, audit: vendor.Audit, ticket_id: int) -> Message:
        """A comment that this connection just wrote; it has the id of the event that wrote it."""
        comment = vendor.Comment(
            id=event.id,
            body=event.body,
            public=event.public,
            via=audit.via,
            metadata=audit.metadata,
            created_at=audit.created_at,
        )
        message = self.message(comment, ticket_id, Names())
        author_id = event.author_id or audit.author_id
        author = self.agent(author_id, Names()) if author_id else None
        direction: Direction = "outbound" if event.public else "internal"
        return message.model_copy(update={"author": author, "direction": direction})

    def found_article(self, article: vendor.Article) -> Article:
        """An article with the passage that matched, else with its beginning."""
        return self._article(article, snippet=line_of(article.snippet or article.body)[:_SNIPPET])

    def read_article(self, article: vendor.Article, max_chars: int) -> Article:
        """An article with the beginning of its text."""
        return self._article(article, body_text=text_of(article.body)[:max_chars])

    def _article(self, article: vendor.Article, **text: str) -> Article:
        return Article(
            id=self.ref("article", article.id),
            title=article.title or article.name or "",
            url=article.html_url,
            locale=article.locale,
            audience="public" if article.user_segment_id is None else "restricted",
            updated_at=article.updated_at,
            **text,
        )


def _contact_points(user: vendor.User) -> Iterable[ContactPoint]:
    if user.email:
        yield ContactPoint(channel="email", value=user.email, primary=True, verified=user.verified)
    if user.phone:
        yield ContactPoint(channel="phone", value=user.phone, primary=True)


def _peculiarities(user: vendor.User) -> dict[str, Any]:
    """What sets a user apart: the role always, the rest where it is out of the ordinary."""
    odd = {"suspended": user.suspended, "deleted": user.active is False}
    return {"role": user.role, **{name: True for name, is_so in odd.items() if is_so}}


def version_of(updated_at: datetime | None) -> str | None:
    """A record's version: when it last changed, as Zendesk writes it."""
    return updated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if updated_at else None


def channel_of(via: vendor.Via | None) -> Channel:
    """How a record came in."""
    return words.CHANNELS.get(str(via.channel), "other") if via else "other"


def _states(ticket: vendor.Ticket, names: Names) -> dict[str, Any]:
    """Status and priority."""
    priority = status_of(words.PRIORITIES, ticket.priority) if ticket.priority else None
    return {"status": _status(ticket, names), "priority": priority}


def _status(ticket: vendor.Ticket, names: Names) -> Status[TicketStatus]:
    """A status that the account made means more than its category: the label says what."""
    raw_id = str(ticket.custom_status_id) if ticket.custom_status_id else None
    custom = names.statuses.get(ticket.custom_status_id)
    label = custom.agent_label if custom else None
    status: Status[TicketStatus] = status_of(words.STATUSES, ticket.status, label=label, raw_id=raw_id)
    is_own = custom is not None and custom.default is False
    return status.model_copy(update={"lossy": True}) if is_own else status


def lossy_warnings(ticket: Ticket) -> tuple[Warning, ...]:
    """A warning where a ticket's status does not say all."""
    if not ticket.status.lossy:
        return ()
    message = "The status does not mean just what our word for it says: read status.label and status.raw."
    return (Warning(code="lossy_status", message=message, field="status"),)


def _followed_up(via: vendor.Via | None) -> int | None:
    """The closed ticket that this one continues."""
    source = via.source if via else None
    return source.from_.ticket_id if source and source.rel == "follow_up" and source.from_ else None


def _direction(comment: vendor.Comment, author: Actor | None) -> Direction | None:
    if not comment.public:
        return "internal"
    if author is None:
        return None
    return "inbound" if author.kind == "customer" else "outbound"


def _attachment(file: vendor.Attachment) -> Attachment:
    return Attachment(name=file.file_name or "", type=file.content_type, size=file.size, url_ref=file.content_url)


def csat(rating: vendor.Rating | None) -> Csat:
    """A ticket's rating; without one it was not even asked for."""
    score = rating.score if rating else None
    bucket = words.RATINGS.get(score or "unoffered", "none")
    return Csat(
        score=score if bucket in {"good", "bad"} else None,
        bucket=bucket,
        comment=rating.comment if rating else None,
        source="satisfaction_rating",
    )


def slas(answer: vendor.TicketAnswer) -> tuple[Sla, ...]:
    """What the ticket's SLA policy promises; an active promise is broken once its time is past."""
    found = answer.ticket.slas or answer.slas or vendor.Slas()
    now = datetime.now(UTC)
    return tuple(
        Sla(
            name=metric.metric or "",
            target_at=metric.breach_at,
            breached=metric.breach_at < now if metric.stage == "active" and metric.breach_at else None,
        )
        for metric in found.policy_metrics
    )
