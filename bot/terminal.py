"""How commands run and speak: settings, one line for a failure, tables for people."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import OperationalError
from telegram.error import InvalidToken

from bot import logs
from bot.app import Services, opened
from bot.config import ConfigError, Settings, load_settings
from handlers.errors import UserError
from knowledge.content import ContentError
from storage.migrate import NewerDatabaseError, UnusableDatabaseError

out = Console()
err = Console(stderr=True)

Known = (ConfigError, ContentError, UserError, NewerDatabaseError, UnusableDatabaseError)
Outside = (OperationalError, OSError, InvalidToken)


def say(line: str) -> None:
    """One line as it is, however long."""
    out.print(line, markup=False, highlight=False, soft_wrap=True)


def show(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(*headers)
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
    except* (*Known, *Outside) as group:
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

    async def inside() -> None:
        async with opened(settings_now()) as services:
            await work(services)

    run_to_end(inside())
