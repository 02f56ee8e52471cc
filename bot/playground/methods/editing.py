"""Changing and removing the bot's own messages; pinning."""

from bot.playground.access import chat_of, message_of, need_right
from bot.playground.errors import bad
from bot.playground.markup import check_markup
from bot.playground.methods import method
from bot.playground.methods.media import replacement_media
from bot.playground.state import MEDIA_KEYS, Chat, Json, Post
from bot.playground.text import caption_text, message_text
from bot.playground.world import World

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
_DELETABLE_SECONDS = 48 * 3600


def _target(world: World, params: Json) -> Post:
    if "chat_id" not in params and "inline_message_id" in params:
        raise bad("MESSAGE_ID_INVALID")  # inline messages live outside this server
    if "chat_id" not in params:
        raise bad("chat_id is empty")
    if "message_id" not in params:
        raise bad("message identifier is not specified")
    chat = chat_of(world, params["chat_id"])
    post = message_of(world, chat, params["message_id"], "message to edit")
    if post.body["from"]["id"] != world.bot["id"] or post.is_service or "forward_origin" in post.body:
        raise bad("message can't be edited")
    return post


def _edit(world: World, post: Post, content: Json, dropped: tuple[str, ...], params: Json) -> Json:
    """Replace content and inline keyboard; without reply_markup the keyboard goes, as in Telegram."""
    inline, keyboard = check_markup(params.get("reply_markup"))
    if keyboard:
        raise bad("inline keyboard expected")
    body = {key: value for key, value in post.body.items() if key not in (*dropped, "reply_markup", "edit_date")}
    body |= content
    if inline:
        body["reply_markup"] = inline
    if body == {key: value for key, value in post.body.items() if key != "edit_date"}:
        raise bad(_NOT_MODIFIED)
    post.body = {**body, "edit_date": world.now}
    world.changed(post)
    return world.view(post)


@method("editMessageText")
def edit_message_text(world: World, params: Json) -> Json:
    formatted = message_text(params)
    post = _target(world, params)
    if "text" not in post.body:
        raise bad("there is no text in the message to edit")
    content = formatted.to_json()
    if options := params.get("link_preview_options"):
        content["link_preview_options"] = options
    return _edit(world, post, content, ("text", "entities", "link_preview_options"), params)


@method("editMessageCaption")
def edit_message_caption(world: World, params: Json) -> Json:
    formatted = caption_text(params)
    post = _target(world, params)
    if not any(key in post.body for key in MEDIA_KEYS):
        raise bad("there is no caption in the message to edit")
    content = formatted.to_json("caption", "caption_entities")
    return _edit(world, post, content, ("caption", "caption_entities"), params)


@method("editMessageMedia")
def edit_message_media(world: World, params: Json) -> Json:
    post = _target(world, params)
    content = replacement_media(world, params)
    return _edit(world, post, content, ("text", "entities", "caption", "caption_entities", *MEDIA_KEYS), params)


@method("editMessageReplyMarkup")
def edit_message_reply_markup(world: World, params: Json) -> Json:
    return _edit(world, _target(world, params), {}, (), params)


@method("deleteMessage")
def delete_message(world: World, params: Json) -> bool:
    chat = chat_of(world, params["chat_id"])
    post = message_of(world, chat, params["message_id"], "message to delete")
    _check_deletable(world, chat, post)
    world.remove(post)
    return True


@method("deleteMessages")
def delete_messages(world: World, params: Json) -> bool:
    """Those that are gone already are skipped."""
    chat = chat_of(world, params["chat_id"])
    posts = [post for post in (world.find(chat.id, number) for number in params["message_ids"]) if post]
    for post in posts:
        _check_deletable(world, chat, post)
    for post in posts:
        world.remove(post)
    return True


def _check_deletable(world: World, chat: Chat, post: Post) -> None:
    own = post.body["from"]["id"] == world.bot["id"]
    if not own and not chat.is_private and not chat.bot_can("can_delete_messages"):
        raise bad("message can't be deleted")
    if "forum_topic_created" in post.body:
        raise bad("message can't be deleted")
    is_old = world.now - post.body["date"] > _DELETABLE_SECONDS
    if is_old and (chat.is_private or not chat.bot_can("can_delete_messages")):
        raise bad("message can't be deleted for everyone")


@method("pinChatMessage")
def pin_chat_message(world: World, params: Json) -> bool:
    chat = chat_of(world, params["chat_id"])
    post = message_of(world, chat, params["message_id"], "message to pin")
    need_right(chat, "can_pin_messages", "manage pinned messages in the chat")
    if post.message_id in chat.pinned:
        return True
    chat.pinned.append(post.message_id)
    world.state.keep(chat)
    world.changed(post, "pinned")
    service = world.post(chat, world.bot, {"pinned_message": post.body}, thread_id=post.thread_id)
    world.tell_bot("message", service)
    return True


@method("unpinChatMessage")
def unpin_chat_message(world: World, params: Json) -> bool:
    """Without message_id, the last one pinned."""
    chat = chat_of(world, params["chat_id"])
    need_right(chat, "can_pin_messages", "manage pinned messages in the chat")
    number = params.get("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if number not in chat.pinned:
        raise bad("message to unpin not found")
    unpin(world, chat, [number])
    return True


@method("unpinAllChatMessages")
def unpin_all_chat_messages(world: World, params: Json) -> bool:
    chat = chat_of(world, params["chat_id"])
    need_right(chat, "can_pin_messages", "manage pinned messages in the chat")
    unpin(world, chat, list(chat.pinned))
    return True


def unpin(world: World, chat: Chat, numbers: list[int]) -> None:
    chat.pinned = [number for number in chat.pinned if number not in numbers]
    world.state.keep(chat)
    for number in numbers:
        if post := world.find(chat.id, number):
            world.changed(post, "pinned")
