"""JSON Schema for OpenAPI: validation, undeclared fields, and values read from form text.

OpenAPI 3.0's dialect is rewritten to JSON Schema 2020-12 once, when a file is loaded. Two liberties are taken:
`oneOf` becomes `anyOf`, because vendors' alternatives overlap, and `additionalProperties: false` is dropped, because
what may not be there is asked separately (`Schemas.undeclared`): of requests, not of replies.
`format` is not judged.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Schema = dict[str, Any]

_PREFIX = "component:"
_KEPT = (
    *("type", "enum", "const", "required", "pattern", "multipleOf", "uniqueItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
)
_NULL: Schema = {"type": "null"}
_INTEGER = re.compile(r"-?\d+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LONGEST_MESSAGE = 200


def converted(schema: Any) -> Schema:
    """The schema in JSON Schema 2020-12; references point at `Schemas`' components."""
    if not isinstance(schema, dict):
        return {} if schema else {"not": {}}
    if "$ref" in schema:
        return {"$ref": _PREFIX + schema["$ref"].rsplit("/", 1)[1]}
    new = {key: schema[key] for key in _KEPT if key in schema}
    _convert_limits(new)
    _convert_children(schema, new)
    return _nullable(new) if schema.get("nullable") else new


def _convert_limits(new: Schema) -> None:
    """OpenAPI 3.0 says with a boolean that a limit is exclusive."""
    for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(new.get(exclusive), bool) and new.pop(exclusive):
            new[exclusive] = new.pop(limit)


def _convert_children(schema: Schema, new: Schema) -> None:
    closed = schema.get("additionalProperties") is False
    if schema.get("properties") or closed:
        properties = schema.get("properties", {})
        new["properties"] = {name: converted(child) for name, child in properties.items()}
    if not closed and "additionalProperties" in schema:
        new["additionalProperties"] = converted(schema["additionalProperties"])
    if "items" in schema:
        new["items"] = converted(schema["items"])
    if "allOf" in schema:
        new["allOf"] = [converted(part) for part in schema["allOf"]]
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        new["anyOf"] = [converted(choice) for choice in choices]


def _nullable(new: Schema) -> Schema:
    if not new:
        return new
    if isinstance(new.get("type"), str) and new.keys().isdisjoint(("enum", "allOf", "anyOf")):
        return {**new, "type": [new["type"], "null"]}
    return {"anyOf": [new, _NULL]}


def _cut_open(components: Mapping[str, Schema]) -> dict[str, Schema]:
    """The components without circles: a kind that is put together from a base which is any of its kinds.

    Of such a kind the base is left out, for it says nothing that the kind does not.
    """
    return {uri: _without_itself(components, uri, schema) for uri, schema in components.items()}


def _without_itself(components: Mapping[str, Schema], uri: str, schema: Schema) -> Schema:
    if "allOf" not in schema:
        return schema
    kept = [part for part in schema["allOf"] if uri not in _put_together(components, part, set())]
    return {**schema, "allOf": kept} if kept else {key: value for key, value in schema.items() if key != "allOf"}


def _put_together(components: Mapping[str, Schema], schema: Schema, seen: set[str]) -> set[str]:
    """The components that a schema consists of, itself and through others."""
    uri = schema.get("$ref")
    if uri is not None:
        if uri not in seen:
            seen.add(uri)
            _put_together(components, components.get(uri, {}), seen)
        return seen
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        _put_together(components, part, seen)
    return seen


class Schemas:
    """The schemas of one document, by name, and what can be asked of them."""

    def __init__(self, components: Mapping[str, Any]) -> None:
        self._components = _cut_open({_PREFIX + name: converted(schema) for name, schema in components.items()})
        resources = [(uri, DRAFT202012.create_resource(schema)) for uri, schema in self._components.items()]
        self._registry: Registry[Any] = Registry().with_resources(resources)

    def validator(self, schema: Schema) -> Any:
        """A validator that knows the components."""
        return Draft202012Validator(schema, registry=self._registry)

    def undeclared(self, schema: Schema, value: Any, path: str = "") -> Iterator[str]:
        """The paths of the fields that the schema's objects declare nowhere."""
        parts = list(self._parts(schema))
        if isinstance(value, list):
            items = {"anyOf": [part["items"] for part in parts if "items" in part]}
            for index, item in enumerate(value):
                yield from self.undeclared(items, item, _below(path, index))
        elif isinstance(value, dict):
            for name, child in value.items():
                yield from self._undeclared_field(parts, name, child, _below(path, name))

    def _undeclared_field(self, parts: list[Schema], name: str, child: Any, path: str) -> Iterator[str]:
        """An object that declares no field at all is free, and so is one that says it is."""
        declared = [part["properties"][name] for part in parts if name in part.get("properties", ())]
        free = [part["additionalProperties"] for part in parts if "additionalProperties" in part]
        if declared or free:
            yield from self.undeclared({"anyOf": declared or free}, child, path)
        elif any("properties" in part for part in parts):
            yield path

    def _parts(self, schema: Schema) -> Iterator[Schema]:
        """The schema and all that it is put together from."""
        if "$ref" in schema:
            yield from self._parts(self._components[schema["$ref"]])
            return
        yield schema
        for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
            yield from self._parts(part)

    def read(self, schema: Schema, text: Any) -> Any:
        """Form text as the data that the schema asks for; text that fits no choice is read by the likeliest."""
        choices = [part for part in self._parts(schema) if "anyOf" not in part]
        for choice in choices:
            value = self._read_as(choice, text)
            if self.validator(choice).is_valid(value):
                return value
        return self._read_as(next((choice for choice in choices if _shape(text) in choice), {}), text)

    def _read_as(self, schema: Schema, text: Any) -> Any:
        if isinstance(text, dict):
            return self._read_fields(schema, text)
        if isinstance(text, list):
            return [self.read(schema.get("items", {}), item) for item in text]
        return _scalar(schema.get("type", ()), text)

    def _read_fields(self, schema: Schema, text: dict[str, Any]) -> Any:
        """A list's items come as fields that are named by number."""
        if "items" in schema and _shape(text) == "items":
            return self._read_as(schema, [text[key] for key in sorted(text, key=int)])
        fields, other = schema.get("properties", {}), schema.get("additionalProperties", {})
        return {name: self.read(fields.get(name, other), value) for name, value in text.items()}

    def is_list(self, schema: Schema) -> bool:
        """Whether a value may be a list."""
        return any("items" in part or part.get("type") == "array" for part in self._parts(schema))


def _shape(text: Any) -> str:
    """The keyword of a schema that could describe this."""
    if isinstance(text, dict):
        return "items" if all(map(str.isdecimal, text)) else "properties"
    return "items" if isinstance(text, list) else "type"


def _below(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _scalar(types: str | list[str], text: str) -> object:
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if "integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and _NUMBER.fullmatch(text):
        return float(text)
    return text


def faults(validator: Any, value: Any) -> list[str]:
    """What is wrong with a value, as `path: what`; of several choices the nearest one speaks."""
    leaves = (leaf for error in validator.iter_errors(value) for leaf in _leaves(error))
    return [_text(leaf) for leaf in leaves]


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    choices = groupby(error.context, key=lambda inner: inner.schema_path[0])
    for inner in min((list(group) for _, group in choices), key=_distance):
        yield from _leaves(inner)


def _distance(errors: Iterable[ValidationError]) -> tuple[int, int, int]:
    """How far a choice is from the value: another type, another kind of object, so many faults."""
    errors = list(errors)
    other_type = sum(error.validator == "type" and not error.relative_path for error in errors)
    other_kind = sum(error.validator in ("enum", "const") for error in errors)
    return other_type, other_kind, len(errors)


def _text(error: ValidationError) -> str:
    path = ".".join(map(str, error.absolute_path)) or "(the whole)"
    message = error.message
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[:80]} ... {message[-100:]}"
    return f"{path}: {message}"
