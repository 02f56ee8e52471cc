"""Ways to answer a person: an article, a flow, a look-up, a ticket, or an honest “I don't know”."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.alerts.service import AlertService
from handlers.articles.service import ArticleService
from handlers.browsing.service import BrowsingService
from handlers.conversation.menu import clarify_rows, human_row
from handlers.conversation.recent import RecentTopics
from handlers.errors import NotFound
from handlers.flows.service import FlowService
from handlers.import_export.uploads import UploadService
from handlers.incoming import Incoming
from handlers.invoices.service import InvoiceService
from handlers.invoices.verify import VerifyService
from handlers.invoices.waiting import WaitService
from handlers.lessons.service import LessonService
from handlers.messenger import Button, Message, Rows, post
from handlers.organizations.service import OrganizationService
from handlers.tickets.service import Request, TicketService
from handlers.users.service import UserService
from knowledge.gaps import GapKind
from knowledge.invoices.fields import Problem, is_only_facts, read_number
from knowledge.invoices.queries import bare_name, understand
from knowledge.invoices.query import HeadReading, NameReading
from knowledge.routing import Route, Router, Zone, is_thanks
from knowledge.routing.router import HUMAN, LOOKUP, SMALLTALK
from knowledge.texts import Localized, Texts
from knowledge.tickets import GRACE, Ticket, TicketState
from storage.unit_of_work import UnitOfWork
from storage.users import Conversation, User

MAIN_FLOW = "invoice-not-showing"
VERIFY_FORM = "verify-invoice"
EXPECT_TICKET, EXPECT_LOOKUP = "ticket", "lookup"
MISSES = 2
LONG = 1500  # characters: no question any more
SUBJECT = 24  # characters of what was written that name a ticket


@dataclass(frozen=True, slots=True)
class Features:
    """What the conversation can hand over to."""

    users: UserService
    flows: FlowService
    invoices: InvoiceService
    waits: WaitService
    verifications: VerifyService
    tickets: TicketService
    alerts: AlertService
    articles: ArticleService
    organizations: OrganizationService
    lessons: LessonService
    uploads: UploadService
    browsing: BrowsingService


class Answers:
    """Each method is a part of a larger use case."""

    def __init__(self, texts: Texts, router: Router, features: Features, zone: ZoneInfo) -> None:
        self._texts, self._router, self._do, self._zone = texts, router, features, zone
        self._recent = RecentTopics()

    def route(self, message: Incoming, now: datetime) -> Route:
        last = self._recent.of(message.person.id, now)
        return self._router.route(message.text, self._today(now), last)

    async def carry_out(self, work: UnitOfWork, user: User, route: Route, message: Incoming, now: datetime) -> None:
        """Carry out what was taught, or else what the router decided."""
        if not await self.taught(work, user, route, message, now):
            await self.routed(work, user, route, message, now)

    async def taught(self, work: UnitOfWork, user: User, route: Route, message: Incoming, now: datetime) -> bool:
        """The answer of a lesson; False if there is none. What a lesson begins goes on if it is running already."""
        lesson = await self._do.lessons.answering(work, route, message.text, now)
        if lesson is None:
            return False
        await work.users.save_conversation(user.id, Conversation())
        self._recent.told(user.id, lesson.topic, now, message.text)
        running = await work.flows.running(user.id)
        if running is not None and running.flow == lesson.slug:
            return True
        await self.say(work, user, self._do.lessons.message(lesson), now)
        if self._do.flows.exists(lesson.slug):
            await self._do.flows.begin(work, user, lesson.slug, now, facts=route.facts, message=message)
        return True

    async def routed(self, work: UnitOfWork, user: User, route: Route, message: Incoming, now: datetime) -> None:
        """Carry out what the router decided."""
        if route.zone is Zone.UNKNOWN and await self._told_invoice(work, user, route, message, now):
            return
        if route.zone is Zone.UNKNOWN or (route.zone is Zone.CLARIFY and len(message.text) > LONG):
            await self._missed(work, user, route, message, now)
            return
        await work.users.save_conversation(user.id, Conversation())
        if route.zone is Zone.CLARIFY:
            rows = clarify_rows(self._texts, self._titles(route.top3), message)
            question = Message(self._texts("routing.clarify"), rows, reply_to=message.message_id)
            await self.say(work, user, question, now)
        elif route.slug == HUMAN:
            await self.file(work, user, message, now)
        elif route.slug == SMALLTALK and route.small_talk is not None:
            await self.say(work, user, Message(self._texts(f"smalltalk.{route.small_talk}")), now)
        elif route.is_list:
            await self.say(work, user, await self._do.browsing.first(user.id), now)
        elif route.slug == LOOKUP:
            await self._look_up(work, user, route.facts, message, now)
        else:
            await self.topic(work, user, route.flow or route.slug, now, facts=route.facts, message=message)

    async def _told_invoice(self, work: UnitOfWork, user: User, route: Route, message: Incoming, now: datetime) -> bool:
        """What says nothing but which invoice it is, from somebody who may see any: a day and a sum, or a number's
        beginning with either; a name, if somebody in their scope is called so; a name with a sum or a day, if there is
        an invoice of both. Whether it did."""
        today = self._today(now)
        if is_only_facts(message.text, today):
            if await self._is_known_nowhere(work, user):
                return False
            await work.users.save_conversation(user.id, Conversation())
            await self._look_up(work, user, route.facts, message, now)
            return True
        query = understand(message.text, today)
        is_theirs = self._do.invoices.names_party if bare_name(query) else self._do.invoices.agrees_twice
        if not await is_theirs(await work.users.actor(user.id), query):
            return False
        return await self._do.invoices.answer(work, user, query, now)

    async def told_beside_flow(self, work: UnitOfWork, user: User, message: Incoming, now: datetime) -> bool:
        """A name or a number's beginning, which no question takes, with a sum or a day of an invoice of theirs. Whether
        it was one, and is answered."""
        query = understand(message.text, self._today(now))
        readings = [reading for token in query.tokens for reading in token.readings]
        if not any(isinstance(reading, NameReading | HeadReading) for reading in readings):
            return False
        if not await self._do.invoices.agrees_twice(await work.users.actor(user.id), query):
            return False
        return await self._do.invoices.answer(work, user, query, now)

    async def looked_for(self, work: UnitOfWork, user: User, message: Incoming, now: datetime) -> None:
        """What was sent after we had asked for a number: a name alone will do, unless it is surely about a topic."""
        route = self.route(message, now)
        if route.zone is Zone.ANSWER and route.slug not in (LOOKUP, SMALLTALK):
            await self.carry_out(work, user, route, message, now)
        else:
            await self._look_up(work, user, route.facts, message, now)

    async def told_apart(self, work: UnitOfWork, user: User, expecting: str, message: Incoming, now: datetime) -> bool:
        """Whether this is what we asked for to tell a list's invoices apart, and no question about a topic."""
        route = self.route(message, now)
        if route.zone is Zone.ANSWER and route.slug not in (LOOKUP, SMALLTALK):
            return False
        return await self._do.invoices.told_apart(work, user, expecting, message.text, now)

    async def _look_up(
        self, work: UnitOfWork, user: User, facts: Mapping[str, str], message: Incoming, now: datetime
    ) -> None:
        """Nothing found leads into the troubleshooting, with what is known filled in, unless a flow is running.

        A number that cannot be one is told so instead.
        """
        query = understand(message.text, self._today(now))
        if query.tokens and await self._do.invoices.answer(work, user, query, now, facts=facts):
            return
        is_running = await work.flows.running(user.id) is not None
        slip = None if len(facts.get("number", "")) in (8, 20) or "tail" in facts else read_number(message.text)
        if isinstance(slip, Problem) and ("number" in facts or message.text.strip().isdecimal()):
            await self.say(work, user, Message(slip.text(self._texts)), now)
            return
        if not facts and not query.tokens:
            await self.ask_number(work, user, now)
            return
        if not facts:
            if not await self._is_known_nowhere(work, user):
                await self.say(work, user, Message(self._texts("lookup.none_like_that")), now)
            return
        if not await self._is_known_nowhere(work, user):
            text = self._texts("lookup.none" if is_running else "lookup.none_so_far")
            rows = await self._do.waits.offer(work, user, facts, query.text, now)
            await self.say(work, user, Message(text, rows), now)
        if not is_running:
            await self._do.flows.begin(work, user, MAIN_FLOW, now, facts=facts, message=message)

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._zone).date()

    async def _is_known_nowhere(self, work: UnitOfWork, user: User) -> bool:
        return not (await work.users.actor(user.id)).tax_ids

    async def topic(
        self,
        work: UnitOfWork,
        user: User,
        slug: str,
        now: datetime,
        *,
        facts: Mapping[str, str] | None = None,
        message: Incoming | None = None,
    ) -> None:
        said = message.text if message else self._recent.said(user.id, now)
        self._recent.told(user.id, slug, now, message.text if message else "")
        if self._do.flows.exists(slug):
            await self._do.flows.begin(work, user, slug, now, facts=facts, message=message, said=said)
        elif self._do.articles.exists(slug):
            await self.say(work, user, self._do.articles.message(slug), now)
        else:
            raise NotFound("error.unknown_button")

    async def _missed(self, work: UnitOfWork, user: User, route: Route, message: Incoming, now: datetime) -> None:
        """Say so honestly; the second time in a row, offer a human."""
        if len(message.text) > LONG:
            await self.too_long(work, user, message, now)
            return
        await work.gaps.add(GapKind.UNKNOWN, user.locale, message.text, next(iter(route.top3), ""), now)
        talk = await work.users.conversation(user.id)
        await work.users.save_conversation(user.id, replace(talk, misses=talk.misses + 1))
        human = human_row(self._texts, f"m:file:{message.message_id}")
        rows: Rows
        if talk.misses + 1 >= MISSES:
            text, rows = self._texts("routing.twice_missed"), (human,)
        elif near := self._titles(route.top3):
            text, rows = self._texts("routing.unknown_nearest"), (*((button,) for button in near), human)
        else:
            text, rows = self._texts("routing.unknown"), (human,)
        await self.say(work, user, Message(text, rows, reply_to=message.message_id), now)

    async def unsure(self, work: UnitOfWork, user: User, message: Incoming, now: datetime) -> None:
        """None of the topics that were offered was it: kept, as far as Telegram still shows the question."""
        if message.text:
            nearest = next(iter(self.route(message, now).top3), "")
            await work.gaps.add(GapKind.UNSURE, user.locale, message.text, nearest, now)

    async def rated(
        self, work: UnitOfWork, user: User, slug: str, now: datetime, *, is_up: bool, lesson_id: int | None
    ) -> None:
        """👍 or 👎 on an answer: a 👎 is kept with what had been asked, as far as that is still known."""
        lessons = self._do.lessons
        lesson = await lessons.rated(work, lesson_id, user.id, now, is_up=is_up) if lesson_id is not None else None
        if not is_up and (self._do.articles.exists(slug) or (lesson is not None and lesson.topic == slug)):
            question = self._recent.question(user.id, slug)
            await work.gaps.add(GapKind.MISSED, user.locale, question, slug, now)
        rows = () if is_up else (human_row(self._texts, "m:human"),)
        await self.say(work, user, Message(self._texts(f"article.{'helped' if is_up else 'missed'}"), rows), now)

    async def too_long(self, work: UnitOfWork, user: User, message: Incoming, now: datetime) -> None:
        """One answer a minute: clients cut a long paste into many messages."""
        rows = (human_row(self._texts, f"m:file:{message.message_id}"),)
        answer = Message(self._texts("routing.too_long"), rows, reply_to=message.message_id)
        await work.outbox.add(post(user.id, answer, slot=f"long:{now:%Y%m%d%H%M}"), now=now)

    async def file(self, work: UnitOfWork, user: User, message: Incoming, now: datetime, *, about: str = "") -> None:
        """A ticket with this message; it is called after the first words of what it is `about`."""
        words = _first_words(about)
        subject = Localized(words, words) if words else self._texts("ticket.subject.question")
        await self._do.tickets.file(work, user, Request(subject, "question", messages=(message,)), now)

    async def ask_number(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await work.users.save_conversation(user.id, Conversation(expecting=EXPECT_LOOKUP))
        await self.say(work, user, Message(self._texts("lookup.ask")), now)

    async def ask_problem(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._do.tickets.require_room(work, user)
        await work.users.save_conversation(user.id, Conversation(expecting=EXPECT_TICKET))
        await self.say(work, user, Message(self._texts("ticket.ask")), now)

    async def into_ticket(self, work: UnitOfWork, user: User, ticket: Ticket, message: Incoming, now: datetime) -> None:
        """Into the ticket that the message belongs to; one that is over for good is followed by a new one."""
        if is_thanks(message.text):
            await self._do.tickets.thanks(work, ticket, message, now)
        elif is_over(ticket, now):
            subject = self._texts("ticket.subject.follow_up", number=ticket.number)
            request = Request(subject, ticket.category, ticket.facts, ticket.tried, (message,), follow_up_of=ticket.id)
            await self._do.tickets.file(work, user, request, now)
        else:
            await self._do.tickets.relay(work, user, ticket, message, now)

    async def take_table(self, work: UnitOfWork, user: User, message: Incoming, now: datetime) -> None:
        refusal = await self._do.uploads.accept(work, user, message, now)
        if refusal is not None:
            row = human_row(self._texts, f"m:file:{message.message_id}")
            await self.say(work, user, Message(refusal, (row,), reply_to=message.message_id), now)

    def _titles(self, slugs: tuple[str, ...]) -> list[Button]:
        """A button each; the human has one of its own below."""
        return [button for slug in slugs if slug != HUMAN and (button := self._title(slug)) is not None]

    def _title(self, slug: str) -> Button | None:
        if self._do.articles.exists(slug):
            return self._do.articles.title(slug)
        if self._do.flows.exists(slug):
            return Button(self._do.flows.title(slug), f"m:topic:{slug}")
        if slug == LOOKUP:
            return Button(self._texts("routing.choice.lookup"), "m:lookup")
        return None

    async def say(self, work: UnitOfWork, user: User, message: Message, now: datetime) -> None:
        await work.outbox.add(post(user.id, message), now=now)


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= SUBJECT else words[: SUBJECT - 1] + "…"


def is_over(ticket: Ticket, now: datetime) -> bool:
    """Closed, or solved for longer than it may be reopened."""
    if ticket.state is TicketState.SOLVED:
        return ticket.solved_at is not None and now - ticket.solved_at > GRACE
    return ticket.state is TicketState.CLOSED
