"""May the bot do this here? Chats, topics and replied-to messages by the official server's order and sentences."""

from bot.playground.errors import ApiError, bad, forbidden, not_enough_rights
from bot.playground.state import GENERAL_TOPIC, Chat, Json, Post
from bot.playground.world import World


def chat_of(world: World, chat_id: int | str, *, write: bool = True) -> Chat:
    """The chat of a call's chat_id, if the bot may use it. Reading a group needs membership too."""
    chat = world.state.chats.get(chat_id) if isinstance(chat_id, int) else None
    if chat is None:
        raise bad("chat not found")
    if chat.is_private:
        _check_private(world, chat, write=write)
    else:
        _check_group(chat, write=write)
    return chat


def _check_private(world: World, chat: Chat, *, write: bool) -> None:
    person = world.state.people[chat.id]
    if not person.started:
        met = any(person.id in other.members and other.has_bot for other in world.state.chats.values())
        raise forbidden("bot can't initiate conversation with a user") if met and write else bad("chat not found")
    if write and person.deactivated:
        raise forbidden("user is deactivated")
    if write and person.blocked:
        raise forbidden("bot was blocked by the user")


def _check_group(chat: Chat, *, write: bool) -> None:
    if chat.migrated_to and write:
        moved = chat.migrated_to
        raise ApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=moved)
    name = f"{chat.type} chat"
    if chat.bot_status == "kicked":
        raise forbidden(f"bot was kicked from the {name}")
    if not chat.has_bot:
        raise forbidden(f"bot is not a member of the {name}")


def thread_of(chat: Chat, thread_id: int | None) -> int | None:
    """The topic to write to. General's id 1 is refused, as Telegram does; plain groups ignore threads."""
    if thread_id is None or not (chat.is_forum or chat.is_private):
        return None
    topic = chat.topics.get(thread_id)
    if topic is None or thread_id == GENERAL_TOPIC:
        raise bad("message thread not found")
    if topic.closed and not chat.bot_can("can_manage_topics"):
        raise bad("TOPIC_CLOSED")
    return thread_id


def place_of(world: World, params: Json) -> tuple[Chat, int | None, int | None, Json]:
    """Chat, topic, replied-to message and quote of a call that sends something."""
    chat = chat_of(world, params["chat_id"])
    thread_id = thread_of(chat, params.get("message_thread_id"))
    reply: Json = params.get("reply_parameters") or {}
    if reply.get("chat_id") not in (None, chat.id):
        raise bad("replies to another chat aren't part of the local Bot API")
    original = world.find(chat.id, reply["message_id"]) if reply else None
    if reply and original is None and not reply.get("allow_sending_without_reply"):
        raise bad("message to be replied not found")
    if original is None:
        return chat, thread_id, None, {}
    if chat.is_forum and thread_id is None:
        thread_id = original.thread_id  # a reply goes where the message is
    return chat, thread_id, original.message_id, _quote(original, reply)


def _quote(original: Post, reply: Json) -> Json:
    quote = reply.get("quote")
    if not quote:
        return {}
    text = original.body.get("text") or original.body.get("caption") or ""
    at = text.find(quote)
    if at < 0:
        raise bad("QUOTE_TEXT_INVALID")
    return {"quote": {"text": quote, "position": len(text[:at].encode("utf-16-le")) // 2, "is_manual": True}}


def message_of(world: World, chat: Chat, message_id: int, purpose: str) -> Post:
    """`purpose` completes Telegram's sentence, e.g. "message to edit" not found."""
    post = world.find(chat.id, message_id)
    if post is None:
        raise bad(f"{purpose} not found")
    return post


def need_right(chat: Chat, right: str, action: str) -> None:
    if not chat.bot_can(right):
        raise not_enough_rights(action)
