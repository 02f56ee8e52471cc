"""/stats, and the buttons of the message that it opens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.constants import ChatAction
from telegram.error import TelegramError
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from handlers.incoming import Context, acknowledge, incoming, tap
from handlers.statistics.service import LATEST, StatisticsService

DATA = r"^s:(?:page:[0-9]{1,18}:(?:[12][0-9]{3}|0)?|(?:picture|workbook):[0-9]{1,18}:(?:[12][0-9]{3}|0))$"

_log = logging.getLogger(__name__)


class StatisticsChat:
    def __init__(self, statistics: StatisticsService, clock: Callable[[], datetime]) -> None:
        self._statistics, self._clock = statistics, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        return [CommandHandler("stats", self.on_command, private), CallbackQueryHandler(self.on_tap, DATA)]

    async def on_command(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        await self._statistics.open(incoming(update.message), self._clock())

    async def on_tap(self, update: Update, context: Context) -> None:
        """Files take a while: meanwhile the chat says that one is coming."""
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed, now = tap(update.callback_query), self._clock()
        verb, org_id, year = pressed.words
        wanted = int(year) or None if year else LATEST
        if verb == "picture":
            context.application.create_task(_show(context, pressed.chat_id, ChatAction.UPLOAD_PHOTO))
            await self._statistics.picture(pressed, int(org_id), wanted, now)
        elif verb == "workbook":
            context.application.create_task(_show(context, pressed.chat_id, ChatAction.UPLOAD_DOCUMENT))
            await self._statistics.workbook(pressed, int(org_id), wanted, now)
        else:
            await self._statistics.page(pressed, int(org_id), wanted, now)
        acknowledge(context.application, update.callback_query)


async def _show(context: Context, chat_id: int, action: ChatAction) -> None:
    try:
        await context.bot.send_chat_action(chat_id, action)
    except TelegramError as error:
        _log.info("no chat action: %s", error.message)
