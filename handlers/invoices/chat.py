"""Opening one invoice of a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from handlers.incoming import Context, acknowledge, own_tap
from handlers.invoices.service import InvoiceService

SHOW_DATA = r"^i:show:"


class InvoiceChat:
    def __init__(self, invoices: InvoiceService, clock: Callable[[], datetime]) -> None:
        self._invoices, self._clock = invoices, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        return [CallbackQueryHandler(self.on_show, SHOW_DATA)]

    async def on_show(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = own_tap(update.callback_query)
        await self._invoices.show(pressed.person.id, ":".join(pressed.words[1:]), self._clock())
        acknowledge(context.application, update.callback_query)
