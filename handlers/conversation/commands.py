"""Commands and taps in private chats: what somebody asks for by name, or chooses from what was offered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from handlers.conversation.answers import MAIN_FLOW, VERIFY_FORM, Answers, Features
from handlers.conversation.menu import menu
from handlers.errors import Conflict, NotFound, Withheld
from handlers.flows.service import ABOUT
from handlers.incoming import Incoming, Person, Tap
from handlers.messenger import Message, strip
from handlers.organizations.service import PREFIX
from knowledge.flows.facts import of_invoice
from knowledge.flows.state import Cancel, Human
from knowledge.permissions import Action, allowed
from knowledge.texts import Locale, Texts
from knowledge.tickets import FIRST_NUMBER
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import Conversation, User

HOW_TO_JOIN = "org"  # a link's parameter

Command = Callable[[UnitOfWork, User, datetime], Awaitable[None]]


class CommandService:
    def __init__(self, storage: Storage, texts: Texts, answers: Answers, features: Features) -> None:
        self._storage, self._texts, self._answers, self._do = storage, texts, answers, features

    async def start(self, message: Incoming, parameter: str, now: datetime) -> None:
        """The menu; before it membership with an invitation, or how to come to one."""
        async with self._storage.begin() as work:
            user = await self._do.users.seen(work, message.person, now)
            if parameter.startswith(PREFIX):
                await self._answers.say(work, user, await self._do.organizations.join(work, user, parameter, now), now)
            elif parameter == HOW_TO_JOIN:
                await self._org(work, user, now)
            await self._answers.say(work, user, menu(self._texts, user), now)

    async def command(self, message: Incoming, name: str, now: datetime) -> None:
        """A command without parameters. Raises NotFound for one that does not exist."""
        async with self._storage.begin() as work:
            user = await self._do.users.seen(work, message.person, now)
            run = self._commands(message).get(name)
            if run is None:
                raise NotFound("error.unknown_command", name=name)
            await work.users.save_conversation(user.id, Conversation())
            await run(work, user, now)

    def _commands(self, message: Incoming) -> Mapping[str, Command]:
        async def why(work: UnitOfWork, user: User, now: datetime) -> None:
            await self._answers.say(work, user, await self._do.alerts.why(work, user, message.reply_to), now)

        said = "".join(message.text.split(maxsplit=1)[1:])

        async def lookup(work: UnitOfWork, user: User, now: datetime) -> None:
            """What stands behind the command is taken as if it had been asked for; so it is with /verify."""
            if said:
                await self._answers.looked_for(work, user, replace(message, text=said), now)
            else:
                await self._answers.ask_number(work, user, now)

        async def verify(work: UnitOfWork, user: User, now: datetime) -> None:
            facts = self._do.flows.volunteered(said, now)
            await self._do.flows.begin(work, user, VERIFY_FORM, now, facts=facts)

        return {
            "help": self._help,
            "menu": self._menu,
            "fix": self._fix,
            "lookup": lookup,
            "verify": verify,
            "ticket": self._answers.ask_problem,
            "tickets": self._tickets,
            "watching": self._watching,
            "org": self._org,
            "language": self._switch_language,
            "cancel": self._cancel,
            "resume": self._resume,
            "why": why,
        }

    async def _help(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._answers.say(work, user, Message(self._texts("help")), now)

    async def _menu(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._answers.say(work, user, menu(self._texts, user), now)

    async def _fix(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._do.flows.begin(work, user, MAIN_FLOW, now)

    async def _tickets(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._answers.say(work, user, await self._do.tickets.list_for(work, user), now)

    async def _watching(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._answers.say(work, user, await self._do.alerts.list_for(work, user), now)

    async def _org(self, work: UnitOfWork, user: User, now: datetime) -> None:
        await self._answers.say(work, user, await self._do.organizations.overview(work, user, now), now)

    async def _switch_language(self, work: UnitOfWork, user: User, now: datetime) -> None:
        other = Locale.EN if user.locale is Locale.ZH else Locale.ZH
        user = await self._do.users.speak(work, user, other)
        await self._menu(work, user, now)
        session = await work.flows.running(user.id)
        if session is not None:
            await self._do.flows.resume(work, user, session, now)

    async def _cancel(self, work: UnitOfWork, user: User, now: datetime) -> None:
        session = await work.flows.running(user.id)
        if session is not None:
            await self._do.flows.end(work, user, session, Cancel(), now)
        else:
            await self._answers.say(work, user, Message(self._texts("cancel.nothing")), now)

    async def _resume(self, work: UnitOfWork, user: User, now: datetime) -> None:
        session = await work.flows.running(user.id)
        if session is not None:
            await self._do.flows.resume(work, user, session, now)
        else:
            await self._answers.say(work, user, Message(self._texts("cancel.nothing")), now)

    async def tap(self, pressed: Tap, now: datetime) -> None:
        verb, words = pressed.words[0], pressed.words[1:]
        async with self._storage.begin() as work:
            user = await self._do.users.seen(work, pressed.person, now)
            commands = self._commands(_message(pressed, 0))
            if verb in commands:
                await work.users.save_conversation(user.id, Conversation())
                await commands[verb](work, user, now)
            elif verb == "topic":
                await self._chose(work, user, words[0], pressed.replied, now)
            elif verb == "other":
                await self._answers.unsure(work, user, _message(pressed, int(words[0])), now)
                await self._menu(work, user, now)
            elif verb == "person":
                message = await self._unfiled(work, pressed, words[0])
                await self._answers.unsure(work, user, message, now)
                await self._answers.file(work, user, message, now, about=message.text)
            elif verb == "file":
                message = await self._unfiled(work, pressed, words[0])
                await self._answers.file(work, user, message, now, about=message.text)
            elif verb == "human":
                await self._human(work, user, pressed, now)
            elif verb == "to":
                message = await self._unfiled(work, pressed, words[1])
                await self._to_ticket(work, user, int(words[0]), message, now)
            elif verb == "new":
                await self._fresh(work, user, await self._unfiled(work, pressed, words[0]), now)
            elif verb == "import":
                await self._answers.take_table(work, user, await self._unfiled(work, pressed, words[0]), now)
                await work.outbox.add(strip(user.id, pressed.message_id), now=now)
            elif verb in ("helped", "missed"):
                lesson_id = int(words[1]) if words[1:] else None
                await self._answers.rated(work, user, words[0], now, is_up=verb == "helped", lesson_id=lesson_id)
            else:
                raise NotFound("error.unknown_button")

    async def _chose(self, work: UnitOfWork, user: User, slug: str, asked: Incoming | None, now: datetime) -> None:
        """A topic that was offered for what was asked; what it interrupted is asked again below it."""
        session = await work.flows.running(user.id)
        await self._answers.topic(work, user, slug, now, message=asked)
        if session is not None and await work.flows.running(user.id) == session:
            await self._do.flows.resume(work, user, session, now)

    async def problem(self, person: Person, key: str, now: datetime) -> None:
        """🛠 on an invoice: the troubleshooting, with everything that is known of it filled in."""
        async with self._storage.begin() as work:
            user = await self._do.users.seen(work, person, now)
            invoice = await self._do.invoices.visible(work, user.id, key)
            if invoice is None:
                raise Withheld("lookup.none")
            facts = {**of_invoice(invoice), "exists": "yes", ABOUT: invoice.key}
            await self._do.flows.begin(work, user, MAIN_FLOW, now, facts=facts)

    async def not_this(self, person: Person, wait_id: int, now: datetime) -> None:
        """What was shown is not the invoice: the next, or the troubleshooting with what is known filled in."""
        async with self._storage.begin() as work:
            user = await self._do.users.seen(work, person, now)
            wait = await work.waits.get(wait_id, user.id)
            if wait is None:
                raise NotFound("error.unknown_button")
            if await self._do.invoices.not_this(work, user, wait, now):
                return
            rows = self._do.waits.rows(wait.id)
            is_running = await work.flows.running(user.id) is not None
            text = self._texts("lookup.none" if is_running else "lookup.none_so_far")
            await self._answers.say(work, user, Message(text, rows), now)
            if not is_running:
                await self._do.flows.begin(work, user, MAIN_FLOW, now, facts=wait.facts)

    async def _human(self, work: UnitOfWork, user: User, pressed: Tap, now: datetime) -> None:
        """🙋 from the menu: with all facts if a flow is running, otherwise after a word about what it is."""
        session = await work.flows.running(user.id)
        if session is not None:
            await self._do.flows.end(work, user, session, Human(), now)
        else:
            await self._answers.ask_problem(work, user, now)

    async def _to_ticket(self, work: UnitOfWork, user: User, ticket_id: int, message: Incoming, now: datetime) -> None:
        ticket = await work.tickets.get(ticket_id)
        if ticket is None or not allowed(await work.users.actor(user.id), Action.WRITE_IN_TICKET, ticket):
            raise Withheld("error.unknown_button")
        await self._answers.into_ticket(work, user, ticket, message, now)

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
            await self._answers.file(work, user, message, now, about=message.text)
        else:
            await self._answers.carry_out(work, user, self._answers.route(message, now), message, now)


def _message(pressed: Tap, message_id: int) -> Incoming:
    """The message of the person that one of our questions was about."""
    if pressed.replied is not None and pressed.replied.message_id == message_id:
        return pressed.replied
    return Incoming(pressed.person, pressed.chat_id, message_id, "")
