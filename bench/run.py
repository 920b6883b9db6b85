"""`make bench`: measures the gateway beside what it is compared with, prints tables, writes bench/results.json.

`--quick` takes about a minute, `--rivals` brings in ContextForge and LiteLLM, `--only` names sections.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from bench import calls, commands, join, machine, report, rivals, tools, vendors  # noqa: E402
from bench.processes import answer_of  # noqa: E402
from bench.results import QUICK, THOROUGH, Plan, Section  # noqa: E402
from rich.console import Console  # noqa: E402 - the path to our own modules comes first

RESULTS = ROOT / "bench/results.json"
DOCS = ROOT / "docs/benchmarks.md"
_WIDTH = 120


def sections(plan: Plan, *, with_rivals: bool) -> dict[str, Callable[[], Section]]:
    """What can be measured, by name."""
    times = 4 * plan.rounds
    return {
        "calls": lambda: calls.measure(plan, with_rivals=with_rivals),
        "tenants": lambda: calls.measure_tenants(plan),
        "plugins": lambda: vendors.section(plan, answer_of("bench.vendors", str(plan.calls))),
        "tools": tools.measure,
        "join": lambda: join.section(answer_of("bench.join", str(times))),
        "commands": lambda: commands.measure(plan.rounds),
    }


def main() -> int:
    """Measure, print, write; 1 where a goal was missed and that was asked."""
    chosen = _arguments()
    if chosen.setup or chosen.rivals:
        rivals.set_up()
    if chosen.setup:
        return 0
    console = Console()
    console.width = max(console.width, _WIDTH)
    plan = QUICK if chosen.quick else THOROUGH
    facts = {**machine.facts(), "command": " ".join(["bench/run.py", *sys.argv[1:]])}
    console.print("  ".join(f"{name}: {value}" for name, value in facts.items()), soft_wrap=True)
    done: list[Section] = []
    for name, measure in sections(plan, with_rivals=chosen.rivals).items():
        if not chosen.only or name in chosen.only:
            done.append(measure())
            report.show(console, done[-1])
    goals = [goal for section in done for goal in section.goals]
    report.show_goals(console, goals)
    write(facts, done)
    if chosen.docs:
        report.write_docs(DOCS, facts, done)
    return 1 if chosen.strict and not all(goal.is_met for goal in goals) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: for a look, not for the record")
    parser.add_argument(
        "--rivals", action="store_true", help="measure ContextForge and LiteLLM too; makes what is missing"
    )
    parser.add_argument("--setup", action="store_true", help="only make the rivals' environments, under .judges")
    parser.add_argument("--docs", action="store_true", help="put the figures into docs/benchmarks.md")
    parser.add_argument("--strict", action="store_true", help="exit with 1 where a goal was missed")
    parser.add_argument("--only", action="append", choices=sections(QUICK, with_rivals=False), help="just this section")
    return parser.parse_args()


def write(facts: dict[str, object], done: list[Section]) -> None:
    """Keep the figures; `load_after` tells how busy the machine was."""
    told = {**facts, "load_after": os.getloadavg()[0]}
    results = {"machine": told, **{section.name: section.as_json() for section in done}}
    RESULTS.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
