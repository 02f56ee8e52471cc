"""Running flows as rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from knowledge.texts import Locale
from storage.flows import Session
from storage.unit_of_work import Storage, UnitOfWork
from tests.storage.conftest import NOW

SESSION = Session(0, 1, "invoice-not-showing", "0123456789ab", {"step": "family"}, (), 1, True, NOW)


async def prepare(work: UnitOfWork) -> None:
    for user_id in (1, 2):
        await work.users.seen(user_id, f"会计 {user_id}", Locale.ZH, NOW)
    await work.flows.remember("0123456789ab", "invoice-not-showing", "name: invoice-not-showing")


async def test_a_source_is_kept_by_its_version(work: UnitOfWork) -> None:
    await work.flows.remember("v1", "a", "text")
    await work.flows.remember("v1", "a", "another text is never written under the same version")
    assert await work.flows.source("v1") == "text"
    assert await work.flows.source("v2") is None


async def test_a_session_comes_back(work: UnitOfWork) -> None:
    await prepare(work)
    begun = await work.flows.begin(SESSION)
    moved = replace(
        begun, state={"step": "number"}, messages=[(7, "数电票", "<b>数电票</b>")], version=2, updated_at=NOW
    )
    assert await work.flows.running(1) == replace(begun, messages=[])
    await work.flows.save(moved)
    assert await work.flows.get(begun.id) == moved
    assert await work.flows.running(2) is None
    assert await work.flows.get(begun.id + 1) is None


async def test_one_session_runs_for_each_person(work: UnitOfWork) -> None:
    await prepare(work)
    first = await work.flows.begin(SESSION)
    others = await work.flows.begin(replace(SESSION, user_id=2))
    second = await work.flows.begin(replace(SESSION, updated_at=NOW + timedelta(minutes=1)))
    stopped = await work.flows.get(first.id)
    assert stopped == replace(first, running=False, messages=[], updated_at=NOW + timedelta(minutes=1))
    assert await work.flows.running(1) == replace(second, messages=[])
    assert await work.flows.running(2) == replace(others, messages=[])


async def test_stopped(work: UnitOfWork) -> None:
    await prepare(work)
    await work.flows.begin(SESSION)
    await work.flows.stop(1, NOW)
    await work.flows.stop(1, NOW)
    assert await work.flows.running(1) is None


async def test_a_session_needs_its_flow_to_be_kept(storage: Storage) -> None:
    """Otherwise it could not go on after the file has changed."""
    async with storage.begin() as work:
        await work.users.seen(1, "会计", Locale.ZH, NOW)
        with pytest.raises(IntegrityError):
            await work.flows.begin(SESSION)
