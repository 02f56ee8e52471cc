"""What goes on with what was spoken of, and what is a question of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handlers.conversation.recent import RecentTopics
from tests.conftest import World


@pytest.mark.parametrize("text", ["还是不行", "下一步"])
async def test_within_a_flow_it_belongs_to_the_flow(world: World, text: str) -> None:
    await world.say("我的发票在系统里查不到")
    await world.say(text)
    assert "发票号码" in world.last() or "您的是哪一种" in world.last()
    assert "我们刚才在" not in world.last()


async def test_a_question_within_a_flow_is_answered_and_the_flow_goes_on(world: World) -> None:
    await world.say("我的发票在系统里查不到")
    await world.say("怎麼清理瀏覽器快取")
    assert "缓存" in world.texts()[-2]
    assert "我们刚才在" in world.last()


def test_the_last_topic_is_fresh_for_ten_minutes() -> None:
    recent, now = RecentTopics(), datetime(2026, 11, 24, 9, tzinfo=UTC)
    recent.told(1, "lost-invoice", now)
    recent.told(1, "void-invoice", now)
    assert [recent.of(1, now + timedelta(minutes=minutes)) for minutes in (0, 10, 11)] == ["void-invoice"] * 2 + [""]
    assert recent.of(2, now) == ""


def test_only_so_many_people_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.conversation.recent.MOST", 2)
    recent, now = RecentTopics(), datetime(2026, 11, 24, 9, tzinfo=UTC)
    for person in (1, 2, 1, 3):
        recent.told(person, "void-invoice", now)
    assert [person for person in (1, 2, 3) if recent.of(person, now)] == [1, 3]
