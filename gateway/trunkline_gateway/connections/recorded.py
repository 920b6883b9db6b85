"""Connections to recorded accounts: a cassette names the account it was recorded from."""

from pathlib import Path

from trunkline_gateway.connections.registry import Connections
from trunkline_gateway.egress.cassettes import connections_in


async def connect_recorded(registry: Connections, cassettes: Path, tenant: str) -> None:
    """Connect the accounts of a folder's cassettes that a tenant has not yet; a recording needs no credential."""
    present = await registry.of(tenant)
    for recorded in connections_in(cassettes):
        if recorded.name not in present:
            unused = dict.fromkeys(registry.credential_fields(recorded.vendor), "replayed")
            built = registry.build(tenant, recorded.name, recorded.vendor, recorded.settings, unused)
            await registry.save(built)
