"""What the desk taught, its regression cases, and how people liked the answers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.lessons import Case, Lesson, LessonState
from knowledge.taught import Answer
from knowledge.texts import Localized
from storage.rows import insert_id, upsert
from storage.schema import lesson_votes, lessons, regression_cases

_COLUMNS = tuple(column for column in lessons.c if column.name not in ("created_at", "changed_at"))


class Lessons:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, lesson: Lesson, now: datetime) -> Lesson:
        """The given id is ignored."""
        values = {
            "slug": lesson.slug,
            "phrasings": list(lesson.phrasings),
            "state": lesson.state,
            "author_id": lesson.author_id,
            "matches": lesson.matches,
            "created_at": now,
            "changed_at": now,
            "answer": _answer_json(lesson.answer) if lesson.answer else None,
            "corrects": lesson.corrects,
        }
        return replace(lesson, id=await insert_id(self._connection, lessons, values))

    async def get(self, lesson_id: int) -> Lesson | None:
        row = (await self._connection.execute(select(*_COLUMNS).where(lessons.c.id == lesson_id))).one_or_none()
        return _lesson(row) if row else None

    async def forget_drafts(self, moment: datetime) -> None:
        """Drop drafts that nobody has decided on since."""
        where = (lessons.c.state == LessonState.DRAFT) & (lessons.c.changed_at < moment)
        await self._connection.execute(delete(lessons).where(where))

    async def in_use(self) -> list[Lesson]:
        """In shadow or live, oldest first."""
        where = lessons.c.state.in_([LessonState.SHADOW, LessonState.LIVE])
        rows = await self._connection.execute(select(*_COLUMNS).where(where).order_by(lessons.c.id))
        return [_lesson(row) for row in rows]

    async def written(self) -> list[Lesson]:
        """All that have an answer of their own, whatever became of them."""
        query = select(*_COLUMNS).where(lessons.c.answer.is_not(None)).order_by(lessons.c.id)
        return [_lesson(row) for row in await self._connection.execute(query)]

    async def page(self, first: int, count: int) -> list[Lesson]:
        """Drafts and those in use, newest first, from the `first`, which is 0."""
        query = select(*_COLUMNS).where(lessons.c.state != LessonState.RETIRED).order_by(lessons.c.id.desc())
        return [_lesson(row) for row in await self._connection.execute(query.offset(first).limit(count))]

    async def move(self, lesson: Lesson, now: datetime) -> None:
        """Write what may change: state, matches and its own answer."""
        values = {"state": lesson.state, "matches": lesson.matches, "changed_at": now}
        if lesson.answer:
            values["answer"] = _answer_json(lesson.answer)
        await self._connection.execute(update(lessons).where(lessons.c.id == lesson.id).values(values))

    async def add_cases(self, cases: Sequence[Case]) -> None:
        """A text has one right topic: the newest that was taught."""
        for case in cases:
            await upsert(self._connection, regression_cases, {"text": case.text, "slug": case.slug}, key=("text",))

    async def drop_cases(self, cases: Sequence[Case]) -> None:
        """What another lesson has taught of the same texts stays."""
        for case in cases:
            where = (regression_cases.c.text == case.text) & (regression_cases.c.slug == case.slug)
            await self._connection.execute(delete(regression_cases).where(where))

    async def cases(self) -> list[Case]:
        rows = await self._connection.execute(select(regression_cases).order_by(regression_cases.c.text))
        return [Case(row.text, row.slug) for row in rows]

    async def vote(self, lesson_id: int, user_id: int, *, is_up: bool) -> tuple[int, int]:
        """👍 and 👎 now. A person's last vote counts, once; only a digest tells people apart."""
        voter = hashlib.sha256(f"{lesson_id}:{user_id}".encode()).hexdigest()[:16]
        values = {"lesson_id": lesson_id, "voter": voter, "is_up": is_up}
        await upsert(self._connection, lesson_votes, values, key=("lesson_id", "voter"))
        return await self.votes(lesson_id)

    async def votes(self, lesson_id: int) -> tuple[int, int]:
        """👍 and 👎."""
        query: Select[tuple[bool, int]] = (
            select(lesson_votes.c.is_up, func.count())
            .where(lesson_votes.c.lesson_id == lesson_id)
            .group_by(lesson_votes.c.is_up)
        )
        counts = dict((await self._connection.execute(query)).tuples().all())
        return counts.get(True, 0), counts.get(False, 0)


def _answer_json(answer: Answer) -> dict[str, dict[str, str]]:
    return {"title": answer.title.to_json(), "body": answer.body.to_json()}


def _lesson(row: Row[Any]) -> Lesson:
    return Lesson(
        row.id,
        row.slug,
        tuple(row.phrasings),
        LessonState(row.state),
        row.author_id,
        row.matches,
        _answer(row.answer) if row.answer else None,
        row.corrects,
    )


def _answer(data: dict[str, dict[str, str]]) -> Answer:
    return Answer(Localized.from_json(data["title"]), Localized.from_json(data["body"]))
