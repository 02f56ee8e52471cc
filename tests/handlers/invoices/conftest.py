from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.dialogues.stage import make_template
from tests.fixtures.services import Office, office


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(make_template(tmp_path_factory.mktemp("template")))


@pytest.fixture
async def here(tmp_path: Path, template: Path) -> AsyncIterator[Office]:
    shutil.copy(template, tmp_path / "bot.db")
    async with office(tmp_path) as made:
        yield made
