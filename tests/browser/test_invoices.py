"""Going through invoices, their statistics as a picture, and finding one from within another chat."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect

from tests.browser.page import Screen

pytestmark = pytest.mark.browser
Picture = Callable[[str, Screen], None]


def test_month_by_month_in_one_message(screen: Screen, picture: Picture) -> None:
    requester = screen.requester
    requester.say("/invoices")
    requester.shows("2026 年 · 30 张")
    requester.tap("9 月 · 14")
    requester.shows("2026 年 9 月", "26110000900218847361")
    requester.tap("较早")
    requester.shows("26110000482913073017")
    expect(requester.messages).to_have_count(2)
    picture("invoices", screen)


def test_statistics_as_a_picture(screen: Screen, picture: Picture) -> None:
    requester = screen.requester
    requester.say("/stats")
    requester.shows("取得：25 张，价税合计 ¥177,980.00")
    requester.tap("图片")
    shown = requester.messages.last.locator("img")
    expect(shown).to_be_visible()
    assert shown.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 1080
    picture("statistics", screen)


def test_an_invoice_from_within_another_chat(screen: Screen, picture: Picture) -> None:
    requester, speaker = screen.requester, screen.page.get_by_test_id("requester-speaker")
    requester.say("/menu")
    requester.shows("专门解决发票问题")
    name = screen.page.evaluate(
        "fetch('/playground/state').then(reply => reply.json()).then(state => state.bot.username)"
    )
    requester.input.fill(f"@{name} 3017")
    offered = requester.root.get_by_role("listbox")
    first = offered.get_by_role("option").first
    expect(first).to_contain_text("…3017")
    picture("inline", screen)
    first.click()
    expect(requester.own.last).to_contain_text("…3017")
    expect(requester.own.last).not_to_contain_text("26110000482913")
    requester.input.fill(f"@{name} ")
    options = offered.get_by_role("option")
    expect(options).to_have_count(10)
    options.last.scroll_into_view_if_needed()
    expect(options).to_have_count(20)
    requester.input.press("ArrowUp")  # from the first to the last
    expect(options.nth(19)).to_be_in_viewport()
    speaker.select_option(label="路人")
    requester.input.fill(f"@{name} 3017")
    offered.get_by_role("option", name="先加入企业").click()
    expect(requester.message("您还不属于任何企业")).to_be_visible()
