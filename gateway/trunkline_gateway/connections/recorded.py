"""Connections to recorded accounts: a cassette names the account it was recorded from."""

from collections.abc import Iterable
from dataclasses import replace

from trunkline_gateway.cassettes.tapes import RecordedAccount
from trunkline_gateway.connections.registry import Connections


async def connect_recorded(registry: Connections, accounts: Iterable[RecordedAccount], tenant: str) -> None:
    """Connect recorded accounts that a tenant has not yet; a recording needs no credential."""
    present = await registry.of(tenant)
    for account in accounts:
        if account.name not in present:
            built = registry.build(tenant, account.name, account.vendor, account.settings, None)
            await registry.save(replace(built, fields=account.fields))
