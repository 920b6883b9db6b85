"""Reads JSON text strictly: a repeated key or a number that is none would mean two things to two readers."""

import json
from typing import Any

from trunkline_contracts.errors import InvalidArgumentError


def check_json(text: bytes) -> Any:
    """Parse JSON; raises InvalidArgumentError for what is malformed, has a key twice, or holds NaN or Infinity."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InvalidArgumentError("The body is not JSON: send one object in UTF-8.") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidArgumentError("The body has the same key twice: send each once.")
    return found


def _refuse(_: str) -> None:
    raise InvalidArgumentError("The body holds NaN or Infinity: send finite numbers.")
