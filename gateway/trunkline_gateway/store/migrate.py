"""Brings a database's schema up to date with alembic."""

import asyncio
import threading
from pathlib import Path

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine

_MIGRATIONS = Path(__file__).with_name("migrations")
_BUSY_TIMEOUT_S = 10.0
# Alembic keeps its context in globals: two threads in it at once wait for each other for ever.
_ONE_AT_A_TIME = threading.Lock()


def migrate(url: str) -> None:
    """Run the migrations that a database still lacks."""
    with _ONE_AT_A_TIME:
        _migrate(url)


def _migrate(url: str) -> None:
    if url.startswith("sqlite"):
        # The driver by itself runs each CREATE TABLE alone: a crash, or a second process, would meet half a schema.
        engine = create_engine(url, connect_args={"isolation_level": None, "timeout": _BUSY_TIMEOUT_S})
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        try:
            with engine.begin() as connection:
                _upgrade(connection)
        finally:
            engine.dispose()
    else:
        asyncio.run(_migrate_postgres(url))


async def _migrate_postgres(url: str) -> None:
    import asyncpg  # noqa: PLC0415 - only the chosen driver is loaded

    # The store's own driver reads the URL, so that it means the same here, `sslmode` and all.
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(url))
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def newest() -> str:
    """The revision of the newest migration: files are named `0001_what.py`."""
    return max(file.name.split("_", 1)[0] for file in (_MIGRATIONS / "versions").glob("*.py"))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, and seldom needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
