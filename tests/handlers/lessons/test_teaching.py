"""From a question without an answer to an answer, and away again: through the whole bot."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from knowledge.gaps import GapKind
from knowledge.lessons import Case, LessonState
from knowledge.texts import Locale
from tests.conftest import AGENT, DESK, OTHER_AGENT, REQUESTER, STRANGER, World, whole_bot
from tests.fixtures.clock import MovingClock

LEAD = OTHER_AGENT
QUESTION, NEAREST, TITLE = "滴滴跑了一趟咋走账", "reimbursement", "报销"
LIKE_IT = "滴滴跑了好几趟咋走账"


async def teach(world: World, words: str = "") -> str:
    await world.say(f"/teach {words}".strip(), LEAD, chat_id=DESK)
    return world.last(DESK)


async def state(world: World, lesson_id: int = 1) -> LessonState:
    async with world.bot.services.storage.read() as work:
        lesson = await work.lessons.get(lesson_id)
    assert lesson is not None
    return lesson.state


async def go_live(world: World) -> None:
    await teach(world, f"{NEAREST} {QUESTION}")
    await world.tap("采用", LEAD, DESK)
    for _ in range(3):
        await world.say(QUESTION)
    assert await state(world) is LessonState.LIVE


async def test_a_question_is_taught_watched_and_answered(here: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "handlers.lessons")
    await here.say(f"{QUESTION} 5839217640123")
    await here.say(QUESTION, STRANGER)
    await here.say(QUESTION)
    await here.say(LIKE_IT)
    overview = await teach(here)
    assert f"1. 4 次 · {QUESTION}" in overview
    assert TITLE in overview
    assert "5839217640123" not in overview

    await here.tap("1", LEAD, DESK)
    assert LIKE_IT in here.last(DESK)
    await here.tap(TITLE, LEAD, DESK)
    assert here.last(DESK).startswith("草稿")
    await here.tap("采用", LEAD, DESK)
    assert here.last(DESK).startswith("检查通过，观察中")

    for _ in range(3):
        assert await state(here) is LessonState.SHADOW
        await here.say(QUESTION)
        assert not any("解决了" in label for label in here.labels())
    assert [record.getMessage() for record in caplog.records if "shadow" in record.getMessage()] == [
        f"lesson 1 in shadow: {NEAREST} instead of oos, match {match}" for match in (1, 2, 3)
    ]
    assert here.last(DESK).startswith("已上线")

    await here.say(QUESTION)
    assert TITLE in here.last()
    assert any("解决了" in label for label in here.labels())
    assert "目前没有答不上的问题" in await teach(here)


async def test_each_is_answered_in_their_language(here: World) -> None:
    await go_live(here)
    async with here.bot.services.storage.begin() as work:
        await work.users.speak(REQUESTER, Locale.EN)
    await here.say(f"{QUESTION}？？")
    assert "reimburse" in here.last().lower()
    assert here.labels()[-2:] == ["👍 That helped", "👎 It didn't"]


async def test_what_nobody_needs_any_more_is_forgotten(prepared: Path) -> None:
    clock = MovingClock()
    async with whole_bot(prepared, clock) as world:
        await world.say(QUESTION)
        clock.advance(timedelta(days=89))
        await world.bot.sweeper.tidy()
        assert len(await world.bot.services.features.lessons.clusters()) == 1
        clock.advance(timedelta(days=2))
        await world.bot.sweeper.tidy()
        assert await world.bot.services.features.lessons.clusters() == []


@pytest.mark.parametrize("data", ["m:missed:reimbursement:1", "m:helped:reimbursement:99", "m:missed:nonsense:1"])
async def test_a_forged_vote_does_no_harm(here: World, data: str) -> None:
    await go_live(here)
    await here.say("/menu", STRANGER)
    for _ in range(4):
        here.api.press_stale(STRANGER, STRANGER, here.api.messages(STRANGER)[-1]["message_id"], data)
        await here.quiet()
    assert await state(here) is LessonState.LIVE


async def test_too_many_thumbs_down_retire_it(here: World) -> None:
    await go_live(here)
    for user in (REQUESTER, REQUESTER, STRANGER):
        await here.say(QUESTION, user)
        await here.tap("没有", user)
    assert await state(here) is LessonState.LIVE, "one person counts once"
    await here.say(QUESTION, AGENT)
    await here.tap("没有", AGENT)
    assert await state(here) is LessonState.RETIRED
    assert here.last(DESK).startswith("不再使用")
    await here.say(QUESTION)
    assert not any("解决了" in label for label in here.labels())
    async with here.bot.services.storage.read() as work:
        assert await work.lessons.cases() == []


async def test_thumbs_up_keep_it(here: World) -> None:
    await go_live(here)
    await here.say(QUESTION)
    await here.tap("解决了")
    assert await state(here) is LessonState.LIVE
    await here.tap("停用", LEAD, DESK)
    assert await state(here) is LessonState.RETIRED


async def test_what_is_answered_for_sure_cannot_be_taught_otherwise(here: World) -> None:
    await teach(here, "feedback 怎么清理浏览器缓存")
    await here.tap("采用", LEAD, DESK)
    assert "检查未通过" in here.last(DESK)
    assert "会得到另一个答案" in here.last(DESK)
    assert await state(here) is LessonState.DRAFT
    await here.tap("放弃", LEAD, DESK)
    assert await state(here) is LessonState.RETIRED


async def test_a_lesson_that_breaks_a_stored_case_is_refused(here: World) -> None:
    await go_live(here)
    await teach(here, "feedback 滴滴跑了一趟，咋走账")
    await here.tap("采用", LEAD, DESK)
    assert "检查未通过" in here.last(DESK)
    assert f"“{QUESTION}”会得到另一个答案" in here.last(DESK)
    async with here.bot.services.storage.read() as work:
        assert await work.lessons.cases() == [Case(QUESTION, NEAREST)]


async def test_a_solved_ticket_is_taught_from_its_question(here: World) -> None:
    await here.say("/ticket")
    await here.say(QUESTION)
    topic = here.topics()[-1]
    card = next(m for m in here.api.messages(DESK, topic) if m.get("text", "").startswith("#"))
    answer = await here.say("看这篇就行", LEAD, chat_id=DESK, thread_id=topic, reply_to=card["message_id"])
    await here.say("谢谢，还有别的事吗")
    where = {"chat_id": DESK, "thread_id": topic, "reply_to": answer["message_id"]}
    await here.say(f"/teach {NEAREST}", LEAD, **where)
    assert "还没解决" in here.texts(DESK, topic)[-1]
    await here.say("/solve", LEAD, chat_id=DESK, thread_id=topic)
    await here.say(f"/teach {NEAREST}", LEAD, **where)
    assert QUESTION in here.texts(DESK, topic)[-1]
    await here.tap("采用", LEAD, DESK)
    assert await state(here) is LessonState.SHADOW


@pytest.mark.parametrize("words", ["", f"{NEAREST} {QUESTION}", "nonsense"])
async def test_only_leads_teach(here: World, words: str) -> None:
    await here.say(f"/teach {words}".strip(), AGENT, chat_id=DESK)
    assert "您没有权限" in here.last(DESK)
    async with here.bot.services.storage.read() as work:
        assert await work.lessons.get(1) is None


async def test_only_leads_press_its_buttons(here: World) -> None:
    await here.say(QUESTION)
    await teach(here)
    assert "您没有权限" in await here.tap("1", AGENT, DESK)
    await here.tap("1", LEAD, DESK)
    assert "您没有权限" in await here.tap(TITLE, AGENT, DESK)
    await here.tap(TITLE, LEAD, DESK)
    assert "您没有权限" in await here.tap("采用", AGENT, DESK)
    assert "您没有权限" in await here.tap("放弃", AGENT, DESK)
    assert await state(here) is LessonState.DRAFT


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("nonsense 怎么办", "没有主题为 nonsense 的文章或流程"),
        (NEAREST, "请写上用户的问法"),
        ("new", "写一篇新的：/teach new 标题"),
        ("new 只有标题", "写一篇新的：/teach new 标题"),
        (f"new 标题\n{'长' * 1201}", "太长了"),
    ],
)
async def test_what_is_wrong_with_the_command(here: World, words: str, answer: str) -> None:
    assert answer in await teach(here, words)


async def test_a_thumb_down_is_kept_with_the_question(here: World) -> None:
    await here.say("怎么清理浏览器缓存")
    await here.tap("没有")
    async with here.bot.services.storage.read() as work:
        (gap,) = await work.gaps.all()
    assert (gap.kind, gap.text, gap.slug) == (GapKind.MISSED, "怎么清理浏览器缓存", "clear-browser-cache")
