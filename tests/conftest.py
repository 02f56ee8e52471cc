"""The whole bot for a test: real python-telegram-bot → HTTP on loopback → local Bot API, over a real SQLite file."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pydantic import SecretStr

from bot.app import Running, Services, opened, running, utc_now
from bot.config import Settings
from bot.playground.bot_api import BotApi
from bot.playground.server import serve
from knowledge.permissions import DeskRole, Role
from knowledge.texts import Locale
from storage.users import Agent
from tests.fixtures.demo import BUYER, demo_csv

REQUESTER, STRANGER, AGENT, OTHER_AGENT = 42, 43, 7, 8
DESK = -1_000_000_000_777
SECRET = "a-secret-for-tests-only"
MEMORY = Path("/dev/shm")  # where there is one
ROOM = 1 << 30


def pytest_configure() -> None:
    """Tests' folders lie in memory: each commit of theirs would wait some milliseconds for a disk otherwise."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests first, then those with many, so that no worker is left with a long one at the end."""
    sizes = Counter(item.path for item in items)
    long = {item.path for item in items if item.get_closest_marker("kill") or item.get_closest_marker("browser")}
    items.sort(key=lambda item: (item.path not in long, -sizes[item.path], item.path))


@dataclass
class World:
    """People and the bot; `api` is Telegram as the test sees it."""

    api: BotApi
    settings: Settings
    clock: Callable[[], datetime] = utc_now
    bot: Running = field(init=False)

    async def say(self, text: str, user: int = REQUESTER, **where: Any) -> dict[str, Any]:
        """Somebody writes, and the bot has finished with it when this returns."""
        message = self.api.say(user, text, **where)
        await self.quiet()
        return message

    async def tap(self, label: str, user: int = REQUESTER, chat: int | None = None) -> str:
        """Press the newest button whose label contains this; what popped up, if anything."""
        chat_id = user if chat is None else chat
        message, button = self.button(chat_id, label)
        query_id = self.api.press(user, chat_id, message["message_id"], button["callback_data"])
        await self.quiet()
        answer = self.api.state.queries[query_id].answer or {}
        return str(answer.get("text") or "")

    def button(self, chat_id: int, label: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for message in reversed(self.api.messages(chat_id)):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    if label in button["text"]:
                        return message, button
        raise AssertionError(f"no button {label!r} in chat {chat_id}: {self.texts(chat_id)[-2:]}")

    def labels(self, chat_id: int = REQUESTER) -> list[str]:
        """The buttons of the newest message."""
        rows = self.api.messages(chat_id)[-1].get("reply_markup", {}).get("inline_keyboard", [])
        return [button["text"] for row in rows for button in row]

    def texts(self, chat_id: int = REQUESTER, thread_id: int | None = None) -> list[str]:
        """What the bot has written in this chat, oldest first."""
        messages = [message for message in self.api.messages(chat_id, thread_id) if message["from"]["is_bot"]]
        return [text for message in messages if (text := message.get("text") or message.get("caption"))]

    def last(self, chat_id: int = REQUESTER) -> str:
        return self.texts(chat_id)[-1]

    def reactions(self, chat_id: int, message: dict[str, Any]) -> list[dict[str, Any]]:
        """What a message carries now."""
        now = next(m for m in self.api.messages(chat_id) if m["message_id"] == message["message_id"])
        return list(now["reactions"])

    def topics(self) -> list[int]:
        """Thread ids of the desk's topics, oldest first."""
        return sorted(self.api.state.chats[DESK].topics)

    async def quiet(self) -> None:
        """Until every update is handled and everything due is sent."""
        async with asyncio.timeout(10):
            while not await self._is_quiet():
                await asyncio.sleep(0.003)

    async def idle(self) -> None:
        """As `quiet`, and every file is imported."""
        async with asyncio.timeout(10):
            while await self._is_importing():
                await asyncio.sleep(0.003)
        await self.quiet()

    async def _is_importing(self) -> bool:
        await self.quiet()
        async with self.bot.services.storage.read() as work:
            return bool(await work.file_imports.unfinished())

    async def _is_quiet(self) -> bool:
        if len(self.api.updates):
            return False
        await self.bot.inbox.settle()
        async with self.bot.services.storage.read() as work:
            counts = await work.inbox.counts()
            busy = await work.outbox.busy(self.clock())
        return not counts.get("pending") and not busy


def settings_for(url: str, folder: Path, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "token": SecretStr(BotApi().token),
        "api_url": url,
        "database_url": f"sqlite+aiosqlite:///{folder / 'bot.db'}",
        "desk_chat_id": DESK,
        "ingest_secrets": {"platform": SecretStr(SECRET)},
        "send_delay": 0,
        "rate_overall": 1e6,
        "rate_private": 1e6,
        "rate_group": 1e6,
        "log_level": "WARNING",
    }
    return Settings(_env_file=None, **(values | changes))


def furnish(api: BotApi) -> None:
    api.add_person(REQUESTER, "示例会计", language_code="zh-hans", role="requester")
    api.add_person(STRANGER, "路人", language_code="zh-hans", role="requester")
    api.add_person(AGENT, "客服甲", language_code="zh-hans", role="agent")
    api.add_person(OTHER_AGENT, "客服乙", language_code="zh-hans", role="agent")
    if DESK not in api.state.chats:
        api.add_group(DESK, "客服台", is_forum=True, members=[AGENT, OTHER_AGENT], admins=[AGENT])
    api.privacy_mode = False


async def seed(services: Services) -> None:
    """One organization with the requester in it, its invoices, two agents."""
    now = utc_now()
    async with services.storage.begin() as work:
        organization = await work.organizations.add(BUYER, "票答示例科技（北京）有限公司", now)
        if organization is None:
            return
        await work.users.seen(REQUESTER, "示例会计", Locale.ZH, now)
        await work.organizations.join(organization.id, REQUESTER, Role.MEMBER, now)
        for user_id, name in ((AGENT, "客服甲"), (OTHER_AGENT, "客服乙")):
            await work.agents.add(Agent(user_id, name, DeskRole.AGENT), now)
    await services.imports.import_content("demo.csv", demo_csv(), now)


@cache
def database(*, is_seeded: bool) -> bytes:
    """The content of a migrated database: made once a process, and a copy serves each test."""

    async def make(folder: Path) -> bytes:
        async with opened(settings_for("http://127.0.0.1:1", folder)) as services:
            if is_seeded:
                await seed(services)
        return (folder / "bot.db").read_bytes()

    with TemporaryDirectory() as folder:
        return asyncio.run(make(Path(folder)))


def put_database(folder: Path, *, is_seeded: bool = True) -> None:
    """Into this folder, if it has none. Not from within a loop."""
    path = folder / "bot.db"
    if not path.exists():
        path.write_bytes(database(is_seeded=is_seeded))


@asynccontextmanager
async def whole_bot(folder: Path, clock: Callable[[], datetime] = utc_now, **changes: Any) -> AsyncIterator[World]:
    """On the database in this folder, or a new one. It serves HTTP only if it is told to: to stop that takes 0.15 s."""
    await asyncio.to_thread(put_database, folder)
    api = BotApi()
    furnish(api)
    async with serve(api) as url:
        world = World(api, settings_for(url, folder, **changes), clock)
        async with running(world.settings, clock) as world.bot:
            await asyncio.to_thread(world.bot.services.router.warm)  # seconds, once a process
            yield world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with whole_bot(tmp_path) as made:
        yield made


@pytest.fixture
async def serving(tmp_path: Path) -> AsyncIterator[World]:
    """A world whose bot takes what platforms report."""
    async with whole_bot(tmp_path, http_listen="127.0.0.1:0") as made:
        yield made


@pytest.fixture
def make_world(tmp_path: Path) -> Callable[..., Any]:
    """A bot with other settings or another clock: `async with make_world(send_delay=2) as world`."""
    return lambda **changes: whole_bot(tmp_path, **changes)
