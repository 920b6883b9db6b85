"""Custom properties: what an account added to HubSpot's own."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.fields import Choice, CustomField, FieldKind, FieldType, field_name
from trunkline_hubspot import vendor_setup

KINDS: tuple[FieldKind, ...] = ("customer", "ticket", "deal")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_WHOLE, _DECIMAL = re.compile(r"-?[0-9]{1,18}"), re.compile(r"-?[0-9]{1,18}\.[0-9]+")
# What is not here is text: a telephone number, coordinates, JSON.
_TYPES: dict[str, FieldType] = {
    "number": "number", "bool": "boolean", "date": "date", "datetime": "datetime", "enumeration": "choice",
}  # fmt: skip


def described(kind: FieldKind, found: Sequence[vendor_setup.PropertyDefinition]) -> list[CustomField]:
    """The custom ones among an account's properties; their internal names are what agents call them."""
    names: list[str] = []
    fields = []
    for one in found:
        if one.hubspot_defined or one.archived or one.hidden:
            continue
        name = one.name if _NAME.fullmatch(one.name) and one.name not in names else field_name(one.label, names)
        names.append(name)
        fields.append(_described(kind, one, name))
    return fields


def _described(kind: FieldKind, found: vendor_setup.PropertyDefinition, name: str) -> CustomField:
    field_type = _type(found)
    choices = [Choice(value=one.value, label=one.label) for one in found.options if not one.hidden]
    return CustomField(
        kind=kind,
        key=found.name,
        name=name,
        label=found.label,
        type=field_type,
        choices=tuple(choices) if field_type in {"choice", "choices"} else (),
        writable=not (found.calculated or found.modification_metadata.read_only_value),
    )


def _type(found: vendor_setup.PropertyDefinition) -> FieldType:
    if found.type == "enumeration" and found.field_type == "checkbox":
        return "choices"
    return _TYPES.get(found.type, "text")


class CustomFields:
    """The custom fields of one connection, and their values as HubSpot writes them."""

    def __init__(self, fields: Sequence[CustomField]) -> None:
        self._fields = {kind: {field.key: field for field in fields if field.kind == kind} for kind in KINDS}

    def names(self, kind: FieldKind) -> tuple[str, ...]:
        """The properties to ask for beside HubSpot's own."""
        return tuple(self._fields[kind])

    def read(self, kind: FieldKind, found: BaseModel) -> dict[str, Any]:
        """The custom values among an object's properties, but for those that are empty."""
        held = found.model_extra or {}
        return {key: _read(field, held[key]) for key, field in self._fields[kind].items() if held.get(key)}

    def written(self, kind: FieldKind, asked: Mapping[str, Any]) -> dict[str, str]:
        """The values to write; HubSpot's own properties have arguments of their own, or are not ours to write."""
        known = self._fields[kind]
        if any(key not in known or not known[key].writable for key in asked):
            raise InvalidArgumentError("custom_fields takes the custom fields of this account that can be written.")
        return {key: _written(value) for key, value in asked.items()}


def _read(field: CustomField, text: str) -> Any:
    if field.type == "number":
        return _number(text)
    if field.type == "boolean":
        return text == "true"
    return text.split(";") if field.type == "choices" else text


def _number(text: str) -> int | float | str:
    """A number as exact as JSON has it; what is none is given as it is, rather than left out."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _written(value: Any) -> str:
    """HubSpot writes every value as text, and empties a property by an empty one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ";".join(_written(item) for item in value)
    if isinstance(value, str | int | float):
        return str(value)
    raise InvalidArgumentError("custom_fields takes texts, numbers, booleans, lists of them, and null.")
