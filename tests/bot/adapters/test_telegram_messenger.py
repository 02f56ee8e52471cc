"""The messenger over real HTTP: what is sent, and what each of Telegram's answers means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot

from bot.adapters.aiohttp_request import AiohttpRequest
from bot.adapters.telegram_messenger import TelegramMessenger
from bot.playground.bot_api import BotApi
from bot.playground.server import serve
from handlers.errors import (
    ChatMoved,
    DeliveryError,
    MessageLost,
    NotSent,
    OutcomeUnknown,
    Refused,
    TopicLost,
    TryLater,
    Unreachable,
)
from handlers.messenger import Rendered
from storage.messages import File

ANNA, BO, DESK, AGENT = 42, 43, -1_000_000_000_777, 7
HELLO = Rendered("您好，<b>票答</b>")


@pytest.fixture
def api() -> BotApi:
    made = BotApi()
    for user_id, name in ((ANNA, "安娜"), (BO, "阿博"), (AGENT, "客服甲")):
        made.add_person(user_id, name, started=True)
    made.add_group(DESK, "客服台", is_forum=True, members=[AGENT], admins=[AGENT])
    return made


@pytest.fixture
async def messenger(api: BotApi) -> AsyncIterator[TelegramMessenger]:
    async with serve(api) as url:
        bot = Bot(api.token, f"{url}/bot", f"{url}/file/bot", request=AiohttpRequest(4))
        await bot.initialize()
        yield TelegramMessenger(bot)
        await bot.shutdown()


def last(api: BotApi, method: str) -> dict[str, Any]:
    """The parameters of the last call of this method."""
    return dict(api.sent(method)[-1].params)


async def test_a_message_with_every_kind_of_button(api: BotApi, messenger: TelegramMessenger) -> None:
    rows = (
        (("查看", "data", "i:show:1"), ("复制", "copies", "26110000482913073017")),
        (("网站", "url", "https://inv-veri.chinatax.gov.cn/"),),
    )
    message_id = await messenger.send(ANNA, Rendered("<b>票</b> &amp; 据", rows, silent=True), thread_id=None)
    message = api.messages(ANNA)[-1]
    assert (message["message_id"], message["text"]) == (message_id, "票 & 据")
    assert message["entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    assert message["reply_markup"]["inline_keyboard"] == [
        [
            {"text": "查看", "callback_data": "i:show:1"},
            {"text": "复制", "copy_text": {"text": "26110000482913073017"}},
        ],
        [{"text": "网站", "url": "https://inv-veri.chinatax.gov.cn/"}],
    ]
    assert last(api, "sendMessage")["disable_notification"] is True
    assert last(api, "sendMessage")["link_preview_options"] == {"is_disabled": True}


async def test_an_answer_quotes_its_message_and_goes_without_it_if_it_is_gone(
    api: BotApi, messenger: TelegramMessenger
) -> None:
    first = await messenger.send(ANNA, HELLO, thread_id=None)
    await messenger.send(ANNA, Rendered("答复", reply_to=first), thread_id=None)
    assert api.messages(ANNA)[-1]["reply_to_message"]["message_id"] == first
    await messenger.send(ANNA, Rendered("答复", reply_to=9999), thread_id=None)
    assert "reply_to_message" not in api.messages(ANNA)[-1]


async def test_into_a_topic(api: BotApi, messenger: TelegramMessenger) -> None:
    topic_id = await messenger.create_topic(DESK, "#1042 查无此票")
    message_id = await messenger.send(DESK, HELLO, thread_id=topic_id)
    copied = await messenger.copy(
        DESK, ANNA, await messenger.send(ANNA, HELLO, thread_id=None), thread_id=topic_id, reply_to=message_id
    )
    in_topic = [m["message_id"] for m in api.messages(DESK, topic_id) if "text" in m]
    assert in_topic == [message_id, copied]
    await messenger.pin(DESK, message_id)
    assert last(api, "pinChatMessage")["disable_notification"] is True
    await messenger.close_topic(DESK, topic_id, "✅ #1042")
    topic = api.state.chats[DESK].topics[topic_id]
    assert (topic.name, topic.closed) == ("✅ #1042", True)


async def test_what_is_done_already_counts_as_done(api: BotApi, messenger: TelegramMessenger) -> None:
    message_id = await messenger.send(ANNA, HELLO, thread_id=None)
    for _ in range(2):
        await messenger.edit(ANNA, message_id, Rendered("新的"))
        await messenger.react(ANNA, message_id, "👌")
    topic_id = await messenger.create_topic(DESK, "#1042")
    for _ in range(2):
        await messenger.close_topic(DESK, topic_id, "✅ #1042")
    assert api.messages(ANNA)[-1]["text"] == "新的"


async def test_a_message_that_is_gone(messenger: TelegramMessenger) -> None:
    with pytest.raises(MessageLost):
        await messenger.edit(ANNA, 9999, HELLO)
    with pytest.raises(MessageLost):
        await messenger.copy(ANNA, ANNA, 9999, thread_id=None, reply_to=None)


async def test_a_topic_that_is_gone(messenger: TelegramMessenger) -> None:
    with pytest.raises(TopicLost):
        await messenger.send(DESK, HELLO, thread_id=9999)


async def test_somebody_who_blocked_the_bot(api: BotApi, messenger: TelegramMessenger) -> None:
    api.block(ANNA)
    with pytest.raises(Unreachable):
        await messenger.send(ANNA, HELLO, thread_id=None)


async def test_somebody_unknown(messenger: TelegramMessenger) -> None:
    with pytest.raises(Unreachable):
        await messenger.send(404, HELLO, thread_id=None)


@pytest.mark.parametrize(
    ("failure", "meaning"),
    [
        ({"error": 429, "retry_after": 7}, TryLater),
        ({"error": 500}, NotSent),
        ({"error": 502}, NotSent),
        ({"error": 403}, Unreachable),
        ({"error": "topic_deleted"}, TopicLost),
        ({"error": "migrated", "migrate_to": -100500}, ChatMoved),
        ({"error": "timeout"}, OutcomeUnknown),
    ],
)
async def test_what_telegrams_answers_mean(
    api: BotApi,
    messenger: TelegramMessenger,
    failure: dict[str, Any],
    meaning: type[DeliveryError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.adapters.aiohttp_request.READ_SECONDS", 0.2)
    api.fail("sendMessage", **failure)
    with pytest.raises(meaning) as raised:
        await messenger.send(ANNA, HELLO, thread_id=None)
    if isinstance(raised.value, TryLater):
        assert raised.value.seconds == 7
    if isinstance(raised.value, ChatMoved):
        assert raised.value.new_chat_id == -100500
    await messenger.send(ANNA, HELLO, thread_id=None)


@pytest.mark.parametrize(
    ("html", "shown"),
    [("<b>offen", "offen"), ("<blink>x</blink> &amp; y", "x & y"), ("x" * 5000, "x" * 4096)],
)
async def test_better_plain_than_lost(api: BotApi, messenger: TelegramMessenger, html: str, shown: str) -> None:
    message_id = await messenger.send(ANNA, Rendered(html), thread_id=None)
    assert api.messages(ANNA)[-1]["text"] == shown
    await messenger.edit(ANNA, message_id, HELLO)
    await messenger.edit(ANNA, message_id, Rendered(html))
    assert api.messages(ANNA)[-1]["text"] == shown


async def test_what_telegram_will_never_take(messenger: TelegramMessenger) -> None:
    with pytest.raises(Refused):
        await messenger.send(ANNA, Rendered(""), thread_id=None)
    with pytest.raises(Refused):
        await messenger.send(ANNA, Rendered("x", ((("x", "data", "d" * 65),),)), thread_id=None)


async def test_a_token_that_was_withdrawn_is_not_repeated(api: BotApi, messenger: TelegramMessenger) -> None:
    api.fail("sendMessage", error=401)
    with pytest.raises(NotSent) as raised:
        await messenger.send(ANNA, HELLO, thread_id=None)
    assert api.token not in str(raised.value)


async def test_nobody_there(api: BotApi) -> None:
    """The request never left: it may go again without fear of a duplicate."""
    bot = Bot(api.token, "http://127.0.0.1:1/bot", request=AiohttpRequest(1), get_updates_request=AiohttpRequest(1))
    await bot._request[1].initialize()
    with pytest.raises(NotSent):
        await TelegramMessenger(bot).send(ANNA, HELLO, thread_id=None)
    await bot._request[1].shutdown()


PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.mark.parametrize(
    ("file", "kind"), [(File("总览.png", PNG, is_picture=True), "photo"), (File("被拒.csv", b"line\n1\n"), "document")]
)
async def test_a_file_with_its_caption(api: BotApi, messenger: TelegramMessenger, file: File, kind: str) -> None:
    message_id = await messenger.send_file(ANNA, HELLO, file, thread_id=None)
    message = api.messages(ANNA)[-1]
    assert (message["message_id"], message["caption"], kind in message) == (message_id, "您好，票答", True)
    assert kind == "photo" or message["document"]["file_name"] == file.name


async def test_a_caption_that_is_too_long_is_cut(api: BotApi, messenger: TelegramMessenger) -> None:
    await messenger.send_file(ANNA, Rendered("票" * 2000), File("a.csv", b"1"), thread_id=None)
    assert api.messages(ANNA)[-1]["caption"] == "票" * 1024
