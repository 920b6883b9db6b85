"""The pytest plugin: `-p trunkline_gateway.testing.plugin`.

It gives the conformance kit its bench, keeps the kit's checks from being skipped, and reports each plugin they ran
for; to tests of agents it gives a gateway that answers from cassettes. Nothing of ours is imported before pytest has
loaded its own plugins: what is imported then cannot be rewritten so that an assertion shows what it compared.
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

pytest.register_assert_rewrite("trunkline_contracts.testing")

_VENDOR = "trunkline_vendor"
_WEAKENING = frozenset(("skip", "skipif", "xfail"))


@pytest.fixture
def open_bench() -> Callable[..., AbstractAsyncContextManager[Any]]:
    """Opens a bench at a plugin's sandbox."""
    from trunkline_gateway.testing.bench import open_bench  # noqa: PLC0415 - see above

    return open_bench


@pytest.fixture
def trunkline_replay() -> Callable[..., AbstractContextManager[Any]]:
    """Serves a gateway from cassettes, for a test of an agent: takes what `replayed_gateway` takes."""
    from trunkline_gateway.testing.replay import replayed_gateway  # noqa: PLC0415 - see above

    return replayed_gateway


@pytest.hookimpl
def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the cassettes of the plugins under test lie."""
    parser.addini("trunkline_cassettes", "the folder of the plugins' cassettes", default="cassettes")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a run in which somebody marked a check of the kit to be skipped or to fail."""
    for item in items:
        if _is_check(item) and _WEAKENING & {mark.name for mark in item.iter_markers()}:
            raise pytest.UsageError(f"{item.nodeid}: the kit's checks cannot be skipped or expected to fail.")


@pytest.hookimpl
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note whose connector a check is about, wherever the check runs."""
    if _is_check(item):
        item.user_properties.append((_VENDOR, item.cls.manifest.vendor))  # type: ignore[attr-defined]


def _is_check(item: pytest.Item) -> bool:
    return getattr(getattr(item, "cls", None), "is_conformance_kit", False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a check that somebody else than the kit skipped, or expected to fail, while it ran."""
    report = yield
    if _is_check(item) and (hasattr(report, "wasxfail") or (report.skipped and not _skipped_by_kit(report))):
        vars(report).pop("wasxfail", None)
        report.outcome, report.longrepr = "failed", f"{item.nodeid}: only the kit itself may skip its checks."
    return report


def _skipped_by_kit(report: pytest.TestReport) -> bool:
    """Whether a check was skipped from inside; fixtures come before it, and are told with the check's own place."""
    where = report.longrepr[0] if isinstance(report.longrepr, tuple) else ""
    return report.when == "call" and Path(where).parent.parts[-2:] == ("trunkline_contracts", "testing")


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Report each plugin whose checks ran: what it can do, and how well that is known."""
    ran, failed, skipped = (_by_vendor(terminalreporter.getreports(kind)) for kind in ("passed", "failed", "skipped"))
    vendors = ran.keys() | failed.keys()
    if not vendors:
        return
    from trunkline_contracts.testing.conformance import all_checks  # noqa: PLC0415 - see above
    from trunkline_gateway.plugins import load_plugins  # noqa: PLC0415 - see above
    from trunkline_gateway.testing.report import report_of  # noqa: PLC0415

    manifests = load_plugins().manifests
    folder = config.rootpath / str(config.getini("trunkline_cassettes"))
    for vendor in sorted(vendors & manifests.keys()):
        terminalreporter.section(f"conformance: {vendor}")
        left_out = all_checks().keys() - ran.get(vendor, set()) - skipped.get(vendor, set())
        for line in report_of(manifests[vendor], folder).lines(left_out | failed.get(vendor, set())):
            terminalreporter.write_line(line)


def _by_vendor(reports: Iterable[pytest.TestReport]) -> dict[str, set[str]]:
    """The names of the checks that reports are about, by whose connector they checked."""
    found: dict[str, set[str]] = {}
    for report in reports:
        for name, vendor in report.user_properties:
            if name == _VENDOR:
                found.setdefault(str(vendor), set()).add(report.nodeid.rpartition("::")[2].partition("[")[0])
    return found
