"""No secret in any log: not from us, not from a library, not in a traceback, however it is written."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, redirect_stderr
from urllib.parse import quote

import aiohttp
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import InvalidToken

from bot import logs
from bot.logs import SecretFilter
from bot.playground.bot_api import BotApi
from bot.playground.server import serve
from bot.telegram_app import build_bot, close

CANARY = "987654321:canary-token-0123456789_abcdefABCDEF"
OTHER = "123456:AAE-another-bots-token_0123456789"
PASSWORD = "canary/password with a blank"
LIBRARIES = ("httpx", "httpcore", "aiohttp", "aiohttp.client", "telegram", "telegram.ext", "asyncio")
OURS = ("bot", "handlers", "storage", "knowledge")


Log = io.StringIO


@contextmanager
def as_it_was() -> Iterator[None]:
    """Logging is the whole process's: other tests must not notice."""
    root = logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in (*LIBRARIES, *OURS))]
    handlers, levels = root.handlers[:], [logger.level for logger in loggers]
    yield
    root.handlers = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture
def log() -> Iterator[Log]:
    """What goes to standard error, with every logger at its most talkative."""
    with as_it_was(), redirect_stderr(io.StringIO()) as written:
        logs.set_up("DEBUG", [CANARY, PASSWORD])
        for name in ("", *LIBRARIES):
            logging.getLogger(name).setLevel(logging.DEBUG)
        yield written


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with serve(BotApi()) as address:
        yield address


def assert_clean(log: Log, contains: str) -> None:
    text = log.getvalue()
    assert contains in text, "the record itself must be there, or this proves nothing"
    for piece in ("canary", "AAE-another", quote(PASSWORD, safe="")):
        assert piece not in text


def test_our_own_records(log: Log) -> None:
    logging.getLogger("bot.test").info("one %s, two %s, three %s", CANARY, OTHER, PASSWORD)
    assert_clean(log, "one ***, two ***, three ***")


def test_in_addresses(log: Log) -> None:
    """Libraries log https://…/bot<token>/METHOD: no word boundary stands before the token."""
    for token in (CANARY, OTHER, quote(OTHER, safe="")):
        logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/bot%s/getMe", token)
    logging.getLogger("bot").info("postgresql+asyncpg://bot:%s@localhost/bot", quote(PASSWORD, safe=""))
    assert_clean(log, "/bot***/getMe")


def test_in_a_traceback_and_its_causes(log: Log) -> None:
    def fail() -> None:
        try:
            int(CANARY)
        except ValueError as error:
            raise RuntimeError(f"outer {OTHER}") from error

    try:
        fail()
    except RuntimeError:
        logging.getLogger("bot.test").exception("failed with %r", CANARY)
    assert_clean(log, "RuntimeError: outer ***")


def test_with_a_stack(log: Log) -> None:
    logging.getLogger("bot.test").info("stack of %s", CANARY, stack_info=True)
    assert_clean(log, "stack of ***")


def test_arguments_that_do_not_fit_do_no_harm(log: Log) -> None:
    """A filter that raises would bring down whoever logged."""
    logging.getLogger("some.library").warning("%d of %s", CANARY)
    assert_clean(log, "%d of %s")


async def test_httpx_at_its_most_talkative(log: Log, url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(f"{url}/bot{CANARY}/getMe")
    assert_clean(log, "HTTP Request: GET")


async def test_aiohttp_and_its_errors(log: Log) -> None:
    async with aiohttp.ClientSession() as session:
        try:
            await session.get(f"http://127.0.0.1:1/bot{CANARY}/getMe")
        except aiohttp.ClientError:
            logging.getLogger("bot.test").exception("no connection for %s", CANARY)
    assert_clean(log, "no connection for ***")


async def test_python_telegram_bot_with_a_wrong_token(log: Log, url: str) -> None:
    application = build_bot(CANARY, url)
    try:
        await application.initialize()
    except InvalidToken:
        logging.getLogger("bot.test").exception("refused: %s", application.bot.base_url)
    finally:
        await close(application)
    assert_clean(log, "/bot***")


async def test_a_task_that_nobody_waited_for(log: Log) -> None:
    async def fail() -> None:
        raise RuntimeError(CANARY)

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    asyncio.get_running_loop().call_exception_handler({"message": "lost", "exception": task.exception()})
    assert_clean(log, "RuntimeError: ***")


def test_libraries_speak_from_warnings_up_and_we_as_told() -> None:
    with as_it_was(), redirect_stderr(io.StringIO()) as written:
        logs.set_up("INFO", [])
        for name in ("httpx", "bot.test"):
            for level in (logging.DEBUG, logging.INFO, logging.WARNING):
                logging.getLogger(name).log(level, "heard")
    assert [line.split(maxsplit=2)[2] for line in written.getvalue().splitlines()] == [
        "WARNING httpx: heard",
        "INFO bot.test: heard",
        "WARNING bot.test: heard",
    ]


@given(
    st.from_regex(r"[1-9][0-9]{7,9}:[A-Za-z0-9_-]{35}", fullmatch=True),
    st.text(alphabet=st.characters(exclude_categories=["Nd", "Cs"])),
    st.text(),
)
def test_any_token_in_any_surroundings(token: str, before: str, after: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", (f"{before}{token}{after}",), None)
    SecretFilter([]).filter(record)
    assert token not in record.getMessage()
