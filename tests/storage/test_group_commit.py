"""Writers in one line: who returns is on disk, who fails leaves nothing, whatever the others do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.permissions import Role
from storage.database import Database
from storage.group_commit import LostWithOthersError
from storage.schema import members, timers
from tests.storage.conftest import NOW

Body = Callable[[AsyncConnection], Awaitable[None]]


async def nothing(_connection: AsyncConnection) -> None:
    pass


async def fail(_connection: AsyncConnection) -> None:
    raise ZeroDivisionError


async def roll_back(connection: AsyncConnection) -> None:
    """What SQLite does by itself when the disk is full."""
    await connection.exec_driver_sql("ROLLBACK")
    raise ZeroDivisionError


async def break_the_commit(connection: AsyncConnection) -> None:
    await connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    values = {"org_id": 99, "user_id": 99, "role": Role.MEMBER, "joined_at": NOW}
    await connection.execute(insert(members).values(values))


async def write(database: Database, entity: int, body: Body = nothing) -> None:
    async with database.write() as connection:
        values = {"kind": "test", "entity": entity, "attempts": 0, "due_at": NOW}
        await connection.execute(insert(timers).values(values))
        await body(connection)


async def together(database: Database, *bodies: Body) -> list[type[BaseException] | None]:
    """Writers 0, 1, 2 … that stand in line behind one another; how each ended."""
    ends = await asyncio.gather(*(write(database, *one) for one in enumerate(bodies)), return_exceptions=True)
    return [type(end) if end is not None else None for end in ends]


async def written(database: Database) -> list[int]:
    async with database.read() as connection:
        return list(await connection.scalars(select(timers.c.entity).order_by(timers.c.entity)))


async def test_those_in_line_share_a_commit(sqlite: Database) -> None:
    commits: list[object] = []
    assert sqlite._writer is not None
    event.listen(sqlite._writer._engine.sync_engine, "commit", commits.append)
    assert await together(sqlite, *[nothing] * 10) == [None] * 10
    assert await written(sqlite) == list(range(10))
    assert len(commits) == 1


@pytest.mark.parametrize("failing", range(3))
async def test_a_failure_undoes_its_own_work_only(sqlite: Database, failing: int) -> None:
    bodies = [fail if number == failing else nothing for number in range(3)]
    assert await together(sqlite, *bodies) == [ZeroDivisionError if body is fail else None for body in bodies]
    assert await written(sqlite) == [number for number in range(3) if number != failing]


async def test_a_failed_commit_fails_for_everybody_in_it(sqlite: Database) -> None:
    assert await together(sqlite, nothing, break_the_commit, nothing) == [IntegrityError] * 3
    assert await together(sqlite, nothing) == [None]
    assert await written(sqlite) == [0]


async def test_a_transaction_that_sqlite_undid_is_lost_for_everybody_before(sqlite: Database) -> None:
    ends = await together(sqlite, nothing, nothing, roll_back, nothing)
    assert ends == [LostWithOthersError, LostWithOthersError, ZeroDivisionError, None]
    assert await written(sqlite) == [3]


async def test_nobody_is_told_before_it_is_on_disk(sqlite: Database) -> None:
    """Each writer, when it returns, finds its own row through another connection."""

    async def write_and_look(entity: int) -> bool:
        await write(sqlite, entity)
        return entity in await written(sqlite)

    assert all(await asyncio.gather(*map(write_and_look, range(20))))


@pytest.mark.parametrize("seed", range(20))
async def test_who_returns_is_written_and_who_fails_is_not(sqlite: Database, seed: int) -> None:
    """Some fail, some are cancelled at whatever they are doing; a cancelled one may be on disk or not."""
    chance = random.Random(seed)
    bodies = [chance.choice((nothing, nothing, fail)) for _ in range(20)]
    tasks = [asyncio.create_task(write(sqlite, *one)) for one in enumerate(bodies)]
    for task in chance.sample(tasks, 5):
        for _ in range(chance.randrange(30)):
            await asyncio.sleep(0)
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    returned = {number for number, end in enumerate(ends) if end is None}
    cancelled = {number for number, end in enumerate(ends) if isinstance(end, asyncio.CancelledError)}
    assert returned <= set(await written(sqlite)) <= returned | cancelled
    await write(sqlite, 99)
