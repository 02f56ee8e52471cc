import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import BadRequest

from bot.playground import BotApi
from tests.bot.playground.conftest import AGENT, REQUESTER

SECRET = "only-for-tests"


@dataclass
class Receiver:
    """The bot's end of a webhook: answers what the test says, and remembers what came."""

    statuses: list[int] = field(default_factory=list)
    taken: list[Any] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    attempts: int = 0
    answer: str = ""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: list[Any] = field(default_factory=list)
    holds_two: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        self.attempts += 1
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        update = await request.json()
        self.waiting.append(update)
        if len(self.waiting) == 2:
            self.holds_two.set()
        await self.gate.wait()
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.taken.append(update)
        return web.Response(status=status, text=self.answer, content_type="application/json")

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.taken]


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver()
    receiver.gate.set()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield receiver, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def test_delivered_with_the_secret(api: BotApi, bot: Bot) -> None:
    async with receiving() as (receiver, url):
        await bot.set_webhook(url, secret_token=SECRET)
        api.say(REQUESTER, "a")
        await api.wait_for(lambda: len(api.updates) == 0)
        assert (receiver.texts, receiver.secrets) == (["a"], [SECRET])
        info = await bot.get_webhook_info()
        assert (info.url, info.pending_update_count, info.last_error_message) == (url, 0, None)
        await bot.delete_webhook()
        api.say(REQUESTER, "b")
        assert len(await bot.get_updates()) == 1


async def test_again_and_in_order_until_taken(api: BotApi, bot: Bot) -> None:
    async with receiving() as (receiver, url):
        receiver.statuses = [500, 403]
        await bot.set_webhook(url)
        for text in ("a", "b", "c"):
            api.say(REQUESTER, text)
        await api.wait_for(lambda: len(api.updates) == 0)
        assert (receiver.texts, receiver.attempts) == (["a", "b", "c"], 5)
        assert (await bot.get_webhook_info()).last_error_message == "Wrong response from the webhook: 403"


async def test_one_of_a_chat_in_flight_others_beside_it(api: BotApi, bot: Bot) -> None:
    async with receiving() as (receiver, url):
        receiver.gate.clear()
        await bot.set_webhook(url)
        for text in ("a", "b"):
            api.say(REQUESTER, text)
        api.say(AGENT, "x")
        await asyncio.wait_for(receiver.holds_two.wait(), 5)
        assert sorted(update["message"]["text"] for update in receiver.waiting) == ["a", "x"]
        receiver.gate.set()
        await api.wait_for(lambda: len(api.updates) == 0)
        assert sorted(receiver.texts) == ["a", "b", "x"]


async def test_a_call_in_the_answer_is_carried_out(api: BotApi, bot: Bot) -> None:
    async with receiving() as (receiver, url):
        receiver.answer = f'{{"method": "sendMessage", "chat_id": {REQUESTER}, "text": "pong"}}'
        await bot.set_webhook(url)
        api.say(REQUESTER, "ping")
        await api.wait_for(lambda: api.sent("sendMessage", REQUESTER))
        assert api.messages(REQUESTER)[-1]["text"] == "pong"


async def test_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Invalid webhook url specified"):
        await bot.set_webhook("ftp://example.com")
    with pytest.raises(BadRequest, match="Secret token contains unallowed characters"):
        await bot.set_webhook("http://127.0.0.1:1/", secret_token="not allowed!")


async def test_pending_updates_can_be_dropped(api: BotApi, bot: Bot) -> None:
    api.say(REQUESTER, "a")
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()
