"""A good plugin with one fault planted in it, and the conformance kit's checks to be run one at a time."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from inspect import signature
from itertools import product
from typing import Any

from plugins.scenarios import otherwise
from trunkline_contracts.contract import implemented, implements
from trunkline_contracts.fields import CustomField, DescribesFields
from trunkline_contracts.http import CallContext, Http, HttpRequest, HttpResponse
from trunkline_contracts.manifest import Manifest, Settings
from trunkline_contracts.testing import ConnectorConformance, OpenBench
from trunkline_contracts.tools import CONTRACTS

Honest = Callable[[Any], Awaitable[Any]]
ToolFault = Callable[[Honest, Any], Awaitable[Any]]
"""Carries out a tool wrongly; gets the good plugin's method, and the request."""

Send = Callable[[HttpRequest], Awaitable[HttpResponse]]
HttpFault = Callable[[Send, HttpRequest], Awaitable[HttpResponse]]
"""Speaks to the vendor wrongly; gets what sends a request, and the request."""

FieldsFault = Callable[[list[CustomField]], list[CustomField]]
"""Changes what was found out about custom fields."""

Case = Mapping[str, Any]


@dataclass(frozen=True)
class PlantedManifest(Manifest):
    """A plugin of which some tools, or the way it speaks to its vendor, are wrong."""

    tools: Mapping[str, ToolFault] = field(default_factory=dict)
    speaks: HttpFault | None = None
    fields: FieldsFault | None = None

    def connector_class(self) -> Any:
        good = super().connector_class()
        methods = implemented(good)
        wrong: dict[str, Any] = {
            methods[tool]: _method(tool, methods[tool], good, fault) for tool, fault in self.tools.items()
        }
        if self.fields:
            wrong["describe_fields"] = _described(good, self.fields)
        return type(f"Planted{good.__name__}", (good,), wrong)

    def connect(self, settings: Settings, http: Http) -> Any:
        return super().connect(settings, _WrongHttp(http, self.speaks) if self.speaks else http)


def planted(good: Manifest, **changes: Any) -> PlantedManifest:
    """A good plugin's manifest with some of its fields changed."""
    return PlantedManifest(**{item.name: getattr(good, item.name) for item in fields(good)} | changes)


def _method(tool: str, name: str, good: type, fault: ToolFault) -> Any:
    @implements(CONTRACTS[tool])
    async def method(self: Any, request: Any) -> Any:
        return await fault(getattr(good, name).__get__(self), request)

    return method


def _described(good: type[DescribesFields], fault: FieldsFault) -> Any:
    async def describe_fields(self: Any) -> Sequence[CustomField]:
        return fault(list(await good.describe_fields(self)))

    return describe_fields


@dataclass(frozen=True)
class _WrongHttp:
    http: Http
    fault: HttpFault

    @property
    def call(self) -> CallContext:
        return self.http.call

    async def send(self, request: HttpRequest) -> HttpResponse:
        return await self.fault(self.http.send, request)


def kit_of(manifest: Manifest, vendor: str | None = None) -> type[ConnectorConformance]:
    """The conformance test that a plugin's author would write."""
    inside = {"manifest": manifest, "scenarios": otherwise(vendor or manifest.vendor), "__module__": __name__}
    return type(f"Test{manifest.title}", (ConnectorConformance,), inside)


@dataclass
class _Cases:
    """What pytest would ask a kit for: the cases by which one check is repeated."""

    fixturenames: Sequence[str]
    found: list[list[Case]] = field(default_factory=list)

    def parametrize(self, names: Sequence[str], values: Iterable[Sequence[Any]], ids: Iterable[str] = ()) -> None:
        self.found.append(
            [{"id": name, **dict(zip(names, case, strict=True))} for name, case in zip(ids, values, strict=True)]
        )


def cases_of(kit: type[ConnectorConformance], check: str) -> Iterator[tuple[str, Case]]:
    """Every case of a check as pytest would run it: its id, and its arguments."""
    method = getattr(kit, check)
    cases = _Cases(tuple(signature(method).parameters))
    kit().pytest_generate_tests(cases)  # type: ignore[arg-type]
    for mark in getattr(method, "pytestmark", ()):
        cases.found.append(list(_marked(*mark.args, **mark.kwargs)))
    for parts in product(*cases.found):
        merged = {name: value for part in parts for name, value in part.items() if name != "id"}
        yield "-".join(part["id"] for part in parts), merged


def _marked(names: str | Sequence[str], values: Iterable[Any], ids: Sequence[str] | None = None) -> Iterator[Case]:
    """The cases of a `pytest.mark.parametrize`."""
    for index, value in enumerate(values):
        given = getattr(value, "values", (value,) if isinstance(names, str) else value)
        name = getattr(value, "id", None) or (ids[index] if ids else "-".join(map(str, given)))
        yield {"id": name, **dict(zip([names] if isinstance(names, str) else names, given, strict=True))}


def run(kit: type[ConnectorConformance], check: str, case: Case, open_bench: OpenBench) -> None:
    """Run one check, of one case, as pytest would; raises what it raises."""
    method = getattr(kit(), check)
    needed = {"open_bench": open_bench} if "open_bench" in signature(method).parameters else {}
    method(**needed, **case)
