"""What leads do at the desk: say what answers a question that found nothing, or the wrong thing."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.errors import Conflict, InvalidInput, NotFound, NotPermitted
from handlers.incoming import Incoming, Tap
from handlers.lessons import card
from handlers.lessons.service import LESSON, LessonService
from handlers.messenger import Message, edit, post, strip
from handlers.tickets.moves import said
from knowledge.gaps import Cluster, masked
from knowledge.lessons import MOST_PHRASINGS, Case, Failure, Lesson, LessonState, cases_of, objections
from knowledge.permissions import Action, KnowledgeBase, allowed
from knowledge.routing import Router
from knowledge.taught import MAX_TITLE, Answer, Flaw, Written, language_of, parts, unshowable, written
from knowledge.texts import Locale, Texts, plain
from knowledge.tickets import Ticket, TicketState
from storage.messages import Link
from storage.unit_of_work import Storage, UnitOfWork

GAP = "gap"  # kind of link: the card of a cluster
LIST, NEW = "list", "new"  # words after /teach that are no topics
Given = dict[Locale, Written | None]  # what was written in each language; None where half is missing
_COMMAND = re.compile(rf"^/\S+\s+{NEW}\b")


class TeachingService:
    def __init__(
        self, storage: Storage, texts: Texts, router: Router, lessons: LessonService, *, zone: ZoneInfo
    ) -> None:
        self._storage, self._texts, self._router, self._lessons, self._zone = storage, texts, router, lessons, zone
        self.desk_chat_id = lessons.desk_chat_id

    async def command(self, message: Incoming, now: datetime) -> None:
        """`/teach` alone: what there is to teach. `list`: what was taught. Anything else makes a draft."""
        words = message.text.split(maxsplit=2)[1:]
        found = [] if words else await self._lessons.clusters()
        async with self._storage.begin() as work:
            await self._require_lead(work, message.person.id)
            ticket = await work.tickets.in_topic(message.chat_id, message.topic_id) if message.topic_id else None
            if not words:
                answer, link = await self._overview(work, found), None
            elif words == [LIST]:
                answer, link = await self._page(work, 0), None
            else:
                lesson = await self._from_command(work, ticket, message, words, now)
                answer, link = await self._card(work, lesson), Link(LESSON, lesson.id)
            answer = replace(answer, reply_to=message.message_id)
            row = post(message.chat_id, answer, ticket_id=ticket.id if ticket else None, link=link)
            await work.outbox.add(row, now=now)

    async def _from_command(
        self, work: UnitOfWork, ticket: Ticket | None, message: Incoming, words: Sequence[str], now: datetime
    ) -> Lesson:
        """`topic question`, or `new title` with the answer below; in a solved ticket's topic, what stands there."""
        if words[0] == NEW:
            return await self._from_text(work, ticket, message, now)
        asked = words[1] if words[1:] else await self._asked_in_ticket(work, ticket, message)
        return await self._draft(work, message.person.id, words[0], [asked], now)

    async def _from_text(self, work: UnitOfWork, ticket: Ticket | None, message: Incoming, now: datetime) -> Lesson:
        """A title, which is the question too, and the answer below; in a solved ticket's topic what is left out of
        these is taken from there: the requester's question, and the agent's message that is replied to."""
        title, _, body = _COMMAND.sub("", _html(message)).strip().partition("\n")
        asked = plain(title)
        if ticket is not None:
            asked = await self._asked_in_ticket(work, ticket, message)
            title = title or html.escape(masked(asked)[:MAX_TITLE], quote=False)
            body = body or await self._agents_answer(work, message)
        one = written(f"{title}\n{body}")
        if one is None:
            raise InvalidInput("teach.new_usage")
        return await self._draft_answer(work, message.person.id, [asked], _one(one), now)

    async def _agents_answer(self, work: UnitOfWork, message: Incoming) -> str:
        kept = await work.tickets.message_at(message.chat_id, message.reply_to) if message.reply_to else None
        return html.escape(said(kept.text), quote=False) if kept is not None and kept.direction == "out" else ""

    async def _asked_in_ticket(self, work: UnitOfWork, ticket: Ticket | None, message: Incoming) -> str:
        """What the requester wrote before the message that is replied to; without one, what the ticket began with."""
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
        if not self._lessons.exists(slug):
            raise NotFound("teach.no_article", slug=slug)
        return await self._add(work, Lesson(0, slug, (), LessonState.DRAFT, author_id), asked, now)

    async def _draft_answer(
        self, work: UnitOfWork, author_id: int, asked: Sequence[str], given: Given, now: datetime
    ) -> Lesson:
        lesson = Lesson(0, "", (), LessonState.DRAFT, author_id, answer=Answer.of(_complete(given)))
        return await self._add(work, lesson, asked, now)

    async def _add(self, work: UnitOfWork, lesson: Lesson, asked: Sequence[str], now: datetime) -> Lesson:
        phrasings = tuple(dict.fromkeys(map(masked, asked)))[:MOST_PHRASINGS]
        corrects = await work.gaps.is_missed(phrasings)
        return await work.lessons.add(replace(lesson, phrasings=phrasings, corrects=corrects), now)

    async def reply(self, message: Incoming, now: datetime) -> bool:
        """An answer that a lead writes below a cluster, or a language of it below a draft; False for other replies."""
        if message.reply_to is None:
            return False
        async with self._storage.read() as work:
            link = await work.outbox.linked(message.chat_id, message.reply_to)
        if link is None or link.kind not in (GAP, LESSON):
            return False
        given = parts(_html(message))
        if link.kind == GAP:
            given = given or _one(written(_html(message)))
        elif not given:
            return False
        cluster = await self._cluster_of(message.person.id, link.entity) if link.kind == GAP else None
        async with self._storage.begin() as work:
            if cluster is None:
                lesson = await self._completed(work, message.person.id, link.entity, given, now)
            else:
                asked = [gap.text for gap in cluster.gaps]
                lesson = await self._draft_answer(work, message.person.id, asked, given, now)
            ticket = await work.tickets.in_topic(message.chat_id, message.topic_id) if message.topic_id else None
            answer = replace(await self._card(work, lesson), reply_to=message.message_id)
            row = post(message.chat_id, answer, ticket_id=ticket.id if ticket else None, link=Link(LESSON, lesson.id))
            await work.outbox.add(strip(message.chat_id, message.reply_to), row, now=now)
        return True

    async def _completed(self, work: UnitOfWork, user_id: int, lesson_id: int, given: Given, now: datetime) -> Lesson:
        lesson = await self._lesson(work, user_id, lesson_id, LessonState.DRAFT)
        if lesson.answer is None:
            raise Conflict("teach.not_its_own", title=self._lessons.name(lesson.slug))
        lesson = replace(lesson, answer=lesson.answer.with_parts(_complete(given)))
        await work.lessons.move(lesson, now)
        return lesson

    async def show(self, pressed: Tap, gap_id: int, now: datetime) -> None:
        """A cluster with all its examples, and what may answer it; a reply to it is an answer of its own."""
        cluster = await self._cluster_of(pressed.person.id, gap_id)
        route = await asyncio.to_thread(self._router.route, cluster.first.text, self._today(now))
        near = [slug for slug in dict.fromkeys((cluster.first.slug, *route.top3)) if self._lessons.exists(slug)]
        message = card.cluster(self._texts, cluster, near, self._lessons.name)
        async with self._storage.begin() as work:
            await work.outbox.link(pressed.chat_id, pressed.message_id, Link(GAP, cluster.first.id))
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, message), now=now)

    async def draft(self, pressed: Tap, gap_id: int, slug: str, now: datetime) -> None:
        """The cluster's questions as phrasings of this topic, for the lead to look at."""
        cluster = await self._cluster_of(pressed.person.id, gap_id)
        async with self._storage.begin() as work:
            lesson = await self._draft(work, pressed.person.id, slug, [gap.text for gap in cluster.gaps], now)
            await self._show_here(work, pressed, await self._card(work, lesson), lesson.id, now)

    async def _cluster_of(self, user_id: int, gap_id: int) -> Cluster:
        async with self._storage.read() as work:
            await self._require_lead(work, user_id)
        clusters = await self._lessons.clusters()
        holding = (one for one in clusters if gap_id in [gap.id for gap in one.gaps] and one.first.text)
        cluster = next(holding, None)
        if cluster is None:
            raise NotFound("teach.gone")
        return cluster

    async def accept(self, pressed: Tap, lesson_id: int, now: datetime) -> None:
        """✅: checked against every case; then it is watched in shadow."""
        async with self._storage.read() as work:
            lesson = await self._lesson(work, pressed.person.id, lesson_id, LessonState.DRAFT)
            cases, known = await work.lessons.cases(), await work.lessons.in_use()
        found = await asyncio.to_thread(self._check, lesson, cases, known, now)
        async with self._storage.begin() as work:
            if await self._lesson(work, pressed.person.id, lesson_id, LessonState.DRAFT) != lesson:
                raise Conflict("teach.gone")
            if not found:
                lesson = replace(lesson, state=LessonState.SHADOW)
                await work.lessons.move(lesson, now)
                await work.lessons.add_cases(cases_of(lesson))
                await work.gaps.answered(lesson.phrasings)
            await self._show_here(work, pressed, await self._card(work, lesson, found), lesson.id, now)

    def _check(
        self, lesson: Lesson, cases: Sequence[Case], known: Sequence[Lesson], now: datetime
    ) -> list[Failure | Flaw]:
        today, canonical = self._today(now), self._lessons.canonical
        router = self._router
        return objections(lesson, known, cases, router.base, lambda text: router.route(text, today), canonical)

    async def page(self, pressed: Tap, first: int, now: datetime) -> None:
        """Another page of what was taught."""
        async with self._storage.begin() as work:
            await self._require_lead(work, pressed.person.id)
            page = await self._page(work, first)
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, page), now=now)

    async def _page(self, work: UnitOfWork, first: int) -> Message:
        found = await work.lessons.page(first, card.LISTED + 1)
        rows = [(lesson, await work.lessons.votes(lesson.id)) for lesson in found]
        return card.listed(self._texts, rows, first, self._lessons.name)

    async def _overview(self, work: UnitOfWork, found: Sequence[Cluster]) -> Message:
        asked = [cluster for cluster in found if cluster.first.text]
        return card.overview(self._texts, asked, await self._lessons.names(work))

    async def see(self, pressed: Tap, lesson_id: int, now: datetime) -> None:
        """A lesson's card, where the list was."""
        async with self._storage.begin() as work:
            lesson = await self._lesson(work, pressed.person.id, lesson_id, *LessonState)
            await self._show_here(work, pressed, await self._card(work, lesson), lesson.id, now)

    async def end(self, pressed: Tap, lesson_id: int, now: datetime) -> None:
        """✖ on a draft, or a lesson that shall answer no more."""
        async with self._storage.begin() as work:
            states = (LessonState.DRAFT, LessonState.SHADOW, LessonState.LIVE)
            lesson = await self._lesson(work, pressed.person.id, lesson_id, *states)
            retired = await self._lessons.retire(work, lesson, now)
            await self._show_here(work, pressed, await self._card(work, retired), lesson_id, now)

    async def _show_here(self, work: UnitOfWork, pressed: Tap, message: Message, lesson_id: int, now: datetime) -> None:
        """In the place of what was tapped, which is the lesson's card from now on."""
        await work.outbox.link(pressed.chat_id, pressed.message_id, Link(LESSON, lesson_id))
        await work.outbox.add(edit(pressed.chat_id, pressed.message_id, message), now=now)

    async def _lesson(self, work: UnitOfWork, user_id: int, lesson_id: int, *states: LessonState) -> Lesson:
        await self._require_lead(work, user_id)
        lesson = await work.lessons.get(lesson_id)
        if lesson is None or lesson.state not in states:
            raise Conflict("teach.gone")
        return lesson

    async def _require_lead(self, work: UnitOfWork, user_id: int) -> None:
        if not allowed(await work.users.actor(user_id), Action.TEACH, KnowledgeBase()):
            raise NotPermitted

    async def _card(self, work: UnitOfWork, lesson: Lesson, found: Sequence[Failure | Flaw] = ()) -> Message:
        return card.lesson(self._texts, lesson, found, await self._lessons.names(work))

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._zone).date()


def _html(message: Incoming) -> str:
    return message.html or html.escape(message.text, quote=False)


def _one(one: Written | None) -> Given:
    """In the language that it is written in."""
    return {language_of(one.body if one else ""): one}


def _complete(given: Given) -> dict[Locale, Written]:
    """Raises InvalidInput where a title or an answer is missing, or what Telegram would not show."""
    complete = {locale: one for locale, one in given.items() if one is not None}
    if len(complete) < len(given):
        raise InvalidInput("teach.title_and_answer")
    for one in complete.values():
        if kind := unshowable(one):
            raise InvalidInput(f"teach.unshowable.{kind}")
    return complete
