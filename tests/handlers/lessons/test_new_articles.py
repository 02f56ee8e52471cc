"""Articles that the desk writes, flows as answers, corrections, lessons inside flows: through the whole bot."""

from __future__ import annotations

from typing import Any

import pytest

from bot.app import utc_now
from knowledge.gaps import Gap, GapKind
from knowledge.lessons import Case, Lesson, LessonState
from knowledge.permissions import DeskRole
from knowledge.texts import Locale
from storage.users import Agent
from tests.conftest import AGENT, DESK, OTHER_AGENT, REQUESTER, STRANGER, World

LEAD = OTHER_AGENT
QUESTION = "滴滴跑了一趟咋走账"
ZH = "打车怎么报销\n1. 在打车软件里开电子发票。\n2. 有问题打 12366，别打 13800000000。"
EN = "en: Claiming a taxi ride\n1. Get the invoice in the app.\n2. Ask 12366."
SURE, SURE_ABOUT = "怎么清理浏览器缓存", "clear-browser-cache"


async def say(world: World, text: str, user: int = LEAD, reply_to: int | None = None) -> str:
    """At the desk; what is said there last when it was handled."""
    where: dict[str, Any] = {} if reply_to is None else {"reply_to": reply_to}
    await world.say(text, user, chat_id=DESK, **where)
    return world.last(DESK)


def newest(world: World) -> int:
    """The bot's last message at the desk."""
    return max(int(m["message_id"]) for m in world.api.messages(DESK) if m["from"]["is_bot"])


async def lesson(world: World, lesson_id: int = 1) -> Lesson:
    async with world.bot.services.storage.read() as work:
        found = await work.lessons.get(lesson_id)
    assert found is not None
    return found


async def missed(world: World) -> Gap:
    """The only question whose answer got 👎."""
    async with world.bot.services.storage.read() as work:
        (gap,) = [gap for gap in await work.gaps.all() if gap.kind is GapKind.MISSED]
    return gap


async def watched(world: World, question: str = QUESTION) -> None:
    for _ in range(3):
        await world.say(question, STRANGER)


async def taught(world: World, words: str, question: str = QUESTION) -> None:
    """From the command until it is live."""
    await say(world, f"/teach {words}")
    await world.tap("采用", LEAD, DESK)
    await watched(world, question)
    assert (await lesson(world)).state is LessonState.LIVE


async def test_a_cluster_becomes_an_article(here: World) -> None:
    await here.say(QUESTION)
    await say(here, "/teach")
    await here.tap("1", LEAD, DESK)
    assert "回复这条消息" in here.last(DESK)
    draft = await say(here, ZH, reply_to=newest(here))
    assert draft.startswith("草稿")
    assert "别打 ∎" in draft
    assert "12366" in draft
    assert "还缺英文" in draft
    assert here.labels(DESK) == ["✖ 放弃"]

    whole = await say(here, EN, reply_to=newest(here))
    assert "还缺" not in whole
    assert "Claiming a taxi ride" in whole
    await here.tap("采用", LEAD, DESK)
    assert "中文里有 ∎" in here.last(DESK)
    assert (await lesson(here)).state is LessonState.DRAFT

    await say(here, "zh: 打车怎么报销\n1. 在打车软件里开电子发票。\n2. 有问题打 12366。", reply_to=newest(here))
    await here.tap("采用", LEAD, DESK)
    assert here.last(DESK).startswith("检查通过，观察中")
    await watched(here)
    assert here.last(DESK).startswith("已上线")

    await here.say(QUESTION)
    assert here.last() == "打车怎么报销\n\n1. 在打车软件里开电子发票。\n2. 有问题打 12366。"
    assert here.labels() == ["👍 解决了", "👎 没有"]
    async with here.bot.services.storage.begin() as work:
        await work.users.speak(REQUESTER, Locale.EN)
        assert await work.lessons.cases() == [Case(QUESTION, "taught-b")]
    await here.say(f"{QUESTION}？")
    assert here.last().startswith("Claiming a taxi ride\n\n1. Get the invoice")


async def test_votes_retire_an_article_of_the_desk(here: World) -> None:
    await say(here, f"/teach new {QUESTION}\n开电子发票，交给财务。")
    await say(here, "en: Taxi\nGet the invoice and hand it in.", reply_to=newest(here))
    await here.tap("采用", LEAD, DESK)
    await watched(here)
    for user in (REQUESTER, STRANGER, AGENT):
        await here.say(QUESTION, user)
        await here.tap("没有", user)
    assert (await lesson(here)).state is LessonState.RETIRED
    async with here.bot.services.storage.read() as work:
        assert await work.lessons.cases() == []
    gap = await missed(here)
    assert (gap.text, gap.slug, gap.count) == (QUESTION, "taught-b", 3)
    assert f"答了“{QUESTION}”，👎" in await say(here, "/teach")


async def test_an_agents_answer_becomes_an_article(here: World) -> None:
    await here.say("/ticket")
    await here.say(QUESTION)
    topic = here.topics()[-1]
    card = next(m for m in here.api.messages(DESK, topic) if m.get("text", "").startswith("#"))
    there = {"chat_id": DESK, "thread_id": topic}
    answer = await here.say("开电子发票 & 交给财务", AGENT, **there, reply_to=card["message_id"])
    await here.say("/teach new", LEAD, **there, reply_to=answer["message_id"])
    assert "还没解决" in here.texts(DESK, topic)[-1]
    await here.say("/solve", AGENT, **there)
    await here.say("/teach new", LEAD, **there)
    assert "写一篇新的" in here.texts(DESK, topic)[-1]
    await here.say("/teach new", LEAD, **there, reply_to=answer["message_id"])
    draft = here.texts(DESK, topic)[-1]
    assert draft.count(QUESTION) == 2, "the question, and the title"
    assert "开电子发票 & 交给财务" in draft

    shown = here.api.messages(DESK, topic)[-1]["message_id"]
    note = await here.say("这篇不错", LEAD, **there, reply_to=shown)
    assert here.reactions(DESK, note) != [], "not about a language: a note"
    await here.say("en: Taxi\nGet the invoice & hand it in", LEAD, **there, reply_to=shown)
    assert "Get the invoice & hand it in" in here.texts(DESK, topic)[-1]
    await here.tap("采用", LEAD, DESK)
    assert (await lesson(here)).state is LessonState.SHADOW


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("en: only a title", "请分两部分写"),
        (f"en: {'x' * 81}\nanswer", "标题太长"),
        (f"en: title\n{'x' * 1201}", "太长了"),
    ],
)
async def test_what_is_wrong_with_a_language(here: World, text: str, answer: str) -> None:
    await say(here, f"/teach new {QUESTION}\n开电子发票，交给财务。")
    draft = newest(here)
    assert answer in await say(here, text, reply_to=draft)
    assert "您没有权限" in await say(here, "en: Taxi\nHand it in.", AGENT, reply_to=draft)
    assert (await lesson(here)).answer is not None
    assert (await lesson(here)).state is LessonState.DRAFT


async def test_only_articles_of_the_desk_are_written_there(here: World) -> None:
    await say(here, f"/teach reimbursement {QUESTION}")
    assert "要改请改文章本身" in await say(here, EN, reply_to=newest(here))


async def test_a_lesson_may_begin_a_flow(here: World) -> None:
    await taught(here, f"lost-invoice-flow {QUESTION}")
    await here.say(QUESTION)
    intro, question = here.texts()[-2:]
    assert intro.startswith("这个可以一步步来办")
    assert "丢的是" in question
    async with here.bot.services.storage.read() as work:
        session = await work.flows.running(REQUESTER)
    assert session is not None
    assert session.flow == "lost-invoice-flow"
    await here.say(QUESTION)
    assert "我们刚才在" in here.last(), "it is running already"
    await here.tap("没有")
    async with here.bot.services.storage.read() as work:
        assert await work.lessons.votes(1) == (0, 1)
    gap = await missed(here)
    assert (gap.text, gap.slug) == (QUESTION, "lost-invoice-flow")


async def test_a_lesson_answers_inside_a_flow(here: World) -> None:
    await taught(here, f"reimbursement {QUESTION}")
    await here.say("/fix")
    await here.say(QUESTION)
    assert "报销" in here.texts()[-2]
    assert "我们刚才在" in here.last()
    await here.say("这是什么乱七八糟的回答")
    assert "我们刚才在" not in here.last(), "what nobody has taught is a bad answer, as before"


async def test_a_thumb_down_can_be_corrected_for_its_very_words(here: World) -> None:
    await here.say(SURE)
    await here.tap("没有")
    await say(here, "/teach")
    assert "👎" in here.last(DESK)
    await say(here, f"/teach reimbursement {SURE}")
    assert "一字不差" in here.last(DESK)
    await here.tap("采用", LEAD, DESK)
    assert here.last(DESK).startswith("检查通过")
    await watched(here, SURE)
    await here.say(f"{SURE}？")
    assert "报销" in here.last()
    await here.say("怎么清理一下浏览器的缓存")
    assert "缓存" in here.last()


async def test_a_correction_must_not_break_a_stored_case(here: World) -> None:
    async with here.bot.services.storage.begin() as work:
        await work.lessons.add_cases([Case(f"{SURE}呀", SURE_ABOUT), Case(f"{SURE}？", SURE_ABOUT)])
    await here.say(SURE)
    await here.tap("没有")
    await say(here, f"/teach reimbursement {SURE}")
    await here.tap("采用", LEAD, DESK)
    assert "检查未通过" in here.last(DESK)
    assert f"“{SURE}？”会得到另一个答案" in here.last(DESK)


async def test_none_of_what_was_offered_can_be_taught(here: World) -> None:
    await here.say("车票丢了还能报销吗")
    assert here.last().startswith("您是想问")
    await here.tap("都不是")
    await here.say("车票丢了还能报销吗", STRANGER)
    await here.tap("转人工", STRANGER)
    async with here.bot.services.storage.read() as work:
        (gap,) = await work.gaps.all()
        (ticket,) = await work.tickets.live_of_user(STRANGER)
    assert (gap.kind, gap.text, gap.count) == (GapKind.UNSURE, "车票丢了还能报销吗", 2)
    assert "车票丢了还能报销吗" in ticket.subject
    assert "都不是" in await say(here, "/teach")


async def test_what_was_chosen_and_did_not_help_is_kept_with_the_question(here: World) -> None:
    await here.say("车票丢了还能报销吗")
    await here.tap("发票丢失")
    await here.tap("没有")
    gap = await missed(here)
    assert (gap.text, gap.slug) == ("车票丢了还能报销吗", "lost-invoice")


async def test_what_was_taught_is_listed_seen_and_stopped(here: World) -> None:
    assert "还没有教过什么" in await say(here, "/teach list")
    await taught(here, f"reimbursement {QUESTION}")
    await here.say(QUESTION)
    await here.tap("解决了")
    for number in range(10):
        await say(here, f"/teach feedback 这是第{'一二三四五六七八九十'[number]}个没人问过的问题")
    first = await say(here, "/teach list")
    assert "1. 草稿 · 这是第十个没人问过的问题 → " in first
    assert "已上线" not in first
    await here.tap("较早的", LEAD, DESK)
    assert f"11. 已上线 · {QUESTION} → 发票报销" in here.last(DESK)
    assert "遇到 4 次 · 👍 1 👎 0" in here.last(DESK)
    assert here.labels(DESK) == ["11", "◀ 较新的"]
    assert "您没有权限" in await here.tap("11", AGENT, DESK)
    await here.tap("11", LEAD, DESK)
    await here.tap("停用", LEAD, DESK)
    assert here.last(DESK).startswith("不再使用")
    assert (await lesson(here)).state is LessonState.RETIRED


async def test_only_leads_see_the_list(here: World) -> None:
    async with here.bot.services.storage.begin() as work:
        await work.agents.add(Agent(AGENT, "客服甲", DeskRole.AGENT), utc_now())
    assert "您没有权限" in await say(here, "/teach list", AGENT)
