"""SQLite: write-ahead log, synchronous FULL, one writer thread and one reader thread."""

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import stamina

from trunkline_gateway.store.database import Database, Rows, alike
from trunkline_gateway.store.migrate import migrate, newest
from trunkline_gateway.store.statements import SQLITE, Bound

_BUSY_TIMEOUT_S = 10.0


class SqliteDatabase(Database):
    """One file, for one process: the embedded store."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = Path(path).expanduser()
        self._writer_thread = ThreadPoolExecutor(1, "trunkline-writer")
        self._reader_thread = ThreadPoolExecutor(1, "trunkline-reader")

    async def open(self) -> None:
        """Create the file where it is missing, readable by its owner only, and migrate it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        await asyncio.to_thread(self._migrate)
        loop = asyncio.get_running_loop()
        self._writer = await loop.run_in_executor(self._writer_thread, self._connect)
        self._reader = await loop.run_in_executor(self._reader_thread, self._connect)

    def _migrate(self) -> None:
        """Migrate, unless the newest migration ran already: alembic takes longer to import than a command to run."""
        with closing(sqlite3.connect(self._path)) as connection:
            try:
                is_current = connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest(),)]
            except sqlite3.OperationalError:
                is_current = False
        if not is_current:
            migrate(f"sqlite:///{self._path}")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        # Under NORMAL a power cut may take the last commits, and a lost intent would be a write done twice.
        _use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    async def _read(self, statement: Bound) -> Rows:
        return await asyncio.get_running_loop().run_in_executor(self._reader_thread, _run, self._reader, statement)

    async def _write(self, statements: list[Bound]) -> list[Rows]:
        return await asyncio.get_running_loop().run_in_executor(self._writer_thread, self._commit_all, statements)

    def _commit_all(self, statements: list[Bound]) -> list[Rows]:
        # IMMEDIATE: a deferred transaction that turns into a writer fails at once where another one writes.
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            results = [rows for like in alike(statements) for rows in _run_all(self._writer, like)]
            self._writer.execute("COMMIT")
        except BaseException:
            # A full disk ends the transaction by itself.
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise
        return results

    def _is_outage(self, error: Exception) -> bool:
        return isinstance(error, sqlite3.OperationalError | sqlite3.InternalError)

    async def _disconnect(self) -> None:
        for thread, connection in ((self._writer_thread, self._writer), (self._reader_thread, self._reader)):
            await asyncio.get_running_loop().run_in_executor(thread, connection.close)
            thread.shutdown()


@stamina.retry(on=sqlite3.OperationalError, attempts=None, timeout=_BUSY_TIMEOUT_S, wait_initial=0.02, wait_jitter=0.1)
def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Changing over, the first time, does not wait for another process that has just opened the file: so we do."""
    connection.execute("PRAGMA journal_mode=WAL")


def _run_all(connection: sqlite3.Connection, like: list[Bound]) -> list[Rows]:
    if len(like) == 1:
        return [_run(connection, like[0])]
    compiled = [bound.compiled(SQLITE) for bound in like]
    connection.executemany(compiled[0][0], [values for _, values in compiled])
    return [[] for _ in like]


def _run(connection: sqlite3.Connection, statement: Bound) -> Rows:
    text, values = statement.compiled(SQLITE)
    return connection.execute(text, values).fetchall()
