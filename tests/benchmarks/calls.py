"""How many calls a Bot API client makes at a round trip of 50 ms: `python -m tests.benchmarks.calls`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter, process_time

import uvloop
from rich import box
from rich.console import Console
from rich.table import Table
from telegram.request import BaseRequest, HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot.adapters.aiohttp_request import AiohttpRequest
from tests.benchmarks.figures import NETWORK
from tests.benchmarks.processes import ROOT

IN_FLIGHT = (16, 64, 256)
SECONDS = 3.0


@asynccontextmanager
async def bot_api(people: int) -> AsyncIterator[str]:
    """A local Bot API in a process of its own; the bot's URL."""
    options = ("--port", "0", "--delay", str(NETWORK), "--people", str(people))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.playground.server", *options, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        url, token = (await process.stdout.readline()).decode().split()
        yield f"{url}/bot{token}"
    finally:
        process.terminate()
        await process.wait()


async def measure(request: BaseRequest, url: str, in_flight: int) -> tuple[float, float]:
    """(calls per second, milliseconds of this process's CPU for a call) while each chat is sent one after another."""
    until = perf_counter() + SECONDS

    async def send(chat_id: int) -> int:
        calls = 0
        while perf_counter() < until:
            data = RequestData([RequestParameter("chat_id", chat_id, None), RequestParameter("text", "你好", None)])
            await request.post(f"{url}/sendMessage", data)
            calls += 1
        return calls

    began, used = perf_counter(), process_time()
    calls = sum(await asyncio.gather(*map(send, range(1, in_flight + 1))))
    return calls / (perf_counter() - began), (process_time() - used) / calls * 1000


async def run() -> None:
    table = Table(box=box.MARKDOWN)
    for name in ("client", "in flight", "calls/s", "CPU ms a call"):
        table.add_column(name, justify="right")
    async with bot_api(max(IN_FLIGHT)) as url:
        for in_flight in IN_FLIGHT:
            plain = HTTPXRequest(connection_pool_size=in_flight, httpx_kwargs={"trust_env": False})
            for name, request in (("aiohttp, ours", AiohttpRequest(in_flight)), ("httpx, plain PTB", plain)):
                async with request:
                    per_second, cpu = await measure(request, url, in_flight)
                table.add_row(name, str(in_flight), f"{per_second:.0f}", f"{cpu:.2f}")
    Console().print(table)


if __name__ == "__main__":
    uvloop.run(run())
