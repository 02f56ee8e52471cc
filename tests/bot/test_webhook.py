"""Telegram's webhook in time of trouble: the local Bot API delivers over HTTP, again until it is taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from bot.inbox import Inbox
from bot.playground.bot_api import BotApi
from bot.playground.server import serve
from bot.web import WEBHOOK_PATH, Server, webhook_route
from knowledge.texts import Locale
from storage.inbox import Received
from storage.unit_of_work import Storage
from tests.conftest import REQUESTER, STRANGER
from tests.fixtures.failing import FailingDatabase, failing_storage

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SECRET = "a-webhook-secret-for-tests"


class Case:
    """`texts`: what was handled, by chat; "poison" always fails."""

    def __init__(self, api: BotApi, storage: Storage, database: FailingDatabase) -> None:
        self.api, self.storage, self.database = api, storage, database
        self.texts: dict[int, list[str]] = {REQUESTER: [], STRANGER: []}
        self.parked: list[int] = []
        self.inbox = Inbox(storage, api.bot["id"], self._handle, lambda: NOW, self._on_parked, retry_seconds=0)

    async def _handle(self, raw: Mapping[str, Any]) -> None:
        message = raw["message"]
        if message["text"] == "poison":
            raise RuntimeError("broken")
        async with self.storage.begin() as work:
            await work.users.seen(message["chat"]["id"], "somebody", Locale.ZH, NOW)
        self.texts[message["chat"]["id"]].append(message["text"])
        self.api.changes.happened()

    async def _on_parked(self, row: Received) -> None:
        self.parked.append(row.attempts)

    @asynccontextmanager
    async def listening(self, listen: str = "127.0.0.1:0") -> AsyncIterator[str]:
        server = Server(Starlette(routes=[webhook_route(self.inbox, SECRET)]), listen)
        task = asyncio.create_task(server.run())
        try:
            yield server.url + WEBHOOK_PATH
        finally:
            server.stop()
            await task

    async def set_webhook(self, url: str) -> None:
        answer = await self.api.call("setWebhook", {"url": url, "secret_token": SECRET})
        assert answer["ok"]

    async def taken(self, chat_id: int, *texts: str) -> None:
        """Exactly these are handled, and Telegram has them confirmed."""
        await self.api.wait_for(lambda: len(self.texts[chat_id]) >= len(texts) and not len(self.api.updates))
        assert self.texts[chat_id] == list(texts)


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    api = BotApi()
    for user_id in (REQUESTER, STRANGER):
        api.add_person(user_id, "somebody", started=True)
    async with serve(api), failing_storage(tmp_path) as (storage, database):
        yield Case(api, storage, database)
        await api.call("deleteWebhook", {})


async def test_what_cannot_be_stored_comes_again_and_in_order(case: Case) -> None:
    async with case.listening() as url:
        await case.set_webhook(url)
        case.database.away = True
        for number in range(3):
            case.api.say(REQUESTER, str(number))
        async with asyncio.timeout(5):
            await case.database.failed(times=2)
        assert case.texts[REQUESTER] == []
        assert len(case.api.updates) == 3
        case.database.away = False
        await case.taken(REQUESTER, "0", "1", "2")


async def test_while_nobody_listens_nothing_is_lost(case: Case) -> None:
    async with case.listening() as url:
        await case.set_webhook(url)
        case.api.say(REQUESTER, "1")
        await case.taken(REQUESTER, "1")
    case.api.say(REQUESTER, "2")
    async with case.listening(url.removeprefix("http://").removesuffix(WEBHOOK_PATH)):
        await case.taken(REQUESTER, "1", "2")


async def test_poison_blocks_neither_its_chat_nor_another(case: Case) -> None:
    async with case.listening() as url:
        await case.set_webhook(url)
        case.api.say(REQUESTER, "poison")
        case.api.say(REQUESTER, "after it")
        case.api.say(STRANGER, "hello")
        await case.taken(STRANGER, "hello")
        await case.taken(REQUESTER, "after it")
        await case.inbox.settle()
        assert len(case.parked) == 1
        async with case.storage.read() as work:
            assert await work.inbox.counts() == {"parked": 1, "done": 2}
