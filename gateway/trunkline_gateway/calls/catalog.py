"""The tools that one caller sees, and the schemas in which they are shown.

A tool that no connected vendor can do is absent; an argument that none can honour is left out, and an enum is
narrowed to what they can, before a model sees either.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trunkline_contracts.capability import Capability
from trunkline_contracts.contract import AnyContract, Risk
from trunkline_contracts.tools import PROFILES
from trunkline_gateway.calls.schemas import input_schema, output_schema
from trunkline_gateway.connections.registry import Connection

_KEPT = 4096


@dataclass(frozen=True)
class Tool:
    """One tool as one caller sees it."""

    contract: AnyContract
    input_schema: Mapping[str, Any]
    output_schema: Mapping[str, Any]

    @property
    def annotations(self) -> dict[str, bool]:
        """MCP's hints about what a call does."""
        risk = self.contract.risk
        return {
            "readOnlyHint": risk is Risk.READ,
            "destructiveHint": risk is Risk.VALUE,
            "idempotentHint": risk is Risk.READ,
            "openWorldHint": True,
        }


Tools = Mapping[str, Tool]
_Key = tuple[str, tuple[tuple[str, tuple[Any, ...]], ...]]


class Catalog:
    """Builds tool lists, and keeps them: callers with the same profile and vendors share one."""

    def __init__(self) -> None:
        self._kept: dict[_Key, Tools] = {}

    def tools(self, profile: str, connections: Mapping[str, Connection]) -> Tools:
        """The tools of a profile that the connections can carry out."""
        vendors = sorted((connection.manifest.vendor, connection.name) for connection in connections.values())
        # Names of connections appear in no schema, so only how many there are of each vendor matters.
        counts: dict[str, int] = {}
        for vendor, _ in vendors:
            counts[vendor] = counts.get(vendor, 0) + 1
        key: Any = (profile, tuple(counts.items()))
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = dict(_build(profile, connections.values()))
        return self._kept[key]


def _build(profile: str, connections: Iterable[Connection]) -> Iterable[tuple[str, Tool]]:
    manifests = [connection.manifest for connection in connections]
    for contract in PROFILES.get(profile, ()):
        sheets = [sheet for manifest in manifests if (sheet := manifest.capability(contract))]
        if sheets:
            yield contract.name, _tool(contract, sheets)


def _tool(contract: AnyContract, sheets: list[Capability]) -> Tool:
    hidden = frozenset.intersection(*(sheet.without for sheet in sheets))
    if len(sheets) == 1:
        hidden |= {"connection", "connectors"}
    return Tool(contract, input_schema(contract, hidden, _narrowed(sheets)), output_schema(contract))


def _narrowed(sheets: list[Capability]) -> dict[str, frozenset[str]]:
    """For each argument that every vendor narrows, the values that at least one can honour."""
    names = set.intersection(*(set(sheet.only) for sheet in sheets))
    return {name: frozenset(value for sheet in sheets for value in sheet.only[name]) for name in names}
