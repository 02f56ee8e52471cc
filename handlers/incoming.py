"""A Telegram message or tap, taken apart into what our services need. The one door besides the chat edges."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from telegram import CallbackQuery, Message, User
from telegram.error import TelegramError
from telegram.ext import Application, CallbackContext

from handlers.errors import Withheld

Context = CallbackContext[Any, Any, Any, Any]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote; `id` is the private chat's id too."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was sent as one; `size` in bytes, 0 if Telegram does not say."""

    file_id: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message. `text` is its text or caption; `has_file` covers every kind of attachment.

    `html` is the formatted text of a message that is nothing but text, as Telegram HTML; "" for any other.
    """

    person: Person
    chat_id: int
    message_id: int
    text: str
    has_file: bool = False
    reply_to: int | None = None
    topic_id: int | None = None
    html: str = ""
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Tap:
    """A pressed inline button. `words` are the parts of its data after the first.

    `replied` is the person's message that ours, with the button, replies to.
    """

    person: Person
    chat_id: int
    message_id: int
    words: tuple[str, ...]
    replied: Incoming | None = None


def person(user: User) -> Person:
    return Person(user.id, user.full_name[:256])


def incoming(message: Message) -> Incoming:
    """`topic_id` only where it is a topic: replies in General carry a thread id that is none."""
    assert message.from_user is not None  # noqa: S101 - the filters let only people's messages through
    in_topic = message.is_topic_message and message.message_thread_id is not None
    replied = message.reply_to_message
    # Every message in a topic "answers" the service message that opened it.
    is_reply = replied is not None and replied.forum_topic_created is None
    return Incoming(
        person(message.from_user),
        message.chat_id,
        message.message_id,
        message.text or message.caption or "",
        has_file=message.effective_attachment is not None,
        reply_to=replied.message_id if replied is not None and is_reply else None,
        topic_id=message.message_thread_id if in_topic else None,
        html=message.text_html if message.text else "",
        document=_document(message),
    )


def _document(message: Message) -> Document | None:
    sent = message.document
    return Document(sent.file_id, (sent.file_name or "")[:128], sent.file_size or 0) if sent else None


def attempt(message: Incoming, by: str, answer: str = "") -> dict[str, Any]:
    """For the audit log, where somebody is refused without an error: by which act, and what they were told, if so."""
    return {"by": by, "chat_id": message.chat_id, "message_id": message.message_id, "answer": answer}


def tap(query: CallbackQuery) -> Tap:
    """The message may be too old to be shown to us; its id is there all the same."""
    assert query.message is not None  # noqa: S101 - inline-mode buttons are not ours
    replied = query.message.reply_to_message if isinstance(query.message, Message) else None
    words = tuple((query.data or "").split(":")[1:])
    theirs = incoming(replied) if replied is not None and replied.from_user is not None else None
    return Tap(person(query.from_user), query.message.chat.id, query.message.message_id, words, theirs)


def own_tap(query: CallbackQuery) -> Tap:
    """A tap in the person's own chat. Raises NotFound for one from a group, where nobody has such a button from us."""
    pressed = tap(query)
    if pressed.chat_id != pressed.person.id:
        raise Withheld("error.unknown_button")
    return pressed


def numbers(words: tuple[str, ...]) -> list[int]:
    """The numbers in a button's data, which the handler's pattern has let through."""
    return [int(word) for word in words]


def acknowledge(
    application: Application[Any, Any, Any, Any, Any, Any], query: CallbackQuery, text: str = "", *, alert: bool = False
) -> None:
    """Answer a tap without waiting: it means nothing after a crash, and the next update need not stand behind it."""
    application.create_task(_answer(query, text, alert))


async def _answer(query: CallbackQuery, text: str, alert: bool) -> None:
    try:
        await query.answer(text[:200] or None, show_alert=alert)
    except TelegramError as error:  # too old, or the network: the button only stops spinning later
        _log.info("a tap was not acknowledged: %s", error.message)
