"""What must not be altered afterwards: each row carries the hash of the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import upsert
from storage.schema import audit, audit_head
from storage.sqlite_driver import LONG

A_DAY_OF_PERSON, A_DAY = 20, 2_000  # refusals that are written down, of one person and of all: half a megabyte a day
_HEAD = 1


class Audit:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def refused(self, actor_id: int | None, details: Mapping[str, Any], now: datetime) -> bool:
        """Somebody may not do what they tried. False, and nothing is written, beyond a (UTC) day's limits.

        The last row that a person's limit lets in says that it is the last.
        """
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        theirs = func.count().filter(audit.c.actor_id == actor_id)
        query = select(func.count(), theirs).where(audit.c.at >= midnight, audit.c.event == "refused")
        of_all, of_person = (await self._connection.execute(query)).one()
        if of_all >= A_DAY or of_person >= A_DAY_OF_PERSON:
            return False
        last = {"last_of_day": True} if of_person == A_DAY_OF_PERSON - 1 else {}
        await self._add("refused", actor_id, {**details, **last}, now)
        return True

    async def _add(self, event: str, actor_id: int | None, details: Mapping[str, Any], now: datetime) -> None:
        newest, before = await self._head(lock=True)
        values = {"id": newest + 1, "event": event, "actor_id": actor_id, "details": dict(details), "at": now}
        values["hash"] = _hash(before, **values)
        await self._connection.execute(insert(audit).values(values))
        head = {"id": _HEAD, "newest": newest + 1, "hash": values["hash"]}
        await upsert(self._connection, audit_head, head, key=("id",))

    async def _head(self, *, lock: bool = False) -> tuple[int, str]:
        query = select(audit_head.c.newest, audit_head.c.hash)
        row = (await self._connection.execute(query.with_for_update() if lock else query)).one_or_none()
        return (row.newest, row.hash) if row else (0, "")

    async def verified(self) -> tuple[int, int | None]:
        """How many rows there are, and the first that is altered or missing, if any is."""
        count, before = 0, ""
        rows = await self._connection.execute(select(audit).order_by(audit.c.id).prefix_with(LONG))
        for row in rows:
            if row.id != count + 1 or row.hash != _row_hash(before, row):
                return count, count + 1
            count, before = row.id, row.hash
        return count, None if await self._head() == (count, before) else count + 1


def _row_hash(before: str, row: Row[Any]) -> str:
    return _hash(before, id=row.id, event=row.event, actor_id=row.actor_id, details=row.details, at=row.at)


def _hash(before: str, **values: Any) -> str:
    values["at"] = values["at"].astimezone(UTC).isoformat()
    content = json.dumps([before, values], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()
