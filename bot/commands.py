"""The command lists that Telegram shows: for requesters in both languages, for agents at the desk."""

from __future__ import annotations

import logging

from telegram import Bot, BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats
from telegram.error import TelegramError

from knowledge.texts import Locale, Texts

PRIVATE = (
    "menu",
    "fix",
    "lookup",
    "invoices",
    "verify",
    "ticket",
    "tickets",
    "watching",
    "org",
    "stats",
    "why",
    "resume",
    "cancel",
    "language",
    "help",
)
DESK = ("r", "note", "claim", "release", "solve", "teach")
_LANGUAGES = {"": Locale.ZH, "en": Locale.EN}

_log = logging.getLogger(__name__)


async def publish_commands(bot: Bot, texts: Texts) -> None:
    """A failure only means that the lists stay as they are."""
    scopes = ((PRIVATE, BotCommandScopeAllPrivateChats()), (DESK, BotCommandScopeAllGroupChats()))
    try:
        for names, scope in scopes:
            for code, locale in _LANGUAGES.items():
                commands = [BotCommand(name, texts(f"command.{name}")[locale]) for name in names]
                await bot.set_my_commands(commands, scope=scope, language_code=code or None)
    except TelegramError as error:
        _log.warning("command lists were not published: %s", error.message)
