"""A Telegram message taken apart: what counts as an answer, a topic, a file."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import CallbackQuery, Message

from handlers.incoming import Incoming, Person, Tap, incoming, tap

PERSON = {"id": 42, "is_bot": False, "first_name": "示例", "last_name": "会计"}
PRIVATE = {"id": 42, "type": "private"}
DESK = {"id": -100, "type": "supergroup", "is_forum": True}


def message(**fields: Any) -> Message:
    return Message.de_json({"message_id": 5, "date": 0, "chat": PRIVATE, "from": PERSON, **fields}, None)


def test_a_text() -> None:
    assert incoming(message(text="你好")) == Incoming(Person(42, "示例 会计"), 42, 5, "你好", html="你好")


def test_a_long_name_is_cut() -> None:
    long = {**PERSON, "first_name": "名" * 300, "last_name": None}
    assert len(incoming(message(text="x", **{"from": long})).person.name) == 256


@pytest.mark.parametrize(
    "attachment",
    [
        {"document": {"file_id": "f", "file_unique_id": "u"}},
        {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]},
        {"voice": {"file_id": "f", "file_unique_id": "u", "duration": 1}},
        {"location": {"latitude": 1.0, "longitude": 1.0}},
    ],
)
def test_every_attachment_is_a_file_and_its_caption_the_text(attachment: dict[str, Any]) -> None:
    parsed = incoming(message(caption="票面", **attachment))
    assert (parsed.has_file, parsed.text) == (True, "票面")


def test_an_answer_names_the_message() -> None:
    answered = message(text="b", reply_to_message={"message_id": 3, "date": 0, "chat": PRIVATE, "text": "a"})
    assert incoming(answered).reply_to == 3


def test_in_a_topic_everything_answers_its_opening_and_means_nothing_by_it() -> None:
    opening = {
        "message_id": 9,
        "date": 0,
        "chat": DESK,
        "is_topic_message": True,
        "message_thread_id": 9,
        "forum_topic_created": {"name": "#1001", "icon_color": 7322096},
    }
    parsed = incoming(
        message(text="b", chat=DESK, is_topic_message=True, message_thread_id=9, reply_to_message=opening)
    )
    assert (parsed.topic_id, parsed.reply_to) == (9, None)


def test_a_thread_in_general_is_no_topic() -> None:
    """Answers in General carry a thread id without being in a topic."""
    assert incoming(message(text="b", chat=DESK, message_thread_id=3)).topic_id is None


def query(**fields: Any) -> CallbackQuery:
    held = {"message_id": 5, "date": 1, "chat": PRIVATE, "text": "问"} | fields
    data = {"id": "1", "from": PERSON, "chat_instance": "1", "data": "m:to:1:2", "message": held}
    return CallbackQuery.de_json(data, None)


def test_a_tap() -> None:
    answered = {"message_id": 3, "date": 0, "chat": PRIVATE, "from": PERSON, "text": "有进展吗"}
    parsed = tap(query(reply_to_message=answered))
    theirs = Incoming(Person(42, "示例 会计"), 42, 3, "有进展吗", html="有进展吗")
    assert parsed == Tap(Person(42, "示例 会计"), 42, 5, ("to", "1", "2"), theirs)


def test_a_tap_on_a_message_too_old_to_be_shown() -> None:
    assert tap(query(date=0)).message_id == 5
