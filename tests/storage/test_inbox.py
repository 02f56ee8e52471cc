"""Updates are stored once, handled once, and parked when they cannot be handled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage.inbox import Received
from storage.unit_of_work import UnitOfWork
from tests.storage.conftest import NOW

BOT = 123456


def update(update_id: int, text: str = "发票查不到") -> dict[str, Any]:
    return {"update_id": update_id, "message": {"text": text}}


async def add(work: UnitOfWork, *update_ids: int) -> list[Received]:
    return await work.inbox.add(BOT, [(f"lane {number}", update(number)) for number in update_ids], NOW)


async def test_stored_as_they_came_and_in_order(work: UnitOfWork) -> None:
    received = await add(work, 30, 10, 20)
    assert [row.update_id for row in received] == [30, 10, 20]
    assert [row.update for row in received] == [update(30), update(10), update(20)]
    assert await work.inbox.pending() == received


async def test_a_repeat_is_left_out(work: UnitOfWork) -> None:
    await add(work, 1, 2)
    assert [row.update_id for row in await add(work, 2, 3)] == [3]
    assert [row.update_id for row in await work.inbox.add(BOT + 1, [("lane", update(2))], NOW)] == [2]
    assert len(await work.inbox.pending()) == 4


async def test_a_handled_one_is_still_known(work: UnitOfWork) -> None:
    row = (await add(work, 1))[0]
    await work.inbox.done(row.id)
    assert await work.inbox.pending() == []
    assert await add(work, 1) == []


async def test_failures_are_counted_until_it_is_parked(work: UnitOfWork) -> None:
    first, second = await add(work, 1, 2)
    await work.inbox.failed(first.id, "ValueError", park=False)
    assert [(row.update_id, row.attempts) for row in await work.inbox.pending()] == [(1, 1), (2, 0)]
    await work.inbox.failed(first.id, "ValueError", park=True)
    assert [row.update_id for row in await work.inbox.pending()] == [2]
    await work.inbox.done(second.id)
    assert await work.inbox.counts() == {"parked": 1, "done": 1}


async def test_only_old_handled_ones_are_forgotten(work: UnitOfWork) -> None:
    old, parked, waiting = await add(work, 1, 2, 3)
    new = (await work.inbox.add(BOT, [("lane", update(4))], NOW + timedelta(days=3)))[0]
    await work.inbox.done(old.id)
    await work.inbox.done(new.id)
    await work.inbox.failed(parked.id, "ValueError", park=True)
    await work.inbox.forget_before(NOW + timedelta(days=1))
    assert await work.inbox.counts() == {"done": 1, "parked": 1, "pending": 1}
    assert [row.update_id for row in await work.inbox.pending()] == [waiting.update_id]


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "😀", "\u2028", "<&>'\"\\"])
async def test_any_text_can_be_stored(work: UnitOfWork, text: str) -> None:
    """What cannot be stored would be asked for again and again, and nothing behind it would ever come."""
    received = await work.inbox.add(BOT, [("lane", update(1, text))], NOW)
    assert [row.update for row in await work.inbox.pending()] == [received[0].update] == [update(1, text)]
