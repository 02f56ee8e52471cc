"""People on the local Bot API who write to whichever bot is there, and clock its replies."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from typing import Any

from bot.playground.bot_api import BotApi

TEXTS = ("你好", "怎么清除浏览器缓存", "什么是数电票")  # our bot answers each with exactly one message
LONGEST_WAIT = 20.0


@dataclass(slots=True)
class Spoken:
    """One message: when it was said, when the bot first had it, and (the future) when its reply arrived."""

    said: float
    reply: asyncio.Future[float]
    message_id: int = 0
    handed: float = 0.0

    @property
    def whole(self) -> float:
        """Seconds from the message to its reply."""
        return self.reply.result() - self.said

    @property
    def inside(self) -> float:
        """Seconds from the answer to getUpdates that carried the message to its reply."""
        return self.reply.result() - self.handed


class Crowd(BotApi):
    """A local Bot API with people 1…N. A chat's first reply belongs to its first message; a bot must not mix them."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self._waiting: defaultdict[int, deque[Spoken]] = defaultdict(deque)
        self._numbers = count()
        for number in range(1, people + 1):
            self.add_person(number, f"Person {number}", started=True)

    async def call(self, method: str, raw: Mapping[str, Any]) -> dict[str, Any]:
        if method == "sendMessage":
            self._arrived(int(raw["chat_id"]))
        response = await super().call(method, raw)
        if method == "sendMessage" and not response["ok"]:
            self.wrong.append(f"{method}: {response}")
        if method == "getUpdates" and response["ok"]:
            self._handed(response["result"])
        return response

    def speak(self, person: int) -> Spoken:
        spoken = Spoken(perf_counter(), asyncio.get_running_loop().create_future())
        self._waiting[person].append(spoken)
        message = self.say(person, TEXTS[next(self._numbers) % len(TEXTS)])
        spoken.message_id = message["message_id"]
        return spoken

    def check(self) -> None:
        """Raises RuntimeError if a reply was refused, is missing or is one too many."""
        missing = sum(map(len, self._waiting.values()))
        if missing or self.wrong:
            raise RuntimeError(f"{missing} replies missing; {len(self.wrong)} wrong: {self.wrong[:3]}")

    def _arrived(self, chat_id: int) -> None:
        if waiting := self._waiting[chat_id]:
            waiting.popleft().reply.set_result(perf_counter())
        else:
            self.wrong.append(f"a reply too many in chat {chat_id}")

    def _handed(self, updates: list[dict[str, Any]]) -> None:
        """Unconfirmed updates are handed out again: the first time counts."""
        now = perf_counter()
        for update in updates:
            message = update["message"]
            for spoken in self._waiting[message["chat"]["id"]]:
                if spoken.message_id == message["message_id"]:
                    spoken.handed = spoken.handed or now


async def sustained(crowd: Crowd, chats: int, seconds: float) -> float:
    """Replies per second while each chat writes again as soon as it has its reply."""

    async def talk(person: int) -> int:
        replies = 0
        while perf_counter() < until:
            await asyncio.wait_for(crowd.speak(person).reply, LONGEST_WAIT)
            replies += 1
        return replies

    began = perf_counter()
    until = began + seconds
    replies = await asyncio.gather(*map(talk, range(1, chats + 1)))
    return sum(replies) / (perf_counter() - began)


async def paced(crowd: Crowd, chats: int, per_second: int, seconds: float) -> list[Spoken]:
    """Messages at a steady rate, whatever the bot does; the chats take turns."""
    began = perf_counter()
    spoken = []
    for number in range(int(per_second * seconds)):
        await asyncio.sleep(began + number / per_second - perf_counter())
        spoken.append(crowd.speak(number % chats + 1))
    await asyncio.wait_for(asyncio.gather(*(one.reply for one in spoken)), LONGEST_WAIT)
    return spoken
