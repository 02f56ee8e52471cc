"""Statistics in the chat: from Telegram's update to the picture and the workbook that Telegram gets."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bot.app import utc_now
from handlers.statistics import service
from handlers.statistics.card import StatisticsCard
from handlers.statistics.service import CHUNK
from knowledge.invoices.statistics import Direction, Statistics
from knowledge.permissions import Role
from knowledge.texts import Locale, Texts
from tests.conftest import DESK, REQUESTER, STRANGER, World, whole_bot
from tests.fixtures.demo import BUYER
from tests.fixtures.invoices import build
from tests.handlers.test_forged_buttons import NOT_PERMITTED, UNKNOWN, forge

MANAGER = 45


@pytest.fixture
async def here(prepared: Path) -> AsyncIterator[World]:
    """With a manager of the requester's organization."""
    async with whole_bot(prepared) as world:
        world.api.add_person(MANAGER, "示例主管", language_code="zh-hans", role="requester")
        async with world.bot.services.storage.begin() as work:
            await work.users.seen(MANAGER, "示例主管", Locale.ZH, utc_now())
            await work.organizations.join(1, MANAGER, Role.MANAGER, utc_now())
        yield world


def sent(world: World, method: str) -> tuple[dict[str, Any], bytes]:
    """The newest message of this sort, and its file."""
    call = world.api.sent(method)[-1]
    assert call.ok
    message = dict(call.result)
    sizes = message.get("photo") or [message["document"]]
    content = world.api.state.bytes_of(sizes[-1]["file_id"])
    return message, content


async def test_figures_are_those_of_the_invoices(here: World) -> None:
    await here.say("/stats", MANAGER)
    lines = here.last(MANAGER).splitlines()
    assert lines[:2] == ["📊 票答示例科技（北京）有限公司", "2026 年"]
    assert lines[3:6] == [
        "取得：25 张，价税合计 ¥177,980.00",
        "含红字 2 张，-¥10,999.99",
        "正常 19 · 作废 1 · 红字 2 · 部分红冲 1 · 全额红冲 1 · 红字待确认 1",
    ]
    assert lines[7:9] == ["开具：5 张，价税合计 ¥180,000.01", "含红字 1 张，-¥50,000.00"]
    assert here.labels(MANAGER) == ["✓ 2026 年", "全部", "🖼 图片", "📄 Excel 表格", "◀ 企业"]


async def test_years_and_all_of_them(here: World) -> None:
    day = date(2024, 5, 5)
    old = [replace(one, buyer_tax_id=BUYER, total=None) for one in build(3, first=day, last=day)]
    undated = replace(build(1, seed=8)[0], buyer_tax_id=BUYER, issue_date=None)
    async with here.bot.services.storage.begin() as work:
        await work.invoices.save([*old, undated], utc_now())
    await here.say("/stats", MANAGER)
    await here.tap("2024 年", MANAGER)
    assert "取得：3 张，价税合计 ¥0.00\n3 张没有金额\n" in here.last(MANAGER)
    await here.tap("全部", MANAGER)
    assert "历年合计" in here.last(MANAGER)
    assert "取得：29 张" in here.last(MANAGER)
    assert len(here.texts(MANAGER)) == 1


async def test_a_picture(here: World) -> None:
    await here.say("/stats", MANAGER)
    figures = here.last(MANAGER)
    await here.tap("图片", MANAGER)
    message, content = sent(here, "sendPhoto")
    assert message["chat"]["id"] == MANAGER
    assert message["caption"] == figures
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert [call.params["action"] for call in here.api.sent("sendChatAction")] == ["upload_photo"]


async def test_a_workbook_in_the_readers_language(here: World) -> None:
    async with here.bot.services.storage.begin() as work:
        await work.users.speak(MANAGER, Locale.EN)
        evil = replace(build(1)[0], buyer_tax_id=BUYER, seller_name="=cmd|' /C calc'!A1", total=None)
        await work.invoices.save([evil], utc_now())
    await here.say("/stats", MANAGER)
    await here.tap("Excel", MANAGER)
    message, content = sent(here, "sendDocument")
    assert message["document"]["file_name"] == "statistics-2026.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["By month", "By status", "Invoices"]
    months = [[cell.value for cell in row] for row in book["By month"]]
    assert months[0] == [
        "Direction",
        "Month",
        "Invoices",
        "Total with tax, ¥",
        "Of these red-letter",
        "Red-letter amount, ¥",
    ]
    assert ["Issued", "2026-10", 2, 0, 1, -50000] in months
    assert ["Issued", "Total", 5, 180000.01, 1, -50000] in months
    states = [[cell.value for cell in row] for row in book["By status"]]
    assert ["Issued", "normal", 3, 180000.01, 0, 0] in states
    assert ["Issued", "red-letter", 1, -50000, 1, -50000] in states
    invoices = {row[2].value: row for row in book["Invoices"]}
    assert len(invoices) == 32
    first = invoices["26110000482913073017"]
    assert [cell.value for cell in first[2:4]] == ["26110000482913073017", datetime(2026, 9, 15)]  # noqa: DTZ001 - a day
    assert [cell.data_type for cell in (first[2], first[3], first[10])] == ["s", "d", "n"]
    assert first[10].value == 1280
    assert [invoices[number][12].value for number in ("26110000482913073017", "26110000215503324471")] == [
        "Received",
        "Issued",
    ]
    assert (invoices[evil.number][4].data_type, invoices[evil.number][10].value) == ("s", None)


async def test_a_workbook_has_every_invoice_once(here: World) -> None:
    """More than are read at a time, some without a date."""
    many = [replace(one, buyer_tax_id=BUYER) for one in build(2 * CHUNK + 20, seed=4)]
    many[::50] = [replace(one, issue_date=None) for one in many[::50]]
    async with here.bot.services.storage.begin() as work:
        await work.invoices.save(many, utc_now())
    await here.say("/stats", MANAGER)
    await here.tap("全部", MANAGER)
    await here.tap("Excel", MANAGER)
    rows = list(openpyxl.load_workbook(io.BytesIO(sent(here, "sendDocument")[1]))["明细"].values)[1:]
    assert len(rows) == len({row[2] for row in rows}) == 30 + len({one.key for one in many})


async def test_a_workbook_that_lists_only_some_says_so(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LISTED", 29)
    await here.say("/stats", MANAGER)
    await here.tap("Excel", MANAGER)
    assert sent(here, "sendDocument")[0]["caption"].endswith("\n明细只列最新的 29 张，各项合计是全部的。")
    monkeypatch.setattr(service, "LISTED", 30)
    await here.tap("Excel", MANAGER)
    assert "明细" not in sent(here, "sendDocument")[0]["caption"]


def test_a_longer_list_says_that_it_is_cut() -> None:
    nothing = Statistics(2026, {direction: [] for direction in Direction})
    sheet = StatisticsCard(Texts.load()).sheets(nothing, build(3), [BUYER], Locale.ZH, limit=2)[2]
    assert (sheet.title, len(sheet.rows)) == ("明细（最新 2 张）", 2)


async def test_without_invoices_nothing_is_drawn(here: World) -> None:
    async with here.bot.services.storage.begin() as work:
        organization = await work.organizations.add("91000000MA00000312", "新公司", utc_now())
        assert organization is not None
        await work.users.seen(STRANGER, "路人", Locale.ZH, utc_now())
        await work.organizations.join(organization.id, STRANGER, Role.MANAGER, utc_now())
    await here.say("/stats", STRANGER)
    assert "这里还没有发票" in here.last(STRANGER)
    assert here.labels(STRANGER) == ["◀ 企业"]


async def test_from_the_organizations_card_and_back(here: World) -> None:
    await here.say("/org", MANAGER)
    await here.tap("📊 统计", MANAGER)
    assert "2026 年" in here.last(MANAGER)
    await here.tap("◀ 企业", MANAGER)
    assert "您是管理员" in here.last(MANAGER)
    assert len(here.texts(MANAGER)) == 1


async def test_of_several_organizations_one_is_chosen(here: World) -> None:
    """A member of one, who manages two others, chooses between the two."""
    async with here.bot.services.storage.begin() as work:
        for tax_id, name in (("91000000MA00000232", "乙"), ("91000000MA00000312", "丙")):
            organization = await work.organizations.add(tax_id, name, utc_now())
            assert organization is not None
            await work.organizations.join(organization.id, REQUESTER, Role.MANAGER, utc_now())
    await here.say("/stats")
    assert here.labels() == ["🏢 乙", "🏢 丙"]
    await here.tap("丙")
    assert here.last().startswith("📊 丙\n")
    assert "这里还没有发票" in here.last()


async def test_who_may_not_see_them(here: World) -> None:
    await here.say("/stats")
    assert here.last() == "统计只有企业的管理员能看。"
    await here.say("/stats", STRANGER)
    assert "您还不属于任何企业" in here.last(STRANGER)
    await here.say("/ticket")
    await here.say("请帮忙")  # a message at the desk
    await here.say("/stats", MANAGER)
    files = len(here.api.sent("sendPhoto")) + len(here.api.sent("sendDocument"))
    for data in ("s:page:1:2026", "s:page:1:", "s:picture:1:2026", "s:workbook:1:0"):
        assert await forge(here, REQUESTER, data) == NOT_PERMITTED
        assert await forge(here, STRANGER, data) == UNKNOWN
        assert await forge(here, STRANGER, data.replace(":1:", ":99:")) == UNKNOWN
        assert await forge(here, MANAGER, data, DESK) == UNKNOWN
    assert len(here.api.sent("sendPhoto")) + len(here.api.sent("sendDocument")) == files


@pytest.mark.parametrize(
    "data",
    ["s:", "s:page", "s:page:1", "s:picture:1:", "s:page:x:2026", "s:page:1:20266", "s:fly:1:2026", "s:page:1:0999"],
)
async def test_nonsense_is_a_button_of_the_past(here: World, data: str) -> None:
    await here.say("/stats", MANAGER)
    assert await forge(here, MANAGER, data) == UNKNOWN


async def test_a_year_without_invoices(here: World) -> None:
    await here.say("/stats", MANAGER)
    assert await forge(here, MANAGER, "s:picture:1:1999") == ""
    assert "1999 年" in sent(here, "sendPhoto")[0]["caption"]
