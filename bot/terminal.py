"""How commands run and speak: settings, one line for a failure, tables for people."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import uvloop
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import OperationalError

from bot import logs
from bot.config import ConfigError, Settings, load_settings
from handlers.errors import UserError
from knowledge.content import ContentError
from knowledge.texts import Locale, Texts, plain
from storage.migrate import NewerDatabaseError, UnusableDatabaseError

if TYPE_CHECKING:
    from bot.app import Services

out = Console()
err = Console(stderr=True)

Known = (ConfigError, ContentError, UserError, NewerDatabaseError, UnusableDatabaseError)

_log = logging.getLogger(__name__)


def expected() -> tuple[type[Exception], ...]:
    """What may be wrong with what was given, or with the world. Loads Telegram's library: ask when something is."""
    from telegram.error import InvalidToken

    return *Known, OperationalError, OSError, InvalidToken


def run_app(app: Callable[[], None]) -> None:
    """Known failures become one line on standard error and exit code 1.

    Anything else is a bug: exit code 70 and its traceback, by way of the log, which keeps secrets out of it.
    """
    logs.set_up("INFO", [])
    try:
        app()
    except Exception as error:
        if not isinstance(error, expected()):
            _log.exception("this should not have happened")
            sys.exit(70)
        complain(cause_of(error))
        sys.exit(1)


def complain(cause: str) -> None:
    """One line on standard error."""
    err.print(f"invoice-bot: {cause}", markup=False, highlight=False, soft_wrap=True)


def cause_of(error: Exception) -> str:
    from telegram.error import InvalidToken

    match error:
        case UserError():
            return plain(Texts.load()(error.text_key, **error.params)[Locale.EN])
        case OperationalError():
            return f"the database cannot be used: {error.orig}"
        case OSError() if error.filename:
            return f"{error.filename}: {error.strerror}"
        case InvalidToken():
            return "INVOICE_BOT_TOKEN: Telegram does not know this token any more"
        case _:
            return str(error)


def note_unknown(organization: str) -> None:
    """Invoices may be there before an organization is set up, so it is no error."""
    note(f"no organization goes by {organization}: it is taken as a tax id")


def note(line: str) -> None:
    """Beside the result, on standard error."""
    err.print(f"note: {line}", markup=False, highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """One line as it is, however long."""
    out.print(line, markup=False, highlight=False, soft_wrap=True)


def show(headers: Sequence[str], rows: Iterable[Sequence[str]], *, figures_from: int | None = None) -> None:
    """A table in which nothing is cut off: what is too wide goes on below, but for the first column's, which is what
    people copy. `figures_from`: the column from which on there are figures."""
    rows = list(rows)
    if not rows:
        say("none")
        return
    table = Table()
    for index, header in enumerate(headers):
        side: Literal["left", "right"] = "right" if figures_from is not None and index >= figures_from else "left"
        table.add_column(header, justify=side, overflow="fold", no_wrap=index == 0)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)


def settings_now(**overrides: object) -> Settings:
    settings = load_settings(**overrides)
    logs.set_up(settings.log_level, settings.secrets)
    return settings


def run_to_end(work: Coroutine[Any, Any, None]) -> None:
    """Failures out of task groups come out alone, so that their cause is one line."""
    try:
        uvloop.run(work)
    except* expected() as group:
        raise _first(group) from None


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


@asynccontextmanager
async def until_stopped() -> AsyncIterator[asyncio.Event]:
    """Ctrl-C and SIGTERM set the event instead of ending the process."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    yield stopped


def with_services(work: Callable[[Services], Awaitable[None]]) -> None:
    """Run this on the database of the settings."""

    from bot.app import opened

    async def inside() -> None:
        async with opened(settings_now()) as services:
            await work(services)

    run_to_end(inside())
