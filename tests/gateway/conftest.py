"""A fresh store for each test that asks for one: on SQLite, and again on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from support.postgres import databases
from trunkline_gateway.store.database import Database, open_database


@pytest.fixture(params=databases())
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with request.param.fresh() as url:
        yield url or f"sqlite:///{tmp_path / 'trunkline.db'}"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = open_database(url)
    await database.open()
    yield database
    await database.close()
