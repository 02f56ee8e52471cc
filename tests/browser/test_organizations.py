"""An invitation's link, opened on the page by somebody else."""

from __future__ import annotations

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect

from tests.browser.page import Screen
from tests.fixtures.demo import NUMBER

pytestmark = pytest.mark.browser


def test_a_colleague_joins_by_the_link(screen: Screen) -> None:
    requester, speaker = screen.requester, screen.page.get_by_test_id("requester-speaker")
    requester.say("/org")
    requester.shows("示例会计 · 管理员（您）", "示例助理 · 成员", "110000000000157", "票答科技")
    requester.tap("邀请同事")
    requester.tap("邀请为成员")
    requester.shows("邀请您加入 票答示例科技")
    requester.log.get_by_role("link", name="?start=join_").last.click()
    screen.page.get_by_role("menuitem", name="以路人的身份打开").click()
    expect(speaker).to_have_value("1003")
    expect(requester.message("您已加入 票答示例科技")).to_be_visible()
    requester.say(NUMBER)
    requester.shows("价税合计 ¥1,280.00")
    speaker.select_option(label="示例会计")
    requester.shows("路人 用您的邀请加入了 票答示例科技")
