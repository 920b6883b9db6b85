"""The pluggy host: finds plugins, loads them one at a time, and keeps the failures.

One bad plugin never stops the gateway: its failure is one readable line.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from trunkline_contracts import hooks
from trunkline_contracts.capability import Capability
from trunkline_contracts.contract import Category, implemented
from trunkline_contracts.manifest import CONTRACT_VERSION, Manifest


@dataclass(frozen=True)
class Plugin:
    """One plugin as it was found: its manifest, or why it has none."""

    name: str
    origin: str
    manifest: Manifest | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Plugins:
    """All plugins found, and the manifests of those that loaded, by vendor."""

    found: tuple[Plugin, ...]
    manifests: dict[str, Manifest] = field(default_factory=dict)


def load_plugins(points: Iterable[EntryPoint] | None = None) -> Plugins:
    """Load every plugin that is installed, in the order of names."""
    chosen = entry_points(group=hooks.GROUP) if points is None else points
    found: list[Plugin] = []
    manifests: dict[str, Manifest] = {}
    for point in sorted(chosen, key=lambda point: (point.name, point.value)):
        plugin = _load(point, manifests)
        found.append(plugin)
        if plugin.manifest:
            manifests[plugin.manifest.vendor] = plugin.manifest
    return Plugins(tuple(found), manifests)


def _load(point: EntryPoint, taken: dict[str, Manifest]) -> Plugin:
    try:
        return Plugin(point.name, point.value, manifest=_manifest(point, taken))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one bad plugin must not stop the host
        return Plugin(point.name, point.value, failure=" ".join(f"{type(error).__name__}: {error}".split())[:300])


class PluginError(Exception):
    """A plugin that loads but breaks a rule of the boundary."""


def _manifest(point: EntryPoint, taken: dict[str, Manifest]) -> Manifest:
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    manager.register(point.load(), name=point.name)
    manager.check_pending()
    results: list[Any] = manager.hook.trunkline_connector()
    if len(results) != 1 or not isinstance(results[0], Manifest):
        raise PluginError("implement the hook trunkline_connector so that it returns one Manifest")
    _check(results[0], taken)
    return results[0]


def _check(manifest: Manifest, taken: dict[str, Manifest]) -> None:
    if not isinstance(manifest.contract_version, int) or not isinstance(manifest.category, Category):
        raise PluginError("the manifest's category is a Category, and its contract_version a number")
    if not all(isinstance(sheet, Capability) for sheet in manifest.capabilities):
        raise PluginError("the manifest's capabilities are Capability records")
    if manifest.contract_version > CONTRACT_VERSION:
        raise PluginError(
            f"built for contract version {manifest.contract_version}, this gateway has {CONTRACT_VERSION}: upgrade it"
        )
    if manifest.vendor in taken:
        raise PluginError(f"vendor '{manifest.vendor}' is already served by another plugin; uninstall one of them")


def methods_of(manifest: Manifest) -> dict[str, str]:
    """The tools of a vendor and the methods behind them; raises PluginError where sheet and class disagree.

    It imports the connector, and with it the vendor's SDK.
    """
    methods = implemented(manifest.connector_class())
    declared = {item.contract.name for item in manifest.capabilities}
    if declared != methods.keys():
        different = ", ".join(sorted(declared ^ methods.keys()))
        raise PluginError(f"{manifest.vendor}: capability sheet and connector disagree on {different}")
    return methods
