"""The playground: a local Bot API with its page, demo people and invoices, and the real bot on it over HTTP."""

from __future__ import annotations

import asyncio
import fcntl
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from pydantic import SecretStr

from bot.app import Running, Services, opened, running, utc_now
from bot.config import PREFIX, ConfigError, Settings
from bot.knowledge_watch import watching
from bot.playground.bot_api import BotApi
from bot.playground.platform_panel import Platform
from bot.playground.server import serve
from handlers.import_export.routes import platform_view
from knowledge.permissions import DeskRole, Role
from knowledge.texts import Locale
from storage.invoice_pages import Part
from storage.organizations import AliasKind, Organization
from storage.unit_of_work import UnitOfWork
from storage.users import Agent

DEFAULT_PORT = 8090
BOT_ID = 700000001
DESK = -1009000000001
REQUESTER = 1001
AGENTS = {2001: "客服甲", 2002: "客服乙"}
PEOPLE = {REQUESTER: "示例会计", 1002: "示例出纳", 1003: "路人", 1004: "示例助理", 1005: "示例主管"}
BEIJING, SHANGHAI = "91000000MA00000157", "91000000MA00000232"
ORGANIZATIONS = {BEIJING: "票答示例科技（北京）有限公司", SHANGHAI: "票答示例商贸（上海）有限公司"}
ALIASES = {"110000000000157": AliasKind.TAX_ID, "票答科技": AliasKind.NAME}  # of the one in Beijing
MEMBERS = {
    REQUESTER: (BEIJING, Role.MANAGER),
    1004: (BEIJING, Role.MEMBER),
    1005: (SHANGHAI, Role.MANAGER),
    1002: (SHANGHAI, Role.MEMBER),
}
PROVIDER = "demo-platform"
SEND_DELAY = 1.0
LISTED = 200  # invoices in the platform's panel from last time


def demo_settings(settings: Settings, api_url: str, token: str, secret: str) -> Settings:
    """Nothing of the surroundings' but language, time zone and log level: no real token, no real database.

    The local Bot API has none of Telegram's rate limits, so nobody has to wait for them.
    """
    folder = settings.data_dir.resolve()
    return Settings(
        _env_file=None,
        token=SecretStr(token),
        api_url=api_url,
        database_url=f"sqlite+aiosqlite:///{folder / 'invoice-bot.db'}",
        desk_chat_id=DESK,
        mode="polling",
        http_listen="127.0.0.1:0",
        ingest_secrets={PROVIDER: SecretStr(secret)},
        time_zone=settings.time_zone,
        default_locale=settings.default_locale,
        send_delay=SEND_DELAY,
        rate_overall=1000,
        rate_private=100,
        rate_group=6000,
        log_level=settings.log_level,
        data_dir=folder,
    )


@asynccontextmanager
async def playground(settings: Settings, port: int, *, demo: bool) -> AsyncIterator[tuple[str, Running]]:
    """Serve until the block is left; gives the page's address. All is kept in `data_dir` and goes on next time.

    Raises ConfigError if the port is taken (instead of the default one a free one is used) or the data is in use.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with _alone(settings.data_dir):
        async with _served(settings, _usable(port), demo=demo) as playing:
            yield playing


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two processes on the same data would overwrite each other's."""
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(
                f"another playground runs on {folder.resolve()}: stop it, or set {PREFIX}DATA_DIR to another folder"
            ) from error
        yield


def _usable(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if port != DEFAULT_PORT:
                raise ConfigError(
                    f"port {port} cannot be used ({error.strerror}); --port 0 takes a free one"
                ) from error
            return 0
    return port


@asynccontextmanager
async def _served(settings: Settings, port: int, *, demo: bool) -> AsyncIterator[tuple[str, Running]]:
    token = f"{BOT_ID}:{secrets.token_urlsafe(24)}"  # another one each time: nobody else has it
    api = BotApi(token=token, store=settings.data_dir / "telegram.db")
    platform = Platform("", PROVIDER, secrets.token_urlsafe(24))
    _furnish(api, settings.default_locale)
    async with serve(api, port=port, platform=platform) as url:
        bot_settings = demo_settings(settings, url, token, platform.secret)
        async with opened(bot_settings) as services:
            if demo:
                await _seed(services, settings.data_dir)
            platform.learn(await _known(services))
        async with running(bot_settings) as bot, watching(bot.services):
            platform.url = bot.http_url
            api.changes.publish("platform")  # a page that was quicker asks again
            yield url, bot


def _furnish(api: BotApi, locale: Locale) -> None:
    """People and the desk, unless they are there from last time."""
    for user_id, name in PEOPLE.items():
        api.add_person(user_id, name, language_code="zh-hans", role="requester")
    for user_id, name in AGENTS.items():
        api.add_person(user_id, name, language_code="zh-hans", role="agent")
    if DESK not in api.state.chats:
        api.add_group(DESK, "票答客服台", is_forum=True, members=list(AGENTS), admins=[next(iter(AGENTS))])
    api.set_notes(desk_chat_id=DESK, requester_id=REQUESTER, agent_ids=list(AGENTS), locale=locale)
    api.privacy_mode = False


async def _seed(services: Services, folder: Path) -> None:
    """Organizations, members, agents, invoices: once, so that whoever was removed or has left stays away."""
    if await asyncio.to_thread((folder / "seeded").exists):
        return
    now = utc_now()
    async with services.storage.begin() as work:
        for user_id, name in AGENTS.items():
            await work.agents.add(Agent(user_id, name, DeskRole.AGENT), now)
        for tax_id, name in ORGANIZATIONS.items():
            if (organization := await work.organizations.add(tax_id, name, now)) is not None:
                await _people(work, organization, now)
    source = files("knowledge.invoices").joinpath("data/demo.csv").read_bytes()
    await services.imports.import_content("demo.csv", source, now)
    await asyncio.to_thread((folder / "seeded").touch)


async def _people(work: UnitOfWork, organization: Organization, now: datetime) -> None:
    """The members of a new organization, and what it is known by."""
    for user_id, (tax_id, role) in MEMBERS.items():
        if tax_id == organization.tax_id:
            await work.users.seen(user_id, PEOPLE[user_id], Locale.ZH, now)
            await work.organizations.join(organization.id, user_id, role, now)
    if organization.tax_id == BEIJING:
        for alias, kind in ALIASES.items():
            await work.organizations.add_alias(organization.id, alias, kind)


async def _known(services: Services) -> list[dict[str, object]]:
    """The newest invoices as the platform believes them to be: a page that shows ten thousands stands still."""
    async with services.storage.read() as work:
        newest = await work.invoices.page(list(ORGANIZATIONS), Part(), limit=LISTED)
    return [platform_view(one.invoice) for one in newest]
