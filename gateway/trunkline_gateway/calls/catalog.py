"""The tools that one caller sees, and the schemas in which they are shown.

A tool that no connected vendor can do is absent; an argument that none can honour is left out, and an enum is
narrowed to what they can, before a model sees either.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trunkline_contracts.capability import Capability
from trunkline_contracts.contract import AnyContract, Risk
from trunkline_contracts.tools import CONTRACTS, GET_CUSTOMER, GET_OPERATION, VERIFY_CUSTOMER
from trunkline_gateway.calls import fields
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
_Key = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


class Catalog:
    """Builds tool lists, and keeps them: callers with the same profile, vendors and custom fields share one."""

    def __init__(self) -> None:
        self._kept: dict[_Key, Tools] = {}

    def tools(self, profile: tuple[str, ...], connections: Mapping[str, Connection]) -> Tools:
        """The tools of a profile, given by their names, that the connections can carry out."""
        # Names of connections appear in no schema, so only how many there are of each vendor matters.
        alike = sorted((item.manifest.vendor, item.described) for item in connections.values())
        key = (profile, tuple(alike))
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = dict(_build(profile, list(connections.values())))
        return self._kept[key]


def _build(profile: tuple[str, ...], connections: list[Connection]) -> Iterable[tuple[str, Tool]]:
    for contract in (CONTRACTS[name] for name in profile):
        able = [(item, sheet) for item in connections if (sheet := item.manifest.capability(contract))]
        if able:
            yield contract.name, _tool(contract, able)
        elif contract is VERIFY_CUSTOMER and any(item.manifest.capability(GET_CUSTOMER) for item in connections):
            yield contract.name, _own_tool(contract, _CODES)
        elif contract is GET_OPERATION and _can_write(connections):
            yield contract.name, _own_tool(contract, frozenset())


_CODES = frozenset(("send_code", "code", "verification_id"))
"""What only a vendor can do of a verification: facts are compared by the gateway itself."""


def _can_write(connections: list[Connection]) -> bool:
    return any(sheet.contract.is_write for item in connections for sheet in item.manifest.capabilities)


def _own_tool(contract: AnyContract, hidden: frozenset[str]) -> Tool:
    """A tool that the gateway carries out itself."""
    return Tool(contract, input_schema(contract, hidden, {}), output_schema(contract))


def _tool(contract: AnyContract, able: list[tuple[Connection, Capability]]) -> Tool:
    sheets = [sheet for _, sheet in able]
    hidden = frozenset.intersection(*(sheet.without for sheet in sheets))
    if contract is VERIFY_CUSTOMER:
        hidden -= {"facts"}
    if len(sheets) == 1:
        hidden |= {"connection", "connectors"}
    schema = input_schema(contract, hidden, _narrowed(sheets))
    return Tool(contract, _with_fields(contract, schema, [item for item, _ in able]), output_schema(contract))


def _with_fields(contract: AnyContract, schema: dict[str, Any], connections: list[Connection]) -> dict[str, Any]:
    """The schema with the tenant's own fields in it; without any, the argument is left out."""
    kind = fields.kind_written(contract)
    if kind is None:
        return schema
    found = [field for connection in connections for field in fields.of_kind(connection, kind)]
    properties = schema["properties"]
    holder = properties["changes"]["properties"] if "changes" in properties else properties
    if found:
        holder[fields.ARGUMENT] = fields.schema_of(found)
    else:
        holder.pop(fields.ARGUMENT, None)
    return schema


def _narrowed(sheets: list[Capability]) -> dict[str, frozenset[str]]:
    """For each argument that every vendor narrows, the values that at least one can honour."""
    names = set.intersection(*(set(sheet.only) for sheet in sheets))
    return {name: frozenset(value for sheet in sheets for value in sheet.only[name]) for name in names}
