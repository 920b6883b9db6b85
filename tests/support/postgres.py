"""The databases that tests run on: SQLite everywhere, PostgreSQL wherever one answers.

@pytest.fixture(params=databases())
def url(request):
    with request.param.fresh() as url:     # None: the embedded store in the test's own folder
        yield url
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import asyncpg
import pytest
from uuid_utils import uuid7

_DEFAULT = "postgresql://root@/postgres?host=/var/run/postgresql"


class Embedded:
    """SQLite, in the test's own folder."""

    def __repr__(self) -> str:
        return "sqlite"

    @contextmanager
    def fresh(self) -> Iterator[None]:
        yield None


class Postgres:
    """A new database for each test, dropped afterwards."""

    def __repr__(self) -> str:
        return "postgres"

    @contextmanager
    def fresh(self) -> Iterator[str]:
        require_postgres()
        name = f"trunkline_test_{uuid7().hex}"
        asyncio.run(_administer(f"CREATE DATABASE {name}"))
        try:
            yield _address(name)
        finally:
            asyncio.run(_administer(f"DROP DATABASE {name} WITH (FORCE)"))


def databases() -> list[Any]:
    """Both, as parameters of a fixture; a quick change is tested on SQLite alone."""
    return [
        pytest.param(Embedded(), id="sqlite"),
        pytest.param(Postgres(), id="postgres", marks=pytest.mark.slow),
    ]


def require_postgres() -> None:
    """Skip loudly where no PostgreSQL answers; in CI that is a failure."""
    fault = _unreachable()
    if fault is None:
        return
    message = f"NOT TESTED ON POSTGRESQL: none answers at TRUNKLINE_TEST_POSTGRES or the local socket ({fault})"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def _address(database: str) -> str:
    base = os.environ.get("TRUNKLINE_TEST_POSTGRES", _DEFAULT)
    head, _, query = base.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{database}" + (f"?{query}" if query else "")


@cache
def _unreachable() -> str | None:
    try:
        asyncio.run(_administer("SELECT 1"))
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        return type(error).__name__
    return None


async def _administer(statement: str) -> None:
    session = await asyncpg.connect(os.environ.get("TRUNKLINE_TEST_POSTGRES", _DEFAULT), timeout=3)
    try:
        await session.execute(statement)
    finally:
        await session.close()
