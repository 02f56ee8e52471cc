"""Look-ups that found nothing sure, and who waits for which of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import insert_new_id
from storage.schema import members, organization_aliases, waits

LONGEST = 400  # characters of a text


class WaitState(StrEnum):
    ASKED = "asked"  # nobody waits: only the buttons below the answer need it
    WAITING = "waiting"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Wait:
    """`text` as it was written on the local day `asked_on`, or "" if only `facts` are known.

    `refused`: keys of invoices that are not the one. `since`: when it was asked, or the waiting began.
    """

    id: int
    user_id: int
    state: WaitState
    facts: Mapping[str, str]
    text: str
    asked_on: date
    refused: frozenset[str]
    since: datetime


class Waits:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def remember(
        self, user_id: int, facts: Mapping[str, str], text: str, asked_on: date, refused: Collection[str], now: datetime
    ) -> int:
        """The id of what was asked for. The same once more is the same row; if nobody waits for it, it begins anew."""
        fingerprint = hashlib.sha256(json.dumps([sorted(facts.items()), text]).encode()).hexdigest()
        values = {"facts": dict(facts), "text": text[:LONGEST], "asked_on": asked_on, "refused": sorted(refused)}
        of = {"user_id": user_id, "fingerprint": fingerprint, "state": WaitState.ASKED, "since": now}
        wait_id = await insert_new_id(self._connection, waits, of | values)
        if wait_id is not None:
            return wait_id
        where = (waits.c.user_id == user_id) & (waits.c.fingerprint == fingerprint)
        idle = where & (waits.c.state != WaitState.WAITING)
        await self._connection.execute(
            update(waits)
            .where(idle)
            .values(state=WaitState.ASKED, since=now, asked_on=asked_on, refused=sorted(refused))
        )
        found: int = (await self._connection.execute(select(waits.c.id).where(where))).scalar_one()
        return found

    async def get(self, wait_id: int, user_id: int | None = None) -> Wait | None:
        """None too if it is not this person's."""
        query = select(waits).where(waits.c.id == wait_id)
        if user_id is not None:
            query = query.where(waits.c.user_id == user_id)
        row = (await self._connection.execute(query)).one_or_none()
        return _wait(row) if row else None

    async def refuse(self, wait: Wait, keys: Collection[str]) -> None:
        refused = sorted(wait.refused | set(keys))
        await self._connection.execute(update(waits).where(waits.c.id == wait.id).values(refused=refused))

    async def move(self, wait_id: int, state: WaitState, now: datetime) -> None:
        await self._connection.execute(update(waits).where(waits.c.id == wait_id).values(state=state, since=now))

    async def drop(self, wait_id: int) -> None:
        await self._connection.execute(delete(waits).where(waits.c.id == wait_id))

    async def of_user(self, user_id: int) -> list[Wait]:
        """What the person waits for, the oldest first."""
        where = (waits.c.user_id == user_id) & (waits.c.state == WaitState.WAITING)
        return [_wait(row) for row in await self._connection.execute(select(waits).where(where).order_by(waits.c.id))]

    async def count(self, user_id: int) -> int:
        where = (waits.c.user_id == user_id) & (waits.c.state == WaitState.WAITING)
        return await self._connection.scalar(select(func.count()).select_from(waits).where(where)) or 0

    async def any(self) -> bool:
        """Whether anybody waits at all."""
        query = select(waits.c.id).where(waits.c.state == WaitState.WAITING).limit(1)
        return await self._connection.scalar(query) is not None

    async def in_scope(self, tax_ids: Collection[str], user_id: int | None = None) -> list[int]:
        """Those of people, or of this one, who may see invoices of one of these tax ids."""
        query = (
            select(waits.c.id)
            .join(members, members.c.user_id == waits.c.user_id)
            .join(organization_aliases, organization_aliases.c.org_id == members.c.org_id)
            .where(waits.c.state == WaitState.WAITING, organization_aliases.c.alias.in_(set(tax_ids) - {""}))
            .distinct()
        )
        if user_id is not None:
            query = query.where(waits.c.user_id == user_id)
        return list(await self._connection.scalars(query))

    async def forget_before(self, moment: datetime) -> None:
        """What nobody waits for any more, with the buttons of back then."""
        where = (waits.c.state != WaitState.WAITING) & (waits.c.since < moment)
        await self._connection.execute(delete(waits).where(where))


def _wait(row: Row[Any]) -> Wait:
    return Wait(
        row.id,
        row.user_id,
        WaitState(row.state),
        row.facts,
        row.text,
        row.asked_on,
        frozenset(row.refused),
        row.since,
    )
