"""Flows about our own work, through the whole bot: from an article's button to the desk's card."""

from __future__ import annotations

import json
import time

import aiohttp

from bot.web_auth import sign
from handlers.articles.service import ArticleService
from handlers.messenger import post
from knowledge.articles import load_articles
from tests.conftest import DESK, REQUESTER, SECRET, World
from tests.fixtures.demo import NUMBER


async def begin(world: World, slug: str) -> None:
    """Show an article and press the button below it."""
    await world.say("/start")
    services = world.bot.services
    article = ArticleService(services.texts, load_articles()).message(slug)
    async with services.storage.begin() as work:
        await work.outbox.add(post(REQUESTER, article), now=world.clock())
    await world.quiet()
    await world.tap("一步步")


async def test_a_request_for_an_invoice_reaches_the_desk_with_everything(world: World) -> None:
    await begin(world, "apply-for-invoice")
    assert "由谁来开" in world.last()
    await world.tap("本公司财务或你们")
    await world.tap("公司或单位")
    await world.say("名称：云海（北京）人工智能科技有限公司\n地址：某市某路 1 号")
    await world.say("91110000MA01ABCD2X")
    assert "校验不通过" in world.last()
    await world.tap("跳过")
    await world.tap("专用发票")
    await world.say("办公椅 4 把和安装服务费")
    await world.say("大概1280元")
    assert "不能是大约数" in world.last()
    await world.say("1280元")
    await world.say("开好后请发到 lan.wei@example.com，谢谢")
    await world.tap("手上没有，以后补")
    await world.tap("没错，提交")
    assert "工单号 #1001" in world.last()

    (topic,) = world.topics()
    card = next(text for text in world.texts(DESK, topic) if "已知信息" in text)
    for fact in (
        "云海（北京）人工智能科技有限公司",
        "地址：某市某路 1 号",
        "办公椅 4 把和安装服务费",
        "1280.00",
        "lan.wei@example.com",
        "– 税号",
        "专票还是普票 → 专用发票",
        "依据 → 手上没有，以后补",
    ):
        assert fact in card


async def test_a_review_is_looked_up_and_the_reviewers_words_go_along(serving: World) -> None:
    await review(serving, "rejected")
    await begin(serving, "review-process")
    await serving.say(NUMBER)
    assert "请看驳回意见" in serving.last()
    await serving.tap("没写原因，或看不懂")
    await serving.say("财务说附件里的合同和金额对不上，请核对以后再交一次")
    await serving.tap("🙋 转人工")

    (topic,) = serving.topics()
    card = next(text for text in serving.texts(DESK, topic) if "已知信息" in text)
    for fact in (NUMBER, "内部审核", "已驳回", "财务说附件里的合同和金额对不上，请核对以后再交一次"):
        assert fact in card


async def review(world: World, state: str) -> None:
    """The platform reports a change of our own review."""
    event = {
        "event_id": "evt-review",
        "event_type": "invoice.status_changed",
        "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        "invoice": {"digital_no": NUMBER},
        "change": {"axis": "review", "to": state},
    }
    body, stamp = json.dumps(event).encode(), str(int(time.time()))
    headers = {"X-Timestamp": stamp, "X-Signature": "sha256=" + sign(SECRET, stamp, body)}
    async with aiohttp.ClientSession() as session:
        url = f"{world.bot.http_url}/api/v1/hooks/platform"
        assert (await session.post(url, data=body, headers=headers)).status < 300
