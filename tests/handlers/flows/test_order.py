"""The order of checks at the service: steps are logged with their causes, what helped comes first, and it stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from handlers.errors import Conflict
from handlers.flows.service import LONGEST_STEP, FlowActions, FlowService
from knowledge.flows.model import Flow
from knowledge.flows.ordering import ENOUGH
from knowledge.texts import Locale
from storage.flows import Session
from storage.schema import flow_steps
from tests.conftest import REQUESTER
from tests.fixtures.services import NOW, Office
from tests.knowledge.flows.test_groups import FLOW
from tests.knowledge.flows.walking import FLOWS

HALF_A_MINUTE = timedelta(seconds=31)


def serving(here: Office, flow: Flow = FLOW, chance: float = 0.99) -> FlowService:
    services = here.services
    features, zone = services.features, ZoneInfo("Asia/Shanghai")
    flows = {flow.name: flow}
    actions = FlowActions(features.invoices, features.verifications, features.waits)
    return FlowService(services.storage, services.texts, flows, actions, features.tickets, zone, lambda: chance)


async def begun(here: Office, flows: FlowService, flow: Flow = FLOW, said: str = "") -> Session:
    async with here.services.storage.begin() as work:
        user = await work.users.seen(REQUESTER, "示例会计", Locale.ZH, NOW)
        await flows.begin(work, user, flow.name, NOW, said=said)
        session = await work.flows.running(REQUESTER)
    assert session is not None
    return session


async def tap(here: Office, flows: FlowService, session: Session, word: str, at: datetime) -> Session:
    await flows.tap(REQUESTER, session.id, session.version, word, at)
    async with here.services.storage.read() as work:
        moved = await work.flows.get(session.id)
    assert moved is not None
    return moved


async def logged(here: Office) -> list[dict[str, Any]]:
    async with here.services.storage.read() as work:
        return [dict(row) for row in (await work.connection.execute(select(flow_steps))).mappings()]


async def solve_by_two(here: Office, flows: FlowService, times: int) -> None:
    """Whatever is asked first, only the check `two` helps."""
    for _ in range(times):
        session, at = await begun(here, flows), NOW
        while session.running:
            at += HALF_A_MINUTE
            word = "csolved" if session.state["step"] == "two" else "cstill"
            session = await tap(here, flows, session, word, at)


async def test_each_step_that_ends_is_logged(here: Office) -> None:
    flows = serving(here)
    session = await begun(here, flows)
    session = await tap(here, flows, session, "cstill", NOW + HALF_A_MINUTE)
    session = await tap(here, flows, session, "w", NOW + HALF_A_MINUTE * 2)
    session = await tap(here, flows, session, "s", NOW + timedelta(days=2))
    await tap(here, flows, session, "csolved", NOW + timedelta(days=2))
    rows = await logged(here)
    assert [(row["step"], row["member"], row["outcome"], row["seconds"]) for row in rows] == [
        ("one", "one", "failed", 31),
        ("one_more", "one", "skipped", LONGEST_STEP),
        ("two", "two", "solved", 1),
    ]
    assert {(row["session_id"], row["flow"]) for row in rows} == {(session.id, "checks")}


async def test_going_back_logs_nothing_and_a_stale_tap_neither(here: Office) -> None:
    flows = serving(here)
    old = await begun(here, flows)
    moved = await tap(here, flows, old, "cstill", NOW)
    await tap(here, flows, moved, "b", NOW)
    with pytest.raises(Conflict):
        await flows.tap(REQUESTER, old.id, old.version, "cstill", NOW)
    assert len(await logged(here)) == 1


async def test_what_helped_comes_first_once_there_is_enough_and_says_so(here: Office) -> None:
    flows = serving(here)
    await solve_by_two(here, flows, ENOUGH - 1)
    assert (await begun(here, flows)).state["step"] == "one"
    assert "同类问题里" not in (await here.queued(REQUESTER))[-1]
    await solve_by_two(here, flows, 1)
    session = await begun(here, flows)
    assert session.state["step"] == "two"
    assert session.state["orders"] == {"checks": ["two", "one", "three"]}
    assert "同类问题里 100% 靠它解决，约 30 秒。" in (await here.queued(REQUESTER))[-1]


async def test_a_session_keeps_the_order_that_it_began_with(here: Office) -> None:
    flows = serving(here)
    session = await begun(here, flows)
    async with here.services.storage.begin() as work:
        for other in range(ENOUGH):
            await work.connection.execute(flow_steps.insert().values(_row(1000 + other)))
    for step in ("one_more", "two", "three", "last"):
        session = await tap(here, flows, session, "cstill", NOW)
        assert session.state["step"] == step


async def test_an_unexplored_check_gets_its_turn_by_chance(here: Office) -> None:
    async with here.services.storage.begin() as work:
        for other in range(ENOUGH):
            await work.connection.execute(flow_steps.insert().values(_row(1000 + other)))
    assert (await begun(here, serving(here, chance=0.99))).state["step"] == "two"
    assert (await begun(here, serving(here, chance=0.0))).state["step"] == "one"


async def test_a_session_from_before_goes_on(here: Office) -> None:
    flows = serving(here)
    session = await begun(here, flows)
    state = {name: value for name, value in session.state.items() if name not in ("orders", "hints", "plan")}
    async with here.services.storage.begin() as work:
        await work.flows.save(replace(session, state=state))
    assert (await tap(here, flows, session, "cstill", NOW)).state["step"] == "one_more"


async def test_the_symptom_is_logged_and_its_own_record_decides(here: Office) -> None:
    slow = FLOWS["system-slow-or-error-flow"]
    flows = serving(here, slow)
    async with here.services.storage.begin() as work:
        for other in range(ENOUGH):
            row = _row(1000 + other) | {"flow": slow.name, "step": "device", "member": "device", "symptom": "blank"}
            await work.connection.execute(flow_steps.insert().values(row))
    asked = {}
    for symptom in ("slow", "blank"):
        session = await tap(here, flows, await begun(here, flows, slow), f"c{symptom}", NOW)
        asked[symptom] = session.state["step"]
        await tap(here, flows, session, "csolved", NOW)
    assert asked == {"slow": "network", "blank": "device"}
    assert [(row["step"], row["symptom"]) for row in (await logged(here))[ENOUGH:]] == [
        ("symptom", ""),
        ("network", "slow"),
        ("symptom", ""),
        ("device", "blank"),
    ]


async def test_what_was_said_before_is_not_asked(here: Office) -> None:
    slow = FLOWS["system-slow-or-error-flow"]
    session = await begun(here, serving(here, slow), slow, said="系统很慢怎么办")
    assert (session.state["step"], session.state["facts"]) == ("network", {"symptom": "slow"})


def _row(session: int) -> dict[str, Any]:
    return {
        "session_id": session,
        "flow": FLOW.name,
        "step": "two",
        "member": "two",
        "outcome": "solved",
        "seconds": 30,
        "at": NOW,
    }
