"""How the steps of flows ended: what the order of independent checks is learned from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.flows.model import Result
from knowledge.flows.ordering import Observation
from storage.rows import insert_id
from storage.schema import flow_steps

LOOKED_AT = 2000  # newest rows: old causes are forgotten


@dataclass(frozen=True, slots=True)
class EndedStep:
    """`check`: the member of a group that the step belongs to, or nothing. `outcome`: a Result."""

    session: int
    flow: str
    step: str
    check: str
    outcome: str
    seconds: int
    at: datetime


_SEEN = (
    select(flow_steps.c.session_id, flow_steps.c.member, flow_steps.c.outcome, flow_steps.c.seconds)
    .where(
        flow_steps.c.flow == bindparam("flow"),
        flow_steps.c.member != "",
        flow_steps.c.outcome != Result.SKIPPED.value,
    )
    .order_by(flow_steps.c.id.desc())
    .limit(bindparam("limit"))
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
        }
        await insert_id(self._connection, flow_steps, values)

    async def seen(self, flow: str, *, limit: int = LOOKED_AT) -> list[Observation]:
        """The newest steps of checks, whatever the flow's version: a step that keeps its name keeps its record."""
        rows = await self._connection.execute(_SEEN, {"flow": flow, "limit": limit})
        return [Observation(session, check, outcome == Result.SOLVED, spent) for session, check, outcome, spent in rows]
