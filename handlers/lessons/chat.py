"""`/teach` at the desk, the buttons below it, and replies to its cards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from handlers.incoming import Context, Incoming, acknowledge, incoming, tap
from handlers.lessons.teaching import TeachingService

DATA = r"^k:(?:(?:see|yes|no|stop|lesson|list):[0-9]{1,18}|draft:[0-9]{1,18}:[a-z0-9-]+)$"

Otherwise = Callable[[Incoming, datetime], Awaitable[None]]


class LessonChat:
    """`otherwise`: who takes a reply at the desk that has nothing to do with teaching."""

    def __init__(self, teaching: TeachingService, otherwise: Otherwise, clock: Callable[[], datetime]) -> None:
        self._teaching, self._otherwise, self._clock = teaching, otherwise, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        desk = filters.Chat(self._teaching.desk_chat_id) & filters.UpdateType.MESSAGE
        return [
            CommandHandler("teach", self.on_teach, desk),
            MessageHandler(desk & filters.REPLY & filters.TEXT & ~filters.COMMAND, self.on_reply),
            CallbackQueryHandler(self.on_tap, DATA),
        ]

    async def on_teach(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        await self._teaching.command(incoming(update.message), self._clock())

    async def on_reply(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        message, now = incoming(update.message), self._clock()
        if not await self._teaching.reply(message, now):
            await self._otherwise(message, now)

    async def on_tap(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = tap(update.callback_query)
        number, now = int(pressed.words[1]), self._clock()
        match pressed.words[0]:
            case "see":
                await self._teaching.show(pressed, number, now)
            case "draft":
                await self._teaching.draft(pressed, number, pressed.words[2], now)
            case "yes":
                await self._teaching.accept(pressed, number, now)
            case "lesson":
                await self._teaching.see(pressed, number, now)
            case "list":
                await self._teaching.page(pressed, number, now)
            case _:
                await self._teaching.end(pressed, number, now)
        acknowledge(context.application, update.callback_query)
