"""The delivery loop over the outbox: woken by commits and the clock; in order in each chat, chats in parallel."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.limiter import Limiter
from handlers.notifications.service import DeliveryService
from storage.messages import Claimed, Outcome

IN_FLIGHT = 64  # 1,200 calls/s at a round trip of 50 ms (docs/benchmarks.md): 40 times what Telegram lets through
LOOK_AGAIN = 30.0  # seconds: another process may have queued something (`outbox retry`)
STALLED = timedelta(seconds=1)  # pause after the database failed

_log = logging.getLogger(__name__)


class Worker:
    """`awake` is set by every commit that queued a message."""

    def __init__(
        self, delivery: DeliveryService, limiter: Limiter, clock: Callable[[], datetime], awake: asyncio.Event
    ) -> None:
        self._delivery, self._limiter, self._clock, self._awake = delivery, limiter, clock, awake
        self._busy: dict[int, asyncio.Task[None]] = {}  # chats whose last row is on its way or not recorded yet
        self._finished: list[Outcome] = []
        self._stopping = False

    def stop(self) -> None:
        """Begin no more deliveries."""
        self._stopping = True
        self._awake.set()

    async def run(self) -> None:
        """Until stopped or cancelled; what is on its way then is waited for and recorded."""
        try:
            while not self._stopping:
                self._awake.clear()
                due = await self._round()
                await self._sleep(due)
        finally:
            await self._drain()

    async def _round(self) -> datetime | None:
        """Record what ended, begin what may go; when to look again."""
        finished, self._finished = self._finished, []
        for outcome in finished:
            self._busy.pop(outcome.row.chat_id, None)
        now = self._clock()
        held: list[datetime] = []

        def admits(chat_id: int) -> bool:
            if chat_id in self._busy:
                return False
            if self._limiter.admits(chat_id, now):
                return True
            held.append(self._limiter.free_at(chat_id, now))
            return False

        try:
            rows, due = await self._delivery.exchange(finished, now, admits, IN_FLIGHT - len(self._busy))
        except Exception:
            _log.exception("the outbox could not be read or written; trying again")
            self._finished = finished + self._finished
            return now + STALLED
        for row in rows:
            self._busy[row.chat_id] = asyncio.create_task(self._deliver(row))
        return min([*held, *([due] if due and due > now else [])], default=None)

    async def _deliver(self, row: Claimed) -> None:
        jitter = random.random()  # noqa: S311 - spreads retries
        try:
            outcome = await self._delivery.deliver(row, self._clock(), jitter)
        except Exception as error:
            _log.exception("outbox row %s could not be delivered", row.id)
            outcome = self._delivery.broken(row, error, self._clock(), jitter)
        self._finished.append(outcome)
        self._awake.set()

    async def _sleep(self, due: datetime | None) -> None:
        wait = (due - self._clock()).total_seconds() if due else LOOK_AGAIN
        try:
            async with asyncio.timeout(min(LOOK_AGAIN, max(0.001, wait))):
                await self._awake.wait()
        except TimeoutError:
            pass

    async def _drain(self) -> None:
        await asyncio.gather(*self._busy.values(), return_exceptions=True)
        if not self._finished:
            return
        try:
            await self._delivery.exchange(self._finished, self._clock(), lambda _chat_id: False, 0)
        except Exception:
            _log.exception("what was sent last could not be recorded; the next start sends it again")
