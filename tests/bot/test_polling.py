"""Long polling against the local Bot API, over real HTTP and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from telegram.error import InvalidToken

from bot.inbox import Inbox
from bot.playground.bot_api import BotApi
from bot.playground.server import serve
from bot.polling import UPDATES, Patience, poll
from bot.telegram_app import build_bot
from knowledge.texts import Locale
from storage.inbox import Received
from storage.unit_of_work import Storage
from tests.conftest import REQUESTER
from tests.fixtures.failing import FailingDatabase, failing_storage

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
QUICK = Patience(long_poll=1, grace=0.1, first_pause=0.01, longest_pause=0.05)


@dataclass
class Case:
    api: BotApi
    url: str
    storage: Storage
    database: FailingDatabase
    texts: list[str]

    def inbox(self) -> Inbox:
        async def handle(raw: Mapping[str, Any]) -> None:
            async with self.storage.begin() as work:
                await work.users.seen(REQUESTER, "Anna", Locale.ZH, NOW)
            self.texts.append(raw["message"]["text"])
            self.api.changes.happened()

        async def on_parked(row: Received) -> None:
            raise AssertionError(row)

        return Inbox(self.storage, self.api.bot["id"], handle, lambda: NOW, on_parked, retry_seconds=0)

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[asyncio.Task[None]]:
        application = build_bot(self.api.token, self.url)
        task = asyncio.create_task(poll(application.bot, self.inbox(), QUICK))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def gets(self, *texts: str) -> None:
        """Exactly these have been handled, and Telegram holds nothing back."""
        await self.api.wait_for(lambda: len(self.texts) >= len(texts) and not len(self.api.updates))
        assert self.texts == list(texts)


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    api = BotApi()
    api.add_person(REQUESTER, "示例会计", started=True)
    async with serve(api) as url, failing_storage(tmp_path) as (storage, database):
        yield Case(api, url, storage, database, [])


async def test_what_came_before_the_start_and_after_it(case: Case) -> None:
    case.api.say(REQUESTER, "1")
    case.api.say(REQUESTER, "2")
    async with case.polling():
        await case.gets("1", "2")
        case.api.say(REQUESTER, "3")
        await case.gets("1", "2", "3")


@pytest.mark.parametrize("error", [409, 429, 500, 502, "timeout", "unreachable", "reset", "refused"])
async def test_trouble_is_waited_out(case: Case, error: int | str) -> None:
    case.api.fail("getUpdates", error=error, times=2 if error != 429 else 1)
    case.api.say(REQUESTER, "1")
    async with case.polling() as task:
        await case.gets("1")
        case.api.fail("getUpdates", error=error)
        case.api.say(REQUESTER, "2")
        await case.gets("1", "2")
        assert not task.done()


async def test_a_429_is_obeyed_to_the_second(case: Case) -> None:
    case.api.fail("getUpdates", error=429, retry_after=1)
    case.api.say(REQUESTER, "1")
    begun = asyncio.get_running_loop().time()
    async with case.polling():
        await case.gets("1")
    assert asyncio.get_running_loop().time() - begun >= 1


async def test_what_cannot_be_stored_stays_with_telegram(case: Case) -> None:
    case.database.away = True
    case.api.say(REQUESTER, "1")
    async with case.polling() as task, asyncio.timeout(5):
        await case.database.failed(times=3)
        assert case.texts == []
        assert len(case.api.updates) == 1
        case.database.away = False
        await case.gets("1")
        assert not task.done()


async def test_a_new_process_gets_nothing_twice(case: Case) -> None:
    case.api.say(REQUESTER, "1")
    async with case.polling():
        await case.gets("1")
    case.api.say(REQUESTER, "2")
    async with case.polling():
        await case.gets("1", "2")


async def test_the_server_may_be_away_for_a_while(tmp_path: Path) -> None:
    before, after = BotApi(), BotApi()
    for api in (before, after):
        api.add_person(REQUESTER, "示例会计", started=True)
    async with failing_storage(tmp_path) as (storage, database):
        async with serve(before) as url:
            port = int(url.rpartition(":")[2])
            case = Case(before, url, storage, database, [])
            polling = case.polling()
            task = await polling.__aenter__()
            await before.wait_for(lambda: before.is_polled)
        case.api = after
        async with serve(after, port=port):
            after.say(REQUESTER, "1")
            await case.gets("1")
            assert not task.done()
            await polling.__aexit__(None, None, None)


async def test_a_wrong_token_is_no_passing_trouble(case: Case) -> None:
    application = build_bot("700000001:another-token", case.url)
    with pytest.raises(InvalidToken):
        await poll(application.bot, case.inbox(), QUICK)


async def test_kinds_that_were_not_asked_for_do_not_come(case: Case) -> None:
    async with case.polling():
        await case.api.wait_for(lambda: case.api.is_polled)
        assert case.api.state.settings.allowed_updates == list(UPDATES)
