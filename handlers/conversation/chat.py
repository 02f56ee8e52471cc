"""Private chats: commands, taps on menus, and everything that is simply written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from handlers.conversation.commands import CommandService
from handlers.conversation.service import ConversationService
from handlers.errors import NotFound
from handlers.incoming import Context, acknowledge, incoming, numbers, own_tap

# Verbs alone, or with exactly what they need: anything else is a button that nobody made.
MENU_DATA = (
    r"^m:(?:(?!(?:topic|helped|missed|file|new|other|person|import|to)$)[a-z]+|topic:[a-z0-9-]+|(?:helped|missed):[a-z0-9-]+(?::[0-9]{1,18})?"
    r"|(?:file|new|other|person|import):[0-9]{1,18}|to:[0-9]{1,18}:[0-9]{1,18})$"
)
INVOICE_DATA = r"^i:problem:"
NOT_THIS_DATA = r"^i:not:[0-9]{1,18}$"


class ConversationChat:
    def __init__(
        self, conversation: ConversationService, commands: CommandService, clock: Callable[[], datetime]
    ) -> None:
        self._conversation, self._commands, self._clock = conversation, commands, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        return [
            CommandHandler("start", self.on_start, private),
            MessageHandler(private & filters.COMMAND, self.on_command),
            MessageHandler(private & ~filters.StatusUpdate.ALL, self.on_message),
            CallbackQueryHandler(self.on_tap, MENU_DATA),
            CallbackQueryHandler(self.on_problem, INVOICE_DATA),
            CallbackQueryHandler(self.on_not_this, NOT_THIS_DATA),
            CallbackQueryHandler(self.on_unknown_tap),
        ]

    async def on_start(self, update: Update, context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        parameter = context.args[0] if context.args else ""
        await self._commands.start(incoming(update.message), parameter, self._clock())

    async def on_command(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        message = incoming(update.message)
        name = message.text.split()[0].removeprefix("/").partition("@")[0].lower()
        await self._commands.command(message, name, self._clock())

    async def on_message(self, update: Update, _context: Context) -> None:
        assert update.message is not None  # noqa: S101 - the handler's filter
        await self._conversation.wrote(incoming(update.message), self._clock())

    async def on_tap(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        await self._commands.tap(own_tap(update.callback_query), self._clock())
        acknowledge(context.application, update.callback_query)

    async def on_unknown_tap(self, _update: Update, _context: Context) -> None:
        """A button of a time gone by, or one that nobody made."""
        raise NotFound("error.unknown_button")

    async def on_problem(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = own_tap(update.callback_query)
        await self._commands.problem(pressed.person, ":".join(pressed.words[1:]), self._clock())
        acknowledge(context.application, update.callback_query)

    async def on_not_this(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        pressed = own_tap(update.callback_query)
        (wait_id,) = numbers(pressed.words[1:])
        await self._commands.not_this(pressed.person, wait_id, self._clock())
        acknowledge(context.application, update.callback_query)
