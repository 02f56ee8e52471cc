import asyncio
import signal
import sys
from pathlib import Path

import httpx

from bot.playground import BotApi
from tests.bot.playground.conftest import AGENT, DESK, REQUESTER, fill


def snapshot(api: BotApi) -> object:
    return (
        [person.to_json() for person in api.state.people.values()],
        [chat.to_json() for chat in api.state.chats.values()],
        {chat_id: api.messages(chat_id) for chat_id in api.state.chats},
        [file.to_json() for file in api.state.files.values()],
        [pending.to_json() for pending in api.updates.alive()],
        api.state.settings.to_json(),
    )


async def filled(path: Path) -> BotApi:
    api = BotApi(store=path)
    fill(api)
    asked = api.say(REQUESTER, "查不到 /fix")
    api.upload(REQUESTER, "a.txt", b"content", "text/plain", reply_to=asked["message_id"])
    topic = api.create_topic(AGENT, DESK, "#1042")
    api.say(AGENT, "note", chat_id=DESK, thread_id=topic.message_thread_id)
    markup = {"inline_keyboard": [[{"text": "ok", "callback_data": "x"}]]}
    await api.call("sendMessage", {"chat_id": REQUESTER, "text": "?", "reply_markup": markup})
    await api.call("setMyCommands", {"commands": [{"command": "fix", "description": "Fix"}]})
    await api.call("pinChatMessage", {"chat_id": DESK, "message_id": topic.message_thread_id})
    api.react(REQUESTER, REQUESTER, asked["message_id"], "👍")
    return api


async def test_everything_is_there_again(tmp_path: Path) -> None:
    api = await filled(tmp_path / "world.db")
    before = snapshot(api)
    api.close()
    again = BotApi(store=tmp_path / "world.db")
    assert snapshot(again) == before
    assert [again.state.bytes_of(file_id) for file_id in again.state.files] == [b"content"]
    again.close()


async def test_goes_on_where_it_was(tmp_path: Path) -> None:
    api = await filled(tmp_path / "world.db")
    last = max(pending.update_id for pending in api.updates.alive())
    message = next(one for one in api.messages(REQUESTER) if "reply_markup" in one)
    query_id = api.press(REQUESTER, REQUESTER, message["message_id"], "x")
    api.close()

    again = BotApi(store=tmp_path / "world.db")
    assert await again.call("answerCallbackQuery", {"callback_query_id": query_id}) == {"ok": True, "result": True}
    await again.call("getUpdates", {"offset": last + 2})
    assert again.say(REQUESTER, "next")["message_id"] > message["message_id"]
    assert [pending.update_id for pending in again.updates.alive()] == [last + 2]
    again.close()


async def test_what_is_answered_survives_sigkill(tmp_path: Path) -> None:
    store = tmp_path / "world.db"
    arguments = ["-m", "bot.playground.server", "--port", "0", "--people", "3", "--store", str(store)]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    url, token = (await process.stdout.readline()).decode().split()
    async with httpx.AsyncClient() as http:
        for number in range(20):
            response = await http.post(f"{url}/bot{token}/sendMessage", json={"chat_id": 1, "text": str(number)})
            assert response.status_code == 200
    process.send_signal(signal.SIGKILL)
    await process.wait()
    api = BotApi(store=store)
    assert [message["text"] for message in api.messages(1)] == [str(number) for number in range(20)]
    api.close()
