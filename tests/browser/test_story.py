"""The product's story in a real browser: three people side by side, and a process that is killed in the middle."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

from playwright.sync_api import expect

from tests.browser.page import Screen
from tests.browser.process import Playground
from tests.fixtures.demo import NUMBER

pytestmark = pytest.mark.browser
Picture = Callable[[str, Screen], None]


def test_requester_walks_the_flow_into_a_ticket(screen: Screen, picture: Picture) -> None:
    requester, desk = screen.requester, screen.desk
    requester.root.get_by_role("button", name="开始").click()
    requester.shows("专门解决发票问题")
    requester.tap("English")
    requester.shows("the helpdesk for invoices")
    screen.page.reload()
    requester.shows("the helpdesk for invoices")
    requester.tap("中文")
    requester.shows("专门解决发票问题")

    requester.say("我的发票在系统里查不到")
    requester.shows("您的是哪一种")
    requester.tap("数电票（20 位号码）")
    requester.shows("请发 20 位发票号码")
    requester.tap("为什么问")
    requester.shows("错一位就是另一张票")
    requester.say("2611000048291307301")
    requester.shows("收到 19 位，需要 20 位，少了 1 位")
    requester.tap("上一步")
    requester.shows("您的是哪一种")
    requester.tap("数电票（20 位号码）")
    requester.shows("请发 20 位发票号码")
    requester.tap("跳过")
    requester.shows("开票日期")
    requester.say("2026-13-45")
    requester.shows("没有 13 月")
    requester.say("2026-09-15")
    requester.shows("价税合计")
    requester.say("什么是数电票？")
    requester.shows("我们刚才在")
    requester.say("1280")
    requester.shows("有几张都很像")
    requester.tap("转人工")
    requester.shows("工单号 #1001")

    desk.open("#1001")
    for fact in ("数电票", "2026-09-15", "1280.00", "✗ 在企业数据里查找"):
        expect(desk.messages.first).to_contain_text(fact)
    picture("story", screen)


def test_ticket_from_claim_to_confirmation(screen: Screen, picture: Picture) -> None:
    requester, desk = screen.requester, screen.desk
    requester.say("/fix")
    requester.tap("数电票（20 位号码）")
    requester.say(NUMBER[:-4] + "9999")
    requester.shows("开票日期")
    requester.tap("转人工")
    requester.shows("工单号 #1001")
    desk.open("#1001")
    desk.tap("认领")
    expect(desk.messages.first).to_contain_text("由 客服甲 处理")

    desk.say("这位用户昨天也来过")
    expect(desk.message("昨天也来过").get_by_role("button", name="✍")).to_be_visible()
    desk.reply("您好，没有尾号 9999 的票。请再对一下票面右上角的号码。", to=desk.messages.first)
    requester.shows("您好，没有尾号 9999 的票。")
    expect(requester.message("昨天也来过")).to_have_count(0)

    requester.say(f"看到了，是 {NUMBER}，我抄错了")
    expect(requester.message("抄错了").get_by_role("button", name="👌")).to_be_visible()
    desk.shows("抄错了")
    picture("desk", screen)
    desk.tap("✅ 解决")
    requester.shows("请您确认一下")
    requester.tap("✅ 已解决")
    requester.shows("谢谢确认")
    expect(desk.root.get_by_text("话题已关闭")).to_be_visible()
    expect(desk.messages.first).to_contain_text("已关闭")


def test_alert_comes_with_its_buttons_and_why_explains_it(screen: Screen, picture: Picture) -> None:
    requester, platform = screen.requester, screen.platform
    requester.say(NUMBER)
    requester.shows("价税合计 ¥1,280.00")
    requester.tap("🔔 关注")
    requester.shows("取消关注")
    platform.change(NUMBER, "red_pending")
    requester.shows("发票状态变更", "正常 → 红字待确认")
    for label in ("📄 查看发票", "🔕 静音这张", "🛠 有问题", "⚙️ 我的关注"):
        expect(requester.button(label)).to_be_visible()
    expect(platform.row(NUMBER)).to_contain_text("红字待确认")
    requester.reply("/why", to=requester.message("发票状态变更"))
    requester.shows("关注了发票 …3017", "从“正常”变为“红字待确认”")
    picture("alert", screen)


def test_killed_in_the_middle_all_goes_on(screen: Screen, playground: Playground) -> None:
    requester, desk, platform = screen.requester, screen.desk, screen.platform
    requester.say(NUMBER)
    requester.tap("🔔 关注")
    requester.shows("取消关注")
    requester.say("转人工")
    requester.shows("工单号 #1001")
    desk.open("#1001")
    desk.tap("认领")
    expect(desk.messages.first).to_contain_text("由 客服甲 处理")
    requester.say("/fix")
    requester.tap("数电票（20 位号码）")
    requester.shows("请发 20 位发票号码")
    desk.reply("这条还在等待发送", to=desk.messages.first)
    expect(desk.message("还在等待发送").get_by_role("button", name="👀")).to_be_visible()
    playground.kill()

    expect(screen.page.get_by_text("与演练场的连接断开了")).to_be_visible()
    requester.say("2611000048291307301")
    expect(requester.root.get_by_text("演练场没有应答")).to_be_visible()
    expect(requester.input).to_have_value("2611000048291307301")

    playground.start()
    expect(screen.page.get_by_text("与演练场的连接断开了")).to_be_hidden()
    requester.shows("这条还在等待发送")
    expect(requester.message("还在等待发送")).to_have_count(1)
    requester.input.press("Enter")
    requester.shows("收到 19 位，需要 20 位，少了 1 位")
    desk.tap("✅ 解决")
    requester.shows("请您确认一下")
    platform.change(NUMBER, "red_pending")
    requester.shows("正常 → 红字待确认")
    screen.forgive("net::ERR_")
