"""Questions that found no answer, or not the right one: masked and counted; nobody's id is with them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.gaps import Gap, GapKind, masked
from knowledge.texts import Locale
from storage.rows import insert_new
from storage.schema import gaps

MOST = 500  # that are looked at; the commonest


class Gaps:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, kind: GapKind, locale: Locale, text: str, slug: str, now: datetime) -> None:
        """Count it once more; `text` is masked here, so that nothing else gets in."""
        key = {"kind": kind, "locale": locale, "text": masked(text), "slug": slug}
        if await insert_new(self._connection, gaps, key | {"count": 1, "last_at": now}):
            return
        where = [gaps.c[name] == value for name, value in key.items()]
        await self._connection.execute(update(gaps).where(*where).values(count=gaps.c.count + 1, last_at=now))

    async def all(self) -> list[Gap]:
        """The commonest first."""
        columns = (gaps.c.id, gaps.c.kind, gaps.c.locale, gaps.c.text, gaps.c.slug, gaps.c.count)
        query = select(*columns).order_by(gaps.c.count.desc(), gaps.c.id).limit(MOST)
        rows = await self._connection.execute(query)
        return [Gap(number, GapKind(kind), Locale(locale), *rest) for number, kind, locale, *rest in rows]

    async def is_missed(self, texts: Collection[str]) -> bool:
        """Whether an answer to one of these got 👎."""
        where = (gaps.c.kind == GapKind.MISSED) & gaps.c.text.in_(texts)
        return await self._connection.scalar(select(gaps.c.id).where(where).limit(1)) is not None

    async def answered(self, texts: Collection[str]) -> None:
        """These are taught now."""
        await self._connection.execute(delete(gaps).where(gaps.c.text.in_(texts)))

    async def forget_before(self, moment: datetime) -> None:
        """Drop what nobody has asked since."""
        await self._connection.execute(delete(gaps).where(gaps.c.last_at < moment))
