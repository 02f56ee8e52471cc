"""Telegram's webhook and the server itself: what is confirmed is committed, and nothing bad changes anything."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.config import ConfigError
from bot.inbox import Inbox
from bot.web import WEBHOOK_LIMIT, WEBHOOK_PATH, Server, webhook_route
from storage.database import Database
from storage.unit_of_work import Storage
from tests.storage.conftest import NOW, migrated_file, sqlite

__all__ = ["migrated_file", "sqlite"]  # fixtures

SECRET = "a-webhook-secret-for-tests"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
UPDATE = {"update_id": 7, "message": {"message_id": 1, "chat": {"id": 42}, "text": "发票查不到"}}


class Hook:
    """The route on a real server over a real database; `handled` are the updates that came through."""

    def __init__(self, database: Database) -> None:
        self.handled: list[Mapping[str, Any]] = []
        self.storage = Storage(database)
        self.inbox = Inbox(self.storage, 1, self._handle, lambda: NOW)
        self.server = Server(Starlette(routes=[webhook_route(self.inbox, SECRET)]), "127.0.0.1:0")

    async def _handle(self, update: Mapping[str, Any]) -> None:
        self.handled.append(update)

    async def post(self, body: bytes, headers: Mapping[str, str] = HEADERS) -> int:
        return await self.stream(io.BytesIO(body), headers)

    async def stream(self, body: io.BytesIO | AsyncIterator[bytes], headers: Mapping[str, str] = HEADERS) -> int:
        async with aiohttp.ClientSession() as session:
            response = await session.post(self.server.url + WEBHOOK_PATH, data=body, headers=headers)
            await self.inbox.settle()
            return response.status

    async def stored(self) -> int:
        async with self.storage.read() as work:
            return sum((await work.inbox.counts()).values())


@pytest.fixture
async def hook(sqlite: Database) -> AsyncIterator[Hook]:
    made = Hook(sqlite)
    running = asyncio.create_task(made.server.run())
    yield made
    made.server.stop()
    await running


async def test_an_update_is_confirmed_when_it_is_stored(hook: Hook) -> None:
    assert await hook.post(json.dumps(UPDATE).encode()) == 200
    assert hook.handled == [UPDATE]
    assert await hook.stored() == 1


async def test_the_same_update_again_is_confirmed_and_not_handled(hook: Hook) -> None:
    for _ in range(2):
        assert await hook.post(json.dumps(UPDATE).encode()) == 200
    assert hook.handled == [UPDATE]


@pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "another"}, {"Authorization": SECRET}])
async def test_without_the_secret_nothing_is_read(hook: Hook, headers: Mapping[str, str]) -> None:
    assert await hook.post(json.dumps(UPDATE).encode(), headers) == 403
    assert await hook.post(b" " * (WEBHOOK_LIMIT + 1), headers) == 403
    assert await hook.stored() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"{",
        b"\xff\xfe{}",
        b"[]",
        b"null",
        b'"update"',
        b"{}",
        b'{"update_id": "7"}',
        b'{"update_id": null}',
        b'{"update_id": 7.5}',
        b'{"update_id": true}',
        b'{"update_id": 100000000000000000000000000}',
        b'{"update_id": ' + b"9" * 5000 + b"}",
        b'{"update_id": 7, "message": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    ],
)
async def test_what_is_no_update_is_refused(hook: Hook, body: bytes) -> None:
    assert await hook.post(body) == 400
    assert await hook.stored() == 0


async def test_too_large(hook: Hook) -> None:
    assert await hook.post(b" " * (WEBHOOK_LIMIT + 1)) == 413


async def test_too_large_without_a_length(hook: Hook) -> None:
    """Chunked: the size is known only as it comes."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(WEBHOOK_LIMIT // 65536 + 1):
            yield b" " * 65536

    assert await hook.stream(chunks()) == 413
    assert await hook.stored() == 0


async def test_only_by_post(hook: Hook) -> None:
    async with aiohttp.ClientSession() as session:
        assert (await session.get(hook.server.url + WEBHOOK_PATH, headers=HEADERS)).status == 405


async def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(
            ConfigError, match=f"INVOICE_BOT_HTTP_LISTEN: {listen} cannot be used: Address already in use"
        ):
            Server(Starlette(), listen)


async def test_a_host_that_is_not_ours_is_named() -> None:
    with pytest.raises(ConfigError, match=r"HTTP_LISTEN: 192\.0\.2\.1:0 cannot be used"):
        Server(Starlette(), "192.0.2.1:0")


async def test_ipv6() -> None:
    server = Server(Starlette(routes=[Route("/", lambda _request: Response())]), "[::1]:0")
    running = asyncio.create_task(server.run())
    async with aiohttp.ClientSession() as session:
        assert (await session.get(server.url)).status == 200
    server.stop()
    await running


async def test_stopping_does_not_wait_for_a_client_that_never_ends() -> None:
    begun = asyncio.Event()

    async def slow(request: Request) -> Response:
        begun.set()
        await request.body()
        return Response()

    server = Server(Starlette(routes=[Route("/", slow, methods=["POST"])]), "127.0.0.1:0")
    running = asyncio.create_task(server.run())
    host, port = server.url.removeprefix("http://").split(":")
    _reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 100\r\n\r\nhalf")
    await begun.wait()
    server.stop()
    async with asyncio.timeout(3):
        await running
    writer.close()


async def test_the_whole_bot_by_webhook(make_world: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    async with make_world(
        mode="webhook", webhook_url=f"http://{listen}{WEBHOOK_PATH}", webhook_secret=SECRET, http_listen=listen
    ) as world:
        await world.say("/start")
        assert "票答" in "".join(world.texts())
        async with aiohttp.ClientSession() as session:
            health = await (await session.get(f"{world.bot.http_url}/healthz")).json()
    assert health["inbox"] == {"done": 1}
    assert health["outbox"]["sent"] >= 1
    assert health["timers_late_seconds"] == 0
