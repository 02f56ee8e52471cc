"""What the import of a file in a chat needs from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class FileLost(Exception):
    """The file cannot be had, now or any more."""


class Files(Protocol):
    """Files that people sent, by Telegram's id."""

    async def download(self, file_id: str, target: Path) -> None:
        """Raises FileLost."""
