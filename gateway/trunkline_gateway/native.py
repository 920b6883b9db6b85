"""The vendor's own SDK for an operator's own code: wired through egress, with the stored credential. Never for agents.

    async with open_gateway(settings) as gateway:
        salesforce = await native(gateway, "default", "crm")
        await run_sync(salesforce.Contact.get, "003…")

What no contract covers can be done this way. The rules of egress hold: declared hosts, one attempt for whatever is not
a read, limits, size. There is no operation and no audit record: the operator's code is its own caller.
"""

import time
from typing import Any

from trunkline_contracts.capability import WriteClass
from trunkline_contracts.errors import NotFoundError, UnsupportedError
from trunkline_contracts.http import CallContext
from trunkline_gateway.egress.governed import GovernedHttp, Purpose
from trunkline_gateway.gateway import Gateway

_DEFAULT_S = 60.0


async def native(gateway: Gateway, tenant: str, name: str, *, timeout_s: float = _DEFAULT_S) -> Any:
    """The SDK's client for a connection, usable for `timeout_s`; raises NotFoundError or UnsupportedError."""
    connection = (await gateway.connections.of(tenant)).get(name)
    if connection is None:
        raise NotFoundError(f"No connection '{name}'; `trunkline connections` lists them.")
    if connection.manifest.native is None:
        raise UnsupportedError(f"The {connection.manifest.title} plugin has no native client.")
    # As the least repeatable class, so that nothing but a read is ever sent again.
    purpose = Purpose(time.monotonic() + timeout_s, WriteClass.UNMARKED)
    http = GovernedHttp(await gateway.egress.line(connection), CallContext(name), purpose)
    return connection.manifest.native_client(connection.settings, http)
