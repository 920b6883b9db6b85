"""The tool list keeps its budget: every token of it is paid again in every turn of every agent."""

from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest

from support.judges import NODE, require_judge
from support.tool_list import as_model_sees, count_tokens, tools_of
from trunkline_contracts.tools import PROFILES
from trunkline_gateway.calls.catalog import Tool

MEDIAN, LARGEST = 120, 250
BUDGETS = {"full": 7_500, "retention": 6_000, "support": 3_700, "triage": 2_000}
NOBODYS = {"record_csat": "Zendesk and Intercom take ratings from customers alone, the others from nobody by their API"}
"""Tools that none of the built vendors can carry out, and why."""
TOOLS = tools_of("full")
each_tool = pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)


def counted(profile: str) -> dict[str, int]:
    require_judge(NODE)
    tools = tools_of(profile)
    return dict(zip(tools, count_tokens([as_model_sees(tool) for tool in tools.values()]), strict=True))


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object within a JSON document."""
    if isinstance(schema, dict):
        yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for item in schema:
            yield from parts(item)


def schemas(tool: Tool, keyword: str) -> list[Any]:
    """What a keyword holds, wherever it stands as a keyword and not as the name of a property."""
    both = [tool.input_schema, tool.output_schema]
    properties = [id(part["properties"]) for part in parts(both) if isinstance(part.get("properties"), dict)]
    return [part[keyword] for part in parts(both) if keyword in part and id(part) not in properties]


def test_a_tool_costs_at_most_120_tokens_in_the_median_and_250_at_most() -> None:
    counts = counted("full")
    assert median(counts.values()) <= MEDIAN
    assert {name: count for name, count in counts.items() if count > LARGEST} == {}


@pytest.mark.parametrize(("profile", "most"), BUDGETS.items())
def test_the_tools_of_a_profile_keep_its_budget(profile: str, most: int) -> None:
    assert sum(counted(profile).values()) <= most


def test_every_tool_of_every_profile_is_shown_when_all_vendors_are_connected() -> None:
    for profile, contracts in PROFILES.items():
        wanted = [contract.name for contract in contracts if contract.name not in NOBODYS]
        assert list(tools_of(profile)) == wanted


@each_tool
def test_a_schema_needs_no_looking_up(tool: Tool) -> None:
    assert schemas(tool, "$ref") == []
    assert schemas(tool, "$defs") == []


@each_tool
def test_a_schema_repeats_no_name_as_a_title(tool: Tool) -> None:
    assert schemas(tool, "title") == []


@each_tool
def test_a_schema_says_optional_by_absence_and_never_by_null(tool: Tool) -> None:
    assert [found for found in schemas(tool, "type") if "null" in found] == []
    assert [
        found for part in parts([tool.input_schema, tool.output_schema]) for found in part.values() if found is None
    ] == []


@each_tool
def test_a_tool_takes_no_arguments_but_its_own(tool: Tool) -> None:
    assert tool.input_schema["additionalProperties"] is False
    assert set(tool.input_schema.get("required", ())) <= tool.input_schema["properties"].keys()
