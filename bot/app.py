"""The composition root: open, wire, start; stop in reverse."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from telegram.error import InvalidToken, TelegramError

from bot.adapters.drawing import Drawing
from bot.adapters.telegram_files import TelegramFiles
from bot.adapters.telegram_messenger import TelegramMessenger
from bot.commands import publish_commands
from bot.config import ConfigError, Settings
from bot.inbox import Inbox
from bot.limiter import Limiter, Limits, Rate
from bot.polling import UPDATES, poll
from bot.scheduler import Sweeper, schedule
from bot.telegram_app import App, Dispatcher, build_bot, close
from bot.web import Server, build_web, webhook_route
from bot.worker import Worker
from handlers.alerts import routes as alert_routes
from handlers.alerts.chat import AlertChat
from handlers.alerts.service import AlertService
from handlers.articles.service import ArticleService
from handlers.browsing.chat import BrowsingChat
from handlers.browsing.service import BrowsingService
from handlers.conversation.answers import Answers, Features
from handlers.conversation.chat import ConversationChat
from handlers.conversation.commands import CommandService
from handlers.conversation.service import ConversationService
from handlers.flows.chat import FlowChat
from handlers.flows.service import EXPIRE, NUDGE, FlowActions, FlowService
from handlers.import_export import routes as import_routes
from handlers.import_export.chat import UploadChat
from handlers.import_export.service import ImportService
from handlers.import_export.uploads import UploadService
from handlers.inline.chat import InlineChat
from handlers.inline.service import InlineService
from handlers.invoices.chat import InvoiceChat
from handlers.invoices.service import InvoiceService
from handlers.invoices.verify import VerifyService
from handlers.invoices.waiting import CHECK, WaitService
from handlers.lessons.chat import LessonChat
from handlers.lessons.service import LessonService
from handlers.lessons.teaching import TeachingService
from handlers.notifications.service import DeliveryService
from handlers.organizations.chat import OrganizationChat
from handlers.organizations.service import OrganizationService
from handlers.statistics.chat import StatisticsChat
from handlers.statistics.service import StatisticsService
from handlers.tickets.chat import TicketChat
from handlers.tickets.desk import DeskService
from handlers.tickets.moves import CLOSE, Desk, Moves
from handlers.tickets.service import TicketService
from handlers.users.service import UserService
from knowledge.articles import load_articles
from knowledge.flows.loader import load_flows
from knowledge.invoices import names
from knowledge.routing import Router
from knowledge.texts import Texts
from storage.database import Database
from storage.migrate import is_readable, migrate
from storage.unit_of_work import Storage

Clock = Callable[[], datetime]
START_PAUSE = 3.0
STOP_SECONDS = 20.0

_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that can be asked for, without Telegram: what the command line uses."""

    storage: Storage
    texts: Texts
    router: Router
    features: Features
    desk: DeskService
    teaching: TeachingService
    imports: ImportService
    browsing: BrowsingService
    statistics: StatisticsService
    inline: InlineService


@dataclass(frozen=True, slots=True)
class Running:
    """The bot at work. `http_url` is "" if it serves no HTTP; `wake` has the outbox looked at again."""

    services: Services
    inbox: Inbox
    sweeper: Sweeper
    http_url: str
    wake: Callable[[], None]


@asynccontextmanager
async def opened(settings: Settings, on_outbox: Callable[[], None] = lambda: None) -> AsyncIterator[Services]:
    """The database, brought up to date, and the services on it. Raises NewerDatabaseError."""
    database = Database(settings.database_url)
    try:
        await migrate(database)
        yield build_services(settings, Storage(database, on_outbox))
    finally:
        await database.close()


@asynccontextmanager
async def looked_at(settings: Settings) -> AsyncIterator[tuple[Services, bool]]:
    """The services on the database as it is: none is made or migrated. False if there is none that can be read."""
    database = Database(settings.database_url)
    try:
        yield build_services(settings, Storage(database)), await is_readable(database)
    finally:
        await database.close()


def build_services(settings: Settings, storage: Storage) -> Services:
    texts, articles, flows = Texts.load(), load_articles(), load_flows()
    router = Router(articles, flows)
    invoices = InvoiceService(storage, texts, settings.zone)
    moves, desk = Moves(texts), Desk(settings.desk_chat_id, settings.default_locale, settings.delay)
    tickets = TicketService(storage, texts, moves, desk)
    waits = WaitService(storage, texts, invoices, tickets)
    verifications = VerifyService(storage, texts, invoices)
    alerts = AlertService(storage, texts, invoices, settings.zone)
    imports = ImportService(storage, lambda: (alerts, waits))
    shown = ArticleService(texts, articles)
    guided = FlowService(storage, texts, flows, FlowActions(invoices, verifications, waits), tickets, settings.zone)
    lessons = LessonService(storage, texts, router, shown, guided, desk_chat_id=settings.desk_chat_id)
    users = UserService(settings.default_locale)
    browsing = BrowsingService(storage, texts, users)
    features = Features(
        users=users,
        flows=guided,
        invoices=invoices,
        waits=waits,
        verifications=verifications,
        tickets=tickets,
        alerts=alerts,
        articles=shown,
        organizations=OrganizationService(storage, texts, alerts, settings.zone),
        lessons=lessons,
        uploads=UploadService(storage, texts, imports),
        browsing=browsing,
    )
    return Services(
        storage,
        texts,
        router,
        features,
        DeskService(storage, texts, moves, desk),
        TeachingService(storage, texts, router, lessons, zone=settings.zone),
        imports,
        browsing,
        StatisticsService(storage, texts, users, Drawing()),
        InlineService(storage, texts, invoices, settings.zone, settings.default_locale),
    )


@asynccontextmanager
async def running(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Running]:
    """The whole bot. Leaving the block stops receiving, handles what was taken, sends what is on its way."""
    settings.require_bot()
    awake = asyncio.Event()
    async with opened(settings, awake.set) as services:
        application = build_bot(settings.token.get_secret_value(), settings.api_url)
        try:
            await _connect(application)
            async with _wired(settings, services, application, awake, clock) as wired:
                yield wired
        finally:
            await close(application)


@asynccontextmanager
async def _wired(
    settings: Settings, services: Services, application: App, awake: asyncio.Event, clock: Clock
) -> AsyncIterator[Running]:
    features, storage = services.features, services.storage
    messenger = TelegramMessenger(application.bot)
    limiter = await _limiter(settings, storage, clock)
    delivery = DeliveryService(storage, messenger, features.tickets, features.alerts, limiter, settings.default_locale)
    await delivery.recover()
    worker = Worker(delivery, limiter, clock, awake)
    dispatcher = Dispatcher(
        application, _handlers(services, settings.zone, clock), storage, services.texts, settings.default_locale, clock
    )
    inbox = Inbox(storage, application.bot.id, dispatcher.handle, clock, dispatcher.apologize)
    sweeper = Sweeper(storage, _jobs(features), clock)
    scheduler = schedule(sweeper, settings.zone)
    server = _server(settings, services, inbox, clock)
    await inbox.recover()
    scheduler.start()
    async with asyncio.TaskGroup() as group:
        group.create_task(worker.run(), name="delivery")
        stop_receiving = await _receive(settings, application, inbox, server, group)
        importing = group.create_task(features.uploads.run(TelegramFiles(application.bot), clock), name="imports")
        group.create_task(publish_commands(application.bot, services.texts), name="commands")
        # Not the loop's own threads: stopping would wait for it.
        threading.Thread(target=_warm, args=(services,), name="warm", daemon=True).start()
        try:
            yield Running(services, inbox, sweeper, server.url if server else "", awake.set)
        finally:
            scheduler.shutdown(wait=False)
            await stop_receiving()
            with suppress(TimeoutError):
                await asyncio.wait_for(inbox.settle(), STOP_SECONDS)
            importing.cancel()
            worker.stop()


def _warm(services: Services) -> None:
    """Seconds that would be the first question's, and the first name's."""
    services.router.warm()
    names.warm()


async def _connect(application: App) -> None:
    """Waits for Telegram to be there; a token that it does not know is a ConfigError."""
    while True:
        try:
            await application.initialize()
        except InvalidToken as error:
            raise ConfigError("INVOICE_BOT_TOKEN: Telegram does not know this token") from error
        except TelegramError as error:
            _log.warning("Telegram is not reachable (%s); trying again", error.message)
            await asyncio.sleep(START_PAUSE)
        else:
            await application.start()
            return


async def _limiter(settings: Settings, storage: Storage, clock: Clock) -> Limiter:
    limits = Limits(
        overall=Rate(max(1, round(settings.rate_overall)), 1),
        private=Rate(max(1, round(settings.rate_private * 3)), 3),
        group=Rate(max(1, round(settings.rate_group)), 60),
    )
    async with storage.read() as work:
        return Limiter(limits, await work.outbox.sent_since(clock() - timedelta(seconds=60)))


def _handlers(services: Services, zone: ZoneInfo, clock: Clock) -> list[Any]:
    """In this order: the first that wants an update gets it."""
    features = services.features
    return [
        *FlowChat(features.flows, clock).handlers(),
        *InvoiceChat(features.invoices, features.waits, clock).handlers(),
        *BrowsingChat(services.browsing, clock).handlers(),
        *StatisticsChat(services.statistics, clock).handlers(),
        *InlineChat(services.inline, clock).handlers(),
        *AlertChat(features.alerts, clock).handlers(),
        *OrganizationChat(features.organizations, clock).handlers(),
        *LessonChat(services.teaching, services.desk.written_at_desk, clock).handlers(),
        *UploadChat(features.uploads, clock).handlers(),
        *TicketChat(features.tickets, services.desk, clock).handlers(),
        *_conversation(services, zone, clock).handlers(),
    ]


def _conversation(services: Services, zone: ZoneInfo, clock: Clock) -> ConversationChat:
    storage, texts, features = services.storage, services.texts, services.features
    answers = Answers(texts, services.router, features, zone)
    return ConversationChat(
        ConversationService(storage, texts, answers, features), CommandService(storage, texts, answers, features), clock
    )


def _jobs(features: Features) -> dict[str, Any]:
    return {
        NUDGE: features.flows.nudge,
        EXPIRE: features.flows.expire,
        CLOSE: features.tickets.auto_close,
        CHECK: features.waits.check,
    }


def _server(settings: Settings, services: Services, inbox: Inbox, clock: Clock) -> Server | None:
    if not settings.http_listen:
        return None
    routes = [
        *alert_routes.routes(services.features.alerts, clock),
        *import_routes.routes(services.imports, services.texts, clock),
    ]
    if settings.mode == "webhook":
        routes.append(webhook_route(inbox, settings.webhook_secret.get_secret_value()))
    secrets = {name: secret.get_secret_value() for name, secret in settings.ingest_secrets.items()}
    return Server(
        build_web(routes, secrets, services.texts, _health(services.storage, clock), clock), settings.http_listen
    )


def _health(storage: Storage, clock: Clock) -> Callable[[], Any]:
    async def health() -> dict[str, Any]:
        async with storage.read() as work:
            return {
                "inbox": await work.inbox.counts(),
                "outbox": await work.outbox.counts(),
                "timers_late_seconds": await work.timers.lateness(clock()),
            }

    return health


async def _receive(
    settings: Settings, application: App, inbox: Inbox, server: Server | None, group: asyncio.TaskGroup
) -> Callable[[], Any]:
    """Begin to take updates; the result ends it."""
    serving = group.create_task(server.run(), name="http") if server else None
    polling = None
    if settings.mode == "webhook":
        secret = settings.webhook_secret.get_secret_value()
        await application.bot.set_webhook(settings.webhook_url, secret_token=secret, allowed_updates=UPDATES)
    else:
        await application.bot.delete_webhook()
        polling = group.create_task(poll(application.bot, inbox), name="polling")

    async def stop() -> None:
        if polling:
            polling.cancel()
        if server and serving:
            server.stop()
            await serving

    return stop
