"""Custom fields between agents and vendors: names into the vendor's keys and back, values checked, schemas typed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.errors import InvalidArgumentError
from trunkline_contracts.fields import CustomField, FieldKind
from trunkline_contracts.record import Record
from trunkline_contracts.refs import Ref
from trunkline_contracts.results import ToolCall
from trunkline_contracts.tools import CREATE_CUSTOMER, CREATE_TICKET, SAVE_DEAL, UPDATE_CUSTOMER, UPDATE_TICKET
from trunkline_gateway.connections.registry import Connection

_WRITES: Mapping[str, FieldKind] = {
    CREATE_CUSTOMER.name: "customer", UPDATE_CUSTOMER.name: "customer", CREATE_TICKET.name: "ticket",
    UPDATE_TICKET.name: "ticket", SAVE_DEAL.name: "deal",
}  # fmt: skip
_TYPES: Mapping[str, dict[str, Any]] = {
    "text": {"type": "string"}, "number": {"type": "number"}, "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"}, "datetime": {"type": "string", "format": "date-time"},
}  # fmt: skip
_FORMATS: Mapping[str, TypeAdapter[Any]] = {
    "text": TypeAdapter(str), "number": TypeAdapter(float), "boolean": TypeAdapter(bool), "date": TypeAdapter(date),
    "datetime": TypeAdapter(AwareDatetime),
}  # fmt: skip
_MOST_CHOICES = 20
ARGUMENT = "custom_fields"


def kind_written(contract: AnyContract) -> FieldKind | None:
    """The kind of record whose custom fields a tool writes."""
    return _WRITES.get(contract.name)


def of_kind(connection: Connection, kind: FieldKind) -> list[CustomField]:
    """A connection's fields of one kind."""
    return [field for field in connection.fields if field.kind == kind]


def schema_of(fields: Iterable[CustomField]) -> dict[str, Any]:
    """The fields as an object's JSON Schema; the first of two with one name wins."""
    properties: dict[str, Any] = {}
    for field in fields:
        if field.writable:
            properties.setdefault(field.name, _type_of(field))
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _type_of(field: CustomField) -> dict[str, Any]:
    if not field.type.startswith("choice"):
        return dict(_TYPES[field.type])
    choice: dict[str, Any] = {"type": "string"}
    if len(field.choices) <= _MOST_CHOICES:
        choice["enum"] = [item.value for item in field.choices]
    return choice if field.type == "choice" else {"type": "array", "items": choice}


def unknown_names(contract: AnyContract, request: Record, connection: Connection) -> set[str]:
    """The custom fields of a request that nobody found at the connection."""
    kind = kind_written(contract)
    given = _given(request)
    if kind is None or not given:
        return set()
    return given.keys() - {field.name for field in of_kind(connection, kind)}


def check(contract: AnyContract, request: Record, connection: Connection) -> None:
    """Refuse a field that does not exist, is read-only, or whose value is of another type: InvalidArgumentError."""
    kind = kind_written(contract)
    given = _given(request)
    if kind is None or not given:
        return
    known = {field.name: field for field in of_kind(connection, kind)}
    if unknown := sorted(given.keys() - known.keys()):
        names = ", ".join(sorted(known)) or "none"
        raise InvalidArgumentError(f"{connection.name} has no custom field {', '.join(unknown)}; it has: {names}.")
    for name, value in given.items():
        _check_value(known[name], value)


def _check_value(field: CustomField, value: Any) -> None:
    if not field.writable:
        raise InvalidArgumentError(f"The custom field {field.name} can only be read.")
    if value is None:
        return
    if field.type.startswith("choice"):
        chosen = value if field.type == "choices" and isinstance(value, list) else [value]
        allowed = [item.value for item in field.choices]
        if any(item not in allowed for item in chosen):
            raise InvalidArgumentError(f"The custom field {field.name} takes: {', '.join(allowed[:_MOST_CHOICES])}.")
        return
    try:
        _FORMATS[field.type].validate_python(value, strict=field.type in {"text", "number", "boolean"})
    except ValidationError:
        raise InvalidArgumentError(f"The custom field {field.name} takes a {field.type}.") from None


def _given(request: Record) -> Mapping[str, Any]:
    holder = getattr(request, "changes", request)
    return getattr(holder, ARGUMENT, None) or {}


def keyed(contract: AnyContract, request: Record, connection: Connection) -> Record:
    """The request with the vendor's keys in the place of names."""
    kind = kind_written(contract)
    given = _given(request)
    if kind is None or not given or not connection.fields:
        return request
    keys = {field.name: field.key for field in of_kind(connection, kind)}
    renamed = {ARGUMENT: {keys.get(name, name): value for name, value in given.items()}}
    changes = getattr(request, "changes", None)
    if changes is None:
        return request.model_copy(update=renamed)
    return request.model_copy(update={"changes": changes.model_copy(update=renamed)})


def named(result: Any, connection: Connection) -> Any:
    """A result with names in the place of the vendor's keys, in every record of the connection."""
    return _Namer(connection).named(result) if connection.fields else result


class _Namer:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names: dict[tuple[str | None, str], str] = {
            (field.kind, field.key): field.name for field in connection.fields
        }

    def named(self, value: Any) -> Any:
        """The value, with every record in it renamed; what has nothing to rename stays the same object."""
        if isinstance(value, tuple):
            items = tuple(self.named(item) for item in value)
            return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        if not isinstance(value, Record):
            return value
        changes = dict(self._changes(value))
        return value.model_copy(update=changes) if changes else value

    def _changes(self, record: Record) -> Iterator[tuple[str, Any]]:
        if isinstance(record, ToolCall) and (args := self._args(record)) is not None:
            yield "args", args
        for name, value in record:
            if name == ARGUMENT and value:
                yield name, self._renamed(_kind(record), value)
            elif isinstance(value, tuple | Record) and (new := self.named(value)) is not value:
                yield name, new

    def _args(self, call: ToolCall) -> dict[str, Any] | None:
        """The arguments of a call to make next, such as an undo; None where they have no custom fields."""
        holder = call.args.get("changes", call.args)
        kind = _WRITES.get(call.tool)
        if kind is None or not holder.get(ARGUMENT):
            return None
        renamed = {**holder, ARGUMENT: self._renamed(kind, holder[ARGUMENT])}
        return {**call.args, "changes": renamed} if "changes" in call.args else renamed

    def _renamed(self, kind: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
        return {self._names.get((kind, key), key): value for key, value in values.items()}


def _kind(record: Record) -> str | None:
    ref = getattr(record, "id", None)
    return ref.kind if isinstance(ref, Ref) else None
