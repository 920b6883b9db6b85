"""An account to look into, and a bench at it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from support.bench import Bench, at_sandbox
from trunkline_contracts.sandbox import COMPANY
from trunkline_hubspot import trunkline_connector
from trunkline_hubspot.sandbox import served
from trunkline_hubspot.sandbox_state import Account


@pytest.fixture
def account() -> Account:
    return Account(COMPANY)


@pytest.fixture
async def bench(account: Account) -> AsyncIterator[Bench]:
    """The bench at a connection that knows its custom fields, every exchange judged."""
    async with at_sandbox(trunkline_connector(), sandbox=served(account)) as bench:
        bench.connection = replace(bench.connection, fields=await bench.describe())
        bench.wire.exchanges.clear()
        yield bench
