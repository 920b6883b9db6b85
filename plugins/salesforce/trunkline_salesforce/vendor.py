"""The part of Salesforce's records that we read, and its words in ours."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel, to_pascal

from trunkline_contracts.entities.crm import ActivityType
from trunkline_contracts.values import Channel, Direction

# What add_note writes and list_activities knows a note by: Salesforce has no task of that kind.
NOTE_SUBJECT = "Note"
TASK_TYPES: dict[str, ActivityType] = {"Task": "task", "Cadence": "task", "Call": "call", "Email": "email"}
TASK_CHANNELS: dict[ActivityType, Channel] = {"call": "voice", "email": "email"}
CALL_DIRECTIONS: dict[str, Direction] = {"Inbound": "inbound", "Outbound": "outbound", "Internal": "internal"}


class Row(BaseModel):
    """A record, whose fields start with capital letters."""

    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True)


class Address(BaseModel):
    """A compound address; it has codes only where the org uses state and country picklists."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    street: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    country_code: str | None = None


class Named(Row):
    """A user or a queue."""

    name: str | None = None


class Account(Row):
    """The organisation, or the person, that a contact belongs to."""

    name: str | None = None
    website: str | None = None
    industry: str | None = None
    number_of_employees: int | None = None
    parent_id: str | None = None
    phone: str | None = None
    billing_address: Address | None = None
    created_date: AwareDatetime | None = None
    last_modified_date: AwareDatetime | None = None


class Person(Row):
    """A contact or a lead: each has some of these."""

    # The field that holds the company's own id has a name of the org's choice.
    model_config = ConfigDict(extra="allow")

    id: str
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile_phone: str | None = None
    home_phone: str | None = None
    other_phone: str | None = None
    mailing_address: Address | None = None
    address: Address | None = None
    account_id: str | None = None
    account: Account | None = None
    company: str | None = None
    status: str | None = None
    is_converted: bool | None = None
    converted_contact_id: str | None = None
    is_person_account: bool | None = None
    owner_id: str | None = None
    owner: Named | None = None
    is_deleted: bool | None = None
    master_record_id: str | None = None
    created_date: AwareDatetime | None = None
    last_modified_date: AwareDatetime | None = None
    last_activity_date: date | None = None
    has_opted_out_of_email: bool | None = None
    do_not_call: bool | None = None
    email_bounced_date: AwareDatetime | None = None

    @property
    def is_lead(self) -> bool:
        """Whether this is a lead, which its id says."""
        return self.id.startswith("00Q")

    @property
    def home(self) -> Address | None:
        """The address by which the person is reached."""
        return self.address if self.is_lead else self.mailing_address

    @property
    def successor(self) -> str | None:
        """The id of the record that has taken this one's place."""
        return self.master_record_id or self.converted_contact_id


class Task(Row):
    """A task, a call, or a note of ours."""

    id: str
    subject: str | None = None
    description: str | None = None
    task_subtype: str | None = None
    call_type: str | None = None
    created_by_id: str | None = None
    created_by: Named | None = None
    created_date: AwareDatetime


class Event(Row):
    """A meeting."""

    id: str
    subject: str | None = None
    description: str | None = None
    start_date_time: AwareDatetime
    created_by_id: str | None = None
    created_by: Named | None = None


class EmailMessage(Row):
    """An e-mail that was sent or received."""

    id: str
    subject: str | None = None
    text_body: str | None = None
    from_name: str | None = None
    from_address: str | None = None
    incoming: bool | None = None
    message_date: AwareDatetime


class Found(BaseModel):
    """The answer to a query."""

    records: list[dict[str, Any]]


class Saved(BaseModel):
    """The answer to a creation."""

    id: str


class Upserted(BaseModel):
    """The answer to an upsert."""

    id: str
    created: bool = False


class FoundBySearch(BaseModel):
    """The answer to a search."""

    model_config = ConfigDict(alias_generator=to_camel)

    search_records: list[dict[str, Any]]


class CompositePart(BaseModel):
    """What came of one of several requests."""

    model_config = ConfigDict(alias_generator=to_camel)

    body: Any = None
    http_status_code: int


class Composite(BaseModel):
    """The answer to several requests that were sent as one."""

    model_config = ConfigDict(alias_generator=to_camel)

    composite_response: list[CompositePart]


class PicklistValue(BaseModel):
    """One value that a field can have."""

    value: str
    label: str | None = None
    active: bool = True


class DescribedField(BaseModel):
    """What an org says of a field."""

    model_config = ConfigDict(alias_generator=to_camel)

    name: str
    label: str
    type: str
    custom: bool = False
    createable: bool = False
    updateable: bool = False
    picklist_values: list[PicklistValue] = []


class Description(BaseModel):
    """What an org says of a kind of record."""

    name: str
    fields: list[DescribedField]

    def choices(self, field: str) -> list[str]:
        """The values that a field can have."""
        found = next((item for item in self.fields if item.name == field), None)
        return [item.value for item in found.picklist_values if item.active] if found else []
