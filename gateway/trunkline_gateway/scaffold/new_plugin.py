"""Writes a new plugin from templates."""

import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import get_args

from trunkline_contracts.manifest import CONTRACT_VERSION
from trunkline_contracts.sandbox import System
from trunkline_gateway.plugins import load_plugins

CATEGORIES: tuple[str, ...] = get_args(System)
"""The kinds of vendor there are."""

_VENDOR = re.compile(r"[a-z][a-z0-9_]{1,39}")
# It goes into Python and TOML texts as it is.
_TITLE = re.compile(r"[^\"\\{}\x00-\x1f\x7f]{1,40}")
_FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "trunkline_$vendor/__init__.py": "manifest.py",
    "trunkline_$vendor/vendor.py": "vendor.py",
    "trunkline_$vendor/connector.py": "connector.py",
    "trunkline_$vendor/normalize.py": "normalize.py",
    "trunkline_$vendor/sandbox.py": "sandbox.py",
    "trunkline_$vendor/py.typed": "py.typed",
    "tests/test_$vendor.py": "test_plugin.py",
}
"""Each file of a plugin, and its template."""


class NewPluginError(Exception):
    """A plugin that cannot be written so; the message says what to give instead."""


@dataclass(frozen=True)
class NewPlugin:
    """What a plugin is made from; raises NewPluginError where a part of it will not do."""

    vendor: str
    category: str
    title: str

    def __post_init__(self) -> None:
        if not _VENDOR.fullmatch(self.vendor):
            raise NewPluginError("A vendor's name has 2 to 40 of a-z, 0-9 and _, and starts with a letter.")
        if self.category not in CATEGORIES:
            raise NewPluginError(f"No category '{self.category}': take one of {', '.join(CATEGORIES)}.")
        if not _TITLE.fullmatch(self.title):
            raise NewPluginError("A title has 1 to 40 characters, without quotes, backslashes, braces and line ends.")

    @property
    def values(self) -> dict[str, str]:
        """What takes the place of each name in the templates."""
        return {
            "vendor": self.vendor,
            "name": "".join(part.capitalize() for part in self.vendor.split("_")),
            "domain": f"{self.vendor.replace('_', '-').strip('-')}.example",
            "title": self.title,
            "category": self.category,
            "member": self.category.upper(),
            "version": str(CONTRACT_VERSION),
        }


def title_of(vendor: str) -> str:
    """A title for a vendor who was given none."""
    return vendor.replace("_", " ").strip().title()


def write_plugin(plugin: NewPlugin, to: Path) -> list[Path]:
    """Write the plugin's folder below `to`; raises NewPluginError for a vendor or a folder that exists."""
    _check_free(plugin.vendor)
    folder = to / plugin.vendor
    texts = {folder / _filled(path, plugin): _filled(_template(name), plugin) for path, name in _FILES.items()}
    try:
        folder.mkdir(parents=True)
        for path, text in texts.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    except FileExistsError:
        raise NewPluginError(f"{folder} exists: remove it, or write elsewhere with --to.") from None
    except OSError as error:
        raise NewPluginError(f"{folder} cannot be written: {error.strerror}.") from None
    return list(texts)


def _check_free(vendor: str) -> None:
    """A broken plugin takes its name too, and so does any other package of the name that ours would have."""
    plugins = load_plugins()
    if vendor in plugins.manifests or vendor in {plugin.name for plugin in plugins.found}:
        raise NewPluginError(f"There is a plugin for '{vendor}': `trunkline plugins` lists it.")
    if find_spec(f"trunkline_{vendor}"):
        raise NewPluginError(f"There is a package trunkline_{vendor} already: give another name.")


def _template(name: str) -> str:
    return (files(__package__) / "templates" / f"{name}.tmpl").read_text("utf-8")


def _filled(text: str, plugin: NewPlugin) -> str:
    return Template(text).substitute(plugin.values)
