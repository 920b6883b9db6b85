"""Intercom's descriptions of what a workspace added to its records."""

from typing import Any

from pydantic import Field, field_validator

from trunkline_intercom.vendor import Vendor


class Option(Vendor):
    """One value of a list; records hold its label, and a ticket is written by its id."""

    id: str | None = None
    label: str | None = None
    archived: bool | None = None


class Attribute(Vendor):
    """One attribute of contacts, conversations or a type of ticket."""

    name: str
    label: str | None = None
    data_type: str | None = None
    options: list[Option] = Field(default_factory=list)
    api_writable: bool | None = None
    custom: bool | None = None
    default: bool | None = None
    archived: bool | None = None

    @field_validator("options", mode="before")
    @classmethod
    def _of_texts(cls, given: Any) -> Any:
        """Contacts' options are labels alone."""
        return [{"label": item} if isinstance(item, str) else item for item in given or []]


class AttributeList(Vendor):
    """`GET /data_attributes`, `GET /conversations/attributes`."""

    data: list[Attribute]


class InputOptions(Vendor):
    """What a ticket's attribute can be filled with."""

    list_options: list[Option] = Field(default_factory=list)


class TicketAttribute(Attribute):
    """An attribute of a type of ticket."""

    input_options: InputOptions | None = None

    @property
    def all_options(self) -> list[Option]:
        """What can be chosen."""
        return self.input_options.list_options if self.input_options else []


class TicketAttributes(Vendor):
    """The attributes of one type of ticket, whose list is in `data` in the API file's example, not in its schema."""

    ticket_type_attributes: list[TicketAttribute] | None = None
    data: list[TicketAttribute] | None = None


class TicketType(Vendor):
    """A kind of ticket with its attributes."""

    id: str | None = None
    archived: bool | None = None
    ticket_type_attributes: TicketAttributes | None = None

    @property
    def attributes(self) -> list[TicketAttribute]:
        """What can be written on a ticket of this kind."""
        found = self.ticket_type_attributes
        return (found.ticket_type_attributes or found.data or []) if found else []


class TicketTypeList(Vendor):
    """`GET /ticket_types`."""

    data: list[TicketType]
