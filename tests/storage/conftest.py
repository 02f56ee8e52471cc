"""A real database, fresh for each test: SQLite always, PostgreSQL if TEST_POSTGRESQL_URL names a server for it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import Database
from storage.migrate import migrate
from storage.schema import metadata
from storage.unit_of_work import Storage, UnitOfWork

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SERVER = os.environ.get("TEST_POSTGRESQL_URL", "")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file at the newest revision, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"

    async def make() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        await migrate(database)
        await database.close()

    asyncio.run(make())
    return path


@pytest.fixture(scope="session")
def migrated_server() -> Iterator[str]:
    """The URL of a PostgreSQL database at the newest revision, which tests share; "" without a server."""
    if not SERVER:
        yield ""
        return
    name = f"test_{uuid4().hex}"

    async def make() -> None:
        await _on_server(f"CREATE DATABASE {name}")
        database = Database(_url(name))
        await migrate(database)
        await database.close()

    asyncio.run(make())
    yield _url(name)
    asyncio.run(_on_server(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    if request.param == "postgresql" and not SERVER:
        pytest.skip("PostgreSQL: TEST_POSTGRESQL_URL is not set")
    return str(request.param)


@pytest.fixture
async def empty_url(backend: str, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a database without any table."""
    if backend == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}"
        return
    name = f"test_{uuid4().hex}"
    await _on_server(f"CREATE DATABASE {name}")
    yield _url(name)
    await _on_server(f"DROP DATABASE {name} WITH (FORCE)")


def _url(database: str) -> str:
    return make_url(SERVER).set(database=database).render_as_string(hide_password=False)


async def _on_server(statement: str) -> None:
    admin = create_async_engine(SERVER, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(statement))
    await admin.dispose()


@pytest.fixture
async def database(backend: str, migrated_file: Path, migrated_server: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A database at the newest revision, without a row."""
    if backend == "sqlite":
        opened = Database(f"sqlite+aiosqlite:///{shutil.copy(migrated_file, tmp_path / 'bot.db')}")
    else:
        opened = Database(migrated_server)
        async with opened.write() as connection:
            await connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE"))
    yield opened
    await opened.close()


@pytest.fixture
def storage(database: Database) -> Storage:
    return Storage(database)


@pytest.fixture
async def work(storage: Storage) -> AsyncIterator[UnitOfWork]:
    """One transaction; its reads see its writes."""
    async with storage.begin() as unit:
        yield unit


@pytest.fixture
async def sqlite(migrated_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """For what only SQLite has."""
    opened = Database(f"sqlite+aiosqlite:///{shutil.copy(migrated_file, tmp_path / 'only.db')}")
    yield opened
    await opened.close()
