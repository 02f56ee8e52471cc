"""`/teach` at the desk and the buttons below it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from handlers.incoming import Context, acknowledge, incoming, tap
from handlers.lessons.service import LessonService

DATA = r"^k:(?:(?:see|yes|no|stop):[0-9]{1,18}|draft:[0-9]{1,18}:[a-z0-9-]+)$"


class LessonChat:
    def __init__(self, lessons: LessonService, clock: Callable[[], datetime]) -> None:
        self._lessons, self._clock = lessons, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        desk = filters.Chat(self._lessons.desk_chat_id) & filters.UpdateType.MESSAGE
        return [CommandHandler("teach", self.on_teach, desk), CallbackQueryHandler(self.on_tap, DATA)]

    async def on_teach(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        await self._lessons.command(incoming(update.message), self._clock())

    async def on_tap(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = tap(update.callback_query)
        number, now = int(pressed.words[1]), self._clock()
        match pressed.words[0]:
            case "see":
                await self._lessons.show(pressed, number, now)
            case "draft":
                await self._lessons.draft(pressed, number, pressed.words[2], now)
            case "yes":
                await self._lessons.accept(pressed, number, now)
            case _:
                await self._lessons.end(pressed, number, now)
        acknowledge(context.application, update.callback_query)
