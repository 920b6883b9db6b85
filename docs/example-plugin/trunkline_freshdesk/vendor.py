"""The part of Freshdesk's answers that we read: tolerant of nulls and of more fields."""

from typing import Any

from pydantic import AwareDatetime, BaseModel


class Contact(BaseModel):
    """A customer."""

    id: int
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    company_id: int | None = None
    language: str | None = None
    time_zone: str | None = None
    tags: list[str] | None = None
    unique_external_id: str | None = None
    custom_fields: dict[str, Any] | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class Company(BaseModel):
    """An organisation."""

    id: int
    name: str
    domains: list[str] | None = None
    industry: str | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class Group(BaseModel):
    """A team."""

    id: int
    name: str | None = None


class Agent(BaseModel):
    """One of the staff."""

    id: int


class Ticket(BaseModel):
    """A ticket; a list leaves its description out."""

    id: int
    subject: str | None = None
    description_text: str | None = None
    status: int | None = None
    priority: int | None = None
    source: int | None = None
    type: str | None = None
    requester_id: int | None = None
    responder_id: int | None = None
    group_id: int | None = None
    company_id: int | None = None
    tags: list[str] | None = None
    custom_fields: dict[str, Any] | None = None
    spam: bool | None = None
    deleted: bool | None = None
    due_by: AwareDatetime | None = None
    fr_due_by: AwareDatetime | None = None
    is_escalated: bool | None = None
    fr_escalated: bool | None = None
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None


class FoundTickets(BaseModel):
    """One page of a search."""

    total: int
    results: list[Ticket]


class Attachment(BaseModel):
    """A file; its address is signed and soon expires."""

    name: str | None = None
    content_type: str | None = None
    size: int | None = None


class Conversation(BaseModel):
    """One reply or note on a ticket. A new reply is told without `private` and `incoming`."""

    id: int
    body_text: str | None = None
    incoming: bool | None = None
    private: bool | None = None
    user_id: int | None = None
    attachments: list[Attachment] | None = None
    created_at: AwareDatetime | None = None


class Article(BaseModel):
    """An article of the help centre."""

    id: int
    title: str | None = None
    description_text: str | None = None
    status: int | None = None
    updated_at: AwareDatetime | None = None


class Field(BaseModel):
    """A field of tickets or contacts; what choices look like depends on its type."""

    name: str
    label: str | None = None
    type: str
    default: bool | None = None
    choices: Any = None
