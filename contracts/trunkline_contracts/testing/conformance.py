"""The conformance kit: what every vendor is held to alike."""

from collections.abc import Callable
from typing import Any

import pytest

from trunkline_contracts.errors import UnsupportedError
from trunkline_contracts.testing.bench import OpenBench
from trunkline_contracts.testing.faults import FaultChecks
from trunkline_contracts.testing.kit import Kit, check
from trunkline_contracts.testing.manifests import ManifestChecks
from trunkline_contracts.testing.reading import ReadChecks
from trunkline_contracts.testing.stories import STORIES, Teller
from trunkline_contracts.testing.values import ValueChecks
from trunkline_contracts.testing.writing import WriteChecks


class StoryChecks(Kit):
    """The same story at every vendor."""

    @pytest.mark.parametrize("story", STORIES)
    @check
    async def test_a_story_is_the_same_at_every_vendor(self, open_bench: OpenBench, story: str) -> None:
        """Told with the vendor's tools, it comes out in the same normalized words."""
        steps = [step for step in STORIES[story] if self.declares(*step.needs)]
        if not steps:
            pytest.skip("the vendor has no part in it")
        async with open_bench(self.manifest) as bench:
            teller = Teller(bench, self.scenarios_at(bench))
            for step in steps:
                try:
                    told = await step.tell(teller)
                except UnsupportedError:
                    continue
                assert told == step.expected, f"{step.tell.__name__.strip('_')}: {told!r}, not {step.expected!r}"


class ConnectorConformance(ManifestChecks, ReadChecks, FaultChecks, WriteChecks, ValueChecks, StoryChecks):
    """A plugin's whole conformance test: subclass it, name the manifest, and say what your calls say otherwise.

    class TestAcme(ConnectorConformance):
        manifest = trunkline_connector()
        scenarios = {"update_ticket": {"changes": {"status": "solved"}}}
    """

    def test_no_check_was_replaced(self) -> None:
        """Nor may one be replaced after the class was made."""
        checks = {name: method for base in KIT for name, method in vars(base).items() if name.startswith("test_")}
        assert {name for name, method in checks.items() if getattr(type(self), name) is not method} == set()


KIT: tuple[type[Kit], ...] = (ManifestChecks, ReadChecks, FaultChecks, WriteChecks, ValueChecks, StoryChecks)
"""The classes that hold the checks."""


def all_checks() -> dict[str, Callable[..., Any]]:
    """Every check by its name."""
    return {
        name: method
        for base in (*KIT, ConnectorConformance)
        for name, method in vars(base).items()
        if name.startswith("test_")
    }
