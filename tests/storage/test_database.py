"""Transactions: what commits, what rolls back, who waits for whom."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.permissions import Role
from storage.database import BUSY_TIMEOUT_MS, READERS, Database
from storage.schema import agents, members, timers
from tests.storage.conftest import NOW


async def set_timer(connection: AsyncConnection, entity: int) -> None:
    values = {"kind": "test", "entity": entity, "attempts": 0, "due_at": NOW}
    await connection.execute(insert(timers).values(values))


async def count(database: Database) -> int:
    async with database.read() as connection:
        return await connection.scalar(select(func.count()).select_from(timers)) or 0


async def test_leaving_the_block_commits(database: Database) -> None:
    async with database.write() as connection:
        await set_timer(connection, 1)
    assert await count(database) == 1


async def test_an_exception_rolls_everything_back(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as connection:
            await set_timer(connection, 1)
            await set_timer(connection, 2)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await count(database) == 0


async def test_a_cancelled_writer_leaves_nothing_and_lets_the_next_one_in(database: Database) -> None:
    written, forever = asyncio.Event(), asyncio.Event()

    async def interrupted() -> None:
        async with database.write() as connection:
            await set_timer(connection, 1)
            written.set()
            await forever.wait()

    task = asyncio.create_task(interrupted())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), database.write() as connection:
        await set_timer(connection, 2)
    assert await count(database) == 1


async def test_two_writers_at_once_both_succeed(database: Database) -> None:
    """Each reads and then writes: with a deferred BEGIN the slower one fails at once."""

    async def read_then_write(entity: int) -> None:
        async with database.write() as connection:
            await connection.scalar(select(func.count()).select_from(timers))
            await asyncio.sleep(0)
            await set_timer(connection, entity)

    await asyncio.gather(*(read_then_write(entity) for entity in range(20)))
    assert await count(database) == 20


async def test_two_processes_can_write_at_once(database: Database) -> None:
    """Another `Database` on the same file shares no lock of ours, as another process would not."""
    other = Database(database.url)

    async def fill(opened: Database, first: int) -> None:
        for entity in range(first, first + 10):
            async with opened.write() as connection:
                await connection.scalar(select(func.count()).select_from(timers))
                await set_timer(connection, entity)

    await asyncio.gather(fill(database, 0), fill(other, 100))
    await other.close()
    assert await count(database) == 20


async def test_a_reader_never_waits_for_a_writer(database: Database) -> None:
    async with database.write() as connection:
        await set_timer(connection, 1)
        async with asyncio.timeout(2):
            assert [await count(database) for _ in range(READERS + 1)] == [0] * (READERS + 1)
    assert await count(database) == 1


async def test_sqlite_readers_see_one_state(sqlite: Database) -> None:
    """A commit in between does not show up in a read that has begun."""
    async with sqlite.read() as reader:
        before = await reader.scalar(select(func.count()).select_from(timers))
        async with sqlite.write() as writer:
            await set_timer(writer, 1)
        after = await reader.scalar(select(func.count()).select_from(timers))
    assert (before, after) == (0, 0)


async def test_a_foreign_key_holds(database: Database) -> None:
    values = {"org_id": 99, "user_id": 99, "role": Role.MEMBER, "joined_at": NOW}
    async with database.write() as connection:
        with pytest.raises(IntegrityError):
            await connection.execute(insert(members).values(values))


async def test_an_error_does_not_repeat_what_was_to_be_written(sqlite: Database) -> None:
    """Errors are logged, and logs hold no personal data."""
    values = {"user_id": 7, "name": "不得出现在日志里", "role": None, "added_at": NOW}
    async with sqlite.write() as connection:
        with pytest.raises(IntegrityError) as caught:
            await connection.execute(insert(agents).values(values))
    assert "不得出现在日志里" not in str(caught.value)


async def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    async with database.write() as connection:
        values = {"user_id": 7, "name": "客服甲", "role": "agent", "added_at": NOW}
        await connection.execute(insert(agents).values(values))
        added_at = await connection.scalar(select(agents.c.added_at))
    assert added_at == NOW
    assert added_at.tzinfo is NOW.tzinfo


@pytest.mark.parametrize("side", ["write", "read"])
@pytest.mark.parametrize(
    ("pragma", "expected"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", BUSY_TIMEOUT_MS)],
)
async def test_sqlite_pragmas(sqlite: Database, side: str, pragma: str, expected: str | int) -> None:
    """synchronous 2 is FULL: NORMAL may lose the last commits at a power loss."""
    async with sqlite.write() if side == "write" else sqlite.read() as connection:
        assert await connection.scalar(text(f"PRAGMA {pragma}")) == expected


async def test_sqlite_takes_the_write_lock_at_once(sqlite: Database) -> None:
    """BEGIN IMMEDIATE: a second connection cannot write even before the first has written."""
    other = Database(sqlite.url)
    async with sqlite.write(), other.read() as connection:
        await connection.execute(text("PRAGMA busy_timeout=0"))
        with pytest.raises(OperationalError, match="locked"):
            await set_timer(connection, 1)
    await other.close()
