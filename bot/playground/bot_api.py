"""The local Bot API without its HTTP: calls come in, people act, tests look."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, Unpack

from bot.playground import attachments
from bot.playground.errors import ApiError, bad
from bot.playground.faults import Fault, Faults, NoAnswer
from bot.playground.limits import RateLimits
from bot.playground.methods import METHODS, chats, editing, media, profile, queries, receiving, sending, topics
from bot.playground.people import People
from bot.playground.spec import bot_api
from bot.playground.state import Json
from bot.playground.webhook import Webhook
from bot.playground.world import Options

T = TypeVar("T")
__all__ = ["BotApi", "Call"]
_THEMES = (chats, editing, media, profile, queries, receiving, sending, topics)  # importing them fills METHODS
_CALLS_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot's; `params` typed and decoded, `response` as answered."""

    method: str
    params: Mapping[str, Any]
    response: Json = field(repr=False)
    at: float

    @property
    def ok(self) -> bool:
        return bool(self.response["ok"])

    @property
    def result(self) -> Any:
        return self.response.get("result")

    @property
    def error(self) -> str:
        return str(self.response.get("description", ""))


class BotApi(People):
    """A Telegram with one bot.

    `calls`: what the bot has called, getUpdates apart; `malformed`: those that break the Bot API's own rules, which
    no right bot ever makes; `delay`: seconds before each answer.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self.calls: list[Call] = []
        self.malformed: list[Call] = []
        self.delay = 0.0
        self.faults = Faults()
        self.rate_limits: RateLimits | None = None  # set one to have 429s as from Telegram
        self._spec = bot_api()
        self._webhook: asyncio.Task[None] | None = None

    # The bot's side

    async def call(self, method: str, raw: Mapping[str, Any]) -> Json:
        """Carry out a call; `raw` as it came. NoAnswer when a fault keeps the answer back."""
        name = self._spec.method(method) or ""
        try:
            params = self._checked(name, raw)
        except ApiError as error:
            self.malformed.append(Call(name or method, dict(raw), error.to_json(), self.clock()))
            return error.to_json()
        fault = self.faults.take(name, params.get("chat_id"))
        silence = fault.silence if fault else None
        if silence and not silence.carried_out:
            raise NoAnswer(hang_up=silence.hang_up)
        response = await self._answer(name, params, fault if silence is None else None)
        self.state.commit()
        self._remember(name, params, response)
        if self.delay:
            await asyncio.sleep(self.delay)
        if silence:
            raise NoAnswer(hang_up=silence.hang_up)
        return response

    async def _answer(self, name: str, params: Json, fault: Fault | None) -> Json:
        try:
            if fault:
                raise fault.to_error()
            if self.rate_limits:
                self.rate_limits.check(name, params)
            return {"ok": True, "result": await self._carry_out(name, params)}
        except ApiError as error:
            return error.to_json()

    def start_webhooks(self) -> None:
        """Deliver to the webhook, if and when one is set; needs a running loop. `stop` ends it."""
        if self._webhook is None:
            self._webhook = asyncio.create_task(Webhook(self, self.call).run())

    async def stop(self) -> None:
        """End long polls, streams and deliveries."""
        self.changes.close()
        if self._webhook:
            await self._webhook
            self._webhook = None

    def _checked(self, name: str, raw: Mapping[str, Any]) -> Json:
        """The parameters, typed and decoded, with attached files in their places."""
        if not name:
            raise ApiError(404, "Not Found: method not found")
        plain, attached = attachments.split(raw)
        params = self._spec.check(name, plain)
        return attachments.put_in(params, attached) if attached or "attach://" in str(params.get("media")) else params

    async def _carry_out(self, name: str, params: Json) -> Any:
        function = METHODS.get(name)
        if function is None:
            raise bad(f"{name} isn't part of the local Bot API")
        result = function(self, params)
        return await result if inspect.isawaitable(result) else result

    def _remember(self, name: str, params: Mapping[str, Any], response: Json) -> None:
        if name == "getUpdates":
            return
        self.calls.append(Call(name, params, response, self.clock()))
        if len(self.calls) > _CALLS_KEPT:
            del self.calls[: _CALLS_KEPT // 2]
        self.changes.happened()

    def fail(self, method: str | None = None, chat_id: int | None = None, **fault: Any) -> None:
        """Script a failure: `error` (a status or a name of faults.py), `times` (None: for good), `retry_after` …"""
        self.faults.add(Fault(method=method, chat_id=chat_id, **fault))

    # A test's eyes

    @property
    def is_polled(self) -> bool:
        """Whether the bot waits in getUpdates right now."""
        return self.updates.is_polled

    def sent(self, method: str = "sendMessage", chat_id: int | None = None) -> list[Call]:
        """The successful calls of a method, oldest first."""
        return [
            call
            for call in self.calls
            if call.method == method and call.ok and chat_id in (None, call.params.get("chat_id"))
        ]

    def messages(self, chat_id: int, thread_id: int | None = None, *, limit: int | None = None) -> list[Json]:
        """A chat, or one of its topics, as a person sees it now; oldest first, the last `limit`."""
        posts = [post for post in self.posts(chat_id) if thread_id in (None, post.thread_id)]
        return [self.as_person_sees(post) for post in posts[-limit if limit else 0 :]]

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 5) -> T:
        """The predicate's first true value; TimeoutError after `timeout` seconds. Wakes on each change."""
        return await self.changes.wait_for(predicate, timeout)
