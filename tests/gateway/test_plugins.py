"""The host of the plugins: one bad plugin is one readable line, and all the others load."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from support.fault_stub import faulty
from trunkline_contracts.capability import Capability
from trunkline_contracts.hooks import GROUP
from trunkline_contracts.tools import GET_CUSTOMER
from trunkline_gateway.plugins import PluginError, Plugins, load_plugins, methods_of

GOOD = """
from support.fault_stub import faulty
from trunkline_contracts.hooks import hookimpl

@hookimpl
def trunkline_connector():
    return faulty(vendor={vendor!r}, contract_version={version})
"""
HOOK = "from trunkline_contracts.hooks import hookimpl\n\n@hookimpl\n"
CLASS = "from trunkline_contracts.manifest import Manifest\n"
ONE_MANIFEST = "implement the hook trunkline_connector so that it returns one Manifest"
BAD = {
    "fails_to_import": ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"),
    "has_a_fault": ("def broken(:\n", "SyntaxError: "),
    "stops_the_process": ("raise SystemExit('not today')\n", "SystemExit: not today"),
    "raises_at_import": ("raise RuntimeError('line one\\nline two')\n", "RuntimeError: line one line two"),
    "misspells_the_hook": (HOOK + "def trunkline_conector():\n    return None\n", "unknown hook 'trunkline_conector'"),
    "takes_an_argument": (HOOK + "def trunkline_connector(settings):\n    return None\n", "settings"),
    "returns_nothing": (HOOK + "def trunkline_connector():\n    return None\n", ONE_MANIFEST),
    "returns_something_else": (HOOK + "def trunkline_connector():\n    return {'vendor': 'x'}\n", ONE_MANIFEST),
    "returns_the_class": (CLASS + HOOK + "def trunkline_connector():\n    return Manifest\n", ONE_MANIFEST),
    "raises_in_the_hook": (HOOK + "def trunkline_connector():\n    raise KeyError('x')\n", "KeyError: 'x'"),
    "has_no_hook": ("", ONE_MANIFEST),
    "forgot_the_mark": ("def trunkline_connector():\n    return None\n", ONE_MANIFEST),
    "is_newer": (GOOD.format(vendor="newer", version=2), "contract version 2, this gateway has 1: upgrade it"),
    "is_a_second": (GOOD.format(vendor="good", version=1), "vendor 'good' is already served by another plugin"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("plugin_"):
            del sys.modules[name]


def point(folder: Path, name: str, source: str) -> EntryPoint:
    (folder / f"plugin_{name}.py").write_text(source)
    return EntryPoint(name, f"plugin_{name}", GROUP)


def loaded(folder: Path, **sources: str) -> Plugins:
    return load_plugins([point(folder, name, source) for name, source in sources.items()])


@pytest.mark.parametrize(("source", "line"), BAD.values(), ids=BAD)
def test_a_bad_plugin_is_one_readable_line_and_the_others_load(folder: Path, source: str, line: str) -> None:
    good = {"aaa": GOOD.format(vendor="good", version=1), "zzz": GOOD.format(vendor="last", version=1)}
    plugins = loaded(folder, bad=source, **good)
    assert [plugin.name for plugin in plugins.found] == ["aaa", "bad", "zzz"]
    assert set(plugins.manifests) == {"good", "last"}
    (bad,) = [plugin for plugin in plugins.found if plugin.manifest is None]
    assert bad.failure
    assert line in bad.failure
    assert "\n" not in bad.failure
    assert len(bad.failure) <= 300


def test_all_bad_plugins_together_are_as_many_lines(folder: Path) -> None:
    sources = {name: source for name, (source, _) in BAD.items() if name != "is_a_second"}
    plugins = loaded(folder, good=GOOD.format(vendor="good", version=1), **sources)
    assert {plugin.name for plugin in plugins.found if plugin.failure} == set(sources)
    assert set(plugins.manifests) == {"good"}


def test_of_two_plugins_for_one_vendor_the_first_by_name_serves_whatever_their_order(folder: Path) -> None:
    points = [point(folder, name, GOOD.format(vendor="good", version=1)) for name in ("second", "first")]
    for order in (points, points[::-1]):
        served = [plugin.name for plugin in load_plugins(order).found if plugin.manifest]
        assert served == ["first"]


def test_two_distributions_of_one_name_are_both_seen(folder: Path) -> None:
    one = point(folder, "one", GOOD.format(vendor="one", version=1))
    two = point(folder, "two", GOOD.format(vendor="two", version=1))
    same = [EntryPoint("same", one.value, GROUP), EntryPoint("same", two.value, GROUP)]
    assert [plugin.origin for plugin in load_plugins(same).found] == ["plugin_one", "plugin_two"]
    assert set(load_plugins(same).manifests) == {"one", "two"}


def test_an_older_contract_version_still_loads(folder: Path) -> None:
    assert set(loaded(folder, old=GOOD.format(vendor="old", version=0)).manifests) == {"old"}


def test_what_one_plugin_registers_no_other_sees(folder: Path) -> None:
    plugins = loaded(folder, **{name: GOOD.format(vendor=name, version=1) for name in ("one", "two", "three")})
    assert {plugin.name: plugin.manifest.vendor for plugin in plugins.found if plugin.manifest} == {
        "one": "one",
        "two": "two",
        "three": "three",
    }


def test_a_capability_sheet_that_promises_what_the_connector_has_not_is_said_so() -> None:
    with pytest.raises(PluginError, match="faulty: capability sheet and connector disagree on get_customer"):
        methods_of(faulty(capabilities=(Capability(GET_CUSTOMER),)))
    assert methods_of(faulty()) == {}


def test_without_plugins_there_is_a_gateway_that_does_nothing() -> None:
    assert load_plugins([]) == Plugins((), {})


def test_a_strangers_distribution_is_found_as_ours_are(tmp_path: Path) -> None:
    """A real installed distribution: metadata and module in a folder on the path, and nothing else."""
    (tmp_path / "stranger.py").write_text(GOOD.format(vendor="stranger", version=1))
    info = tmp_path / "stranger-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nstranger = stranger\n")
    ask = "from trunkline_gateway.plugins import load_plugins; print(*sorted(load_plugins().manifests))"
    tests = str(Path(__file__).parents[1])
    found = subprocess.run(
        [sys.executable, "-c", ask],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), tests, os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "stranger" in found.stdout.split()
    assert "voucherify" in found.stdout.split()
