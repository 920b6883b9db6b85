"""`trunkline new-plugin`: what it writes installs, loads, passes the house's checks, and says what is missing."""

import json
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from support.beside import BIN, Beside
from trunkline_contracts.tools import CONTRACTS
from trunkline_gateway.cli.main import app
from trunkline_gateway.cli.output import Exit
from trunkline_gateway.scaffold.new_plugin import CATEGORIES, NewPlugin, write_plugin

ROOT = Path(__file__).parents[2]
THE_ONE_FAILURE = "test_every_tool_of_the_category_is_there_or_its_absence_is_explained"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new plugin of each category, as written."""
    folder = tmp_path_factory.mktemp("sources")
    for category in CATEGORIES:
        write_plugin(NewPlugin(f"acme_{category}", category, f"Acme {category.title()}"), folder)
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, sources: Path) -> Beside:
    """All of them, installed."""
    beside = Beside(tmp_path_factory.mktemp("site"))
    beside.install(*sources.iterdir())
    return beside


def test_new_plugins_are_found_beside_ours(installed: Beside) -> None:
    listed = installed.run(BIN / "trunkline", "plugins", "--json")
    found = {plugin["plugin"]: plugin for plugin in json.loads(listed.stdout)}
    assert found.keys() >= {"stripe", *(f"acme_{category}" for category in CATEGORIES)}
    for category in CATEGORIES:
        assert "failure" not in found[f"acme_{category}"]
        assert found[f"acme_{category}"]["category"] == category
        assert {sheet["tool"] for sheet in found[f"acme_{category}"]["capabilities"]} == {
            "find_customers",
            "get_customer",
        }


@pytest.mark.slow
@pytest.mark.parametrize("category", CATEGORIES)
def test_a_new_plugins_kit_fails_in_one_check_which_names_what_is_missing(
    installed: Beside, sources: Path, category: str
) -> None:
    folder = sources / f"acme_{category}"
    run = installed.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=folder)
    assert re.findall(r"^(?:FAILED|ERROR) \S+::(\w+)", run.stdout, re.MULTILINE) == [THE_ONE_FAILURE], run.stdout
    (told,) = re.findall(r"^E +AssertionError: build these, or say in `absent` why not: (.+)", run.stdout, re.MULTILINE)
    wanted = {name for name, contract in CONTRACTS.items() if contract.category.value == category}
    assert set(told.split(", ")) == wanted
    assert f"conformance: acme_{category}" in run.stdout


def test_what_is_written_passes_the_houses_lint(installed: Beside, sources: Path) -> None:
    for folder in sources.iterdir():
        rules = ("--no-cache", "--config", ROOT / "pyproject.toml", "--config", 'src=["."]')
        for check in (("check",), ("format", "--check")):
            run = installed.run(BIN / "ruff", *check, *rules, ".", folder=folder)
            assert run.returncode == 0, run.stdout


@pytest.mark.slow
def test_what_is_written_is_strictly_typed(installed: Beside, sources: Path, tmp_path: Path) -> None:
    how = ("--strict", "--config-file=", "--cache-dir", tmp_path)
    folder = sources / "acme_helpdesk"
    run = installed.run(BIN / "mypy", *how, "trunkline_acme_helpdesk", "tests", folder=folder)
    assert run.returncode == 0, run.stdout


def new_plugin(*arguments: str) -> tuple[int, str]:
    run = CliRunner().invoke(app, ["new-plugin", *arguments])
    return run.exit_code, " ".join(run.output.split())


def test_the_command_says_what_to_do_next(tmp_path: Path) -> None:
    code, told = new_plugin("acme", "--category", "billing", "--title", "Acme Pay", "--to", str(tmp_path))
    assert code == Exit.OK
    assert f"cd {tmp_path / 'acme'} && python -m pip install -e . && trunkline plugins && python -m pytest" in told
    assert 'title="Acme Pay"' in (tmp_path / "acme" / "trunkline_acme" / "__init__.py").read_text()


def test_the_files_are_told_as_json(tmp_path: Path) -> None:
    code, told = new_plugin("acme", "--category", "crm", "--to", str(tmp_path), "--json")
    assert code == Exit.OK
    assert {Path(file) for file in json.loads(told)["files"]} == {
        path for path in tmp_path.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize(
    ("vendor", "options", "told"),
    [
        ("Acme", (), "A vendor's name has 2 to 40 of a-z, 0-9 and _, and starts with a letter."),
        ("../acme", (), "A vendor's name has 2 to 40"),
        ("a", (), "A vendor's name has 2 to 40"),
        ("stripe", (), "There is a plugin for 'stripe'"),
        ("gateway", (), "There is a package trunkline_gateway already: give another name."),
        ("acme", ("--title", 'A"cme'), "A title has 1 to 40 characters, without quotes"),
        ("acme", ("--title", "x" * 41), "A title has 1 to 40 characters"),
        ("acme", ("--category", "erp"), "No category 'erp': take one of crm, helpdesk, billing, loyalty, comms."),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(
    tmp_path: Path, vendor: str, options: tuple[str, ...], told: str
) -> None:
    code, said = new_plugin(vendor, "--category", "crm", "--to", str(tmp_path), *options)
    assert code == Exit.USAGE
    assert told in said
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    code, told = new_plugin("acme", "--category", "crm", "--to", str(tmp_path))
    assert code == Exit.USAGE
    assert "exists: remove it, or write elsewhere with --to." in told
    assert list((tmp_path / "acme").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, told = new_plugin("acme", "--category", "crm", "--to", str(tmp_path / "file"))
    assert code == Exit.USAGE
    assert "cannot be written: Not a directory." in told
