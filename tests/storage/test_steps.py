"""How steps ended, as rows: what the order of checks is learned from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from knowledge.flows.ordering import Observation
from storage.schema import flow_steps
from storage.steps import EndedStep
from storage.unit_of_work import UnitOfWork
from tests.storage.conftest import NOW

ENDED = EndedStep(1, "invoice-not-showing", "cache_edge", "browser", "solved", 40, NOW, "yes")


async def test_what_ended_is_seen_newest_first(work: UnitOfWork) -> None:
    await work.steps.add(ENDED)
    await work.steps.add(replace(ENDED, session=2, step="network", check="network", outcome="failed", seconds=7))
    assert await work.steps.seen("invoice-not-showing") == [
        Observation(2, "network", solved=False, seconds=7, symptom="yes"),
        Observation(1, "browser", solved=True, seconds=40, symptom="yes"),
    ]


@pytest.mark.parametrize(
    "other", [replace(ENDED, flow="another"), replace(ENDED, check=""), replace(ENDED, outcome="skipped")]
)
async def test_other_flows_other_steps_and_skipped_ones_are_not(work: UnitOfWork, other: EndedStep) -> None:
    await work.steps.add(other)
    assert await work.steps.seen("invoice-not-showing") == []


async def test_old_ones_are_forgotten(work: UnitOfWork) -> None:
    for session in range(4):
        await work.steps.add(replace(ENDED, session=session))
    assert [one.session for one in await work.steps.seen("invoice-not-showing", limit=2)] == [3, 2]


async def test_what_orders_are_learned_from_is_kept_however_old(work: UnitOfWork) -> None:
    for session in range(4):
        await work.steps.add(replace(ENDED, session=session))
    await work.steps.add(replace(ENDED, flow="another"))
    await work.steps.forget_before(NOW + timedelta(days=1), limit=2)
    assert [one.session for one in await work.steps.seen("invoice-not-showing")] == [3, 2]
    assert len(await work.steps.seen("another")) == 1


@pytest.mark.parametrize("other", [replace(ENDED, check=""), replace(ENDED, outcome="skipped")])
async def test_what_nothing_is_learned_from_is_kept_while_it_is_new(work: UnitOfWork, other: EndedStep) -> None:
    await work.steps.add(other)
    await work.steps.forget_before(NOW)
    assert await _count(work) == 1
    await work.steps.forget_before(NOW + timedelta(seconds=1))
    assert await _count(work) == 0


async def _count(work: UnitOfWork) -> int:
    return len((await work.connection.execute(select(flow_steps.c.id))).all())
