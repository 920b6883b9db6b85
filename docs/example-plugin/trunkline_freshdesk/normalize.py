"""Freshdesk's records into ours."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trunkline_contracts.entities.crm import Company, CustomerMatch
from trunkline_contracts.entities.helpdesk import Article, Attachment, Flags, Message, Sla, Ticket
from trunkline_contracts.fields import CustomField, FieldKind, FieldType
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.values import Actor, ContactPoint, Direction, Team, Visibility, Warning, status_of
from trunkline_freshdesk import vendor, words

_SNIPPET = 300


class Normalize:
    """Builds our records for one connection; `fields` are its custom fields."""

    def __init__(self, connection: str, subdomain: str, fields: Sequence[CustomField]) -> None:
        self._connection = connection
        self._site = f"https://{subdomain}.freshdesk.com"
        self._types: dict[tuple[FieldKind, str], FieldType] = {(field.kind, field.key): field.type for field in fields}

    def ref(self, kind: str, vendor_id: int | str) -> Ref:
        """A reference to a record of this connection."""
        return Ref.of(self._connection, kind, vendor_id)

    def _maybe(self, kind: str, vendor_id: int | None) -> Ref | None:
        return self.ref(kind, vendor_id) if vendor_id else None

    def match(self, contact: vendor.Contact, matched_on: tuple[str, ...]) -> CustomerMatch:
        """A contact as a search found them."""
        return CustomerMatch(**self._person(contact), matched_on=matched_on)

    def view(self, contact: vendor.Contact, company: vendor.Company | None) -> CustomerView:
        """A contact, with their company where that was asked for."""
        return CustomerView(**self._person(contact), company_details=self._company(company) if company else None)

    def _person(self, contact: vendor.Contact) -> dict[str, Any]:
        return {
            "id": self.ref("customer", contact.id),
            "display_name": contact.name or contact.email or str(contact.id),
            "given_name": contact.first_name,
            "family_name": contact.last_name,
            "contact_points": tuple(_contact_points(contact)),
            "company": self._maybe("company", contact.company_id),
            "language": contact.language,
            "timezone": contact.time_zone,
            "tags": tuple(contact.tags or ()),
            "external_ids": {"external_id": contact.unique_external_id} if contact.unique_external_id else {},
            "custom_fields": self.custom_fields("customer", contact.custom_fields),
            "created_at": contact.created_at,
            "updated_at": contact.updated_at,
        }

    def _company(self, company: vendor.Company) -> Company:
        return Company(
            id=self.ref("company", company.id),
            name=company.name,
            domains=tuple(company.domains or ()),
            industry=company.industry,
            created_at=company.created_at,
            updated_at=company.updated_at,
        )

    def ticket(self, ticket: vendor.Ticket) -> Ticket:
        """A ticket without its messages."""
        priority = None if ticket.priority is None else status_of(words.PRIORITIES, str(ticket.priority))
        return Ticket(
            id=self.ref("ticket", ticket.id),
            number=str(ticket.id),
            url=f"{self._site}/a/tickets/{ticket.id}",
            subject=ticket.subject,
            description_text=ticket.description_text,
            status=status_of(words.STATUSES, None if ticket.status is None else str(ticket.status)),
            flags=Flags(spam=ticket.spam is True, deleted=ticket.deleted is True),
            priority=priority,
            type=ticket.type,
            channel=words.CHANNELS.get(ticket.source, "other"),
            requester=self._maybe("customer", ticket.requester_id),
            company=self._maybe("company", ticket.company_id),
            assignee=self._agent(ticket.responder_id),
            team=Team(id=self.ref("team", ticket.group_id)) if ticket.group_id else None,
            tags=tuple(ticket.tags or ()),
            custom_fields=self.custom_fields("ticket", ticket.custom_fields),
            conversation_id=self.ref("conversation", ticket.id),
            due_at=ticket.due_by,
            created_at=ticket.created_at,
            updated_at=ticket.updated_at,
            version=version_of(ticket),
        )

    def custom_fields(self, kind: FieldKind, values: Mapping[str, Any] | None) -> dict[str, Any]:
        """The custom fields that hold something."""
        filled = {key: value for key, value in (values or {}).items() if value not in (None, "")}
        return {key: _typed(self._types.get((kind, key)), value) for key, value in filled.items()}

    def _agent(self, agent_id: int | None) -> Actor | None:
        return Actor(kind="human_agent", ref=self.ref("agent", agent_id)) if agent_id else None

    def _customer(self, contact_id: int | None) -> Actor | None:
        return Actor(kind="customer", ref=self.ref("customer", contact_id)) if contact_id else None

    def description(self, ticket: vendor.Ticket) -> Message:
        """The first message of a ticket: who asked for help wrote it, unless an agent began by mail."""
        is_ours = ticket.source == words.OUTBOUND_EMAIL
        return Message(
            id=self.ref("message", f"d{ticket.id}"),
            conversation_id=self.ref("conversation", ticket.id),
            at=ticket.created_at,
            author=self._agent(ticket.responder_id) if is_ours else self._customer(ticket.requester_id),
            direction="outbound" if is_ours else "inbound",
            channel=words.CHANNELS.get(ticket.source, "other"),
            subject=ticket.subject,
            body_text=ticket.description_text or "",
        )

    def message(self, said: vendor.Conversation, ticket_id: int | str, visibility: Visibility) -> Message:
        """A reply or a note."""
        direction: Direction = "inbound" if said.incoming else "outbound"
        return Message(
            id=self.ref("message", said.id),
            conversation_id=self.ref("conversation", ticket_id),
            at=said.created_at,
            author=self._customer(said.user_id) if said.incoming else self._agent(said.user_id),
            visibility=visibility,
            direction="internal" if visibility == "internal" else direction,
            body_text=said.body_text or "",
            attachments=tuple(
                Attachment(name=file.name or "", type=file.content_type, size=file.size)
                for file in said.attachments or ()
            ),
        )

    def found_article(self, article: vendor.Article) -> Article:
        """An article with its beginning."""
        return self._article(article, snippet=" ".join((article.description_text or "").split())[:_SNIPPET])

    def read_article(self, article: vendor.Article, max_chars: int) -> Article:
        """An article with its text."""
        return self._article(article, body_text=(article.description_text or "").strip()[:max_chars])

    def _article(self, article: vendor.Article, **text: str) -> Article:
        return Article(
            id=self.ref("article", article.id),
            title=article.title or "",
            url=f"{self._site}/a/solutions/articles/{article.id}",
            updated_at=article.updated_at,
            **text,
        )


def version_of(ticket: vendor.Ticket) -> str | None:
    """A ticket's version: when it last changed."""
    return ticket.updated_at.isoformat() if ticket.updated_at else None


def visibility_of(said: vendor.Conversation) -> Visibility:
    """What is not said to be public is taken for internal."""
    return "public" if said.private is False else "internal"


def slas(ticket: vendor.Ticket) -> Iterator[Sla]:
    """When somebody has to answer, and when the ticket has to be solved."""
    if ticket.fr_due_by:
        yield Sla(name="first response", target_at=ticket.fr_due_by, breached=ticket.fr_escalated)
    if ticket.due_by:
        yield Sla(name="resolution", target_at=ticket.due_by, breached=ticket.is_escalated)


def lossy_warnings(ticket: Ticket) -> tuple[Warning, ...]:
    """A warning where a status is the account's own."""
    if not ticket.status.lossy:
        return ()
    return (Warning(code="lossy_status", message="This status is the account's own: read status.raw.", field="status"),)


def _contact_points(contact: vendor.Contact) -> Iterator[ContactPoint]:
    if contact.email:
        yield ContactPoint(channel="email", value=contact.email, primary=True)
    numbers = dict.fromkeys(number for number in (contact.phone, contact.mobile) if number)
    for index, number in enumerate(numbers):
        yield ContactPoint(channel="phone", value=number, primary=index == 0)


def _typed(kind: FieldType | None, value: Any) -> Any:
    """Freshdesk writes a decimal as a text."""
    if kind != "number" or not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value
