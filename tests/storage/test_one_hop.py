"""Results of every length come whole, at once or in parts."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update

from storage.database import Database
from storage.one_hop import FIRST_ROWS
from storage.schema import timers
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


async def test_changed_rows_are_counted(sqlite: Database) -> None:
    await fill(sqlite, 3)
    async with sqlite.write() as connection:
        result = await connection.execute(update(timers).values(attempts=2))
        assert result.rowcount == 3
