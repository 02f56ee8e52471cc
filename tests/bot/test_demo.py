"""`playground` as a process: its address, its port, its data, its end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import demo
from bot.config import PREFIX
from bot.demo import AGENTS, DEFAULT_PORT, DESK, REQUESTER
from tests.conftest import World

pytestmark = pytest.mark.kill
ROOT = Path(__file__).parents[2]


@dataclass
class Playground:
    """A started process; `url` is what it printed."""

    process: asyncio.subprocess.Process
    url: str

    async def get(self, path: str) -> Any:
        async with aiohttp.ClientSession() as session:
            return await (await session.get(self.url + path)).json()

    async def post(self, path: str, **body: Any) -> Any:
        async with aiohttp.ClientSession() as session:
            return await (await session.post(self.url + path, json=body)).json()

    async def texts(self, chat_id: int = REQUESTER) -> list[str]:
        messages = await self.get(f"/playground/messages?chat_id={chat_id}")
        return [message.get("text", "") for message in messages]

    async def until(self, wanted: Callable[[list[str]], bool]) -> list[str]:
        """The chat as soon as it is as wanted; woken by the page's events."""
        events = self.url + "/playground/events"
        async with asyncio.timeout(10), aiohttp.ClientSession() as session, session.get(events) as stream:
            while not wanted(texts := await self.texts()):
                await stream.content.readline()
        return texts

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float, str]:
        """Exit code, seconds that it took, and everything that it wrote after its address."""
        begun = time.monotonic()
        self.process.send_signal(number)
        out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, time.monotonic() - begun, (out + err).decode()


async def launch(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {"PYTHONPATH": str(ROOT), PREFIX + "DATA_DIR": str(folder / "data")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "playground", *arguments,
        cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@asynccontextmanager
async def playing(folder: Path, *arguments: str) -> AsyncIterator[Playground]:
    process = await launch(folder, *arguments)
    assert process.stdout is not None
    async with asyncio.timeout(30):
        line = (await process.stdout.readline()).decode()
    if not line.startswith("playground: http://127.0.0.1:"):
        raise AssertionError(line + (await process.communicate())[1].decode())
    try:
        yield Playground(process, line.removeprefix("playground: ").strip().removesuffix("/"))
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_from_the_address_to_a_chat_that_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with playing(tmp_path, "--port", "0") as first:
        state = await first.get("/playground/state")
        assert state["notes"]["requester_id"] == REQUESTER
        assert {chat["id"] for chat in state["chats"]} >= {DESK}
        assert {person["id"] for person in state["people"]} >= {REQUESTER, *AGENTS}
        assert len(await first.get("/playground/platform/invoices")) > 30
        await first.post("/playground/send", user_id=REQUESTER, chat_id=REQUESTER, text="/start")
        before = await first.until(lambda texts: len(texts) >= 2)
        assert before[0] == "/start"
        code, seconds, written = await first.stop()
    assert (code, written) == (0, "")
    assert seconds < 3
    async with playing(tmp_path, "--port", "0") as second:
        assert (await second.texts())[: len(before)] == before
        await second.post("/playground/send", user_id=REQUESTER, chat_id=REQUESTER, text="/help")
        after = await second.until(lambda texts: len(texts) >= len(before) + 2)
        assert after[len(before)] == "/help"
        code, seconds, written = await second.stop(signal.SIGINT)
    assert (code, written) == (0, "")
    assert seconds < 3


async def test_stops_though_a_page_is_open(tmp_path: Path) -> None:
    async with (
        playing(tmp_path, "--port", "0", "--no-demo") as opened,
        aiohttp.ClientSession() as session,
        session.get(opened.url + "/playground/events"),
    ):
        code, seconds, written = await opened.stop()
    assert (code, written) == (0, "")
    assert seconds < 3


async def failure(folder: Path, *arguments: str) -> str:
    process = await launch(folder, *arguments)
    out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    return err.decode()


async def test_the_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        cause = await failure(tmp_path, "--port", str(port))
    assert cause == f"invoice-bot: port {port} cannot be used (Address already in use); --port 0 takes a free one\n"


async def test_instead_of_the_default_port_a_free_one_is_taken(tmp_path: Path) -> None:
    try:
        taken = socket.create_server(("127.0.0.1", DEFAULT_PORT))
    except OSError:  # somebody has it already: as good
        taken = socket.create_server(("127.0.0.1", 0))
    with taken:
        async with playing(tmp_path, "--no-demo") as opened:
            assert opened.url != f"http://127.0.0.1:{DEFAULT_PORT}"
            assert (await opened.get("/playground/state"))["chats"]


async def test_two_on_the_same_data(tmp_path: Path) -> None:
    async with playing(tmp_path, "--port", "0", "--no-demo"):
        cause = await failure(tmp_path, "--port", "0")
    assert cause.startswith(f"invoice-bot: another playground runs on {tmp_path / 'data'}")
    assert cause.count("\n") == 1


async def test_the_platform_has_only_so_many_from_last_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has imported 65,000 can still use the page after a restart."""
    assert len(await demo._known(world.bot.services)) == 42
    monkeypatch.setattr(demo, "LISTED", 10)
    shown = await demo._known(world.bot.services)
    assert (len(shown), shown[0]["issue_date"]) == (10, "2026-11-19")
