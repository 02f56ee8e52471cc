"""The main story while the bot is killed again and again: nothing is lost, and little is said twice."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sqlite3
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.playground.bot_api import Call
from bot.playground.server import serve
from bot.web_auth import sign
from tests.conftest import AGENT, DESK, REQUESTER, SECRET, furnish, put_database
from tests.fixtures.bot_process import Bot, MortalApi
from tests.fixtures.demo import NUMBER

pytestmark = pytest.mark.kill

DUPLICATES_PER_KILL = 3
BACK_AT_WORK_SECONDS = 3.0
WRITES = ("sendMessage", "copyMessage", "createForumTopic")
_CLOCK = re.compile(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d)?")


# What people do.


@dataclass(frozen=True)
class Says:
    """`reply_to`: words of the message that is answered. In the desk it is said in the ticket's topic."""

    text: str
    user: int = REQUESTER
    reply_to: str = ""

    async def act(self, bot: Bot) -> None:
        place: dict[str, Any] = {}
        if self.user == AGENT:
            place = {"chat_id": DESK, "thread_id": max(bot.api.state.chats[DESK].topics)}
        if self.reply_to:
            messages = bot.api.messages(place.get("chat_id", self.user))
            place["reply_to"] = max(m["message_id"] for m in messages if self.reply_to in m.get("text", ""))
        bot.api.say(self.user, self.text, **place)


@dataclass(frozen=True)
class Taps:
    """The newest button with these words on it."""

    label: str
    user: int = REQUESTER

    async def act(self, bot: Bot) -> None:
        chat = DESK if self.user == AGENT else self.user
        for message in reversed(bot.api.messages(chat)):
            for button in _buttons(message.get("reply_markup")):
                if self.label in button["text"]:
                    bot.api.press(self.user, chat, message["message_id"], button["callback_data"])
                    return
        raise AssertionError(f"there is no button {self.label!r}")


@dataclass(frozen=True)
class Reports:
    """The platform, which sends its event again until it is taken."""

    state: str

    async def act(self, bot: Bot) -> None:
        event = {
            "event_id": f"evt-{self.state}",
            "event_type": "invoice.status_changed",
            "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
            "invoice": {"digital_no": NUMBER},
            "change": {"axis": "tax_status", "to": self.state},
        }
        body, stamp = json.dumps(event).encode(), str(int(time.time()))
        headers = {"X-Timestamp": stamp, "X-Signature": "sha256=" + sign(SECRET, stamp, body)}
        async with aiohttp.ClientSession() as session, asyncio.timeout(20):
            while not await _accepted(session, f"{bot.http_url}/api/v1/hooks/platform", body, headers):
                await asyncio.sleep(0.05)


async def _accepted(session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        async with session.post(url, data=body, headers=headers) as response:
            assert response.status in (200, 202), await response.text()
            return True
    except aiohttp.ClientError:
        return False


Step = Says | Taps | Reports
STORY: tuple[Step, ...] = (
    Says("/start"),
    Taps("English"),
    Taps("中文"),
    Says("我的发票在系统里查不到"),
    Taps("数电票（20 位号码）"),
    Taps("为什么问？"),
    Says("2611000048291307301"),
    Taps("上一步"),
    Taps("数电票（20 位号码）"),
    Taps("跳过"),
    Says("2026-13-45"),
    Says("9月15日"),
    Says("什么是数电票？"),
    Says("1280"),
    Taps("转人工"),
    Taps("认领", AGENT),
    Says("这位用户昨天也来过", AGENT),
    Says("您好，请把发票号码发给我。", AGENT, reply_to="已知信息"),
    Says(f"号码是 {NUMBER}，麻烦看看"),
    Says("查到了，请再看一次。", AGENT, reply_to="麻烦看看"),
    Taps("✅ 解决", AGENT),
    Taps("✅ 已解决"),
    Says(NUMBER),
    Taps("🔔 关注"),
    Reports("red_pending"),
    Says("/why", reply_to="红字待确认"),
    Says("谢谢"),
)


# When the bot is killed.


class At(StrEnum):
    ASLEEP = "asleep"  # before the step: it is done while nobody listens
    MOMENT = "moment"  # some milliseconds into the step
    BEFORE_CALL = "before"  # at the n-th change in a chat, before Telegram has it
    AFTER_CALL = "after"  # at the n-th change in a chat, made but not confirmed


@dataclass(frozen=True)
class Instant:
    at: At
    number: int = 0

    async def strike(self, bot: Bot, acting: asyncio.Task[None]) -> None:
        """Kill the bot at this instant; where there is no n-th call, when all is done."""
        if self.at is At.MOMENT:
            await asyncio.sleep(self.number / 1000)
        else:
            async with asyncio.timeout(20):
                while not bot.api.struck and not (acting.done() and bot.is_quiet()):
                    await asyncio.sleep(0.002)
        await bot.end()


def instants(seed: int, kills: int) -> dict[int, Instant]:
    """Spread over the story: by step number."""
    chance = random.Random(seed)
    steps = sorted(chance.sample(range(1, len(STORY)), kills))
    kinds = [At.AFTER_CALL, At.MOMENT, At.BEFORE_CALL, At.AFTER_CALL, At.ASLEEP, At.MOMENT]
    found = {}
    for place, step in enumerate(steps):
        at = kinds[place % len(kinds)]
        found[step] = Instant(at, chance.randint(1, 30) if at is At.MOMENT else chance.randint(1, 2))
    return found


# The play.


@dataclass(frozen=True)
class Play:
    """How a story went. `scenes` are the messages written in each step, by chat, in order."""

    scenes: tuple[Mapping[int, Sequence[str]], ...]
    seen: Mapping[int, Counter[str]]
    reactions: Mapping[str, tuple[str, ...]]
    state: Mapping[str, list[Any]]
    starts: tuple[float, ...]
    log: str


@asynccontextmanager
async def stage(folder: Path, mode: str) -> AsyncIterator[Bot]:
    api = MortalApi()
    furnish(api)
    await asyncio.to_thread(put_database, folder)
    async with serve(api) as url:
        bot = Bot(api, url, folder, mode)
        try:
            await bot.start()
            yield bot
        finally:
            await bot.end()


async def play(folder: Path, kills: Mapping[int, Instant], mode: str = "polling") -> Play:
    folder.mkdir()
    async with stage(folder, mode) as bot:
        scenes = [await _scene(bot, step, kills.get(number)) for number, step in enumerate(STORY)]
        assert not bot.api.malformed
        return Play(
            tuple(scenes),
            {chat: Counter(_texts(bot, chat)) for chat in (REQUESTER, DESK)},
            _reactions(bot),
            _state(bot.database),
            tuple(bot.seconds),
            bot.log(),
        )


async def _scene(bot: Bot, step: Step, instant: Instant | None) -> dict[int, list[str]]:
    first = len(bot.api.calls)
    if instant is None:
        await step.act(bot)
    else:
        await _interrupted(bot, step, instant)
    await bot.quiet()
    written: dict[int, list[str]] = {}
    for call in bot.api.calls[first:]:
        if call.ok and call.method in WRITES:
            written.setdefault(call.params["chat_id"], []).append(_words(bot, call))
    return written


async def _interrupted(bot: Bot, step: Step, instant: Instant) -> None:
    if instant.at is At.ASLEEP:
        await bot.end()
    elif instant.at is not At.MOMENT:
        bot.api.arm(instant.number, before=instant.at is At.BEFORE_CALL)
    acting = asyncio.create_task(step.act(bot))
    if instant.at is not At.ASLEEP:
        await instant.strike(bot, acting)
    bot.api.arm(0, before=False)
    bot.api.struck = False
    await bot.start()
    await acting


# What is compared.


def _words(bot: Bot, call: Call) -> str:
    """What a person sees arriving: text and buttons, without the time of day."""
    params = call.params
    if call.method == "createForumTopic":
        return f"topic {params['name']}"
    if call.method == "copyMessage":
        source = bot.api.find(params["from_chat_id"], params["message_id"])
        return f"copy {source.body.get('text') if source else None}"
    labels = " | ".join(button["text"] for button in _buttons(params.get("reply_markup")))
    return _CLOCK.sub("hh:mm", f"{params['text']} [{labels}]")


def _buttons(markup: Any) -> list[dict[str, Any]]:
    return [button for row in (markup or {}).get("inline_keyboard", []) for button in row]


def _texts(bot: Bot, chat: int) -> list[str]:
    """A chat as it stands at the end, without the lines that Telegram itself writes into topics."""
    return [_CLOCK.sub("hh:mm", m["text"]) for m in bot.api.messages(chat) if "text" in m]


def _reactions(bot: Bot) -> dict[str, tuple[str, ...]]:
    """The bot's, on what people wrote."""
    messages = [*bot.api.messages(REQUESTER), *bot.api.messages(DESK)]
    return {
        m["text"]: tuple(reaction["emoji"] for reaction in m["reactions"])
        for m in messages
        if "text" in m and not m["from"]["is_bot"]
    }


QUERIES = {
    "users": "select id, name, locale, reachable from users",
    "conversations": "select user_id, misses, expecting from conversations",
    "tickets": "select id, user_id, state, category, priority, assignee, owner, subject, facts, tried, reopen_count,"
    " close_reason, version, topic_id is null, waiting_since is null, answered_at is null, solved_at is null"
    " from tickets",
    "ticket_events": "select ticket_id, version, event, actor_id, details from ticket_events order by 1, 2",
    "ticket_messages": "select ticket_id, direction, author_id, text from ticket_messages order by id",
    "flow_sessions": "select id, user_id, flow, state, version, running, json_array_length(messages)"
    " from flow_sessions order by id",
    "subscriptions": "select user_id, invoice_key, muted from subscriptions order by id",
    "status_changes": "select provider, event_id, invoice_key, axis, old, new, outcome from status_changes order by id",
    "notifications": "select user_id, type, entity, entity_version, decision, reason from notifications order by id",
    "invoices": "select key, tax_status, version from invoices where version > 1 order by key",
    "timers": "select kind, entity, attempts from timers order by 1, 2",
    "inbox": "select distinct state from inbox",
    "outbox": "select distinct state from outbox",
}


def _state(database: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return {name: connection.execute(query).fetchall() for name, query in QUERIES.items()}


def duplicates(expected: Sequence[str], got: Sequence[str]) -> list[str]:
    """What came more often than it should have. Fails if anything is missing, strange or out of order."""
    rest = iter(got)
    for words in expected:
        assert words in rest, f"lost or out of order: {words}\nexpected: {expected}\ngot: {got}"
    extra = Counter(got) - Counter(expected)
    assert set(extra) <= set(expected), f"never said undisturbed: {set(extra) - set(expected)}"
    return list(extra.elements())


def _compare(calm: Play, killed: Play, kills: Mapping[int, Instant]) -> list[int]:
    """Duplicates of each kill."""
    said_twice: Counter[str] = Counter()
    counts = []
    for number, (expected, got) in enumerate(zip(calm.scenes, killed.scenes, strict=True)):
        assert set(got) == set(expected), f"step {number}: {STORY[number]}"
        twice = [words for chat, texts in expected.items() for words in duplicates(texts, got[chat])]
        assert len(twice) <= (DUPLICATES_PER_KILL if number in kills else 0), f"step {number}: {twice}"
        said_twice.update(twice)
        counts += [len(twice)] * (number in kills)
    assert killed.state == calm.state
    assert killed.reactions == calm.reactions
    for chat, texts in calm.seen.items():
        assert not texts - killed.seen[chat], "a person misses something"
        assert (killed.seen[chat] - texts).total() <= said_twice.total()
    assert "Traceback" not in killed.log
    # Other tests share the cores: a quarter of the starts tells what the bot itself needs.
    assert statistics.quantiles(killed.starts)[0] < BACK_AT_WORK_SECONDS
    return counts


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """The story without any misfortune."""
    return asyncio.run(play(tmp_path_factory.mktemp("calm") / "bot", {}))


def test_undisturbed_story_says_everything_once(calm: Play) -> None:
    said = [(step, scene) for step, scene in zip(STORY, calm.scenes, strict=True) if isinstance(step, Says)]
    assert [step.text for step, scene in said if not scene and not calm.reactions[step.text]] == []
    assert calm.state["inbox"] == [("done",)]
    assert calm.state["outbox"] == [("sent",)]
    assert [ticket[2] for ticket in calm.state["tickets"]] == ["closed"]


async def test_killed_at_twenty_instants(
    tmp_path: Path, calm: Play, record_property: Callable[[str, object], None]
) -> None:
    kills = instants(seed=20, kills=20)
    killed = await play(tmp_path / "bot", kills)
    counts = _compare(calm, killed, kills)
    assert sum(counts), "no kill came between a message and its record: the test is blunt"
    record_property("duplicates per kill", counts)
    record_property("slowest start, seconds", max(killed.starts))


async def test_killed_behind_a_webhook(tmp_path: Path, calm: Play) -> None:
    kills = instants(seed=4, kills=4)
    _compare(calm, await play(tmp_path / "bot", kills, mode="webhook"), kills)
