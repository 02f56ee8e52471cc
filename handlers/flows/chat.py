"""Taps on a flow's buttons. What is typed comes through the conversation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from handlers.flows.service import FlowService
from handlers.incoming import Context, acknowledge, numbers, own_tap

FLOW_DATA = r"^f:[0-9]{1,18}:[0-9]{1,18}:[a-z0-9_c-]+$"


class FlowChat:
    def __init__(self, flows: FlowService, clock: Callable[[], datetime]) -> None:
        self._flows, self._clock = flows, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        return [CallbackQueryHandler(self.on_tap, FLOW_DATA)]

    async def on_tap(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = own_tap(update.callback_query)
        session_id, version = numbers(pressed.words[:2])
        await self._flows.tap(pressed.person.id, session_id, version, pressed.words[2], self._clock())
        acknowledge(context.application, update.callback_query)
