"""Custom fields of customers, `cf_…`: their description, and their values both ways.

https://apidocs.chargebee.com/docs/api/custom_field_configs
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from trunkline_chargebee.vendor_catalog import FieldConfig
from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.fields import Choice, CustomField, FieldType, field_name

_TYPES: Mapping[str | None, FieldType] = {"long": "number", "double": "number", "timestamp": "datetime", "date": "date"}
_PICKED_FROM = frozenset(("drop_down", "radio_button_horizontal", "radio_button_vertical"))
# A file is uploaded, not written; what is masked in Chargebee stays there.
_HIDDEN, _READ_ONLY = "password", "file"
Values = Mapping[str, Any]


def described(configs: Iterable[FieldConfig]) -> Iterator[CustomField]:
    """The fields in use, named as Chargebee's API names them, without the prefix that all of them have."""
    taken: list[str] = []
    for config in configs:
        if config.status == "archived" or config.edit_ui == _HIDDEN:
            continue
        name = field_name(config.api_name.removeprefix("cf_"), taken)
        taken.append(name)
        choices = tuple(_choices(config)) if config.edit_ui in _PICKED_FROM else ()
        yield CustomField(
            kind="customer",
            key=config.api_name,
            name=name,
            label=config.display_name,
            type=_type(config, choices),
            choices=choices,
            writable=config.edit_ui != _READ_ONLY,
        )


def _type(config: FieldConfig, choices: tuple[Choice, ...]) -> FieldType:
    if choices:
        return "choice"
    return "boolean" if config.edit_ui == "check_box" else _TYPES.get(config.field_datatype, "text")


def _choices(config: FieldConfig) -> Iterator[Choice]:
    """The options of a field, out of the JSON in its `props`; none where that is not a list of texts."""
    try:
        props = orjson.loads(config.props or "{}")
    except orjson.JSONDecodeError:
        return
    options = props.get("options") if isinstance(props, dict) else None
    yield from (Choice(value=option) for option in options or () if isinstance(option, str))


def read_values(found: Values, fields: Iterable[CustomField]) -> dict[str, Any]:
    """Chargebee's values as the fields' types say; those of fields that nobody described as they are."""
    types = {field.key: field.type for field in fields}
    return {key: _read(value, types.get(key)) for key, value in found.items()}


def _read(value: Any, kind: str | None) -> Any:
    if kind == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if kind == "number" and isinstance(value, str):
        return orjson.loads(value)
    if kind == "datetime" and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return value


def written_values(given: Values, fields: Iterable[CustomField]) -> dict[str, str | int]:
    """Values in Chargebee's form; an empty text clears a field."""
    types = {field.key: field.type for field in fields}
    return {key: _written(key, value, types.get(key)) for key, value in given.items()}


def _written(key: str, value: Any, kind: str | None) -> str | int:
    if value is None:
        return ""
    if isinstance(value, bool):
        # A check box is a text at Chargebee.
        return str(value)
    if kind == "datetime":
        return _seconds(key, value)
    return value if isinstance(value, str | int) else str(value)


def _seconds(key: str, value: Any) -> int:
    try:
        return int(datetime.fromisoformat(value).timestamp())
    except (TypeError, ValueError):
        raise InvalidArgumentError(f"{key} takes an ISO 8601 moment.") from None
