"""The product's main story in one go: update in → database → API call out, for all three kinds of people."""

from __future__ import annotations

import json
import time
from typing import Any

import aiohttp

from bot.web_auth import sign
from tests.conftest import AGENT, DESK, REQUESTER, SECRET, World
from tests.fixtures.demo import NUMBER


async def test_requester_from_hello_to_a_ticket_with_all_facts(world: World) -> None:
    await world.say("/start")
    assert "专门解决发票问题" in world.last()
    await world.tap("English")
    assert "the helpdesk for invoices" in world.last()
    await world.tap("中文")

    await world.say("我的发票在系统里查不到")
    assert "您的是哪一种" in world.last()
    await world.tap("数电票（20 位号码）")
    assert "请发 20 位发票号码" in world.last()
    await world.tap("为什么问？")
    assert "错一位就是另一张票" in world.last()
    await world.say("2611000048291307301")
    assert "收到 19 位，需要 20 位，少了 1 位" in world.last()
    await world.tap("上一步")
    assert "您的是哪一种" in world.last()
    await world.tap("数电票（20 位号码）")
    await world.tap("跳过")
    await world.say("2026-13-45")
    assert "没有 13 月" in world.last()
    await world.say("9月15日")
    await world.say("什么是数电票？")
    assert "自 2024-12-01 起在全国推行" in world.texts()[-2]
    assert "我们刚才在：价税合计" in world.last()
    await world.say("1280")
    assert "有几张都很像" in world.last()
    await world.tap("转人工")
    assert "工单号 #1001" in world.last()

    (topic,) = world.topics()
    assert world.api.state.chats[DESK].topics[topic].name == "🆕 #1001 发票查不到 示*"
    card, first, along = world.texts(DESK, topic)[-3:]
    for fact in ("数电票", "2026-09-15", "1280.00", "– 发票号码", "✗ 在企业数据里查找"):
        assert fact in card
    assert first == "👤 我的发票在系统里查不到"
    assert "“2611000048291307301”" in along
    assert "“2026-13-45”" in along


async def test_ticket_from_claim_to_confirmation(world: World) -> None:
    await world.say("转人工")
    (topic,) = world.topics()
    desk: dict[str, Any] = {"chat_id": DESK, "thread_id": topic}

    await world.tap("认领", AGENT, DESK)
    header, _ = world.button(DESK, "放回")
    assert "由 客服甲 处理" in header["text"]
    note = await world.say("这位用户昨天也来过", AGENT, **desk)
    assert [r["emoji"] for r in world.reactions(DESK, note)] == ["✍"]
    answer = await world.say("您好，请把发票号码发给我。", AGENT, reply_to=header["message_id"], **desk)
    assert [r["emoji"] for r in world.reactions(DESK, answer)] == ["👌"]
    assert world.last() == "您好，请把发票号码发给我。"
    assert not any("昨天也来过" in text for text in world.texts())

    question = await world.say(f"号码是 {NUMBER}，麻烦看看")
    assert world.last(DESK) == f"👤 号码是 {NUMBER}，麻烦看看"
    assert [r["emoji"] for r in world.reactions(REQUESTER, question)] == ["👌"]

    await world.tap("✅ 解决", AGENT, DESK)
    assert "请您确认一下" in world.last()
    await world.tap("✅ 已解决")
    assert "谢谢确认" in world.last()
    assert world.api.state.chats[DESK].topics[topic].closed
    assert "已关闭" in next(text for text in world.texts(DESK, topic) if "已知信息" in text)


async def test_watched_invoice_changes(serving: World) -> None:
    await serving.say(NUMBER)
    assert "价税合计 ¥1,280.00" in serving.last()
    assert "已关注发票 …3017" in await serving.tap("🔔 关注")
    assert "🔕 取消关注" in serving.labels()

    assert await report(serving, "red_pending") == 202
    assert await report(serving, "red_pending") == 200
    await serving.quiet()
    alert = serving.api.messages(REQUESTER)[-1]
    assert "正常 → 红字待确认" in alert["text"]
    assert serving.labels() == ["📄 查看发票", "🔕 静音这张", "🛠 有问题", "⚙️ 我的关注"]
    assert sum("发票状态变更" in text for text in serving.texts()) == 1

    await serving.say("/why", reply_to=alert["message_id"])
    assert "关注了发票 …3017" in serving.last()
    assert "从“正常”变为“红字待确认”" in serving.last()


async def report(world: World, new: str, event_id: str = "evt-1") -> int:
    """The platform reports a change of tax status; the HTTP status."""
    event = {
        "event_id": event_id,
        "event_type": "invoice.status_changed",
        "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        "invoice": {"digital_no": NUMBER},
        "change": {"axis": "tax_status", "to": new},
    }
    body, stamp = json.dumps(event).encode(), str(int(time.time()))
    headers = {"X-Timestamp": stamp, "X-Signature": "sha256=" + sign(SECRET, stamp, body)}
    async with aiohttp.ClientSession() as session:
        response = await session.post(f"{world.bot.http_url}/api/v1/hooks/platform", data=body, headers=headers)
        return response.status
