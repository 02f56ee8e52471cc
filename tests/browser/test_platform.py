"""The platform's panel: files for the real ingest API, good, broken, and with names that try to be markup."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import FilePayload, expect

from tests.browser.page import Screen
from tests.fixtures.demo import BUYER

pytestmark = pytest.mark.browser
NEW = "26110000482913099017"
HEADERS = "数电发票号码,销方名称,购方识别号,购买方名称,开票日期,价税合计,发票票种,发票状态"
ROW = f"{NEW},阳光示例酒店管理有限公司,{BUYER},票答示例科技（北京）有限公司,2026-10-08,318.00,数电发票（普通发票）,正常"


def csv(name: str, *lines: str) -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}


def test_import_reports_rows_and_reaches_the_requester_and_broken_files_are_refused(screen: Screen) -> None:
    platform = screen.platform
    platform.file.set_input_files(csv("十月.csv", HEADERS, ROW, ROW.replace(NEW, "2.6E+19")))
    expect(platform.summary).to_contain_text("已导入 十月.csv")
    expect(platform.summary).to_contain_text("1 新增1 行退回")
    expect(platform.summary).to_contain_text(re.compile("第 3 行.*科学计数"))
    expect(platform.row(NEW)).to_contain_text("¥318.00")
    screen.requester.say(NEW)
    screen.requester.shows("价税合计 ¥318.00")
    platform.file.set_input_files(csv("十月.csv", HEADERS, ROW))
    expect(platform.summary).to_have_text("已导入 十月.csv1 未变")

    broken = [
        ("别的.csv", b"a,b\n1,2\n", "没有找到表头"),
        ("坏了.xlsx", b"PK\x03\x04 no workbook", "打不开"),
        ("图片.png", b"\x89PNG\r\n\x1a\n", "不是表格"),
    ]
    for name, content, sentence in broken:
        platform.file.set_input_files({"name": name, "mimeType": "application/x", "buffer": content})
        expect(platform.summary).to_contain_text(name)
        expect(platform.summary).to_contain_text(sentence)
    screen.forgive("status of 400")


def test_what_is_odd_about_imported_rows_is_listed(screen: Screen) -> None:
    """Below the rejected rows; of many, the first twenty."""
    platform = screen.platform
    headers = HEADERS.replace("价税合计", "金额,税额,价税合计")
    odd = ROW.replace("318.00", "300.00,18.00,319.00")
    platform.file.set_input_files(csv("怪.csv", headers, odd, odd.replace(NEW, "2.6E+19")))
    expect(platform.summary).to_contain_text("1 新增1 行退回1 条存疑，已导入")
    expect(platform.summary).to_contain_text(re.compile("第 3 行.*科学计数.*第 2 行.*300.00.*18.00.*319.00"))
    many = [odd.replace(NEW, f"261100004829130{n:05}") for n in range(23)]
    platform.file.set_input_files(csv("很怪.csv", headers, *many))
    expect(platform.summary).to_contain_text("23 条存疑，已导入")
    expect(platform.summary.locator(".problems.odd li")).to_have_count(21)
    expect(platform.summary).to_contain_text("还有 3 行")


def test_markup_in_names_and_messages_is_only_text(screen: Screen) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    requester, desk, platform = screen.requester, screen.desk, screen.platform
    platform.file.set_input_files(csv(f"{hostile}.csv", HEADERS, ROW.replace("阳光示例", hostile)))
    expect(platform.summary).to_contain_text(f"已导入 {hostile}.csv")
    expect(platform.row(NEW)).to_contain_text(hostile)
    requester.say(NEW)
    requester.shows(hostile)
    requester.say("转人工")
    requester.shows("#1001")
    requester.say(f"{hostile} <b>粗</b> &amp;")
    desk.open("#1001")
    desk.shows(f"{hostile} <b>粗</b> &amp;")
    desk.reply(f"{hostile}</div><script>alert(2)</script>", to=desk.messages.first)
    requester.shows(f"{hostile}</div><script>alert(2)</script>")
    expect(screen.page.locator("img[onerror], script:not([src])")).to_have_count(0)
