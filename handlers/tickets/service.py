"""Tickets from the requester's side: filed, written into, confirmed or withdrawn; and what follows a delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from handlers.errors import Conflict, NotPermitted
from handlers.incoming import Incoming, Tap, attempt
from handlers.messenger import Message, edit, post, react
from handlers.tickets import card
from handlers.tickets.moves import CLOSE, Desk, Moves, event_named, said
from knowledge.permissions import Action, allowed
from knowledge.texts import Localized, Texts, join, literal
from knowledge.tickets import Ticket, TicketEvent, TicketState
from storage.messages import Claimed, Lane, Link, Op, Outgoing, State
from storage.tickets import TicketMessage
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import User

MAX_LIVE = 5
MARKED = 4000  # characters up to which a text still fits into one message with a mark before it
SHOWN = 1000  # characters of each version of an edited message: both fit into one, whatever they are
_NOT_DELIVERED = {
    State.FAILED: "desk.not_delivered",
    State.UNKNOWN: "desk.delivery_unknown",
    State.DEAD: "desk.delivery_dead",
}


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
    """Methods that take `work` are part of a larger use case."""

    def __init__(self, storage: Storage, texts: Texts, moves: Moves, desk: Desk) -> None:
        self._storage, self._texts, self._moves, self.desk = storage, texts, moves, desk

    async def file(self, work: UnitOfWork, user: User, request: Request, now: datetime) -> Ticket:
        """A new ticket, or the requester's live one about the same thing. Tells the requester and the desk."""
        live = await work.tickets.live_of_user(user.id)
        same = next((ticket for ticket in live if _is_same(ticket, request)), None)
        if same is not None:
            return await self._attach(work, user, same, request, now)
        await self.require_room(work, user)
        ticket = await work.tickets.add(self._new(user, request, now), actor=user.id, now=now)
        await self._moves.refresh(work, ticket, user, now)
        for message in request.messages:
            await self._copy_to_desk(work, ticket, message, now)
        if request.words:
            quoted = join("\n", [self._texts("desk.quote", text=text) for text in request.words])
            await self._moves.note(work, ticket, self._texts("desk.also_wrote", words=quoted), now)
        await self._moves.tell(work, ticket, Message(self._texts("ticket.received", number=ticket.number)), now)
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
        await self._moves.tell(work, ticket, Message(self._texts("ticket.duplicate", number=ticket.number)), now)
        return ticket

    async def relay(self, work: UnitOfWork, user: User, ticket: Ticket, message: Incoming, now: datetime) -> Ticket:
        """A requester's message goes into the ticket's topic; a solved ticket is reopened by it."""
        moved = await self._moves.move(work, ticket, TicketEvent.USER_MESSAGE, actor=user.id, now=now)
        if moved.state is not ticket.state:
            await self._moves.refresh(work, moved, user, now)
        if moved.reopen_count > ticket.reopen_count:
            await work.timers.cancel(CLOSE, ticket.id)
            await self._moves.tell(work, moved, Message(self._texts("ticket.reopened", number=ticket.number)), now)
        await self._copy_to_desk(work, moved, message, now)
        return moved

    async def _copy_to_desk(self, work: UnitOfWork, ticket: Ticket, message: Incoming, now: datetime) -> None:
        """Words bear a mark that they are the requester's; pictures, files and very long texts go as they are."""
        kept = await self._moves.keep(work, ticket, "in", message, now)
        link, answered = Link("relay", kept.id), await self._moves.answered(work, message)
        if message.html and len(message.text) <= MARKED:
            text = self._texts("desk.relayed", text=Localized(message.html, message.html))
            row = post(ticket.desk_chat_id, Message(text, reply_to=answered), ticket_id=ticket.id, link=link)
        else:
            body = {"from_chat_id": message.chat_id, "message_id": message.message_id, "reply_to": answered}
            row = Outgoing(ticket.desk_chat_id, Op.COPY, body, Lane.REPLY, ticket.id, link=link)
        await work.outbox.add(row, now=now)

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
            ticket, actor = await work.tickets.get(kept.ticket_id), await work.users.actor(message.person.id)
            needed = Action.WRITE_IN_TICKET if kept.direction == "in" else Action.ANSWER_TICKET
            if ticket is None or not allowed(actor, needed, ticket):  # an agent who has left the desk
                await work.audit.refused(message.person.id, attempt(message, "edit"), now)
                return
            await work.tickets.edit_message(kept.id, message.text)
            if ticket.state is TicketState.CLOSED:
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
            await work.outbox.add(edit(chat_id, message_id, Message(literal(said(message.text)))), now=now)

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
            moved = await self._moves.move(
                work, ticket, event_named(events, verb), actor=user_id, now=now, version=version
            )
            answer = Message(self._texts(f"ticket.done.{verb}", number=ticket.number))
            await work.outbox.add(edit(user_id, pressed.message_id, answer), now=now)
            await self._moves.note(work, moved, self._texts(f"desk.requester.{verb}"), now)
            await self._moves.settle(work, moved, user, now)

    async def list_for(self, work: UnitOfWork, user: User) -> Message:
        tickets = await work.tickets.of_user(user.id)
        if not tickets:
            return Message(self._texts("ticket.none"))
        text = self._texts("ticket.list")
        for ticket in tickets:
            text = text + literal("\n") + card.list_line(self._texts, ticket)
        return Message(text, card.list_rows(self._texts, tickets))

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
        user = await self._moves.requester(work, ticket)
        return card.title(self._texts, ticket, user), await self._moves.card(work, ticket, user)

    async def auto_close(self, ticket_id: int, now: datetime) -> None:
        """The grace period is over."""
        async with self._storage.begin() as work:
            ticket = await work.tickets.get(ticket_id)
            if ticket is None or ticket.state is not TicketState.SOLVED:
                return
            moved = await self._moves.move(work, ticket, TicketEvent.AUTO_CLOSE, actor=None, now=now)
            await self._moves.settle(work, moved, await self._moves.requester(work, moved), now)
            await self._moves.tell(work, moved, Message(self._texts("ticket.closed", number=moved.number)), now)


def _is_same(ticket: Ticket, request: Request) -> bool:
    """The same symptom of the same invoice; without a number nothing is known to be the same."""
    number = request.facts.get("number")
    return (
        bool(number)
        and ticket.category == request.category
        and ticket.facts.get("number") == number
        and ticket.facts.get("code") == request.facts.get("code")
    )
