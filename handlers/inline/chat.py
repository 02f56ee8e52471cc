"""Inline queries: `@bot 3017` in any chat."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import (
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.ext import BaseHandler, InlineQueryHandler

from handlers.conversation.commands import HOW_TO_JOIN
from handlers.incoming import Context
from handlers.inline.service import Answer, Found, InlineService

MENU = "menu"  # a link's parameter: /start shows the menu
FRESH = 5  # seconds for which Telegram may give the same answer again

_log = logging.getLogger(__name__)


class InlineChat:
    def __init__(self, inline: InlineService, clock: Callable[[], datetime]) -> None:
        self._inline, self._clock = inline, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        return [InlineQueryHandler(self.on_query)]

    async def on_query(self, update: Update, context: Context) -> None:
        """Answered without waiting: it means nothing after a crash, and the person types on."""
        query = update.inline_query
        assert query is not None  # noqa: S101 - the handler's filter
        answer = await self._inline.find(query.from_user.id, query.query, self._clock(), query.offset)
        context.application.create_task(_send(query, answer))


async def _send(query: InlineQuery, answer: Answer) -> None:
    button = None
    if label := answer.join or answer.elsewhere:
        button = InlineQueryResultsButton(label, start_parameter=HOW_TO_JOIN if answer.join else MENU)
    articles = [_article(found) for found in answer.found]
    try:
        await query.answer(articles, cache_time=FRESH, is_personal=True, button=button, next_offset=answer.more or None)
    except TelegramError as error:  # too old, mostly: there is a newer one
        _log.info("an inline query was not answered: %s", error.message)


def _article(found: Found) -> InlineQueryResultArticle:
    content = InputTextMessageContent(
        found.html, parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)
    )
    return InlineQueryResultArticle(found.key, found.title, content, description=found.description)
