"""The port to the database, and the group commit that makes durable records cheap.

`commit` runs statements as one transaction and returns when it is durable. Transactions that arrive while a commit
is under way share the next one: one fsync serves all callers that wait.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice

from trunkline_gateway.store.statements import Bound, Row

Rows = list[Row]
_LARGEST_GROUP = 256


@dataclass(frozen=True, slots=True)
class Transaction:
    """Statements that become durable together, and who waits for them."""

    statements: Sequence[Bound]
    done: "asyncio.Future[list[Rows]]" = field(compare=False)


class Database(ABC):
    """A store of rows; one writer, many readers."""

    def __init__(self) -> None:
        self._waiting: deque[Transaction] = deque()
        self._committing: asyncio.Task[None] | None = None

    async def commit(self, *statements: Bound) -> list[Rows]:
        """Run the statements as one durable transaction; the rows that each returned."""
        done: asyncio.Future[list[Rows]] = asyncio.get_running_loop().create_future()
        self._waiting.append(Transaction(statements, done))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_groups())
        return await done

    async def fetch(self, statement: Bound) -> Rows:
        """Read rows."""
        return await self._read(statement)

    @abstractmethod
    async def open(self) -> None:
        """Connect, and bring the schema up to date."""

    async def close(self) -> None:
        """Let the commits under way end, then disconnect."""
        while self._committing is not None:
            await asyncio.sleep(0)
            await asyncio.gather(self._committing, return_exceptions=True) if self._committing else None
        await self._disconnect()

    async def _commit_groups(self) -> None:
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), _LARGEST_GROUP))]
                await self._commit_group(group)
        finally:
            self._committing = None

    async def _commit_group(self, group: list[Transaction]) -> None:
        try:
            rows = iter(await self._write([statement for each in group for statement in each.statements]))
        except Exception as error:  # noqa: BLE001 - whatever the driver raised belongs to those who wait
            if len(group) == 1 or self._is_outage(error):
                _fail(group, error)
            else:
                await self._commit_one_by_one(group)
            return
        for transaction in group:
            result = list(islice(rows, len(transaction.statements)))
            if not transaction.done.done():
                transaction.done.set_result(result)

    async def _commit_one_by_one(self, group: list[Transaction]) -> None:
        """One transaction's fault must not fail its neighbours: nothing of the group was committed."""
        for transaction in group:
            await self._commit_group([transaction])

    @abstractmethod
    def _is_outage(self, error: Exception) -> bool:
        """Whether an error is the database's and no statement's.

        After an outage nobody knows whether the group was committed, so that nothing of it may be run again.
        """

    @abstractmethod
    async def _read(self, statement: Bound) -> Rows: ...

    @abstractmethod
    async def _write(self, statements: list[Bound]) -> list[Rows]:
        """Commit the statements as one transaction; on any error but an outage nothing of it is committed."""

    @abstractmethod
    async def _disconnect(self) -> None: ...


def alike(statements: list[Bound]) -> list[list[Bound]]:
    """Statements in their order, neighbours that only add a row of one kind together: they can be run as one."""
    groups = (list(like) for _, like in groupby(statements, key=lambda bound: bound.statement))
    return [part for like in groups for part in ([like] if like[0].only_inserts else [[bound] for bound in like])]


def _fail(group: list[Transaction], error: Exception) -> None:
    for transaction in group:
        if not transaction.done.done():
            transaction.done.set_exception(error)


def open_database(url: str) -> Database:
    """The database that a URL names: `sqlite:///path` or `postgresql://...`."""
    if url.startswith("sqlite:///"):
        from trunkline_gateway.store.sqlite import SqliteDatabase  # noqa: PLC0415 - only the chosen driver is loaded

        return SqliteDatabase(url.removeprefix("sqlite:///"))
    if url.startswith(("postgresql://", "postgres://")):
        from trunkline_gateway.store.postgres import PostgresDatabase  # noqa: PLC0415

        return PostgresDatabase(url)
    raise ValueError("database_url must start with sqlite:/// or postgresql://")
