"""What the tool list costs a model in tokens, and the wire in bytes."""

import statistics
from collections.abc import Mapping
from typing import Any

from bench.results import Goal, Section, Table

from support.tool_list import as_model_sees, as_wire_carries, count_tokens, tools_of
from trunkline_contracts.tools import PROFILES

_MEDIAN, _LARGEST = 120, 250
_BUDGETS = {"full": 7_500, "retention": 6_000, "support": 3_700, "triage": 2_000}


def measure() -> Section:
    """The tokens of each tool, and of each profile's list."""
    section = Section("tool list")
    try:
        each = _per_tool()
        profiles = {profile: _profile(profile, each) for profile in PROFILES}
    except (OSError, ValueError) as error:
        section.notes.append(f"tool list: not measured: run `make judges` ({error})")
        return section
    section.data = {"tokens": each, "profiles": profiles}
    section.tables = [_tools_table(each), _profiles_table(profiles)]
    section.goals = [
        Goal("tokens a tool, median", statistics.median(each.values()), _MEDIAN),
        Goal("tokens of the largest tool", max(each.values()), _LARGEST),
        *(Goal(f"tokens of profile {name}", profiles[name]["tokens"], most) for name, most in _BUDGETS.items()),
    ]
    return section


def _per_tool() -> dict[str, int]:
    tools = tools_of("full")
    counts = count_tokens([as_model_sees(tool) for tool in tools.values()])
    return dict(sorted(zip(tools, counts, strict=True), key=lambda pair: -pair[1]))


def _profile(profile: str, each: Mapping[str, int]) -> dict[str, int]:
    tools = tools_of(profile)
    wire = as_wire_carries(tools)
    tokens = sum(each[name] for name in tools)
    (wire_tokens,) = count_tokens([wire])
    return {"tools": len(tools), "tokens": tokens, "wire_bytes": len(wire.encode()), "wire_tokens": wire_tokens}


def _tools_table(each: Mapping[str, int]) -> Table:
    title = "Tokens a tool (o200k): name, description and arguments, as a model sees them"
    return Table(title, ("tool", "tokens"), list(each.items()))


def _profiles_table(profiles: Mapping[str, Mapping[str, Any]]) -> Table:
    columns = ("profile", "tools", "tokens for the model", "bytes on the wire", "tokens of the wire")
    rows: list[tuple[object, ...]] = [
        (name, item["tools"], f"{item['tokens']:,}", f"{item['wire_bytes']:,}", f"{item['wire_tokens']:,}")
        for name, item in profiles.items()
    ]
    return Table("The list of each profile; the wire carries output schemas and hints too", columns, rows)
