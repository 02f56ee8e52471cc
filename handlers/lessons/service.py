"""Teaching: a lead says which article answers a question that found none; it goes live once it has proved itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from handlers.articles.service import ArticleService
from handlers.errors import Conflict, InvalidInput, NotFound, NotPermitted
from handlers.incoming import Incoming, Tap
from handlers.lessons import card
from handlers.messenger import Message, edit, post
from knowledge.gaps import Cluster, Gap, clusters, masked
from knowledge.lessons import (
    MOST_PHRASINGS,
    SHADOW_MATCHES,
    Canonical,
    Case,
    Failure,
    Lesson,
    LessonState,
    failures,
    is_failing,
    matching,
    too_short,
)
from knowledge.permissions import Action, KnowledgeBase, allowed
from knowledge.routing import Route, Router, Zone
from knowledge.texts import Texts
from knowledge.tickets import TicketState
from storage.unit_of_work import Storage, UnitOfWork

REMEMBERED = 4096  # texts

_log = logging.getLogger(__name__)


class LessonService:
    def __init__(
        self,
        storage: Storage,
        texts: Texts,
        router: Router,
        articles: ArticleService,
        *,
        desk_chat_id: int,
        zone: ZoneInfo,
    ) -> None:
        self._storage, self._texts, self._router, self._articles = storage, texts, router, articles
        self.desk_chat_id, self._zone = desk_chat_id, zone

    @cached_property
    def _canonical(self) -> Canonical:
        """Remembers phrasings: they are compared with every question that the router is not sure of."""
        return lru_cache(REMEMBERED)(self._router.warm().canonical)

    # What goes on in conversations: parts of a larger use case, whose router is warm.

    async def answering(self, work: UnitOfWork, route: Route, text: str, now: datetime) -> Lesson | None:
        """The live lesson for a text that the router is not sure of. One in shadow only counts, and is logged."""
        if route.zone is Zone.ANSWER:
            return None
        known = [lesson for lesson in await work.lessons.in_use() if self._articles.exists(lesson.slug)]
        lesson = matching(text, known, self._canonical) if known else None
        if lesson is None or lesson.state is LessonState.LIVE:
            return lesson
        seen = replace(lesson, matches=lesson.matches + 1)
        _log.info("lesson %d in shadow: %s instead of %s, match %d", seen.id, seen.slug, route.slug, seen.matches)
        if seen.matches >= SHADOW_MATCHES:
            seen = replace(seen, state=LessonState.LIVE)
            await self._tell_desk(work, seen, now)
        await work.lessons.move(seen, now)
        return None

    async def rated(self, work: UnitOfWork, lesson_id: int, user_id: int, now: datetime, *, is_up: bool) -> None:
        """A vote on a taught answer. Too many 👎 retire it."""
        lesson = await work.lessons.get(lesson_id)
        if lesson is None or lesson.state is not LessonState.LIVE:
            return
        ups, downs = await work.lessons.vote(lesson_id, user_id, is_up=is_up)
        if is_failing(ups=ups, downs=downs):
            await self._tell_desk(work, await self._retire(work, lesson, now), now)

    async def _retire(self, work: UnitOfWork, lesson: Lesson, now: datetime) -> Lesson:
        retired = replace(lesson, state=LessonState.RETIRED)
        await work.lessons.move(retired, now)
        await work.lessons.drop_cases(_cases(lesson))
        _log.info("lesson %d retired", lesson.id)
        return retired

    async def _tell_desk(self, work: UnitOfWork, lesson: Lesson, now: datetime) -> None:
        await work.outbox.add(post(self.desk_chat_id, self._card(lesson)), now=now)

    # What leads do at the desk.

    async def clusters(self) -> list[Cluster]:
        """What was asked in vain and is not taught yet, the commonest first."""
        async with self._storage.read() as work:
            gaps, lessons = await work.gaps.all(), await work.lessons.in_use()
        return await asyncio.to_thread(self._clusters, gaps, lessons)

    def _clusters(self, gaps: Sequence[Gap], lessons: Sequence[Lesson]) -> list[Cluster]:
        canonical = self._canonical
        return clusters([gap for gap in gaps if not gap.text or not matching(gap.text, lessons, canonical)], canonical)

    async def command(self, message: Incoming, now: datetime) -> None:
        """`/teach` alone: what there is to teach. With a slug and words, or in a solved ticket's topic: a draft."""
        words = message.text.split(maxsplit=2)[1:]
        found = [] if words else await self.clusters()
        async with self._storage.begin() as work:
            await self._require_lead(work, message.person.id)
            if not words:
                answer = card.overview(self._texts, [one for one in found if one.first.text], self._articles)
            else:
                asked = words[1] if words[1:] else await self._asked_in_ticket(work, message)
                answer = self._card(await self._draft(work, message.person.id, words[0], [asked], now))
            ticket = await work.tickets.in_topic(message.chat_id, message.topic_id) if message.topic_id else None
            answer = replace(answer, reply_to=message.message_id)
            row = post(message.chat_id, answer, ticket_id=ticket.id if ticket else None)
            await work.outbox.add(row, now=now)

    async def _asked_in_ticket(self, work: UnitOfWork, message: Incoming) -> str:
        """What the requester wrote before the message that is replied to; without one, what the ticket began with."""
        ticket = await work.tickets.in_topic(message.chat_id, message.topic_id) if message.topic_id else None
        if ticket is None:
            raise InvalidInput("teach.usage")
        if ticket.state not in (TicketState.SOLVED, TicketState.CLOSED):
            raise Conflict("teach.needs_solved")
        upto = await self._replied(work, message)
        asked = [kept for kept in await work.tickets.messages(ticket.id) if kept.direction == "in" and kept.text]
        before = [kept for kept in asked if upto and kept.id <= upto]
        if not asked:
            raise InvalidInput("teach.usage")
        return before[-1].text if before else asked[0].text

    async def _replied(self, work: UnitOfWork, message: Incoming) -> int | None:
        """The ticket message that is replied to: an agent's own one, or one relayed from the requester."""
        if message.reply_to is None:
            return None
        kept = await work.tickets.message_at(message.chat_id, message.reply_to)
        link = await work.outbox.linked(message.chat_id, message.reply_to)
        return kept.id if kept else link.entity if link and link.kind == "relay" else None

    async def _draft(self, work: UnitOfWork, author_id: int, slug: str, asked: Sequence[str], now: datetime) -> Lesson:
        if not self._articles.exists(slug):
            raise NotFound("teach.no_article", slug=slug)
        phrasings = tuple(dict.fromkeys(map(masked, asked)))[:MOST_PHRASINGS]
        return await work.lessons.add(Lesson(0, slug, phrasings, LessonState.DRAFT, author_id), now)

    async def show(self, pressed: Tap, gap_id: int, now: datetime) -> None:
        """A cluster with all its examples, and the articles that may answer it."""
        cluster = await self._cluster(pressed, gap_id)
        route = await asyncio.to_thread(self._router.route, cluster.first.text, self._today(now))
        near = [slug for slug in dict.fromkeys((cluster.first.slug, *route.top3)) if self._articles.exists(slug)]
        message = card.cluster(self._texts, cluster, near, self._articles)
        async with self._storage.begin() as work:
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, message), now=now)

    async def draft(self, pressed: Tap, gap_id: int, slug: str, now: datetime) -> None:
        """The cluster's questions as phrasings of this article, for the lead to look at."""
        cluster = await self._cluster(pressed, gap_id)
        async with self._storage.begin() as work:
            asked = [gap.text for gap in cluster.gaps]
            lesson = await self._draft(work, pressed.person.id, slug, asked, now)
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, self._card(lesson)), now=now)

    async def _cluster(self, pressed: Tap, gap_id: int) -> Cluster:
        async with self._storage.read() as work:
            await self._require_lead(work, pressed.person.id)
        holding = (one for one in await self.clusters() if gap_id in [gap.id for gap in one.gaps] and one.first.text)
        cluster = next(holding, None)
        if cluster is None:
            raise NotFound("teach.gone")
        return cluster

    async def accept(self, pressed: Tap, lesson_id: int, now: datetime) -> None:
        """✅: checked against every case; then it is watched in shadow."""
        async with self._storage.read() as work:
            lesson = await self._lesson(work, pressed, lesson_id, LessonState.DRAFT)
            cases, known = await work.lessons.cases(), await work.lessons.in_use()
        found = await asyncio.to_thread(self._check, lesson, cases, known, now)
        async with self._storage.begin() as work:
            lesson = await self._lesson(work, pressed, lesson_id, LessonState.DRAFT)
            if not found:
                lesson = replace(lesson, state=LessonState.SHADOW)
                await work.lessons.move(lesson, now)
                await work.lessons.add_cases(_cases(lesson))
                await work.gaps.answered(lesson.phrasings)
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, self._card(lesson, found)), now=now)

    def _check(self, lesson: Lesson, cases: Sequence[Case], known: Sequence[Lesson], now: datetime) -> list[Failure]:
        """What speaks against it: its own questions, and every case that would go wrong because of it."""
        canonical = self._canonical
        if short := too_short(lesson.phrasings, canonical):
            return [Failure(Case(short, lesson.slug), "")]
        own = _cases(lesson)
        others = [case for case in cases if case.text not in lesson.phrasings]

        def wrong(some: Sequence[Case], lessons: Sequence[Lesson]) -> list[Failure]:
            return failures(some, lessons, lambda text: self._router.route(text, self._today(now)), canonical)

        already = [failure.case for failure in wrong(others, known)]
        return wrong([*own, *(case for case in others if case not in already)], [*known, lesson])

    async def end(self, pressed: Tap, lesson_id: int, now: datetime) -> None:
        """✖ on a draft, or a lesson that shall answer no more."""
        async with self._storage.begin() as work:
            states = (LessonState.DRAFT, LessonState.SHADOW, LessonState.LIVE)
            lesson = await self._lesson(work, pressed, lesson_id, *states)
            retired = await self._retire(work, lesson, now)
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, self._card(retired)), now=now)

    async def _lesson(self, work: UnitOfWork, pressed: Tap, lesson_id: int, *states: LessonState) -> Lesson:
        await self._require_lead(work, pressed.person.id)
        lesson = await work.lessons.get(lesson_id)
        if lesson is None or lesson.state not in states:
            raise Conflict("teach.gone")
        return lesson

    async def _require_lead(self, work: UnitOfWork, user_id: int) -> None:
        if not allowed(await work.users.actor(user_id), Action.TEACH, KnowledgeBase()):
            raise NotPermitted

    def _card(self, lesson: Lesson, found: Sequence[Failure] = ()) -> Message:
        return card.lesson(self._texts, lesson, found, self._articles)

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._zone).date()


def _cases(lesson: Lesson) -> list[Case]:
    return [Case(phrasing, lesson.slug) for phrasing in lesson.phrasings]
