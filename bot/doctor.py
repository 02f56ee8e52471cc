"""Is everything there that the bot needs? Never prints a secret."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from telegram.error import InvalidToken, TelegramError

from bot.config import ConfigError, Settings
from bot.telegram_app import build_bot, close
from knowledge.articles import load_articles
from knowledge.flows.loader import load_flows
from knowledge.texts import Texts
from storage.database import Database
from storage.migrate import is_current, revision
from storage.unit_of_work import Storage

REPLAYED = 200  # invoices: a second, most of it for the dictionaries of sounds


@dataclass(frozen=True, slots=True)
class Finding:
    """`is_ok` None: worth knowing, not wrong."""

    name: str
    is_ok: bool | None
    text: str


async def examine(settings: Settings) -> list[Finding]:
    checks: list[Callable[[Settings], Awaitable[list[Finding]]]] = [_settings, _content, _database, _telegram]
    return [finding for check in checks for finding in await check(settings)]


async def _settings(settings: Settings) -> list[Finding]:
    try:
        settings.require_bot()
    except ConfigError as error:
        return [Finding("settings", False, str(error))]
    return [Finding("settings", True, f"mode {settings.mode}, time zone {settings.time_zone}")]


async def _content(_settings: Settings) -> list[Finding]:
    texts, flows, articles = len(list(Texts.load().keys())), len(load_flows()), len(load_articles())
    return [Finding("content", True, f"{texts} texts, {flows} flows, {articles} articles")]


async def _database(settings: Settings) -> list[Finding]:
    database = Database(settings.database_url)
    try:
        at = await revision(database)
        if at is None:
            return [Finding("database", None, "empty: `invoice-bot migrate` or the first start fills it")]
        if not is_current(at):
            return [Finding("database", False, f"revision {at} is not this version's: `invoice-bot migrate`")]
        async with Storage(database).read() as work:
            inbox, outbox = await work.inbox.counts(), await work.outbox.counts()
            dead = outbox.get("dead", 0)
            desk = len(await work.agents.all())
            organizations = len(await work.organizations.all())
            invoices = await work.invoices.count()
        replayed = await Storage(database).finder.replay(Random(0), REPLAYED)  # noqa: S311 - a sample
        missed = len(replayed.missed) + len(replayed.unnamed)
        return [
            Finding("database", True, f"revision {at}, {organizations} organizations, {invoices} invoices"),
            Finding("look-up", not missed, f"{replayed.invoices} invoices replayed, {missed or 'none'} missed"),
            Finding("inbox", None if inbox.get("parked") else True, str(inbox or "empty")),
            Finding("outbox", None if dead else True, str(outbox or "empty")),
            Finding(
                "agents", True if desk else None, f"{desk} at the desk" if desk else "nobody: `invoice-bot agent add`"
            ),
        ]
    finally:
        await database.close()


async def _telegram(settings: Settings) -> list[Finding]:
    if not settings.token.get_secret_value():
        return []
    application = build_bot(settings.token.get_secret_value(), settings.api_url)
    try:
        await application.initialize()
        me = application.bot.bot
        findings = [Finding("telegram", True, f"@{me.username}")]
        member = await application.bot.get_chat_member(settings.desk_chat_id, me.id)
        rights = ("can_manage_topics", "can_pin_messages", "can_delete_messages")
        missing = [name for name in rights if not getattr(member, name, False)]
        text = f"missing rights: {', '.join(missing)}" if missing else "all rights there"
        return [*findings, Finding("desk", not missing, text)]
    except InvalidToken:  # its own message repeats the token
        return [Finding("telegram", False, "Telegram does not know this token")]
    except TelegramError as error:
        return [Finding("telegram", False, error.message)]
    finally:
        await close(application)
