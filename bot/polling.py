"""Long polling that confirms only what is committed: the next offset is asked for after the rows are safe."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bot.adapters.aiohttp_request import AiohttpRequest
from bot.inbox import Inbox

UPDATES = ("message", "edited_message", "callback_query", "inline_query")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """In seconds: how long Telegram may hold a poll back, how much later it counts as lost, pauses after a failure."""

    long_poll: int = 25
    grace: float = 10.0
    first_pause: float = 0.5
    longest_pause: float = 30.0


async def poll(bot: Bot, inbox: Inbox, patience: Patience = Patience()) -> None:
    """Until cancelled. Network trouble, a second poller and a full disk are waited out; a wrong token is raised."""
    offset: int | None = None
    pause = patience.first_pause
    async with AiohttpRequest(connections=1) as request:
        while True:
            try:
                updates = await _get(request, bot.base_url, offset, patience)
                await inbox.take(updates)
            except InvalidToken:
                raise
            except Exception as error:
                await asyncio.sleep(_pause(error, pause))
                pause = min(patience.longest_pause, pause * 2)
                continue
            pause = patience.first_pause
            if updates:
                offset = int(updates[-1]["update_id"]) + 1


async def _get(
    request: BaseRequest, base_url: str, offset: int | None, patience: Patience
) -> Sequence[Mapping[str, Any]]:
    """Raw updates: stored as they came, even those that our library does not know."""
    arguments = {"timeout": patience.long_poll, "allowed_updates": json.dumps(UPDATES)}
    if offset is not None:
        arguments["offset"] = offset
    url = f"{base_url}/getUpdates?{urlencode(arguments)}"
    updates = await request.post(url, read_timeout=patience.long_poll + patience.grace)
    return cast("Sequence[Mapping[str, Any]]", updates)


def _pause(error: Exception, usual: float) -> float:
    """How many seconds to wait."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return float(wait if isinstance(wait, int) else wait.total_seconds())
    if isinstance(error, Conflict):
        _log.error("another process polls with this token: only one of them gets each update")
    elif isinstance(error, TelegramError):
        _log.warning("polling: %s", error.message)
    else:
        _log.exception("updates could not be stored; they stay with Telegram")
    return usual
