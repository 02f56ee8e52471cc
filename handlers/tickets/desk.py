"""Tickets from the desk's side: claimed, answered, noted, solved by agents."""

from __future__ import annotations

from datetime import datetime

from handlers.errors import Conflict, InvalidInput, NotFound, NotPermitted
from handlers.incoming import Incoming
from handlers.messenger import Message, react
from handlers.tickets import card
from handlers.tickets.moves import Desk, Moves, event_named, header, said
from knowledge.permissions import Action, HelpDesk, allowed
from knowledge.texts import Texts, literal
from knowledge.tickets import Ticket, TicketEvent
from storage.messages import Lane, Link, Op, Outgoing
from storage.unit_of_work import Storage, UnitOfWork


class DeskService:
    def __init__(self, storage: Storage, texts: Texts, moves: Moves, desk: Desk) -> None:
        self._storage, self._texts, self._moves, self.desk = storage, texts, moves, desk

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
        event = event_named(events, verb)
        if event is TicketEvent.CLAIM and ticket.assignee not in (None, agent_id):
            names = await work.agents.names([ticket.assignee or 0])
            raise Conflict("desk.claimed_by", name=names.get(ticket.assignee or 0, ""))
        if event is TicketEvent.SOLVE and ticket.answered_at is None:
            raise Conflict("desk.solve_needs_reply")
        moved = await self._moves.move(work, ticket, event, actor=agent_id, now=now, version=version)
        user = await self._moves.requester(work, moved)
        await self._moves.settle(work, moved, user, now)
        if event is TicketEvent.SOLVE:
            text = self._texts("ticket.solved", number=moved.number)
            await self._moves.tell(work, moved, Message(text, card.solved_rows(self._texts, moved)), now)

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
                await self._moves.keep(work, ticket, "note", message, now)
                await work.outbox.add(react(message.chat_id, message.message_id, "✍"), now=now)

    async def answer_by_command(self, message: Incoming, now: datetime) -> None:
        """`/r text`: an answer without replying to anything."""
        async with self._storage.begin() as work:
            ticket = await self._for_agent(work, message.person.id, await self._in_topic(work, message))
            text = said(message.text)
            if not text:
                raise InvalidInput("desk.empty_answer")
            await self._answer(work, ticket, message, now, text=text)

    async def note_by_command(self, message: Incoming, now: datetime) -> None:
        """`/note text`: stays at the desk even if it replies to a relayed message."""
        async with self._storage.begin() as work:
            ticket = await self._for_agent(work, message.person.id, await self._in_topic(work, message))
            await self._moves.keep(work, ticket, "note", message, now)
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
        moved = await self._moves.move(work, ticket, TicketEvent.AGENT_REPLY, actor=message.person.id, now=now)
        kept = await self._moves.keep(work, moved, "out", message, now)
        link, due = Link("reply", kept.id), now + self.desk.send_delay
        answered = await self._moves.answered(work, message)
        if text is None:
            body = {"from_chat_id": message.chat_id, "message_id": message.message_id, "reply_to": answered}
            answer = Outgoing(moved.user_id, Op.COPY, body, Lane.AGENT_REPLY, moved.id, link=link, due_at=due)
        else:
            body = Message(literal(text), reply_to=answered).to_json()
            answer = Outgoing(moved.user_id, Op.SEND, body, Lane.AGENT_REPLY, moved.id, link=link, due_at=due)
        await work.outbox.add(answer, react(message.chat_id, message.message_id, "👀"), now=now)
        await self._moves.refresh(work, moved, await self._moves.requester(work, moved), now)

    async def _in_topic(self, work: UnitOfWork, message: Incoming) -> Ticket | None:
        if message.chat_id != self.desk.chat_id or message.topic_id is None:
            return None
        return await work.tickets.in_topic(message.chat_id, message.topic_id)

    async def _for_agent(self, work: UnitOfWork, agent_id: int, ticket: Ticket | None) -> Ticket:
        actor = await work.users.actor(agent_id)
        if ticket is None:
            raise NotFound("desk.no_ticket_here") if allowed(actor, Action.WORK_AT_DESK, HelpDesk()) else NotPermitted
        if not allowed(actor, Action.ANSWER_TICKET, ticket):
            raise NotPermitted
        return ticket
