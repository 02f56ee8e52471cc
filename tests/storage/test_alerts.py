"""Who watches what, and what was decided about telling them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.texts import Locale
from storage.alerts import Notification, Subscription
from storage.unit_of_work import UnitOfWork
from tests.storage.conftest import NOW

KEY, OTHER = "digital:26110000482913073017", "digital:26110000482913073071"
DECISION = Notification(1, "invoice.changed", KEY, 2, "sent", "watched", NOW, {"old": "normal", "new": "void"})


@pytest.fixture(autouse=True)
async def people(work: UnitOfWork) -> None:
    for user_id in (1, 2):
        await work.users.seen(user_id, f"会计 {user_id}", Locale.ZH, NOW)


async def test_watching(work: UnitOfWork) -> None:
    assert await work.alerts.subscribe(1, KEY, NOW) is True
    assert await work.alerts.subscribe(1, KEY, NOW) is False
    await work.alerts.subscribe(2, KEY, NOW)
    await work.alerts.subscribe(1, OTHER, NOW)
    assert await work.alerts.watching(KEY) == [Subscription(1, KEY, NOW), Subscription(2, KEY, NOW)]
    assert await work.alerts.of_user(1) == [Subscription(1, KEY, NOW), Subscription(1, OTHER, NOW)]


async def test_no_longer_watching(work: UnitOfWork) -> None:
    await work.alerts.subscribe(1, KEY, NOW)
    await work.alerts.subscribe(2, KEY, NOW)
    assert await work.alerts.unsubscribe(1, KEY) is True
    assert await work.alerts.unsubscribe(1, KEY) is False
    assert await work.alerts.watching(KEY) == [Subscription(2, KEY, NOW)]


async def test_muted_until_watched_again(work: UnitOfWork) -> None:
    assert await work.alerts.mute(1, KEY, muted=True) is False
    await work.alerts.subscribe(1, KEY, NOW)
    assert await work.alerts.mute(1, KEY, muted=True) is True
    assert await work.alerts.of_user(1) == [Subscription(1, KEY, NOW, muted=True)]
    assert await work.alerts.subscribe(1, KEY, NOW) is False
    assert await work.alerts.of_user(1) == [Subscription(1, KEY, NOW, muted=False)]


async def test_each_version_is_decided_once_for_each_person(work: UnitOfWork) -> None:
    entry_id = await work.alerts.log(DECISION)
    assert entry_id is not None
    assert await work.alerts.log(replace(DECISION, decision="held")) is None
    assert await work.alerts.log(replace(DECISION, user_id=2)) is not None
    assert await work.alerts.log(replace(DECISION, entity_version=3)) is not None
    assert await work.alerts.notification(entry_id, 1) == replace(DECISION, id=entry_id)
    assert await work.alerts.notification(entry_id, 2) is None


async def test_a_decision_is_put_right(work: UnitOfWork) -> None:
    entry_id = await work.alerts.log(DECISION)
    assert entry_id is not None
    await work.alerts.hold(entry_id, "not_permitted")
    held = replace(DECISION, id=entry_id, decision="held", reason="not_permitted")
    assert await work.alerts.notification(entry_id, 1) == held


async def test_an_unknown_decision(work: UnitOfWork) -> None:
    assert await work.alerts.notification(404, 1) is None
