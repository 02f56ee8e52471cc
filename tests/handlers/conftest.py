from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import put_database
from tests.fixtures.services import Office, office


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A folder with a database of its own, migrated and seeded."""
    put_database(tmp_path)
    return tmp_path


@pytest.fixture
async def here(prepared: Path) -> AsyncIterator[Office]:
    async with office(prepared) as made:
        yield made
