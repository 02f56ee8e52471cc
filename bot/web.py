"""The HTTP side: health, the platforms' API, Telegram's webhook."""

from __future__ import annotations

import contextlib
import hmac
import json
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.config import PREFIX, ConfigError
from bot.inbox import Inbox
from bot.web_auth import SignedApi, read_body
from handlers.errors import Conflict, InvalidInput, NotFound, NotPermitted, UserError, Withheld
from knowledge.texts import Locale, Texts, plain

WEBHOOK_PATH = "/telegram"
WEBHOOK_LIMIT = 1024 * 1024
STOP_SECONDS = 2  # for requests under way when the process is to end
_STATUS = {InvalidInput: 400, NotPermitted: 403, NotFound: 404, Withheld: 404, Conflict: 409}


def build_web(
    routes: Sequence[BaseRoute],
    secrets: Mapping[str, str],
    texts: Texts,
    health: Callable[[], Awaitable[dict[str, Any]]],
    clock: Callable[[], datetime],
) -> Starlette:
    """An error for a person becomes a status with the sentence in both languages."""

    async def explain(_request: Request, error: Exception) -> Response:
        assert isinstance(error, UserError)  # noqa: S101 - registered for it
        text = texts(error.text_key, **error.params)
        sentences = {str(locale): plain(text[locale]) for locale in Locale}
        return JSONResponse(
            {"error": sentences[Locale.EN], "message": sentences, "key": error.text_key},
            status_code=_STATUS.get(type(error), 400),
        )

    async def healthz(_request: Request) -> Response:
        return JSONResponse(await health())

    return Starlette(
        routes=[Route("/healthz", healthz), *routes],
        middleware=[Middleware(SignedApi, secrets=secrets, clock=clock)],
        exception_handlers={UserError: explain},
    )


def webhook_route(inbox: Inbox, secret: str) -> Route:
    """Telegram's updates: 200 only after the row is committed."""

    async def receive(request: Request) -> Response:
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode(), secret.encode()):
            raise HTTPException(403)
        body = await read_body(request, WEBHOOK_LIMIT)
        if body is None:
            raise HTTPException(413)
        try:
            update = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400) from error
        if not _is_update(update):
            raise HTTPException(400)
        await inbox.take([update])
        return Response(status_code=200)

    return Route(WEBHOOK_PATH, receive, methods=["POST"])


def _is_update(data: object) -> bool:
    """With an id that a database can hold."""
    update_id = data.get("update_id") if isinstance(data, dict) else None
    return type(update_id) is int and 0 <= update_id < 2**63


class Server:
    """uvicorn inside our loop, on HOST:PORT (port 0: a free one). Signals stay with whoever started the loop."""

    def __init__(self, app: Starlette, listen: str) -> None:
        host, _, port = listen.rpartition(":")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host.strip("[]"), int(port)))
            self._socket.listen()  # from now on callers wait instead of being refused
        except OSError as error:
            self._socket.close()
            raise ConfigError(f"{PREFIX}HTTP_LISTEN: {listen} cannot be used: {error.strerror}") from error
        self._server = uvicorn.Server(
            uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=STOP_SECONDS
            )
        )
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"

    async def run(self) -> None:
        """Until `stop`."""
        with contextlib.closing(self._socket):
            await self._server._serve([self._socket])  # noqa: SLF001 - serve() takes over the signal handlers

    def stop(self) -> None:
        self._server.should_exit = True
