"""The pluggy hook by which a vendor's plugin is found, and the entry-point group it is found in."""

import pluggy

from trunkline_contracts.manifest import Manifest

GROUP = "trunkline.plugins"
PROJECT = "trunkline"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def trunkline_connector() -> Manifest:  # type: ignore[empty-body]
    """Return the manifest of one vendor; import no SDK, open nothing."""
