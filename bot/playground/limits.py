"""Telegram's limits on sending, for tests that want them: 30 a second, one a second a chat, 20 a minute a group."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.errors import too_many_requests
from bot.playground.state import Json

_ALWAYS = ("send", "forward", "copy")
_IN_GROUPS = ("edit", "createForumTopic", "closeForumTopic", "reopenForumTopic", "deleteForumTopic")
_FREE = ("sendChatAction",)


@dataclass(slots=True)
class _Bucket:
    rate: float  # tokens a second
    burst: float
    tokens: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until the next token; 0 when there is one."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1 - self.tokens) / self.rate)


class RateLimits:
    """Refuses what exceeds the limits with 429; a refused call costs nothing. Bursts are a guess."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[int, _Bucket] = {}
        self.refused = 0

    def check(self, method: str, params: Json) -> None:
        chat_id = params.get("chat_id")
        if not isinstance(chat_id, int) or not _counts(method, in_group=chat_id < 0):
            return
        buckets = [self._bucket(0, 30, 30), self._chat_bucket(chat_id)]
        wait = max(bucket.wait(self._clock()) for bucket in buckets)
        if wait > 1e-9:
            self.refused += 1
            raise too_many_requests(math.ceil(wait))
        for bucket in buckets:
            bucket.tokens -= 1

    def _chat_bucket(self, chat_id: int) -> _Bucket:
        return self._bucket(chat_id, 20 / 60, 20) if chat_id < 0 else self._bucket(chat_id, 1, 5)

    def _bucket(self, key: int, rate: float, burst: float) -> _Bucket:
        return self._buckets.setdefault(key, _Bucket(rate, burst, burst, self._clock()))


def _counts(method: str, *, in_group: bool) -> bool:
    if method in _FREE:
        return False
    return method.startswith(_ALWAYS) or (in_group and method.startswith(_IN_GROUPS))
