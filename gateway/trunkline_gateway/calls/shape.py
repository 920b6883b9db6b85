"""A result into what a caller reads: nulls dropped, long texts cut, and a warning where that happened."""

from dataclasses import dataclass
from typing import Any

import orjson
from pydantic_core import PydanticSerializationError

from trunkline_contracts.errors import InternalError
from trunkline_contracts.record import Record

_LONGEST_TEXT = 8_000
_LARGEST_ANSWER = 60_000


@dataclass(frozen=True, slots=True)
class Shaped:
    """An envelope as data, and the same as JSON text."""

    data: dict[str, Any]
    text: bytes


def shape(result: Record, tool: str, plugin: str | None) -> Shaped:
    """The JSON form of an envelope; raises InternalError for one that was put together past its own types."""
    try:
        data: dict[str, Any] = result.model_dump(mode="json", exclude_none=True, warnings="error")
    except PydanticSerializationError:
        whose = f"The {plugin} plugin" if plugin else "A plugin"
        raise InternalError(
            f"{whose} gave values in {tool} that its contract does not allow; report it to its author."
        ) from None
    text = orjson.dumps(data)
    if len(text) <= _LARGEST_ANSWER:
        return Shaped(data, text)
    cut, was_cut = _cut(data)
    if was_cut:
        note = {"code": "truncated", "message": f"Texts over {_LONGEST_TEXT} characters were cut."}
        cut["warnings"] = [*cut.get("warnings", []), note]
    return Shaped(cut, orjson.dumps(cut))


def _cut(value: Any) -> tuple[Any, bool]:
    if isinstance(value, str):
        return (value[:_LONGEST_TEXT] + " […]", True) if len(value) > _LONGEST_TEXT else (value, False)
    if isinstance(value, list):
        pairs = [_cut(item) for item in value]
        return [item for item, _ in pairs], any(was for _, was in pairs)
    if isinstance(value, dict):
        named = {key: _cut(item) for key, item in value.items()}
        return {key: item for key, (item, _) in named.items()}, any(was for _, was in named.values())
    return value, False
