"""Forum topics."""

from bot.playground.access import chat_of, need_right
from bot.playground.errors import bad
from bot.playground.groups import TOPIC_COLORS, Groups
from bot.playground.methods import method
from bot.playground.methods.editing import unpin
from bot.playground.state import GENERAL_TOPIC, Chat, Json, Topic

_NOT_MODIFIED = "TOPIC_NOT_MODIFIED"
# Telegram's own set has about a hundred; these are the ones a helpdesk can use, with ids of this server.
TOPIC_ICONS = {"📰": "5434144690511290129", "💡": "5312536423851630001", "⚡️": "5312016608254762256"}
TOPIC_ICONS |= {
    emoji: str(5_312_000_000_000_000_000 + number) for number, emoji in enumerate("🆕🟣🟡⏸✅⬛❗❓🔥💬📝📎🏁")
}


def _forum(world: Groups, params: Json) -> Chat:
    chat = chat_of(world, params["chat_id"])
    if not chat.is_forum:
        raise bad("the chat is not a forum")
    need_right(chat, "can_manage_topics", "manage topics in the chat")
    return chat


def _topic(chat: Chat, thread_id: int) -> Topic:
    topic = chat.topics.get(thread_id)
    if topic is None or thread_id == GENERAL_TOPIC:
        raise bad("TOPIC_ID_INVALID")
    return topic


def _check_icon(emoji_id: str) -> None:
    if emoji_id and emoji_id not in TOPIC_ICONS.values():
        raise bad("DOCUMENT_INVALID")


@method("createForumTopic")
def create_forum_topic(world: Groups, params: Json) -> Json:
    chat = _forum(world, params)
    color, emoji_id = params.get("icon_color", TOPIC_COLORS[0]), params.get("icon_custom_emoji_id", "")
    if color not in TOPIC_COLORS:
        raise bad("invalid icon color specified")
    _check_icon(emoji_id)
    topic = world.open_topic(chat, world.bot, params["name"].strip(), color, emoji_id)
    created: Json = {"message_thread_id": topic.message_thread_id, "name": topic.name, "icon_color": color}
    return {**created, "icon_custom_emoji_id": emoji_id} if emoji_id else created


@method("editForumTopic")
def edit_forum_topic(world: Groups, params: Json) -> bool:
    chat = _forum(world, params)
    topic = _topic(chat, params["message_thread_id"])
    name, icon = params.get("name") or topic.name, params.get("icon_custom_emoji_id", topic.icon_custom_emoji_id)
    if (name, icon) == (topic.name, topic.icon_custom_emoji_id):
        raise bad(_NOT_MODIFIED)
    _check_icon(icon)
    edited: Json = {"name": name} if name != topic.name else {}
    if icon != topic.icon_custom_emoji_id:
        edited["icon_custom_emoji_id"] = icon
    topic.name, topic.icon_custom_emoji_id = name, icon
    service = world.post(chat, world.bot, {"forum_topic_edited": edited}, thread_id=topic.message_thread_id)
    world.tell_bot("message", service)
    world.topic_changed(chat, topic)
    return True


@method("closeForumTopic")
def close_forum_topic(world: Groups, params: Json) -> bool:
    return _set_closed(world, params, closed=True)


@method("reopenForumTopic")
def reopen_forum_topic(world: Groups, params: Json) -> bool:
    return _set_closed(world, params, closed=False)


def _set_closed(world: Groups, params: Json, *, closed: bool) -> bool:
    chat = _forum(world, params)
    topic = _topic(chat, params["message_thread_id"])
    if topic.closed == closed:
        raise bad(_NOT_MODIFIED)
    world.set_topic_closed(chat, world.bot, topic.message_thread_id, closed=closed)
    return True


@method("deleteForumTopic")
def delete_forum_topic(world: Groups, params: Json) -> bool:
    chat = chat_of(world, params["chat_id"])
    need_right(chat, "can_delete_messages", "delete messages in the chat")
    topic = _topic(chat, params["message_thread_id"])
    world.drop_topic(chat, topic.message_thread_id)
    return True


@method("unpinAllForumTopicMessages")
def unpin_all_forum_topic_messages(world: Groups, params: Json) -> bool:
    chat = chat_of(world, params["chat_id"])
    topic = _topic(chat, params["message_thread_id"])
    need_right(chat, "can_pin_messages", "manage pinned messages in the chat")
    return _unpin_thread(world, chat, topic.message_thread_id)


@method("unpinAllGeneralForumTopicMessages")
def unpin_all_general_messages(world: Groups, params: Json) -> bool:
    return _unpin_thread(world, _forum(world, params), None)


def _unpin_thread(world: Groups, chat: Chat, thread_id: int | None) -> bool:
    pinned = {number: world.find(chat.id, number) for number in chat.pinned}
    unpin(world, chat, [number for number, post in pinned.items() if post and post.thread_id == thread_id])
    return True


def _general(world: Groups, chat: Chat) -> Topic:
    return chat.topics.setdefault(GENERAL_TOPIC, Topic(GENERAL_TOPIC, "General", TOPIC_COLORS[0]))


def _change_general(world: Groups, params: Json, field: str, value: object, event: str, body: Json) -> bool:
    chat = _forum(world, params)
    topic = _general(world, chat)
    if getattr(topic, field) == value:
        raise bad(_NOT_MODIFIED)
    setattr(topic, field, value)
    world.tell_bot("message", world.post(chat, world.bot, {event: body}))
    world.topic_changed(chat, topic)
    return True


@method("editGeneralForumTopic")
def edit_general_forum_topic(world: Groups, params: Json) -> bool:
    name = params["name"].strip()
    return _change_general(world, params, "name", name, "forum_topic_edited", {"name": name})


@method("closeGeneralForumTopic")
def close_general_forum_topic(world: Groups, params: Json) -> bool:
    return _change_general(world, params, "closed", True, "forum_topic_closed", {})


@method("reopenGeneralForumTopic")
def reopen_general_forum_topic(world: Groups, params: Json) -> bool:
    return _change_general(world, params, "closed", False, "forum_topic_reopened", {})


@method("hideGeneralForumTopic")
def hide_general_forum_topic(world: Groups, params: Json) -> bool:
    return _change_general(world, params, "hidden", True, "general_forum_topic_hidden", {})


@method("unhideGeneralForumTopic")
def unhide_general_forum_topic(world: Groups, params: Json) -> bool:
    return _change_general(world, params, "hidden", False, "general_forum_topic_unhidden", {})


@method("getForumTopicIconStickers")
def get_forum_topic_icon_stickers(world: Groups, params: Json) -> list[Json]:
    return [
        {
            "file_id": f"icon-{emoji_id}",
            "file_unique_id": emoji_id,
            "type": "custom_emoji",
            "width": 100,
            "height": 100,
            "is_animated": False,
            "is_video": False,
            "emoji": emoji,
            "custom_emoji_id": emoji_id,
        }
        for emoji, emoji_id in TOPIC_ICONS.items()
    ]
