"""How a check is declared, what it is repeated for, and why no plugin can weaken it."""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

import pytest

from trunkline_contracts.capability import Capability
from trunkline_contracts.contract import AnyContract
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.refs import Ref
from trunkline_contracts.testing.bench import Bench
from trunkline_contracts.testing.scenarios import Arguments, Scenarios
from trunkline_contracts.tools import CONTRACTS

P = ParamSpec("P")
Self_ = TypeVar("Self_", bound="Kit")
NO_CASE = "no-case"


def check(
    method: Callable[Concatenate[Self_, P], Awaitable[None]],
) -> Callable[Concatenate[Self_, P], None]:
    """Make a check of a coroutine: it runs in an event loop of its own, whatever the author's pytest is set up for."""

    @functools.wraps(method)
    def run(self: Self_, /, *args: P.args, **kwargs: P.kwargs) -> None:
        if NO_CASE in kwargs.values():
            pytest.skip("the vendor has no such case")
        asyncio.run(method(self, *args, **kwargs))  # type: ignore[arg-type]

    return run


_THE_AUTHORS = {"manifest", "scenarios", "__module__", "__doc__", "__annotations__", "__dict__", "__weakref__"}
"""What a plugin's author says in the class."""


def _is_kits(cls: type) -> bool:
    return cls.__module__.startswith("trunkline_contracts.testing")


class Kit:
    """What the checks share: whose connector it is, and what each check is repeated for."""

    is_conformance_kit: ClassVar[bool] = True
    manifest: ClassVar[Manifest]
    scenarios: ClassVar[Mapping[str, Arguments]] = {}
    """What this vendor's calls say otherwise than the common scenarios, by tool."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__module__.startswith("trunkline_contracts."):
            return
        kit = {name: part for base in reversed(cls.__mro__) if _is_kits(base) for name, part in vars(base).items()}
        fixed = kit.keys() - _THE_AUTHORS - vars(object).keys()
        replaced = {name for name in fixed if inspect.getattr_static(cls, name) is not kit[name]}
        marked = {"pytestmark"} & {name for base in cls.__mro__ if not _is_kits(base) for name in vars(base)}
        if weakened := sorted(replaced | marked):
            raise TypeError(f"{cls.__name__} replaces {', '.join(weakened)}: the kit's checks cannot be overridden.")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Repeat a check for each case that its arguments name."""
        for names, cases in self._cases().items():
            if names[0] in metafunc.fixturenames:
                found = list(cases) or [(NO_CASE,) * len(names)]
                metafunc.parametrize(names, found, ids=["-".join(map(str, case)) for case in found])

    def _cases(self) -> Mapping[tuple[str, ...], Iterable[tuple[Any, ...]]]:
        sheets = self.manifest.capabilities
        reads = [sheet.contract.name for sheet in sheets if not sheet.contract.is_write]
        return {
            ("tool",): [(sheet.contract.name,) for sheet in sheets],
            ("read",): [(name,) for name in reads],
            ("write",): [(sheet.contract.name,) for sheet in sheets if sheet.contract.is_write],
            ("listing",): [(sheet.contract.name,) for sheet in sheets if "cursor" in sheet.contract.takes.model_fields],
            ("getter", "id_argument"): list(_getters(reads)),
            ("filtering", "text_argument"): list(_text_filters(sheets)),
            ("narrowed", "argument"): [(s.contract.name, name) for s in sheets for name in sorted(s.only)],
            ("limited", "argument"): [(s.contract.name, name) for s in sheets for name in sorted(s.without)],
        }

    def declares(self, *tools: AnyContract) -> bool:
        """Whether the vendor can do all of these."""
        return all(self.manifest.capability(tool) for tool in tools)

    def sheet(self, tool: str) -> Capability:
        """What the vendor supports of a tool."""
        found = self.manifest.capability(tool)
        assert found
        return found

    def scenarios_at(self, bench: Bench) -> Scenarios:
        """The vendor's scenarios at a bench."""
        return Scenarios(bench, self.scenarios)


def _getters(reads: list[str]) -> Iterable[tuple[str, str]]:
    """The reads of one record, and the argument that names it."""
    for name in reads:
        contract = CONTRACTS[name]
        required = [
            item.name for item in contract.ref_arguments if contract.takes.model_fields[item.name].is_required()
        ]
        if name.startswith("get_") and len(required) == 1:
            yield name, required[0]


_TEXTS = ("name", "external_id", "postal_code", "text", "query", "assignee", "team", "invoice", "order", "program")


def _text_filters(sheets: Iterable[Capability]) -> Iterable[tuple[str, str]]:
    for sheet in sheets:
        fields = sheet.contract.takes.model_fields
        if not sheet.contract.is_write:
            yield from ((sheet.contract.name, name) for name in _TEXTS if name in fields and name not in sheet.without)


def refs_in(value: Any) -> Iterable[Ref]:
    """Every reference in a result."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from refs_in(item)
    elif hasattr(type(value), "model_fields"):
        for _, item in value:
            yield from refs_in(item)
