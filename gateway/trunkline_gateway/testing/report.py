"""What a plugin can do and how well that is known: printed after a conformance run, and the source of docs/vendors.md.

A plugin's tier follows from evidence alone: bronze passes the kit; silver has every tool recorded from a live account.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from trunkline_contracts.contract import AnyContract
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.tools import CONTRACTS
from trunkline_gateway.cassettes.files import CassetteError, read_header

Tier = Literal["bronze", "silver"]


@dataclass(frozen=True)
class PluginReport:
    """One plugin: its manifest, and where each tool's cassettes come from."""

    manifest: Manifest
    sources: Mapping[str, frozenset[str]]

    @property
    def supports(self) -> Counter[str]:
        """How many tools are native, emulated, partial, and none."""
        return Counter(self.support_of(contract) for contract in CONTRACTS.values())

    @property
    def provenance(self) -> Counter[str]:
        """How many tools have a cassette of each source; `none` have no cassette."""
        tools = [sheet.contract.name for sheet in self.manifest.capabilities]
        return Counter(source for tool in tools for source in self.sources.get(tool, frozenset(("none",))))

    @property
    def tier(self) -> Tier:
        """What the evidence allows to claim."""
        return "silver" if set(self.provenance) == {"live"} else "bronze"

    def support_of(self, contract: AnyContract) -> str:
        """What the vendor supports of one tool."""
        sheet = self.manifest.capability(contract)
        return sheet.support if sheet else "none"

    def lines(self, missing: Collection[str] = ()) -> Iterator[str]:
        """The report as text; `missing` are the checks that failed, or that did not run."""
        supports, provenance = self.supports, self.provenance
        told = ", ".join(f"{supports[kind]} {kind}" for kind in ("native", "emulated", "partial", "none"))
        tier = f"no tier: {len(missing)} checks failed or did not run" if missing else f"tier {self.tier}"
        yield f"{self.manifest.title}: {len(self.manifest.capabilities)} tools ({told}); {tier}"
        yield f"  cassettes: {', '.join(f'{count} {source}' for source, count in sorted(provenance.items()))}"
        for sheet in self.manifest.capabilities:
            doubt = f"; unverified: {sheet.unverified}" if sheet.unverified else ""
            yield f"  {sheet.contract.name}: {sheet.support}{doubt}"


def report_of(manifest: Manifest, cassettes: Path) -> PluginReport:
    """The report of a plugin, whose cassettes lie in a folder, one file a tool or several."""
    sources: dict[str, set[str]] = {}
    for file in sorted(cassettes.rglob("*.yaml")):
        try:
            header = read_header(file)
        except (OSError, ValueError, CassetteError):
            continue
        if header.get("vendor") == manifest.vendor:
            sources.setdefault(str(header.get("tool")), set()).add(str(header.get("source")))
    return PluginReport(manifest, {tool: frozenset(found) for tool, found in sources.items()})
