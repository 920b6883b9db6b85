"""What one call costs: the gateway beside what it is compared with, all in turn, on one core."""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import contenders, postgres
from bench.contenders import LEGACY, MODERN, Place, Target
from bench.processes import LOAD_CPU, cpu_seconds, on_cpu
from bench.results import Goal, Plan, Section, Table

WARM_UP_S = 0.3
_JUDGED = 32
"""The number of callers at which the goals are judged."""
_TENANTS = 10_000


@dataclass(frozen=True)
class Round:
    """One target at one load, once."""

    target: str
    callers: int
    cpu_us: float
    p50_ms: float
    p99_ms: float
    calls_per_s: float


@dataclass(frozen=True)
class Row:
    """All rounds of one target at one load: the least and the median of the CPU time, the medians of the rest."""

    target: str
    callers: int
    cpu_us_min: float
    cpu_us_median: float
    p50_ms: float
    p99_ms: float
    calls_per_s: float

    def as_json(self) -> dict[str, object]:
        """For the results."""
        return asdict(self)


def interleave(targets: list[Target], plan: Plan) -> list[Row]:
    """Measure all targets in turn, several times over, at each load."""
    for target in targets:
        target.measure(4, WARM_UP_S)
    rounds: list[Round] = []
    for number in range(plan.rounds):
        for callers in plan.callers:
            for target in targets:
                _progress(f"round {number + 1} of {plan.rounds}, {callers} callers: {target.name}")
                rounds.append(_once(target, callers, plan.seconds))
    _progress("")
    return [_row(target.name, callers, rounds) for callers in plan.callers for target in targets]


def _once(target: Target, callers: int, seconds: float) -> Round:
    with on_cpu(LOAD_CPU):
        before = cpu_seconds(target.pid)
        measured = target.measure(callers, seconds)
        spent = cpu_seconds(target.pid) - before
    each = spent / len(measured.latencies) * 1e6
    p50, p99 = measured.percentile(0.5), measured.percentile(0.99)
    return Round(target.name, callers, each, p50, p99, measured.calls_per_s)


def _row(name: str, callers: int, rounds: list[Round]) -> Row:
    own = [item for item in rounds if (item.target, item.callers) == (name, callers)]
    median = statistics.median
    return Row(
        target=name,
        callers=callers,
        cpu_us_min=min(item.cpu_us for item in own),
        cpu_us_median=median(item.cpu_us for item in own),
        p50_ms=median(item.p50_ms for item in own),
        p99_ms=median(item.p99_ms for item in own),
        calls_per_s=median(item.calls_per_s for item in own),
    )


def _progress(text: str) -> None:
    if sys.stderr.isatty() and "CI" not in os.environ:
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


@contextmanager
def _place() -> Iterator[tuple[ExitStack, Place]]:
    with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder, ExitStack() as stack:
        yield stack, Place(stack.enter_context(contenders.stub()), Path(folder))


def measure(plan: Plan, *, with_rivals: bool) -> Section:
    """The cost of a call, over all surfaces and stores, beside everything that it is compared with."""
    section = Section("calls")
    with _place() as (stack, place):
        targets: list[Target] = []
        for opened in (contenders.direct, contenders.by_hand, contenders.bare_mcp):
            targets += stack.enter_context(opened(place))
        targets += stack.enter_context(contenders.trunkline(place, "SQLite"))
        try:
            targets += stack.enter_context(
                contenders.trunkline(place, "PostgreSQL", stack.enter_context(postgres.fresh()))
            )
        except OSError as error:
            section.notes.append(f"Trunkline on PostgreSQL: not measured: {error}")
        more, absent = contenders.open_rivals(stack, place, wanted=with_rivals)
        section.notes += [f"{name}: {why}" for name, why in absent.items()]
        rows = interleave([*targets, *more], plan)
    section.data["rows"] = [row.as_json() for row in rows]
    section.tables.append(_table("The cost of a call", rows))
    section.goals += _goals(rows)
    return section


def measure_tenants(plan: Plan) -> Section:
    """The same call with ten thousand tenants in the store."""
    section = Section("tenants")
    with _place() as (stack, place):
        rows = interleave(stack.enter_context(contenders.crowded(place, _TENANTS)), plan)
    section.data["rows"] = [row.as_json() for row in rows]
    section.tables.append(_table("The cost of a call over REST, by tenants in the store (five connections each)", rows))
    for callers in plan.callers:
        alone, crowd = (row.cpu_us_min for row in rows if row.callers == callers)
        section.goals.append(Goal(f"{_TENANTS:,} tenants / 1 tenant, {callers} callers", crowd / alone, 1.1))
    return section


def _table(title: str, rows: list[Row]) -> Table:
    columns = ("target", "callers", "CPU µs min", "CPU µs median", "p50 ms", "p99 ms", "calls/s")
    told: list[tuple[object, ...]] = [
        (
            row.target,
            row.callers,
            f"{row.cpu_us_min:,.0f}",
            f"{row.cpu_us_median:,.0f}",
            f"{row.p50_ms:,.2f}",
            f"{row.p99_ms:,.2f}",
            f"{row.calls_per_s:,.0f}",
        )
        for row in rows
    ]
    return Table(title, columns, told)


def _goals(rows: list[Row]) -> list[Goal]:
    """The promises, judged by the least CPU time of the rounds."""
    least = {row.target: row.cpu_us_min for row in rows if row.callers == _JUDGED}
    goals: list[Goal] = []
    for store in ("SQLite", "PostgreSQL"):
        if f"Trunkline REST, {store}" not in least:
            continue
        rest = least[f"Trunkline REST, {store}"]
        goals.append(Goal(f"REST / by hand, {store}", rest / least["Starlette by hand, REST"], 2.5))
        for era in (MODERN, LEGACY):
            ours, bare = least[f"Trunkline MCP {era}, {store}"], least[f"bare MCP tool, {era}"]
            goals.append(Goal(f"MCP {era} / bare tool, {store}", ours / bare, 1.6))
    return [*goals, *_leads(least)]


def _leads(least: dict[str, float]) -> list[Goal]:
    """How far ahead of the gateways, each at its best, over the same era."""
    return [
        Goal(f"{name} / Trunkline MCP {era}, SQLite", least[f"{name}, {era}"] / ours, 10, at_least=True)
        for name in ("ContextForge", "LiteLLM")
        for era in (MODERN, LEGACY)
        if f"{name}, {era}" in least and (ours := least[f"Trunkline MCP {era}, SQLite"])
    ]
