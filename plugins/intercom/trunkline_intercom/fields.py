"""Custom fields: what a workspace added to contacts, tickets and conversations.

An attribute's name is its key. Conversations are worked like tickets, so their attributes are fields of tickets too.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from trunkline_contracts.fields import Choice, CustomField, FieldKind, FieldType, field_name
from trunkline_contracts.values import Warning
from trunkline_intercom import words
from trunkline_intercom.vendor_fields import Attribute, TicketType

# Files and relations to custom objects are left out: they are no values that a caller could write.
_TYPES: dict[str | None, FieldType] = {
    "string": "text",
    "integer": "number",
    "float": "number",
    "decimal": "number",
    "boolean": "boolean",
    "date": "datetime",
    "datetime": "datetime",
    "list": "choice",
}
_BUILT_IN = frozenset((words.TITLE, words.DESCRIPTION))


class Fields:
    """Reads and writes the custom attributes of records, as far as the connection's fields are known."""

    def __init__(self, known: Iterable[CustomField]) -> None:
        self._types: dict[FieldKind, dict[str, FieldType]] = {}
        for item in known:
            self._types.setdefault(item.kind, {})[item.key] = item.type

    def read(self, kind: FieldKind, attributes: Mapping[str, Any] | None) -> dict[str, Any]:
        """The custom fields among a record's attributes, with Intercom's seconds as moments."""
        types = self._types.get(kind, {})
        given = {key: value for key, value in (attributes or {}).items() if value is not None and key not in _BUILT_IN}
        # Beside a workspace's own, Intercom keeps some of its own there, such as "Copilot used".
        own = {key: value for key, value in given.items() if not types or key in types}
        return {key: _moment(value) if types.get(key) == "datetime" else value for key, value in own.items()}

    def write(self, kind: FieldKind, values: Mapping[str, Any]) -> dict[str, Any]:
        """A caller's values as attributes; moments in the seconds that every record of Intercom takes."""
        types = self._types.get(kind, {})
        return {key: _seconds(value) if types.get(key) == "datetime" else value for key, value in values.items()}

    def chosen(self, kind: FieldKind, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those of a caller's values that are choices."""
        types = self._types.get(kind, {})
        return {key: value for key, value in values.items() if types.get(key) == "choice" and value is not None}


def dropped(wanted: Mapping[str, Any], attributes: Mapping[str, Any] | None) -> tuple[Warning, ...]:
    """A warning for each field that was written and that the answer does not have."""
    lost = [key for key, value in wanted.items() if value is not None and (attributes or {}).get(key) is None]
    return tuple(Warning(code="field_dropped", message="Intercom did not keep this field.", field=key) for key in lost)


def _moment(value: Any) -> Any:
    return datetime.fromtimestamp(value, UTC).isoformat() if isinstance(value, int) else value


def _seconds(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    moment = datetime.fromisoformat(value)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def customer_fields(attributes: Iterable[Attribute]) -> list[CustomField]:
    """The custom attributes of contacts."""
    return _fields("customer", [item for item in attributes if item.custom])


def ticket_fields(types: Iterable[TicketType], conversations: Iterable[Attribute]) -> list[CustomField]:
    """The attributes of all types of ticket and of conversations; equal names are one field."""
    of_tickets = [
        item.model_copy(update={"options": item.all_options})
        for kind in types
        if not kind.archived
        for item in kind.attributes
    ]
    return _fields("ticket", [*of_tickets, *conversations])


def _fields(kind: FieldKind, attributes: Iterable[Attribute]) -> list[CustomField]:
    fields: dict[str, CustomField] = {}
    for item in attributes:
        type_ = _type(item)
        if type_ is None or item.archived or item.name in {*fields, *_BUILT_IN}:
            continue
        label = item.label or item.name
        name = field_name(label, (field.name for field in fields.values()))
        fields[item.name] = CustomField(
            kind=kind, key=item.name, name=name, label=label, type=type_, choices=_choices(item),
            writable=item.api_writable is not False and (type_ != "choice" or bool(_choices(item))),
        )  # fmt: skip
    return list(fields.values())


def _type(attribute: Attribute) -> FieldType | None:
    """The type; a contact's text with options is a choice."""
    type_ = _TYPES.get(attribute.data_type)
    return "choice" if type_ == "text" and attribute.options else type_


def _choices(attribute: Attribute) -> tuple[Choice, ...]:
    """What can be chosen, by the labels that records show."""
    return tuple(Choice(value=item.label) for item in attribute.options if item.label and not item.archived)
