"""A run for people: tables on the terminal, and the same in docs/benchmarks.md."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from bench.results import Goal, Section, Table
from rich.console import Console
from rich.table import Table as RichTable

_BEGIN, _END = "<!-- figures: written by bench/run.py --docs -->\n", "<!-- end of figures -->"


def show(console: Console, section: Section) -> None:
    """Print a section's tables and what it could not measure."""
    for table in section.tables:
        _print(console, table)
    for note in section.notes:
        console.print(f"  {note}", markup=False)


def show_goals(console: Console, goals: Iterable[Goal]) -> None:
    """Print every goal, and whether it is met."""
    _print(console, _goals(goals))


def _print(console: Console, table: Table) -> None:
    told = RichTable(title=f"\n{table.title}", title_justify="left", min_width=len(table.title))
    for number, column in enumerate(table.columns):
        told.add_column(column, justify="right" if number else "left")
    for row in table.rows:
        told.add_row(*map(str, row))
    console.print(told)


def _goals(goals: Iterable[Goal]) -> Table:
    rows: list[tuple[object, ...]] = [
        (
            goal.name,
            f"{goal.value:,.2f}{goal.unit}",
            f"{'≥' if goal.at_least else '≤'} {goal.limit:g}{goal.unit}",
            "met" if goal.is_met else "MISSED",
        )
        for goal in goals
    ]
    return Table("Goals", ("goal", "measured", "limit", ""), rows)


def write_docs(path: Path, facts: Mapping[str, object], sections: list[Section]) -> None:
    """Put the figures of this run in place of those in the document."""
    before, found, rest = path.read_text().partition(_BEGIN)
    _, ended, after = rest.partition(_END)
    if not (found and ended):
        raise ValueError(f"{path} has no place for figures")
    path.write_text(f"{before}{_BEGIN}\n{_markdown(facts, sections)}\n{_END}{after}")


def _markdown(facts: Mapping[str, object], sections: list[Section]) -> str:
    parts = [_taken(facts), _as_markdown(_goals(goal for section in sections for goal in section.goals))]
    for section in sections:
        parts += [_as_markdown(table) for table in section.tables]
        parts += [f"- {note}" for note in section.notes]
    return "\n\n".join(parts) + "\n"


def _taken(facts: Mapping[str, object]) -> str:
    packages = facts["packages"]
    assert isinstance(packages, dict)
    versions = ", ".join(f"{name} {version}" for name, version in packages.items())
    return (
        f"Taken {facts['at']} by `{facts['command']}` at commit {facts['commit']}, on {facts['cores']} cores of "
        f"{facts['cpu']}, Python {facts['python']}, {versions}. "
        f"Load of the machine before: {facts['load_before']:.1f}; it is shared."
    )


def _as_markdown(table: Table) -> str:
    lines = [f"### {table.title}", "", _line(table.columns), _line("---" for _ in table.columns)]
    return "\n".join([*lines, *(_line(row) for row in table.rows)])


def _line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
