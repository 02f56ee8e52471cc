"""Timers: one a kind and entity, due in order, gone when done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage.timers import Timer
from storage.unit_of_work import UnitOfWork
from tests.storage.conftest import NOW

SECOND = timedelta(seconds=1)


def without_ids(timers: list[Timer]) -> list[Timer]:
    return [replace(timer, id=0) for timer in timers]


async def test_due_ones_the_oldest_first(work: UnitOfWork) -> None:
    await work.timers.set("nudge", 1, NOW)
    await work.timers.set("nudge", 2, NOW - SECOND)
    await work.timers.set("close", 1, NOW + SECOND)
    assert without_ids(await work.timers.due(NOW)) == [Timer(0, "nudge", 2, NOW - SECOND), Timer(0, "nudge", 1, NOW)]
    assert without_ids(await work.timers.due(NOW, limit=1)) == [Timer(0, "nudge", 2, NOW - SECOND)]
    assert await work.timers.count() == 3


async def test_set_again_it_moves(work: UnitOfWork) -> None:
    await work.timers.set("nudge", 1, NOW)
    await work.timers.postpone((await work.timers.due(NOW))[0], NOW)
    await work.timers.set("nudge", 1, NOW + SECOND)
    assert await work.timers.due(NOW) == []
    assert without_ids(await work.timers.due(NOW + SECOND)) == [Timer(0, "nudge", 1, NOW + SECOND)]


async def test_cancelled(work: UnitOfWork) -> None:
    await work.timers.set("nudge", 1, NOW)
    await work.timers.set("close", 1, NOW)
    await work.timers.cancel("nudge", 1)
    assert without_ids(await work.timers.due(NOW)) == [Timer(0, "close", 1, NOW)]


async def test_done_unless_set_anew_meanwhile(work: UnitOfWork) -> None:
    await work.timers.set("nudge", 1, NOW)
    taken = (await work.timers.due(NOW))[0]
    await work.timers.set("nudge", 1, NOW + SECOND)
    await work.timers.done(taken)
    assert without_ids(await work.timers.due(NOW + SECOND)) == [Timer(0, "nudge", 1, NOW + SECOND)]
    await work.timers.done((await work.timers.due(NOW + SECOND))[0])
    assert await work.timers.count() == 0


async def test_postponed_it_counts_its_failures(work: UnitOfWork) -> None:
    await work.timers.set("nudge", 1, NOW)
    for failures in (1, 2):
        await work.timers.postpone((await work.timers.due(NOW))[0], NOW)
        assert without_ids(await work.timers.due(NOW)) == [Timer(0, "nudge", 1, NOW, attempts=failures)]


async def test_lateness_is_that_of_the_oldest(work: UnitOfWork) -> None:
    assert await work.timers.lateness(NOW) == 0
    await work.timers.set("nudge", 1, NOW + SECOND)
    assert await work.timers.lateness(NOW) == 0
    await work.timers.set("nudge", 2, NOW - 90 * SECOND)
    assert await work.timers.lateness(NOW) == 90
