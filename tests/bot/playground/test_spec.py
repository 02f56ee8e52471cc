import json
from typing import Any

import pytest

from bot.playground.errors import ApiError
from bot.playground.spec import Upload, bot_api


def refusal(method: str, **params: Any) -> str:
    with pytest.raises(ApiError) as caught:
        bot_api().check(method, params)
    assert caught.value.code == 400
    return caught.value.description.removeprefix("Bad Request: ")


def test_form_values_get_their_types() -> None:
    raw = {"chat_id": "42", "text": "12345", "disable_notification": "true", "message_thread_id": "7"}
    assert bot_api().check("sendMessage", raw) == {
        "chat_id": 42,
        "text": "12345",
        "disable_notification": True,
        "message_thread_id": 7,
    }


def test_json_values_and_json_in_forms_are_the_same() -> None:
    markup = {"inline_keyboard": [[{"text": "ok", "callback_data": "x"}]]}
    for given in (markup, json.dumps(markup)):
        params = bot_api().check("sendMessage", {"chat_id": 1, "text": "a", "reply_markup": given})
        assert params["reply_markup"] == markup


def test_a_username_stays_text() -> None:
    assert bot_api().check("getChat", {"chat_id": "@somebody"}) == {"chat_id": "@somebody"}


def test_null_is_absence() -> None:
    assert bot_api().check("sendMessage", {"chat_id": 1, "text": "a", "parse_mode": None}) == {
        "chat_id": 1,
        "text": "a",
    }


def test_a_file_where_files_belong() -> None:
    upload = Upload("a.txt", b"a", "text/plain")
    assert bot_api().check("sendDocument", {"chat_id": 1, "document": upload})["document"] is upload
    assert refusal("sendMessage", chat_id=1, text=upload) == "parameter text of sendMessage can't be a file"


def button(**fields: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "ok", **fields}]]}


@pytest.mark.parametrize(
    ("method", "params", "problem"),
    [
        ("sendMessage", {"text": "a"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": 1}, "message text is empty"),
        ("sendMessage", {"chat_id": 1, "text": ""}, "message text is empty"),
        ("sendMessage", {"chat_id": 1, "text": "a", "colour": "red"}, "unknown parameter colour"),
        ("sendMessage", {"chat_id": 1, "text": "a", "message_thread_id": "x"}, "parameter message_thread_id must be"),
        ("sendMessage", {"chat_id": 1, "text": "a", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
        ("sendMessage", {"chat_id": 1, "text": "a", "reply_markup": {"keyboards": []}}, "parameter reply_markup: "),
        (
            "sendMessage",
            {"chat_id": 1, "text": "a", "reply_markup": button(callback_data="发" * 22)},
            "BUTTON_DATA_INVALID",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "a", "reply_markup": button(callback_data=7)},
            "parameter reply_markup: field",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "a", "reply_markup": button(data="x")},
            "parameter reply_markup: field inline_keyboard of InlineKeyboardMarkup: unknown field data",
        ),
        (
            "sendMessage",
            {"chat_id": 1, "text": "a", "entities": [{"type": "bold"}]},
            "parameter entities: field offset",
        ),
        ("deleteMessage", {"chat_id": 1}, "message identifier is not specified"),
        (
            "deleteMessages",
            {"chat_id": 1, "message_ids": list(range(101))},
            "parameter message_ids must have 1-100 items",
        ),
        ("deleteMessages", {"chat_id": 1, "message_ids": ["a"]}, "parameter message_ids must be of type Integer"),
        (
            "answerCallbackQuery",
            {"callback_query_id": "1", "text": "a" * 201},
            "parameter text must have 0-200 characters",
        ),
        ("createForumTopic", {"chat_id": 1, "name": "a" * 129}, "parameter name must have 1-128 characters"),
        ("setMyCommands", {"commands": [{"command": "a"}]}, "parameter commands: field description of BotCommand"),
    ],
)
def test_refused(method: str, params: dict[str, Any], problem: str) -> None:
    assert refusal(method, **params).startswith(problem)


def test_every_method_has_readable_parameters() -> None:
    spec = bot_api()
    assert spec.method("SENDMESSAGE") == "sendMessage"
    assert spec.method("sendTelepathy") is None
    assert spec.version.startswith("Bot API 10")
