import asyncio
import time

import pytest
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.playground import BotApi
from bot.playground.limits import RateLimits
from tests.bot.playground.conftest import AGENT, DESK, REQUESTER, Clock, client


async def test_only_what_is_scripted_fails(api: BotApi, bot: Bot) -> None:
    api.fail("sendMessage", REQUESTER, error=429, retry_after=7)
    await bot.send_message(AGENT, "other chat")
    await bot.send_chat_action(REQUESTER, "typing")
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(REQUESTER, "a")
    assert caught.value._retry_after.total_seconds() == 7
    await bot.send_message(REQUESTER, "a")
    assert [message["text"] for message in api.messages(REQUESTER)] == ["a"]


async def test_times(api: BotApi, bot: Bot) -> None:
    api.fail(error=500, times=2)
    for _ in range(2):
        with pytest.raises(TelegramError, match="Internal Server Error"):
            await bot.send_message(REQUESTER, "a")
    await bot.send_message(REQUESTER, "a")
    api.fail(error="blocked", times=None)
    for _ in range(3):
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(REQUESTER, "a")
    api.faults.clear()
    await bot.send_message(REQUESTER, "a")


async def test_named_faults(api: BotApi, bot: Bot) -> None:
    api.fail(error="topic_deleted")
    with pytest.raises(BadRequest, match="Topic_deleted"):
        await bot.send_message(DESK, "a")
    api.fail(error="migrated", migrate_to=-1_000_000_000_001)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(DESK, "a")
    assert caught.value.new_chat_id == -1_000_000_000_001
    api.fail(error=400, description="Bad Request: CHAT_RESTRICTED")
    with pytest.raises(BadRequest, match="Chat_restricted"):
        await bot.send_message(DESK, "a")
    with pytest.raises(ValueError, match="unknown fault"):
        api.fail(error="gremlins")


async def test_lost_answers(api: BotApi, url: str) -> None:
    async with client(api, url, read_timeout=0.2) as bot:
        api.fail("sendMessage", error="timeout")
        with pytest.raises(TimedOut):
            await bot.send_message(REQUESTER, "arrives")
        api.fail("sendMessage", error="unreachable")
        with pytest.raises(TimedOut):
            await bot.send_message(REQUESTER, "never does")
    assert [message["text"] for message in api.messages(REQUESTER)] == ["arrives"]


async def test_connections_cut_off(api: BotApi, bot: Bot) -> None:
    api.fail("sendMessage", error="reset")
    with pytest.raises(NetworkError):
        await bot.send_message(REQUESTER, "arrives")
    api.fail("sendMessage", error="refused")
    with pytest.raises(NetworkError):
        await bot.send_message(REQUESTER, "never does")
    assert [message["text"] for message in api.messages(REQUESTER)] == ["arrives"]


async def test_delay(api: BotApi, bot: Bot) -> None:
    api.delay = 0.05
    started = time.monotonic()
    await asyncio.gather(*(bot.send_message(REQUESTER, str(number)) for number in range(5)))
    assert 0.05 <= time.monotonic() - started < 0.25


async def test_rate_limits(api: BotApi, bot: Bot, clock: Clock) -> None:
    api.rate_limits = RateLimits(clock)
    for number in range(5):
        await bot.send_message(REQUESTER, str(number))
    with pytest.raises(RetryAfter):
        await bot.send_message(REQUESTER, "too soon")
    await bot.send_chat_action(REQUESTER, "typing")
    clock.seconds += 1
    await bot.send_message(REQUESTER, "in time")
    assert api.rate_limits.refused == 1


async def test_edits_and_topics_share_a_groups_budget(api: BotApi, bot: Bot, clock: Clock) -> None:
    api.rate_limits = RateLimits(clock)
    message = await bot.send_message(DESK, "0")
    for number in range(1, 20):
        await bot.edit_message_text(str(number), DESK, message.message_id)
    with pytest.raises(RetryAfter):
        await bot.create_forum_topic(DESK, "T")
    assert api.calls[-1].response["parameters"] == {"retry_after": 3}
