"""The queue of updates: handed out again until a higher offset confirms them, as getUpdates promises."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from bot.playground.changes import Changes
from bot.playground.errors import conflict
from bot.playground.state import Json, Row, State

LONGEST_POLL = 50
_LIFETIME = {"callback_query": 150, "inline_query": 30}  # seconds; all others a day
_DAY = 86_400
_ONLY_WHEN_ASKED = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(slots=True)
class Pending(Row):
    kind: ClassVar[str] = "update"
    update_id: int
    type: str
    payload: Json
    queue: str  # webhooks keep one update of a queue in flight
    until: float

    @property
    def key(self) -> str:
        return str(self.update_id)

    def as_update(self) -> Json:
        return {"update_id": self.update_id, self.type: self.payload}


class Updates:
    def __init__(self, state: State, changes: Changes, clock: Callable[[], float]) -> None:
        self._state = state
        self._changes = changes
        self._clock = clock
        loaded = sorted(map(Pending.from_json, state.load("update")), key=lambda pending: pending.update_id)
        self._pending: deque[Pending] = deque(loaded)
        self._poll: asyncio.Future[str] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, kind: str, payload: Json, queue: str) -> None:
        """Hold an update for the bot, unless it did not ask for its kind. `queue`: see Pending."""
        if not self._is_wanted(kind):
            return
        settings = self._state.settings
        until = self._clock() + _LIFETIME.get(kind, _DAY)
        pending = Pending(settings.next_update_id, kind, payload, queue, until)
        settings.next_update_id += 1
        self._pending.append(pending)
        self._state.keep(pending, settings)
        self._changes.happened()

    def _is_wanted(self, kind: str) -> bool:
        allowed = self._state.settings.allowed_updates
        return kind in allowed if allowed else kind not in _ONLY_WHEN_ASKED

    def allow(self, kinds: list[str] | None) -> None:
        """Remember which kinds the bot asks for; None leaves it as it was, an empty list means the default."""
        if kinds is not None and kinds != self._state.settings.allowed_updates:
            self._state.settings.allowed_updates = kinds
            self._state.keep(self._state.settings)

    def clear(self) -> None:
        self._state.forget(*self._pending)
        self._pending.clear()

    def confirm_below(self, offset: int) -> None:
        while self._pending and self._pending[0].update_id < offset:
            self._state.forget(self._pending.popleft())

    def confirm(self, pending: Pending) -> None:
        """A webhook took it; it may be gone already, dropped or too old."""
        if pending in self._pending:
            self._pending.remove(pending)
            self._state.forget(pending)

    def alive(self) -> list[Pending]:
        """Oldest first; those whose time is over are dropped."""
        now = self._clock()
        dead = [pending for pending in self._pending if pending.until < now]
        if dead:
            self._state.forget(*dead)
            self._pending = deque(pending for pending in self._pending if pending.until >= now)
        return list(self._pending)

    async def get(self, offset: int, limit: int, timeout: float) -> list[Json]:
        """getUpdates. A newer poll ends this one with 409, as does `end_poll`."""
        self.end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
        if offset < 0:
            alive = self.alive()
            offset = alive[offset].update_id if len(alive) >= -offset else 0
        self.confirm_below(offset)
        self._state.commit()
        if not self.alive() and timeout > 0:
            await self._wait(timeout)
        return [pending.as_update() for pending in self.alive()[:limit]]

    @property
    def is_polled(self) -> bool:
        """Whether somebody waits for the next update."""
        return self._poll is not None

    async def _wait(self, timeout: float) -> None:
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._poll = ended
        self._changes.happened()
        arrival = asyncio.ensure_future(self._arrival())
        try:
            await asyncio.wait((arrival, ended), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            arrival.cancel()
            if self._poll is ended:
                self._poll = None
        if ended.done():
            raise conflict(ended.result())

    async def _arrival(self) -> None:
        while not self._pending and not self._changes.closing:
            await self._changes.next()

    def end_poll(self, reason: str) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_result(reason)
