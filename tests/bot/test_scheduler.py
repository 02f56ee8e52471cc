"""Timers: each once, none lost; and what the bot does by itself after minutes and days."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select

from bot.app import running
from bot.playground.bot_api import BotApi
from bot.playground.server import serve
from bot.scheduler import INBOX_KEPT, LONGEST_PAUSE, Sweeper, schedule
from handlers.flows.service import KEPT, NUDGE_AFTER
from knowledge.texts import Locale
from knowledge.tickets import GRACE, TicketState
from storage.schema import party_grams, timers
from storage.unit_of_work import Storage
from tests.conftest import AGENT, DESK, REQUESTER, World, furnish, put_database, settings_for
from tests.fixtures.clock import MovingClock
from tests.fixtures.failing import FailingDatabase, failing_storage
from tests.fixtures.invoices import build

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Case:
    """Timers of kind "note" note their entity in the users' table; `broken` entities fail after that."""

    def __init__(self, storage: Storage, database: FailingDatabase) -> None:
        self.storage, self.database = storage, database
        self.now = NOW
        self.ran: list[int] = []
        self.broken: set[int] = set()
        self.sweeper = Sweeper(
            storage, {"note": self._note, "idle": self._idle, "again": self._again}, lambda: self.now
        )

    async def _note(self, entity: int, now: datetime) -> None:
        self.ran.append(entity)
        async with self.storage.begin() as work:
            await work.users.seen(entity, "noted", Locale.ZH, now)
            if entity in self.broken:
                raise RuntimeError("broken")

    async def _idle(self, entity: int, _now: datetime) -> None:
        self.ran.append(entity)

    async def _again(self, entity: int, now: datetime) -> None:
        self.ran.append(entity)
        async with self.storage.begin() as work:
            await work.timers.set("again", entity, now + MINUTE)

    async def again_at_once(self, entity: int, now: datetime) -> None:
        self.ran.append(entity)
        async with self.storage.begin() as work:
            await work.timers.set("again", entity, now - SECOND * len(self.ran) / 10)

    async def set(self, entity: int, due_at: datetime, kind: str = "note") -> None:
        async with self.storage.begin() as work:
            await work.timers.set(kind, entity, due_at)

    async def sweep(self, now: datetime) -> list[int]:
        """What ran."""
        self.now = now
        self.ran.clear()
        await self.sweeper.sweep()
        return list(self.ran)

    async def noted(self, entity: int) -> bool:
        async with self.storage.read() as work:
            return await work.users.get(entity) is not None

    async def due(self) -> dict[int, datetime]:
        async with self.storage.read() as work:
            return {row[0]: row[1] for row in await work.connection.execute(select(timers.c.entity, timers.c.due_at))}


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    async with failing_storage(tmp_path) as (storage, database):
        yield Case(storage, database)


async def test_what_is_due_runs_once_oldest_first(case: Case) -> None:
    await case.set(1, NOW + SECOND)
    await case.set(2, NOW)
    await case.set(3, NOW + MINUTE)
    assert await case.sweep(NOW - SECOND) == []
    assert await case.sweep(NOW + SECOND) == [2, 1]
    assert await case.sweep(NOW + 2 * SECOND) == []
    assert await case.due() == {3: NOW + MINUTE}


async def test_a_job_that_has_nothing_to_do_is_done_too(case: Case) -> None:
    await case.set(1, NOW, "idle")
    assert await case.sweep(NOW) == [1]
    assert await case.due() == {}


async def test_more_than_fit_into_one_look(case: Case) -> None:
    async with case.storage.begin() as work:
        for entity in range(1, 151):
            await work.timers.set("note", entity, NOW - timedelta(hours=3))
    assert len(set(await case.sweep(NOW))) == 150
    assert await case.due() == {}


async def test_a_failing_one_is_postponed_ever_longer_and_the_others_run(case: Case) -> None:
    case.broken = {1}
    await case.set(1, NOW)
    await case.set(2, NOW)
    assert await case.sweep(NOW) == [1, 2]
    assert not await case.noted(1)
    assert await case.noted(2)
    now, waits = NOW, []
    for _ in range(13):
        waits.append((await case.due())[1] - now)
        now += waits[-1]
        assert await case.sweep(now - SECOND / 10) == []
        assert await case.sweep(now) == [1]
    assert waits[:4] == [2 * SECOND, 4 * SECOND, 8 * SECOND, 16 * SECOND]
    assert waits[-1] == LONGEST_PAUSE
    case.broken.clear()
    now += LONGEST_PAUSE
    assert await case.sweep(now) == [1]
    assert await case.noted(1)
    assert await case.due() == {}


async def test_a_kind_that_nobody_knows_is_kept_for_a_version_that_does(case: Case) -> None:
    await case.set(1, NOW, "from another version")
    await case.set(2, NOW)
    assert await case.sweep(NOW) == [2]
    assert list(await case.due()) == [1]


async def test_a_job_may_set_its_timer_anew(case: Case) -> None:
    await case.set(1, NOW, "again")
    assert await case.sweep(NOW) == [1]
    assert await case.due() == {1: NOW + MINUTE}
    assert await case.sweep(NOW + MINUTE) == [1]


async def test_a_job_that_is_due_again_at_once_waits_for_the_next_sweep(case: Case) -> None:
    await case.set(1, NOW - MINUTE, "again")
    case.now = NOW
    case.sweeper = Sweeper(case.storage, {"again": case.again_at_once}, lambda: case.now)
    assert await case.sweep(NOW) == [1]
    assert await case.sweep(NOW) == [1]


async def test_two_sweeps_at_once_run_a_job_once(case: Case) -> None:
    await case.set(1, NOW)
    await asyncio.gather(case.sweeper.sweep(), case.sweeper.sweep())
    assert case.ran == [1]


async def test_without_the_database_nothing_is_lost(case: Case) -> None:
    await case.set(1, NOW)
    case.database.away = True
    with pytest.raises(Exception, match="disk is full"):
        await case.sweep(NOW)
    assert not await case.noted(1)
    case.database.away = False
    assert await case.sweep(NOW + SECOND) == [1]
    assert await case.noted(1)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(hours=3)])
async def test_when_the_clock_jumps_each_runs_once(case: Case, jump: timedelta) -> None:
    for entity in range(1, 11):
        await case.set(entity, NOW + entity * MINUTE)
    ran = await case.sweep(NOW + 5 * MINUTE)
    ran += await case.sweep(NOW + 5 * MINUTE + jump)
    ran += await case.sweep(NOW + 10 * MINUTE)
    assert sorted(ran) == list(range(1, 11))


async def test_tidying_forgets_what_telegram_cannot_send_again(case: Case) -> None:
    async with case.storage.begin() as work:
        rows = await work.inbox.add(1, [("42", {"update_id": number}) for number in range(4)], NOW)
        await work.inbox.done(rows[0].id)
        await work.inbox.failed(rows[1].id, "broken", park=True)
        await work.inbox.done(rows[2].id)
        (young,) = await work.inbox.add(1, [("42", {"update_id": 9})], NOW + INBOX_KEPT)
        await work.inbox.done(young.id)
    case.now = NOW + INBOX_KEPT + SECOND
    await case.sweeper.tidy()
    async with case.storage.read() as work:
        assert await work.inbox.counts() == {"done": 1, "parked": 1, "pending": 1}


async def test_late_ticks_are_not_dropped(case: Case) -> None:
    scheduler = schedule(case.sweeper, ZoneInfo("Asia/Shanghai"))
    scheduler.start(paused=True)
    jobs = scheduler.get_jobs()
    assert {job.name for job in jobs} == {"sweep", "tidy", "replay"}
    assert next(f"{job.next_run_time:%H:%M %z}" for job in jobs if job.name == "replay") == "03:30 +0800"
    assert all((job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1) for job in jobs)
    scheduler.shutdown()


async def test_what_the_look_up_misses_is_logged(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    async with case.storage.begin() as work:
        await work.invoices.save(build(1), NOW)
    await case.sweeper.replay()
    assert not caplog.records
    async with case.storage.begin() as work:
        await work.connection.execute(delete(party_grams))
    await case.sweeper.replay()
    (record,) = caplog.records
    assert "parties that are not found: [1, 2]" in record.getMessage()


# With the whole bot.


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@asynccontextmanager
async def stopped_world(folder: Path, clock: MovingClock) -> AsyncIterator[World]:
    """For a bot that is started and stopped while Telegram goes on."""
    api = BotApi()
    furnish(api)
    await asyncio.to_thread(put_database, folder)
    async with serve(api) as url:
        yield World(api, settings_for(url, folder), clock)


async def later(world: World, clock: MovingClock, by: timedelta) -> None:
    """Time goes by."""
    clock.advance(by)
    await world.bot.sweeper.sweep()
    world.bot.wake()
    await world.quiet()


async def test_the_clock_ticks_by_itself(make_world: Callable[..., Any], clock: MovingClock) -> None:
    async with make_world(clock=clock) as world:
        await world.say("/fix")
        before = len(world.texts())
        clock.advance(NUDGE_AFTER)
        await world.api.wait_for(lambda: len(world.texts()) > before, timeout=5)


async def test_a_flow_left_alone_is_nudged_once_and_silently(
    make_world: Callable[..., Any], clock: MovingClock
) -> None:
    async with make_world(clock=clock) as world:
        await world.say("/fix")
        before = world.texts()
        await later(world, clock, NUDGE_AFTER - 5 * SECOND)
        assert world.texts() == before
        await later(world, clock, 5 * SECOND)
        (nudge,) = world.texts()[len(before) :]
        assert world.api.sent()[-1].params["disable_notification"] is True
        await later(world, clock, timedelta(hours=5))
        assert world.texts() == [*before, nudge]


async def test_who_answers_is_not_nudged_before_another_ten_minutes(
    make_world: Callable[..., Any], clock: MovingClock
) -> None:
    async with make_world(clock=clock) as world:
        await world.say("/fix")
        await later(world, clock, NUDGE_AFTER - MINUTE)
        await world.tap("数电票")
        count = len(world.texts())
        await later(world, clock, 2 * MINUTE)
        assert len(world.texts()) == count
        await later(world, clock, NUDGE_AFTER)
        assert len(world.texts()) == count + 1


async def test_a_flow_is_kept_for_a_week_across_restarts(tmp_path: Path, clock: MovingClock) -> None:
    async with stopped_world(tmp_path, clock) as world:
        async with running(world.settings, clock) as world.bot:
            await world.say("/fix")
            await world.tap("数电票")
            question = world.last()
        clock.advance(KEPT - MINUTE)
        async with running(world.settings, clock) as world.bot:
            await world.say("/resume")
            assert question in world.last()


async def test_a_flow_left_for_a_week_is_put_aside_without_a_word(
    make_world: Callable[..., Any], clock: MovingClock
) -> None:
    async with make_world(clock=clock) as world:
        await world.say("/fix")
        await later(world, clock, NUDGE_AFTER)
        count = len(world.texts())
        await later(world, clock, KEPT)
        assert len(world.texts()) == count
        async with world.bot.services.storage.read() as work:
            assert await work.flows.running(REQUESTER) is None
            assert await work.timers.count() == 0


async def solved_ticket(world: World) -> int:
    """Its topic."""
    await world.say("转人工")
    (topic,) = world.topics()
    header, _ = world.button(DESK, "认领")
    await world.say("好了", AGENT, chat_id=DESK, thread_id=topic, reply_to=header["message_id"])
    await world.tap("✅ 解决", AGENT, DESK)
    return topic


async def state(world: World) -> TicketState:
    async with world.bot.services.storage.read() as work:
        ticket = await work.tickets.get(1)
        assert ticket is not None
        return ticket.state


async def test_a_solved_ticket_closes_after_its_grace(make_world: Callable[..., Any], clock: MovingClock) -> None:
    async with make_world(clock=clock) as world:
        topic = await solved_ticket(world)
        await later(world, clock, GRACE - MINUTE)
        assert await state(world) is TicketState.SOLVED
        await later(world, clock, MINUTE)
        assert await state(world) is TicketState.CLOSED
        assert world.api.state.chats[DESK].topics[topic].closed
        assert "#1001" in world.last()
        count = len(world.texts())
        await later(world, clock, GRACE)
        assert len(world.texts()) == count


async def test_a_reopened_ticket_does_not_close(make_world: Callable[..., Any], clock: MovingClock) -> None:
    async with make_world(clock=clock) as world:
        await solved_ticket(world)
        await world.tap("还没")
        await later(world, clock, GRACE + MINUTE)
        assert await state(world) is TicketState.OPEN


async def test_what_fell_due_while_the_bot_was_away_happens_after_the_start(tmp_path: Path, clock: MovingClock) -> None:
    async with stopped_world(tmp_path, clock) as world:
        async with running(world.settings, clock) as world.bot:
            topic = await solved_ticket(world)
        clock.advance(GRACE)
        async with running(world.settings, clock) as world.bot:
            await world.api.wait_for(lambda: world.api.state.chats[DESK].topics[topic].closed, timeout=5)
            assert await state(world) is TicketState.CLOSED
