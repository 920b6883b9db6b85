"""HubSpot's records as ours."""

from datetime import UTC, datetime
from typing import Any

from trunkline_contracts.entities.crm import Activity, Company, Customer, CustomerMatch, Lifecycle
from trunkline_contracts.entities.helpdesk import Message, Ticket, TicketStatus
from trunkline_contracts.refs import Ref
from trunkline_contracts.tools.crm import CustomerView
from trunkline_contracts.values import Actor, Address, ContactPoint, Direction, Status, Warning, status_of
from trunkline_hubspot import vendor, vendor_setup
from trunkline_hubspot.fields import CustomFields
from trunkline_hubspot.richtext import to_text

Contact = vendor.Object[vendor.Contact]
Engagement = vendor.Object[vendor.Engagement]
Stages = dict[str, vendor_setup.Stage]

_LOSSY = Warning(
    code="lossy_status",
    message="HubSpot says only whether a ticket's stage is open or closed: the label says more.",
    field="status",
)
LOSSY = (_LOSSY,)


class Normalize:
    """Builds our records for one connection."""

    def __init__(self, connection: str, id_property: str | None, fields: CustomFields) -> None:
        self._connection = connection
        self._id_property = id_property
        self.fields = fields

    def ref(self, kind: str, object_id: str) -> Ref:
        """The reference to a record."""
        return Ref.of(self._connection, kind, object_id)

    def match(self, contact: Contact, matched_on: tuple[str, ...], *, exact: bool) -> CustomerMatch:
        """A contact as a search found it."""
        confidence = "exact" if exact else "probable"
        return CustomerMatch(**self._person(contact), matched_on=matched_on, confidence=confidence)

    def view(self, contact: Contact) -> CustomerView:
        """A contact, with room for what other systems know of them."""
        return CustomerView(**self._person(contact))

    def customer(self, contact: Contact) -> Customer:
        """A contact."""
        return Customer(**self._person(contact))

    def _person(self, contact: Contact) -> dict[str, Any]:
        found = contact.properties
        return {
            "id": self.ref("customer", contact.id),
            "display_name": name_of(found) or found.email or contact.id,
            "given_name": found.firstname,
            "family_name": found.lastname,
            "contact_points": _points(found),
            "addresses": _addresses(found),
            "company": self.ref("company", found.associatedcompanyid) if found.associatedcompanyid else None,
            "owner": self.agent(found.hubspot_owner_id),
            "lifecycle": _lifecycle(found.lifecyclestage),
            "language": found.hs_language,
            "timezone": found.hs_timezone,
            "external_ids": self._external_ids(found),
            "custom_fields": self.fields.read("customer", found),
            "created_at": contact.created_at,
            "updated_at": contact.updated_at,
            "last_activity_at": found.notes_last_updated,
            "version": version(contact),
            "extensions": {"hubspot": {"company": found.company}} if found.company else None,
        }

    def _external_ids(self, found: vendor.Contact) -> dict[str, str]:
        value = (found.model_extra or {}).get(self._id_property or "")
        return {self._id_property: value} if self._id_property and value else {}

    def agent(self, owner_id: str | None) -> Actor | None:
        """An owner, whose name is not with what they own."""
        return Actor(kind="human_agent", ref=self.ref("agent", owner_id)) if owner_id else None

    def company(self, company: vendor.Object[vendor.Company]) -> Company:
        """A company."""
        found = company.properties
        parent = found.hs_parent_company_id
        return Company(
            id=self.ref("company", company.id),
            name=found.name or found.domain or company.id,
            domains=(found.domain,) if found.domain else (),
            industry=found.industry,
            employee_count=found.numberofemployees,
            parent=self.ref("company", parent) if parent else None,
            owner=self.agent(found.hubspot_owner_id),
            addresses=_addresses(found),
            phone=found.phone,
            created_at=company.created_at,
            updated_at=company.updated_at,
        )

    def activity(self, kind: vendor.Kind, found: Engagement, about: tuple[Ref, ...]) -> Activity:
        """One entry of a contact's history."""
        direction = _direction(kind, found)
        return Activity(
            # A task can be changed, so it keeps the kind by which save_task knows it.
            id=self.ref("task" if kind.type == "task" else "activity", found.id),
            type=kind.type,
            direction=direction,
            channel=kind.channel,
            subject=found.properties.text(kind.title),
            body_text=_body(kind, found),
            author=self._author(found, direction),
            at=_at(kind, found),
            about=about,
            visibility="public" if kind.type == "email" else "internal",
        )

    def message(self, kind: vendor.Kind, found: Engagement, ticket: Ref) -> Message:
        """A note or an e-mail as a message of its ticket."""
        direction = _direction(kind, found)
        return Message(
            id=self.ref("message", found.id),
            conversation_id=ticket,
            at=_at(kind, found),
            author=self._author(found, direction),
            visibility="public" if kind.type == "email" else "internal",
            direction=direction,
            channel=kind.channel,
            subject=found.properties.text(kind.title),
            body_text=_body(kind, found) or "",
        )

    def _author(self, found: Engagement, direction: Direction | None) -> Actor | None:
        if direction == "inbound":
            return Actor(kind="customer")
        return self.agent(found.properties.hubspot_owner_id)

    def ticket(self, ticket: vendor.Object[vendor.Ticket], stages: Stages, requester: Ref | None = None) -> Ticket:
        """A ticket, whose stage the account's pipelines explain."""
        found = ticket.properties
        contact, company = ticket.associated("contacts"), ticket.associated("companies")
        return Ticket(
            id=self.ref("ticket", ticket.id),
            number=ticket.id,
            url=ticket.url,
            subject=found.subject,
            description_text=found.content,
            status=_ticket_status(found.hs_pipeline_stage, stages),
            priority=status_of(vendor.PRIORITIES, found.hs_ticket_priority) if found.hs_ticket_priority else None,
            requester=requester or (self.ref("customer", contact) if contact else None),
            company=self.ref("company", company) if company else None,
            assignee=self.agent(found.hubspot_owner_id),
            custom_fields=self.fields.read("ticket", found),
            created_at=ticket.created_at,
            updated_at=ticket.updated_at,
            closed_at=found.closed_date,
            version=version(ticket),
        )


def name_of(found: vendor.Contact) -> str:
    """Given and family name, as far as there are any."""
    return " ".join(name for name in (found.firstname, found.lastname) if name)


def version(found: vendor.Object[Any]) -> str | None:
    """What `if_version` is compared with."""
    return found.updated_at.astimezone(UTC).isoformat() if found.updated_at else None


def _points(found: vendor.Contact) -> tuple[ContactPoint, ...]:
    email = [ContactPoint(channel="email", value=found.email, primary=True)] if found.email else []
    phones = list(dict.fromkeys(phone for phone in (found.phone, found.mobilephone) if phone))
    return (*email, *(ContactPoint(channel="phone", value=phone, primary=phone == phones[0]) for phone in phones))


def _addresses(found: vendor.Contact | vendor.Company) -> tuple[Address, ...]:
    place = Address(
        line1=found.address,
        line2=found.address2 if isinstance(found, vendor.Company) else None,
        city=found.city,
        region=found.state,
        postal_code=found.zip,
        country=found.country,
    )
    return (place,) if place != Address() else ()


def _lifecycle(stage: str | None) -> Status[Lifecycle] | None:
    """A stage; an account can have its own beside HubSpot's."""
    if stage is None:
        return None
    status: Status[Lifecycle] = status_of(vendor.LIFECYCLES, stage)
    return status.model_copy(update={"lossy": stage not in vendor.SAME_LIFECYCLES})


def _ticket_status(stage_id: str | None, stages: Stages) -> Status[TicketStatus]:
    """Open or closed, which is never all that a stage means."""
    stage = stages.get(stage_id or "")
    state = stage.metadata.ticket_state if stage else None
    label = stage.label if stage else None
    status: Status[TicketStatus] = status_of(vendor.TICKET_STATES, state or stage_id, label=label, raw_id=stage_id)
    return status.model_copy(update={"lossy": True})


def _direction(kind: vendor.Kind, found: Engagement) -> Direction | None:
    if kind.type == "note":
        return "internal"
    return vendor.DIRECTIONS.get(found.properties.text(kind.direction) or "")


def _body(kind: vendor.Kind, found: Engagement) -> str | None:
    """The text; an e-mail has one of its own, all else is HTML."""
    if kind.type == "email":
        return found.properties.text(kind.body) or to_text(found.properties.text("hs_email_html"))
    return to_text(found.properties.text(kind.body))


def _at(kind: vendor.Kind, found: Engagement) -> datetime:
    """When it happened; a task's time is when it is due."""
    happened = None if kind.type == "task" else found.properties.hs_timestamp
    return happened or found.created_at or datetime.fromtimestamp(0, UTC)
