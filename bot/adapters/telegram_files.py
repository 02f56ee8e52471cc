"""The port to files that people sent, on python-telegram-bot."""

from __future__ import annotations

from pathlib import Path

from telegram import Bot
from telegram.error import TelegramError

from handlers.import_export.ports import FileLost


class TelegramFiles:
    """See `handlers.import_export.ports.Files`."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def download(self, file_id: str, target: Path) -> None:
        try:
            file = await self._bot.get_file(file_id)
            await file.download_to_drive(target)
        except TelegramError as error:
            raise FileLost(error.message) from error
