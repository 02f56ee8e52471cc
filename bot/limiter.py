"""How fast we may send: overall, to one private chat, to one group. A chat that was told to wait waits alone."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


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
        self._limits = limits
        self._overall: deque[datetime] = deque()
        self._chats: defaultdict[int, deque[datetime]] = defaultdict(deque)
        for chat_id, moment in past:
            self._note(chat_id, moment)

    def admits(self, chat_id: int, now: datetime) -> bool:
        """Whether one more may go now; if so, it is counted."""
        if self.free_at(chat_id, now) > now:
            return False
        self._note(chat_id, now)
        return True

    def free_at(self, chat_id: int, now: datetime) -> datetime:
        """When one more may go."""
        chat = self._limits.private if chat_id > 0 else self._limits.group
        return max(now, _free_at(self._overall, self._limits.overall, now), _free_at(self._chats[chat_id], chat, now))

    def forget(self, now: datetime) -> None:
        """Drop chats whose window is empty."""
        longest = timedelta(seconds=max(self._limits.private.seconds, self._limits.group.seconds))
        for chat_id in [chat_id for chat_id, sent in self._chats.items() if not sent or sent[-1] + longest < now]:
            del self._chats[chat_id]

    def _note(self, chat_id: int, moment: datetime) -> None:
        self._overall.append(moment)
        self._chats[chat_id].append(moment)


def _free_at(sent: deque[datetime], rate: Rate, now: datetime) -> datetime:
    window = timedelta(seconds=rate.seconds)
    while sent and sent[0] + window <= now:
        sent.popleft()
    return now if len(sent) < rate.count else sent[len(sent) - rate.count] + window
