"""Inline queries: from Telegram's update to the answer; only what the asker may see, and little of it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import utc_now
from handlers.inline.service import MOST
from knowledge.texts import Locale
from tests.conftest import AGENT, REQUESTER, STRANGER, World, whole_bot
from tests.fixtures.demo import BUYER, KEY, NUMBER
from tests.fixtures.invoices import build, uscc

NEWCOMER = 44


@pytest.fixture
async def here(prepared: Path) -> AsyncIterator[World]:
    async with whole_bot(prepared) as world:
        yield world


async def ask(world: World, text: str, user: int = REQUESTER, offset: str = "") -> dict[str, Any]:
    """What the bot answers."""
    query_id = world.api.inline_query(user, text, offset=offset)
    await world.quiet()
    await world.api.wait_for(lambda: world.api.state.queries[query_id].answer)
    call = world.api.sent("answerInlineQuery")[-1]
    assert (call.params["inline_query_id"], call.ok) == (query_id, True)
    return dict(call.params)


async def test_an_invoice_as_a_line_for_any_chat(here: World) -> None:
    answer = await ask(here, NUMBER)
    assert (answer["is_personal"], answer["cache_time"], answer.get("button")) == (True, 5, None)
    first = answer["results"][0]
    assert first == {
        "type": "article",
        "id": KEY,
        "title": "数电发票（普通发票） …3017",
        "description": "阳光示例酒店管理有限公司 · 2026-09-15 · ¥1,280.00 · 正常",
        "input_message_content": {
            "message_text": "🧾 数电发票（普通发票） …3017\n"
            "阳光示例酒店管理有限公司 · 2026-09-15 · <b>¥1,280.00</b> · 正常",
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        },
    }


@pytest.mark.parametrize("text", ["3017", "阳光酒店", "9 月 15 日 1280", "2611000048291307301", ""])
async def test_nothing_of_a_number_but_its_end_goes_out(here: World, text: str) -> None:
    answer = await ask(here, text)
    assert 0 < len(answer["results"]) <= MOST
    for result in answer["results"]:
        sent = result["input_message_content"]["message_text"]
        number = result["id"].rpartition(":")[2]
        assert number[-4:] in sent
        for shown in (sent, result["title"], result["description"]):
            assert number not in shown
            assert "91000000MA" not in shown


async def test_chosen_in_the_bots_own_chat_it_is_found(here: World) -> None:
    """What is sent there comes to the bot as a text, and each part of it is so."""
    query_id = here.api.inline_query(REQUESTER, "26310000660017740325")
    await here.quiet()
    answer = await here.api.wait_for(lambda: here.api.state.queries[query_id].answer)
    assert answer is not None
    here.api.pick(query_id, answer["results"][0]["id"])
    await here.quiet()
    assert "尾号 0325 一致 · 日期一致 · 金额一致 · 名称一致\n" in here.last()


async def test_without_a_text_the_latest(here: World) -> None:
    titles = [result["title"][-4:] for result in (await ask(here, " "))["results"]]
    assert titles[:4] == ["0325", "6670", "4471", "4403"]
    assert len(titles) == MOST


async def test_the_latest_go_on_to_the_first(here: World) -> None:
    """As a client asks when somebody scrolls down."""
    found, offset, pages = [], "", 0
    while pages == 0 or offset:
        answer = await ask(here, "", offset=offset)
        found += [result["id"] for result in answer["results"]]
        offset, pages = answer.get("next_offset", ""), pages + 1
    async with here.bot.services.storage.read() as work:
        ours = [one.key for one in await work.invoices.scope([BUYER]) if one.issue_date]
    assert (pages, sorted(found)) == (3, sorted(ours))
    for text, forged in (
        ("", "x"),
        ("", "2026-13-45.1"),
        ("", "2026-11-19"),
        ("", f"2026-11-19.{'9' * 30}"),
        (NUMBER, "2026-11-19.5"),
    ):
        answer = await ask(here, text, offset=forged)
        assert (answer["results"], answer.get("next_offset")) == ([], None)


async def test_what_is_not_found_leads_into_the_bot(here: World) -> None:
    answer = await ask(here, "26110000999900001111")
    assert answer["results"] == []
    assert answer["button"] == {"text": "没有找到，去票答里查", "start_parameter": "menu"}
    await here.say("/start menu")
    assert "发发票号码给我查" in here.last()


async def test_only_what_the_asker_may_see(here: World) -> None:
    """Somebody else's invoice and none at all give the same answer."""
    other = replace(build(1)[0], seller_tax_id=uscc(3), buyer_tax_id=uscc(4))
    async with here.bot.services.storage.begin() as work:
        await work.invoices.save([other], utc_now())
    theirs, nowhere = await ask(here, other.number), await ask(here, "26110000999900001111")
    assert theirs["results"] == []
    assert {**theirs, "inline_query_id": ""} == {**nowhere, "inline_query_id": ""}


@pytest.mark.parametrize("user", [STRANGER, AGENT, NEWCOMER])
@pytest.mark.parametrize("text", [NUMBER, "", "阳光酒店"])
async def test_who_belongs_to_no_organization_gets_a_way_to_one(here: World, user: int, text: str) -> None:
    if user == NEWCOMER:
        here.api.add_person(NEWCOMER, "新人", language_code="zh-hans", role="requester")
    answer = await ask(here, text, user)
    assert answer["results"] == []
    assert answer["button"] == {"text": "先加入企业，才能查发票", "start_parameter": "org"}
    await here.say("/start org", user)
    assert "您还不属于任何企业" in here.texts(user)[-2]
    assert "票答" in here.last(user)


async def test_in_the_askers_language(here: World) -> None:
    async with here.bot.services.storage.begin() as work:
        await work.users.speak(REQUESTER, Locale.EN)
    first = (await ask(here, NUMBER))["results"][0]
    assert first["title"] == "Digital invoice (ordinary) …3017"
    assert first["description"].endswith("2026-09-15 · ¥1,280.00 · normal")


async def test_any_text_is_answered(here: World) -> None:
    odd = (
        "'",
        '"; DROP TABLE invoices; --',
        "<b>&",
        "🙂" * 60,
        "0" * 256,
        "%_*",
        "\u202e3017",
        "阳" * 256,
        "=1+1",
        "：",
    )
    for text in odd:
        assert (await ask(here, text))["results"] is not None
    async with here.bot.services.storage.read() as work:
        assert set(await work.inbox.counts()) == {"done"}


async def test_an_answer_that_comes_too_late_is_no_failure(here: World) -> None:
    here.api.fail("answerInlineQuery", error="query_too_old", times=1)
    here.api.inline_query(REQUESTER, NUMBER)
    await here.quiet()
    await here.api.wait_for(lambda: [call for call in here.api.calls if call.method == "answerInlineQuery"])
    assert (await ask(here, NUMBER))["results"][0]["id"] == KEY
    async with here.bot.services.storage.read() as work:
        assert set(await work.inbox.counts()) == {"done"}


async def test_names_are_escaped(here: World) -> None:
    made = replace(build(1)[0], buyer_tax_id=BUYER, seller_name="甲 <b>& 乙")
    async with here.bot.services.storage.begin() as work:
        await work.invoices.save([made], utc_now())
    result = (await ask(here, made.number))["results"][0]
    assert "甲 <b>& 乙" in result["description"]
    assert "甲 &lt;b&gt;&amp; 乙" in result["input_message_content"]["message_text"]


async def test_an_answer_takes_milliseconds(here: World) -> None:
    """Of the service alone, the best of some: other processes share the machine."""
    inline = here.bot.services.inline
    taken = []
    for text in [NUMBER, "3017", "阳光酒店 1280", ""] * 5:
        begun = time.perf_counter()
        await inline.find(REQUESTER, text, utc_now())
        taken.append(time.perf_counter() - begun)
    assert sorted(taken)[len(taken) // 2] < 0.05
