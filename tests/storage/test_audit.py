"""The audit log: every row in its place, none altered, and no flood of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select, text, update

from storage.audit import A_DAY, A_DAY_OF_PERSON
from storage.schema import audit, audit_head
from storage.unit_of_work import Storage, UnitOfWork
from tests.storage.conftest import NOW

DETAILS = {"by": "i:show:x", "chat_id": -5, "answer": "lookup.none"}


async def written(work: UnitOfWork) -> int:
    return await work.connection.scalar(select(func.count()).select_from(audit)) or 0


async def test_nothing_is_all_right(work: UnitOfWork) -> None:
    assert await work.audit.verified() == (0, None)


async def test_rows_are_chained(storage: Storage) -> None:
    for person in (1, 2, None):
        async with storage.begin() as work:
            assert await work.audit.refused(person, DETAILS, NOW + timedelta(microseconds=person or 0))
    async with storage.read() as work:
        assert await work.audit.verified() == (3, None)


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (update(audit).where(audit.c.id == 2).values(actor_id=9), 2),
        (update(audit).where(audit.c.id == 1).values(details={"by": "x"}), 1),
        (update(audit).where(audit.c.id == 3).values(at=NOW + timedelta(days=1)), 3),
        (update(audit).where(audit.c.id == 4).values(hash="0" * 64), 4),
        (delete(audit).where(audit.c.id == 2), 2),
        (delete(audit).where(audit.c.id == 1), 1),
        (delete(audit).where(audit.c.id == 4), 4),
        (delete(audit), 1),
        (delete(audit_head), 5),
        (text("UPDATE audit SET id = id + 1 WHERE id = 4"), 4),
    ],
)
async def test_whatever_was_done_to_a_row_is_found(work: UnitOfWork, harm: object, found: int) -> None:
    for person in range(4):
        await work.audit.refused(person, DETAILS, NOW)
    await work.connection.execute(harm)  # type: ignore[call-overload]  # statements of three kinds
    assert (await work.audit.verified())[1] == found


async def test_a_flood_writes_little(work: UnitOfWork) -> None:
    kept = [await work.audit.refused(1, DETAILS, NOW) for _ in range(A_DAY_OF_PERSON + 5)]
    assert kept == [True] * A_DAY_OF_PERSON + [False] * 5
    last = select(audit.c.details).order_by(audit.c.id.desc()).limit(1)
    assert await work.connection.scalar(last) == {**DETAILS, "last_of_day": True}
    assert await work.audit.refused(2, DETAILS, NOW)
    assert await work.audit.refused(1, DETAILS, NOW + timedelta(days=1))
    assert (await work.audit.verified())[1] is None


async def test_a_flood_of_many_people_ends_too(work: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    assert A_DAY < 10_000
    monkeypatch.setattr("storage.audit.A_DAY", 30)
    for person in range(50):
        await work.audit.refused(person, DETAILS, NOW)
    assert await written(work) == 30
