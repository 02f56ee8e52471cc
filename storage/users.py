"""People: who they are, their language, and where a conversation with them stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.permissions import Actor, DeskRole, Role
from knowledge.texts import Locale
from storage.organizations import AliasKind
from storage.rows import upsert
from storage.schema import agents, conversations, members, organization_aliases, users


@dataclass(frozen=True, slots=True)
class User:
    """A person in a private chat. `id` is the Telegram id, which is the chat's id too."""

    id: int
    name: str
    locale: Locale
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Conversation:
    """`misses`: free texts in a row that nothing was found for; `expecting`: what the next message is for, or ""."""

    misses: int = 0
    expecting: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    user_id: int
    name: str
    role: DeskRole


_USER = select(users).where(users.c.id == bindparam("id"))
_CONVERSATION = select(conversations).where(conversations.c.user_id == bindparam("user_id"))
_ROLES = (
    select(organization_aliases.c.alias, members.c.role)
    .join(members, members.c.org_id == organization_aliases.c.org_id)
    .where(members.c.user_id == bindparam("user_id"), organization_aliases.c.kind == AliasKind.TAX_ID)
    .order_by(organization_aliases.c.org_id, organization_aliases.c.alias)
)


class Users:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._talks: dict[int, Conversation] = {}  # as they are in the database

    async def get(self, user_id: int) -> User | None:
        row = (await self._connection.execute(_USER, {"id": user_id})).one_or_none()
        return User(row.id, row.name, Locale(row.locale), row.reachable) if row else None

    async def seen(self, user_id: int, name: str, locale: Locale, now: datetime) -> User:
        """The person, with today's name and reachable again; made with this language if new."""
        user = await self.get(user_id)
        if user is None:
            values = {"id": user_id, "name": name, "locale": locale, "reachable": True, "created_at": now}
            await self._connection.execute(insert(users).values(values))
            return User(user_id, name, locale)
        if (user.name, user.reachable) != (name, True):
            values = {"name": name, "reachable": True}
            await self._connection.execute(update(users).where(users.c.id == user_id).values(values))
        return User(user_id, name, user.locale)

    async def speak(self, user_id: int, locale: Locale) -> None:
        await self._connection.execute(update(users).where(users.c.id == user_id).values(locale=locale))

    async def unreachable(self, user_id: int) -> None:
        """The person blocked the bot or is gone; `seen` takes this back."""
        await self._connection.execute(update(users).where(users.c.id == user_id).values(reachable=False))

    async def conversation(self, user_id: int) -> Conversation:
        row = (await self._connection.execute(_CONVERSATION, {"user_id": user_id})).one_or_none()
        talk = self._talks[user_id] = Conversation(row.misses, row.expecting) if row else Conversation()
        return talk

    async def save_conversation(self, user_id: int, conversation: Conversation) -> None:
        """What is the same as when it was read is not written: most messages change nothing here."""
        if self._talks.get(user_id) == conversation:
            return
        self._talks[user_id] = conversation
        values = {"user_id": user_id, "misses": conversation.misses, "expecting": conversation.expecting}
        await upsert(self._connection, conversations, values, key=("user_id",))

    async def actor(self, user_id: int) -> Actor:
        """Who is speaking, with every role that the person has, by each tax id of the organizations."""
        desk_role = await self._connection.scalar(select(agents.c.role).where(agents.c.user_id == user_id))
        rows = await self._connection.execute(_ROLES, {"user_id": user_id})
        roles = tuple((row.alias, Role(row.role)) for row in rows)
        return Actor(user_id, DeskRole(desk_role) if desk_role else None, roles)


class Agents:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, agent: Agent, now: datetime) -> None:
        """Put somebody at the desk, or change name and role of who is there."""
        values = {"user_id": agent.user_id, "name": agent.name, "role": agent.role, "added_at": now}
        await upsert(self._connection, agents, values, key=("user_id",))

    async def remove(self, user_id: int) -> bool:
        """False if there was nobody with this id."""
        return (await self._connection.execute(delete(agents).where(agents.c.user_id == user_id))).rowcount == 1

    async def all(self) -> list[Agent]:
        rows = await self._connection.execute(select(agents).order_by(agents.c.added_at))
        return [Agent(row.user_id, row.name, DeskRole(row.role)) for row in rows]

    async def names(self, user_ids: Collection[int]) -> dict[int, str]:
        rows = await self._connection.execute(
            select(agents.c.user_id, agents.c.name).where(agents.c.user_id.in_(user_ids))
        )
        return {row.user_id: row.name for row in rows}
