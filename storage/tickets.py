"""Tickets, their events (one a transition) and the messages in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, RowMapping, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.tickets import LIVE, Owner, Priority, Ticket, TicketState
from storage.rows import insert_id
from storage.schema import ticket_events, ticket_messages, tickets


class StaleTicketError(Exception):
    """Somebody else changed the ticket since it was read: nothing was written."""


@dataclass(frozen=True, slots=True)
class TicketMessage:
    """`direction`: "in" from the requester, "out" to the requester, "note" for agents only.

    `chat_id` and `message_id` are where it was written; `text` is for search and transcripts, "" for a picture.
    """

    id: int
    ticket_id: int
    direction: str
    author_id: int
    chat_id: int
    message_id: int
    text: str
    at: datetime


_OF_USER = select(tickets).where(tickets.c.user_id == bindparam("user_id")).order_by(tickets.c.id.desc())
_NEWEST = _OF_USER.limit(bindparam("limit", type_=Integer))
_LIVE = _OF_USER.where(tickets.c.state.in_(LIVE))


class Tickets:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, ticket: Ticket, *, actor: int | None, now: datetime) -> Ticket:
        """A new ticket with its first event. The given id is ignored."""
        values = _values(ticket) | {"version": ticket.version, "created_at": ticket.created_at}
        saved = replace(ticket, id=await insert_id(self._connection, tickets, values))
        await self._log(saved, "file", actor, {"facts": dict(ticket.facts)}, now)
        return saved

    async def save(
        self, ticket: Ticket, event: str, *, actor: int | None, now: datetime, details: Mapping[str, Any] | None = None
    ) -> None:
        """Write a ticket and its event after one transition. Raises StaleTicketError if somebody was quicker."""
        where = (tickets.c.id == ticket.id) & (tickets.c.version == ticket.version - 1)
        values = _values(ticket) | {"version": ticket.version}
        result = await self._connection.execute(update(tickets).where(where).values(values))
        if result.rowcount != 1:
            raise StaleTicketError(ticket.id)
        await self._log(ticket, event, actor, details or {}, now)

    async def place(self, ticket_id: int, topic_id: int | None) -> None:
        """Where the ticket's topic is now; no transition."""
        await self._connection.execute(update(tickets).where(tickets.c.id == ticket_id).values(topic_id=topic_id))

    async def get(self, ticket_id: int) -> Ticket | None:
        row = (
            (await self._connection.execute(select(tickets).where(tickets.c.id == ticket_id))).mappings().one_or_none()
        )
        return _ticket(row) if row else None

    async def in_topic(self, chat_id: int, topic_id: int) -> Ticket | None:
        where = (tickets.c.desk_chat_id == chat_id) & (tickets.c.topic_id == topic_id)
        row = (await self._connection.execute(select(tickets).where(where))).mappings().one_or_none()
        return _ticket(row) if row else None

    async def of_user(self, user_id: int, *, limit: int = 10) -> list[Ticket]:
        """The requester's tickets, newest first."""
        parameters = {"user_id": user_id, "limit": limit}
        return [_ticket(row) for row in (await self._connection.execute(_NEWEST, parameters)).mappings()]

    async def live_of_user(self, user_id: int) -> list[Ticket]:
        """Neither solved nor closed, newest first."""
        return [_ticket(row) for row in (await self._connection.execute(_LIVE, {"user_id": user_id})).mappings()]

    async def add_message(self, message: TicketMessage) -> TicketMessage:
        """The given id is ignored."""
        values = {
            "ticket_id": message.ticket_id,
            "direction": message.direction,
            "author_id": message.author_id,
            "chat_id": message.chat_id,
            "message_id": message.message_id,
            "text": message.text,
            "at": message.at,
        }
        return replace(message, id=await insert_id(self._connection, ticket_messages, values))

    async def edit_message(self, message_id: int, text: str) -> None:
        where = ticket_messages.c.id == message_id
        await self._connection.execute(update(ticket_messages).where(where).values(text=text))

    async def message(self, message_id: int) -> TicketMessage | None:
        query = select(ticket_messages).where(ticket_messages.c.id == message_id)
        row = (await self._connection.execute(query)).one_or_none()
        return TicketMessage(*row) if row else None

    async def message_at(self, chat_id: int, message_id: int) -> TicketMessage | None:
        """The ticket message that was written here."""
        where = (ticket_messages.c.chat_id == chat_id) & (ticket_messages.c.message_id == message_id)
        row = (await self._connection.execute(select(ticket_messages).where(where))).one_or_none()
        return TicketMessage(*row) if row else None

    async def messages(self, ticket_id: int) -> list[TicketMessage]:
        """Oldest first, notes included: never hand this to a requester unfiltered."""
        query = select(ticket_messages).where(ticket_messages.c.ticket_id == ticket_id).order_by(ticket_messages.c.id)
        return [TicketMessage(*row) for row in await self._connection.execute(query)]

    async def events_since(self, ticket_id: int, version: int) -> list[str]:
        """What happened after this version, oldest first."""
        where = (ticket_events.c.ticket_id == ticket_id) & (ticket_events.c.version > version)
        rows = await self._connection.scalars(
            select(ticket_events.c.event).where(where).order_by(ticket_events.c.version)
        )
        return list(rows)

    async def _log(
        self, ticket: Ticket, event: str, actor: int | None, details: Mapping[str, Any], now: datetime
    ) -> None:
        values = {
            "ticket_id": ticket.id,
            "version": ticket.version,
            "event": event,
            "actor_id": actor,
            "details": dict(details) | {"state": ticket.state},
            "at": now,
        }
        await self._connection.execute(insert(ticket_events).values(values))


def _values(ticket: Ticket) -> dict[str, Any]:
    return {
        "user_id": ticket.user_id,
        "state": ticket.state,
        "category": ticket.category,
        "priority": ticket.priority,
        "assignee": ticket.assignee,
        "owner": ticket.owner,
        "subject": ticket.subject,
        "facts": dict(ticket.facts),
        "tried": [list(step) for step in ticket.tried],
        "desk_chat_id": ticket.desk_chat_id,
        "follow_up_of": ticket.follow_up_of,
        "reopen_count": ticket.reopen_count,
        "close_reason": ticket.close_reason,
        "waiting_since": ticket.waiting_since,
        "answered_at": ticket.answered_at,
        "solved_at": ticket.solved_at,
    }


def _ticket(row: RowMapping) -> Ticket:
    fields: dict[str, Any] = {str(name): value for name, value in row.items()}
    fields["state"], fields["priority"] = TicketState(row["state"]), Priority(row["priority"])
    fields["owner"], fields["tried"] = Owner(row["owner"]), tuple((step, outcome) for step, outcome in row["tried"])
    return Ticket(**fields)
