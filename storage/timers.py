"""What is due at a moment: a row each, so that a restart loses none. One timer a kind and entity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import upsert
from storage.schema import timers


@dataclass(frozen=True, slots=True)
class Timer:
    id: int
    kind: str
    entity: int
    due_at: datetime
    attempts: int = 0


class Timers:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def set(self, kind: str, entity: int, due_at: datetime) -> None:
        """Start the timer, or move it if it runs."""
        values = {"kind": kind, "entity": entity, "due_at": due_at, "attempts": 0}
        await upsert(self._connection, timers, values, key=("kind", "entity"))

    async def cancel(self, kind: str, entity: int) -> None:
        await self._connection.execute(delete(timers).where(timers.c.kind == kind, timers.c.entity == entity))

    async def due(self, now: datetime, limit: int = 100) -> list[Timer]:
        query = select(timers.c.id, timers.c.kind, timers.c.entity, timers.c.due_at, timers.c.attempts)
        rows = await self._connection.execute(
            query.where(timers.c.due_at <= now).order_by(timers.c.due_at).limit(limit)
        )
        return [Timer(*row) for row in rows]

    async def done(self, timer: Timer) -> None:
        """Remove it, unless it was set anew meanwhile."""
        where = (timers.c.id == timer.id) & (timers.c.due_at == timer.due_at)
        await self._connection.execute(delete(timers).where(where))

    async def postpone(self, timer: Timer, due_at: datetime) -> None:
        """After a failure: try again later, unless it was set anew meanwhile."""
        where = (timers.c.id == timer.id) & (timers.c.due_at == timer.due_at)
        await self._connection.execute(
            update(timers).where(where).values(due_at=due_at, attempts=timers.c.attempts + 1)
        )

    async def lateness(self, now: datetime) -> float:
        """Seconds by which the oldest due timer is late; 0 if none is."""
        oldest = (await self._connection.execute(select(timers.c.due_at).order_by(timers.c.due_at).limit(1))).scalar()
        return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0

    async def count(self) -> int:
        return await self._connection.scalar(select(func.count()).select_from(timers)) or 0
