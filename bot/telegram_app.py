"""python-telegram-bot's application: our handlers in order, and one place where errors become words."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from telegram import Bot, Update
from telegram.ext import Application, ApplicationBuilder, BaseHandler

from bot.adapters.aiohttp_request import AiohttpRequest
from bot.worker import IN_FLIGHT
from handlers.errors import REFUSALS, UserError
from handlers.incoming import Context, acknowledge
from handlers.messenger import Message, post
from knowledge.texts import Locale, Texts, plain
from storage.inbox import Received
from storage.unit_of_work import Storage

App = Application[Any, Any, Any, Any, Any, Any]

_FROM_PEOPLE = frozenset({"message", "edited_message", "callback_query"})

_log = logging.getLogger(__name__)


def build_bot(token: str, api_url: str) -> App:
    """An application without updater and job queue: updates come from our inbox, the clock is ours too."""
    builder = ApplicationBuilder().token(token).base_url(f"{api_url}/bot").base_file_url(f"{api_url}/file/bot")
    builder = builder.request(AiohttpRequest(IN_FLIGHT)).get_updates_request(AiohttpRequest(1))
    return builder.updater(None).job_queue(None).build()


async def close(application: App) -> None:
    """Stop it, and close what a start that failed half-way has opened."""
    if application.running:
        await application.stop()
    await application.shutdown()
    await application.bot.shutdown()


class Dispatcher:
    """Gives each stored update to the first handler that wants it."""

    def __init__(
        self,
        application: App,
        handlers: Sequence[BaseHandler[Any, Any, Any]],
        storage: Storage,
        texts: Texts,
        default: Locale,
        clock: Callable[[], datetime],
    ) -> None:
        self._application, self._storage, self._texts = application, storage, texts
        self._default, self._clock = default, clock
        self._failures: dict[int, Exception] = {}
        application.add_handlers(list(handlers))
        application.add_error_handler(self._on_error)

    @property
    def bot(self) -> Bot:
        bot: Bot = self._application.bot
        return bot

    async def handle(self, raw: Mapping[str, Any]) -> None:
        """Handle one update; raises what a handler raised, unless it is a sentence for the person."""
        update = Update.de_json(dict(raw), self._application.bot)
        await self._application.process_update(update)
        failure = self._failures.pop(update.update_id, None)
        if failure is not None:
            raise failure

    async def apologize(self, row: Received) -> None:
        """An update was given up, and the fault is ours: whoever wrote or tapped is told, in the same place."""
        raw, place = row.update, re.fullmatch(r"(-?\d+)(?:/(\d+))?", row.lane)
        if place is None or not raw.keys() & _FROM_PEOPLE:
            return
        chat_id, topic_id = int(place[1]), place[2]
        async with self._storage.begin() as work:
            ticket = await work.tickets.in_topic(chat_id, int(topic_id)) if topic_id else None
            if chat_id < 0 and ticket is None:
                return
            text = self._texts("error.internal_desk" if ticket else "error.internal")
            answer = Message(text, reply_to=raw.get("message", {}).get("message_id"))
            await work.outbox.add(post(chat_id, answer, ticket_id=ticket.id if ticket else None), now=self._clock())

    async def _on_error(self, update: object, context: Context) -> None:
        error = context.error
        if not isinstance(update, Update) or error is None:
            _log.error("an error outside of any update", exc_info=error)
        elif isinstance(error, UserError):
            try:
                await self._explain(update, error, context)
            except Exception as failure:
                self._failures[update.update_id] = failure
        elif isinstance(error, Exception):
            self._failures[update.update_id] = error

    async def _explain(self, update: Update, error: UserError, context: Context) -> None:
        """A tap is answered by a pop-up, a message by a message in the same place."""
        text = self._texts(error.text_key, **error.params)
        async with self._storage.begin() as work:
            if isinstance(error, REFUSALS):
                actor_id = update.effective_user.id if update.effective_user else None
                await work.audit.refused(actor_id, _tried(update, error), self._clock())
            user = await work.users.get(update.effective_user.id) if update.effective_user else None
            locale = user.locale if user else self._default
            message = update.effective_message
            if update.callback_query is None and message is not None:
                answer = Message(text, reply_to=message.message_id)
                ticket = None
                if message.is_topic_message and message.message_thread_id:
                    ticket = await work.tickets.in_topic(message.chat_id, message.message_thread_id)
                row = post(message.chat_id, answer, ticket_id=ticket.id if ticket else None)
                await work.outbox.add(row, now=self._clock())
        if update.callback_query is not None:
            acknowledge(context.application, update.callback_query, plain(text[locale]), alert=True)


def _tried(update: Update, error: UserError) -> dict[str, Any]:
    """Where and by what: of a message its command alone."""
    message, chat = update.effective_message, update.effective_chat
    words = (message.text or "").split() if message and update.callback_query is None else []
    by = update.callback_query.data if update.callback_query else next(iter(words), "")
    return {
        "by": by if update.callback_query or (by or "").startswith("/") else "",
        "chat_id": chat.id if chat else None,
        "message_id": message.message_id if message else None,
        "answer": error.text_key,
    }
