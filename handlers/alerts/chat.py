"""Watch, stop, mute: taps on cards and alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from handlers.alerts.service import AlertService
from handlers.incoming import Context, Tap, acknowledge, own_tap

ALERT_DATA = r"^a:(?:(?:watch|unwatch|mute|drop|list):|stop:[0-9]{1,18}$|page:[0-9]{1,9}$)"


class AlertChat:
    def __init__(self, alerts: AlertService, clock: Callable[[], datetime]) -> None:
        self._alerts, self._clock = alerts, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        return [CallbackQueryHandler(self.on_tap, ALERT_DATA)]

    async def on_tap(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = own_tap(update.callback_query)
        toast = await self._act(pressed, pressed.words[0], ":".join(pressed.words[1:]))
        acknowledge(context.application, update.callback_query, toast)

    async def _act(self, pressed: Tap, verb: str, key: str) -> str:
        """What pops up, if anything."""
        now = self._clock()
        match verb:
            case "watch" | "unwatch":
                return await self._alerts.watch(pressed, key, now, on=verb == "watch")
            case "mute":
                await self._alerts.mute(pressed.person.id, key, now)
            case "drop":
                await self._alerts.drop(pressed, key, now)
            case "stop":
                await self._alerts.stop_waiting(pressed, int(key), now)
            case "page":
                await self._alerts.page(pressed, int(key), now)
            case "list":
                await self._alerts.show_list(pressed.person.id, now)
        return ""
