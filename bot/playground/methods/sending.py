"""sendMessage, forwards, copies, chat actions."""

from typing import Any

from bot.playground.access import chat_of, message_of, place_of, thread_of
from bot.playground.errors import bad
from bot.playground.markup import check_markup
from bot.playground.methods import method
from bot.playground.state import MEDIA_KEYS, Chat, Json, Post
from bot.playground.text import caption_text, message_text
from bot.playground.world import World

_ACTIONS_WORDS = (
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document "
    "choose_sticker find_location record_video_note upload_video_note"
)
_ACTIONS = frozenset(_ACTIONS_WORDS.split())
_COPIED = ("text", "entities", "caption", "caption_entities", "link_preview_options", *MEDIA_KEYS)


def send(world: World, params: Json, content: Json) -> Json:
    """Post a message of the bot's with the call's common parameters: place, reply, keyboard."""
    inline, keyboard = check_markup(params.get("reply_markup"))
    chat, thread_id, reply_to, quote = place_of(world, params)
    body = content | quote
    if inline:
        body["reply_markup"] = inline
    if params.get("protect_content"):
        body["has_protected_content"] = True
    return world.view(post_from_bot(world, chat, body, thread_id, reply_to, keyboard))


def post_from_bot(
    world: World,
    chat: Chat,
    body: Json,
    thread_id: int | None = None,
    reply_to: int | None = None,
    keyboard: Json | None = None,
) -> Post:
    return world.post(chat, world.bot, body, thread_id=thread_id, reply_to=reply_to, keyboard=keyboard)


@method("sendMessage")
def send_message(world: World, params: Json) -> Json:
    content = message_text(params).to_json()
    if options := params.get("link_preview_options"):
        content["link_preview_options"] = options
    return send(world, params, content)


@method("sendChatAction")
def send_chat_action(world: World, params: Json) -> bool:
    if params["action"] not in _ACTIONS:
        raise bad("wrong parameter action in request")
    chat = chat_of(world, params["chat_id"])
    thread_id = params.get("message_thread_id")
    thread_id = None if thread_id == 1 else thread_of(chat, thread_id)  # an action may name General
    world.changes.publish("typing", chat.id, action=params["action"], message_thread_id=thread_id)
    return True


@method("forwardMessage")
def forward_message(world: World, params: Json) -> Json:
    source = chat_of(world, params["from_chat_id"], write=False)
    original = message_of(world, source, params["message_id"], "message to forward")
    _check_forwardable(original, "forwarded")
    return send(world, params, _forwarded(world, original))


@method("copyMessage")
def copy_message(world: World, params: Json) -> Json:
    source = chat_of(world, params["from_chat_id"], write=False)
    original = message_of(world, source, params["message_id"], "message to copy")
    _check_forwardable(original, "copied")
    content = _content(original)
    if "caption" in params and _has_media(original):
        content = _without_caption(content) | caption_text(params).to_json("caption", "caption_entities")
    return {"message_id": send(world, params, content)["message_id"]}


@method("forwardMessages")
def forward_messages(world: World, params: Json) -> list[Json]:
    return _send_many(world, params, lambda original: _forwarded(world, original))


@method("copyMessages")
def copy_messages(world: World, params: Json) -> list[Json]:
    bare = bool(params.get("remove_caption"))
    return _send_many(world, params, lambda one: _without_caption(_content(one)) if bare else _content(one))


def _send_many(world: World, params: Json, content_of: Any) -> list[Json]:
    """Messages that are missing or can't be passed on are left out; albums stay albums."""
    source = chat_of(world, params["from_chat_id"], write=False)
    ids = params["message_ids"]
    if ids != sorted(set(ids)):
        raise bad("message identifiers must be in a strictly increasing order")
    chat = chat_of(world, params["chat_id"])
    thread_id = thread_of(chat, params.get("message_thread_id"))
    found = [post for post in (world.find(source.id, message_id) for message_id in ids) if post and not post.is_service]
    if not found:
        raise bad("messages can't be forwarded" if any(ids) else "there are no messages to forward")
    albums: dict[str, str] = {}
    return [
        {"message_id": post_from_bot(world, chat, _regrouped(content_of(one), one, chat, albums), thread_id).message_id}
        for one in found
    ]


def _regrouped(content: Json, original: Post, chat: Chat, albums: dict[str, str]) -> Json:
    album = original.body.get("media_group_id")
    if album is None:
        return content
    new = albums.setdefault(album, f"{chat.last_message_id + 1}{abs(chat.id) % 10**6:06d}")
    return {**content, "media_group_id": new}


def _content(post: Post) -> Json:
    return {key: post.body[key] for key in _COPIED if key in post.body}


def _without_caption(content: Json) -> Json:
    return {key: value for key, value in content.items() if key not in ("caption", "caption_entities")}


def _has_media(post: Post) -> bool:
    return any(key in post.body for key in MEDIA_KEYS)


def _check_forwardable(post: Post, what: str) -> None:
    if post.is_service:
        raise bad(f"the message can't be {what}")
    if post.body.get("has_protected_content") and what == "forwarded":
        raise bad("message has protected content and can't be forwarded")


def _forwarded(world: World, post: Post) -> Json:
    origin = {"type": "user", "sender_user": post.body["from"], "date": post.body["date"]}
    return {**_content(post), "forward_origin": post.body.get("forward_origin", origin)}
