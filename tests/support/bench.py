"""The bench of the conformance kit, with every exchange judged by the vendor's spec."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from support.specs import judge_for
from trunkline_contracts.fields import CustomField
from trunkline_contracts.manifest import Manifest
from trunkline_contracts.sandbox import COMPANY, Sandbox, Seed
from trunkline_contracts.testing.bench import reply
from trunkline_gateway.testing.bench import (
    KEY,
    MARKER,
    SandboxBench,
    SandboxWire,
    bench_at,
    connection_to,
    headers_of,
    open_bench,
)

Bench = SandboxBench


@asynccontextmanager
async def at_sandbox(
    manifest: Manifest,
    seed: Seed = COMPANY,
    *,
    sandbox: Sandbox | None = None,
    judged: bool = True,
    fields: tuple[CustomField, ...] = (),
) -> AsyncIterator[Bench]:
    """A bench at a fresh sandbox, or at one given; at the end every exchange has to fit the vendor's spec."""
    bench = bench_at(manifest, sandbox or manifest.open_sandbox(seed), fields)
    yield bench
    if judged:
        judge(bench)


@asynccontextmanager
async def judged_bench(manifest: Manifest, seed: Seed = COMPANY, *, faulty: bool = False) -> AsyncIterator[Bench]:
    """The kit's bench; what was exchanged has to fit the vendor's spec, unless the replies are no vendor's."""
    async with open_bench(manifest, seed) as bench:
        yield bench
    if not faulty:
        judge(bench)


def judge(bench: Bench) -> None:
    """Hold every exchange against the vendor's published description."""
    of_vendor = judge_for(bench.manifest.vendor)
    faults = [fault for request, response in bench.wire.exchanges for fault in of_vendor.check(request, response)]
    assert not faults, "\n".join(faults)


__all__ = [
    "KEY",
    "MARKER",
    "Bench",
    "SandboxBench",
    "SandboxWire",
    "at_sandbox",
    "bench_at",
    "connection_to",
    "headers_of",
    "judged_bench",
    "open_bench",
    "reply",
]
