"""Connections to recorded accounts: a cassette names the account it was recorded from."""

from collections.abc import Iterable
from dataclasses import replace

from trunkline_gateway.cassettes.tapes import RecordedAccount
from trunkline_gateway.connections.registry import Connections
from trunkline_gateway.logs import log

_HIDDEN = (
    "a connection of that name is there, which this gateway cannot use (one to this machine needs "
    "TRUNKLINE_ALLOW_LOOPBACK=true): replay in a store of its own, with another TRUNKLINE_HOME"
)


async def connect_recorded(registry: Connections, accounts: Iterable[RecordedAccount], tenant: str) -> None:
    """Connect recorded accounts that a tenant has not yet; a recording needs no credential."""
    present, taken = await registry.of(tenant), await registry.names(tenant)
    for account in accounts:
        if account.name not in taken:
            built = registry.build(tenant, account.name, account.vendor, account.settings, None)
            await registry.save(replace(built, fields=account.fields))
        elif account.name not in present:
            # It is the operator's, and saving would write over its credential.
            log.error("recorded_account_not_connected", tenant=tenant, connection=account.name, reason=_HIDDEN)
