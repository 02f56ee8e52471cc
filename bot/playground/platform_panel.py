"""The platform's panel: what an invoicing platform believes, and its calls to the real ingest API."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.playground.changes import Changes
from bot.playground.errors import ApiError
from bot.playground.forms import read_form
from bot.playground.spec import Upload
from bot.playground.state import Json

_CHINA = timezone(timedelta(hours=8))
_TIMEOUT = aiohttp.ClientTimeout(total=60)
_AXIS = "tax_status"
_LARGEST_BODY = 100_000


@dataclass(slots=True)
class Platform:
    """Where the real ingest API is, and the invoices as the platform believes them to be."""

    url: str
    provider: str
    secret: str = field(repr=False)
    invoices: list[Json] = field(default_factory=list)
    name: str = ""

    def __post_init__(self) -> None:
        self.name = self.name or self.provider

    def find(self, key: object) -> Json | None:
        return next((invoice for invoice in self.invoices if invoice["key"] == key), None)

    def learn(self, invoices: list[Json]) -> None:
        """Add invoices; those known already are replaced."""
        known = {invoice["key"]: invoice for invoice in self.invoices}
        self.invoices = list((known | {invoice["key"]: invoice for invoice in invoices}).values())


class _Refused(Exception):
    def __init__(self, status: int, problem: object) -> None:
        super().__init__(str(problem))
        self.status = status
        self.problem = problem


def platform_routes(platform: Platform, changes: Changes) -> list[BaseRoute]:
    panel = _Panel(platform, changes)
    return [
        Route("/playground/platform/invoices", panel.invoices),
        Route("/playground/platform/import", _passing_on(panel.import_file), methods=["POST"]),
        Route("/playground/platform/status", _passing_on(panel.change_status), methods=["POST"]),
    ]


class _Panel:
    def __init__(self, platform: Platform, changes: Changes) -> None:
        self._platform = platform
        self._changes = changes

    async def invoices(self, request: Request) -> Response:
        return JSONResponse(self._platform.invoices)

    async def import_file(self, request: Request) -> Response:
        file = (await read_form(request)).fields.get("file")
        if not isinstance(file, Upload):
            raise _Refused(400, "there is no file")
        path = f"/api/v1/invoices/import?filename={quote(file.name)}"
        answer = await self._post(path, file.content, "application/octet-stream")
        self._platform.learn([one for one in answer.get("invoices", []) if isinstance(one, dict) and "key" in one])
        self._changes.publish("platform")
        return JSONResponse(answer)

    async def change_status(self, request: Request) -> Response:
        wish = await _wish(request)
        invoice = self._platform.find(wish.get("key"))
        if invoice is None:
            raise _Refused(404, "the platform knows no such invoice")
        if wish.get("axis", _AXIS) != _AXIS or not wish.get("to"):
            raise _Refused(400, f"the platform can change {_AXIS} only, to a named state")
        event = status_event(invoice, str(wish["to"]), datetime.now(_CHINA))
        body = json.dumps(event, ensure_ascii=False).encode()
        answer = await self._post(f"/api/v1/hooks/{self._platform.provider}", body, "application/json")
        invoice[_AXIS] = wish["to"]
        self._changes.publish("platform")
        return JSONResponse(answer)

    async def _post(self, path: str, body: bytes, content_type: str) -> Json:
        """The API's JSON answer; _Refused with its own status and reason when it says no."""
        headers = {"Content-Type": content_type, **signature(self._platform.secret, body, int(time.time()))}
        url = self._platform.url.rstrip("/") + path
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(url, data=body, headers=headers) as response,
            ):
                return _answer(response.status, await response.read())
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise _Refused(502, f"the ingest API doesn't answer: {type(problem).__name__}") from problem


def signature(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """HMAC-SHA256 over "timestamp.body", as the ingest API checks it."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Timestamp": str(timestamp), "X-Signature": f"sha256={digest}"}


def status_event(invoice: Json, to: str, at: datetime) -> Json:
    """The neutral event of a change on the tax axis."""
    number = invoice["number"]
    identity = {"code": invoice["code"], "number": number} if invoice.get("code") else {"digital_no": number}
    parties = {role: {"name": invoice.get(f"{role}_name", "")} for role in ("seller", "buyer")}
    details = {name: invoice[name] for name in ("kind", "issue_date", "total") if invoice.get(name)}
    return {
        "event_id": f"evt-{secrets.token_hex(8)}",
        "event_type": "invoice.status_changed",
        "occurred_at": at.isoformat(timespec="milliseconds"),
        "invoice": {**identity, **details, **parties},
        "change": {"axis": _AXIS, "from": invoice.get(_AXIS, ""), "to": to},
    }


def _answer(status: int, content: bytes) -> Json:
    try:
        body = json.loads(content) if content.strip() else {}
    except ValueError:
        body = {"error": content[:200].decode("utf-8", "replace")}
    if status >= 400:
        raise _Refused(status, body.get("message", body.get("error", body)) if isinstance(body, dict) else body)
    return body if isinstance(body, dict) else {"answer": body}


async def _wish(request: Request) -> Json:
    content = await request.body()
    try:
        wish = json.loads(content) if len(content) <= _LARGEST_BODY else None
    except ValueError:
        wish = None
    if not isinstance(wish, dict):
        raise _Refused(400, "the body must be a JSON object")
    return wish


def _passing_on(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except _Refused as refused:
            return JSONResponse({"error": refused.problem}, refused.status)
        except ApiError as problem:
            return JSONResponse({"error": problem.description}, problem.code)

    return guarded
