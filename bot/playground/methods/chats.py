"""Chats and their members."""

from bot.playground.access import chat_of, need_right
from bot.playground.errors import bad
from bot.playground.groups import Groups
from bot.playground.methods import method
from bot.playground.state import Chat, Json

_PERMISSIONS_WORDS = (
    "can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos "
    "can_send_video_notes can_send_voice_notes can_send_polls can_send_other_messages "
    "can_add_web_page_previews can_change_info can_invite_users can_pin_messages can_manage_topics"
)
_PERMISSIONS = _PERMISSIONS_WORDS.split()
_GIFTS_WORDS = "unlimited_gifts limited_gifts unique_gifts premium_subscription gifts_from_channels"
_GIFTS = _GIFTS_WORDS.split()


@method("getChat")
def get_chat(world: Groups, params: Json) -> Json:
    chat = chat_of(world, params["chat_id"], write=False)
    full = {
        **world.chat_json(chat),
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(_GIFTS, False),
    }
    if not chat.is_private:
        full["permissions"] = dict.fromkeys(_PERMISSIONS, True)
    if chat.description:
        full["description"] = chat.description
    if chat.pinned and (post := world.find(chat.id, chat.pinned[-1])):
        full["pinned_message"] = world.view(post)
    return full


def _status(world: Groups, chat: Chat, user_id: int) -> str:
    if user_id == world.bot["id"]:
        return chat.bot_status
    if user_id in chat.admins:
        return "creator" if user_id == chat.admins[0] else "administrator"
    return "member" if user_id in chat.members else "left"


def _member(world: Groups, chat: Chat, user_id: int) -> Json:
    member = {"user": world.user_json(user_id), "status": _status(world, chat, user_id)}
    return world.member_json(chat, member)


@method("getChatMember")
def get_chat_member(world: Groups, params: Json) -> Json:
    chat = chat_of(world, params["chat_id"], write=False)
    if chat.is_private:
        return {"user": world.user_json(params["user_id"]), "status": "member"}
    user_id = params["user_id"]
    if user_id != world.bot["id"] and user_id not in world.state.people:
        raise bad("PARTICIPANT_ID_INVALID")
    return _member(world, chat, user_id)


@method("getChatAdministrators")
def get_chat_administrators(world: Groups, params: Json) -> list[Json]:
    chat = chat_of(world, params["chat_id"], write=False)
    if chat.is_private:
        raise bad("there are no administrators in the private chat")
    bot = [world.bot["id"]] if chat.bot_status == "administrator" else []
    return [_member(world, chat, user_id) for user_id in [*chat.admins, *bot]]


@method("getChatMemberCount")
def get_chat_member_count(world: Groups, params: Json) -> int:
    chat = chat_of(world, params["chat_id"], write=False)
    return 2 if chat.is_private else len({*chat.members, *chat.admins}) + 1


@method("leaveChat")
def leave_chat(world: Groups, params: Json) -> bool:
    chat = chat_of(world, params["chat_id"])
    if chat.is_private:
        raise bad("chat member status can't be changed in private chats")
    chat.bot_status = "left"
    world.state.keep(chat)
    world.changes.publish("chat", chat.id)
    return True


@method("setChatTitle")
def set_chat_title(world: Groups, params: Json) -> bool:
    chat = chat_of(world, params["chat_id"])
    need_right(chat, "can_change_info", "change chat title")
    chat.title = params["title"]
    world.tell_bot("message", world.post(chat, world.bot, {"new_chat_title": chat.title}))
    world.changes.publish("chat", chat.id)
    return True


@method("setChatDescription")
def set_chat_description(world: Groups, params: Json) -> bool:
    chat = chat_of(world, params["chat_id"])
    need_right(chat, "can_change_info", "change chat description")
    if chat.description == params.get("description", ""):
        raise bad("chat description is not modified")
    chat.description = params.get("description", "")
    world.state.keep(chat)
    return True
