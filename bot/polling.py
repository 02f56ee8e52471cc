"""Long polling that confirms only what is committed: the next offset is asked for after the rows are safe."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.inbox import Inbox

LONG_POLL_SECONDS = 25
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# Reactions are not sent unless they are asked for.
UPDATES = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member", "inline_query")

_log = logging.getLogger(__name__)


async def poll(bot: Bot, inbox: Inbox) -> None:
    """Until cancelled. Network trouble, a second poller and a full disk are waited out; a wrong token is raised."""
    offset: int | None = None
    pause = FIRST_PAUSE
    while True:
        try:
            updates = await _get(bot, offset)
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


async def _get(bot: Bot, offset: int | None) -> Sequence[Mapping[str, Any]]:
    """Raw updates: stored as they came, even those that our library does not know."""
    arguments: dict[str, Any] = {"timeout": LONG_POLL_SECONDS, "allowed_updates": list(UPDATES)}
    if offset is not None:
        arguments["offset"] = offset
    updates: list[dict[str, Any]] = await bot.do_api_request(
        "getUpdates", api_kwargs=arguments, read_timeout=LONG_POLL_SECONDS + 10
    )
    return updates


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
