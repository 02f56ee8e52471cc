"""What a Telegram server would remember: people, chats, topics, messages, files; as records that turn into JSON."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

Json = dict[str, Any]

GENERAL_TOPIC = 1
SUPERGROUP_BASE = -1_000_000_000_000
_ADMINISTRATOR_RIGHTS_WORDS = (
    "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats "
    "can_restrict_members can_promote_members can_change_info can_invite_users can_pin_messages "
    "can_manage_topics can_post_stories can_edit_stories can_delete_stories"
)
ADMINISTRATOR_RIGHTS = _ADMINISTRATOR_RIGHTS_WORDS.split()
GIVEN_RIGHTS = frozenset(ADMINISTRATOR_RIGHTS) - {"can_be_edited", "is_anonymous", "can_promote_members"}

# The emoji that bots and people may react with; ❌ and ✅ are not among them.
_REACTIONS_WORDS = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 "
    "💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 "
    "😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"
)
REACTIONS = frozenset(_REACTIONS_WORDS.split())


class Record(Protocol):
    """Something that a store keeps under (kind, key)."""

    @property
    def kind(self) -> str: ...
    @property
    def key(self) -> str: ...
    def to_json(self) -> Json: ...


class Row:
    """A dataclass whose fields are JSON as they stand."""

    __slots__: tuple[str, ...] = ()

    def to_json(self) -> Json:
        return {name: getattr(self, name) for name in type(self).__slots__}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        return cls(**data)


@dataclass(slots=True)
class Person(Row):
    kind: ClassVar[str] = "person"
    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None
    role: str = ""
    started: bool = False
    blocked: bool = False
    deactivated: bool = False

    @property
    def key(self) -> str:
        return str(self.id)

    def as_user(self) -> Json:
        """The Bot API's User."""
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.username:
            user["username"] = self.username
        if self.language_code:
            user["language_code"] = self.language_code
        return user


@dataclass(slots=True)
class Topic(Row):
    message_thread_id: int
    name: str
    icon_color: int
    icon_custom_emoji_id: str = ""
    closed: bool = False
    hidden: bool = False


@dataclass(slots=True)
class Chat(Row):
    kind: ClassVar[str] = "chat"
    id: int
    type: str
    title: str = ""
    is_forum: bool = False
    description: str = ""
    members: list[int] = field(default_factory=list)
    admins: list[int] = field(default_factory=list)
    bot_status: str = "administrator"
    bot_rights: list[str] = field(default_factory=lambda: sorted(GIVEN_RIGHTS))
    topics: dict[int, Topic] = field(default_factory=dict)
    last_message_id: int = 0
    pinned: list[int] = field(default_factory=list)
    migrated_to: int | None = None

    @property
    def key(self) -> str:
        return str(self.id)

    @property
    def is_private(self) -> bool:
        return self.type == "private"

    @property
    def has_bot(self) -> bool:
        return self.bot_status in ("administrator", "member", "creator")

    def bot_can(self, right: str) -> bool:
        return self.is_private or self.bot_status == "creator" or self._granted(right)

    def _granted(self, right: str) -> bool:
        return self.bot_status == "administrator" and right in self.bot_rights

    def to_json(self) -> Json:
        data = Row.to_json(self)
        return {**data, "topics": [topic.to_json() for topic in self.topics.values()]}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        topics = [Topic.from_json(topic) for topic in data["topics"]]
        return cls(**{**data, "topics": {topic.message_thread_id: topic for topic in topics}})


@dataclass(slots=True)
class Post(Row):
    """A message in a chat. `body` is the Bot API's Message without reply_to_message."""

    kind: ClassVar[str] = "post"
    chat_id: int
    message_id: int
    body: Json
    reply_to: int | None = None
    keyboard: Json | None = None  # a reply keyboard, its removal or a forced reply: only people's clients see these
    reactions: dict[str, list[Json]] = field(default_factory=dict)  # by user id

    @property
    def key(self) -> str:
        return f"{self.chat_id}:{self.message_id}"

    @property
    def thread_id(self) -> int | None:
        """The topic that the message lies in; None in General and outside forums."""
        return self.body["message_thread_id"] if self.body.get("is_topic_message") else None

    @property
    def is_service(self) -> bool:
        return not any(key in self.body for key in CONTENT_KEYS)


MEDIA_KEYS = ("photo", "document", "video", "voice", "audio", "sticker", "animation", "video_note")
CONTENT_KEYS = ("text", *MEDIA_KEYS, "contact", "location", "venue", "dice")


@dataclass(slots=True)
class StoredFile(Row):
    kind: ClassVar[str] = "file"
    file_id: str
    unique_id: str
    path: str
    name: str
    mime: str
    size: int
    content_kind: str
    content: Json  # what messages show of it, e.g. {"document": {…}}

    @property
    def key(self) -> str:
        return self.file_id


@dataclass(slots=True)
class Query(Row):
    """A callback or inline query waiting for the bot's answer."""

    kind: ClassVar[str] = "query"
    id: str
    type: str
    user_id: int
    at: float
    chat_id: int = 0
    message_id: int = 0
    text: str = ""
    answer: Json | None = None

    @property
    def key(self) -> str:
        return self.id


@dataclass(slots=True)
class Settings(Row):
    """What the bot has set about itself, and the counters that must never go back."""

    kind: ClassVar[str] = "settings"
    key: ClassVar[str] = "bot"
    next_update_id: int = 518_000_001
    next_query_id: int = 7_300_000_001
    allowed_updates: list[str] = field(default_factory=list)
    webhook: Json = field(default_factory=dict)
    commands: dict[str, list[Json]] = field(default_factory=dict)  # by "scope|language"
    profile: dict[str, str] = field(default_factory=dict)  # by "name|language"
    menu_buttons: dict[str, Json] = field(default_factory=dict)
    notes: Json = field(default_factory=dict)  # the page's: who plays which part


class Keeper(Protocol):
    """Where records and files' bytes survive (store.py)."""

    def put(self, record: Record) -> None: ...
    def drop(self, record: Record) -> None: ...
    def put_bytes(self, file_id: str, content: bytes) -> None: ...
    def get_bytes(self, file_id: str) -> bytes | None: ...
    def commit(self) -> None: ...
    def load(self, kind: str) -> Iterator[Json]: ...


class State:
    """All records in memory; every change that is `keep`t goes to the store as well, if there is one."""

    def __init__(self, keeper: Keeper | None = None) -> None:
        self._keeper = keeper
        self._bytes: dict[str, bytes] = {}
        load = self.load
        self.people = {one.id: one for one in map(Person.from_json, load("person"))}
        self.chats = {one.id: one for one in map(Chat.from_json, load("chat"))}
        self.files = {one.file_id: one for one in map(StoredFile.from_json, load("file"))}
        self.queries = {one.id: one for one in map(Query.from_json, load("query"))}
        self.settings = next(map(Settings.from_json, load("settings")), Settings())
        self.posts: dict[int, dict[int, Post]] = {chat_id: {} for chat_id in self.chats}
        for post in sorted(map(Post.from_json, load("post")), key=lambda post: post.message_id):
            self.posts.setdefault(post.chat_id, {})[post.message_id] = post

    def keep(self, *records: Record) -> None:
        if self._keeper:
            for record in records:
                self._keeper.put(record)

    def forget(self, *records: Record) -> None:
        if self._keeper:
            for record in records:
                self._keeper.drop(record)

    def commit(self) -> None:
        """Make everything kept so far survive the process."""
        if self._keeper:
            self._keeper.commit()

    def keep_bytes(self, file_id: str, content: bytes) -> None:
        if self._keeper:
            self._keeper.put_bytes(file_id, content)
        else:
            self._bytes[file_id] = content

    def bytes_of(self, file_id: str) -> bytes:
        content = self._keeper.get_bytes(file_id) if self._keeper else self._bytes.get(file_id)
        return content or b""

    def load(self, kind: str) -> Iterator[Json]:
        return self._keeper.load(kind) if self._keeper else iter(())
