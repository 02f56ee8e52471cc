"""`doctor`: says what is missing, and never a secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.doctor import Finding, examine
from bot.playground.bot_api import BotApi
from bot.playground.server import serve
from knowledge.permissions import DeskRole
from storage.database import Database
from storage.messages import Op, Outcome, Outgoing, State
from storage.migrate import migrate
from storage.unit_of_work import Storage
from storage.users import Agent
from tests.conftest import AGENT, DESK, furnish, settings_for
from tests.storage.conftest import NOW

NOWHERE = "http://127.0.0.1:1"


async def findings(url: str, folder: Path, **changes: Any) -> dict[str, Finding]:
    return {finding.name: finding for finding in await examine(settings_for(url, folder, **changes))}


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    """The database that doctor looks at, brought up to date."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
    await migrate(database)
    yield Storage(database)
    await database.close()


async def test_everything_there(tmp_path: Path, storage: Storage) -> None:
    async with storage.begin() as work:
        await work.agents.add(Agent(AGENT, "客服甲", DeskRole.AGENT), NOW)
    api = BotApi()
    furnish(api)
    async with serve(api) as url:
        found = await findings(url, tmp_path)
    assert {name: finding.is_ok for name, finding in found.items()} == dict.fromkeys(
        ("settings", "content", "database", "look-up", "inbox", "outbox", "agents", "telegram", "desk"), True
    )
    assert found["desk"].text == "all rights there"
    assert found["telegram"].text.startswith("@")


async def test_without_a_token_telegram_is_not_asked(tmp_path: Path) -> None:
    found = await findings(NOWHERE, tmp_path, token=SecretStr(""))
    assert found["settings"] == Finding(
        "settings", False, "INVOICE_BOT_TOKEN is not set: expected a token as BotFather gives it"
    )
    assert "telegram" not in found


async def test_an_empty_database_is_worth_knowing(tmp_path: Path) -> None:
    found = await findings(NOWHERE, tmp_path)
    assert (found["database"].is_ok, found["database"].text.split(":")[0]) == (None, "empty")


async def test_a_database_of_another_version(tmp_path: Path, storage: Storage) -> None:
    async with storage.begin() as work:
        await work.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    found = await findings(NOWHERE, tmp_path)
    assert found["database"].is_ok is False
    assert "9999" in found["database"].text


async def test_what_needs_a_look_is_a_note(tmp_path: Path, storage: Storage) -> None:
    async with storage.begin() as work:
        row = (await work.inbox.add(1, [("1", {"update_id": 1})], NOW))[0]
        await work.inbox.failed(row.id, "ValueError", park=True)
        await work.outbox.add(Outgoing(1, Op.SEND, {}), now=NOW)
        (row_out,) = await work.outbox.claim(NOW, lambda _chat_id: True, 1)
        await work.outbox.settle([Outcome(row_out, State.DEAD, error="refused")], NOW)
    found = await findings(NOWHERE, tmp_path)
    assert [found[name].is_ok for name in ("inbox", "outbox", "agents")] == [None, None, None]


async def test_telegram_is_not_there(tmp_path: Path) -> None:
    found = await findings(NOWHERE, tmp_path)
    assert found["telegram"].is_ok is False


@pytest.mark.parametrize("token", ["987654:canary-of-a-token-that-nobody-knows"])
async def test_a_token_that_telegram_does_not_know_is_not_shown(tmp_path: Path, token: str) -> None:
    async with serve(BotApi()) as url:
        found = await findings(url, tmp_path, token=SecretStr(token))
    assert found["telegram"].is_ok is False
    assert not any("canary" in finding.text for finding in found.values())


async def test_a_desk_without_rights(tmp_path: Path) -> None:
    api = BotApi()
    api.add_group(DESK, "客服台", is_forum=True, bot="member")
    async with serve(api) as url:
        found = await findings(url, tmp_path)
    assert found["desk"].is_ok is False
    assert "can_manage_topics" in found["desk"].text


async def test_a_desk_that_does_not_exist(tmp_path: Path) -> None:
    async with serve(BotApi()) as url:
        found = await findings(url, tmp_path)
    assert found["telegram"] == Finding("telegram", False, "Chat not found")
