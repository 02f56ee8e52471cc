"""Plays dialogues against the whole bot."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import running
from bot.playground.bot_api import BotApi
from bot.playground.errors import PlaygroundError
from bot.playground.server import serve
from bot.web_auth import sign
from knowledge.permissions import ADMIN, Role
from storage.flows import Session
from tests.conftest import (
    AGENT,
    DESK,
    OTHER_AGENT,
    REQUESTER,
    SECRET,
    STRANGER,
    World,
    furnish,
    put_database,
    settings_for,
)
from tests.dialogues.script import Dialogue, Step

NEWCOMER = 44
BEGINNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Shanghai, after the last demo invoice
SPEAKERS = {"member": REQUESTER, "stranger": STRANGER, "newcomer": NEWCOMER}
AGENTS = {"agent": AGENT, "colleague": OTHER_AGENT}
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}

Json = dict[str, Any]


class Mismatch(AssertionError):
    """The bot did something else than the dialogue says."""


class Clock:
    """Begins at the same moment in every dialogue, goes on by itself, and can be moved."""

    def __init__(self) -> None:
        self._zero = BEGINNING - timedelta(seconds=time.monotonic())

    def __call__(self) -> datetime:
        return self._zero + timedelta(seconds=time.monotonic())

    def advance(self, by: timedelta) -> None:
        self._zero += by


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one act: the flows that it touched as they stand now, and what the bot wrote or changed."""

    act: Step
    sessions: tuple[Session, ...]
    fresh: tuple[str, ...]


@dataclass
class Stage:
    """One dialogue being played. `before` is what every message looked like when the last act began."""

    world: World
    dialogue: Dialogue
    clock: Clock
    before: dict[tuple[int, int], Json] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    popup: str = ""
    written: tuple[int, int] = (0, 0)
    topic: int = 0
    invitation: str = ""
    events: int = 0

    @property
    def me(self) -> int:
        return SPEAKERS[self.dialogue.speaker]

    async def play(self) -> None:
        """Every step in order. Raises Mismatch that says where, what was expected and what there is."""
        await self._choose_language()
        for step in self.dialogue.steps:
            try:
                await self._step(step)
            except (AssertionError, PlaygroundError, TimeoutError) as error:
                raise Mismatch(f"{step.place}: {step.verb}: {error}\n\n{self.transcript()}") from error
        missed = self.dialogue.reaches - self._asked()
        if missed:
            raise Mismatch(
                f"{self.dialogue.name}.yaml: never asked: {', '.join(sorted(missed))}\n\n{self.transcript()}"
            )

        await self._all_delivered()

    async def _all_delivered(self) -> None:
        """Whatever the dialogue checks: no message was refused by Telegram, no update was given up."""
        async with self.world.bot.services.storage.read() as work:
            outbox, inbox = await work.outbox.counts(), await work.inbox.counts()
        lost = {state: n for state, n in (outbox | inbox).items() if state not in ("sent", "queued", "done")}
        refused = [f"{call.method}: {call.error}" for call in self.world.api.calls if not call.ok]
        refused += [str(call) for call in self.world.api.malformed]
        if lost or refused:
            raise Mismatch(f"{self.dialogue.name}.yaml: not delivered: {lost} {refused}\n\n{self.transcript()}")

    async def _choose_language(self) -> None:
        """Newcomers have never been here: they get the default."""
        if self.dialogue.speaker == "newcomer":
            return
        name, language = self.world.api.state.people[self.me].first_name, self.dialogue.language
        async with self.world.bot.services.storage.begin() as work:
            await work.users.seen(self.me, name, language, self.clock())
            await work.users.speak(self.me, language)

    async def _step(self, step: Step) -> None:
        act = self._acts().get(step.verb)
        if act is None:
            self._checks()[step.verb](step)
            return
        self.before = {(chat, m["message_id"]): m for chat in (self.me, DESK) for m in self.world.api.messages(chat)}
        self.popup = ""
        await act(step)
        await self.world.idle()
        self.seen.append(Seen(step, await self._sessions(), tuple(self._fresh(self.me))))

    async def _sessions(self) -> tuple[Session, ...]:
        """The flow that was the newest before, and those begun since. They are numbered from 1."""
        newest = next((seen.sessions[-1].id for seen in reversed(self.seen) if seen.sessions), 1)
        found: list[Session] = []
        async with self.world.bot.services.storage.read() as work:
            while session := await work.flows.get(newest + len(found)):
                found.append(session)
        return tuple(found)

    def _asked(self) -> set[str]:
        return {session.state["step"] for seen in self.seen for session in seen.sessions}

    # What people do.

    def _acts(self) -> Mapping[str, Callable[[Step], Awaitable[None]]]:
        return {
            "say": self._say,
            "reply": self._reply,
            "edit": self._edit,
            "tap": self._tap,
            "forge": self._forge,
            "file": self._file,
            "agent says": self._agent_says,
            "agent replies": self._agent_replies,
            "agent edits": self._agent_edits,
            "agent taps": self._agent_taps,
            "agent sends": self._agent_sends,
            "platform": self._platform,
            "invitation": self._invitation,
            "wait": self._wait,
        }

    async def _say(self, step: Step) -> None:
        linked = re.findall(r"\?start=(join_[\w-]+)", "\n".join(self.world.texts(self.me)))
        invitation = linked[-1] if linked else self.invitation
        text = step.value.text().replace("{invitation}", invitation) * int(step.text("times", "1"))
        user = SPEAKERS[step.text("by", self.dialogue.speaker)]
        self._remember(self.world.api.say(user, text))

    async def _reply(self, step: Step) -> None:
        target = self._find(self.me, step.text("to"))
        self._remember(self.world.api.say(self.me, step.value.text(), reply_to=target["message_id"]))

    async def _edit(self, step: Step) -> None:
        message = self._find(self.me, step.value.text(), by=self.me)
        self._remember(self.world.api.edit(self.me, self.me, message["message_id"], step.text("to")))

    async def _tap(self, step: Step) -> None:
        user = SPEAKERS[step.text("by", self.dialogue.speaker)]
        message, data = self._button(self.me, step.value.text(), step.text("on"))
        await self._press(user, self.me, message["message_id"], data)

    async def _forge(self, step: Step) -> None:
        newest = self._bots(self.me)[-1]["message_id"]
        await self._press(self.me, self.me, newest, step.value.text())

    async def _file(self, step: Step) -> None:
        name = step.value.text()
        self._remember(self.world.api.upload(self.me, name, b"%PDF-1.4", caption=step.text("caption")))

    async def _agent_says(self, step: Step) -> None:
        agent = AGENTS[step.text("by", "agent")]
        self._remember(self.world.api.say(agent, step.value.text(), chat_id=DESK, thread_id=self._topic()))

    async def _agent_replies(self, step: Step) -> None:
        agent = AGENTS[step.text("by", "agent")]
        target = self._desk_target(step)
        said = self.world.api.say(
            agent, step.value.text(), chat_id=DESK, thread_id=self._topic(), reply_to=target["message_id"]
        )
        self._remember(said)

    async def _agent_sends(self, step: Step) -> None:
        target = self._desk_target(step)
        sent = self.world.api.upload(
            AGENT,
            step.value.text(),
            b"%PDF-1.4",
            chat_id=DESK,
            thread_id=self._topic(),
            reply_to=target["message_id"],
        )
        self._remember(sent)

    async def _agent_edits(self, step: Step) -> None:
        message = self._find(DESK, step.value.text(), by=AGENT)
        self._remember(self.world.api.edit(AGENT, DESK, message["message_id"], step.text("to")))

    async def _agent_taps(self, step: Step) -> None:
        agent = AGENTS[step.text("by", "agent")]
        card = self._card()
        await self._press(agent, DESK, card["message_id"], _data(card, step.value.text()))

    def _ticket(self, step: Step) -> None:
        """From here on the desk's checks and acts mean the topic of this ticket."""
        number = f"#{step.value.text()}"
        topics = self.world.api.state.chats[DESK].topics
        self.topic = next((thread for thread, topic in topics.items() if number in topic.name), 0)
        _expect(bool(self.topic), f"no topic {number}", [topic.name for topic in topics.values()])

    async def _platform(self, step: Step) -> None:
        """The platform reports a new state: `{invoice: number, tax_status: void}`."""
        change = {name: node.text() for name, node in step.value.entries()}
        number = change.pop("invoice")
        ((axis, to),) = change.items()
        self.events += 1
        body = json.dumps(
            {
                "event_id": f"event-{self.events}",
                "event_type": "invoice.status_changed",
                "occurred_at": self.clock().isoformat(),
                "invoice": {"digital_no": number},
                "change": {"axis": axis, "to": to},
            }
        ).encode()
        stamp = str(int(self.clock().timestamp()))
        headers = {"X-Timestamp": stamp, "X-Signature": "sha256=" + sign(SECRET, stamp, body)}
        url = f"{self.world.bot.http_url}/api/v1/hooks/platform"
        async with aiohttp.ClientSession() as client, client.post(url, data=body, headers=headers) as response:
            _expect(response.status == 202, "202", [f"{response.status} {await response.text()}"])

    async def _invitation(self, step: Step) -> None:
        """A manager of the organization with this tax id makes an invitation: `{invitation}` in what is said next."""
        organizations = self.world.bot.services.features.organizations
        self.invitation = await organizations.invite(
            ADMIN, step.value.text(), Role(step.text("role", "member")), self.clock()
        )

    async def _wait(self, step: Step) -> None:
        match = re.fullmatch(r"(\d+) (second|minute|hour|day)s?", step.value.text())
        _expect(match is not None, "such as “10 minutes”", [step.value.text()])
        assert match is not None
        self.clock.advance(timedelta(seconds=int(match[1]) * _UNITS[match[2]]))
        await self.world.bot.sweeper.sweep()

    # What must be there then.

    def _checks(self) -> Mapping[str, Callable[[Step], None]]:
        return {
            "ticket": self._ticket,
            "bot": lambda step: _contains(step, self._fresh(self.me)),
            "bot not": lambda step: _lacks(step, self._fresh(self.me)),
            "bot sends": self._bot_sends,
            "bot quotes": lambda step: self._quotes(step, self.me),
            "buttons": self._buttons,
            "has buttons": self._has_buttons,
            "popup": lambda step: _contains(step, [self.popup]),
            "reaction": self._reaction,
            "desk": lambda step: _contains(step, self._fresh(DESK, self._topic())),
            "desk not": lambda step: _lacks(step, self._fresh(DESK)),
            "desk quotes": lambda step: self._quotes(step, DESK),
            "card": lambda step: _contains(step, [_shown(self._card())]),
            "card not": lambda step: _lacks(step, [_shown(self._card())]),
            "card buttons": lambda step: _equal(list(step.texts()), _labels(self._card())),
            "topic": self._topic_title,
            "topics": lambda step: _equal(int(step.value.text()), len(self.world.topics())),
        }

    def _bot_sends(self, step: Step) -> None:
        fresh = self._fresh(self.me)
        _expect(len(fresh) == int(step.value.text()), f"{step.value.text()} messages", fresh)

    def _buttons(self, step: Step) -> None:
        _equal(list(step.texts()), _labels(self._bots(self.me)[-1]))

    def _has_buttons(self, step: Step) -> None:
        labels = _labels(self._bots(self.me)[-1])
        missing = [wanted for wanted in step.texts() if not any(wanted in label for label in labels)]
        _expect(not missing, f"buttons {missing}", labels)

    def _reaction(self, step: Step) -> None:
        """Of the bot on what was written last."""
        chat, message_id = self.written
        message = next(m for m in self.world.api.messages(chat) if m["message_id"] == message_id)
        emoji = [reaction["emoji"] for reaction in message["reactions"]]
        _expect(step.value.text() in emoji, step.value.text(), emoji)

    def _quotes(self, step: Step, chat: int) -> None:
        """The newest message of the bot answers one that says this."""
        quoted = self._bots(chat)[-1].get("reply_to_message", {})
        _expect(step.value.text() in _shown(quoted), f"a quote of “{step.value.text()}”", [_shown(quoted)])

    def _topic_title(self, step: Step) -> None:
        topic = self.world.api.state.chats[DESK].topics[self._topic()]
        _contains(step, [topic.name + (" [closed]" if topic.closed else "")])

    # Looking.

    def _topic(self) -> int:
        topics = self.world.topics()
        _expect(bool(topics), "a ticket", [])
        return self.topic or topics[-1]

    def _card(self) -> Json:
        return next(m for m in self.world.api.messages(DESK, self._topic()) if m.get("text", "").startswith("#"))

    def _desk_target(self, step: Step) -> Json:
        """What an agent answers: the message with these words in this topic, or the card."""
        words = step.text("to")
        return self._find(DESK, words, thread=self._topic()) if words else self._card()

    def _find(self, chat: int, words: str, *, by: int = 0, thread: int | None = None) -> Json:
        messages = [m for m in self.world.api.messages(chat, thread) if not by or m["from"]["id"] == by]
        found = next((m for m in reversed(messages) if words in _shown(m)), None)
        _expect(found is not None, f"a message with “{words}”", [_shown(m) for m in messages])
        assert found is not None
        return found

    def _button(self, chat: int, label: str, on: str) -> tuple[Json, str]:
        for message in reversed(self._bots(chat)):
            if on in _shown(message) and any(label in known for known in _labels(message)):
                return message, _data(message, label)
        raise AssertionError(f"no button “{label}”; the newest are {_labels(self._bots(chat)[-1])}")

    def _bots(self, chat: int) -> list[Json]:
        return [message for message in self.world.api.messages(chat) if message["from"]["is_bot"] and _shown(message)]

    def _fresh(self, chat: int, thread: int | None = None) -> list[str]:
        """What the bot wrote or changed since the last act began; a question that only lost its buttons is not new."""
        messages = [m for m in self.world.api.messages(chat, thread) if m["from"]["is_bot"] and _shown(m)]
        return [_shown(m) for m in messages if _is_news(self.before.get((chat, m["message_id"])), m)]

    async def _press(self, user: int, chat: int, message_id: int, data: str) -> None:
        """Every tap must be answered, or the button goes on spinning."""
        query = self.world.api.press_stale(user, chat, message_id, data)
        await self.world.quiet()
        answer = await self.world.api.wait_for(lambda: self.world.api.answer_to(query))
        self.popup = str((answer or {}).get("text") or "")

    def _remember(self, message: Json) -> None:
        self.written = (message["chat"]["id"], message["message_id"])

    def transcript(self) -> str:
        """Both chats as they look now."""
        lines = []
        for name, chat in (("private chat", self.me), ("desk", DESK)):
            shown = [m for m in self.world.api.messages(chat)[-30:] if _shown(m)]
            lines += [f"── {name} ──", *(_line(message) for message in shown)]
        return "\n".join(lines)


def _shown(message: Json) -> str:
    """Text or caption, and the name of a file."""
    text = str(message.get("text") or message.get("caption") or "")
    return f"[{message['document']['file_name']}] {text}".strip() if "document" in message else text


def _is_news(before: Json | None, now: Json) -> bool:
    if before is None or _shown(before) != _shown(now):
        return True
    return bool(_labels(now)) and _labels(before) != _labels(now)


def _labels(message: Json) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


def _data(message: Json, label: str) -> str:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    data = next((button["callback_data"] for row in rows for button in row if label in button["text"]), None)
    _expect(data is not None, f"a button “{label}”", _labels(message))
    return str(data)


def _line(message: Json) -> str:
    who = "bot" if message["from"]["is_bot"] else message["from"]["first_name"]
    text = _shown(message).replace("\n", "\n      ")
    labels = " | ".join(_labels(message))
    return f"{who}: {text[:1500]}" + (f"\n      [{labels}]" if labels else "")


def _expect(holds: bool, wanted: str, found: list[str]) -> None:
    if not holds:
        raise AssertionError(f"expected {wanted}, found " + (" ‖ ".join(found) or "nothing"))


def _equal(wanted: object, found: object) -> None:
    if wanted != found:
        raise AssertionError(f"expected {wanted}, found {found}")


def _contains(step: Step, texts: list[str]) -> None:
    for wanted in step.texts():
        _expect(any(wanted in text for text in texts), f"“{wanted}”", texts)


def _lacks(step: Step, texts: list[str]) -> None:
    for unwanted in step.texts():
        _expect(not any(unwanted in text for text in texts), f"nothing with “{unwanted}”", texts)


@asynccontextmanager
async def stage(dialogue: Dialogue, folder: Path) -> AsyncIterator[Stage]:
    """The whole bot on a seeded database in this folder, at BEGINNING."""
    await asyncio.to_thread(put_database, folder)
    api, clock = BotApi(), Clock()
    furnish(api)
    api.add_person(NEWCOMER, "新来的 <b>&", language_code="en", role="requester")
    async with serve(api) as url:
        reports = any(step.verb == "platform" for step in dialogue.steps)
        world = World(api, settings_for(url, folder, http_listen="127.0.0.1:0" if reports else ""), clock)
        async with running(world.settings, clock) as world.bot:
            await asyncio.to_thread(world.bot.services.router.warm)  # seconds, once a process
            yield Stage(world, dialogue, clock)
