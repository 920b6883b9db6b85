"""An org to look into, and a bench at it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import pytest

from support.bench import Bench, at_sandbox
from trunkline_contracts.sandbox import COMPANY
from trunkline_salesforce import trunkline_connector
from trunkline_salesforce.sandbox import Org, served


@pytest.fixture
def org() -> Org:
    return Org(COMPANY)


@pytest.fixture
async def bench(org: Org) -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector(), sandbox=served(org)) as bench:
        yield bench


@pytest.fixture
def connected(org: Org) -> Callable[..., AbstractAsyncContextManager[Bench]]:
    """Benches at the org whose connection has other settings."""

    def connect(**settings: Any) -> AbstractAsyncContextManager[Bench]:
        sandbox = served(org)
        return at_sandbox(trunkline_connector(), sandbox=replace(sandbox, settings={**sandbox.settings, **settings}))

    return connect
