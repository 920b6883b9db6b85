"""The part of HubSpot's answers that we read, and its words in ours."""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from trunkline_contracts.entities.crm import ActivityType, Lifecycle, TaskPriority, TaskStatus
from trunkline_contracts.entities.helpdesk import Priority, TicketStatus
from trunkline_contracts.tools.helpdesk import WritablePriority
from trunkline_contracts.values import Channel, Direction

OBJECT_TYPES = {
    "customer": "contacts", "company": "companies", "ticket": "tickets", "deal": "deals", "task": "tasks",
}  # fmt: skip
"""Our kinds of record, and what HubSpot's paths call them."""

LIFECYCLES: dict[str, Lifecycle] = {
    "subscriber": "prospect",
    "lead": "lead",
    "marketingqualifiedlead": "lead",
    "salesqualifiedlead": "lead",
    "opportunity": "prospect",
    "customer": "customer",
    "evangelist": "customer",
    "other": "other",
}
SAME_LIFECYCLES = frozenset(("lead", "customer", "other"))
"""The stages that mean the same as ours; of the others something gets lost."""

# Of a stage, which every account names as it likes, only this says anything to others.
TICKET_STATES: dict[str, TicketStatus] = {"OPEN": "open", "CLOSED": "closed"}
PRIORITIES: dict[str, Priority] = {"LOW": "low", "MEDIUM": "normal", "HIGH": "high", "URGENT": "urgent"}
PRIORITY_WORDS: dict[WritablePriority, str] = {"low": "LOW", "normal": "MEDIUM", "high": "HIGH", "urgent": "URGENT"}
DIRECTIONS: dict[str, Direction] = {
    "INBOUND": "inbound",
    "OUTBOUND": "outbound",
    "INCOMING_EMAIL": "inbound",
    "EMAIL": "outbound",
}

# HubSpot has no word for cancelled, and WAITING is not one that we can write.
TASK_STATUSES: dict[str, TaskStatus] = {
    "NOT_STARTED": "open", "IN_PROGRESS": "in_progress", "COMPLETED": "done", "DEFERRED": "deferred",
}  # fmt: skip
TASK_STATUS_WORDS = {ours: theirs for theirs, ours in TASK_STATUSES.items()}
TASK_PRIORITIES: dict[str, TaskPriority] = {"LOW": "low", "MEDIUM": "normal", "HIGH": "high"}
TASK_PRIORITY_WORDS = {ours: theirs for theirs, ours in TASK_PRIORITIES.items()}

# https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide#association-type-id-values
NOTE_TO_CONTACT, NOTE_TO_TICKET, TICKET_TO_CONTACT = 202, 228, 16
TASK_TO = {"customer": 204, "company": 192, "deal": 216, "ticket": 230}
DEAL_TO = {"customer": 3, "company": 341}

MOST_RESULTS = 10_000
"""HubSpot refuses to go further than this into a search."""


@dataclass(frozen=True)
class Kind:
    """One of the kinds of object that a history is made of, and the properties that hold its parts."""

    type: ActivityType
    object_type: str
    body: str
    title: str | None = None
    direction: str | None = None
    channel: Channel | None = None
    more: tuple[str, ...] = ()

    @property
    def properties(self) -> tuple[str, ...]:
        """The properties to ask for."""
        named = (self.body, self.title, self.direction, *self.more)
        return (*Engagement.model_fields, *(name for name in named if name))


KINDS: dict[str, Kind] = {
    kind.type: kind
    for kind in (
        Kind("note", "notes", "hs_note_body"),
        Kind("call", "calls", "hs_call_body", "hs_call_title", "hs_call_direction", "voice"),
        Kind("email", "emails", "hs_email_text", "hs_email_subject", "hs_email_direction", "email", ("hs_email_html",)),
        Kind("meeting", "meetings", "hs_meeting_body", "hs_meeting_title"),
        Kind("task", "tasks", "hs_task_body", "hs_task_subject"),
    )
}


def _filled(value: Any) -> Any:
    """A property that was emptied is an empty text, one that never had a value is null."""
    return None if value == "" else value


Property = Annotated[str | None, BeforeValidator(_filled)]
Instant = Annotated[AwareDatetime | None, BeforeValidator(_filled)]


def _whole(value: Any) -> int | None:
    """A number of people, as far as it is one."""
    return int(value) if str(value or "").isdecimal() else None


class Answer(BaseModel):
    """What HubSpot answers, in its camel case."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Contact(BaseModel):
    """A contact's properties; those that an operator or a caller names are kept too."""

    model_config = ConfigDict(extra="allow")

    email: Property = None
    firstname: Property = None
    lastname: Property = None
    phone: Property = None
    mobilephone: Property = None
    company: Property = None
    associatedcompanyid: Property = None
    address: Property = None
    city: Property = None
    state: Property = None
    zip: Property = None
    country: Property = None
    hs_language: Property = None
    hs_timezone: Property = None
    hubspot_owner_id: Property = None
    lifecyclestage: Property = None
    notes_last_updated: Instant = None


class Company(BaseModel):
    """A company's properties."""

    name: Property = None
    domain: Property = None
    industry: Property = None
    numberofemployees: Annotated[int | None, BeforeValidator(_whole)] = None
    hs_parent_company_id: Property = None
    hubspot_owner_id: Property = None
    phone: Property = None
    address: Property = None
    address2: Property = None
    city: Property = None
    state: Property = None
    zip: Property = None
    country: Property = None


class Ticket(BaseModel):
    """A ticket's properties; those that a caller names are kept too."""

    model_config = ConfigDict(extra="allow")

    subject: Property = None
    content: Property = None
    hs_pipeline: Property = None
    hs_pipeline_stage: Property = None
    hs_ticket_priority: Property = None
    hubspot_owner_id: Property = None
    closed_date: Instant = None


class Deal(BaseModel):
    """A deal's properties; the custom ones are kept too."""

    model_config = ConfigDict(extra="allow")

    dealname: Property = None
    amount: Property = None
    deal_currency_code: Property = None
    pipeline: Property = None
    dealstage: Property = None
    closedate: Instant = None
    closed_lost_reason: Property = None
    hs_deal_stage_probability: Property = None
    hubspot_owner_id: Property = None


class Task(BaseModel):
    """A task's properties; `hs_timestamp` is when it is due."""

    hs_task_subject: Property = None
    hs_task_body: Property = None
    hs_task_status: Property = None
    hs_task_priority: Property = None
    hs_timestamp: Instant = None
    hs_task_completion_date: Instant = None
    hubspot_owner_id: Property = None


class Engagement(BaseModel):
    """The properties of a note, call, e-mail, meeting or task: what else they have is named by their kind."""

    model_config = ConfigDict(extra="allow")

    hs_timestamp: Instant = None
    hubspot_owner_id: Property = None

    def text(self, name: str | None) -> str | None:
        """A property by its name; None where it has no value."""
        value = (self.model_extra or {}).get(name or "")
        return value if isinstance(value, str) and value else None


P = TypeVar("P")


class Association(BaseModel):
    """The other end of an association."""

    id: str


class Associations(BaseModel):
    """The associations with one kind of object."""

    results: list[Association] = []


class AssociatedKinds(BaseModel):
    """The associations of an object, by kind."""

    contacts: Associations = Associations()
    companies: Associations = Associations()
    deals: Associations = Associations()
    tickets: Associations = Associations()


class Object(Answer, Generic[P]):
    """Any object of the CRM: all that is particular to it is in its properties."""

    id: str
    properties: P
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    url: str | None = None
    associations: AssociatedKinds = AssociatedKinds()

    def associated(self, object_type: str) -> str | None:
        """The id of the first associated object of a kind."""
        return next((one.id for one in self.all_associated(object_type)), None)

    def all_associated(self, object_type: str) -> list[Association]:
        """The associated objects of a kind; one that is associated in two ways is named once."""
        found: list[Association] = getattr(self.associations, object_type).results
        return list({one.id: one for one in found}.values())


class Next(BaseModel):
    """Where a list goes on."""

    after: str


class Paging(BaseModel):
    """The way to the next page."""

    next: Next | None = None


class Contacts(BaseModel):
    """`GET /crm/v3/objects/contacts`."""

    results: list[Object[Contact]]


class Found(BaseModel, Generic[P]):
    """`POST /crm/v3/objects/{type}/search`."""

    results: list[Object[P]]
    total: int
    paging: Paging | None = None


class Batch(Answer, Generic[P]):
    """`POST /crm/v3/objects/{type}/batch/read`: 207 where some could not be read."""

    results: list[Object[P]]


class Upserted(Object[P], Generic[P]):
    """An object that was made, or changed where there was one."""

    new: bool


class Upserts(Answer, Generic[P]):
    """`POST /crm/v3/objects/{type}/batch/upsert`: 207 where some could not be written."""

    results: list[Upserted[P]]


class Linked(Answer):
    """`PUT /crm/v4/objects/{type}/{id}/associations/default/{type}/{id}`: a success can hold errors."""

    results: list[dict[str, Any]]
    num_errors: int = 0


class AssociatedId(Answer):
    """One row of an object's associations."""

    to_object_id: Annotated[str, BeforeValidator(str)]


class AssociatedIds(BaseModel):
    """`GET /crm/v4/objects/{type}/{id}/associations/{type}`."""

    results: list[AssociatedId]
    paging: Paging | None = None
