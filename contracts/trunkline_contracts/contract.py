"""A contract: one normalized tool, declared once as data."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, TypeVar, get_args

from pydantic import TypeAdapter

from trunkline_contracts.record import Record
from trunkline_contracts.refs import Kinds, Ref
from trunkline_contracts.results import ReadResult, WriteResult

In = TypeVar("In", bound=Record)
Out = TypeVar("Out", bound=Record)
Self_ = TypeVar("Self_")


class Category(StrEnum):
    """The kind of system a tool belongs to."""

    IDENTITY = "identity"
    CRM = "crm"
    HELPDESK = "helpdesk"
    BILLING = "billing"
    LOYALTY = "loyalty"
    COMMS = "comms"
    GATEWAY = "gateway"


class Risk(StrEnum):
    """What a call can do: read; W1 a low-risk write; W2 a write a customer sees; W3 money, points or final."""

    READ = "R"
    LOW = "W1"
    VISIBLE = "W2"
    VALUE = "W3"


@dataclass(frozen=True)
class RefArgument:
    """An argument that holds a Ref, and the kinds of record it may name."""

    name: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Contract(Generic[In, Out]):
    """One tool: `takes` its arguments, `gives` its envelope; everything else is derived from it."""

    name: str
    summary: str
    category: Category
    risk: Risk
    takes: type[In]
    gives: type[Out]

    @property
    def is_write(self) -> bool:
        """Whether a call changes anything at the vendor."""
        return self.risk is not Risk.READ

    @cached_property
    def arguments(self) -> TypeAdapter[In]:
        """The validator of the arguments."""
        return TypeAdapter(self.takes)

    @cached_property
    def ref_arguments(self) -> tuple[RefArgument, ...]:
        """The arguments that name records, in declared order: the first that is given routes the call."""
        return tuple(_ref_arguments(self.takes))

    def __reduce__(self) -> str:
        return self.name.upper()


AnyContract = Contract[Any, Any]


def _ref_arguments(takes: type[Record]) -> Iterator[RefArgument]:
    for name, field in takes.model_fields.items():
        kinds = tuple(kind for part in (field, *_parts(field.annotation)) for kind in _kinds(part))
        if kinds or field.annotation is Ref:
            yield RefArgument(name, tuple(dict.fromkeys(kinds)))


def _parts(annotation: Any) -> Iterator[Any]:
    """Every type nested in an annotation, itself first."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _kinds(part: Any) -> tuple[str, ...]:
    marks: tuple[Any, ...] = getattr(part, "metadata", ()) or getattr(part, "__metadata__", ())
    for mark in marks:
        restriction = getattr(mark, "func", None)
        if isinstance(restriction, Kinds):
            return restriction.kinds
    return ()


def implements(
    contract: Contract[In, Out],
) -> Callable[[Callable[[Self_, In], Awaitable[Out]]], Callable[[Self_, In], Awaitable[Out]]]:
    """Mark a connector's method as its implementation of a contract; the type checker proves that it fits."""

    def mark(method: Callable[[Self_, In], Awaitable[Out]]) -> Callable[[Self_, In], Awaitable[Out]]:
        method.__contract__ = contract  # type: ignore[attr-defined]
        return method

    return mark


def implemented(connector: type) -> dict[str, str]:
    """The tools that a connector's class implements: contract name to method name."""
    return {
        contract.name: name
        for name in dir(connector)
        if isinstance(contract := getattr(getattr(connector, name), "__contract__", None), Contract)
    }


def read(
    name: str, summary: str, category: Category, takes: type[In], gives: type[Out]
) -> Contract[In, ReadResult[Out]]:
    """Declare a reading tool."""
    return Contract(name, summary, category, Risk.READ, takes, ReadResult[gives])  # type: ignore[valid-type]


def write(
    name: str, summary: str, category: Category, risk: Risk, takes: type[In], gives: type[Out]
) -> Contract[In, WriteResult[Out]]:
    """Declare a writing tool."""
    return Contract(name, summary, category, risk, takes, WriteResult[gives])  # type: ignore[valid-type]
