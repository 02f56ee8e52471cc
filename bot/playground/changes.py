"""Telling those who wait that something happened: tests (`wait_for`) and pages (server-sent events)."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from bot.playground.state import Json

T = TypeVar("T")
_REMEMBERED = 500


class Changes:
    """Belongs to one event loop; nobody waits by polling."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self._numbers = itertools.count(time.time_ns() // 1_000_000)  # above those of any server before this one
        self._recent: deque[tuple[int, Json]] = deque(maxlen=_REMEMBERED)
        self.closing = False

    def happened(self) -> None:
        """Wake everybody who waits."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def publish(self, kind: str, chat_id: int | None = None, **payload: object) -> None:
        self._recent.append((next(self._numbers), {"type": kind, "chat_id": chat_id, **payload}))
        self.happened()

    async def next(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 5) -> T:
        """The predicate's first true value; TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while not (value := predicate()):
                await self.next()
        return value

    @property
    def last_number(self) -> int:
        return self._recent[-1][0] if self._recent else 0

    async def stream(self, after: int) -> AsyncIterator[tuple[int, Json]]:
        """Events numbered above `after`, for ever; a single `reset` when some of them are gone already."""
        if not self._recent_covers(after):
            after = self.last_number
            yield after, {"type": "reset", "chat_id": None}
        while not self.closing:
            for number, event in [item for item in self._recent if item[0] > after]:
                after = number
                yield number, event
            if after == self.last_number:
                await self.next()

    def _recent_covers(self, after: int) -> bool:
        return not after or (bool(self._recent) and self._recent[0][0] - 1 <= after <= self.last_number)

    def close(self) -> None:
        self.closing = True
        self.happened()
