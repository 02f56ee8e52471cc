"""/invoices, and the buttons of the message that it opens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, filters

from handlers.browsing.service import BrowsingService
from handlers.browsing.view import DATA, parse
from handlers.incoming import Context, acknowledge, incoming, tap


class BrowsingChat:
    def __init__(self, browsing: BrowsingService, clock: Callable[[], datetime]) -> None:
        self._browsing, self._clock = browsing, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        return [CommandHandler("invoices", self.on_command, private), CallbackQueryHandler(self.on_tap, DATA)]

    async def on_command(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        await self._browsing.open(incoming(update.message).person, self._clock())

    async def on_tap(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed, now = tap(update.callback_query), self._clock()
        match pressed.words:
            case ("open",):
                await self._browsing.open(pressed.person, now)
            case ("home",):
                await self._browsing.home(pressed, now)
            case (verb, *words):
                await self._browsing.page(pressed, verb, parse(tuple(words)), now)
        acknowledge(context.application, update.callback_query)
