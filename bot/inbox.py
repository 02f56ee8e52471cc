"""Updates: committed before they are confirmed, handled once, in order inside each chat and topic, in parallel across.

Polling and webhook both end in `Inbox.take`. We poll by ourselves (docs/adr/0002): python-telegram-bot's updater
confirms what is only in memory, and drops an update that it cannot parse.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from storage.inbox import Received
from storage.unit_of_work import Cause, Storage, cause

MAX_ATTEMPTS = 3
RETRY_SECONDS, LONGEST_PAUSE = 0.5, 30.0

_log = logging.getLogger(__name__)

Handle = Callable[[Mapping[str, Any]], Awaitable[None]]
OnParked = Callable[[Received], Awaitable[None]]


class Inbox:
    """`handle` gets one update; an exception from it is a failed attempt, MAX_ATTEMPTS of them park the update.

    `on_parked` is told once of each update that was given up.
    """

    def __init__(
        self,
        storage: Storage,
        bot_id: int,
        handle: Handle,
        clock: Callable[[], datetime],
        on_parked: OnParked | None = None,
        *,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._storage, self._bot_id, self._handle, self._clock = storage, bot_id, handle, clock
        self._on_parked, self._retry_seconds = on_parked, retry_seconds
        self._lanes: dict[str, deque[Received]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def take(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Store these, in one commit; returns when they are safe. Those that came before are not handled again."""
        if not updates:
            return
        pairs = [(lane_of(update), update) for update in updates]
        async with self._storage.begin() as work:
            received = await work.inbox.add(self._bot_id, pairs, self._clock())
        self._enqueue(received)

    async def recover(self) -> int:
        """After a start: go on with what was stored and not handled; how many."""
        async with self._storage.read() as work:
            pending = await work.inbox.pending()
        self._enqueue(pending)
        return len(pending)

    async def settle(self) -> None:
        """Wait until everything that was taken is handled."""
        while self._running:
            await asyncio.gather(*self._running)

    def _enqueue(self, received: Sequence[Received]) -> None:
        for row in received:
            lane = self._lanes.get(row.lane)
            if lane is not None:
                lane.append(row)
                continue
            self._lanes[row.lane] = deque([row])
            task = asyncio.create_task(self._run(row.lane))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, lane: str) -> None:
        rows = self._lanes[lane]
        while rows:
            await self._once(rows[0])
            rows.popleft()
        del self._lanes[lane]

    async def _once(self, row: Received) -> None:
        """Handle one row to its end, whatever happens.

        An attempt counts only if its failure can be written down: while the database is away, nothing is given up.
        """
        attempts, pause = row.attempts, self._retry_seconds
        while (error := await self._attempt(row)) is not None:
            park = attempts + 1 >= MAX_ATTEMPTS
            if not await self._failed(row, error, park=park):
                pause = min(LONGEST_PAUSE, pause * 2)
            elif park:
                await self._tell(row)
                return
            else:
                attempts, pause = attempts + 1, self._retry_seconds
            await asyncio.sleep(pause)

    async def _attempt(self, row: Received) -> Exception | None:
        """What went wrong before anything was committed; None if the row is handled."""
        this = Cause(row.id)
        token = cause.set(this)
        try:
            await self._handle(row.update)
            if not this.settled:
                async with self._storage.begin():
                    pass
        except Exception as error:
            _log.exception("update %s", row.update_id)
            return None if this.settled else error  # what is committed is not done again
        finally:
            cause.reset(token)
        return None

    async def _failed(self, row: Received, error: Exception, *, park: bool) -> bool:
        try:
            async with self._storage.begin() as work:
                await work.inbox.failed(row.id, type(error).__name__, park=park)
        except Exception:
            _log.exception("update %s could not be marked as failed", row.update_id)
            return False
        return True

    async def _tell(self, row: Received) -> None:
        _log.error("update %s is given up after %s attempts", row.update_id, MAX_ATTEMPTS)
        try:
            if self._on_parked:
                await self._on_parked(row)
        except Exception:
            _log.exception("nobody could be told that update %s is given up", row.update_id)


def lane_of(update: Mapping[str, Any]) -> str:
    """`chat` or `chat/topic`; what belongs to no chat goes by its person, or stands alone.

    What somebody types after the bot's name elsewhere doesn't wait for what they do in their chat with it.
    """
    for name, content in update.items():
        if not isinstance(content, Mapping):
            continue
        message = content.get("message", content) if name == "callback_query" else content
        chat = message.get("chat") if isinstance(message, Mapping) else None
        if isinstance(chat, Mapping) and isinstance(chat.get("id"), int):
            topic = message.get("message_thread_id") if message.get("is_topic_message") else None
            return f"{chat['id']}/{topic}" if topic else str(chat["id"])
        person = content.get("from")
        if isinstance(person, Mapping) and isinstance(person.get("id"), int):
            return f"inline {person['id']}" if name == "inline_query" else str(person["id"])
    return f"update {update.get('update_id')}"
