"""The local Bot API over HTTP: /bot<token>/METHOD and /file/bot<token>/PATH; with the page's endpoints beside it."""

import asyncio
import json

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.playground.bot_api import BotApi
from bot.playground.errors import ApiError
from bot.playground.faults import NoAnswer
from bot.playground.forms import read_form
from bot.playground.guard import Guard
from bot.playground.page import page_routes
from bot.playground.platform_panel import Platform, platform_routes
from bot.playground.state import Json

_UNAUTHORIZED = ApiError(401, "Unauthorized").to_json()


def create_app(api: BotApi, *, platform: Platform | None = None, page: bool = True) -> Starlette:
    """The whole server as an ASGI app. Without `page`, only the Bot API itself.

    Webhooks are delivered by `serve` or after `api.start_webhooks()`, not by the app.
    """
    routes: list[BaseRoute] = bot_routes(api)
    if page:
        routes += page_routes(api, platform)
    if page and platform:
        routes += platform_routes(platform, api.changes)
    return Starlette(routes=routes, middleware=[Middleware(Guard)])


def bot_routes(api: BotApi) -> list[BaseRoute]:
    async def call(request: Request) -> Response:
        if request.path_params["token"] != api.token:
            return _json(_UNAUTHORIZED)
        try:
            raw = await _parameters(request)
        except ApiError as error:
            return _json(error.to_json())
        try:
            return _json(await api.call(request.path_params["method"], raw))
        except NoAnswer as silence:
            return await _keep_silent(request, api, hang_up=silence.hang_up)

    async def download(request: Request) -> Response:
        path = request.path_params["path"]
        file = next((file for file in api.state.files.values() if file.path == path), None)
        if request.path_params["token"] != api.token or file is None:
            return _json(ApiError(404, "Not Found").to_json())
        return Response(api.state.bytes_of(file.file_id), media_type="application/octet-stream")

    return [
        Route("/bot{token}/{method}", call, methods=["GET", "POST"]),
        Route("/file/bot{token}/{path:path}", download),
    ]


async def _parameters(request: Request) -> Json:
    """Query string and body together, as Telegram reads them."""
    params: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    if kind == "application/json":
        return params | _json_body(await request.body())
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return params | (await read_form(request)).fields
    await request.body()  # read to its end: what is received next is that the client has gone
    return params


def _json_body(body: bytes) -> Json:
    if not body:
        return {}
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError):
        decoded = None
    if not isinstance(decoded, dict):
        raise ApiError(400, "Bad Request: can't parse JSON object")
    return decoded


def _json(body: Json) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "surrogatepass"), body.get("error_code", 200), media_type="application/json")


async def _keep_silent(request: Request, api: BotApi, *, hang_up: bool) -> Response:
    """Hold the connection until the client gives up or the server closes; or cut it off, if `serve` gave the means."""
    cut = request.scope.get("state", {}).get("hang_up")
    if hang_up and cut:
        cut()
    gone = asyncio.ensure_future(request.receive())
    while not gone.done() and not api.changes.closing:
        change = asyncio.ensure_future(api.changes.next())
        await asyncio.wait((gone, change), return_when=asyncio.FIRST_COMPLETED)
        change.cancel()
    gone.cancel()
    return Response(status_code=503)
