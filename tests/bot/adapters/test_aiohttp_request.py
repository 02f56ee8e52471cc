"""python-telegram-bot over aiohttp: forms, files, time limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, InputFile
from telegram.error import NetworkError, TimedOut

from bot.adapters.aiohttp_request import READ_SECONDS, AiohttpRequest, NotConnectedError
from bot.playground.bot_api import BotApi
from bot.playground.server import serve

ANNA = 42


@pytest.fixture
def api() -> BotApi:
    made = BotApi()
    made.add_person(ANNA, "安娜", started=True)
    return made


@pytest.fixture
async def url(api: BotApi) -> AsyncIterator[str]:
    async with serve(api) as address:
        yield address


@pytest.fixture
async def request_() -> AsyncIterator[AiohttpRequest]:
    async with AiohttpRequest(connections=2) as opened:
        yield opened


async def test_a_call_and_its_answer(api: BotApi, url: str, request_: AiohttpRequest) -> None:
    status, body = await request_.do_request(f"{url}/bot{api.token}/getMe", "POST")
    assert status == 200
    assert b'"is_bot":true' in body


async def test_refusals_are_answers_too(api: BotApi, url: str, request_: AiohttpRequest) -> None:
    status, body = await request_.do_request(f"{url}/bot{api.token}/noSuchMethod", "POST")
    assert status == 404
    assert b"Not Found" in body


async def test_a_document_arrives_as_it_is(api: BotApi, url: str) -> None:
    content = bytes(range(256)) * 100
    async with Bot(
        api.token, f"{url}/bot", f"{url}/file/bot", request=AiohttpRequest(2), get_updates_request=AiohttpRequest(1)
    ) as bot:
        file = InputFile(content, "未导入.csv")
        sent = await bot.send_document(ANNA, file, caption="<b>3 行</b>", parse_mode="HTML")
        assert sent.document is not None
        assert sent.document.file_name == "未导入.csv"
        assert sent.caption == "3 行"
        got = await (await bot.get_file(sent.document.file_id)).download_as_bytearray()
    assert bytes(got) == content


async def test_no_answer_in_time_is_an_unknown_outcome(api: BotApi, url: str, request_: AiohttpRequest) -> None:
    api.fail("getMe", error="timeout")
    with pytest.raises(TimedOut):
        await request_.do_request(f"{url}/bot{api.token}/getMe", "POST", read_timeout=0.1)


async def test_a_connection_that_breaks_off_is_an_unknown_outcome(request_: AiohttpRequest) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TimedOut):
            await request_.do_request(f"http://127.0.0.1:{port}/", "POST")


async def test_no_connection_means_that_nothing_was_sent(request_: AiohttpRequest) -> None:
    with pytest.raises(NotConnectedError) as raised:
        await request_.do_request("http://127.0.0.1:1/bot123456:a-canary-token/getMe", "POST")
    assert isinstance(raised.value, NetworkError)
    assert "canary" not in str(raised.value)


async def test_it_must_be_opened_first() -> None:
    with pytest.raises(RuntimeError, match="initialize"):
        await AiohttpRequest(1).do_request("http://127.0.0.1:1/", "POST")


async def test_opened_and_closed_twice() -> None:
    request = AiohttpRequest(1)
    for _ in range(2):
        await request.initialize()
    for _ in range(2):
        await request.shutdown()
    assert request.read_timeout == READ_SECONDS
