"""aiosqlite with fewer thread hops. A hop costs up to 100 µs, and milliseconds where processes fight for the CPU;
SQLAlchemy's dialect makes four of them a statement: a cursor, the execution, the rows, the end.

Readers make one a statement, or none for what is known to be short. The writer, whose statements touch a few rows by an
index and take SQLite 5 to 20 µs, runs them on the spot, in the event loop; only what may take its time goes to its
thread: BEGIN (waits for another process), COMMIT and ROLLBACK (for the disk), many sets of parameters at once, and
statements that are marked LONG.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import aiosqlite

LONG = "/* long */"  # a prefix for a statement that may look at thousands of rows
FIRST_ROWS = 1000

T = TypeVar("T")


def connect(database: str, *, on_the_spot: bool, **options: Any) -> Connection:
    """As `aiosqlite.connect`; a forgotten connection does not keep the process alive."""
    connector = partial(sqlite3.connect, database, **options | {"check_same_thread": False})
    connection = Connection(connector, iter_chunk_size=FIRST_ROWS)
    connection.on_the_spot = on_the_spot
    connection._thread.daemon = True  # noqa: SLF001 - SQLAlchemy's dialect does the same to connections it makes
    return connection


class Connection(aiosqlite.Connection):
    on_the_spot = False

    async def cursor(self) -> Cursor:  # type: ignore[override]  # only SQLAlchemy calls it, and awaits it
        return Cursor(self)

    async def hop(self, call: Callable[[sqlite3.Connection], T]) -> T:
        """Call this in the connection's thread."""
        result: T = await self._execute(call, self._conn)  # type: ignore[no-untyped-call]  # aiosqlite has no types there
        return result

    def here(self, call: Callable[[sqlite3.Connection], T]) -> T:
        """Call this on the spot: a few rows by an index."""
        return call(self._conn)

    async def short(self, call: Callable[[sqlite3.Connection], T]) -> T:
        return self.here(call) if self.on_the_spot else await self.hop(call)


class Cursor:
    """What the dialect uses of aiosqlite's. The first rows come with the execution; a longer result stays open."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rest: sqlite3.Cursor | None = None
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def execute(self, sql: str, parameters: Any = ()) -> None:
        run = self._connection.hop if sql.startswith("BEGIN") or LONG in sql else self._connection.short
        await run(lambda connection: self._take(connection.execute(sql, parameters)))

    async def executemany(self, sql: str, parameters: Any) -> None:
        await self._connection.hop(lambda connection: self._take(connection.executemany(sql, parameters)))

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        if cursor.description:
            self._rows = deque(cursor.fetchmany(FIRST_ROWS))
        if len(self._rows) == FIRST_ROWS:
            self._rest = cursor
        else:
            cursor.close()

    async def fetchone(self) -> Any:
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int) -> Sequence[Any]:
        rows = [self._rows.popleft() for _ in range(min(size, len(self._rows)))]
        rest = self._rest
        if rest is not None and len(rows) < size:
            rows += await self._connection.hop(lambda _: rest.fetchmany(size - len(rows)))
        return rows

    async def fetchall(self) -> Sequence[Any]:
        rows, self._rows = list(self._rows), deque()
        rest = self._rest
        if rest is not None:
            rows += await self._connection.hop(lambda _: rest.fetchall())
        return rows

    async def close(self) -> None:
        rest, self._rest = self._rest, None
        if rest is not None:
            await self._connection.hop(lambda _: rest.close())
