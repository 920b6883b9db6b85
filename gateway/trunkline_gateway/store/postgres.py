"""PostgreSQL through asyncpg: one writing session with group commit, a small pool of readers."""

import asyncio
from typing import Any

import asyncpg

from trunkline_gateway.store.database import Database, Rows, alike
from trunkline_gateway.store.migrate import migrate
from trunkline_gateway.store.statements import POSTGRES, Bound

# asyncpg has no timeout of its own: a stopped backend would hang a call for ever.
_COMMAND_TIMEOUT_S = 10.0
_READERS = 4
_SERVER_SETTINGS = {
    "application_name": "trunkline",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "15000",
}


_OUTAGES = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)


class PostgresDatabase(Database):
    """A shared database, for several nodes."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    async def open(self) -> None:
        """Migrate, then connect."""
        await asyncio.to_thread(migrate, self._url)
        self._writer = await self._pool(1)
        self._readers = await self._pool(_READERS)

    async def _pool(self, size: int) -> "asyncpg.Pool[Any]":
        return await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=size,
            command_timeout=_COMMAND_TIMEOUT_S,
            server_settings=_SERVER_SETTINGS,
        )

    async def _read(self, statement: Bound) -> Rows:
        text, values = statement.compiled(POSTGRES)
        return [tuple(row) for row in await self._readers.fetch(text, *values)]

    async def _write(self, statements: list[Bound]) -> list[Rows]:
        async with self._writer.acquire() as session, session.transaction():
            return [rows for like in alike(statements) for rows in await _run_all(session, like)]

    def _is_outage(self, error: Exception) -> bool:
        # A value that does not fit its column is an InterfaceError too, but its statement's own.
        return isinstance(error, _OUTAGES) and not isinstance(error, ValueError)

    async def _disconnect(self) -> None:
        await self._writer.close()
        await self._readers.close()


async def _run_all(session: Any, like: list[Bound]) -> list[Rows]:
    """Run one statement with its values, or with many: then none waits for the one before."""
    if len(like) == 1:
        return [await _run(session, like[0])]
    compiled = [bound.compiled(POSTGRES) for bound in like]
    await session.executemany(compiled[0][0], [values for _, values in compiled])
    return [[] for _ in like]


async def _run(session: Any, statement: Bound) -> Rows:
    text, values = statement.compiled(POSTGRES)
    return [tuple(row) for row in await session.fetch(text, *values)]
