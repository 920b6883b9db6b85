"""A database of our own at the PostgreSQL server, for as long as it is measured."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

_SERVER = os.environ.get("BENCH_POSTGRES", "postgresql://root@127.0.0.1:5432/postgres")


@contextmanager
def fresh() -> Iterator[str]:
    """A new database; raises OSError where there is no server that lets us in."""
    name = f"trunkline_bench_{os.getpid()}"
    try:
        asyncio.run(_run(f"CREATE DATABASE {name}"))
    except asyncpg.PostgresError as error:
        raise OSError(f"PostgreSQL says {type(error).__name__}") from None
    try:
        yield f"{_SERVER.rsplit('/', 1)[0]}/{name}"
    finally:
        asyncio.run(_run(f"DROP DATABASE {name} WITH (FORCE)"))


async def _run(statement: str) -> None:
    connection = await asyncpg.connect(_SERVER, timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
