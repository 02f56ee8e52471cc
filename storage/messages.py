"""A message on its way: what is to be sent, who takes it out, and how that ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class Lane(IntEnum):
    """Who goes first when the limits are tight. BULK is not sent again when its outcome is unknown."""

    AGENT_REPLY = 0
    REPLY = 1
    ALERT = 2
    BULK = 3


class Op(StrEnum):
    SEND = "send"
    EDIT = "edit"
    COPY = "copy"
    STRIP = "strip"
    REACT = "react"
    TOPIC = "topic"

    @property
    def is_repeatable(self) -> bool:
        """Whether doing it twice is the same as doing it once."""
        return self not in (Op.SEND, Op.COPY)


class State(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Link:
    """What a message in a chat is about, e.g. ("relay", ticket message id)."""

    kind: str
    entity: int


@dataclass(frozen=True, slots=True)
class File:
    """What a message carries, at most 50 MB; a picture (PNG or JPEG, at most 10 MB) is shown, others are offered."""

    name: str
    content: bytes
    is_picture: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent. With a ticket and the desk's chat it goes into the ticket's topic.

    `slot` names a living message: if the chat has one under this name, it is edited instead. A message with a file
    has none: its text is a caption.
    """

    chat_id: int
    op: Op
    body: Mapping[str, Any]
    lane: Lane = Lane.REPLY
    ticket_id: int | None = None
    slot: str | None = None
    link: Link | None = None
    due_at: datetime | None = None
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row taken for delivery, with what its delivery needs to know."""

    id: int
    chat_id: int
    op: Op
    body: Mapping[str, Any]
    lane: Lane
    ticket_id: int | None
    slot: str | None
    attempts: int
    locale: str | None
    desk_chat_id: int | None
    topic_id: int | None
    slot_message_id: int | None
    link: Link | None
    was_unknown: bool
    has_file: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one delivery ended; `message_id` only with `sent`.

    A queued row waits until `retry_at` and holds back its chat, or until `overtaken_until` and lets later rows pass.
    `is_attempt`: False if Telegram only asked to wait; a row may be told so any number of times.
    """

    row: Claimed
    state: State
    message_id: int | None = None
    error: str = ""
    retry_at: datetime | None = None
    overtaken_until: datetime | None = None
    is_attempt: bool = True
