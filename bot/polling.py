"""Long polling that confirms only what is committed: the next offset is asked for after the rows are safe."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlencode

from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bot.adapters.aiohttp_request import AiohttpRequest
from bot.inbox import Inbox

LONG_POLL_SECONDS = 25
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
UPDATES = ("message", "edited_message", "callback_query")

_log = logging.getLogger(__name__)


async def poll(bot: Bot, inbox: Inbox) -> None:
    """Until cancelled. Network trouble, a second poller and a full disk are waited out; a wrong token is raised."""
    offset: int | None = None
    pause = FIRST_PAUSE
    async with AiohttpRequest(connections=1) as request:
        while True:
            try:
                updates = await _get(request, bot.base_url, offset)
                await inbox.take(updates)
            except InvalidToken:
                raise
            except Exception as error:
                pause = _pause(error, pause)
                await asyncio.sleep(pause)
                continue
            pause = FIRST_PAUSE
            if updates:
                offset = int(updates[-1]["update_id"]) + 1


async def _get(request: BaseRequest, base_url: str, offset: int | None) -> Sequence[Mapping[str, Any]]:
    """Raw updates: stored as they came, even those that our library does not know."""
    arguments = {"timeout": LONG_POLL_SECONDS, "allowed_updates": json.dumps(UPDATES)}
    if offset is not None:
        arguments["offset"] = offset
    url = f"{base_url}/getUpdates?{urlencode(arguments)}"
    updates = await request.post(url, read_timeout=LONG_POLL_SECONDS + 10)
    return cast("Sequence[Mapping[str, Any]]", updates)


def _pause(error: Exception, last: float) -> float:
    """How many seconds to wait; twice as long each time."""
    if isinstance(error, RetryAfter):
        return float(error.retry_after if isinstance(error.retry_after, int) else error.retry_after.total_seconds())
    if isinstance(error, Conflict):
        _log.error("another process polls with this token: only one of them gets each update")
    elif isinstance(error, TelegramError):
        _log.warning("polling: %s", error.message)
    else:
        _log.exception("updates could not be stored; they stay with Telegram")
    return min(LONGEST_PAUSE, last * 2)
