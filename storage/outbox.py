"""Messages to send, written in the transaction of their cause. Only the delivery worker takes them out.

queued → sending → sent | failed | unknown | dead. `sending` is committed before the call, so that after a crash
we know which messages may have reached Telegram already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.messages import Claimed, File, Lane, Link, Op, Outcome, Outgoing, State
from storage.rows import insert_id, upsert
from storage.schema import message_links, message_slots, outbox, outbox_files, tickets, users
from storage.sqlite_driver import LONG

Admit = Callable[[int], bool]


_HEADS = (
    select(func.min(outbox.c.id))
    .where(outbox.c.state == State.QUEUED, outbox.c.due_at <= bindparam("now"))
    .group_by(outbox.c.chat_id)
)
_CLAIM = (
    select(
        outbox.c.id,
        outbox.c.chat_id,
        outbox.c.op,
        outbox.c.body,
        outbox.c.lane,
        outbox.c.ticket_id,
        outbox.c.slot,
        outbox.c.attempts,
        outbox.c.link_kind,
        outbox.c.link_entity,
        outbox.c.retry_at,
        outbox.c.error,
        users.c.locale,
        tickets.c.desk_chat_id,
        tickets.c.topic_id,
        message_slots.c.message_id.label("slot_message_id"),
        outbox_files.c.row_id.label("file_row"),
    )
    .select_from(
        outbox.outerjoin(users, users.c.id == outbox.c.chat_id)
        .outerjoin(outbox_files, outbox_files.c.row_id == outbox.c.id)
        .outerjoin(tickets, tickets.c.id == outbox.c.ticket_id)
        .outerjoin(
            message_slots,
            (message_slots.c.chat_id == outbox.c.chat_id) & (message_slots.c.slot == outbox.c.slot),
        )
    )
    .where(outbox.c.id.in_(_HEADS))
    .order_by(outbox.c.lane, outbox.c.id)
)
_SENDING = (
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"))
    .values(state=State.SENDING, sending_since=bindparam("now"), attempts=outbox.c.attempts + 1)
)
_SETTLE = update(outbox).where(outbox.c.id == bindparam("row_id"))  # sets what it is executed with
_ready_at = func.coalesce(outbox.c.retry_at, outbox.c.due_at)
_NEXT_DUE = select(func.min(_ready_at)).where(outbox.c.state == State.QUEUED, _ready_at > bindparam("now"))

UNKNOWN_ONCE = "no answer came; it may have arrived"


class Outbox:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.touched = False

    async def add(self, *messages: Outgoing, now: datetime) -> list[int]:
        """Queue in this order; order is kept inside each chat."""
        ids = []
        for message in messages:
            if message.slot and (waiting := await self._waiting(message, now)):
                ids.append(waiting)
                continue
            values = {
                "lane": message.lane,
                "chat_id": message.chat_id,
                "ticket_id": message.ticket_id,
                "op": message.op,
                "body": dict(message.body),
                "slot": message.slot,
                "link_kind": message.link.kind if message.link else None,
                "link_entity": message.link.entity if message.link else None,
                "state": State.QUEUED,
                "attempts": 0,
                "error": "",
                "created_at": now,
                "due_at": message.due_at or now,
            }
            ids.append(await insert_id(self._connection, outbox, values))
            if message.file is not None:
                await self._attach(ids[-1], message.file)
        self.touched = self.touched or bool(messages)
        return ids

    async def _attach(self, row_id: int, file: File) -> None:
        values = {"row_id": row_id, "name": file.name, "content": file.content, "is_picture": file.is_picture}
        await self._connection.execute(insert(outbox_files).values(values))

    async def file(self, row_id: int) -> File | None:
        """What a message carries; forgotten as soon as it was sent."""
        row = (
            await self._connection.execute(select(outbox_files).where(outbox_files.c.row_id == row_id))
        ).one_or_none()
        return File(row.name, row.content, row.is_picture) if row else None

    async def _waiting(self, message: Outgoing, now: datetime) -> int | None:
        """Put a newer content into a living message that has not left, or may not have; it leaves at its own time."""
        where = (
            (outbox.c.state == State.QUEUED) & (outbox.c.chat_id == message.chat_id) & (outbox.c.slot == message.slot)
        )
        values = {"body": dict(message.body), "due_at": message.due_at or now, "error": ""}
        query = update(outbox).where(where).values(values).returning(outbox.c.id)
        row_id: int | None = await self._connection.scalar(query)
        return row_id

    async def claim(self, now: datetime, admits: Admit, limit: int) -> list[Claimed]:
        """Take the oldest due row of each chat that `admits` lets through, first lanes first, and mark it as sending.

        One row a chat at a time keeps the order; a row that waits for its retry holds back those behind it.
        """
        taken: list[Claimed] = []
        for row in await self._connection.execute(_CLAIM, {"now": now}):
            if len(taken) >= limit:
                break
            if (row.retry_at is None or row.retry_at <= now) and admits(row.chat_id):
                taken.append(_claimed(row))
        if taken:
            await self._connection.execute(_SENDING, [{"row_id": row.id, "now": now} for row in taken])
        return taken

    async def settle(self, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Record how deliveries ended, with the links and slots of what was sent."""
        alike: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for outcome in outcomes:
            values = await self._settled(outcome, now)
            alike[tuple(values)].append(values)
        for rows in alike.values():
            await self._connection.execute(_SETTLE, rows)
        for outcome in outcomes:
            if outcome.message_id is not None:
                await self._remember(outcome.row, outcome.message_id)
            if outcome.row.has_file and outcome.state is State.SENT:
                await self._connection.execute(delete(outbox_files).where(outbox_files.c.row_id == outcome.row.id))

    async def _settled(self, outcome: Outcome, now: datetime) -> dict[str, Any]:
        values = {
            "row_id": outcome.row.id,
            "state": outcome.state,
            "error": outcome.error,
            "message_id": outcome.message_id,
            "retry_at": outcome.retry_at,
            "sent_at": now if outcome.state is State.SENT else None,
        }
        if outcome.overtaken_until:
            values |= await self._put_off(outcome.row, outcome.overtaken_until)
        if not outcome.is_attempt:
            values["attempts"] = outcome.row.attempts - 1
        return values

    async def _put_off(self, row: Claimed, until: datetime) -> dict[str, Any]:
        """Later rows pass meanwhile; a living message that has got a newer content since is not sent again."""
        newer = (outbox.c.chat_id == row.chat_id) & (outbox.c.slot == row.slot) & (outbox.c.id > row.id)
        if row.slot and await self._connection.scalar(select(outbox.c.id).where(newer).limit(1)) is not None:
            return {"state": State.UNKNOWN}
        return {"due_at": until}

    async def _remember(self, row: Claimed, message_id: int) -> None:
        if row.slot and row.slot_message_id != message_id:
            await self.fill_slot(row.chat_id, row.slot, message_id)
        if row.link and row.slot_message_id != message_id:
            await self.link(row.chat_id, message_id, row.link)

    async def fill_slot(self, chat_id: int, slot: str, message_id: int) -> None:
        await self.clear_slot(chat_id, slot)
        values = {"chat_id": chat_id, "slot": slot, "message_id": message_id}
        await self._connection.execute(insert(message_slots).values(values))

    async def clear_slot(self, chat_id: int, slot: str) -> None:
        """Forget the living message: the next one under this name is sent anew."""
        where = (message_slots.c.chat_id == chat_id) & (message_slots.c.slot == slot)
        await self._connection.execute(delete(message_slots).where(where))

    async def slot(self, chat_id: int, slot: str) -> int | None:
        """The id of the living message under this name."""
        where = (message_slots.c.chat_id == chat_id) & (message_slots.c.slot == slot)
        message_id: int | None = await self._connection.scalar(select(message_slots.c.message_id).where(where))
        return message_id

    async def link(self, chat_id: int, message_id: int, link: Link) -> None:
        """What a message is about; the last word counts."""
        values = {"chat_id": chat_id, "message_id": message_id, "kind": link.kind, "entity": link.entity}
        await upsert(self._connection, message_links, values, key=("chat_id", "message_id"))

    async def linked(self, chat_id: int, message_id: int) -> Link | None:
        """What one of our messages is about. Routing goes by this map only, never by what a message says."""
        where = (message_links.c.chat_id == chat_id) & (message_links.c.message_id == message_id)
        row = (await self._connection.execute(select(message_links).where(where))).one_or_none()
        return Link(row.kind, row.entity) if row else None

    async def places(self, link: Link) -> list[tuple[int, int]]:
        """(chat, message) of everything sent about this entity."""
        where = (message_links.c.kind == link.kind) & (message_links.c.entity == link.entity)
        rows = await self._connection.execute(select(message_links.c.chat_id, message_links.c.message_id).where(where))
        return [(row.chat_id, row.message_id) for row in rows]

    async def recover(self) -> int:
        """After a start: what was being sent when the last process died is sent again; how many rows.

        Except BULK, unless a second time changes nothing.
        """
        sending = outbox.c.state == State.SENDING
        bulk = (outbox.c.lane == Lane.BULK) & outbox.c.op.not_in([op for op in Op if op.is_repeatable])
        await self._connection.execute(update(outbox).where(sending, bulk).values(state=State.UNKNOWN))
        values = {"state": State.QUEUED, "error": "the process ended while sending"}
        return (await self._connection.execute(update(outbox).where(sending).values(values))).rowcount

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next queued row that is not due yet will be, or None if there is none."""
        moment: datetime | None = await self._connection.scalar(_NEXT_DUE, {"now": now})
        return moment

    async def busy(self, now: datetime) -> bool:
        """Whether anything is due or on its way."""
        where = (outbox.c.state == State.SENDING) | ((outbox.c.state == State.QUEUED) & (outbox.c.due_at <= now))
        return await self._connection.scalar(select(outbox.c.id).where(where).limit(1)) is not None

    async def sent_since(self, moment: datetime) -> list[tuple[int, datetime]]:
        """(chat, when) of what was handed to Telegram lately, oldest first: limits outlive a restart by it."""
        rows = await self._connection.execute(
            select(outbox.c.chat_id, outbox.c.sending_since)
            .where(outbox.c.sending_since >= moment)
            .order_by(outbox.c.sending_since)
        )
        return [(row.chat_id, row.sending_since) for row in rows]

    async def cancel_for_chat(self, chat_id: int, lane: Lane) -> None:
        """Drop what waits for a chat in this lane or below: nobody reads it there."""
        where = (outbox.c.chat_id == chat_id) & (outbox.c.state == State.QUEUED) & (outbox.c.lane >= lane)
        await self._connection.execute(
            update(outbox).where(where).values(state=State.FAILED, error="recipient is unreachable")
        )

    async def move_chat(self, old: int, new: int) -> None:
        """A group became a supergroup: its id changes everywhere at once.

        Its messages are counted anew: what was known of the old ones would be taken for others, and is forgotten.
        """
        for known in (message_slots, message_links):
            await self._connection.execute(delete(known).where(known.c.chat_id == old))
        for table, column in ((outbox, outbox.c.chat_id), (tickets, tickets.c.desk_chat_id)):
            await self._connection.execute(update(table).where(column == old).values({column.name: new}))

    async def dead(self) -> list[tuple[int, int, str]]:
        """(id, chat, reason) of the dead letters, oldest first."""
        query = select(outbox.c.id, outbox.c.chat_id, outbox.c.error).where(outbox.c.state == State.DEAD)
        return [(row.id, row.chat_id, row.error) for row in await self._connection.execute(query.order_by(outbox.c.id))]

    async def forget_before(self, moment: datetime) -> None:
        """Drop what is over and done with: messages are people's words, and are kept no longer than needed."""
        over = outbox.c.state.in_([State.SENT, State.FAILED, State.UNKNOWN])
        await self._connection.execute(delete(outbox).where(over, outbox.c.created_at < moment).prefix_with(LONG))

    async def retry_dead(self) -> int:
        """Queue dead letters again; how many."""
        values = {"state": State.QUEUED, "attempts": 0, "retry_at": None}
        result = await self._connection.execute(update(outbox).where(outbox.c.state == State.DEAD).values(values))
        return result.rowcount

    async def counts(self) -> dict[str, int]:
        rows = await self._connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
        return {row[0]: row[1] for row in rows}


def _claimed(row: Row[Any]) -> Claimed:
    return Claimed(
        id=row.id,
        chat_id=row.chat_id,
        op=Op(row.op),
        body=row.body,
        lane=Lane(row.lane),
        ticket_id=row.ticket_id,
        slot=row.slot,
        attempts=row.attempts + 1,
        locale=row.locale,
        desk_chat_id=row.desk_chat_id,
        topic_id=row.topic_id,
        slot_message_id=row.slot_message_id,
        link=Link(row.link_kind, row.link_entity) if row.link_kind else None,
        was_unknown=row.error == UNKNOWN_ONCE,
        has_file=row.file_row is not None,
    )
