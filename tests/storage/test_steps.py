"""How steps ended, as rows: what the order of checks is learned from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.flows.ordering import Observation
from storage.steps import EndedStep
from storage.unit_of_work import UnitOfWork
from tests.storage.conftest import NOW

ENDED = EndedStep(1, "invoice-not-showing", "cache_edge", "browser", "solved", 40, NOW)


async def test_what_ended_is_seen_newest_first(work: UnitOfWork) -> None:
    await work.steps.add(ENDED)
    await work.steps.add(replace(ENDED, session=2, step="network", check="network", outcome="failed", seconds=7))
    assert await work.steps.seen("invoice-not-showing") == [
        Observation(2, "network", solved=False, seconds=7),
        Observation(1, "browser", solved=True, seconds=40),
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
