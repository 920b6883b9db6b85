"""Rules of the house that a machine can check."""

import ast
import importlib
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from trunkline_contracts.hooks import GROUP
from trunkline_contracts.tools import CONTRACTS, PROFILES
from trunkline_gateway.plugins import load_plugins, methods_of

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for folder in ("contracts", "gateway", "plugins")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)
LONGEST_MODULE = 400
LONGEST_FUNCTION = 50


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_modules_and_functions_stay_small() -> None:
    long_modules = [path.name for path in SOURCES if len(path.read_text("utf-8").splitlines()) > LONGEST_MODULE]
    long_functions = [
        f"{path.name}:{name}" for path in SOURCES for name, size in functions(path) if size > LONGEST_FUNCTION
    ]
    assert (long_modules, long_functions) == ([], [])
    assert statistics.median(size for path in SOURCES for _, size in functions(path)) <= 10


def test_a_broad_except_has_a_reason() -> None:
    found = [
        f"{path.name}: {line.strip()}"
        for path in SOURCES
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"except (Base)?Exception\b|except:", line) and "raise" not in line
    ]
    assert [line for line in found if "noqa: BLE001 - " not in line and "BaseException:" not in line] == []


def test_only_the_wire_speaks_http_to_vendors() -> None:
    importing = [
        path.name for path in SOURCES if re.search(r"^(import|from) aiohttp", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert sorted(importing) == ["hosts.py", "wire.py"]


def test_every_plugin_folder_is_registered_and_loads() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    folders = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()}
    assert set(project["entry-points"][GROUP]) == folders
    loaded = load_plugins()
    assert [plugin.failure for plugin in loaded.found if plugin.failure] == []
    assert set(loaded.manifests) >= folders


@pytest.mark.parametrize("vendor", sorted(load_plugins().manifests))
def test_a_capability_sheet_and_its_connector_agree(vendor: str) -> None:
    assert methods_of(load_plugins().manifests[vendor])


def test_every_tool_of_a_profile_exists_and_profiles_grow() -> None:
    assert set(PROFILES["full"]) == set(CONTRACTS.values())
    for smaller, larger in (("triage", "support"), ("support", "retention"), ("retention", "full")):
        assert set(PROFILES[smaller]) < set(PROFILES[larger])


def test_the_reference_pages_are_what_the_code_says() -> None:
    check = [sys.executable, "docs/generate.py", "--check"]
    run = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_requirements_are_hashed_and_name_no_host() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        text = file.read_text("utf-8")
        assert "://" not in text, file.name
        assert text.count("==") <= text.count("--hash=sha256:"), file.name


def test_a_manifest_imports_no_sdk_and_no_http_library() -> None:
    check = (
        "import sys; from trunkline_gateway.plugins import load_plugins; load_plugins();"
        "heavy = {'stripe', 'simple_salesforce', 'zenpy', 'requests', 'aiohttp', 'starlette'} & sys.modules.keys();"
        "sys.exit(f'imported: {sorted(heavy)}' if heavy else 0)"
    )
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("vendor", sorted(load_plugins().manifests))
def test_what_a_manifest_refers_to_exists(vendor: str) -> None:
    manifest = load_plugins().manifests[vendor]
    for reference in filter(None, (manifest.connector, manifest.sandbox, manifest.native)):
        module, _, name = reference.partition(":")
        assert callable(getattr(importlib.import_module(module), name)), reference
    assert callable(manifest.connector_class().probe)


def test_every_link_of_the_documents_leads_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    links = [
        (page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    ]
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []
