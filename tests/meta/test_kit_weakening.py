"""Nobody can weaken the conformance kit by accident, and what cannot be prevented is said here.

Whoever starts the run can leave checks out: by `-k` and `--deselect`, a conftest of their own that removes items,
another fixture `open_bench`, or no test at all. pytest gives no way to forbid that.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.planted import cases_of, kit_of
from trunkline_contracts.testing import ConnectorConformance
from trunkline_contracts.testing.conformance import all_checks
from trunkline_gateway.plugins import load_plugins

CASSETTES = Path(__file__).parents[2] / "cassettes"
GOOD = load_plugins().manifests["zendesk"]


def nothing(_: Any, *__: Any) -> None:
    """What somebody puts in the place of a check."""


def subclass(*bases: type, **inside: Any) -> type[ConnectorConformance]:
    inside = {"manifest": GOOD, "__module__": __name__, **inside}
    return type("TestMine", (*bases, ConnectorConformance), inside)


@pytest.mark.parametrize("check", all_checks())
def test_no_check_can_be_overridden(check: str) -> None:
    with pytest.raises(TypeError, match=f"TestMine replaces {check}: the kit's checks cannot be overridden"):
        subclass(**{check: nothing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pytest_generate_tests", nothing),
        ("pytestmark", pytest.mark.skip),
        ("pytestmark", [pytest.mark.xfail(reason="later")]),
    ],
    ids=["generate", "skip", "xfail"],
)
def test_what_repeats_or_marks_the_checks_cannot_be_set(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"TestMine replaces {name}"):
        subclass(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_cases", lambda _: {("tool",): []}),
        ("declares", lambda *_: False),
        ("_kinds", lambda _: pytest.skip("none")),
        ("is_conformance_kit", False),
    ],
)
def test_what_a_check_asks_about_the_vendor_cannot_be_replaced(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"TestMine replaces {name}"):
        subclass(**{name: value})


@pytest.mark.parametrize("check", sorted(all_checks().keys() - {"test_no_check_was_replaced"}))
def test_a_check_that_was_replaced_after_the_class_was_made_is_missed(check: str) -> None:
    mine = kit_of(GOOD)
    mine().test_no_check_was_replaced()
    setattr(mine, check, nothing)
    with pytest.raises(AssertionError):
        mine().test_no_check_was_replaced()


def test_a_check_that_a_class_before_the_kit_replaces_is_missed() -> None:
    before = type("Before", (), {"test_the_manifest_has_a_sandbox": nothing, "__init_subclass__": classmethod(nothing)})
    with pytest.raises(AssertionError):
        subclass(before)().test_no_check_was_replaced()


def test_no_vendor_is_without_a_case_by_mistake() -> None:
    cases = dict(cases_of(kit_of(GOOD), "test_a_read_says_how_fresh_it_is"))
    assert {case["read"] for case in cases.values()} == {
        sheet.contract.name for sheet in GOOD.capabilities if not sheet.contract.is_write
    }


# Real runs of pytest, of the checks of the manifest alone: each costs seconds.

TEST = """
import pytest
from trunkline_contracts.testing import ConnectorConformance
from trunkline_zendesk import trunkline_connector

{before}
class TestMine(ConnectorConformance):
    manifest = trunkline_connector()
"""
ADD_XFAIL = """
import pytest

def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.xfail)
"""
SKIP_AT_RUN = """
import pytest

@pytest.fixture(autouse=True)
def later(request):
    if "{what}" == "skip":
        pytest.skip("later")
    request.applymarker(pytest.mark.xfail(reason="later", strict=False))
"""
REFUSED = "the kit's checks cannot be skipped or expected to fail"


INI = f"[pytest]\naddopts = -p trunkline_gateway.testing.plugin\ntrunkline_cassettes = {CASSETTES}\n"


def written(folder: Path, before: str = "", conftest: str = "") -> Path:
    """A plugin's tests, as its author would lay them out."""
    (folder / "pytest.ini").write_text(INI)
    (folder / "test_mine.py").write_text(TEST.format(before=before))
    (folder / "conftest.py").write_text(conftest)
    return folder


def run_pytest(folder: Path) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "manifest"]
    # As few of pytest's own plugins as an author may have: the kit needs none.
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "conftest"),
    [
        ("@pytest.mark.skip", ""),
        ("pytestmark = pytest.mark.skipif(True, reason='later')", ""),
        ("", ADD_XFAIL),
    ],
    ids=["skip", "skipif-for-the-module", "xfail-by-a-conftest"],
)
def test_a_run_with_a_marked_check_is_refused(tmp_path: Path, before: str, conftest: str) -> None:
    code, output = run_pytest(written(tmp_path, before, conftest))
    assert code == pytest.ExitCode.USAGE_ERROR
    assert REFUSED in output


@pytest.mark.slow
@pytest.mark.parametrize("what", ["skip", "xfail"])
def test_a_check_that_a_fixture_skips_has_failed(tmp_path: Path, what: str) -> None:
    code, _ = run_pytest(written(tmp_path, conftest=SKIP_AT_RUN.format(what=what)))
    assert code == pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """A run of the checks of the manifest, with nothing in the way of them."""
    return run_pytest(written(tmp_path_factory.mktemp("kit")))


@pytest.mark.slow
def test_a_run_tells_tools_support_and_provenance(whole_run: tuple[int, str]) -> None:
    code, output = whole_run
    assert code == pytest.ExitCode.OK
    tools, told = len(GOOD.capabilities), output.split("conformance: zendesk")[1]
    assert f"Zendesk: {tools} tools (" in told
    assert "\n  cassettes: " in told
    assert " sandbox\n" in told
    for sheet in GOOD.capabilities:
        assert f"  {sheet.contract.name}: {sheet.support}" in told
        assert sheet.unverified is None or sheet.unverified in told


@pytest.mark.slow
def test_a_run_of_some_checks_tells_no_tier(whole_run: tuple[int, str]) -> None:
    _, output = whole_run
    assert "tier bronze" not in output
