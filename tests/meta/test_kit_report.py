"""The report of a conformance run: what a plugin can do, and how well that is known."""

from collections import Counter
from pathlib import Path

import pytest

from trunkline_contracts.tools import CONTRACTS
from trunkline_gateway.plugins import load_plugins
from trunkline_gateway.testing.report import PluginReport, report_of

CASSETTES = Path(__file__).parents[2] / "cassettes"
VENDORS = load_plugins().manifests
ZENDESK = VENDORS["zendesk"]
TOOLS = [sheet.contract.name for sheet in ZENDESK.capabilities]


def report(**sources: str) -> PluginReport:
    """Zendesk, with cassettes of these sources for these tools, and live ones for all others."""
    found = {tool: frozenset(sources.get(tool, "live").split()) for tool in TOOLS}
    return PluginReport(ZENDESK, {tool: kinds for tool, kinds in found.items() if kinds})


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_it_counts_every_tool_once_by_its_support(vendor: str) -> None:
    supports = report_of(VENDORS[vendor], CASSETTES).supports
    assert supports.total() == len(CONTRACTS)
    assert supports["none"] == len(CONTRACTS) - len(VENDORS[vendor].capabilities)
    assert supports["emulated"] == sum(sheet.support == "emulated" for sheet in VENDORS[vendor].capabilities)


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_without_a_live_recording_of_each_tool_a_plugin_is_bronze(vendor: str) -> None:
    of_vendor = report_of(VENDORS[vendor], CASSETTES)
    assert set(of_vendor.provenance) == {"sandbox"}
    assert of_vendor.tier == "bronze"


def test_only_live_recordings_of_all_tools_make_silver() -> None:
    assert report().tier == "silver"
    assert report(get_ticket="sandbox").tier == "bronze"
    assert report(get_ticket="live sandbox").tier == "bronze"
    assert report(get_ticket="").tier == "bronze"


def test_a_tool_without_a_cassette_is_counted_as_one(tmp_path: Path) -> None:
    assert report_of(ZENDESK, tmp_path).provenance == Counter(none=len(TOOLS))


def test_what_nobody_could_verify_stands_beside_its_tool() -> None:
    lines = list(report().lines())
    (line,) = [line for line in lines if line.startswith("  merge_tickets: ")]
    assert line.startswith("  merge_tickets: native; unverified: No recording shows a merge")
    assert lines[0].endswith("tier silver")
