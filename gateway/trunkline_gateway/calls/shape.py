"""A result into what a caller reads: nulls dropped, long texts cut, and a warning where that happened."""

from dataclasses import dataclass
from typing import Any

import orjson

from trunkline_contracts.record import Record

_LONGEST_TEXT = 8_000
_LARGEST_ANSWER = 60_000


@dataclass(frozen=True, slots=True)
class Shaped:
    """An envelope as data, and the same as JSON text."""

    data: dict[str, Any]
    text: bytes


def shape(result: Record) -> Shaped:
    """The JSON form of an envelope."""
    data: dict[str, Any] = result.model_dump(mode="json", exclude_none=True)
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
