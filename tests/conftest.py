"""What all tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.gateway import House, house
from trunkline_gateway.plugins import load_plugins


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[House]:
    """A gateway with all five vendors' sandboxes, one connection each."""
    async with house(tmp_path, load_plugins().manifests.values()) as town:
        yield town
