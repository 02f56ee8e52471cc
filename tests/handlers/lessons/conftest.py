"""A desk with a lead at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import utc_now
from knowledge.permissions import DeskRole
from storage.users import Agent
from tests.conftest import OTHER_AGENT, World, whole_bot


@pytest.fixture
async def here(prepared: Path) -> AsyncIterator[World]:
    async with whole_bot(prepared) as world:
        async with world.bot.services.storage.begin() as work:
            await work.agents.add(Agent(OTHER_AGENT, "组长", DeskRole.LEAD), utc_now())
        yield world
