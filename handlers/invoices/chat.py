"""Opening one invoice of a list, and waiting for one that is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from handlers.incoming import Context, Tap, acknowledge, numbers, own_tap
from handlers.invoices.service import InvoiceService
from handlers.invoices.waiting import WaitService

SHOW_DATA = r"^i:show:"
WAIT_DATA = r"^i:(?:wait|stop|ticket|look):[0-9]{1,18}$"


class InvoiceChat:
    def __init__(self, invoices: InvoiceService, waits: WaitService, clock: Callable[[], datetime]) -> None:
        self._invoices, self._waits, self._clock = invoices, waits, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        return [CallbackQueryHandler(self.on_show, SHOW_DATA), CallbackQueryHandler(self.on_wait, WAIT_DATA)]

    async def on_show(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = own_tap(update.callback_query)
        await self._invoices.show(pressed.person.id, ":".join(pressed.words[1:]), self._clock())
        acknowledge(context.application, update.callback_query)

    async def on_wait(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = own_tap(update.callback_query)
        (wait_id,) = numbers(pressed.words[1:])
        toast = await self._wait(pressed, pressed.words[0], wait_id)
        acknowledge(context.application, update.callback_query, toast)

    async def _wait(self, pressed: Tap, verb: str, wait_id: int) -> str:
        """What pops up, if anything."""
        now = self._clock()
        match verb:
            case "wait":
                await self._waits.begin(pressed, wait_id, now)
            case "stop":
                await self._waits.stop(pressed, wait_id, now)
            case "ticket":
                await self._waits.file(pressed, wait_id, now)
            case "look":
                return await self._waits.look(pressed, wait_id, now)
        return ""
