"""The button under a file that is being imported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from handlers.import_export.uploads import UploadService
from handlers.incoming import Context, acknowledge, numbers, tap

UPLOAD_DATA = r"^u:stop:[0-9]{1,18}$"


class UploadChat:
    def __init__(self, uploads: UploadService, clock: Callable[[], datetime]) -> None:
        self._uploads, self._clock = uploads, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        return [CallbackQueryHandler(self.on_stop, UPLOAD_DATA)]

    async def on_stop(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = tap(update.callback_query)
        (import_id,) = numbers(pressed.words[1:])
        await self._uploads.stop(pressed, import_id, self._clock())
        acknowledge(context.application, update.callback_query)
