"""What surrounds the story: clumsy input, a slow line, narrow, dark and English screens."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import Route, expect

from tests.browser.conftest import PHONE
from tests.browser.page import Screen
from tests.fixtures.demo import NUMBER

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Screen]


def test_enter_shift_enter_and_a_paste_of_ten_thousand_lines(open_page: OpenPage) -> None:
    requester = open_page(permissions=["clipboard-read", "clipboard-write"]).requester
    requester.input.click()
    requester.input.press_sequentially("第一行")
    requester.input.press("Shift+Enter")
    requester.input.press_sequentially("第二行")
    expect(requester.input).to_have_value("第一行\n第二行")
    requester.input.press("Enter")
    expect(requester.message("第一行\n第二行")).to_be_visible()
    expect(requester.input).to_have_value("")
    requester.input.press("Enter")
    expect(requester.own).to_have_count(1)

    requester.paste("\n".join(f"第 {number} 行 ¥{number}.00" for number in range(10_000)))
    requester.input.press("Enter")
    expect(requester.log).to_contain_text("第 9999 行 ¥9999.00")
    requester.say(NUMBER)
    requester.shows("价税合计 ¥1,280.00")


def test_dropped_file_goes_along_into_the_ticket(screen: Screen) -> None:
    requester, desk = screen.requester, screen.desk
    requester.say("转人工")
    requester.shows("#1001")
    transfer = screen.page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["示例"], "发票 截图.txt", {type: "text/plain"}));
            return transfer;
        }"""
    )
    requester.log.dispatch_event("dragenter", {"dataTransfer": transfer})
    expect(requester.root.get_by_text("松开以发送文件")).to_be_visible()
    requester.log.dispatch_event("drop", {"dataTransfer": transfer})
    expect(requester.root.get_by_text("松开以发送文件")).to_be_hidden()
    requester.say("这是截图")
    desk.open("#1001")
    expect(desk.message("发票 截图.txt")).to_be_visible()
    expect(desk.message("这是截图")).to_be_visible()


def test_slow_answer_to_sending_does_not_undo_what_came_since(screen: Screen) -> None:
    held: list[Route] = []
    answers = []

    def hold(route: Route) -> None:
        answers.append(route.fetch())
        held.append(route)

    requester = screen.requester
    requester.say("转人工")
    requester.shows("#1001")
    screen.page.route("**/playground/send", hold)
    requester.say("还有一件事")
    done = requester.message("还有一件事").get_by_role("button", name="👌")
    expect(done).to_be_visible()
    held[0].fulfill(response=answers[0])
    screen.page.unroute("**/playground/send")
    requester.say("就这些")
    expect(requester.message("就这些").get_by_role("button", name="👌")).to_be_visible()
    expect(done).to_be_visible()


def test_narrow_screen_shows_one_pane_at_a_time(open_page: OpenPage, picture: Callable[[str, Screen], None]) -> None:
    screen = open_page(viewport=PHONE, color_scheme="dark", has_touch=True, is_mobile=True)
    page, requester, desk = screen.page, screen.requester, screen.desk
    expect(desk.root).to_be_hidden()
    requester.say("/fix")
    requester.shows("您的是哪一种")
    requester.tap("数电票（20 位号码）")
    requester.say("2611000048291307301")
    requester.shows("少了 1 位")
    picture("phone", screen)
    requester.tap("转人工")
    requester.shows("#1001")
    page.get_by_role("tab", name="客服").click()
    expect(requester.root).to_be_hidden()
    desk.open("#1001")
    expect(desk.messages.first).to_contain_text("已知信息")
    page.get_by_role("tab", name="平台").click()
    expect(screen.platform.row(NUMBER)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 15, 18)"


def test_english_page_and_bot(open_page: OpenPage, picture: Callable[[str, Screen], None]) -> None:
    screen = open_page(locale="en-GB")
    page, requester = screen.page, screen.requester
    expect(page.get_by_role("heading", name="票答 · 演练场")).to_be_visible()
    page.get_by_test_id("language").click()
    expect(page.get_by_role("heading", name="票答 · Playground")).to_be_visible()
    requester.root.get_by_role("button", name="Start", exact=True).click()
    requester.tap("English")
    requester.shows("the helpdesk for invoices")
    requester.say("I can't find my invoice in the system")
    requester.tap("Digital (20 digits)")
    requester.say(NUMBER[:-1])
    requester.shows("19 digits arrived, 20 are needed: 1 missing")
    requester.say(NUMBER.replace("3017", "3018"))
    requester.shows("date")
    requester.say("2026-09-15")
    requester.shows("total")
    requester.say("1280")
    requester.shows("3017")
    picture("english", screen)
    page.reload()
    expect(page.get_by_role("heading", name="票答 · Playground")).to_be_visible()
