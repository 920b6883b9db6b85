"""A bench at Talon.One's sandbox."""

from collections.abc import AsyncIterator

import pytest

from support.bench import Bench, at_sandbox
from trunkline_talonone import trunkline_connector


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench
