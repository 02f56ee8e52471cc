"""People, groups and topics: who is where, what the bot is there; used by tests, the page, the demo."""

from collections.abc import Sequence
from typing import Any

from bot.playground.errors import PlaygroundError
from bot.playground.state import ADMINISTRATOR_RIGHTS, GENERAL_TOPIC, SUPERGROUP_BASE, Chat, Json, Person, Topic
from bot.playground.world import World

TOPIC_COLORS = (7_322_096, 16_766_590, 13_338_331, 9_367_192, 16_749_490, 16_478_047)


class Groups(World):
    """Every method raises PlaygroundError for what a client would not offer."""

    # Who and where

    def add_person(
        self,
        user_id: int,
        first_name: str,
        username: str | None = None,
        language_code: str | None = None,
        *,
        role: str = "",
        started: bool = False,
    ) -> Person:
        """Someone with a Telegram account, and their private chat. `started`: they have already written to the bot.

        Adding somebody known changes their names only.
        """
        known = self.state.people.get(user_id)
        person = Person(user_id, first_name, username, language_code, role, started)
        if known:
            person.started = known.started or started
            person.blocked, person.deactivated = known.blocked, known.deactivated
        self.state.people[user_id] = person
        self.state.chats.setdefault(user_id, Chat(user_id, "private"))
        self._done(person, self.state.chats[user_id])
        self.changes.publish("chat", user_id)
        return person

    def add_group(
        self,
        chat_id: int,
        title: str,
        *,
        is_forum: bool = False,
        members: Sequence[int] = (),
        admins: Sequence[int] = (),
        bot: str = "administrator",
    ) -> Chat:
        """A group with the bot in it (`bot`: its status). Ids from -100… on are supergroups; forums have to be."""
        is_supergroup = chat_id < SUPERGROUP_BASE
        if chat_id >= 0 or (is_forum and not is_supergroup):
            raise PlaygroundError(f"{chat_id} can't be the id of such a group")
        chat = Chat(chat_id, "supergroup" if is_supergroup else "group", title, is_forum)
        chat.members, chat.admins, chat.bot_status = [*members], [*admins], bot
        chat.last_message_id = GENERAL_TOPIC  # a topic's id is its first message's; General's is 1
        self.state.chats[chat_id] = chat
        self._done(chat)
        self.changes.publish("chat", chat_id)
        return chat

    def join(self, user_id: int, chat_id: int) -> None:
        chat, person = self._chat(chat_id), self._person(user_id)
        if user_id in chat.members:
            return
        chat.members.append(user_id)
        self._say_service(chat, person, {"new_chat_members": [person.as_user()]})

    def leave(self, user_id: int, chat_id: int) -> None:
        chat, person = self._chat(chat_id), self._member(user_id, chat_id)
        chat.members = [member for member in chat.members if member != user_id]
        chat.admins = [admin for admin in chat.admins if admin != user_id]
        self._say_service(chat, person, {"left_chat_member": person.as_user()})

    def deactivate(self, user_id: int) -> None:
        """The person deletes their account; nobody is told."""
        person = self._person(user_id)
        person.deactivated = True
        self._done(person)

    # The bot and the group

    def block(self, user_id: int, *, blocked: bool = True) -> None:
        """Block or unblock the bot; it is told with my_chat_member."""
        person = self._person(user_id)
        if person.blocked == blocked:
            return
        person.blocked = blocked
        old: Json = {"user": self.bot, "status": "member"}
        new: Json = {"user": self.bot, "status": "kicked"}
        if not blocked:
            old, new = new, old
        self._tell_membership(self._chat(user_id), person, old, new)
        self._done(person)
        self.changes.publish("chat", user_id)

    def set_bot_status(self, user_id: int, chat_id: int, status: str, *, rights: list[str] | None = None) -> None:
        """A person promotes, demotes, removes or readmits the bot (administrator, member, left, kicked)."""
        chat = self._chat(chat_id)
        old = {"user": self.bot, "status": chat.bot_status}
        chat.bot_status = status
        if rights is not None:
            chat.bot_rights = rights
        self._tell_membership(chat, self._person(user_id), old, {"user": self.bot, "status": status})
        self._done(chat)

    def _tell_membership(self, chat: Chat, by: Person, old: Json, new: Json) -> None:
        payload = {
            "chat": self.chat_json(chat),
            "from": by.as_user(),
            "date": self.now,
            "old_chat_member": self.member_json(chat, old),
            "new_chat_member": self.member_json(chat, new),
        }
        self.updates.add("my_chat_member", payload, f"membership {chat.id}")

    def migrate(self, chat_id: int) -> int:
        """A plain group becomes a supergroup with a new id and no history; returns the id."""
        old = self._chat(chat_id)
        if old.type != "group" or old.migrated_to:
            raise PlaygroundError("only a plain group can become a supergroup")
        new = self.add_group(
            SUPERGROUP_BASE + chat_id, old.title, members=old.members, admins=old.admins, bot=old.bot_status
        )
        sender = self.state.people[old.members[0]] if old.members else None
        by = sender.as_user() if sender else self.bot
        leaving = self.post(old, by, {"migrate_to_chat_id": new.id})
        self.tell_bot("message", leaving)
        old.migrated_to = new.id
        arriving = self.post(new, by, {"migrate_from_chat_id": old.id})
        self.tell_bot("message", arriving)
        self._done(old)
        return new.id

    # Topics

    def create_topic(self, user_id: int, chat_id: int, name: str) -> Topic:
        chat, person = self._chat(chat_id), self._member(user_id, chat_id)
        topic = self.open_topic(chat, person.as_user(), name)
        self._done(chat)
        return topic

    def delete_topic(self, chat_id: int, thread_id: int) -> None:
        """Somebody deletes a topic with all its messages; bots never learn of it."""
        chat = self._chat(chat_id)
        if thread_id not in chat.topics:
            raise PlaygroundError(f"there is no topic {thread_id}")
        self.drop_topic(chat, thread_id)
        self._done(chat)

    def close_topic(self, user_id: int, chat_id: int, thread_id: int, *, closed: bool = True) -> None:
        chat, person = self._chat(chat_id), self._member(user_id, chat_id)
        if thread_id not in chat.topics:
            raise PlaygroundError(f"there is no topic {thread_id}")
        self.set_topic_closed(chat, person.as_user(), thread_id, closed=closed)
        self._done(chat)

    def set_notes(self, **notes: Any) -> None:
        """What the page is told besides: desk_chat_id, requester_id, agent_ids."""
        self.state.settings.notes |= notes
        self._done(self.state.settings)
        self.changes.publish("chat")

    def member_json(self, chat: Chat, member: Json) -> Json:
        """The Bot API's ChatMember from a user and a status."""
        if member["status"] == "administrator":
            rights = chat.bot_rights if member["user"]["id"] == self.bot["id"] else ADMINISTRATOR_RIGHTS[2:]
            return {**member, **{right: right in rights for right in ADMINISTRATOR_RIGHTS}}
        if member["status"] == "creator":
            return {**member, "is_anonymous": False}
        return {**member, "until_date": 0} if member["status"] == "kicked" else member

    # What both people and the bot can do with topics

    def open_topic(self, chat: Chat, by: Json, name: str, color: int = 0, emoji_id: str = "") -> Topic:
        """The topic's id is that of the service message which opens it."""
        if not chat.is_forum:
            raise PlaygroundError("the chat is not a forum")
        topic = Topic(chat.last_message_id + 1, name, color or TOPIC_COLORS[0], emoji_id)
        chat.topics[topic.message_thread_id] = topic
        created: Json = {"name": name, "icon_color": topic.icon_color}
        if emoji_id:
            created["icon_custom_emoji_id"] = emoji_id
        post = self.post(chat, by, {"forum_topic_created": created}, thread_id=topic.message_thread_id)
        self.tell_bot("message", post)
        self.topic_changed(chat, topic)
        return topic

    def set_topic_closed(self, chat: Chat, by: Json, thread_id: int, *, closed: bool) -> None:
        topic = chat.topics[thread_id]
        topic.closed = closed
        event = "forum_topic_closed" if closed else "forum_topic_reopened"
        self.tell_bot("message", self.post(chat, by, {event: {}}, thread_id=thread_id))
        self.topic_changed(chat, topic)

    def drop_topic(self, chat: Chat, thread_id: int) -> None:
        for post in [post for post in self.posts(chat.id) if post.thread_id == thread_id]:
            self.remove(post)
        del chat.topics[thread_id]
        self.state.keep(chat)
        self.changes.publish("topic", chat.id, message_thread_id=thread_id, deleted=True)

    def topic_changed(self, chat: Chat, topic: Topic) -> None:
        self.state.keep(chat)
        self.changes.publish("topic", chat.id, message_thread_id=topic.message_thread_id, topic=topic.to_json())

    # Checks

    def _person(self, user_id: int) -> Person:
        person = self.state.people.get(user_id)
        if person is None:
            raise PlaygroundError(f"there is no person {user_id}")
        return person

    def _chat(self, chat_id: int) -> Chat:
        chat = self.state.chats.get(chat_id)
        if chat is None:
            raise PlaygroundError(f"there is no chat {chat_id}")
        return chat

    def _member(self, user_id: int, chat_id: int) -> Person:
        person, chat = self._person(user_id), self._chat(chat_id)
        if user_id != chat.id and user_id not in chat.members and user_id not in chat.admins:
            raise PlaygroundError(f"{user_id} isn't in chat {chat_id}")
        return person

    def _say_service(self, chat: Chat, person: Person, body: Json) -> None:
        self.tell_bot("message", self.post(chat, person.as_user(), body))
        self._done(chat)

    def _done(self, *records: Any) -> None:
        self.state.keep(*records)
        self.state.commit()
