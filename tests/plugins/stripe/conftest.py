"""What the tests of Stripe's plugin share."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import Any

import pytest

from support.bench import KEY, Bench, at_sandbox
from trunkline_contracts.contract import Contract
from trunkline_stripe import trunkline_connector


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A bench at a fresh sandbox; at the end Stripe's API file judges every exchange."""
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


@pytest.fixture
def write() -> Callable[..., Awaitable[Any]]:
    """Calls a tool with an idempotency key of its own."""
    numbers = count(1)

    async def call(bench: Bench, contract: Contract[Any, Any], **arguments: Any) -> Any:
        return await bench.call(contract, key=f"{KEY}-{next(numbers)}", **arguments)

    return call
