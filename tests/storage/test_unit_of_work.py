"""A use case's transaction: whole or not at all, its cause with it, and the delivery worker woken after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from knowledge.texts import Locale
from storage.database import Database
from storage.messages import Op, Outgoing
from storage.timers import Timer
from storage.unit_of_work import Cause, Storage, cause
from tests.storage.conftest import NOW

MESSAGE = Outgoing(1, Op.SEND, {"text": "您好"})


@contextmanager
def handling(what: int | Timer) -> Iterator[Cause]:
    this = Cause(what)
    token = cause.set(this)
    try:
        yield this
    finally:
        cause.reset(token)


async def stored(storage: Storage) -> int:
    async with storage.begin() as work:
        received = await work.inbox.add(1, [("1", {"update_id": 1})], NOW)
    return received[0].id


async def fail(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.users.seen(1, "安娜", Locale.ZH, NOW)
        await work.outbox.add(MESSAGE, now=NOW)
        raise ZeroDivisionError


async def test_repositories_share_the_transaction(storage: Storage) -> None:
    with pytest.raises(ZeroDivisionError):
        await fail(storage)
    async with storage.read() as work:
        assert await work.users.get(1) is None
        assert await work.outbox.counts() == {}


async def test_an_update_is_done_when_its_effect_is_committed(storage: Storage) -> None:
    row_id = await stored(storage)
    with handling(row_id) as this:
        async with storage.begin() as work:
            await work.users.seen(1, "安娜", Locale.ZH, NOW)
            assert await work.inbox.counts() == {"pending": 1}
        assert this.settled
    async with storage.read() as work:
        assert await work.inbox.counts() == {"done": 1}


async def test_an_update_is_not_done_when_its_effect_is_rolled_back(storage: Storage) -> None:
    row_id = await stored(storage)
    with handling(row_id) as this:
        with pytest.raises(ZeroDivisionError):
            await fail(storage)
        assert not this.settled
    async with storage.read() as work:
        assert await work.inbox.counts() == {"pending": 1}


async def test_after_a_failed_try_the_next_one_settles(storage: Storage) -> None:
    row_id = await stored(storage)
    with handling(row_id):
        with pytest.raises(ZeroDivisionError):
            await fail(storage)
        async with storage.begin():
            pass
    async with storage.read() as work:
        assert await work.inbox.counts() == {"done": 1}


async def test_reading_settles_nothing(storage: Storage) -> None:
    row_id = await stored(storage)
    with handling(row_id) as this:
        async with storage.read() as work:
            await work.users.get(1)
        assert not this.settled


async def test_a_timer_is_gone_with_what_it_did(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.timers.set("nudge", 1, NOW)
        timer = (await work.timers.due(NOW))[0]
    with handling(timer):
        with pytest.raises(ZeroDivisionError):
            await fail(storage)
        async with storage.read() as work:
            assert await work.timers.count() == 1
        async with storage.begin():
            pass
    async with storage.read() as work:
        assert await work.timers.count() == 0


@pytest.fixture
def woken(database: Database) -> tuple[Storage, list[int]]:
    """A storage, and one entry for each time that it woke the worker."""
    calls: list[int] = []
    return Storage(database, lambda: calls.append(1)), calls


async def test_only_a_commit_with_messages_wakes_the_worker(woken: tuple[Storage, list[int]]) -> None:
    storage, calls = woken
    async with storage.begin() as work:
        await work.users.seen(1, "安娜", Locale.ZH, NOW)
    assert calls == []
    with pytest.raises(ZeroDivisionError):
        await fail(storage)
    assert calls == []
    async with storage.begin() as work:
        await work.outbox.add(MESSAGE, now=NOW)
        assert calls == []
    assert calls == [1]
