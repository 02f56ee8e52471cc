"""The page's own HTTP: what the web chat shows and does. JSON in and out; errors are `{"error": sentence}`."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.playground.bot_api import BotApi
from bot.playground.errors import ApiError, PlaygroundError
from bot.playground.forms import read_form
from bot.playground.methods.topics import TOPIC_ICONS
from bot.playground.platform_panel import Platform
from bot.playground.spec import Upload
from bot.playground.state import Chat, Json, Topic

_STATIC = Path(__file__).with_name("static")
_LARGEST_BODY = 1_000_000
_SHOWN_TYPES = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"))
_PLAYED_TYPES = frozenset(("video/mp4", "video/webm", "audio/mpeg", "audio/ogg", "audio/mp4"))
_EMOJI = {emoji_id: emoji for emoji, emoji_id in TOPIC_ICONS.items()}

Endpoint = Callable[[Request], Awaitable[Response]]


def page_routes(api: BotApi, platform: Platform | None) -> list[BaseRoute]:
    page = Page(api, platform)
    return [
        Route("/", lambda _request: FileResponse(_STATIC / "index.html", headers={"Cache-Control": "no-cache"})),
        Mount("/static", StaticFiles(directory=_STATIC)),
        Route("/playground/state", page.state),
        Route("/playground/messages", sentences(page.messages)),
        Route("/playground/events", page.events),
        Route("/playground/file/{file_id}", page.file),
        Route("/playground/upload", sentences(page.upload), methods=["POST"]),
        *(
            Route(f"/playground/{name}", sentences(page.doing(act)), methods=["POST"])
            for name, act in page.acts().items()
        ),
    ]


class Page:
    def __init__(self, api: BotApi, platform: Platform | None) -> None:
        self._api = api
        self._platform = platform

    # Looking

    async def state(self, request: Request) -> Response:
        state = self._api.state
        return JSONResponse(
            {
                "bot": self._api.bot,
                "people": [person.to_json() for person in state.people.values()],
                "chats": [self._chat(chat) for chat in state.chats.values() if not chat.migrated_to],
                "commands": state.settings.commands,
                "platform": {"name": self._platform.name} if self._platform else None,
                "notes": state.settings.notes,
            }
        )

    def _chat(self, chat: Chat) -> Json:
        return {
            **self._api.chat_json(chat),
            "is_forum": chat.is_forum,
            "topics": [_topic(topic) for topic in chat.topics.values()],
            "members": [chat.id] if chat.is_private else sorted({*chat.members, *chat.admins}),
            "pinned": chat.pinned,
        }

    async def messages(self, request: Request) -> Response:
        chat_id = _number(request.query_params, "chat_id")
        limit = _number(request.query_params, "limit", default=400)
        return JSONResponse(self._api.messages(chat_id, limit=max(1, limit)))

    async def events(self, request: Request) -> Response:
        """Server-sent events from now on, or from Last-Event-ID."""
        last = request.headers.get("last-event-id", "")
        after = int(last) if last.isdigit() else self._api.changes.last_number
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(self._stream(after), media_type="text/event-stream", headers=headers)

    async def _stream(self, after: int) -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        async for number, event in self._api.changes.stream(after):
            yield f"id: {number}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"

    async def file(self, request: Request) -> Response:
        """Pictures are shown, media played, everything else only downloaded: never a page of somebody else's."""
        file = self._api.state.files.get(request.path_params["file_id"])
        if file is None:
            return error(404, "there is no such file")
        known = file.mime in _SHOWN_TYPES | _PLAYED_TYPES
        headers = {"Content-Disposition": "inline" if file.mime in _SHOWN_TYPES else "attachment"}
        media_type = file.mime if known else "application/octet-stream"
        return Response(self._api.state.bytes_of(file.file_id), headers=headers, media_type=media_type)

    # Doing

    def acts(self) -> dict[str, Callable[[Json], Any]]:
        return {
            "send": self._send,
            "press": self._press,
            "inline": self._inline,
            "pick": self._pick,
            "edit": self._edit,
            "react": self._react,
            "delete": self._delete,
            "topic": self._create_topic,
            "topic_state": self._topic_state,
            "person": self._person,
        }

    def doing(self, act: Callable[[Json], Any]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            return JSONResponse(act(await _body(request)))

        return endpoint

    def _send(self, body: Json) -> Json:
        text = body.get("text")
        if not isinstance(text, str) or not text.strip():
            raise PlaygroundError("a message needs text")
        return self._seen(self._api.say(_number(body, "user_id"), text, **_place(body)))

    def _press(self, body: Json) -> Json:
        return {"callback_query_id": self._api.press(*_touched(body), str(body.get("data", "")))}

    def _inline(self, body: Json) -> Json:
        text, offset = str(body.get("text", "")), str(body.get("offset", ""))
        query_id = self._api.inline_query(_number(body, "user_id"), text, offset=offset)
        return {"inline_query_id": query_id}

    def _pick(self, body: Json) -> Json:
        """{inline_query_id, result_id, chat_id, message_thread_id?}."""
        place = {name: value for name, value in _place(body).items() if name != "reply_to"}
        return self._seen(self._api.pick(str(body.get("inline_query_id", "")), str(body.get("result_id", "")), **place))

    def _edit(self, body: Json) -> Json:
        return self._seen(self._api.edit(*_touched(body), str(body.get("text", ""))))

    def _react(self, body: Json) -> Json:
        self._api.react(*_touched(body), body.get("emoji") or None)
        return {}

    def _delete(self, body: Json) -> Json:
        self._api.delete(*_touched(body))
        return {}

    def _create_topic(self, body: Json) -> Json:
        name = str(body.get("name", "")).strip()
        return _topic(self._api.create_topic(_number(body, "user_id"), _number(body, "chat_id"), name))

    def _topic_state(self, body: Json) -> Json:
        """{user_id, chat_id, message_thread_id, closed} closes or opens a topic; {…, deleted: true} removes it."""
        chat_id, thread_id = _number(body, "chat_id"), _number(body, "message_thread_id")
        if body.get("deleted"):
            self._api.delete_topic(chat_id, thread_id)
        else:
            self._api.close_topic(_number(body, "user_id"), chat_id, thread_id, closed=bool(body.get("closed")))
        return {}

    def _person(self, body: Json) -> Json:
        user_id = _number(body, "id")
        self._api.block(user_id, blocked=bool(body.get("blocked")))
        return self._api.state.people[user_id].to_json()

    async def upload(self, request: Request) -> Response:
        """One message a file; several files are an album, cut into tens."""
        form = await read_form(request)
        files = [value for value in form.values("file") if isinstance(value, Upload)]
        fields = {key: value for key, value in form.fields.items() if isinstance(value, str) and value}
        if not files:
            raise PlaygroundError("there is no file")
        user_id, place = _number(fields, "user_id"), {**_place(fields), "caption": fields.get("caption", "")}
        if len(files) > 10:
            raise PlaygroundError("at most 10 files at once")
        if len(files) > 1:
            sent = self._api.upload_album(user_id, files, **place)
        else:
            one = files[0]
            sent = [self._api.upload(user_id, one.name, one.content, one.mime, **place)]
        return JSONResponse([self._seen(message) for message in sent])

    def _seen(self, message: Json) -> Json:
        post = self._api.find(message["chat"]["id"], message["message_id"])
        return self._api.as_person_sees(post) if post else message


def sentences(endpoint: Endpoint) -> Endpoint:
    """Turn what the page did wrong into 400 and a sentence."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except PlaygroundError as problem:
            return error(400, str(problem))
        except ApiError as problem:
            return error(problem.code, problem.description)

    return guarded


def error(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status)


def _topic(topic: Topic) -> Json:
    emoji = _EMOJI.get(topic.icon_custom_emoji_id, "")
    return {**topic.to_json(), "icon_emoji": emoji} if emoji else topic.to_json()


async def _body(request: Request) -> Json:
    """JSON only: a form of another site can't send that without asking first."""
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise PlaygroundError("the body must be JSON")
    content = await request.body()
    try:
        body = json.loads(content) if len(content) <= _LARGEST_BODY else None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise PlaygroundError("the body must be a JSON object")
    return body


def _number(values: Any, name: str, *, default: int | None = None) -> int:
    value = values.get(name, default)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise PlaygroundError(f"{name} must be a number") from None


def _touched(body: Json) -> tuple[int, int, int]:
    """Who touches which message where."""
    return _number(body, "user_id"), _number(body, "chat_id"), _number(body, "message_id")


def _place(values: Json) -> Json:
    """The keyword arguments of `say` and `upload` for where to write."""
    names = {"chat_id": "chat_id", "message_thread_id": "thread_id", "reply_to_message_id": "reply_to"}
    return {argument: _number(values, name) for name, argument in names.items() if values.get(name) is not None}
