"""The bots under test, each in a process of its own that is stopped by its id."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.config import PREFIX
from tests.benchmarks.crowd import Crowd

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 10.0
LIFTED = "1000000"  # our own limiter, which keeps to Telegram's limits, would be all that is measured


@asynccontextmanager
async def bot_process(name: str, crowd: Crowd, url: str, folder: Path) -> AsyncIterator[None]:
    """`ours` or `echo`, from its first poll to its end; RuntimeError if it ends by itself."""
    command, settings = _ours(crowd, url, folder) if name == "ours" else _echo(crowd, url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *command, env=_surroundings() | settings, cwd=folder, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await _polling(crowd, process)
        yield
        if process.returncode is not None:
            raise RuntimeError(f"{name} ended with {process.returncode}")
    finally:
        await _stop(process)


def _ours(crowd: Crowd, url: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    settings = {
        "TOKEN": crowd.token,
        "API_URL": url,
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bot.db'}",
        "DESK_CHAT_ID": "-1000000000001",
        "LOG_LEVEL": "WARNING",
        "RATE_OVERALL": LIFTED,
        "RATE_PRIVATE": LIFTED,
        "RATE_GROUP": LIFTED,
    }
    return ["bot", "run"], {PREFIX + name: value for name, value in settings.items()}


def _echo(crowd: Crowd, url: str) -> tuple[list[str], dict[str, str]]:
    return ["tests.benchmarks.echo_bot", url, crowd.token], {}


def _surroundings() -> dict[str, str]:
    """Neither a proxy (all traffic stays on loopback) nor settings of a real bot."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(PREFIX)
    }
    return kept | {"PYTHONPATH": str(ROOT)}


async def _polling(crowd: Crowd, process: asyncio.subprocess.Process) -> None:
    ended = asyncio.create_task(process.wait())
    first_poll = asyncio.create_task(crowd.wait_for(lambda: crowd.is_polled, START_SECONDS))
    await asyncio.wait((ended, first_poll), return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if not first_poll.done():
        first_poll.cancel()
        raise RuntimeError(f"a bot ended with {process.returncode} instead of polling")
    first_poll.result()


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
