"""Custom fields: found out from an org's own descriptions, read and written in the types of the contract."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.fields import Choice, CustomField, FieldKind, FieldType, field_name
from trunkline_salesforce import vendor

KINDS: Mapping[FieldKind, str] = {"customer": "Contact", "ticket": "Case", "deal": "Opportunity"}
"""The kinds of record that have them, and Salesforce's names for those."""

_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,60}__p?c")
# Addresses, places and files are left out: they are no single values.
_TYPES: Mapping[str, FieldType] = {
    **dict.fromkeys(("string", "textarea", "email", "phone", "url", "encryptedstring", "combobox", "time"), "text"),
    **dict.fromkeys(("id", "reference"), "text"),
    **dict.fromkeys(("int", "long", "double", "currency", "percent"), "number"),
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "picklist": "choice",
    "multipicklist": "choices",
}
_BETWEEN_CHOICES = ";"


def described(kind: FieldKind, description: vendor.Description, leaving_out: str | None) -> list[CustomField]:
    """An object's custom fields, but for the one that holds the company's own id."""
    found: list[CustomField] = []
    for field in description.fields:
        if field.custom and field.type in _TYPES and field.name != leaving_out and _API_NAME.fullmatch(field.name):
            found.append(_described(kind, field, [item.name for item in found]))
    return found


def _described(kind: FieldKind, field: vendor.DescribedField, taken: list[str]) -> CustomField:
    choices = tuple(Choice(value=item.value, label=item.label) for item in field.picklist_values if item.active)
    return CustomField(
        kind=kind,
        key=field.name,
        name=field_name(field.name.removesuffix("__c"), taken),
        label=field.label,
        type=_TYPES[field.type],
        choices=choices,
        writable=field.createable and field.updateable,
    )


class CustomFields:
    """The fields found at one connection."""

    def __init__(self, fields: Iterable[CustomField] = (), own_id: str | None = None) -> None:
        self._types = {
            (field.kind, field.key): field.type
            for field in fields
            if _API_NAME.fullmatch(field.key) and field.key != own_id
        }

    def keys(self, kind: FieldKind) -> tuple[str, ...]:
        """The fields to ask for, because Salesforce gives no field unasked."""
        return tuple(key for of, key in self._types if of == kind)

    def read(self, kind: FieldKind, row: BaseModel) -> dict[str, Any]:
        """The fields of a record that have a value."""
        values = row.model_extra or {}
        return {
            key: values[key].split(_BETWEEN_CHOICES) if self._types[kind, key] == "choices" else values[key]
            for key in self.keys(kind)
            if values.get(key) is not None
        }

    def written(self, kind: FieldKind, values: Mapping[str, Any]) -> dict[str, Any]:
        """The fields to send; raises InvalidArgumentError for what is no custom field, or no value of one."""
        return {key: self._written(kind, key, value) for key, value in values.items()}

    def _written(self, kind: FieldKind, key: str, value: Any) -> Any:
        if not _API_NAME.fullmatch(key):
            raise InvalidArgumentError("custom_fields takes API names of custom fields only, which end in __c.")
        if self._types.get((kind, key)) == "choices" and isinstance(value, list | tuple):
            return _BETWEEN_CHOICES.join(str(item) for item in value)
        if not isinstance(value, str | int | float | None):
            raise InvalidArgumentError("custom_fields takes texts, numbers, booleans and null; join choices with `;`.")
        return value
