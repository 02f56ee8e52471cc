"""The server's memory and its basic moves: posting, editing, deleting, telling the bot and those who watch."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypedDict

from bot.playground.changes import Changes
from bot.playground.errors import bad
from bot.playground.state import Chat, Json, Person, Post, Query, State
from bot.playground.store import Store
from bot.playground.updates import Updates

_QUERIES_KEPT = 10_000
DEFAULT_TOKEN = "700000001:playground"  # noqa: S105 - opens nothing but this server


class Options(TypedDict, total=False):
    """World's keyword arguments."""

    token: str
    username: str
    first_name: str
    store: Path | None
    clock: Callable[[], float]


class World:
    """`clock` gives Unix seconds. With `store`, everything survives the process and goes on where it was."""

    def __init__(
        self,
        *,
        token: str = DEFAULT_TOKEN,
        username: str = "invoice_helpdesk_bot",
        first_name: str = "票答",
        store: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.token = token
        self.bot: Json = {
            "id": int(token.split(":")[0]),
            "is_bot": True,
            "first_name": first_name,
            "username": username,
        }
        self.clock = clock
        self.privacy_mode = True
        self._store = Store(store) if store else None
        self.state = State(self._store)
        self.changes = Changes()
        self.updates = Updates(self.state, self.changes, clock)

    def close(self) -> None:
        """End long polls and streams; close the store."""
        self.changes.close()
        if self._store:
            self._store.close()

    @property
    def now(self) -> int:
        return int(self.clock())

    # People and chats

    def person(self, user_id: int) -> Person:
        person = self.state.people.get(user_id)
        if person is None:
            raise bad("user not found")
        return person

    def user_json(self, user_id: int) -> Json:
        return self.bot if user_id == self.bot["id"] else self.person(user_id).as_user()

    def chat_json(self, chat: Chat) -> Json:
        """The Bot API's Chat."""
        if chat.is_private:
            person = self.state.people[chat.id]
            named = {"first_name": person.first_name, "username": person.username}
            return {"id": chat.id, "type": "private", **{key: value for key, value in named.items() if value}}
        body: Json = {"id": chat.id, "type": chat.type, "title": chat.title}
        return {**body, "is_forum": True} if chat.is_forum else body

    # Messages

    def find(self, chat_id: int, message_id: int) -> Post | None:
        return self.state.posts.get(chat_id, {}).get(message_id)

    def posts(self, chat_id: int) -> Iterable[Post]:
        """Oldest first."""
        return self.state.posts.get(chat_id, {}).values()

    def post(
        self,
        chat: Chat,
        sender: Json,
        content: Json,
        *,
        thread_id: int | None = None,
        reply_to: int | None = None,
        keyboard: Json | None = None,
    ) -> Post:
        """Put a message into a chat, visible to all; the bot is told by `tell_bot`."""
        chat.last_message_id += 1
        body: Json = {
            "message_id": chat.last_message_id,
            "from": sender,
            "chat": self.chat_json(chat),
            "date": self.now,
        }
        body |= self._place(chat, thread_id, reply_to)
        body |= content
        implied = thread_id if thread_id != chat.last_message_id else None
        post = Post(chat.id, chat.last_message_id, body, reply_to or implied, keyboard)
        self.state.posts.setdefault(chat.id, {})[post.message_id] = post
        self.state.keep(post, chat)
        self.changes.publish("message", chat.id, message=self.as_person_sees(post))
        return post

    def _place(self, chat: Chat, thread_id: int | None, reply_to: int | None) -> Json:
        """In a supergroup, a reply outside a topic has a thread id too, that of its first message, and is no topic."""
        if thread_id:
            return {"message_thread_id": thread_id, "is_topic_message": True}
        if not reply_to or chat.type != "supergroup":
            return {}
        original = self.find(chat.id, reply_to)
        return {"message_thread_id": original.body.get("message_thread_id", reply_to)} if original else {}

    def view(self, post: Post) -> Json:
        """The Message as the Bot API gives it: with the message it replies to, one level deep.

        A message in a topic that replies to nothing "replies" to the topic's first message, as in Telegram.
        """
        original = self.find(post.chat_id, post.reply_to) if post.reply_to else None
        return {**post.body, "reply_to_message": original.body} if original else post.body

    def as_person_sees(self, post: Post) -> Json:
        chat = self.state.chats[post.chat_id]
        seen = dict(self.view(post))
        if post.reply_to and post.reply_to == post.thread_id:
            seen.pop("reply_to_message", None)
        if post.keyboard:
            seen["reply_markup"] = post.keyboard
        seen["reactions"] = [
            {"emoji": reaction.get("emoji", ""), "user_id": int(user_id)}
            for user_id, reactions in post.reactions.items()
            for reaction in reactions
        ]
        seen["edited"] = "edit_date" in post.body
        seen["pinned"] = post.message_id in chat.pinned
        return seen

    def changed(self, post: Post, event: str = "edited") -> None:
        self.state.keep(post)
        self.changes.publish(event, post.chat_id, message=self.as_person_sees(post))

    def remove(self, post: Post) -> None:
        chat = self.state.chats[post.chat_id]
        self.state.posts[post.chat_id].pop(post.message_id)
        if post.message_id in chat.pinned:
            chat.pinned.remove(post.message_id)
            self.state.keep(chat)
        self.state.forget(post)
        self.changes.publish("deleted", post.chat_id, message_id=post.message_id)

    # What the bot gets to know

    def tell_bot(self, kind: str, post: Post) -> None:
        chat = self.state.chats[post.chat_id]
        if chat.has_bot and self._bot_reads(chat, post):
            self.updates.add(kind, self.view(post), f"chat {chat.id}")

    def _bot_reads(self, chat: Chat, post: Post) -> bool:
        """With privacy mode, a plain member of a group reads only what is meant for it."""
        if chat.is_private or chat.bot_status != "member" or not self.privacy_mode or post.is_service:
            return True
        text = post.body.get("text") or post.body.get("caption") or ""
        replied = self.view(post).get("reply_to_message", {}).get("from", {}).get("id")
        return text.startswith("/") or f"@{self.bot['username']}" in text or replied == self.bot["id"]

    def new_query(self, kind: str, user_id: int, **place: Any) -> Query:
        settings = self.state.settings
        query = Query(str(settings.next_query_id), kind, user_id, self.clock(), **place)
        settings.next_query_id += 1
        if len(self.state.queries) >= _QUERIES_KEPT:
            self.state.forget(self.state.queries.pop(next(iter(self.state.queries))))
        self.state.queries[query.id] = query
        self.state.keep(query, settings)
        return query
