"""Going through invoices in the chat: from Telegram's update to what Telegram is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.app import utc_now
from handlers.browsing.service import PAGE
from handlers.browsing.view import DATA, View, parse, period_of
from knowledge.invoices.model import TaxStatus
from knowledge.invoices.statistics import STATES, Direction
from knowledge.permissions import Role
from knowledge.texts import Locale
from storage.invoice_pages import Part, Place
from tests.conftest import DESK, REQUESTER, STRANGER, World, whole_bot
from tests.fixtures.demo import BUYER
from tests.fixtures.invoices import build
from tests.handlers.test_forged_buttons import UNKNOWN, forge

OTHER = "91000000MA00000232"


@pytest.fixture
async def here(prepared: Path) -> AsyncIterator[World]:
    async with whole_bot(prepared) as world:
        yield world


async def add(world: World, count: int, day: date = date(2025, 3, 5), **changes: str | None) -> None:
    """So many more invoices that the requester's organization has received on this day."""
    made = build(count, seed=9, first=day, last=day)
    invoices = [replace(one, buyer_tax_id=BUYER, **changes) for one in made]  # type: ignore[arg-type]  # by name
    async with world.bot.services.storage.begin() as work:
        await work.invoices.save(invoices, utc_now())


async def test_months_then_a_page_then_a_card(here: World) -> None:
    await here.say("/invoices")
    assert "票答示例科技（北京）有限公司\n2026 年 · 30 张" in here.last()
    assert here.labels()[:3] == ["9 月 · 14", "10 月 · 9", "11 月 · 7"]
    message = here.api.messages(REQUESTER)[-1]["message_id"]
    await here.tap("11 月")
    assert here.api.messages(REQUESTER)[-1]["message_id"] == message
    lines = here.last().splitlines()
    assert lines[1] == "2026 年 11 月"
    assert [line[19:23] for line in lines[4::3]] == ["0325", "6670", "4471", "4403", "7716", "8812", "0021"]
    assert lines[4:7] == ["1. 26310000660017740325", "   11-19 · ¥24,000.00 · 正常", "   票答示例商贸（上海）有限公司"]
    assert here.labels()[:3] == ["1 · …0325", "2 · …6670", "3 · …4471"]
    await here.tap("…7716")
    assert "号码 26440000109945527716" in here.last()


async def test_it_is_the_other_party_that_is_named(here: World) -> None:
    await here.say("/invoices")
    await here.tap("开具")
    await here.tap("9 月")
    assert "票答示例商贸（上海）有限公司" in here.last()
    assert here.last().count("票答示例科技（北京）有限公司") == 1  # the title


async def test_pages_turn_both_ways(here: World) -> None:
    await add(here, 2 * PAGE + 3)
    await here.say("/invoices")
    await here.tap("◀ 2025")
    await here.tap("3 月")
    pages = [here.last()]
    assert "◀ 较新" not in here.labels()
    for _ in range(2):
        await here.tap("较早 ▶")
        pages.append(here.last())
    assert "较早 ▶" not in here.labels()
    numbers = [line.split()[1] for page in pages for line in page.splitlines() if line[:1].isdecimal() and ". " in line]
    assert [page.count(" · ¥") for page in pages] == [PAGE, PAGE, 3]
    assert len(set(numbers)) == 2 * PAGE + 3
    await here.tap("◀ 较新")
    assert here.last() == pages[1]
    await here.tap("◀ 较新")
    assert here.last() == pages[0]
    assert "◀ 较新" not in here.labels()


async def test_filters_stay_while_one_goes_about(here: World) -> None:
    await here.say("/invoices")
    await here.tap("取得")
    await here.tap("状态：不限")
    assert here.labels() == ["✓ 不限", "正常", "作废", "红字", "部分红冲", "全额红冲", "红字待确认", "未知"]
    await here.tap("作废")
    assert "取得 · 状态：作废" in here.last()
    assert here.labels()[0] == "9 月 · 1"
    await here.tap("9 月")
    assert here.last().count(" · ¥") == 1
    assert "04417532" in here.last()
    await here.tap("开具")
    assert "这里没有这样的发票。" in here.last()
    await here.tap("选月份")
    assert "开具 · 状态：作废" in here.last()
    await here.tap("全部")
    assert here.labels()[0] == "9 月 · 1"


async def test_what_has_no_date_is_there_too(here: World) -> None:
    await add(here, PAGE + 1, issue_date=None)
    await here.say("/invoices")
    await here.tap(f"没有日期 · {PAGE + 1}")
    assert here.last().count(" · ¥") == PAGE
    await here.tap("较早")
    assert here.last().count(" · ¥") == 1
    await here.tap("较新")
    assert here.last().count(" · ¥") == PAGE


async def test_of_several_organizations_one_is_chosen(here: World) -> None:
    async with here.bot.services.storage.begin() as work:
        organization = await work.organizations.add(OTHER, "别家 <b>&", utc_now())
        assert organization is not None
        await work.organizations.join(organization.id, REQUESTER, Role.MEMBER, utc_now())
        await work.users.speak(REQUESTER, Locale.EN)
    await here.say("/menu")
    await here.tap("My invoices")
    assert here.labels() == ["🏢 票答示例科技（北京）有限公司", "🏢 别家 <b>&"]
    await here.tap("别家")
    assert here.last().startswith("🗂 别家 <b>&\n2026 · ")
    await here.tap("Another organization")
    assert "Whose invoices" in here.last()


async def test_somebody_without_an_organization_is_told_how_to_come_to_one(here: World) -> None:
    await here.say("/invoices", STRANGER)
    assert "您还不属于任何企业" in here.last(STRANGER)


async def test_an_organization_without_invoices(here: World) -> None:
    async with here.bot.services.storage.begin() as work:
        organization = await work.organizations.add("91000000MA00000312", "新公司", utc_now())
        assert organization is not None
        await work.users.seen(STRANGER, "路人", Locale.ZH, utc_now())
        await work.organizations.join(organization.id, STRANGER, Role.MEMBER, utc_now())
    await here.say("/invoices", STRANGER)
    assert "这里还没有发票" in here.last(STRANGER)
    assert here.labels(STRANGER) == []


async def test_buttons_of_others_show_nothing(here: World) -> None:
    """Whoever presses them, wherever; and whoever has left since."""
    await here.say("/start", STRANGER)
    await here.say("/ticket", STRANGER)
    await here.say("请帮忙", STRANGER)  # a message at the desk
    await here.say("/invoices")
    before = here.texts(STRANGER), here.texts(DESK)
    forged = [
        "b:year:1::a*:",
        "b:list:1:202609:a*:",
        "b:list:1:202609:i0:o15.3",
        "b:states:1:2026:a*:",
        "b:list:1:0:a*:",
    ]
    for data in forged:
        assert await forge(here, STRANGER, data) == UNKNOWN
        assert await forge(here, STRANGER, data.replace(":1:", ":99:")) == UNKNOWN
        assert await forge(here, REQUESTER, data, DESK) == UNKNOWN
    assert await forge(here, REQUESTER, "b:home", DESK) == UNKNOWN
    assert (here.texts(STRANGER), here.texts(DESK)) == before
    async with here.bot.services.storage.begin() as work:
        await work.organizations.remove(1, REQUESTER)
    assert await here.tap("9 月") == UNKNOWN


@pytest.mark.parametrize(
    "data",
    ["b:", "b:list", "b:list:1:2026:a*:", "b:list:1:202613:a*:", "b:year:1:202600:a*:", "b:list:1:202609:x*:",
     "b:list:1:202609:a9:", "b:list:1:202609:a*:o1", "b:list:x:202609:a*:", "b:fly:1:2026:a*:", "b:list:1:000001:a*:",
     "b:list:1:202609:a*:o1.9999999999999999999", "b:year:1:2026:a*:o1.1"],
)  # fmt: skip
async def test_nonsense_is_a_button_of_the_past(here: World, data: str) -> None:
    await here.say("/invoices")
    assert await forge(here, REQUESTER, data) == UNKNOWN


async def test_a_forged_place_only_turns_to_another_page(here: World) -> None:
    await here.say("/invoices")
    for cursor in ("o31.999999999999999999", "o99.0", "n0.0", "n30.5", "o1.1"):
        assert await forge(here, REQUESTER, f"b:list:1:202609:a*:{cursor}") == ""
        assert "2026 年 9 月" in here.last()


def test_a_view_comes_back_from_its_button() -> None:
    import re

    places = [(None, True), (Place(date(2026, 2, 28), 7), True), (Place(date(2026, 2, 1), 10**17), False)]
    for direction in (None, *Direction):
        for status in (None, *STATES):
            for place, is_older in places:
                view = View(12, "202602", direction, status, place, is_older)
                data = view.data("list")
                assert re.match(DATA, data)
                assert len(data.encode()) <= 64
                assert parse(tuple(data.split(":")[2:])) == view
    undated = View(10**18 - 1, "0", None, None, Place(None, 10**18 - 1))
    assert parse(tuple(undated.data("list").split(":")[2:])) == undated
    assert len(undated.data("list")) <= 64
    assert View(1, "202602", Direction.ISSUED, TaxStatus.VOID).part == Part(
        date(2026, 2, 1), date(2026, 2, 28), Direction.ISSUED, TaxStatus.VOID
    )
    assert (period_of((2026, 2)), period_of(None)) == ("202602", "0")
