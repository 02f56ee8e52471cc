from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.playground import BotApi
from bot.playground.server import serve

REQUESTER, AGENT, DESK = 42, 7, -1_000_000_000_777


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 1_790_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, python-telegram-bot warns of RetryAfter's type in a later version."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock) -> BotApi:
    api = BotApi(clock=clock)
    fill(api)
    return api


def fill(api: BotApi) -> None:
    api.add_person(REQUESTER, "小王", "wang", "zh-hans", role="requester", started=True)
    api.add_person(AGENT, "Ana", role="agent", started=True)
    api.add_group(DESK, "Desk", is_forum=True, members=[AGENT], admins=[AGENT])


@pytest.fixture
async def url(api: BotApi) -> AsyncIterator[str]:
    async with serve(api) as url:
        yield url


@pytest.fixture
async def bot(api: BotApi, url: str) -> AsyncIterator[Bot]:
    """The real python-telegram-bot, over real HTTP."""
    async with client(api, url) as bot:
        yield bot


def client(api: BotApi, url: str, *, read_timeout: float = 5) -> Bot:
    return Bot(
        api.token,
        base_url=f"{url}/bot",
        base_file_url=f"{url}/file/bot",
        request=HTTPXRequest(connection_pool_size=8, read_timeout=read_timeout),
        get_updates_request=HTTPXRequest(connection_pool_size=4),
    )
