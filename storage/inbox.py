"""Updates as they came, before they are confirmed to Telegram. A row is handled once, whatever happens in between."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import insert_new_id
from storage.schema import inbox
from storage.sqlite_driver import LONG


@dataclass(frozen=True, slots=True)
class Received:
    """One stored update. `lane` names the chat and topic inside which order is kept."""

    id: int
    update_id: int
    lane: str
    payload: str
    attempts: int

    @property
    def update(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.payload)
        return data


_DONE = update(inbox).where(inbox.c.id == bindparam("row_id")).values(state="done")


class Inbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, bot_id: int, updates: Sequence[tuple[str, Mapping[str, Any]]], now: datetime) -> list[Received]:
        """Store (lane, update) pairs; those that were stored before are left out of the result, in the given order."""
        received = []
        for lane, data in updates:
            payload = json.dumps(data, separators=(",", ":"))  # in ASCII: half a surrogate pair can't be stored
            values = {
                "bot_id": bot_id,
                "update_id": data["update_id"],
                "lane": lane,
                "payload": payload,
                "state": "pending",
                "attempts": 0,
                "error": "",
                "received_at": now,
            }
            row_id = await insert_new_id(self._connection, inbox, values)
            if row_id is not None:
                received.append(Received(row_id, data["update_id"], lane, payload, 0))
        return received

    async def pending(self) -> list[Received]:
        """What a crash left unhandled, oldest first."""
        query = select(inbox.c.id, inbox.c.update_id, inbox.c.lane, inbox.c.payload, inbox.c.attempts)
        rows = await self._connection.execute(query.where(inbox.c.state == "pending").order_by(inbox.c.id))
        return [Received(*row) for row in rows]

    async def done(self, row_id: int) -> None:
        await self._connection.execute(_DONE, {"row_id": row_id})

    async def failed(self, row_id: int, error: str, *, park: bool) -> None:
        """Count one failed attempt; a parked row is not tried again and its chat goes on."""
        values = {"attempts": inbox.c.attempts + 1, "error": error, "state": "parked" if park else "pending"}
        await self._connection.execute(update(inbox).where(inbox.c.id == row_id).values(values))

    async def forget_before(self, moment: datetime) -> None:
        """Drop handled rows. Must reach back further than Telegram keeps updates (24 h): update ids restart at random
        after a quiet week, and an old row with the same id would swallow the new update."""
        where = (inbox.c.state == "done") & (inbox.c.received_at < moment)
        await self._connection.execute(delete(inbox).where(where).prefix_with(LONG))

    async def counts(self) -> dict[str, int]:
        rows = await self._connection.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state))
        return {row[0]: row[1] for row in rows}
