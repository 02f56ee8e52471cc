"""What was taught, in conversations: it answers once it has proved itself, and goes when it does not help."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, lru_cache

from handlers.articles.service import ArticleService
from handlers.flows.service import FlowService
from handlers.lessons import card
from handlers.lessons.card import Name
from handlers.messenger import Message, post
from knowledge.gaps import Cluster, Gap, clusters
from knowledge.lessons import (
    SHADOW_MATCHES,
    Canonical,
    Lesson,
    LessonState,
    answering,
    cases_of,
    is_failing,
    matching,
)
from knowledge.routing import Route, Router
from knowledge.routing.router import HUMAN, LOOKUP
from knowledge.texts import Localized, Texts, literal
from storage.messages import Link
from storage.unit_of_work import Storage, UnitOfWork

REMEMBERED = 4096  # texts
LESSON = "lesson"  # kind of link: the card of a lesson

_log = logging.getLogger(__name__)


class LessonService:
    def __init__(
        self,
        storage: Storage,
        texts: Texts,
        router: Router,
        articles: ArticleService,
        flows: FlowService,
        *,
        desk_chat_id: int,
    ) -> None:
        self._storage, self._texts, self._router = storage, texts, router
        self._articles, self._flows = articles, flows
        self.desk_chat_id = desk_chat_id

    @cached_property
    def canonical(self) -> Canonical:
        """Remembers phrasings: they are compared with every question that the router is not sure of."""
        return lru_cache(REMEMBERED)(self._router.warm().canonical)

    # Parts of a larger use case, whose router is warm.

    async def answering(self, work: UnitOfWork, route: Route, text: str, now: datetime) -> Lesson | None:
        """The live lesson for this text. One in shadow only counts, and is logged."""
        lesson = await self.found(work, route, text)
        if lesson is None:
            return None
        seen = replace(lesson, matches=lesson.matches + 1)
        if lesson.state is LessonState.SHADOW:
            _log.info("lesson %d in shadow: %s instead of %s, match %d", seen.id, seen.topic, route.slug, seen.matches)
            if seen.matches >= SHADOW_MATCHES:
                seen = replace(seen, state=LessonState.LIVE)
                await self._tell_desk(work, seen, now)
        await work.lessons.move(seen, now)
        return seen if lesson.state is LessonState.LIVE else None

    async def found(self, work: UnitOfWork, route: Route, text: str) -> Lesson | None:
        """The lesson for this text, in shadow or live."""
        known = [lesson for lesson in await work.lessons.in_use() if lesson.answer or self.exists(lesson.slug)]
        return answering(text, route, known, self.canonical) if known else None

    def message(self, lesson: Lesson) -> Message:
        """What it answers, to be voted on; before a flow, only that it is about to begin."""
        shown = f"{lesson.topic}:{lesson.id}"
        if lesson.answer:
            return self._articles.taught(lesson.answer.title, lesson.answer.body, shown)
        if self._articles.exists(lesson.slug):
            return self._articles.message(lesson.slug, lesson.id)
        text = self._texts("teach.flow_begins", title=self._flows.title(lesson.slug))
        return Message(text, ((self._articles.missed(shown),),))

    async def rated(
        self, work: UnitOfWork, lesson_id: int, user_id: int, now: datetime, *, is_up: bool
    ) -> Lesson | None:
        """A vote on a taught answer. Too many 👎 retire it. The lesson that was voted on, if it was live."""
        lesson = await work.lessons.get(lesson_id)
        if lesson is None or lesson.state is not LessonState.LIVE:
            return None
        ups, downs = await work.lessons.vote(lesson_id, user_id, is_up=is_up)
        if is_failing(ups=ups, downs=downs):
            await self._tell_desk(work, await self.retire(work, lesson, now), now)
        return lesson

    async def retire(self, work: UnitOfWork, lesson: Lesson, now: datetime) -> Lesson:
        retired = replace(lesson, state=LessonState.RETIRED)
        await work.lessons.move(retired, now)
        await work.lessons.drop_cases(cases_of(lesson))
        _log.info("lesson %d retired", lesson.id)
        return retired

    async def _tell_desk(self, work: UnitOfWork, lesson: Lesson, now: datetime) -> None:
        message = card.lesson(self._texts, lesson, (), self.name)
        await work.outbox.add(post(self.desk_chat_id, message, link=Link(LESSON, lesson.id)), now=now)

    # What there is.

    def exists(self, slug: str) -> bool:
        """Whether there is an article or a flow to teach phrasings for."""
        return self._articles.exists(slug) or self._flows.exists(slug)

    def name(self, slug: str) -> Localized:
        """What people call a topic."""
        if slug in (HUMAN, LOOKUP):
            return self._texts("routing.choice.human" if slug == HUMAN else "routing.choice.lookup")
        return self._articles.name(slug) or self._flows.name(slug) or literal(slug)

    async def names(self, work: UnitOfWork) -> Name:
        """As `name`, with the titles of taught answers too."""
        taught = {lesson.topic: card.heading(lesson, self.name) for lesson in await work.lessons.written()}
        return lambda slug: taught.get(slug) or self.name(slug)

    async def in_use(self) -> list[Lesson]:
        async with self._storage.read() as work:
            return await work.lessons.in_use()

    async def clusters(self) -> list[Cluster]:
        """What was asked in vain and is not taught yet, the commonest first."""
        async with self._storage.read() as work:
            gaps, lessons = await work.gaps.all(), await work.lessons.in_use()
        return await asyncio.to_thread(self._clusters, gaps, lessons)

    def _clusters(self, gaps: Sequence[Gap], lessons: Sequence[Lesson]) -> list[Cluster]:
        canonical = self.canonical
        return clusters([gap for gap in gaps if not gap.text or not matching(gap.text, lessons, canonical)], canonical)
