"""What a run is made of, and what it hands on: its plan, its goals, its sections."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Plan:
    """How long to measure."""

    rounds: int
    seconds: float
    callers: tuple[int, ...] = (1, 32)
    calls: int = 300
    """How often a plugin's read and write are repeated."""


THOROUGH = Plan(rounds=8, seconds=0.6)
QUICK = Plan(rounds=2, seconds=0.4, calls=60)


@dataclass(frozen=True)
class Goal:
    """One promise, and whether this run kept it; `at_least` turns the limit round."""

    name: str
    value: float
    limit: float
    at_least: bool = False
    unit: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the value is on the right side of the limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def as_json(self) -> dict[str, Any]:
        """For the results."""
        return {**asdict(self), "met": self.is_met}


@dataclass(frozen=True)
class Table:
    """Rows for people."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


@dataclass
class Section:
    """One part of the run: its tables, its goals, its figures as data, and what it could not measure."""

    name: str
    tables: list[Table] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For the results."""
        return {**self.data, "goals": [goal.as_json() for goal in self.goals], "notes": self.notes}
