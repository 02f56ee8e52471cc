"""Running flows. A session keeps to the version that it began with: a changed file breaks no chat inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import insert_id, insert_new
from storage.schema import flow_sessions, flow_sources


@dataclass(frozen=True, slots=True)
class Session:
    """`state` is the engine's, as JSON; `version` grows with each step and is carried by the buttons.

    `messages` are (id, text, HTML) of what a ticket will carry: what the flow began with and files, and with the id 0
    words that were no answer.
    """

    id: int
    user_id: int
    flow: str
    flow_version: str
    state: Mapping[str, Any]
    messages: Sequence[tuple[int, str, str]]
    version: int
    running: bool
    updated_at: datetime


_RUNNING = select(flow_sessions).where(flow_sessions.c.user_id == bindparam("user_id"), flow_sessions.c.running)


class Flows:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def remember(self, version: str, name: str, source: str) -> None:
        """Keep a flow's text as long as a session may need it."""
        values = {"version": version, "name": name, "source": source}
        await insert_new(self._connection, flow_sources, values)

    async def source(self, version: str) -> str | None:
        query = select(flow_sources.c.source).where(flow_sources.c.version == version)
        source: str | None = await self._connection.scalar(query)
        return source

    async def begin(self, session: Session) -> Session:
        """A new running session; the person's other ones are put aside. The given id is ignored."""
        await self.stop(session.user_id, session.updated_at)
        values = _values(session) | {"user_id": session.user_id, "flow": session.flow}
        return replace(session, id=await insert_id(self._connection, flow_sessions, values))

    async def running(self, user_id: int) -> Session | None:
        row = (await self._connection.execute(_RUNNING, {"user_id": user_id})).one_or_none()
        return _session(row) if row else None

    async def get(self, session_id: int) -> Session | None:
        query = select(flow_sessions).where(flow_sessions.c.id == session_id)
        row = (await self._connection.execute(query)).one_or_none()
        return _session(row) if row else None

    async def save(self, session: Session) -> None:
        where = flow_sessions.c.id == session.id
        await self._connection.execute(update(flow_sessions).where(where).values(_values(session)))

    async def stop(self, user_id: int, now: datetime) -> None:
        where = (flow_sessions.c.user_id == user_id) & flow_sessions.c.running
        await self._connection.execute(update(flow_sessions).where(where).values(running=False, updated_at=now))


def _session(row: Row[Any]) -> Session:
    session = Session(*row)
    return replace(session, messages=[(message_id, text, html) for message_id, text, html in session.messages])


def _values(session: Session) -> dict[str, Any]:
    return {
        "flow_version": session.flow_version,
        "state": dict(session.state),
        "messages": [list(message) for message in session.messages],
        "version": session.version,
        "running": session.running,
        "updated_at": session.updated_at,
    }
