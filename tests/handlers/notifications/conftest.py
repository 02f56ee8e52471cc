from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures.post_office import Post, post_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Post]:
    async with post_office(tmp_path) as made:
        yield made
