"""Statements written once with SQLAlchemy Core, compiled once for each dialect, run by the bare driver.

SQLAlchemy's own execution costs more than a commit does; its compiler is what makes one statement serve both
databases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ClauseElement, Insert
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Row = tuple[Any, ...]

SQLITE: Dialect = pysqlite.dialect(paramstyle="qmark")
POSTGRES: Dialect = asyncpg.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement with named parameters; calling it binds them."""

    clause: ClauseElement

    def __call__(self, **parameters: Any) -> "Bound":
        """Bind values to the parameters."""
        return Bound(self, parameters)


@dataclass(frozen=True)
class Bound:
    """A statement with its values."""

    statement: Statement
    parameters: Mapping[str, Any]

    def compiled(self, dialect: Dialect) -> tuple[str, Sequence[Any]]:
        """The text and the positional values that the driver takes."""
        text, names, literals = _compile(self.statement, dialect)
        return text, [*map({**literals, **self.parameters}.__getitem__, names)]

    @property
    def only_inserts(self) -> bool:
        """Whether it adds a row and gives nothing back, so that many like it can be run as one."""
        clause = self.statement.clause
        return isinstance(clause, Insert) and not clause._returning  # noqa: SLF001 - Core has no public word for it


@lru_cache(maxsize=512)
def _compile(statement: Statement, dialect: Dialect) -> tuple[str, tuple[str, ...], Mapping[str, Any]]:
    compiled = statement.clause.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    # What has no value yet has to be given: a name that is missing must not become NULL.
    literals = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}
    return str(compiled), tuple(compiled.positiontup or ()), literals
