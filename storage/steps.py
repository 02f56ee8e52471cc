"""How the steps of flows ended: what the order of independent checks is learned from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, delete, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.flows.model import Result
from knowledge.flows.ordering import Observation
from storage.rows import insert_id
from storage.schema import flow_steps
from storage.sqlite_driver import LONG

LOOKED_AT = 2000  # newest rows: old causes are forgotten


@dataclass(frozen=True, slots=True)
class EndedStep:
    """`check`: the member of a group that the step belongs to, or nothing. `outcome`: a Result.

    `symptom`: what the group is ordered by, if that was known.
    """

    session: int
    flow: str
    step: str
    check: str
    outcome: str
    seconds: int
    at: datetime
    symptom: str = ""


_OF_USE = (flow_steps.c.member != "", flow_steps.c.outcome != Result.SKIPPED.value)
_COLUMNS = (flow_steps.c.session_id, flow_steps.c.member, flow_steps.c.outcome, flow_steps.c.seconds)
_SEEN = (
    select(*_COLUMNS, flow_steps.c.symptom)
    .where(flow_steps.c.flow == bindparam("flow"), *_OF_USE)
    .order_by(flow_steps.c.id.desc())
    .limit(bindparam("limit"))
    .prefix_with(LONG)
)
_OLDEST = (
    select(flow_steps.c.id)
    .where(flow_steps.c.flow == bindparam("flow"), *_OF_USE)
    .order_by(flow_steps.c.id.desc())
    .offset(bindparam("last"))
    .limit(1)
    .prefix_with(LONG)
)


class Steps:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, ended: EndedStep) -> None:
        values = {
            "session_id": ended.session,
            "flow": ended.flow,
            "step": ended.step,
            "member": ended.check,
            "outcome": ended.outcome,
            "seconds": ended.seconds,
            "at": ended.at,
            "symptom": ended.symptom,
        }
        await insert_id(self._connection, flow_steps, values)

    async def seen(self, flow: str, *, limit: int = LOOKED_AT) -> list[Observation]:
        """The newest steps of checks, whatever the flow's version: a step that keeps its name keeps its record."""
        rows = await self._connection.execute(_SEEN, {"flow": flow, "limit": limit})
        return [
            Observation(session, check, outcome == Result.SOLVED, spent, symptom)
            for session, check, outcome, spent, symptom in rows
        ]

    async def forget_before(self, moment: datetime, *, limit: int = LOOKED_AT) -> None:
        """Drop what is older, but what a flow's order is still learned from."""
        flows = await self._connection.scalars(select(flow_steps.c.flow).distinct().prefix_with(LONG))
        for flow in flows.all():
            oldest = await self._connection.scalar(_OLDEST, {"flow": flow, "last": limit - 1})
            of_use = and_(*_OF_USE, flow_steps.c.id >= (oldest or 0))
            old = (flow_steps.c.flow == flow, flow_steps.c.at < moment)
            await self._connection.execute(delete(flow_steps).where(*old, not_(of_use)).prefix_with(LONG))
