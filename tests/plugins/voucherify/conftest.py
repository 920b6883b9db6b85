"""A bench at each of Voucherify's two loyalty APIs, and people of the company."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from support.bench import Bench, at_sandbox
from trunkline_contracts.sandbox import COMPANY
from trunkline_voucherify import trunkline_connector
from trunkline_voucherify.sandbox_v2 import PROGRAM


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with at_sandbox(trunkline_connector()) as bench:
        yield bench


@pytest.fixture
async def bench_v2() -> AsyncIterator[Bench]:
    manifest = trunkline_connector()
    sandbox = replace(manifest.open_sandbox(COMPANY), settings={"program": PROGRAM})
    async with at_sandbox(manifest, sandbox=sandbox) as bench:
        yield bench
