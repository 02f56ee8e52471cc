"""Watch, stop, mute: taps on cards and alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from handlers.alerts.service import AlertService
from handlers.errors import NotFound
from handlers.incoming import Context, acknowledge, tap

ALERT_DATA = r"^a:(watch|unwatch|mute|list):"


class AlertChat:
    def __init__(self, alerts: AlertService, clock: Callable[[], datetime]) -> None:
        self._alerts, self._clock = alerts, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        return [CallbackQueryHandler(self.on_tap, ALERT_DATA)]

    async def on_tap(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = tap(update.callback_query)
        verb, key = pressed.words[0], ":".join(pressed.words[1:])
        user_id, now = pressed.person.id, self._clock()
        match verb:
            case "watch":
                await self._alerts.watch(user_id, key, now)
            case "unwatch":
                await self._alerts.unwatch(user_id, key, now)
            case "mute":
                await self._alerts.mute(user_id, key, now)
            case "list":
                await self._alerts.show_list(user_id, now)
            case _:
                raise NotFound("error.unknown_button")
        acknowledge(context.application, update.callback_query)
