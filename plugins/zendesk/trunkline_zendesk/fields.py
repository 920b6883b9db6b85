"""The values of Zendesk's custom fields as JSON, and what became of those that were written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trunkline_contracts.fields import CustomField, FieldKind, FieldType
from trunkline_contracts.values import Warning

_CHOOSING = frozenset(("choice", "choices"))
_LOST = "Zendesk did not keep this value: read the record, and see which fields and choices there are."


class Fields:
    """The custom fields that were found at a connection."""

    def __init__(self, found: Sequence[CustomField]) -> None:
        self._types: dict[tuple[FieldKind, str], FieldType] = {(field.kind, field.key): field.type for field in found}
        self._names = {(field.kind, field.key): field.name for field in found}

    def values(self, kind: FieldKind, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The values of one record; what is empty is left out."""
        filled = {key: value for key, value in raw.items() if value not in (None, "", [])}
        return {key: _value(self._types.get((kind, key)), value) for key, value in filled.items()}

    def known(self, kind: FieldKind, values: Mapping[str, Any]) -> dict[str, Any]:
        """Those of some values whose fields were found."""
        return {key: value for key, value in values.items() if (kind, key) in self._types}

    def former(self, kind: FieldKind, changed: Iterable[str], values: Mapping[str, Any]) -> dict[str, Any]:
        """What fields held before a change, by the names that a caller gives them."""
        return {self._names.get((kind, key), key): values.get(key) for key in changed}

    def dropped(self, kind: FieldKind, sent: Mapping[str, Any], kept: Mapping[str, Any]) -> tuple[Warning, ...]:
        """A warning for each value that was not kept: Zendesk refuses neither a wrong choice nor an unknown field."""
        lost = [self._names.get((kind, key), key) for key, value in sent.items() if not _is_kept(value, kept.get(key))]
        return tuple(Warning(code="field_dropped", message=_LOST, field=f"custom_fields.{name}") for name in lost)

    def tags_of(self, values: Mapping[str, Any]) -> list[str]:
        """The tags that a ticket has by its choices: to Zendesk each is a tag as well."""
        chosen = [value for key, value in values.items() if self._types.get(("ticket", key)) in _CHOOSING]
        return [str(tag) for value in chosen for tag in (value if isinstance(value, list) else [value]) if tag]


def _value(kind: FieldType | None, value: Any) -> Any:
    """One value; Zendesk writes a ticket's numbers as text, and a user's dates with a time."""
    if kind == "number" and isinstance(value, str):
        return _number(value)
    if kind == "date" and isinstance(value, str):
        return value[:10]
    return value


def _number(text: str) -> float | str:
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        return text


def _is_kept(sent: Any, kept: Any) -> bool:
    if isinstance(sent, list):
        return sorted(map(str, sent)) == sorted(map(str, kept or []))
    return sent == kept or str(sent) == str(kept) or (sent == "" and kept is None)
