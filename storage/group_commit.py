"""One COMMIT, and so one wait for the disk, for all writers that stand in line.

The first one begins the transaction; those already waiting follow inside it, each behind a savepoint, so that an
exception undoes its own work only. `write()` returns when everything is on disk: what a writer takes for committed is
committed. If the COMMIT fails, it fails for each of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction


class LostWithOthersError(Exception):
    """Nothing was written: another writer's failure, like a full disk, took the whole transaction with it."""


class GroupCommit:
    """For an engine with a single connection, as SQLite's writer is."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._turn = asyncio.Lock()  # first come, first served
        self._group: _Group | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        async with self._turn:
            group = self._group
            if group is None:
                group = await self._begin()
                async with self._first(group):
                    yield group.connection
            else:
                async with self._follower(group):
                    yield group.connection
        await asyncio.shield(group.committed)

    async def close(self) -> None:
        async with self._turn:
            await self._engine.dispose()

    async def _begin(self) -> _Group:
        connection = await self._engine.connect()
        try:
            await connection.begin()
        except BaseException:
            await connection.close()
            raise
        self._group = _Group(connection)
        self._group.ending = asyncio.create_task(self._end(self._group))
        return self._group

    async def _end(self, group: _Group) -> None:
        """Takes its place behind everybody who is in line already."""
        async with self._turn:
            if self._group is not group:
                return
            self._group = None
            try:
                await group.connection.commit()
            except Exception as error:
                group.committed.set_exception(error)
                await group.connection.invalidate()  # SQLite leaves the transaction open, SQLAlchemy takes it for over
            else:
                group.committed.set_result(None)
            finally:
                await group.connection.close()

    @asynccontextmanager
    async def _first(self, group: _Group) -> AsyncIterator[None]:
        """Nobody has written before: its failure ends the transaction."""
        try:
            yield
        except BaseException:
            await self._lose(group)
            raise

    @asynccontextmanager
    async def _follower(self, group: _Group) -> AsyncIterator[None]:
        savepoint = await group.connection.begin_nested()
        try:
            yield
            await savepoint.commit()
        except BaseException:
            if not await _undone(group.connection, savepoint):
                await self._lose(group)
            raise

    async def _lose(self, group: _Group) -> None:
        self._group = None
        group.committed.set_exception(LostWithOthersError())
        await group.connection.close()


class _Group:
    """The transaction that is open, and the promise of its end."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.committed.add_done_callback(asyncio.Future.exception)  # there may be nobody left to look at it
        self.ending: asyncio.Task[None] | None = None


async def _undone(connection: AsyncConnection, savepoint: AsyncTransaction) -> bool:
    """Whether what came before the savepoint is still there: some errors make SQLite undo everything by itself, and a
    connection that was cut off within a statement is gone."""
    with suppress(SQLAlchemyError):
        await savepoint.rollback()
        return not connection.invalidated
    return False
