"""JSON Schemas for models: small, with no `$ref`, no titles, no nulls where absence says it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.record import UNTRUSTED

Schema = dict[str, Any]
# Said by the type already, or of no use to a model that fills in arguments.
_NOISE = frozenset(("title", "default", "additionalProperties", "maxLength", "minLength", "maxItems", "pattern"))
_MODEL_TEXT = "description"


def input_schema(contract: AnyContract, hidden: frozenset[str], only: Mapping[str, frozenset[str]]) -> Schema:
    """The arguments of a tool, without the hidden ones and with enums narrowed."""
    schema = _plain(TypeAdapter(contract.takes).json_schema(), is_input=True)
    properties = {name: part for name, part in schema["properties"].items() if name not in hidden}
    for name, values in only.items():
        if name in properties:
            _narrow(properties[name], values)
    required = [name for name in schema.get("required", ()) if name not in hidden]
    result: Schema = {"type": "object", "properties": properties}
    if required:
        result["required"] = required
    return {**result, "additionalProperties": False}


def _narrow(part: Schema, values: frozenset[str]) -> None:
    target = part.get("items", part)
    if "enum" in target:
        target["enum"] = [value for value in target["enum"] if value in values]


@cache
def output_schema(contract: AnyContract) -> Schema:
    """What a tool gives."""
    schema: Schema = TypeAdapter(contract.gives).json_schema(mode="serialization")
    return _plain(schema, is_input=False)


def _plain(schema: Schema, *, is_input: bool) -> Schema:
    inlined: Schema = _Inliner(schema.get("$defs", {}), is_input=is_input).inline(schema)
    return inlined


class _Inliner:
    def __init__(self, definitions: Mapping[str, Schema], *, is_input: bool) -> None:
        self._definitions = definitions
        self._is_input = is_input

    def inline(self, part: Any) -> Any:
        """Resolve references, drop noise, and let an optional be what it is when present."""
        if isinstance(part, list):
            return [self.inline(item) for item in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return self.inline(self._definitions[part["$ref"].rsplit("/", 1)[1]])
        if "anyOf" in part:
            return self._union(part)
        return self._object(part)

    def _union(self, part: Schema) -> Schema:
        choices = [choice for choice in part["anyOf"] if choice != {"type": "null"}]
        rest = {key: value for key, value in part.items() if key not in {"anyOf", *_NOISE}}
        if len(choices) == 1:
            return {**self.inline(choices[0]), **rest}
        return {"anyOf": [self.inline(choice) for choice in choices], **rest}

    def _object(self, part: Schema) -> Schema:
        is_model = part.get("type") == "object" and "properties" in part
        # A model's docstring is for people who read the code.
        dropped = {"$defs", *(_NOISE if self._is_input else {"title", "default"}), *([_MODEL_TEXT] if is_model else [])}
        if self._is_input and part.get("description") == UNTRUSTED:
            # What a caller gives is no vendor's text, whatever it will become.
            dropped.add("description")
        kept = {key: value for key, value in part.items() if key not in dropped}
        result = {key: self.inline(value) for key, value in kept.items() if key != "properties"}
        if "properties" in kept:
            result["properties"] = {name: self.inline(value) for name, value in kept["properties"].items()}
        if "const" in result:
            result["enum"] = [result.pop("const")]
        return result
