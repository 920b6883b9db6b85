"""What the tests of Chargebee's plugin share."""

from collections.abc import AsyncIterator

import pytest

from plugins.chargebee.desk import Desk
from support.bench import Bench, at_sandbox
from trunkline_chargebee import trunkline_connector


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A bench at a fresh sandbox; at the end Chargebee's API file judges every exchange."""
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


@pytest.fixture
def desk(bench: Bench) -> Desk:
    """Somebody at that bench."""
    return Desk(bench)
