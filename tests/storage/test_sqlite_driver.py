"""Results of every length come whole, at once or in parts."""

from __future__ import annotations

from threading import get_ident

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.schema import timers
from storage.sqlite_driver import FIRST_ROWS, LONG
from tests.storage.conftest import NOW


async def fill(database: Database, count: int) -> None:
    values = [{"kind": "test", "entity": number, "attempts": 0, "due_at": NOW} for number in range(count)]
    async with database.write() as connection:
        await connection.execute(insert(timers), values)


ENTITIES = select(timers.c.entity).order_by(timers.c.entity)
LENGTHS = (1, FIRST_ROWS - 1, FIRST_ROWS, FIRST_ROWS + 1, 2 * FIRST_ROWS + 7)


@pytest.mark.parametrize("count", LENGTHS)
async def test_all_rows_come(sqlite: Database, count: int) -> None:
    await fill(sqlite, count)
    async with sqlite.read() as connection:
        assert (await connection.scalars(ENTITIES)).all() == list(range(count))


@pytest.mark.parametrize("count", LENGTHS)
async def test_a_stream_gives_all_rows_in_order(sqlite: Database, count: int) -> None:
    await fill(sqlite, count)
    async with sqlite.read() as connection, connection.stream(ENTITIES) as rows:
        assert [row.entity async for row in rows] == list(range(count))


async def test_a_stream_may_be_left_early(sqlite: Database) -> None:
    await fill(sqlite, 2 * FIRST_ROWS)
    async with sqlite.read() as connection:
        async with connection.stream(ENTITIES) as rows:
            assert (await rows.fetchone() or [None])[0] == 0
        assert await connection.scalar(ENTITIES.limit(1)) == 0


@pytest.mark.parametrize(("sql", "is_here"), [("SELECT thread()", True), (f"SELECT {LONG} thread()", False)])
async def test_the_writer_leaves_the_event_loop_for_long_statements_only(
    sqlite: Database, sql: str, is_here: bool
) -> None:
    async with sqlite.write() as connection:
        await tell_thread(connection)
        assert (await connection.scalar(text(sql)) == get_ident()) is is_here


async def test_readers_never_run_in_the_event_loop(sqlite: Database) -> None:
    async with sqlite.read() as connection:
        await tell_thread(connection)
        assert await connection.scalar(text("SELECT thread()")) != get_ident()


async def tell_thread(connection: AsyncConnection) -> None:
    """`thread()` in SQL is the thread that runs the statement."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.create_function("thread", 0, get_ident)


async def test_changed_rows_are_counted(sqlite: Database) -> None:
    await fill(sqlite, 3)
    async with sqlite.write() as connection:
        result = await connection.execute(update(timers).values(attempts=2))
        assert result.rowcount == 3
