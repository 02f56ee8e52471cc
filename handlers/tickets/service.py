"""Tickets from both sides: what requesters file and write, what agents claim, answer and solve."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from handlers.errors import Conflict, InvalidInput, NotFound, NotPermitted
from handlers.incoming import Incoming, Tap
from handlers.messenger import Message, edit, post, react
from handlers.tickets import card
from knowledge.permissions import Action, allowed
from knowledge.texts import Locale, Localized, Texts, join, literal
from knowledge.tickets import GRACE, Ticket, TicketEvent, TicketState, TransitionRefusedError, transition
from storage.outbox import Claimed, Lane, Link, Op, Outgoing, State
from storage.tickets import TicketMessage
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import User

MAX_LIVE = 5
MARKED = 4000  # characters up to which a text still fits into one message with a mark before it
SHOWN = 1000  # characters of each version of an edited message: both fit into one, whatever they are
# Events that leave a button's meaning as it was: somebody wrote while the other was about to tap.
MESSAGES = frozenset({TicketEvent.USER_MESSAGE, TicketEvent.AGENT_REPLY, TicketEvent.THANKS})
CLOSE = "ticket.close"
_NOT_DELIVERED = {
    State.FAILED: "desk.not_delivered",
    State.UNKNOWN: "desk.delivery_unknown",
    State.DEAD: "desk.delivery_dead",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The agents' group. An answer rests `send_delay` before it leaves, so that it can still be edited or undone."""

    chat_id: int
    locale: Locale
    send_delay: timedelta


@dataclass(frozen=True, slots=True)
class Request:
    """What a requester files. `messages` go along as they are, `words` (what did not pass as an answer) in one note."""

    subject: Localized
    category: str
    facts: Mapping[str, str] = field(default_factory=dict)
    tried: tuple[tuple[str, str], ...] = ()
    messages: tuple[Incoming, ...] = ()
    words: tuple[str, ...] = ()
    follow_up_of: int | None = None


class TicketService:
    def __init__(self, storage: Storage, texts: Texts, desk: Desk) -> None:
        self._storage, self._texts, self.desk = storage, texts, desk

    # From the requester. Methods that take `work` are part of a larger use case.

    async def file(self, work: UnitOfWork, user: User, request: Request, now: datetime) -> Ticket:
        """A new ticket, or the requester's live one about the same thing. Tells the requester and the desk."""
        live = await work.tickets.live_of_user(user.id)
        same = next((ticket for ticket in live if _is_same(ticket, request)), None)
        if same is not None:
            return await self._attach(work, user, same, request, now)
        await self.require_room(work, user)
        ticket = await work.tickets.add(self._new(user, request, now), actor=user.id, now=now)
        await self._refresh(work, ticket, user, now)
        for message in request.messages:
            await self._copy_to_desk(work, ticket, message, now)
        if request.words:
            quoted = join("\n", [self._texts("desk.quote", text=text) for text in request.words])
            await self._note(work, ticket, self._texts("desk.also_wrote", words=quoted), now)
        await self._tell(work, ticket, Message(self._texts("ticket.received", number=ticket.number)), now)
        return ticket

    async def require_room(self, work: UnitOfWork, user: User) -> None:
        """Raises Conflict if this person has too many live tickets for another one."""
        if len(await work.tickets.live_of_user(user.id)) >= MAX_LIVE:
            raise Conflict("ticket.too_many", limit=MAX_LIVE)

    def _new(self, user: User, request: Request, now: datetime) -> Ticket:
        return Ticket(
            id=0,
            user_id=user.id,
            subject=request.subject[self.desk.locale],
            category=request.category,
            created_at=now,
            desk_chat_id=self.desk.chat_id,
            facts=request.facts,
            tried=request.tried,
            follow_up_of=request.follow_up_of,
            waiting_since=now,
        )

    async def _attach(self, work: UnitOfWork, user: User, ticket: Ticket, request: Request, now: datetime) -> Ticket:
        for message in request.messages:
            ticket = await self.relay(work, user, ticket, message, now)
        await self._tell(work, ticket, Message(self._texts("ticket.duplicate", number=ticket.number)), now)
        return ticket

    async def relay(self, work: UnitOfWork, user: User, ticket: Ticket, message: Incoming, now: datetime) -> Ticket:
        """A requester's message goes into the ticket's topic; a solved ticket is reopened by it."""
        moved = await self._move(work, ticket, TicketEvent.USER_MESSAGE, actor=user.id, now=now)
        if moved.state is not ticket.state:
            await self._refresh(work, moved, user, now)
        if moved.reopen_count > ticket.reopen_count:
            await work.timers.cancel(CLOSE, ticket.id)
            await self._tell(work, moved, Message(self._texts("ticket.reopened", number=ticket.number)), now)
        await self._copy_to_desk(work, moved, message, now)
        return moved

    async def _copy_to_desk(self, work: UnitOfWork, ticket: Ticket, message: Incoming, now: datetime) -> None:
        """Words bear a mark that they are the requester's; pictures, files and very long texts go as they are."""
        kept = await self._keep(work, ticket, "in", message, now)
        link, answered = Link("relay", kept.id), await self._answered(work, message)
        if message.html and len(message.text) <= MARKED:
            text = self._texts("desk.relayed", text=Localized(message.html, message.html))
            row = post(ticket.desk_chat_id, Message(text, reply_to=answered), ticket_id=ticket.id, link=link)
        else:
            body = {"from_chat_id": message.chat_id, "message_id": message.message_id, "reply_to": answered}
            row = Outgoing(ticket.desk_chat_id, Op.COPY, body, Lane.REPLY, ticket.id, link=link)
        await work.outbox.add(row, now=now)

    async def _answered(self, work: UnitOfWork, message: Incoming) -> int | None:
        """The message on the other side that this one quotes."""
        link = await work.outbox.linked(message.chat_id, message.reply_to) if message.reply_to else None
        if link is None or link.kind not in ("relay", "reply"):
            return None
        original = await work.tickets.message(link.entity)
        return original.message_id if original else None

    async def _keep(
        self, work: UnitOfWork, ticket: Ticket, direction: str, message: Incoming, now: datetime
    ) -> TicketMessage:
        kept = TicketMessage(
            0, ticket.id, direction, message.person.id, message.chat_id, message.message_id, message.text, now
        )
        return await work.tickets.add_message(kept)

    async def of_message(self, work: UnitOfWork, chat_id: int, message_id: int) -> Ticket | None:
        """The ticket that one of our messages in a private chat belongs to, or one that the requester wrote."""
        link = await work.outbox.linked(chat_id, message_id)
        if link is not None and link.kind == "ticket":
            return await work.tickets.get(link.entity)
        if link is not None and link.kind == "reply":
            answer = await work.tickets.message(link.entity)
            return await work.tickets.get(answer.ticket_id) if answer else None
        written = await work.tickets.message_at(chat_id, message_id)
        return await work.tickets.get(written.ticket_id) if written else None

    async def thanks(self, work: UnitOfWork, ticket: Ticket, message: Incoming, now: datetime) -> None:
        """A thank-you is answered by a reaction and reopens nothing; the agent of a live ticket reads it."""
        if ticket.is_live:
            await self._copy_to_desk(work, ticket, message, now)
        await work.outbox.add(react(message.chat_id, message.message_id, "🤝"), now=now)

    async def edited(self, message: Incoming, now: datetime) -> None:
        """A message that was relayed has been changed: requesters' edits are shown at the desk, agents' are applied."""
        async with self._storage.begin() as work:
            kept = await work.tickets.message_at(message.chat_id, message.message_id)
            if kept is None or kept.text == message.text:
                return
            await work.tickets.edit_message(kept.id, message.text)
            ticket = await work.tickets.get(kept.ticket_id)
            if ticket is None or ticket.state is TicketState.CLOSED:
                return
            if kept.direction == "in":
                await self._show_edit(work, ticket, kept, message, now)
            elif kept.direction == "out":
                await self._apply_edit(work, kept, message, now)

    async def _show_edit(
        self, work: UnitOfWork, ticket: Ticket, kept: TicketMessage, message: Incoming, now: datetime
    ) -> None:
        places = await work.outbox.places(Link("relay", kept.id))
        text = self._texts("desk.edited", old=kept.text[:SHOWN], new=message.text[:SHOWN])
        shown = Message(text, reply_to=places[0][1] if places else None)
        link = Link("relay", kept.id)  # to reply to it is to answer the requester
        await work.outbox.add(post(ticket.desk_chat_id, shown, ticket_id=ticket.id, link=link), now=now)

    async def _apply_edit(self, work: UnitOfWork, kept: TicketMessage, message: Incoming, now: datetime) -> None:
        """Before it left, the copy takes the new words by itself."""
        for chat_id, message_id in await work.outbox.places(Link("reply", kept.id)):
            await work.outbox.add(edit(chat_id, message_id, Message(literal(_said(message.text)))), now=now)

    async def requester_tap(self, pressed: Tap, ticket_id: int, verb: str, version: int, now: datetime) -> None:
        """Solved, still broken or withdrawn, by the requester; the question gives way to the answer.

        Raises Conflict if the ticket has moved on.
        """
        user_id = pressed.person.id
        events = {
            "solved": TicketEvent.USER_SOLVED,
            "broken": TicketEvent.STILL_BROKEN,
            "withdraw": TicketEvent.WITHDRAW,
        }
        async with self._storage.begin() as work:
            actor = await work.users.actor(user_id)
            ticket = await work.tickets.get(ticket_id)
            user = await work.users.get(user_id)
            if ticket is None or user is None or not allowed(actor, Action.CONFIRM_TICKET, ticket):
                raise NotPermitted
            moved = await self._move(work, ticket, _event(events, verb), actor=user_id, now=now, version=version)
            answer = Message(self._texts(f"ticket.done.{verb}", number=ticket.number))
            await work.outbox.add(edit(user_id, pressed.message_id, answer), now=now)
            await self._note(work, moved, self._texts(f"desk.requester.{verb}"), now)
            await self._after_end(work, moved, user, now)

    async def list_for(self, work: UnitOfWork, user: User) -> Message:
        tickets = await work.tickets.of_user(user.id)
        if not tickets:
            return Message(self._texts("ticket.none"))
        text = self._texts("ticket.list")
        for ticket in tickets:
            text = text + literal("\n") + card.list_line(self._texts, ticket)
        return Message(text, card.list_rows(self._texts, tickets))

    # From the desk.

    async def agent_tap(self, agent_id: int, ticket_id: int, verb: str, version: int, now: datetime) -> None:
        """A button of the header card. Raises Conflict if somebody was quicker, with who it was."""
        async with self._storage.begin() as work:
            ticket = await self._for_agent(work, agent_id, await work.tickets.get(ticket_id))
            await self._act(work, agent_id, ticket, verb, now, version=version)

    async def command(self, message: Incoming, verb: str, now: datetime) -> None:
        """The same by a command in the ticket's topic."""
        async with self._storage.begin() as work:
            ticket = await self._for_agent(work, message.person.id, await self._in_topic(work, message))
            await self._act(work, message.person.id, ticket, verb, now)

    async def _act(
        self, work: UnitOfWork, agent_id: int, ticket: Ticket, verb: str, now: datetime, version: int | None = None
    ) -> None:
        events = {"claim": TicketEvent.CLAIM, "release": TicketEvent.RELEASE, "solve": TicketEvent.SOLVE}
        event = _event(events, verb)
        if event is TicketEvent.CLAIM and ticket.assignee not in (None, agent_id):
            names = await work.agents.names([ticket.assignee or 0])
            raise Conflict("desk.claimed_by", name=names.get(ticket.assignee or 0, ""))
        if event is TicketEvent.SOLVE and ticket.answered_at is None:
            raise Conflict("desk.solve_needs_reply")
        moved = await self._move(work, ticket, event, actor=agent_id, now=now, version=version)
        user = await self._requester(work, moved)
        await self._after_end(work, moved, user, now)
        if event is TicketEvent.SOLVE:
            text = self._texts("ticket.solved", number=moved.number)
            await self._tell(work, moved, Message(text, card.solved_rows(self._texts, moved)), now)

    async def written_at_desk(self, message: Incoming, now: datetime) -> None:
        """Something written in a topic: an answer to the requester if it replies to the card or to a relayed message,
        otherwise a note that stays at the desk."""
        async with self._storage.begin() as work:
            ticket = await self._in_topic(work, message)
            if ticket is None:
                return
            await self._for_agent(work, message.person.id, ticket)
            if await self._is_answer(work, ticket, message):
                await self._answer(work, ticket, message, now)
            else:
                await self._keep(work, ticket, "note", message, now)
                await work.outbox.add(react(message.chat_id, message.message_id, "✍"), now=now)

    async def answer_by_command(self, message: Incoming, now: datetime) -> None:
        """`/r text`: an answer without replying to anything."""
        async with self._storage.begin() as work:
            ticket = await self._for_agent(work, message.person.id, await self._in_topic(work, message))
            text = _said(message.text)
            if not text:
                raise InvalidInput("desk.empty_answer")
            await self._answer(work, ticket, message, now, text=text)

    async def note_by_command(self, message: Incoming, now: datetime) -> None:
        """`/note text`: stays at the desk even if it replies to a relayed message."""
        async with self._storage.begin() as work:
            ticket = await self._for_agent(work, message.person.id, await self._in_topic(work, message))
            await self._keep(work, ticket, "note", message, now)
            await work.outbox.add(react(message.chat_id, message.message_id, "✍"), now=now)

    async def _is_answer(self, work: UnitOfWork, ticket: Ticket, message: Incoming) -> bool:
        if message.reply_to is None:
            return False
        if await work.outbox.slot(message.chat_id, header(ticket.id)) == message.reply_to:
            return True
        link = await work.outbox.linked(message.chat_id, message.reply_to)
        return link is not None and link.kind == "relay"

    async def _answer(
        self, work: UnitOfWork, ticket: Ticket, message: Incoming, now: datetime, text: str | None = None
    ) -> None:
        moved = await self._move(work, ticket, TicketEvent.AGENT_REPLY, actor=message.person.id, now=now)
        kept = await self._keep(work, moved, "out", message, now)
        link, due = Link("reply", kept.id), now + self.desk.send_delay
        answered = await self._answered(work, message)
        if text is None:
            body = {"from_chat_id": message.chat_id, "message_id": message.message_id, "reply_to": answered}
            answer = Outgoing(moved.user_id, Op.COPY, body, Lane.AGENT_REPLY, moved.id, link=link, due_at=due)
        else:
            body = Message(literal(text), reply_to=answered).to_json()
            answer = Outgoing(moved.user_id, Op.SEND, body, Lane.AGENT_REPLY, moved.id, link=link, due_at=due)
        await work.outbox.add(answer, react(message.chat_id, message.message_id, "👀"), now=now)
        await self._refresh(work, moved, await self._requester(work, moved), now)

    async def _in_topic(self, work: UnitOfWork, message: Incoming) -> Ticket | None:
        if message.chat_id != self.desk.chat_id or message.topic_id is None:
            return None
        return await work.tickets.in_topic(message.chat_id, message.topic_id)

    async def _for_agent(self, work: UnitOfWork, agent_id: int, ticket: Ticket | None) -> Ticket:
        actor = await work.users.actor(agent_id)
        if ticket is None:
            raise NotFound("desk.no_ticket_here") if actor.desk_role else NotPermitted
        if not allowed(actor, Action.ANSWER_TICKET, ticket):
            raise NotPermitted
        return ticket

    # For the delivery worker and the clock.

    async def after_delivery(self, work: UnitOfWork, row: Claimed, state: State, now: datetime) -> None:
        """Show on the original message how its copy ended: 👌, or 💔 and a line that says why."""
        if row.link is None or row.link.kind not in ("relay", "reply") or state in (State.QUEUED, State.SENDING):
            return
        original = await work.tickets.message(row.link.entity)
        if original is None:
            return
        trouble = _NOT_DELIVERED.get(state)
        await work.outbox.add(react(original.chat_id, original.message_id, "💔" if trouble else "👌"), now=now)
        if trouble and original.direction == "out":
            text = Message(self._texts(trouble), reply_to=original.message_id)
            await work.outbox.add(post(original.chat_id, text, ticket_id=original.ticket_id), now=now)

    async def topic_for(self, work: UnitOfWork, ticket_id: int) -> tuple[Localized, Message]:
        """Title and header card of a ticket that needs a (new) topic."""
        ticket = await work.tickets.get(ticket_id)
        if ticket is None:
            raise LookupError(ticket_id)
        user = await self._requester(work, ticket)
        return card.title(self._texts, ticket, user), await self._card(work, ticket, user)

    async def auto_close(self, ticket_id: int, now: datetime) -> None:
        """The grace period is over."""
        async with self._storage.begin() as work:
            ticket = await work.tickets.get(ticket_id)
            if ticket is None or ticket.state is not TicketState.SOLVED:
                return
            moved = await self._move(work, ticket, TicketEvent.AUTO_CLOSE, actor=None, now=now)
            await self._after_end(work, moved, await self._requester(work, moved), now)
            await self._tell(work, moved, Message(self._texts("ticket.closed", number=moved.number)), now)

    # Shared by both sides.

    async def _move(
        self,
        work: UnitOfWork,
        ticket: Ticket,
        event: TicketEvent,
        *,
        actor: int | None,
        now: datetime,
        version: int | None = None,
    ) -> Ticket:
        if version is not None and not MESSAGES.issuperset(await work.tickets.events_since(ticket.id, version)):
            raise Conflict("ticket.stale")
        try:
            moved = transition(ticket, event, actor=actor, now=now)
        except TransitionRefusedError as error:
            raise Conflict("ticket.refused", state=self._texts(f"ticket.state.user.{ticket.state}")) from error
        await work.tickets.save(moved, event, actor=actor, now=now)
        return moved

    async def _after_end(self, work: UnitOfWork, ticket: Ticket, user: User, now: datetime) -> None:
        """The card shows the new state; a solved ticket closes after the grace, a closed one closes its topic."""
        await self._refresh(work, ticket, user, now)
        if ticket.state is TicketState.SOLVED:
            await work.timers.set(CLOSE, ticket.id, now + GRACE)
        else:
            await work.timers.cancel(CLOSE, ticket.id)
        if ticket.state is TicketState.CLOSED:
            name = card.title(self._texts, ticket, user).to_json()
            row = Outgoing(ticket.desk_chat_id, Op.TOPIC, {"title": name}, Lane.BULK, ticket.id)
            await work.outbox.add(row, now=now)

    async def _refresh(self, work: UnitOfWork, ticket: Ticket, user: User, now: datetime) -> None:
        message = await self._card(work, ticket, user)
        slot = header(ticket.id)
        await work.outbox.add(post(ticket.desk_chat_id, message, ticket_id=ticket.id, slot=slot), now=now)

    async def _card(self, work: UnitOfWork, ticket: Ticket, user: User) -> Message:
        names = await work.agents.names([ticket.assignee]) if ticket.assignee else {}
        return card.card(self._texts, ticket, user, names.get(ticket.assignee or 0))

    async def _note(self, work: UnitOfWork, ticket: Ticket, text: Localized, now: datetime) -> None:
        await work.outbox.add(post(ticket.desk_chat_id, Message(text, silent=True), ticket_id=ticket.id), now=now)

    async def _tell(self, work: UnitOfWork, ticket: Ticket, message: Message, now: datetime) -> None:
        await work.outbox.add(post(ticket.user_id, message, link=Link("ticket", ticket.id)), now=now)

    async def _requester(self, work: UnitOfWork, ticket: Ticket) -> User:
        user = await work.users.get(ticket.user_id)
        if user is None:
            raise LookupError(ticket.user_id)
        return user


def _said(text: str) -> str:
    """What an agent's message says to the requester: without the command `/r`."""
    return re.sub(r"^/r(?:@\w+)?(?:\s+|$)", "", text).strip()


def header(ticket_id: int) -> str:
    """The living message that is a ticket's header card."""
    return f"ticket:{ticket_id}"


def _event(events: Mapping[str, TicketEvent], verb: str) -> TicketEvent:
    event = events.get(verb)
    if event is None:
        raise NotFound("error.unknown_button")
    return event


def _is_same(ticket: Ticket, request: Request) -> bool:
    """The same symptom of the same invoice; without a number nothing is known to be the same."""
    number = request.facts.get("number")
    return (
        bool(number)
        and ticket.category == request.category
        and ticket.facts.get("number") == number
        and ticket.facts.get("code") == request.facts.get("code")
    )
