from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from telegram.error import BadRequest, Forbidden

from bot.playground import BotApi
from tests.bot.playground.conftest import AGENT, DESK, REQUESTER


async def test_html_becomes_entities(bot: Bot) -> None:
    message = await bot.send_message(REQUESTER, "<b>已受理</b> <code>24…3017</code>", parse_mode="HTML")
    assert message.text == "已受理 24…3017"
    assert message.parse_entities() == {message.entities[0]: "已受理", message.entities[1]: "24…3017"}


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"chat_id": REQUESTER, "text": " \n "}, "text must be non-empty"),
        ({"chat_id": REQUESTER, "text": "a" * 4097}, "message is too long"),
        ({"chat_id": REQUESTER, "text": "😀" * 2049}, "message is too long"),
        ({"chat_id": REQUESTER, "text": "<b>a", "parse_mode": "HTML"}, "can't parse entities"),
        ({"chat_id": REQUESTER, "text": "*a*", "parse_mode": "MarkdownV2"}, "parse_mode MarkdownV2 isn't part"),
        ({"chat_id": REQUESTER, "text": "*a*", "parse_mode": "Wiki"}, "unsupported parse_mode"),
        ({"chat_id": 999, "text": "a"}, "chat not found"),
        ({"chat_id": "@nobody", "text": "a"}, "chat not found"),
        ({"chat_id": DESK, "text": "a", "message_thread_id": 1}, "message thread not found"),
        ({"chat_id": DESK, "text": "a", "message_thread_id": 99}, "message thread not found"),
        ({"chat_id": REQUESTER, "text": "a", "message_thread_id": 5}, "message thread not found"),
        (
            {"chat_id": REQUESTER, "text": "a", "reply_parameters": {"message_id": 99}},
            "message to be replied not found",
        ),
        (
            {"chat_id": REQUESTER, "text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
            "can't parse inline",
        ),
        ({"chat_id": REQUESTER, "text": "a", "reply_markup": {"keyboard": [[" "]]}}, "keyboard button text must"),
    ],
)
async def test_refused(api: BotApi, params: dict[str, Any], problem: str) -> None:
    response = await api.call("sendMessage", params)
    assert response["description"].startswith(f"Bad Request: {problem}")
    assert api.messages(REQUESTER) == []


@pytest.mark.parametrize("text", ["a" * 4096, "😀" * 2048, "<b>" + "a" * 4096 + "</b>"])
async def test_the_longest_text(bot: Bot, text: str) -> None:
    assert (await bot.send_message(REQUESTER, text, parse_mode="HTML")).text


async def test_unknown_method_and_wrong_token(api: BotApi, url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        unknown = await http.post(f"/bot{api.token}/sendTelepathy")
        stranger = await http.get("/bot1:wrong/getMe")
    assert (unknown.status_code, unknown.json()["description"]) == (404, "Not Found: method not found")
    assert stranger.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert [call.method for call in api.malformed] == ["sendTelepathy"]


async def test_carriage_returns_leave_formatting_alone(api: BotApi) -> None:
    params = {"chat_id": REQUESTER, "text": "a\r\n<b>b</b>", "parse_mode": "HTML"}
    result = (await api.call("sendMessage", params))["result"]
    assert (result["text"], result["entities"]) == ("a\nb", [{"type": "bold", "offset": 2, "length": 1}])


@pytest.mark.parametrize("way", ["query", "form", "json", "multipart"])
async def test_every_way_to_pass_parameters(api: BotApi, url: str, way: str) -> None:
    params = {"chat_id": str(REQUESTER), "text": "发票"}
    ways: dict[str, dict[str, Any]] = {
        "query": {"params": params},
        "form": {"data": params},
        "json": {"json": {"chat_id": REQUESTER, "text": "发票"}},
        "multipart": {"files": {key: (None, value) for key, value in params.items()}},
    }
    async with httpx.AsyncClient(base_url=url) as http:
        response = await http.post(f"/bot{api.token}/sendmessage", **ways[way])
    assert response.json()["result"]["text"] == "发票"


@pytest.mark.parametrize("body", [b"[]", b"{", b"null", b"\xff"])
async def test_a_body_that_is_no_json_object(api: BotApi, url: str, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        headers = {"Content-Type": "application/json"}
        response = await http.post(f"/bot{api.token}/getMe", content=body, headers=headers)
    assert (response.status_code, response.json()["description"]) == (400, "Bad Request: can't parse JSON object")


async def test_blocked_and_unknown_people(api: BotApi, bot: Bot) -> None:
    api.block(REQUESTER)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(REQUESTER, "a")
    api.block(REQUESTER, blocked=False)
    await bot.send_message(REQUESTER, "a")
    api.add_person(50, "Stranger")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(50, "a")
    api.join(50, DESK)
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(50, "a")


async def test_out_of_the_group(api: BotApi, bot: Bot) -> None:
    api.set_bot_status(AGENT, DESK, "kicked")
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(DESK, "a")


async def test_group_becomes_supergroup(api: BotApi, bot: Bot) -> None:
    api.add_group(-500, "Small", members=[AGENT])
    new_id = api.migrate(-500)
    response = await api.call("sendMessage", {"chat_id": -500, "text": "a"})
    assert response["parameters"] == {"migrate_to_chat_id": new_id}
    updates = [update.message for update in await bot.get_updates() if update.message]
    assert [(one.migrate_to_chat_id, one.migrate_from_chat_id) for one in updates] == [(new_id, None), (None, -500)]
    assert (await bot.send_message(new_id, "moved")).chat.id == new_id


async def test_reply_and_quote(api: BotApi, bot: Bot) -> None:
    asked = api.say(REQUESTER, "发票查不到怎么办")
    reply = ReplyParameters(asked["message_id"], quote="查不到")
    message = await bot.send_message(REQUESTER, "看这里", reply_parameters=reply)
    assert message.reply_to_message is not None
    assert message.reply_to_message.text == "发票查不到怎么办"
    assert message.quote is not None
    assert (message.quote.text, message.quote.position) == ("查不到", 2)


async def test_reply_to_what_is_gone(bot: Bot) -> None:
    reply = ReplyParameters(99, allow_sending_without_reply=True)
    assert (await bot.send_message(REQUESTER, "a", reply_parameters=reply)).reply_to_message is None


async def test_keyboards(api: BotApi, bot: Bot) -> None:
    inline = InlineKeyboardMarkup([[InlineKeyboardButton("ok", callback_data="x")], []])
    message = await bot.send_message(REQUESTER, "a", reply_markup=inline)
    assert message.reply_markup is not None
    assert len(message.reply_markup.inline_keyboard) == 1
    keyboard = await bot.send_message(REQUESTER, "b", reply_markup=ReplyKeyboardMarkup([["菜单"]]))
    assert keyboard.reply_markup is None
    assert api.messages(REQUESTER)[-1]["reply_markup"]["keyboard"] == [[{"text": "菜单"}]]


async def test_copy_and_forward(api: BotApi, bot: Bot) -> None:
    original = api.say(REQUESTER, "查不到 <b>发票")
    copy = await bot.copy_message(AGENT, REQUESTER, original["message_id"])
    assert api.messages(AGENT)[-1]["text"] == "查不到 <b>发票"
    assert api.messages(AGENT)[-1]["message_id"] == copy.message_id
    assert "forward_origin" not in api.messages(AGENT)[-1]
    forwarded = await bot.forward_message(AGENT, REQUESTER, original["message_id"])
    assert forwarded.forward_origin is not None
    assert forwarded.forward_origin.type == "user"
    with pytest.raises(BadRequest, match="Message to copy not found"):
        await bot.copy_message(AGENT, REQUESTER, 99)
    with pytest.raises(BadRequest, match="Message to forward not found"):
        await bot.forward_message(AGENT, REQUESTER, 99)


async def test_copy_many_keeps_the_album(api: BotApi, bot: Bot) -> None:
    first = await bot.send_media_group(REQUESTER, media=album())
    ids = [message.message_id for message in first]
    await bot.copy_messages(AGENT, REQUESTER, [*ids, 999])
    copies = api.messages(AGENT)
    assert [copy["document"]["file_name"] for copy in copies] == ["0.txt", "1.txt"]
    groups = {copy["media_group_id"] for copy in copies}
    assert len(groups) == 1
    assert groups != {first[0].media_group_id}
    with pytest.raises(BadRequest, match="strictly increasing order"):
        await bot.copy_messages(AGENT, REQUESTER, ids[::-1])
    with pytest.raises(BadRequest, match="can't be forwarded"):
        await bot.forward_messages(AGENT, REQUESTER, [900, 901])


def album() -> list[Any]:
    return [InputMediaDocument(b"text %d" % number, filename=f"{number}.txt") for number in range(2)]


async def test_typing_is_seen(api: BotApi, bot: Bot) -> None:
    assert await bot.send_chat_action(REQUESTER, "typing")
    with pytest.raises(BadRequest, match="Wrong parameter action in request"):
        await bot.send_chat_action(REQUESTER, "sleeping")


async def test_calls_are_remembered_as_they_were(api: BotApi, bot: Bot) -> None:
    message = await bot.send_message(REQUESTER, "first")
    await bot.edit_message_text("second", REQUESTER, message.message_id)
    with pytest.raises(BadRequest):
        await bot.send_message(999, "lost")
    assert [call.method for call in api.calls] == ["getMe", "sendMessage", "editMessageText", "sendMessage"]
    assert [call.result["text"] for call in api.sent("sendMessage", REQUESTER)] == ["first"]
    assert api.calls[-1].error == "Bad Request: chat not found"
    assert api.malformed == []
