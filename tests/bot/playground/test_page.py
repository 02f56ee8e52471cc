import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.playground import BotApi
from tests.bot.playground.conftest import AGENT, DESK, REQUESTER
from tests.bot.playground.test_media import png


@pytest.fixture
async def page(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url) as client:
        yield client


async def post(page: httpx.AsyncClient, path: str, **body: Any) -> Any:
    response = await page.post(f"/playground/{path}", json=body)
    assert response.status_code == 200, response.text
    return response.json()


async def test_the_page_itself(page: httpx.AsyncClient) -> None:
    index = await page.get("/")
    assert (index.status_code, index.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert index.headers["x-content-type-options"] == "nosniff"
    assert (await page.get("/static/app.js")).headers["content-type"].startswith("text/javascript")
    assert (await page.get("/static/../page.py")).status_code == 404


async def test_state(api: BotApi, page: httpx.AsyncClient) -> None:
    api.set_notes(desk_chat_id=DESK, requester_id=REQUESTER, agent_ids=[AGENT])
    await api.call("setMyCommands", {"commands": [{"command": "fix", "description": "Fix"}], "language_code": "zh"})
    topic = api.create_topic(AGENT, DESK, "#1042")
    state = (await page.get("/playground/state")).json()
    assert state["bot"]["id"] == api.bot["id"]
    assert [(one["id"], one["role"]) for one in state["people"]] == [(REQUESTER, "requester"), (AGENT, "agent")]
    desk = next(chat for chat in state["chats"] if chat["id"] == DESK)
    assert (desk["type"], desk["is_forum"], desk["members"]) == ("supergroup", True, [AGENT])
    assert [(one["message_thread_id"], one["name"], one["closed"]) for one in desk["topics"]] == [
        (topic.message_thread_id, "#1042", False)
    ]
    assert state["commands"] == {"default|zh": [{"command": "fix", "description": "Fix"}]}
    assert (state["platform"], state["notes"]["desk_chat_id"]) == (None, DESK)


async def test_topic_icons_are_shown_as_emoji(api: BotApi, page: httpx.AsyncClient) -> None:
    icons = await api.call("getForumTopicIconStickers", {})
    icon = icons["result"][0]
    await api.call("createForumTopic", {"chat_id": DESK, "name": "T", "icon_custom_emoji_id": icon["custom_emoji_id"]})
    state = (await page.get("/playground/state")).json()
    desk = next(chat for chat in state["chats"] if chat["id"] == DESK)
    assert desk["topics"][0]["icon_emoji"] == icon["emoji"]


async def test_a_chat_through_the_page(api: BotApi, page: httpx.AsyncClient) -> None:
    asked = await post(page, "send", user_id=REQUESTER, chat_id=REQUESTER, text="查不到")
    markup = {"inline_keyboard": [[{"text": "ok", "callback_data": "x"}]]}
    await api.call("sendMessage", {"chat_id": REQUESTER, "text": "?", "reply_markup": markup})
    place = {"user_id": REQUESTER, "chat_id": REQUESTER}
    reply = await post(page, "send", **place, text="b", reply_to_message_id=asked["message_id"])
    assert reply["reply_to_message"]["text"] == "查不到"
    query = await post(page, "press", **place, message_id=asked["message_id"] + 1, data="x")
    await api.call("answerCallbackQuery", {"callback_query_id": query["callback_query_id"], "text": "好"})
    await post(page, "edit", **place, message_id=asked["message_id"], text="查不到了")
    await post(page, "react", **place, message_id=asked["message_id"], emoji="👍")
    await post(page, "delete", **place, message_id=reply["message_id"])
    await post(page, "person", id=REQUESTER, blocked=True)
    shown = (await page.get("/playground/messages", params={"chat_id": REQUESTER, "limit": 10})).json()
    assert [(one["text"], one["edited"], one["reactions"]) for one in shown] == [
        ("查不到了", True, [{"emoji": "👍", "user_id": REQUESTER}]),
        ("?", False, []),
    ]
    assert api.state.people[REQUESTER].blocked


async def test_an_inline_query_through_the_page(api: BotApi, page: httpx.AsyncClient) -> None:
    query = await post(page, "inline", user_id=AGENT, text="3017")
    content = {"message_text": "<b>…3017</b>", "parse_mode": "HTML"}
    result = {"type": "article", "id": "1", "title": "…3017", "input_message_content": content}
    await api.call("answerInlineQuery", {"inline_query_id": query["inline_query_id"], "results": [result]})
    sent = await post(page, "pick", **query, result_id="1", chat_id=DESK)
    assert (sent["chat"]["id"], sent["text"], sent["via_bot"]["id"]) == (DESK, "…3017", api.bot["id"])
    refused = await page.post("/playground/pick", json=query | {"result_id": "2"})
    assert (refused.status_code, refused.json()) == (400, {"error": "there is no inline result '2'"})


async def test_topics_through_the_page(api: BotApi, page: httpx.AsyncClient) -> None:
    topic = await post(page, "topic", user_id=AGENT, chat_id=DESK, name="T")
    place = {"user_id": AGENT, "chat_id": DESK, "message_thread_id": topic["message_thread_id"]}
    sent = await post(page, "send", **place, text="note")
    assert (sent["is_topic_message"], "reply_to_message" in sent) == (True, False)
    await post(page, "topic_state", **place, closed=True)
    assert api.state.chats[DESK].topics[topic["message_thread_id"]].closed
    await post(page, "topic_state", **place, deleted=True)
    assert api.messages(DESK) == []


async def test_upload_and_file(page: httpx.AsyncClient) -> None:
    fields = {"user_id": str(REQUESTER), "chat_id": str(REQUESTER), "caption": "两张"}
    pictures = [("file", (f"{number}.png", png(), "image/png")) for number in (1, 2)]
    sent = (await page.post("/playground/upload", data=fields, files=pictures)).json()
    assert sent[0]["media_group_id"] == sent[1]["media_group_id"]
    picture = await page.get(f"/playground/file/{sent[0]['photo'][0]['file_id']}")
    assert (picture.content, picture.headers["content-type"]) == (png(), "image/png")
    page_file = [("file", ("x.html", b"<script>", "text/html"))]
    sent = (await page.post("/playground/upload", data=fields, files=page_file)).json()
    served = await page.get(f"/playground/file/{sent[0]['document']['file_id']}")
    assert served.headers["content-type"] == "application/octet-stream"
    assert served.headers["content-disposition"] == "attachment"
    assert served.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("send", {"user_id": 1, "chat_id": 1, "text": "a"}, "there is no chat 1"),
        ("send", {"user_id": 1, "text": "a"}, "there is no chat 1"),
        ("send", {"user_id": "x", "text": "a"}, "user_id must be a number"),
        ("send", {"user_id": REQUESTER, "text": " "}, "a message needs text"),
        ("press", {"user_id": REQUESTER, "chat_id": REQUESTER, "message_id": 9, "data": "x"}, "there is no message 9"),
        ("react", {"user_id": REQUESTER, "chat_id": REQUESTER, "emoji": "x"}, "message_id must be a number"),
        ("topic", {"user_id": REQUESTER, "chat_id": REQUESTER, "name": "T"}, "the chat is not a forum"),
    ],
)
async def test_mistakes_get_a_sentence(page: httpx.AsyncClient, path: str, body: dict[str, Any], sentence: str) -> None:
    response = await page.post(f"/playground/{path}", json=body)
    assert response.status_code == 400
    assert response.json()["error"].startswith(sentence)


async def test_bodies_that_are_no_json_object(page: httpx.AsyncClient) -> None:
    for content, kind in ((b"[]", "application/json"), (b"{", "application/json"), (b"a=1", "text/plain")):
        response = await page.post("/playground/send", content=content, headers={"Content-Type": kind})
        assert response.status_code == 400


async def events(page: httpx.AsyncClient, count: int, last: str = "") -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    number = ""
    headers = {"Last-Event-ID": last} if last else {}
    async with page.stream("GET", "/playground/events", headers=headers) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        async for line in response.aiter_lines():
            if line.startswith("id: "):
                number = line.removeprefix("id: ")
            if line.startswith("data: "):
                found.append((number, json.loads(line.removeprefix("data: "))))
            if len(found) == count:
                break
    return found


async def test_events(api: BotApi, page: httpx.AsyncClient) -> None:
    before = api.changes.last_number
    api.say(REQUESTER, "a")
    await api.call("sendChatAction", {"chat_id": REQUESTER, "action": "typing"})
    seen = await asyncio.wait_for(events(page, 2, str(before)), 5)
    assert [(event["type"], event["chat_id"]) for _, event in seen] == [("message", REQUESTER), ("typing", REQUESTER)]
    assert seen[0][1]["message"]["text"] == "a"
    later = await asyncio.wait_for(events(page, 1, seen[0][0]), 5)
    assert later[0][1]["type"] == "typing"


async def test_events_of_another_server_mean_reset(page: httpx.AsyncClient) -> None:
    seen = await asyncio.wait_for(events(page, 1, "12"), 5)
    assert seen[0][1]["type"] == "reset"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8080"}, 200),
        ({"Host": "[::1]:8080"}, 200),
        ({"Host": "rebound.example"}, 403),
        ({"Host": "127.0.0.1.rebound.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_only_for_this_machine(page: httpx.AsyncClient, headers: dict[str, str], status: int) -> None:
    assert (await page.get("/playground/state", headers=headers)).status_code == status


async def test_other_sites_do_not_play_the_bot(api: BotApi, page: httpx.AsyncClient) -> None:
    response = await page.post(f"/bot{api.token}/getMe", headers={"Origin": "http://evil.example"})
    assert response.status_code == 403


async def test_the_page_says_its_own_origin(page: httpx.AsyncClient) -> None:
    headers = {"Origin": str(page.base_url).rstrip("/")}
    body = {"user_id": REQUESTER, "chat_id": REQUESTER, "text": "a"}
    assert (await page.post("/playground/send", json=body, headers=headers)).status_code == 200
