"""What all tests share."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from support.bench import Bench, judged_bench
from support.gateway import NAMES, House, house
from trunkline_gateway.plugins import load_plugins


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[House]:
    """A gateway with five vendors' sandboxes, one of a category, one connection each."""
    manifests = load_plugins().manifests
    async with house(tmp_path, [manifests[vendor] for vendor in NAMES]) as town:
        yield town


@pytest.fixture
def open_bench() -> Callable[..., AbstractAsyncContextManager[Bench]]:
    """The kit's bench, judged by the vendor's spec."""
    return judged_bench


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what was read of the real recordings, and what was left out and why, wherever the tests ran."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        if "test_recordings.py" in report.nodeid and report.when == "call" and report.capstdout.strip():
            terminalreporter.section(f"recordings: {report.nodeid.split('/')[-2]}")
            terminalreporter.write_line(report.capstdout.strip())
