"""How fast we may send: overall, to one private chat, to one group. A chat that was told to wait waits alone."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FLOOD = timedelta(seconds=1)  # two chats refused within it: the limit over all chats was hit
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` in any `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Telegram's, with some air: it allows about 30/s overall, 1/s in a private chat, 20/min in a group."""

    overall: Rate = Rate(25, 1)
    private: Rate = Rate(3, 3)
    group: Rate = Rate(18, 60)


class Limiter:
    """Sliding windows. Ids below zero are groups."""

    def __init__(self, limits: Limits, past: Iterable[tuple[int, datetime]] = ()) -> None:
        """`past`: (chat, moment) of what was sent before, oldest first."""
        self._limits = limits
        self._longest = timedelta(seconds=max(limits.private.seconds, limits.group.seconds))
        self._overall: deque[datetime] = deque()
        self._chats: defaultdict[int, deque[datetime]] = defaultdict(deque)
        self._tidied = self._paused_until = self._refused_at = _LONG_AGO
        self._refused_chat, self._refused_until = 0, _LONG_AGO
        for chat_id, moment in past:
            self.spent(chat_id, moment)

    def admits(self, chat_id: int, now: datetime) -> bool:
        """Whether one more may go now; if so, it is counted."""
        if self.free_at(chat_id, now) > now:
            return False
        self.spent(chat_id, now)
        return True

    def free_at(self, chat_id: int, now: datetime) -> datetime:
        """When one more may go."""
        chat = self._limits.private if chat_id > 0 else self._limits.group
        overall = _free_at(self._overall, self._limits.overall, now)
        return max(now, self._paused_until, overall, _free_at(self._chats[chat_id], chat, now))

    def spent(self, chat_id: int, now: datetime) -> None:
        """Count a call that was made without asking."""
        self._overall.append(now)
        self._chats[chat_id].append(now)
        if now - self._tidied > self._longest:
            self._tidied = now
            self._forget(now)

    def refused(self, chat_id: int, now: datetime, seconds: float) -> None:
        """Two chats at once mean that we are too fast over all: then all wait, as long as the shorter of the two."""
        until = now + timedelta(seconds=seconds)
        if chat_id != self._refused_chat and abs(now - self._refused_at) < FLOOD:
            self._paused_until = min(until, self._refused_until)
        self._refused_chat, self._refused_at, self._refused_until = chat_id, now, until

    def _forget(self, now: datetime) -> None:
        """Drop chats whose window is empty."""
        for chat_id in [chat_id for chat_id, sent in self._chats.items() if not sent or sent[-1] + self._longest < now]:
            del self._chats[chat_id]


def _free_at(sent: deque[datetime], rate: Rate, now: datetime) -> datetime:
    window = timedelta(seconds=rate.seconds)
    while sent and sent[0] + window <= now:
        sent.popleft()
    if sent and sent[-1] > now:  # the clock went back: nobody waits for the hour to come again
        moments = [min(moment, now) for moment in sent]
        sent.clear()
        sent.extend(moments)
    return now if len(sent) < rate.count else sent[len(sent) - rate.count] + window
