"""The engine and its transactions: the only place that knows PRAGMAs, BEGIN and the write lock.

SQLite: one writer connection, one writer at a time, `BEGIN IMMEDIATE` (a deferred one that reads and then writes after
somebody else's commit fails at once, whatever the time-out), WAL so that readers never wait, `synchronous=FULL` because
a confirmed update must survive a power loss. Another database (PostgreSQL through asyncpg) takes the same calls
without these. Errors name statements without their parameters: those are people's words, and errors are logged.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage import sqlite_driver
from storage.group_commit import GroupCommit

READERS = 4
BUSY_TIMEOUT_MS = 10_000


class Database:
    """`write()` and `read()` give a connection in a transaction; leaving the block commits, an exception rolls back."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._writer: GroupCommit | None = None
        if self.is_sqlite:
            self._writer = GroupCommit(_sqlite_engine(url, size=1, begin="BEGIN IMMEDIATE", on_the_spot=True))
            self._engine = _sqlite_engine(url, size=READERS, begin="BEGIN", on_the_spot=False)
        else:
            self._engine = create_async_engine(url, hide_parameters=True)

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._writer.write() if self._writer else self._engine.begin()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            yield connection

    async def close(self) -> None:
        if self._writer:
            await self._writer.close()
        await self._engine.dispose()


def _sqlite_engine(url: str, *, size: int, begin: str, on_the_spot: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_reset_on_return=None,  # every use ends with its own commit or rollback: no second one
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "do_connect")
    def before_connecting(_dialect: object, _record: object, _arguments: object, options: dict[str, Any]) -> None:
        options["async_creator_fn"] = partial(sqlite_driver.connect, on_the_spot=on_the_spot)

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "cache_size=-65536",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
