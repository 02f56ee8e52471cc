"""The desk: buttons of the cards, what agents write in topics; and requesters' buttons about their tickets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from handlers.errors import NotFound
from handlers.incoming import Context, acknowledge, incoming, numbers, own_tap, tap
from handlers.tickets.desk import DeskService
from handlers.tickets.service import TicketService

AGENT_DATA = r"^t:[0-9]{1,18}:[a-z]+:[0-9]{1,18}$"
REQUESTER_DATA = r"^u:[0-9]{1,18}:[a-z]+:[0-9]{1,18}$"


class TicketChat:
    def __init__(self, tickets: TicketService, desk: DeskService, clock: Callable[[], datetime]) -> None:
        self._tickets, self._desk, self._clock = tickets, desk, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        desk = filters.Chat(self._desk.desk.chat_id)
        new = desk & filters.UpdateType.MESSAGE
        return [
            CallbackQueryHandler(self.on_agent_tap, AGENT_DATA),
            CallbackQueryHandler(self.on_requester_tap, REQUESTER_DATA),
            CommandHandler("r", self.on_answer, new),
            CommandHandler("note", self.on_note, new),
            CommandHandler(["claim", "release", "solve"], self.on_command, new),
            MessageHandler(new & filters.COMMAND, self.on_unknown_command),
            MessageHandler(new & ~filters.StatusUpdate.ALL, self.on_desk_message),
            MessageHandler(filters.UpdateType.EDITED_MESSAGE & (desk | filters.ChatType.PRIVATE), self.on_edit),
        ]

    async def on_agent_tap(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = tap(update.callback_query)
        ticket_id, version = numbers((pressed.words[0], pressed.words[2]))
        await self._desk.agent_tap(pressed.person.id, ticket_id, pressed.words[1], version, self._clock())
        acknowledge(context.application, update.callback_query)

    async def on_requester_tap(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = own_tap(update.callback_query)
        ticket_id, version = numbers((pressed.words[0], pressed.words[2]))
        await self._tickets.requester_tap(pressed, ticket_id, pressed.words[1], version, self._clock())
        acknowledge(context.application, update.callback_query)

    async def on_answer(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        await self._desk.answer_by_command(incoming(update.message), self._clock())

    async def on_note(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        await self._desk.note_by_command(incoming(update.message), self._clock())

    async def on_command(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        message = incoming(update.message)
        verb = message.text.split()[0].removeprefix("/").partition("@")[0].lower()
        await self._desk.command(message, verb, self._clock())

    async def on_unknown_command(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        raise NotFound("desk.unknown_command")

    async def on_desk_message(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        await self._desk.written_at_desk(incoming(update.message), self._clock())

    async def on_edit(self, update: Update, _context: Context) -> None:
        assert update.edited_message is not None  # noqa: S101 - the handler's filter
        await self._tickets.edited(incoming(update.edited_message), self._clock())
