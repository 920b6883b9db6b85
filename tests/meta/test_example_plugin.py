"""The example of docs/: a distribution of its own, that installs beside the environment and leaves it as it was.

Its own tests are run by `make example`; its spec and its recordings are judged in tests/plugins/freshdesk.
"""

import json
import re
from pathlib import Path

from support.beside import BIN, Beside
from trunkline_contracts.testing.conformance import all_checks
from trunkline_freshdesk import trunkline_connector
from trunkline_gateway.plugins import load_plugins, methods_of

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "example-plugin"
SOURCES = sorted((EXAMPLE / "trunkline_freshdesk").glob("*.py"))


def test_the_example_installs_and_is_found_beside_ours(tmp_path: Path) -> None:
    beside = Beside(tmp_path / "site")
    beside.install(EXAMPLE)
    listed = json.loads(beside.run(BIN / "trunkline", "plugins", "--json").stdout)
    assert {plugin["plugin"] for plugin in listed} == {"freshdesk", *load_plugins().manifests}
    assert [plugin["plugin"] for plugin in listed if "failure" in plugin] == []


def test_the_environment_does_not_have_it() -> None:
    assert "freshdesk" not in load_plugins().manifests


def test_its_sheet_and_its_connector_agree() -> None:
    manifest = trunkline_connector()
    assert methods_of(manifest).keys() == {sheet.contract.name for sheet in manifest.capabilities}


def test_it_imports_the_contracts_and_nothing_else_of_ours() -> None:
    found = {
        name
        for file in SOURCES
        for name in re.findall(r"^(?:from|import) (trunkline_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    assert found == {"trunkline_contracts", "trunkline_freshdesk"}


def test_its_readme_names_every_file() -> None:
    named = set(re.findall(r"`(\w+\.py)`", (EXAMPLE / "README.md").read_text("utf-8")))
    assert {file.name for file in SOURCES} <= named


def test_the_guide_names_checks_that_there_are() -> None:
    guide = (ROOT / "docs" / "writing-a-plugin.md").read_text("utf-8")
    (table,) = re.findall(r"\| a check that fails .*?\n\n", guide, re.DOTALL)
    assert set(re.findall(r"`(test_\w+)`", table)) <= all_checks().keys()


def test_ci_runs_its_tests() -> None:
    assert "make example" in (ROOT / ".ci" / "run").read_text("utf-8")
