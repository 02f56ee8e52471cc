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
def prepared(tmp_path: Path, template: Path) -> Path:
    """A folder with a database of its own, migrated and seeded."""
    shutil.copy(template, tmp_path / "bot.db")
    return tmp_path


@pytest.fixture
async def here(prepared: Path) -> AsyncIterator[Office]:
    async with office(prepared) as made:
        yield made
