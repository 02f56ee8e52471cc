"""Only this machine's own browser may use the page: no rebound names, no other site's requests."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OWN_NAMES = frozenset(("127.0.0.1", "localhost", "::1"))
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Around the whole app. Bots may come under any host name, but never with a browser's Origin of another site."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if problem := _problem(Headers(scope=scope), scope["path"]):
            await JSONResponse({"error": problem}, 403)(scope, receive, send)
            return
        if _is_bots(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_bots(path: str) -> bool:
    return path.startswith(("/bot", "/file/bot"))


def _problem(headers: Headers, path: str) -> str:
    host = headers.get("host", "")
    if not _is_bots(path) and _name(host) not in _OWN_NAMES:
        return "this page is for this machine only"
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return "requests from other sites are refused"
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and path != "/":
        return "requests from other sites are refused"
    return ""


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
