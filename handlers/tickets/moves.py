"""What every use case does to a ticket, whoever acts: move it on, keep what was said, show and tell the result."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.errors import Conflict, NotFound
from handlers.incoming import Incoming
from handlers.messenger import Message, post
from handlers.tickets import card
from knowledge.texts import Locale, Localized, Texts
from knowledge.tickets import GRACE, Ticket, TicketEvent, TicketState, TransitionRefusedError, transition
from storage.messages import Lane, Link, Op, Outgoing
from storage.tickets import TicketMessage
from storage.unit_of_work import UnitOfWork
from storage.users import User

# Events that leave a button's meaning as it was: somebody wrote while the other was about to tap.
MESSAGES = frozenset({TicketEvent.USER_MESSAGE, TicketEvent.AGENT_REPLY, TicketEvent.THANKS})
CLOSE = "ticket.close"


@dataclass(frozen=True, slots=True)
class Desk:
    """The agents' group. An answer rests `send_delay` before it leaves, so that it can still be edited or undone."""

    chat_id: int
    locale: Locale
    send_delay: timedelta


class Moves:
    """Each method is a part of a larger use case."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    async def move(
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

    async def settle(self, work: UnitOfWork, ticket: Ticket, user: User, now: datetime) -> None:
        """The card shows the new state; a solved ticket closes after the grace, a closed one closes its topic."""
        await self.refresh(work, ticket, user, now)
        if ticket.state is TicketState.SOLVED:
            await work.timers.set(CLOSE, ticket.id, now + GRACE)
        else:
            await work.timers.cancel(CLOSE, ticket.id)
        if ticket.state is TicketState.CLOSED:
            name = card.title(self._texts, ticket, user).to_json()
            row = Outgoing(ticket.desk_chat_id, Op.TOPIC, {"title": name}, Lane.BULK, ticket.id)
            await work.outbox.add(row, now=now)

    async def refresh(self, work: UnitOfWork, ticket: Ticket, user: User, now: datetime) -> None:
        message = await self.card(work, ticket, user)
        slot = header(ticket.id)
        await work.outbox.add(post(ticket.desk_chat_id, message, ticket_id=ticket.id, slot=slot), now=now)

    async def card(self, work: UnitOfWork, ticket: Ticket, user: User) -> Message:
        names = await work.agents.names([ticket.assignee]) if ticket.assignee else {}
        return card.card(self._texts, ticket, user, names.get(ticket.assignee or 0))

    async def note(self, work: UnitOfWork, ticket: Ticket, text: Localized, now: datetime) -> None:
        await work.outbox.add(post(ticket.desk_chat_id, Message(text, silent=True), ticket_id=ticket.id), now=now)

    async def tell(self, work: UnitOfWork, ticket: Ticket, message: Message, now: datetime) -> None:
        await work.outbox.add(post(ticket.user_id, message, link=Link("ticket", ticket.id)), now=now)

    async def requester(self, work: UnitOfWork, ticket: Ticket) -> User:
        user = await work.users.get(ticket.user_id)
        if user is None:
            raise LookupError(ticket.user_id)
        return user

    async def answered(self, work: UnitOfWork, message: Incoming) -> int | None:
        """The message on the other side that this one quotes."""
        link = await work.outbox.linked(message.chat_id, message.reply_to) if message.reply_to else None
        if link is None or link.kind not in ("relay", "reply"):
            return None
        original = await work.tickets.message(link.entity)
        return original.message_id if original else None

    async def keep(
        self, work: UnitOfWork, ticket: Ticket, direction: str, message: Incoming, now: datetime
    ) -> TicketMessage:
        kept = TicketMessage(
            0, ticket.id, direction, message.person.id, message.chat_id, message.message_id, message.text, now
        )
        return await work.tickets.add_message(kept)


def said(text: str) -> str:
    """What an agent's message says to the requester: without the command `/r`."""
    return re.sub(r"^/r(?:@\w+)?(?:\s+|$)", "", text).strip()


def header(ticket_id: int) -> str:
    """The living message that is a ticket's header card."""
    return f"ticket:{ticket_id}"


def event_named(events: Mapping[str, TicketEvent], verb: str) -> TicketEvent:
    event = events.get(verb)
    if event is None:
        raise NotFound("error.unknown_button")
    return event
