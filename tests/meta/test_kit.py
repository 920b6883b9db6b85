"""The conformance kit has teeth: a good plugin passes each check, and a planted fault turns it red."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from support.planted import Case, cases_of, kit_of, run
from support.planted_table import PLANTED, Row
from trunkline_contracts.errors import CallError
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.testing import ConnectorConformance, manifests
from trunkline_contracts.testing.conformance import all_checks
from trunkline_contracts.testing.scenarios import ARGUMENTS
from trunkline_gateway.calls.cursors import Cursors
from trunkline_gateway.plugins import load_plugins
from trunkline_gateway.testing import bench

ROOT = Path(__file__).parents[2]
VENDORS = load_plugins().manifests
LEAST = 40
RED = (AssertionError, pytest.fail.Exception, CallError)
"""How a check fails; a CallError is the plugin's own answer where the check asked for something that has to work."""

pytestmark = pytest.mark.slow


def run_all(kit: type[ConnectorConformance], check: str, which: str) -> None:
    """Run a check for the cases whose ids contain a text."""
    chosen = [case for name, case in cases_of(kit, check) if which in name]
    assert chosen, f"{check} has no case {which}"
    for case in chosen:
        run(kit, check, case, bench.open_bench)


@cache
def good_passes(vendor: str, check: str, which: str) -> bool:
    """The plugin without a fault passes, and does not skip, every case that is tried."""
    try:
        run_all(kit_of(VENDORS[vendor]), check, which)
    except pytest.skip.Exception as skipped:
        raise AssertionError(f"{vendor} has no part in {check}: {skipped}") from None
    return True


def assert_red(manifest: Manifest, vendor: str, check: str, which: str) -> None:
    with pytest.raises(RED):
        run_all(kit_of(manifest, vendor), check, which)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in PLANTED])
def test_a_planted_fault_turns_its_check_red(row: Row) -> None:
    assert good_passes(row.vendor, row.check, row.case)
    assert_red(row.plant(VENDORS[row.vendor]), row.vendor, row.check, row.case)


@dataclass(frozen=True)
class Enforced:
    """A check that no plugin can break: who keeps the promise, and what is taken away to see the check red."""

    by: str
    vendor: str
    case: str
    take_away: Callable[[pytest.MonkeyPatch], None]
    plant: Callable[[Manifest], Manifest] = lambda good: good


def not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "check_supported", lambda *_: None)


def not_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cursors, "open", lambda _, cursor, *__: cursor)


def any_ref(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "_is_ref", lambda *_: True)


def without_a_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ARGUMENTS, "get_ticket")


ENFORCED_BY_THE_GATEWAY = {
    "test_a_foreign_cursor_is_refused": Enforced(
        "Cursors are sealed and opened before the connector: test_bad_input.py.", "voucherify", "find_customers",
        not_sealed,
    ),
    "test_an_argument_that_the_vendor_lacks_is_refused": Enforced(
        "Arguments are held against the sheet before the connector: test_bad_input.py.", "zendesk", "postal_code",
        not_checked,
    ),
    "test_a_value_that_the_vendor_lacks_is_refused": Enforced(
        "Arguments are held against the sheet before the connector: test_bad_input.py.", "chargebee",
        "pause_subscription", not_checked,
    ),
    "test_an_id_is_never_a_path": Enforced(
        "A Ref takes no id that could be a path, whatever the pattern says: test_bridge.py.", "zendesk", "",
        any_ref, lambda good: replace(good, ids={"ticket": ".+"}),
    ),
    "test_every_tool_has_a_scenario": Enforced(
        "A tool has to be one of the contracts', and each of those has a scenario.", "zendesk", "", without_a_scenario,
    ),
}  # fmt: skip


@pytest.mark.parametrize("check", ENFORCED_BY_THE_GATEWAY)
def test_without_what_enforces_it_a_check_is_red(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    enforced = ENFORCED_BY_THE_GATEWAY[check]
    assert good_passes(enforced.vendor, check, enforced.case)
    enforced.take_away(monkeypatch)
    assert_red(enforced.plant(VENDORS[enforced.vendor]), enforced.vendor, check, enforced.case)


def test_every_check_has_been_seen_red() -> None:
    seen = {row.check for row in PLANTED} | ENFORCED_BY_THE_GATEWAY.keys()
    # That one is about the test class and not about the plugin: see test_kit_weakening.py.
    assert all_checks().keys() - seen - {"test_no_check_was_replaced"} == set()


class OpenedError(Exception):
    """A check got as far as its sandbox."""


def opens(*_: Any, **__: Any) -> Any:
    raise OpenedError


def is_run(kit: type[ConnectorConformance], check: str, case: Case) -> bool:
    """Whether a case of a check concerns the vendor: it skips, or goes to the sandbox."""
    try:
        run(kit, check, case, opens)
    except pytest.skip.Exception:
        return False
    except OpenedError:
        return True
    return True


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_at_least_forty_checks_run_for_each_connector(vendor: str) -> None:
    kit = kit_of(VENDORS[vendor])
    ran = Counter({check: sum(is_run(kit, check, case) for _, case in cases_of(kit, check)) for check in all_checks()})
    distinct = sum(count > 0 for count in ran.values())
    print(f"{vendor}: {distinct} of {len(ran)} checks, {ran.total()} cases")
    assert distinct >= LEAST


@pytest.mark.slow
def test_what_a_vendors_test_collects_is_every_check_in_every_case() -> None:
    files = [f"tests/plugins/{vendor}/test_conformance.py" for vendor in VENDORS]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    collected = Counter(re.findall(r"^tests/plugins/(\w+)/test_conformance\.py::\w+::(test_\w+)", listed, re.MULTILINE))
    kits = {vendor: kit_of(manifest) for vendor, manifest in VENDORS.items()}
    assert collected == Counter(
        {(vendor, check): len(list(cases_of(kit, check))) for vendor, kit in kits.items() for check in all_checks()}
    )
