"""Photos, documents and other media; albums."""

from functools import partial
from typing import Any

from bot.playground.access import place_of
from bot.playground.errors import bad
from bot.playground.files import add_file
from bot.playground.markup import check_markup
from bot.playground.methods import METHODS
from bot.playground.methods.sending import post_from_bot, send
from bot.playground.spec import Upload
from bot.playground.state import Json
from bot.playground.text import caption_text
from bot.playground.world import World

_SENDERS = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendVideo": "video",
    "sendVoice": "voice",
    "sendAudio": "audio",
    "sendSticker": "sticker",
    "sendAnimation": "animation",
    "sendVideoNote": "video_note",
}
_SHOWN = ("duration", "width", "height", "performer", "title")
_APART = ("document", "audio")  # these never share an album with other kinds


def _file_content(world: World, kind: str, source: Upload | str, details: Json) -> Json:
    """A message's content from an upload, or from the file id of something sent before."""
    if isinstance(source, Upload):
        file = add_file(world, kind, source)
    elif source.startswith(("http://", "https://")):
        raise bad("failed to get HTTP URL content")  # this server asks no other host
    elif (found := world.state.files.get(source)) is None:
        raise bad("wrong remote file identifier specified: can't unserialize it")
    else:
        file = found
    if file.content_kind != kind:
        raise bad(f"can't use file of type {file.content_kind.title()} as {kind.title()}")
    shown = {key: details[key] for key in _SHOWN if key in details}
    described = file.content[kind]
    return {kind: {**described, **shown} if isinstance(described, dict) else described}


def _send_media(world: World, params: Json, *, kind: str) -> Json:
    caption = caption_text(params).to_json("caption", "caption_entities")
    source = params.get(kind)
    if not source:
        raise bad(f"there is no {kind.replace('_', ' ')} in the request")
    check_markup(params.get("reply_markup"))
    place_of(world, params)  # nothing is kept when the chat refuses
    return send(world, params, _file_content(world, kind, source, params) | caption | _flags(params))


def _flags(params: Json) -> Json:
    flags = {"show_caption_above_media": params.get("show_caption_above_media")}
    flags["has_media_spoiler"] = params.get("has_spoiler")
    return {key: True for key, value in flags.items() if value}


for _name, _kind in _SENDERS.items():
    METHODS[_name] = partial(_send_media, kind=_kind)


def replacement_media(world: World, params: Json) -> Json:
    return _album_item(world, params["media"])


def _album_item(world: World, item: Json) -> Json:
    caption = caption_text(item).to_json("caption", "caption_entities")
    return _file_content(world, item["type"], item["media"], item) | caption | _flags(item)


def _send_media_group(world: World, params: Json) -> list[Json]:
    """Documents and audio only among themselves; every other mix of photos and videos is an album."""
    items: list[Any] = params["media"]
    kinds = {item["type"] for item in items}
    if len(kinds) > 1 and kinds & set(_APART):
        name = "Document" if "document" in kinds else "Audio"
        raise bad(f"{name} can't be mixed with other media types")
    chat, thread_id, reply_to, quote = place_of(world, params)
    contents = [_album_item(world, item) for item in items]
    album = f"{chat.last_message_id + 1}{abs(chat.id) % 10**6:06d}"
    posts = [
        post_from_bot(world, chat, {**content, **quote, "media_group_id": album}, thread_id, reply_to)
        for content in contents
    ]
    return [world.view(post) for post in posts]


METHODS["sendMediaGroup"] = _send_media_group
