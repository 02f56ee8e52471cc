"""Who may call the HTTP API: providers that sign `timestamp.body` with HMAC-SHA256 under their own secret."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WINDOW_SECONDS = 300
HOOK_LIMIT = 256 * 1024
IMPORT_LIMIT = 20 * 1024 * 1024
_HOOK = re.compile(r"/api/v1/hooks/([^/]+)")


class SignedApi:
    """ASGI middleware over /api/: reads the body up to its limit, checks the signature, passes the same body on.

    A hook is signed by the provider in its path, anything else by any provider. Every refusal has the same words.
    """

    def __init__(self, app: ASGIApp, secrets: Mapping[str, str], clock: Callable[[], datetime]) -> None:
        self._app, self._secrets, self._clock = app, secrets, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        limit = HOOK_LIMIT if _HOOK.fullmatch(scope["path"]) else IMPORT_LIMIT
        body = await read_body(request, limit)
        if body is None:
            await JSONResponse({"error": f"the body is larger than {limit} bytes"}, 413)(scope, receive, send)
        elif not self._is_genuine(request, body):
            await JSONResponse({"error": "not authenticated"}, 401)(scope, receive, send)
        else:
            await self._app(scope, _replay(body), send)

    def _is_genuine(self, request: Request, body: bytes) -> bool:
        timestamp = request.headers.get("x-timestamp", "")
        given = request.headers.get("x-signature", "").removeprefix("sha256=")
        hook = _HOOK.fullmatch(request.scope["path"])  # not request.url: that one is made of the Host header too
        secrets = [self._secrets.get(hook[1], "")] if hook else list(self._secrets.values())
        matches = [hmac.compare_digest(sign(s, timestamp, body).encode(), given.encode()) and bool(s) for s in secrets]
        return any(matches) and self._is_fresh(timestamp)

    def _is_fresh(self, timestamp: str) -> bool:
        if not re.fullmatch(r"\d{1,12}", timestamp):
            return False
        return abs(self._clock().timestamp() - int(timestamp)) <= WINDOW_SECONDS


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Hex HMAC-SHA256 over `timestamp.body`."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


async def read_body(request: Request, limit: int) -> bytes | None:
    """None as soon as it is larger than `limit` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _replay(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
