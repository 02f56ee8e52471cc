"""The one funnel for what people write in private: decides whose it is and has it answered.

In order: a reply to a ticket's message → what we asked for → the running flow → a ticket that a human owns →
the router. Whatever comes, something is answered, and nothing that was written is lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.alerts.service import AlertService
from handlers.articles.service import ArticleService
from handlers.conversation.menu import clarify_rows, human_row, menu, which_ticket
from handlers.errors import Conflict, NotFound
from handlers.flows.service import ABOUT, FlowService
from handlers.incoming import Incoming, Person, Tap
from handlers.invoices.service import InvoiceService
from handlers.messenger import Button, Message, Rows, post
from handlers.organizations.service import PREFIX, OrganizationService
from handlers.tickets.service import Request, TicketService
from handlers.users.service import UserService
from knowledge.flows.state import Cancel, Human
from knowledge.invoices.compare import expected_amount
from knowledge.invoices.fields import Problem, read_number
from knowledge.routing import Route, Router, Zone, is_thanks
from knowledge.routing.router import HUMAN, LOOKUP, SMALLTALK
from knowledge.texts import Locale, Localized, Texts
from knowledge.tickets import FIRST_NUMBER, GRACE, Ticket, TicketState
from storage.flows import Session
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import Conversation, User

MAIN_FLOW = "invoice-not-showing"
EXPECT_TICKET = "ticket"
MISSES = 2
LONG = 1500  # characters: no question any more
SUBJECT = 24  # characters of what was written that name a ticket


@dataclass(frozen=True, slots=True)
class Features:
    """What the conversation can hand over to."""

    users: UserService
    flows: FlowService
    invoices: InvoiceService
    tickets: TicketService
    alerts: AlertService
    articles: ArticleService
    organizations: OrganizationService


class ConversationService:
    def __init__(self, storage: Storage, texts: Texts, router: Router, features: Features, zone: ZoneInfo) -> None:
        self._storage, self._texts, self._router, self._zone = storage, texts, router, zone
        self._do = features

    # What people write.

    async def wrote(self, message: Incoming, now: datetime) -> None:
        """A text, a picture or a file in a private chat."""
        async with self._storage.begin() as work:
            user = await self._do.users.seen(work, message.person, now)
            talk = await work.users.conversation(user.id)
            if talk.expecting:
                await work.users.save_conversation(user.id, replace(talk, expecting=""))
            ticket = await self._answered_ticket(work, message)
            session = await work.flows.running(user.id)
            if ticket is not None:
                await self._into_ticket(work, user, ticket, message, now)
            elif talk.expecting == EXPECT_TICKET:
                await self._file(work, user, message, now, about=message.text)
            elif session is not None:
                await self._within_flow(work, user, session, message, now)
            else:
                await self._outside_flow(work, user, message, now)

    async def _answered_ticket(self, work: UnitOfWork, message: Incoming) -> Ticket | None:
        if message.reply_to is None:
            return None
        return await self._do.tickets.of_message(work, message.chat_id, message.reply_to)

    async def _into_ticket(
        self, work: UnitOfWork, user: User, ticket: Ticket, message: Incoming, now: datetime
    ) -> None:
        """Into the ticket that the message belongs to; one that is over for good is followed by a new one."""
        if is_thanks(message.text):
            await self._do.tickets.thanks(work, ticket, message, now)
        elif _is_over(ticket, now):
            subject = self._texts("ticket.subject.follow_up", number=ticket.number)
            request = Request(subject, ticket.category, ticket.facts, ticket.tried, (message,), follow_up_of=ticket.id)
            await self._do.tickets.file(work, user, request, now)
        else:
            await self._do.tickets.relay(work, user, ticket, message, now)

    async def _within_flow(
        self, work: UnitOfWork, user: User, session: Session, message: Incoming, now: datetime
    ) -> None:
        if message.has_file:
            await self._do.flows.keep(work, session, message)
            await self._say(work, user, Message(self._texts("flow.kept_file")), now)
            return
        if await self._do.flows.accepts(work, session, message.text, now):
            await self._do.flows.say(work, user, session, message, now)
            return
        route = self._route(message, now)
        if route.slug == session.flow:
            await self._do.flows.resume(work, user, session, now)
        elif route.zone is Zone.UNKNOWN and len(message.text) > LONG:
            await self._too_long(work, user, message, now)
        elif route.zone is Zone.UNKNOWN:
            await self._do.flows.say(work, user, session, message, now)
        elif route.slug == HUMAN and route.zone is Zone.ANSWER:
            await self._do.flows.end(work, user, session, Human(), now)
        else:
            await self._answer(work, user, route, message, now)
            if await work.flows.running(user.id) == session:
                await self._do.flows.resume(work, user, session, now)

    async def _outside_flow(self, work: UnitOfWork, user: User, message: Incoming, now: datetime) -> None:
        live = await work.tickets.live_of_user(user.id)
        if len(live) == 1:
            await self._into_ticket(work, user, live[0], message, now)
            return
        solved = [ticket for ticket in await work.tickets.of_user(user.id) if ticket.state is TicketState.SOLVED]
        recent = [ticket for ticket in solved if not _is_over(ticket, now)]
        if recent and is_thanks(message.text):
            await self._do.tickets.thanks(work, recent[0], message, now)
        elif live or recent:
            await self._say(work, user, which_ticket(self._texts, live or recent[:1], message), now)
        elif message.has_file:
            row = human_row(self._texts, f"m:file:{message.message_id}")
            await self._say(work, user, Message(self._texts("file.received"), (row,), reply_to=message.message_id), now)
        else:
            await self._answer(work, user, self._route(message, now), message, now)

    def _route(self, message: Incoming, now: datetime) -> Route:
        return self._router.route(message.text, now.astimezone(self._zone).date())

    async def _answer(self, work: UnitOfWork, user: User, route: Route, message: Incoming, now: datetime) -> None:
        """Carry out what the router decided."""
        if route.zone is Zone.UNKNOWN:
            await self._missed(work, user, route, message, now)
            return
        await work.users.save_conversation(user.id, Conversation())
        if route.zone is Zone.CLARIFY:
            rows = clarify_rows(self._texts, self._titles(route.top3))
            await self._say(work, user, Message(self._texts("routing.clarify"), rows), now)
        elif route.slug == HUMAN:
            await self._file(work, user, message, now)
        elif route.slug == SMALLTALK and route.small_talk is not None:
            await self._say(work, user, Message(self._texts(f"smalltalk.{route.small_talk}")), now)
        elif route.slug == LOOKUP:
            await self._look_up(work, user, route.facts, message, now)
        else:
            await self._topic(work, user, route.slug, now, facts=route.facts, message=message)

    async def _look_up(
        self, work: UnitOfWork, user: User, facts: Mapping[str, str], message: Incoming, now: datetime
    ) -> None:
        """Nothing found leads into the troubleshooting, with what is known filled in, unless a flow is running.

        A number that cannot be one is told so instead.
        """
        if facts and await self._do.invoices.answer(work, user, facts, now):
            return
        is_running = await work.flows.running(user.id) is not None
        slip = None if len(facts.get("number", "")) in (8, 20) or "tail" in facts else read_number(message.text)
        if isinstance(slip, Problem) and ("number" in facts or message.text.strip().isdecimal()):
            await self._say(work, user, Message(slip.text(self._texts)), now)
            return
        if not facts:
            await self._ask_number(work, user, now)
            return
        if not await self._is_known_nowhere(work, user):
            text = self._texts("lookup.none" if is_running else "lookup.none_so_far")
            await self._say(work, user, Message(text), now)
        if not is_running:
            await self._do.flows.begin(work, user, MAIN_FLOW, now, facts=facts, message=message)

    async def _is_known_nowhere(self, work: UnitOfWork, user: User) -> bool:
        return not (await work.users.actor(user.id)).tax_ids

    async def _topic(
        self,
        work: UnitOfWork,
        user: User,
        slug: str,
        now: datetime,
        *,
        facts: Mapping[str, str] | None = None,
        message: Incoming | None = None,
    ) -> None:
        if self._do.flows.exists(slug):
            await self._do.flows.begin(work, user, slug, now, facts=facts, message=message)
        elif self._do.articles.exists(slug):
            await self._say(work, user, self._do.articles.message(slug), now)
        else:
            raise NotFound("error.unknown_button")

    async def _missed(self, work: UnitOfWork, user: User, route: Route, message: Incoming, now: datetime) -> None:
        """Say so honestly; the second time in a row, offer a human."""
        if len(message.text) > LONG:
            await self._too_long(work, user, message, now)
            return
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
        await self._say(work, user, Message(text, rows, reply_to=message.message_id), now)

    async def _too_long(self, work: UnitOfWork, user: User, message: Incoming, now: datetime) -> None:
        """One answer a minute: clients cut a long paste into many messages."""
        rows = (human_row(self._texts, f"m:file:{message.message_id}"),)
        answer = Message(self._texts("routing.too_long"), rows, reply_to=message.message_id)
        await work.outbox.add(post(user.id, answer, slot=f"long:{now:%Y%m%d%H%M}"), now=now)

    async def _file(self, work: UnitOfWork, user: User, message: Incoming, now: datetime, *, about: str = "") -> None:
        """A ticket with this message; it is called after the first words of what it is `about`."""
        words = _first_words(about)
        subject = Localized(words, words) if words else self._texts("ticket.subject.question")
        await self._do.tickets.file(work, user, Request(subject, "question", messages=(message,)), now)

    # Commands.

    async def start(self, message: Incoming, parameter: str, now: datetime) -> None:
        """The menu; with an invitation, membership first."""
        async with self._storage.begin() as work:
            user = await self._do.users.seen(work, message.person, now)
            if parameter.startswith(PREFIX):
                organization = await self._do.organizations.join(work, user, parameter, now)
                await self._say(work, user, Message(self._texts("org.joined", name=organization.name)), now)
            await self._say(work, user, menu(self._texts, user), now)

    async def command(self, message: Incoming, name: str, now: datetime) -> None:
        """A command without parameters. Raises NotFound for one that does not exist."""
        async with self._storage.begin() as work:
            user = await self._do.users.seen(work, message.person, now)
            run = self._commands(message).get(name)
            if run is None:
                raise NotFound("error.unknown_command", name=name)
            await work.users.save_conversation(user.id, Conversation())
            await run(work, user, now)

    def _commands(self, message: Incoming) -> Mapping[str, Callable[[UnitOfWork, User, datetime], Awaitable[None]]]:
        async def why(work: UnitOfWork, user: User, now: datetime) -> None:
            await self._say(work, user, await self._do.alerts.why(work, user, message.reply_to), now)

        return {
            "help": self._help,
            "menu": self._menu,
            "fix": self._fix,
            "lookup": self._ask_number,
            "ticket": self._ask_problem,
            "tickets": self._tickets,
            "watching": self._watching,
            "language": self._switch_language,
            "cancel": self._cancel,
            "resume": self._resume,
            "why": why,
        }

    async def _help(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._say(work, user, Message(self._texts("help")), now)

    async def _menu(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._say(work, user, menu(self._texts, user), now)

    async def _fix(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._do.flows.begin(work, user, MAIN_FLOW, now)

    async def _ask_number(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._say(work, user, Message(self._texts("lookup.ask")), now)

    async def _ask_problem(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._do.tickets.require_room(work, user)
        await work.users.save_conversation(user.id, Conversation(expecting=EXPECT_TICKET))
        await self._say(work, user, Message(self._texts("ticket.ask")), now)

    async def _tickets(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._say(work, user, await self._do.tickets.list_for(work, user), now)

    async def _watching(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._say(work, user, await self._do.alerts.list_for(work, user), now)

    async def _switch_language(self, work: UnitOfWork, user: User, now: datetime) -> None:
        other = Locale.EN if user.locale is Locale.ZH else Locale.ZH
        await self._menu(work, await self._do.users.speak(work, user, other), now)

    async def _cancel(self, work: UnitOfWork, user: User, now: datetime) -> None:
        session = await work.flows.running(user.id)
        if session is not None:
            await self._do.flows.end(work, user, session, Cancel(), now)
        else:
            await self._say(work, user, Message(self._texts("cancel.nothing")), now)

    async def _resume(self, work: UnitOfWork, user: User, now: datetime) -> None:
        session = await work.flows.running(user.id)
        if session is not None:
            await self._do.flows.resume(work, user, session, now)
        else:
            await self._say(work, user, Message(self._texts("cancel.nothing")), now)

    # Taps on menus, articles and questions of ours.

    async def tap(self, pressed: Tap, now: datetime) -> None:
        verb, words = pressed.words[0], pressed.words[1:]
        async with self._storage.begin() as work:
            user = await self._do.users.seen(work, pressed.person, now)
            commands = self._commands(_message(pressed, 0))
            if verb in commands:
                await work.users.save_conversation(user.id, Conversation())
                await commands[verb](work, user, now)
            elif verb == "topic":
                await self._chose(work, user, words[0], now)
            elif verb == "file":
                message = await self._unfiled(work, pressed, words[0])
                await self._file(work, user, message, now, about=message.text)
            elif verb == "human":
                await self._human(work, user, pressed, now)
            elif verb == "to":
                message = await self._unfiled(work, pressed, words[1])
                await self._to_ticket(work, user, int(words[0]), message, now)
            elif verb == "new":
                await self._fresh(work, user, await self._unfiled(work, pressed, words[0]), now)
            elif verb in ("helped", "missed"):
                await self._rated(work, user, verb, now)
            else:
                raise NotFound("error.unknown_button")

    async def _chose(self, work: UnitOfWork, user: User, slug: str, now: datetime) -> None:
        """A topic that was offered; what it interrupted is asked again below it."""
        session = await work.flows.running(user.id)
        await self._topic(work, user, slug, now)
        if session is not None and await work.flows.running(user.id) == session:
            await self._do.flows.resume(work, user, session, now)

    async def problem(self, person: Person, key: str, now: datetime) -> None:
        """🛠 on an invoice: the troubleshooting, with everything that is known of it filled in."""
        async with self._storage.begin() as work:
            user = await self._do.users.seen(work, person, now)
            invoice = await self._do.invoices.visible(work, user.id, key)
            if invoice is None:
                raise NotFound("lookup.none")
            facts = {
                "number": invoice.number,
                "code": invoice.code,
                "issue_date": invoice.issue_date.isoformat() if invoice.issue_date else "",
                "amount": "" if (amount := expected_amount(invoice)) is None else f"{amount:.2f}",
                "seller_name": invoice.seller_name,
                "buyer_name": invoice.buyer_name,
                "invoice_key": invoice.key,
                "tax_status": invoice.tax_status,
                "exists": "yes",
                ABOUT: invoice.key,
            }
            known = {name: value for name, value in facts.items() if value}
            await self._do.flows.begin(work, user, MAIN_FLOW, now, facts=known)

    async def _human(self, work: UnitOfWork, user: User, pressed: Tap, now: datetime) -> None:
        """🙋 from the menu: with all facts if a flow is running, otherwise after a word about what it is."""
        session = await work.flows.running(user.id)
        if session is not None:
            await self._do.flows.end(work, user, session, Human(), now)
        else:
            await self._ask_problem(work, user, now)

    async def _to_ticket(self, work: UnitOfWork, user: User, ticket_id: int, message: Incoming, now: datetime) -> None:
        ticket = await work.tickets.get(ticket_id)
        if ticket is None or ticket.user_id != user.id:
            raise NotFound("error.unknown_button")
        await self._into_ticket(work, user, ticket, message, now)

    async def _unfiled(self, work: UnitOfWork, pressed: Tap, message_id: str) -> Incoming:
        """The message that our question was about. Raises Conflict if a ticket has it already (a second tap)."""
        message = _message(pressed, int(message_id))
        held = await work.tickets.message_at(message.chat_id, message.message_id)
        if held is not None:
            raise Conflict("ticket.has_message", number=held.ticket_id + FIRST_NUMBER)
        return message

    async def _fresh(self, work: UnitOfWork, user: User, message: Incoming, now: datetime) -> None:
        """Something new, although a ticket is open."""
        if message.has_file or not message.text:
            await self._file(work, user, message, now, about=message.text)
        else:
            await self._answer(work, user, self._route(message, now), message, now)

    async def _rated(self, work: UnitOfWork, user: User, verb: str, now: datetime) -> None:
        rows = (human_row(self._texts, "m:human"),) if verb == "missed" else ()
        await self._say(work, user, Message(self._texts(f"article.{verb}"), rows), now)

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

    async def _say(self, work: UnitOfWork, user: User, message: Message, now: datetime) -> None:
        await work.outbox.add(post(user.id, message), now=now)


def _message(pressed: Tap, message_id: int) -> Incoming:
    """The message of the person that one of our questions was about."""
    if pressed.replied is not None and pressed.replied.message_id == message_id:
        return pressed.replied
    return Incoming(pressed.person, pressed.chat_id, message_id, "")


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= SUBJECT else words[: SUBJECT - 1] + "…"


def _is_over(ticket: Ticket, now: datetime) -> bool:
    """Closed, or solved for longer than it may be reopened."""
    if ticket.state is TicketState.SOLVED:
        return ticket.solved_at is not None and now - ticket.solved_at > GRACE
    return ticket.state is TicketState.CLOSED
