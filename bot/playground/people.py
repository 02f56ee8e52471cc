"""What people do with messages in their clients: write, upload, press, edit, react; for tests, the page, the demo."""

from typing import Any

from bot.playground.entities import finish, utf16_length
from bot.playground.errors import ApiError, PlaygroundError
from bot.playground.files import add_file
from bot.playground.groups import Groups
from bot.playground.images import picture_size
from bot.playground.spec import Upload
from bot.playground.state import MEDIA_KEYS, REACTIONS, Chat, Json, Person, Post
from bot.playground.text import CAPTION_LIMIT, TEXT_LIMIT, message_text


class People(Groups):
    """Every method raises PlaygroundError for what a client would not offer."""

    # Writing

    def say(
        self,
        user_id: int,
        text: str,
        *,
        chat_id: int | None = None,
        thread_id: int | None = None,
        reply_to: int | None = None,
    ) -> Json:
        """Write a message, to the bot in private by default. Long text becomes several; the last is returned."""
        person, chat = self._speaker(user_id, chat_id, thread_id)
        sent: Json = {}
        for part in _parts(finish(text).text, TEXT_LIMIT):
            sent = self._write(person, chat, finish(part).to_json(), thread_id, reply_to)
        if not sent:
            raise PlaygroundError("a message needs text")
        return sent

    def upload(
        self,
        user_id: int,
        filename: str,
        content: bytes,
        mime: str = "application/octet-stream",
        *,
        caption: str = "",
        chat_id: int | None = None,
        thread_id: int | None = None,
        reply_to: int | None = None,
        kind: str | None = None,
        media_group_id: str | None = None,
    ) -> Json:
        """Send a file: a picture as a photo, a voice note as voice, everything else as a document."""
        person, chat = self._speaker(user_id, chat_id, thread_id)
        kind = kind or _kind_of(mime, content)
        try:
            file = add_file(self, kind, Upload(filename, content, mime))
        except ApiError as error:
            raise PlaygroundError(error.description.removeprefix("Bad Request: ")) from error
        formatted = finish(caption)
        if formatted.length > CAPTION_LIMIT:
            raise PlaygroundError(f"a caption has at most {CAPTION_LIMIT} characters")
        body = file.content | formatted.to_json("caption", "caption_entities")
        if media_group_id:
            body["media_group_id"] = media_group_id
        return self._write(person, chat, body, thread_id, reply_to)

    def upload_album(self, user_id: int, files: list[Upload], **place: Any) -> list[Json]:
        """Send 2-10 files as one album; `place` as in `upload`, the caption on the first."""
        if not 2 <= len(files) <= 10:
            raise PlaygroundError("an album has 2 to 10 files")
        caption = place.pop("caption", "")
        chat = self._chat(place.get("chat_id") or user_id)
        album = f"{chat.last_message_id + 1}{user_id % 10**6:06d}"
        kinds = {_kind_of(file.mime, file.content) for file in files}
        kind = "document" if len(kinds) > 1 and "document" in kinds else None
        return [
            self.upload(
                user_id,
                file.name,
                file.content,
                file.mime,
                caption="" if number else caption,
                kind=kind,
                media_group_id=album,
                **place,
            )
            for number, file in enumerate(files)
        ]

    def _write(self, person: Person, chat: Chat, body: Json, thread_id: int | None, reply_to: int | None) -> Json:
        if reply_to is not None and self.find(chat.id, reply_to) is None:
            raise PlaygroundError(f"there is no message {reply_to} to reply to")
        if chat.is_private and not person.started:
            person.started = True
            self.state.keep(person)
        post = self.post(chat, person.as_user(), body, thread_id=thread_id, reply_to=reply_to)
        self.tell_bot("message", post)
        self._done()
        return self.view(post)

    # Touching messages

    def press(self, user_id: int, chat_id: int, message_id: int, data: str) -> str:
        """Press the button with this callback data; returns the id of the callback query."""
        self._person(user_id)
        post = self._post(chat_id, message_id)
        if data not in _callback_data(post):
            raise PlaygroundError(f"message {message_id} has no button {data!r}")
        return self._press(user_id, post, data)

    def press_stale(self, user_id: int, chat_id: int, message_id: int, data: str) -> str:
        """A press that was under way while the keyboard changed, or comes from a hostile client: nothing is checked."""
        return self._press(user_id, self._post(chat_id, message_id), data)

    def _press(self, user_id: int, post: Post, data: str) -> str:
        query = self.new_query("callback_query", user_id, chat_id=post.chat_id, message_id=post.message_id)
        payload: Json = {
            "id": query.id,
            "from": self.user_json(user_id),
            "message": self.view(post),
            "chat_instance": f"{abs(post.chat_id) * 7919 + 104729}",
            "data": data,
        }
        self.updates.add("callback_query", payload, f"press {user_id}")
        self._done()
        return query.id

    def inline_query(self, user_id: int, text: str, *, chat_type: str = "sender", offset: str = "") -> str:
        """Type @bot and a text in any chat; returns the id of the inline query."""
        query = self.new_query("inline_query", user_id, text=text[:256])
        payload = {"id": query.id, "from": self._person(user_id).as_user(), "query": query.text, "offset": offset}
        self.updates.add("inline_query", payload | {"chat_type": chat_type}, f"inline {user_id}")
        self._done()
        return query.id

    def answer_to(self, query_id: str) -> Json | None:
        """What the bot answered to a press or an inline query; None so far, or for a query forgotten since."""
        query = self.state.queries.get(query_id)
        return query.answer if query else None

    def pick(self, query_id: str, result_id: str, *, chat_id: int | None = None, thread_id: int | None = None) -> Json:
        """Choose a result of an inline query: its message goes to the chat (the bot's own by default)."""
        query = self.state.queries.get(query_id)
        results = (query.answer or {}).get("results", []) if query else []
        result = next((one for one in results if one["id"] == result_id), None)
        if query is None or result is None:
            raise PlaygroundError(f"there is no inline result {result_id!r}")
        person, chat = self._speaker(query.user_id, chat_id, thread_id)
        content = result.get("input_message_content") or {}
        text = message_text({**content, "text": content.get("message_text", "")})
        body: Json = {**text.to_json(), "via_bot": self.bot}
        if inline := result.get("reply_markup"):
            body["reply_markup"] = inline
        chosen = {"result_id": result_id, "from": person.as_user(), "query": query.text}
        self.updates.add("chosen_inline_result", chosen, f"inline {query.user_id}")
        return self._write(person, chat, body, thread_id, None)

    def edit(self, user_id: int, chat_id: int, message_id: int, text: str) -> Json:
        """Change the text, or the caption, of one's own message."""
        post = self._own(user_id, chat_id, message_id)
        formatted = finish(text)
        if "text" in post.body:
            keys, limit = ("text", "entities"), TEXT_LIMIT
        elif any(key in post.body for key in MEDIA_KEYS):
            keys, limit = ("caption", "caption_entities"), CAPTION_LIMIT
        else:
            raise PlaygroundError("this message can't be edited")
        if formatted.length > limit or (not formatted.text and keys[0] == "text"):
            raise PlaygroundError(f"the text must have 1 to {limit} characters")
        body = {key: value for key, value in post.body.items() if key not in keys}
        post.body = {**body, **formatted.to_json(*keys), "edit_date": self.now}
        self.changed(post)
        self.tell_bot("edited_message", post)
        self._done()
        return self.view(post)

    def delete(self, user_id: int, chat_id: int, message_id: int) -> None:
        """Delete for everyone, as Telegram allows: own messages, all in private, admins all. Bots never learn of it."""
        post, chat = self._post(chat_id, message_id), self._chat(chat_id)
        if post.body["from"]["id"] != user_id and not chat.is_private and user_id not in chat.admins:
            raise PlaygroundError("only administrators delete others' messages")
        self.remove(post)
        self._done()

    def react(self, user_id: int, chat_id: int, message_id: int, emoji: str | None) -> None:
        """Set or, with None, take away one's reaction."""
        post, person = self._post(chat_id, message_id), self._person(user_id)
        if emoji and emoji.replace("\ufe0f", "") not in REACTIONS:
            raise PlaygroundError(f"{emoji} is no reaction")
        old = post.reactions.pop(str(user_id), [])
        new = [{"type": "emoji", "emoji": emoji}] if emoji else []
        if new:
            post.reactions[str(user_id)] = new
        self.changed(post, "reactions")
        payload = {
            "chat": post.body["chat"],
            "message_id": message_id,
            "user": person.as_user(),
            "date": self.now,
            "old_reaction": old,
            "new_reaction": new,
        }
        if self._chat(chat_id).bot_status == "administrator":
            self.updates.add("message_reaction", payload, f"reaction {chat_id}")
        self._done()

    # Checks

    def _speaker(self, user_id: int, chat_id: int | None, thread_id: int | None) -> tuple[Person, Chat]:
        chat = self._chat(user_id if chat_id is None else chat_id)
        person = self._member(user_id, chat.id)
        if chat.is_private and person.blocked:
            raise PlaygroundError("unblock the bot to write to it")
        topic = chat.topics.get(thread_id) if thread_id else None
        if thread_id and topic is None:
            raise PlaygroundError(f"there is no topic {thread_id}")
        if topic and topic.closed and user_id not in chat.admins:
            raise PlaygroundError("the topic is closed")
        return person, chat

    def _post(self, chat_id: int, message_id: int) -> Post:
        post = self.find(chat_id, message_id)
        if post is None:
            raise PlaygroundError(f"there is no message {message_id} in chat {chat_id}")
        return post

    def _own(self, user_id: int, chat_id: int, message_id: int) -> Post:
        post = self._post(chat_id, message_id)
        if post.body["from"]["id"] != user_id:
            raise PlaygroundError("only one's own messages can be edited")
        return post


def _parts(text: str, limit: int) -> list[str]:
    """Cut where clients cut: into pieces of at most `limit` UTF-16 units."""
    parts: list[str] = []
    while text:
        size = min(len(text), limit)
        while utf16_length(text[:size]) > limit:
            size -= max(1, (utf16_length(text[:size]) - limit) // 2)
        parts.append(text[:size])
        text = text[size:].lstrip()
    return parts


def _kind_of(mime: str, content: bytes) -> str:
    if mime.startswith("image/") and picture_size(content):
        return "photo"
    return "voice" if mime in ("audio/ogg", "audio/opus") else "document"


def _callback_data(post: Post) -> set[str]:
    rows = post.body.get("reply_markup", {}).get("inline_keyboard", [])
    return {button["callback_data"] for row in rows for button in row if "callback_data" in button}
