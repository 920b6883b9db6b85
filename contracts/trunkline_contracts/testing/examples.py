"""Values for arguments, made from a contract's own schema."""

import re
from typing import Any

from trunkline_contracts.contract import AnyContract

_TEXTS = (
    "a value",
    "a-value-of-sixteen",
    "+12025550100",
    "somebody@somewhere.example",
    "EUR",
    "main",
    "12ab",
    "op_" + "0" * 32,
)
_FORMATS = {"date-time": "2030-01-01T00:00:00Z", "date": "2030-01-01"}


def some_value(contract: AnyContract, argument: str) -> Any:
    """Any valid value of an argument."""
    kinds = {item.name: item.kinds for item in contract.ref_arguments}
    part, definitions = _schema(contract, argument)
    if argument not in kinds:
        return _example(part, definitions)
    ref = f"main:{next(iter(kinds[argument]), 'customer')}:1"
    return [ref] if _is_list(part) else ref


def other_value(contract: AnyContract, argument: str, allowed: tuple[str, ...]) -> Any:
    """A value that an argument can have beside the allowed ones; None where there is none."""
    part, definitions = _schema(contract, argument)
    known = enum_of(part, definitions) or {_example(_items(part), definitions)}
    others = sorted(known - set(allowed))
    if not others:
        return None
    return [others[0]] if _is_list(part) else others[0]


def enum_of(part: Any, definitions: Any) -> set[str] | None:
    """The values that a schema allows; None where any text will do."""
    if "$ref" in part:
        return enum_of(_resolved(part, definitions), definitions)
    if "enum" in part or "const" in part:
        return set(part.get("enum", [part.get("const")]))
    inner = [*part.get("anyOf", ()), *([part["items"]] if "items" in part else ())]
    found = [values for item in inner if (values := enum_of(item, definitions)) is not None]
    return set().union(*found) if found else None


def _schema(contract: AnyContract, argument: str) -> tuple[Any, Any]:
    schema = contract.arguments.json_schema()
    return schema["properties"][argument], schema.get("$defs", {})


def _resolved(part: Any, definitions: Any) -> Any:
    return definitions[part["$ref"].rsplit("/", 1)[1]]


def _items(part: Any) -> Any:
    return part.get("items", part)


def _is_list(part: Any) -> bool:
    return any(item.get("type") == "array" for item in (part, *part.get("anyOf", ())))


def _example(part: Any, definitions: Any) -> Any:
    if "$ref" in part:
        return _example(_resolved(part, definitions), definitions)
    if "anyOf" in part:
        return _example(next(item for item in part["anyOf"] if item.get("type") != "null"), definitions)
    if "enum" in part or "const" in part:
        return part.get("const", part.get("enum", [None])[0])
    return _by_type(part, definitions)


def _by_type(part: Any, definitions: Any) -> Any:
    kind = part.get("type")
    if kind == "array":
        return [_example(part["items"], definitions)]
    if kind == "object":
        required = part.get("required", ())
        fields = {name: _example(part["properties"][name], definitions) for name in required}
        return fields or {_example(part.get("propertyNames", {}), definitions): "a value"}
    if kind in {"integer", "number"}:
        return max(1, part.get("minimum", 1))
    return True if kind == "boolean" else _text(part)


def _text(part: Any) -> str:
    if part.get("format") in _FORMATS:
        return _FORMATS[part["format"]]
    return next(text for text in _TEXTS if re.search(part.get("pattern", ""), text))
