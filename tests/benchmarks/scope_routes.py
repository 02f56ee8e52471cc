"""Two ways to the bot. The whole one: HTTP to and from a local Bot API, the inbox, delivery. The short one: Telegram's
updates to the same handlers on the same storage; what is queued or answered is read where it lies."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from telegram._utils.types import ODVInput
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, CommandHandler
from telegram.request import BaseRequest, RequestData

from bot.app import Services, _handlers, _jobs, opened, running
from bot.commands import DESK as DESK_COMMANDS
from bot.commands import PRIVATE
from bot.config import Settings
from bot.limiter import Limiter, Limits
from bot.playground.bot_api import BotApi
from bot.playground.errors import PlaygroundError
from bot.playground.server import serve
from bot.playground.spec import Upload
from bot.scheduler import Sweeper
from bot.telegram_app import App, Dispatcher
from handlers.messenger import Rendered
from handlers.notifications.service import DeliveryService
from storage.messages import Claimed, File, Outcome, State
from tests.benchmarks.scope_world import Clock
from tests.conftest import DESK, settings_for
from tests.conftest import World as Playing

GROUP = -1_000_000_000_888  # some group that the bot is in
SAY, TAP, INLINE, CHOSEN, EDIT, FILE = "say", "tap", "inline", "chosen", "edit", "file"
_BOT = {"id": 700000001, "is_bot": True, "first_name": "票答", "username": "invoice_helpdesk_bot"}
_DIRECT = {"answerCallbackQuery", "answerInlineQuery"}

Json = dict[str, Any]

_TITLE = re.compile(r"#(\d+) ")  # of a ticket's topic


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does: `chat` 0 is their own with the bot."""

    kind: str
    user: int
    verb: str
    text: str
    chat: int = 0

    @property
    def place(self) -> int:
        return self.chat or self.user


@dataclass(frozen=True, slots=True)
class Sent:
    """What left the bot for one reader. `ticket_user`: whose ticket it stands in, at the desk."""

    chat_id: int
    text: str
    buttons: tuple[str, ...] = ()
    content: bytes = b""
    ticket_user: int = 0


class Route(Protocol):
    services: Services
    registry: Registry

    def meet(self, user_id: int) -> None: ...

    async def do(self, act: Act) -> list[Sent]: ...

    async def sweep(self) -> list[Sent]:
        """Run the timers that are due."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Buttons' patterns and commands, as the bot's own list of handlers has them: a new one is here by itself."""

    patterns: tuple[re.Pattern[str], ...]
    commands: tuple[str, ...]


def registry(services: Services, settings: Settings, clock: Clock) -> Registry:
    handlers = _handlers(services, settings.zone, clock)
    patterns = [one.pattern for one in handlers if isinstance(one, CallbackQueryHandler)]
    commands = {name for one in handlers if isinstance(one, CommandHandler) for name in one.commands}
    return Registry(
        tuple(one for one in patterns if isinstance(one, re.Pattern)), (*sorted(commands | {*PRIVATE, *DESK_COMMANDS}),)
    )


# ── The short one ──


class Listening(BaseRequest):
    """A Telegram that takes everything and remembers it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Json]] = []

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        name = url.rpartition("/")[2]
        if name == "getMe":
            return 200, json.dumps({"ok": True, "result": _BOT}).encode()
        self.calls.append((name, dict(request_data.json_parameters) if request_data else {}))
        return 200, b'{"ok": true, "result": true}'


class Paper:
    """A messenger that delivers at once. `content`: the last file."""

    def __init__(self) -> None:
        self.content = b""
        self._ids = count(1_000_000)

    async def send(self, chat_id: int, message: Rendered, *, thread_id: int | None) -> int:
        return next(self._ids)

    async def send_file(self, chat_id: int, message: Rendered, file: File, *, thread_id: int | None) -> int:
        self.content = file.content
        return next(self._ids)

    async def edit(self, chat_id: int, message_id: int, message: Rendered) -> None: ...

    async def strip(self, chat_id: int, message_id: int) -> None: ...

    async def copy(
        self, chat_id: int, from_chat_id: int, message_id: int, *, thread_id: int | None, reply_to: int | None
    ) -> int:
        return next(self._ids)

    async def react(self, chat_id: int, message_id: int, emoji: str) -> None: ...

    async def create_topic(self, chat_id: int, title: str) -> int:
        return next(self._ids)

    async def close_topic(self, chat_id: int, topic_id: int, title: str) -> None: ...

    async def pin(self, chat_id: int, message_id: int) -> None: ...


class Short:
    def __init__(self, services: Services, settings: Settings, clock: Clock, application: App, ears: Listening) -> None:
        self.services, self._clock, self._ears = services, clock, ears
        handlers = _handlers(services, settings.zone, clock)
        self._dispatcher = Dispatcher(
            application, handlers, services.storage, services.texts, settings.default_locale, clock
        )
        self.registry = registry(services, settings, clock)
        self._sweeper = Sweeper(services.storage, _jobs(services.features), clock)
        features, self._paper = services.features, Paper()
        self._delivery = DeliveryService(
            services.storage, self._paper, features.tickets, features.alerts, Limiter(Limits()), settings.default_locale
        )
        self._count = 0
        self._ids: dict[int, int] = {}  # of the newest message in each chat

    def meet(self, user_id: int) -> None:
        """Telegram knows everybody."""

    async def do(self, act: Act) -> list[Sent]:
        self._count += 1
        self._ears.calls.clear()
        around = asyncio.all_tasks()
        await self._dispatcher.handle({"update_id": self._count, **self._update(act)})
        if tasks := asyncio.all_tasks() - around:  # answers that nobody waits for
            await asyncio.wait(tasks)
        heard = [Sent(act.user, params.get("text") or params.get("results", "")) for _name, params in self._ears.calls]
        return [*map(_unescaped, heard), *await self._queued()]

    async def sweep(self) -> list[Sent]:
        await self._sweeper.sweep()
        return await self._queued()

    async def _queued(self) -> list[Sent]:
        """All that is due goes out; both languages of it are looked at, whichever its reader gets."""
        found: list[Sent] = []
        outcomes: list[Outcome] = []
        while True:
            rows, _ = await self._delivery.exchange(outcomes, self._clock(), lambda _chat_id: True, 64)
            if not rows:
                return found
            outcomes = []
            for row in rows:
                outcomes.append(await self._delivery.deliver(row, self._clock(), 0.0))
                if (message_id := outcomes[-1].message_id) is not None:
                    self._ids[row.chat_id] = message_id
                if outcomes[-1].state is State.SENT:
                    found.append(await self._delivered(row))

    async def _delivered(self, row: Claimed) -> Sent:
        content, self._paper.content = self._paper.content, b""
        buttons = tuple(one["data"] for line in row.body.get("rows", ()) for one in line if "data" in one)
        async with self.services.storage.read() as work:
            ticket = await work.tickets.get(row.ticket_id) if row.ticket_id else None
        return Sent(row.chat_id, "\n".join(_strings(row.body)), buttons, content, ticket.user_id if ticket else 0)

    def _update(self, act: Act) -> Json:
        person = {"id": act.user, "is_bot": False, "first_name": f"人{act.user}", "language_code": "zh-hans"}
        if act.verb == INLINE:
            return {"inline_query": {"id": f"{self._count}", "from": person, "query": act.text[:256], "offset": ""}}
        if act.verb == CHOSEN:
            return {"chosen_inline_result": {"result_id": act.text[:64], "from": person, "query": act.text[:256]}}
        message = self._message(act.place) | {"from": person}
        if act.verb == TAP:
            pressed = self._message(act.place) | {
                "from": _BOT,
                "text": "…",
                "reply_to_message": message | {"text": "…"},
            }
            query = {"id": f"{self._count}", "from": person, "chat_instance": "1", "data": act.text, "message": pressed}
            return {"callback_query": query}
        if act.verb == FILE:
            return {"message": message | {"document": {"file_id": "f", "file_unique_id": "f", "file_name": "x.csv"}}}
        said = message | {"text": act.text} | _entities(act.text)
        if act.place in self._ids and (self._count % 3 == 0 or act.text.startswith("/why")):
            answered = self._message(act.place) | {"message_id": self._ids[act.place], "from": _BOT, "text": "…"}
            said |= {"reply_to_message": answered}
        return {"edited_message": said | {"edit_date": said["date"]}} if act.verb == EDIT else {"message": said}

    def _message(self, chat_id: int) -> Json:
        chat: Json = {"id": chat_id, "type": "private", "first_name": "x"}
        if chat_id < 0:
            chat = {"id": chat_id, "type": "supergroup", "title": "x", "is_forum": chat_id == DESK}
        return {"message_id": self._count, "date": int(self._clock().timestamp()), "chat": chat}


def _entities(text: str) -> Json:
    if not text.startswith("/"):
        return {}
    length = len(text.split()[0].encode("utf-16-le")) // 2
    return {"entities": [{"type": "bot_command", "offset": 0, "length": length}]}


def _unescaped(sent: Sent) -> Sent:
    """JSON in a parameter writes “…” as \\u2026."""
    if not sent.text.startswith(("[", "{")):
        return sent
    return Sent(sent.chat_id, "\n".join(_strings(json.loads(sent.text))))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)


@asynccontextmanager
async def short(folder: Path, clock: Clock) -> AsyncIterator[Short]:
    settings, ears = settings_for("http://127.0.0.1:1", folder), Listening()
    builder = ApplicationBuilder().token("1:x").request(ears).get_updates_request(Listening())
    application: App = builder.updater(None).job_queue(None).build()
    async with opened(settings) as services:
        route = Short(services, settings, clock, application, ears)
        await application.initialize()
        await application.start()
        try:
            yield route
        finally:
            await application.stop()
            await application.shutdown()


# ── The whole one ──


class Whole:
    def __init__(self, playing: Playing, clock: Clock) -> None:
        self._playing, self._clock = playing, clock
        self.services = playing.bot.services
        self.registry = registry(self.services, playing.settings, clock)
        self._seen = 0

    @property
    def api(self) -> BotApi:
        return self._playing.api

    def meet(self, user_id: int) -> None:
        self.api.add_person(user_id, f"人{user_id}", language_code="zh-hans", role="requester", started=True)
        for chat_id in (DESK, GROUP):
            self.api.state.chats[chat_id].members.append(user_id)

    async def do(self, act: Act) -> list[Sent]:
        try:
            await self._act(act)
        except PlaygroundError:  # no client lets that through
            return []
        await self._playing.quiet()
        return await self._sent()

    async def sweep(self) -> list[Sent]:
        await self._playing.bot.sweeper.sweep()
        await self._playing.quiet()
        return await self._sent()

    async def _act(self, act: Act) -> None:
        api, chat = self.api, act.chat or None
        if act.verb == INLINE:
            query = api.inline_query(act.user, act.text)
            await api.wait_for(lambda: api.answer_to(query) is not None)
        elif act.verb == CHOSEN:
            chosen = {"result_id": act.text[:64], "from": api.user_json(act.user), "query": act.text[:256]}
            api.updates.add("chosen_inline_result", chosen, f"inline {act.user}")
        elif act.verb == TAP:
            posts = [post for post in api.posts(act.place) if post.body["from"]["is_bot"]]
            if posts:
                query = api.press_stale(act.user, act.place, posts[-1].message_id, act.text)
                await api.wait_for(lambda: api.answer_to(query) is not None)
        elif act.verb == FILE:
            api.upload(act.user, "x.csv", act.text.encode(), chat_id=chat)
        elif act.verb == EDIT:
            mine = [post for post in api.posts(act.place) if post.body["from"]["id"] == act.user]
            if mine:
                api.edit(act.user, act.place, mine[-1].message_id, act.text)
        else:
            api.say(act.user, act.text, chat_id=chat)

    async def _sent(self) -> list[Sent]:
        calls, found = self.api.calls[self._seen :], []
        self._seen = len(self.api.calls)
        for call in calls:
            query_id = call.params.get("callback_query_id") or call.params.get("inline_query_id")
            query = self.api.state.queries.get(str(query_id))
            reader = query.user_id if query else call.params.get("chat_id", 0)
            markup = call.params.get("reply_markup") or {}
            buttons = [one for row in markup.get("inline_keyboard", ()) for one in row]
            files = [value.content for value in call.params.values() if isinstance(value, Upload)]
            data = tuple(one["callback_data"] for one in buttons if "callback_data" in one)
            user = await self._ticket_user(call.params) if reader == DESK else 0
            text = "\n".join(map(html.unescape, _strings(call.params)))
            found.append(Sent(reader, text, data, b"".join(files), user))
        return found

    async def _ticket_user(self, params: Mapping[str, Any]) -> int:
        thread = params.get("message_thread_id")
        if not thread and (post := self.api.find(DESK, params.get("message_id", 0))):
            thread = post.thread_id
        async with self.services.storage.read() as work:
            ticket = await work.tickets.in_topic(DESK, thread) if thread else None
            if ticket is None and (title := _TITLE.search(str(params.get("name", "")))):  # just being made
                ticket = await work.tickets.get(int(title[1]) - 1000)
        return ticket.user_id if ticket else 0


@asynccontextmanager
async def whole(folder: Path, clock: Clock) -> AsyncIterator[Whole]:
    api = BotApi()
    for chat_id in (DESK, GROUP):
        api.add_group(chat_id, "群", is_forum=chat_id == DESK, members=[], admins=[])
    api.privacy_mode = False
    async with serve(api) as url:
        playing = Playing(api, settings_for(url, folder), clock)
        async with running(playing.settings, clock) as playing.bot:
            yield Whole(playing, clock)
