"""Outgoing messages as values, and the port to whoever can send them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from knowledge.texts import Locale, Localized, plain
from storage.messages import File, Lane, Link, Op, Outgoing

Rows = tuple[tuple["Button", ...], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button: exactly one of `data` (≤ 64 bytes, comes back on a tap), `url`, `copies` (≤ 256 chars)."""

    label: Localized
    data: str = ""
    url: str = ""
    copies: str = ""

    def to_json(self) -> dict[str, Any]:
        given = {"data": self.data, "url": self.url, "copies": self.copies}
        return {"label": self.label.to_json()} | {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Message:
    """What a person reads, in every language; which one is decided when it is sent."""

    text: Localized
    rows: Rows = ()
    reply_to: int | None = None
    silent: bool = False
    pin: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text.to_json(),
            "rows": [[button.to_json() for button in row] for row in self.rows],
            "reply_to": self.reply_to,
            "silent": self.silent,
            "pin": self.pin,
        }


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in one language: Telegram HTML and (label, kind, value) buttons, kind being data, url or copies."""

    html: str
    rows: tuple[tuple[tuple[str, str, str], ...], ...] = ()
    reply_to: int | None = None
    silent: bool = False


def render(body: Mapping[str, Any], locale: Locale) -> Rendered:
    """The queued form of a Message, in this language."""
    rows = tuple(tuple(_rendered(button, locale) for button in row) for row in body["rows"])
    return Rendered(body["text"][locale], rows, body["reply_to"], body["silent"])


def _rendered(button: Mapping[str, Any], locale: Locale) -> tuple[str, str, str]:
    kind = next(name for name in ("data", "url", "copies") if name in button)
    return plain(button["label"][locale]), kind, button[kind]


def post(
    chat_id: int,
    message: Message,
    *,
    lane: Lane = Lane.REPLY,
    ticket_id: int | None = None,
    slot: str | None = None,
    link: Link | None = None,
    file: File | None = None,
) -> Outgoing:
    """A message for the outbox; see `Outgoing` for ticket, slot, link and file."""
    return Outgoing(chat_id, Op.SEND, message.to_json(), lane, ticket_id, slot, link, file=file)


def edit(chat_id: int, message_id: int, message: Message) -> Outgoing:
    """Put another content into a message of ours."""
    return Outgoing(chat_id, Op.EDIT, message.to_json() | {"message_id": message_id})


def strip(chat_id: int, message_id: int) -> Outgoing:
    """Take the buttons off a message of ours that is behind us."""
    return Outgoing(chat_id, Op.STRIP, {"message_id": message_id}, Lane.BULK)


def react(chat_id: int, message_id: int, emoji: str) -> Outgoing:
    """A reaction; Telegram lets bots use its own set only, so 👀 👌 👍 💔 ✍ 🤝."""
    return Outgoing(chat_id, Op.REACT, {"message_id": message_id, "emoji": emoji}, Lane.BULK)


class Messenger(Protocol):
    """The way to Telegram. Every method may raise a DeliveryError; ids are Telegram's."""

    async def send(self, chat_id: int, message: Rendered, *, thread_id: int | None) -> int: ...

    async def send_file(self, chat_id: int, message: Rendered, file: File, *, thread_id: int | None) -> int:
        """The message is its caption."""

    async def edit(self, chat_id: int, message_id: int, message: Rendered) -> None:
        """An unchanged message counts as edited."""

    async def strip(self, chat_id: int, message_id: int) -> None:
        """Without buttons already counts as done."""

    async def copy(
        self, chat_id: int, from_chat_id: int, message_id: int, *, thread_id: int | None, reply_to: int | None
    ) -> int: ...

    async def react(self, chat_id: int, message_id: int, emoji: str) -> None: ...

    async def create_topic(self, chat_id: int, title: str) -> int: ...

    async def close_topic(self, chat_id: int, topic_id: int, title: str) -> None:
        """Rename and close; a topic that is closed already counts as closed."""

    async def pin(self, chat_id: int, message_id: int) -> None:
        """Without a sound."""
