"""Deliver what the outbox holds: one row, one message, and what its end means for everybody concerned."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.alerts.service import AlertService
from handlers.errors import (
    ChatMoved,
    DeliveryError,
    MessageLost,
    NotSent,
    OutcomeUnknown,
    Refused,
    TopicLost,
    TryLater,
    Unreachable,
)
from handlers.messenger import Messenger, render
from handlers.notifications.ports import Pace
from handlers.tickets.moves import header
from handlers.tickets.service import TicketService
from knowledge.texts import Locale
from storage.messages import Claimed, File, Lane, Op, Outcome, State
from storage.outbox import UNKNOWN_ONCE, Admit
from storage.unit_of_work import Storage

MAX_ATTEMPTS = 6
UNKNOWN_AGAIN = timedelta(seconds=60)

_log = logging.getLogger(__name__)


class DeliveryService:
    def __init__(
        self,
        storage: Storage,
        messenger: Messenger,
        tickets: TicketService,
        alerts: AlertService,
        pace: Pace,
        default: Locale,
    ) -> None:
        self._storage, self._messenger, self._tickets, self._alerts = storage, messenger, tickets, alerts
        self._pace, self._default = pace, default

    async def recover(self) -> int:
        """After a start: queue again what was on its way when the last process ended; how many rows."""
        async with self._storage.begin() as work:
            return await work.outbox.recover()

    async def exchange(
        self, outcomes: Sequence[Outcome], now: datetime, admits: Admit, limit: int
    ) -> tuple[list[Claimed], datetime | None]:
        """Record how deliveries ended and take the next rows, in one transaction.

        The second value is when the next queued row is due, None if nothing waits.
        """
        async with self._storage.begin() as work:
            await work.outbox.settle(outcomes, now)
            for outcome in outcomes:
                await self._tickets.after_delivery(work, outcome.row, outcome.state, now)
            work.outbox.touched = False  # we are the ones who would be woken
            claimed = await work.outbox.claim(now, admits, limit)
            return claimed, await work.outbox.next_due(now)

    async def deliver(self, row: Claimed, now: datetime, jitter: float) -> Outcome:
        """Hand one row to Telegram. Never raises for what Telegram may answer; `jitter` is between 0 and 1."""
        if not await self._may_still_go(row):
            return Outcome(row, State.FAILED, error="the reader may no longer see this invoice")
        try:
            return Outcome(row, State.SENT, await self._hand_over(row, now))
        except DeliveryError as error:
            _log.info("outbox row %s to chat %s: %s", row.id, row.chat_id, error)
            return await self._failed(row, error, now, jitter)

    def broken(self, row: Claimed, error: Exception, now: datetime, jitter: float) -> Outcome:
        """The database failed on the way, or our own code did: tried again, at last a dead letter."""
        if row.attempts < MAX_ATTEMPTS:
            return _again(row, error, now, jitter)
        return _dead(row, error)

    async def _may_still_go(self, row: Claimed) -> bool:
        is_alert = row.link is not None and row.link.kind == "alert"
        return not is_alert or await self._alerts.may_still_go(row.chat_id, row.link.entity if row.link else 0)

    async def _hand_over(self, row: Claimed, now: datetime) -> int | None:
        thread_id = await self._topic(row, now) if row.ticket_id and row.chat_id == row.desk_chat_id else None
        match row.op:
            case Op.SEND:
                return await self._send(row, thread_id, now)
            case Op.COPY:
                body = row.body
                return await self._messenger.copy(
                    row.chat_id,
                    body["from_chat_id"],
                    body["message_id"],
                    thread_id=thread_id,
                    reply_to=body["reply_to"],
                )
            case Op.EDIT:
                await self._messenger.edit(row.chat_id, row.body["message_id"], render(row.body, self._locale(row)))
            case Op.STRIP:
                await self._messenger.strip(row.chat_id, row.body["message_id"])
            case Op.REACT:
                await self._messenger.react(row.chat_id, row.body["message_id"], row.body["emoji"])
            case Op.TOPIC:
                title = row.body["title"][self._locale(row)]
                self._pace.spent(row.chat_id, now)
                await self._messenger.close_topic(row.chat_id, thread_id or 0, title)
        return None

    async def _send(self, row: Claimed, thread_id: int | None, now: datetime) -> int:
        message = render(row.body, self._locale(row))
        if row.slot_message_id is not None:
            try:
                await self._messenger.edit(row.chat_id, row.slot_message_id, message)
            except MessageLost:
                _log.info("the living message of row %s is gone: sending it anew", row.id)
                self._pace.spent(row.chat_id, now)
            else:
                return row.slot_message_id
        if row.has_file and (file := await self._file(row)):
            return await self._messenger.send_file(row.chat_id, message, file, thread_id=thread_id)
        message_id = await self._messenger.send(row.chat_id, message, thread_id=thread_id)
        if row.body["pin"]:
            await self._pin(row.chat_id, message_id)
        return message_id

    async def _file(self, row: Claimed) -> File | None:
        async with self._storage.read() as work:
            return await work.outbox.file(row.id)

    async def _pin(self, chat_id: int, message_id: int) -> None:
        try:
            await self._messenger.pin(chat_id, message_id)
        except DeliveryError as error:  # the card stands all the same
            _log.info("not pinned in chat %s: %s", chat_id, error)

    async def _topic(self, row: Claimed, now: datetime) -> int:
        """The ticket's topic; it and its header card are made if they are missing. The card comes first."""
        assert row.ticket_id is not None  # noqa: S101 - asked for rows of tickets only
        slot = header(row.ticket_id)
        async with self._storage.read() as work:
            ticket = await work.tickets.get(row.ticket_id)
            topic_id = ticket.topic_id if ticket else None
            brings_card = row.slot == slot or row.op is Op.TOPIC
            has_card = brings_card or await work.outbox.slot(row.chat_id, slot) is not None
            if topic_id is not None and has_card:
                return topic_id
            title, card = await self._tickets.topic_for(work, row.ticket_id)
        if topic_id is None:
            self._pace.spent(row.chat_id, now)
            topic_id = await self._messenger.create_topic(row.chat_id, title[self._default])
            async with self._storage.begin() as work:
                await work.tickets.place(row.ticket_id, topic_id)
        if not has_card:
            self._pace.spent(row.chat_id, now)
            message = render(card.to_json(), self._default)
            message_id = await self._messenger.send(row.chat_id, message, thread_id=topic_id)
            async with self._storage.begin() as work:
                await work.outbox.fill_slot(row.chat_id, slot, message_id)
            await self._pin(row.chat_id, message_id)
        return topic_id

    def _locale(self, row: Claimed) -> Locale:
        return Locale(row.locale) if row.locale else self._default

    async def _failed(self, row: Claimed, error: DeliveryError, now: datetime, jitter: float) -> Outcome:
        """product.md §6, Delivery: what each kind of failure means for the row."""
        match error:
            case TryLater():
                self._pace.refused(row.chat_id, now, error.seconds)
                retry_at = now + timedelta(seconds=error.seconds)
                return Outcome(row, State.QUEUED, error=str(error), retry_at=retry_at, is_attempt=False)
            case NotSent() if row.attempts < MAX_ATTEMPTS:
                return _again(row, error, now, jitter)
            case OutcomeUnknown() if row.op.is_repeatable and row.attempts < MAX_ATTEMPTS:
                return _again(row, error, now, jitter)
            case OutcomeUnknown() if row.lane is not Lane.BULK and not row.was_unknown:
                return Outcome(row, State.QUEUED, error=UNKNOWN_ONCE, overtaken_until=now + UNKNOWN_AGAIN)
            case OutcomeUnknown():
                return Outcome(row, State.UNKNOWN, error=str(error))
            case TopicLost() if row.op is not Op.TOPIC and row.attempts < MAX_ATTEMPTS:
                await self._forget_topic(row)
                return Outcome(row, State.QUEUED, error=str(error), retry_at=now)
            case ChatMoved() if row.attempts < MAX_ATTEMPTS:
                await self._move_chat(row.chat_id, error.new_chat_id)
                return Outcome(row, State.QUEUED, error=str(error), retry_at=now)
            case Unreachable() if row.chat_id > 0:
                await self._unreachable(row.chat_id)
                return Outcome(row, State.FAILED, error=str(error))
            case TopicLost() if row.op is Op.TOPIC:
                return Outcome(row, State.FAILED, error=str(error))
            case MessageLost() | Refused():
                return Outcome(row, State.FAILED, error=str(error))
            case _:  # a group that shut us out is the operator's to mend: nothing for it is given up
                return _dead(row, error)

    async def _forget_topic(self, row: Claimed) -> None:
        if row.ticket_id is None:
            return
        async with self._storage.begin() as work:
            await work.tickets.place(row.ticket_id, None)
            await work.outbox.clear_slot(row.chat_id, header(row.ticket_id))

    async def _move_chat(self, old: int, new: int) -> None:
        async with self._storage.begin() as work:
            await work.outbox.move_chat(old, new)

    async def _unreachable(self, chat_id: int) -> None:
        """Nobody reads there: low messages are dropped, the others wait as failed; the desk sees it on the card."""
        async with self._storage.begin() as work:
            await work.users.unreachable(chat_id)
            await work.outbox.cancel_for_chat(chat_id, Lane.BULK)


def _again(row: Claimed, error: Exception, now: datetime, jitter: float) -> Outcome:
    """After 1, 2, 4 … seconds and up to half as much again; its chat waits, so that order is kept."""
    wait = timedelta(seconds=2 ** (row.attempts - 1) * (1 + jitter / 2))
    return Outcome(row, State.QUEUED, error=_cause(error), retry_at=now + wait)


def _dead(row: Claimed, error: Exception) -> Outcome:
    _log.error("dead letter: outbox row %s to chat %s: %s", row.id, row.chat_id, _cause(error))
    return Outcome(row, State.DEAD, error=_cause(error))


def _cause(error: Exception) -> str:
    return str(error) if isinstance(error, DeliveryError) else type(error).__name__
