"""The store on SQLite and on PostgreSQL: what was acknowledged stays, one sync serves many, none fails for another."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, bindparam, create_engine, func, insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from support import postgres
from support.postgres import require_postgres
from trunkline_contracts.capability import WriteClass
from trunkline_contracts.errors import InvalidArgumentError
from trunkline_gateway.access.clients import Caller
from trunkline_gateway.audit.log import AuditLog
from trunkline_gateway.clock import new_id, now_us
from trunkline_gateway.operations.journal import Intent, Journal, State
from trunkline_gateway.store.database import Database, open_database
from trunkline_gateway.store.migrate import migrate, newest
from trunkline_gateway.store.postgres import PostgresDatabase
from trunkline_gateway.store.schema import clients, metadata, tenants
from trunkline_gateway.store.sqlite import SqliteDatabase
from trunkline_gateway.store.statements import POSTGRES, SQLITE, Bound, Statement

_ADD = Statement(insert(tenants))
_ALL = Statement(select(tenants.c.tenant).order_by(tenants.c.tenant))
_COUNT = Statement(select(func.count()).select_from(tenants))


def add(name: str) -> Bound:
    return _ADD(tenant=name, created_at=1)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    with postgres.Postgres().fresh() as url:
        yield url


async def names(database: Database) -> list[str]:
    return [row[0] for row in await database.fetch(_ALL())]


# Rows.


async def test_a_commit_is_seen_by_the_next_read(database: Database) -> None:
    assert await database.commit(add("acme"), _ALL()) == [[], [("acme",)]]
    assert await names(database) == ["acme"]


async def test_a_transaction_is_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
        await database.commit(add("acme"), add("acme"))
    assert await names(database) == []


async def test_values_come_back_as_they_were_given(database: Database) -> None:
    row = {
        "key_id": "k", "tenant": "ténant 🚀 \u202e'; DROP TABLE clients; --", "name": "",
        "secret_hash": bytes(range(256)), "profile": "x" * 100_000, "created_at": 2**63 - 1, "revoked_at": None,
    }  # fmt: skip
    await database.commit(Statement(insert(clients))(**row))
    (read,) = await database.fetch(Statement(select(clients))())
    assert [bytes(item) if isinstance(item, memoryview) else item for item in read] == list(row.values())


# Group commit.


class Grouped:
    """Counts the transactions that the database itself saw."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._commits: list[str] = []
        if isinstance(database, SqliteDatabase):
            database._writer.set_trace_callback(self._commits.append)

    async def commits(self) -> int:
        if isinstance(self._database, SqliteDatabase):
            return self._commits.count("COMMIT")
        distinct = select(func.count(text("DISTINCT xmin::text"))).select_from(tenants)
        return int((await self._database.fetch(Statement(distinct)()))[0][0])


async def test_transactions_that_wait_share_a_commit(database: Database) -> None:
    counted = Grouped(database)
    results = await asyncio.gather(*(database.commit(add(f"t{number:03}"), _COUNT()) for number in range(300)))
    assert len(await names(database)) == 300
    assert await counted.commits() <= 4  # 256 in the largest group, and one that began before the others came.
    assert [result[1][0][0] for result in results] == list(range(1, 301)), "each sees those before it, in their order"


async def test_transactions_one_after_the_other_do_not_wait_for_each_other(database: Database) -> None:
    counted = Grouped(database)
    for number in range(5):
        await database.commit(add(f"t{number}"))
    assert await counted.commits() == 5


@pytest.mark.parametrize("spoiler", ["acme", "\ud800"], ids=["a key that exists", "text that cannot be stored"])
async def test_one_failing_transaction_does_not_fail_its_neighbours(database: Database, spoiler: str) -> None:
    await database.commit(add("acme"))
    wanted = [f"t{number:02}" for number in range(20)]
    mixed = [*wanted[:10], spoiler, *wanted[10:]]
    done = await asyncio.gather(*(database.commit(add(name)) for name in mixed), return_exceptions=True)
    assert [index for index, result in enumerate(done) if isinstance(result, BaseException)] == [10]
    assert await names(database) == ["acme", *wanted]


async def test_a_caller_that_leaves_does_not_take_its_transaction_or_its_neighbours_along(database: Database) -> None:
    tasks = [asyncio.create_task(database.commit(add(f"t{number}"))) for number in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks, return_exceptions=True)
    assert tasks[1].cancelled()
    assert await names(database) == ["t0", "t1", "t2"]


async def test_closing_lets_the_commits_under_way_end(url: str) -> None:
    database = open_database(url)
    await database.open()
    tasks = [asyncio.create_task(database.commit(add(f"t{number:03}"))) for number in range(300)]
    await asyncio.sleep(0)
    await database.close()
    assert all(task.done() and not task.exception() for task in tasks)
    again = open_database(url)
    await again.open()
    assert len(await names(again)) == 300
    await again.close()


async def test_two_nodes_write_at_once_and_see_each_other(url: str, database: Database) -> None:
    other = open_database(url)
    await other.open()
    both = (database, other)
    await asyncio.gather(*(both[number % 2].commit(add(f"t{number:02}")) for number in range(60)))
    assert len(await names(database)) == len(await names(other)) == 60
    await other.close()


# Outages.


async def test_after_an_outage_nothing_of_the_group_is_run_again(postgres_url: str) -> None:
    database = PostgresDatabase(postgres_url)
    await database.open()
    end = Statement(select(func.pg_terminate_backend(func.pg_backend_pid())))
    mixed = [database.commit(add("before")), database.commit(end()), database.commit(add("after"))]
    done = await asyncio.gather(*mixed, return_exceptions=True)
    assert all(isinstance(result, BaseException) for result in done)
    assert await names(database) == []
    await database.commit(add("later"))
    assert await names(database) == ["later"]
    await database.close()


async def test_a_database_that_hangs_fails_all_who_wait_at_once(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline_gateway.store.postgres._COMMAND_TIMEOUT_S", 0.3)
    database = PostgresDatabase(postgres_url)
    await database.open()
    hang = Statement(select(func.pg_sleep(5)))
    started = time.monotonic()
    done = await asyncio.gather(*(database.commit(add(f"t{n}"), hang()) for n in range(10)), return_exceptions=True)
    assert [type(result) for result in done] == [TimeoutError] * 10
    assert time.monotonic() - started < 1.5
    assert await names(database) == []
    await database.close()


async def test_a_full_disk_fails_the_group_and_says_so_and_heals(tmp_path: Path) -> None:
    database = SqliteDatabase(str(tmp_path / "small.db"))
    await database.open()
    (pages,) = database._writer.execute("PRAGMA page_count").fetchone()
    database._writer.execute(f"PRAGMA max_page_count={pages + 2}")
    mixed = [database.commit(add("small")), database.commit(add("x" * 100_000)), database.commit(add("other"))]
    done = await asyncio.gather(*mixed, return_exceptions=True)
    assert {str(result) for result in done} == {"database or disk is full"}
    assert await names(database) == []
    database._writer.execute("PRAGMA max_page_count=100000")
    await database.commit(add("later"))
    assert await names(database) == ["later"]
    await database.close()


# Durability.


WRITER = """
import asyncio, sys
from sqlalchemy import insert
from trunkline_gateway.store.database import open_database
from trunkline_gateway.store.schema import tenants
from trunkline_gateway.store.statements import Statement

async def main():
    database = open_database(sys.argv[1])
    await database.open()
    add = Statement(insert(tenants))
    async def write(lane):
        for number in range(10_000):
            await database.commit(add(tenant=f"{lane}-{number}", created_at=1))
            print(f"{lane}-{number}", flush=True)
    await asyncio.gather(*(write(lane) for lane in range(4)))

asyncio.run(main())
"""


@pytest.mark.slow
async def test_what_was_acknowledged_survives_a_kill(url: str) -> None:
    acknowledged = await asyncio.to_thread(written_until_killed, url)
    database = open_database(url)
    await database.open()
    assert set(acknowledged) - set(await names(database)) == set()
    await database.commit(add("afterwards"))
    await database.close()


def written_until_killed(url: str) -> list[str]:
    """What a process said it had committed before it was killed in the midst of its work."""
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        acknowledged = [process.stdout.readline().strip() for _ in range(100)]
        process.kill()
        acknowledged += process.stdout.read().split("\n")[:-1]
    assert process.returncode == -9
    return acknowledged


async def test_sqlite_syncs_each_commit_to_the_disk(tmp_path: Path) -> None:
    database = SqliteDatabase(str(tmp_path / "trunkline.db"))
    await database.open()
    settings = {
        name: database._writer.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    }
    assert settings == {"journal_mode": "wal", "synchronous": 2}  # 2 is FULL.
    await database.close()


async def test_a_file_that_another_process_is_just_writing_is_waited_for(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'trunkline.db'}")
    writer = sqlite3.connect(tmp_path / "trunkline.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    asyncio.get_running_loop().call_later(0.1, writer.close)
    database = SqliteDatabase(str(tmp_path / "trunkline.db"))
    await database.open()
    assert database._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    await database.close()


async def test_only_its_owner_can_read_the_file_and_its_log(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        database = SqliteDatabase(str(tmp_path / "new" / "home" / "trunkline.db"))
        await database.open()
        await database.commit(add("acme"))
        files = {item.name: stat.S_IMODE(item.stat().st_mode) for item in (tmp_path / "new" / "home").iterdir()}
        await database.close()
    finally:
        os.umask(before)
    assert files == dict.fromkeys(("trunkline.db", "trunkline.db-wal", "trunkline.db-shm"), 0o600)


# Migrations.


def test_migrating_again_changes_nothing(url: str) -> None:
    for _ in range(3):
        migrate(url)


async def test_nodes_that_start_at_once_all_start(url: str) -> None:
    nodes = [open_database(url) for _ in range(4)]
    await asyncio.gather(*(node.open() for node in nodes))
    for number, node in enumerate(nodes):
        await node.commit(add(f"t{number}"))
    assert await names(nodes[0]) == ["t0", "t1", "t2", "t3"]
    for node in nodes:
        await node.close()


@pytest.mark.slow
def test_processes_that_start_at_once_all_start(url: str) -> None:
    imports = "import asyncio, sys; from trunkline_gateway.store.database import open_database; "
    start = imports + "sys.stdin.read(); asyncio.run(open_database(sys.argv[1]).open())"
    nodes = [
        subprocess.Popen([sys.executable, "-c", start, url], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for node in nodes:
        assert node.stdin
        node.stdin.close()
    assert [(node.wait(), (node.stderr or sys.stderr).read()) for node in nodes] == [(0, "")] * 4
    for node in nodes:
        assert node.stderr
        node.stderr.close()


async def test_a_migration_that_fails_leaves_nothing_behind(url: str) -> None:
    await in_schema(url, lambda connection: connection.execute(text("CREATE TABLE operations (x INTEGER)")))
    with pytest.raises(Exception, match="operations"):
        await asyncio.to_thread(migrate, url)
    assert await in_schema(url, lambda connection: connection.dialect.get_table_names(connection)) == ["operations"]


async def test_the_migrations_make_the_schema_that_the_code_speaks_of(url: str, database: Database) -> None:
    assert await names(database) == []
    found = await in_schema(url, lambda connection: compare_metadata(MigrationContext.configure(connection), metadata))
    assert found == []
    version = await in_schema(
        url, lambda connection: connection.execute(text("SELECT version_num FROM alembic_version")).all()
    )
    assert version == [(newest(),)]


async def in_schema(url: str, ask: Any) -> Any:
    """Ask SQLAlchemy something of a database."""

    def asked(connection: Connection) -> Any:
        return ask(connection)

    if url.startswith("sqlite"):
        engine = create_engine(url)
        with engine.begin() as connection:
            answer = asked(connection)
        engine.dispose()
        return answer
    nodes = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url))
    async with nodes.begin() as session:
        answer = await session.run_sync(asked)
    await nodes.dispose()
    return answer


async def test_the_url_of_a_database_means_what_its_driver_says(postgres_url: str) -> None:
    joint = "&" if "?" in postgres_url else "?"
    database = open_database(f"{postgres_url}{joint}sslmode=disable&search_path=public")
    await database.open()
    await database.commit(add("acme"))
    await database.close()


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ValueError, match="sqlite:/// or postgresql://"):
        open_database("mysql://localhost/trunkline")


# What the other rooms write.


CALLER = Caller("acme", "agent", "full")


def intent(key: str = "key-0000000000000001", *, fingerprint: bytes = b"f", lives_s: int = 60, **other: Any) -> Intent:
    caller = Caller(other.pop("tenant", "acme"), other.pop("client", "agent"), "full")
    deadline = now_us() + lives_s * 1_000_000
    tool = other.pop("tool", "grant_points")
    return Intent(new_id("op"), caller, tool, key, "points", WriteClass.MARKED, fingerprint, deadline)


class Rooms:
    """The journal and the audit log over one database."""

    def __init__(self, database: Database) -> None:
        self.journal = Journal(database)
        self.audit = AuditLog(database, b"k" * 32)

    def record(self) -> Bound:
        entry = self.audit.entry(CALLER, "test", "grant_points", b"{}")
        return self.audit.asked(entry, "points", "op_1")


@pytest.fixture
def rooms(database: Database) -> Rooms:
    return Rooms(database)


async def test_of_many_who_claim_one_key_at_once_one_may_send(rooms: Rooms) -> None:
    wanted = [intent() for _ in range(50)]
    claims = await asyncio.gather(*(rooms.journal.claim(item, rooms.record()) for item in wanted))
    (winner,) = [item for item, claim in zip(wanted, claims, strict=True) if claim is None]
    assert {claim.operation_id for claim in claims if claim} == {winner.operation_id}


async def test_a_key_belongs_to_one_tenant_client_and_tool(rooms: Rooms) -> None:
    others: list[dict[str, Any]] = [{}, {"tenant": "beta"}, {"client": "other"}, {"tool": "refund_payment"}]
    assert [await rooms.journal.claim(intent(**other), rooms.record()) for other in others] == [None] * 4
    with pytest.raises(InvalidArgumentError, match="other arguments"):
        await rooms.journal.claim(intent(fingerprint=b"g"), rooms.record())


async def test_a_settled_write_keeps_its_answer_and_its_state(rooms: Rooms) -> None:
    write = intent()
    await rooms.journal.claim(write, rooms.record())
    await rooms.journal.settle(write.operation_id, State.CONFIRMED, b'{"a": 1}', rooms.record())
    await rooms.journal.settle(write.operation_id, State.FAILED, b"{}", rooms.record())
    earlier = await rooms.journal.claim(intent(), rooms.record())
    assert earlier
    assert (earlier.state, earlier.answer, earlier.is_under_way) == (State.CONFIRMED, b'{"a": 1}', False)


async def test_a_write_whose_sender_died_is_in_doubt(rooms: Rooms) -> None:
    dead, alive = intent("key-dead-00000000", lives_s=-1), intent("key-alive-0000000")
    for write in (dead, alive):
        await rooms.journal.claim(write, rooms.record())
    assert await rooms.journal.doubt_abandoned() == 1
    assert await rooms.journal.doubt_abandoned() == 0
    states = [(await rooms.journal.claim(intent(item.key), rooms.record())) for item in (dead, alive)]
    assert [item.state for item in states if item] == [State.IN_DOUBT, State.SENDING]


async def test_audit_records_come_back_newest_first_and_only_to_their_tenant(database: Database, rooms: Rooms) -> None:
    for number in range(3):
        entry = rooms.audit.entry(CALLER, "rest", f"tool_{number}", b"{}")
        await database.commit(rooms.audit.asked(entry, "points"))
        await database.commit(rooms.audit.answered(entry, "ok", "points"))
    latest = await rooms.audit.latest("acme", 4)
    assert [(item["tool"], item["phase"]) for item in latest] == [
        ("tool_2", "answered"),
        ("tool_2", "asked"),
        ("tool_1", "answered"),
        ("tool_1", "asked"),
    ]
    assert await rooms.audit.latest("beta", 4) == []


async def test_a_claim_whose_audit_record_cannot_be_kept_is_no_claim(rooms: Rooms) -> None:
    record = rooms.record()
    await rooms.journal.claim(intent("key-first-0000000"), record)
    with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
        await rooms.journal.claim(intent("key-second-000000"), record)
    assert await rooms.journal.claim(intent("key-second-000000"), rooms.record()) is None


# Statements.


def test_a_statement_is_bound_by_name_in_any_order() -> None:
    found = select(tenants.c.tenant).where(tenants.c.tenant == bindparam("tenant")).limit(bindparam("most"))
    for dialect, mark in ((SQLITE, "?"), (POSTGRES, "$1")):
        words, values = Statement(found)(most=3, tenant="acme").compiled(dialect)
        assert (mark in words, list(values)[:2]) == (True, ["acme", 3])


# The fixture itself: a promise that is not tested must be seen.


@pytest.mark.parametrize(("in_ci", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_without_a_postgresql_its_tests_are_skipped_loudly_and_fail_in_ci(
    monkeypatch: pytest.MonkeyPatch, in_ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("TRUNKLINE_TEST_POSTGRES", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("CI", in_ci)
    postgres._unreachable.cache_clear()
    with pytest.raises(outcome, match="NOT TESTED ON POSTGRESQL"):
        require_postgres()
    postgres._unreachable.cache_clear()


async def test_a_statement_with_a_value_missing_is_refused_and_stores_nothing(database: Database) -> None:
    complete = add("whole")
    lacking = replace(complete, parameters={"tenant": "half"})
    with pytest.raises(KeyError):
        await database.commit(lacking)
    assert await names(database) == []
