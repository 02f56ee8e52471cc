"""Serve a local Bot API: inside a running loop (`serve`), or alone: `python -m bot.playground.server --port 8081`."""

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from bot.playground.app import create_app
from bot.playground.bot_api import BotApi
from bot.playground.platform_panel import Platform

_GRACE = 2.0  # seconds for answers under way


@asynccontextmanager
async def serve(
    api: BotApi, *, host: str = "127.0.0.1", port: int = 0, platform: Platform | None = None, page: bool = True
) -> AsyncIterator[str]:
    """Serve until the block is left; gives the base URL. Signals are left alone; `api` is closed at the end."""
    app = create_app(api, platform=platform, page=page)
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _connection(config, state), host, port)
    api.start_webhooks()
    try:
        yield f"http://{host}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await api.stop()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=_GRACE)
        await server.wait_closed()
        api.close()


def _connection(config: uvicorn.Config, state: ServerState) -> HttpToolsProtocol:
    """A connection that the app can cut off, to play a lost network."""
    means: dict[str, Any] = {}
    connection = HttpToolsProtocol(config, state, means)
    means["hang_up"] = lambda: connection.transport.abort()
    return connection


async def _run(arguments: argparse.Namespace) -> None:
    api = BotApi(store=arguments.store) if arguments.store else BotApi()
    api.delay = arguments.delay
    for number in range(1, arguments.people + 1):
        api.add_person(number, f"Person {number}", started=True)
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    async with serve(api, port=arguments.port) as url:
        print(f"{url} {api.token}", flush=True)  # noqa: T201 - what the caller waits for
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A local Bot API on 127.0.0.1; prints its URL and the bot's token.")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--people", type=int, default=0, help="people 1…N who have started the bot")
    parser.add_argument("--store", type=Path, help="a file that keeps everything")
    uvloop.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
