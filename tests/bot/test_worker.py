"""The delivery loop: order in each chat, chats side by side, below the limits, through all kinds of trouble."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from bot.limiter import Limiter, Limits, Rate
from bot.playground.bot_api import BotApi
from bot.playground.limits import RateLimits
from bot.playground.state import Json
from bot.worker import Worker
from handlers.notifications.service import DeliveryService
from storage.messages import Claimed, Outcome, State
from storage.outbox import Admit
from tests.conftest import AGENT, DESK, REQUESTER, STRANGER, World
from tests.fixtures.post_office import NOW, SECOND, Post, post_office, text

UNLIMITED = Limits(Rate(10**6, 1), Rate(10**6, 1), Rate(10**6, 1))


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class GatedApi(BotApi):
    """Calls to a chat in `held` wait for its event before they are carried out."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[int, asyncio.Event] = {}
        self.waiting: set[int] = set()

    def hold(self, chat_id: int) -> asyncio.Event:
        return self.held.setdefault(chat_id, asyncio.Event())

    async def call(self, method: str, raw: Mapping[str, Any]) -> Json:
        chat_id = int(raw.get("chat_id", 0))
        if chat_id in self.held and not self.held[chat_id].is_set():
            self.waiting.add(chat_id)
            self.changes.happened()
            await self.held[chat_id].wait()
        return await super().call(method, raw)


class Case:
    """A worker over a real outbox; `queue` wakes it as a commit of ours does."""

    def __init__(self, office: Post, api: GatedApi) -> None:
        self.office, self.api, self.clock = office, api, Clock()
        self._awake = asyncio.Event()
        self.worker = self.new_worker(office.delivery)

    def new_worker(self, delivery: DeliveryService, limiter: Limiter | None = None) -> Worker:
        return Worker(delivery, limiter or Limiter(UNLIMITED), self.clock, self._awake)

    @asynccontextmanager
    async def working(self, worker: Worker | None = None) -> AsyncIterator[Worker]:
        """Until the block is left, politely."""
        worker = worker or self.worker
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            await task

    async def queue(self, *messages: Any) -> list[int]:
        rows = await self.office.queue(*messages, now=self.clock())
        self._awake.set()
        return rows

    async def advance(self, by: timedelta) -> None:
        self.clock.now += by
        self._awake.set()

    async def reads(self, chat_id: int, *texts: str) -> None:
        """Exactly this stands in the chat, now or soon."""
        with suppress(TimeoutError):
            await self.api.wait_for(lambda: len(self.office.texts(chat_id)) >= len(texts), timeout=3)
        assert self.office.texts(chat_id) == list(texts)

    async def recorded(self, **states: int) -> None:
        async with asyncio.timeout(3):
            while await self.office.states() != states:
                await asyncio.sleep(0.002)


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    api = GatedApi()
    async with post_office(tmp_path, api) as office:
        yield Case(office, api)


async def test_chats_go_side_by_side_and_each_in_order(case: Case) -> None:
    gate = case.api.hold(REQUESTER)
    async with case.working():
        await case.queue(text("1"), text("2"), text("a", STRANGER), text("3"), text("b", STRANGER))
        await case.reads(STRANGER, "a", "b")
        assert case.office.texts(REQUESTER) == []
        gate.set()
        await case.reads(REQUESTER, "1", "2", "3")


async def test_a_commit_wakes_it(case: Case) -> None:
    async with case.working():
        for number in range(5):
            await case.queue(text(str(number)))
            await case.reads(REQUESTER, *map(str, range(number + 1)))


async def test_what_rests_leaves_when_it_is_due(case: Case) -> None:
    async with case.working():
        later = case.clock() + 4 * SECOND
        (row,) = await case.queue(text("later"))
        await case.reads(REQUESTER, "later")
        resting = text("rests")
        await case.queue(type(resting)(resting.chat_id, resting.op, resting.body, due_at=later))
        await case.queue(text("now"))
        await case.reads(REQUESTER, "later", "now")
        await case.advance(4 * SECOND)
        await case.reads(REQUESTER, "later", "now", "rests")
        assert (await case.office.row(row)).state == State.SENT


async def test_a_429_stops_that_chat_only(case: Case) -> None:
    case.api.fail("sendMessage", chat_id=DESK, error=429, retry_after=30, times=None)
    async with case.working():
        await case.queue(text("desk", DESK), text("1"), text("desk 2", DESK), text("a", STRANGER))
        await case.reads(REQUESTER, "1")
        await case.reads(STRANGER, "a")
        await case.queue(text("2"))
        await case.reads(REQUESTER, "1", "2")
        await case.recorded(queued=2, sent=3)
        case.api.faults.clear()
        await case.advance(30 * SECOND)
        await case.reads(DESK, "desk", "desk 2")


async def test_a_chat_that_fails_during_a_round_is_not_overtaken_by_its_next_row(case: Case) -> None:
    """Its outcome is known, but not recorded yet, when the round takes new rows."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    class SlowRound(DeliveryService):
        rounds = 0

        async def exchange(
            self, outcomes: Sequence[Outcome], now: datetime, admits: Admit, limit: int
        ) -> tuple[list[Claimed], datetime | None]:
            self.rounds += 1
            if self.rounds == 2:  # the one after "1" was taken
                begun.set()
                await go_on.wait()
            return await super().exchange(outcomes, now, admits, limit)

    office = case.office
    tickets = office.services.features.tickets
    delivery = SlowRound(
        office.services.storage,
        office.delivery._messenger,
        tickets,
        office.services.features.alerts,
        office.limiter,
        office.delivery._default,
    )
    case.api.fail("sendMessage", chat_id=REQUESTER, error=500)
    gate = case.api.hold(REQUESTER)
    async with case.working(case.new_worker(delivery)) as worker:
        await case.queue(text("1"), text("2"))
        await case.api.wait_for(lambda: REQUESTER in case.api.waiting)
        await case.queue(text("a", STRANGER))
        await begun.wait()
        gate.set()
        async with asyncio.timeout(3):
            while not worker._finished:
                await asyncio.sleep(0.002)
        go_on.set()
        await case.reads(STRANGER, "a")
        assert office.texts(REQUESTER) == []
        await case.advance(2 * SECOND)
        await case.reads(REQUESTER, "1", "2")


async def test_it_outlives_the_database(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent while nothing could be recorded is not sent again."""
    storage = case.office.services.storage
    away, failed = True, asyncio.Event()
    begin = storage.begin

    @asynccontextmanager
    async def failing() -> AsyncIterator[Any]:
        async with begin() as work:
            yield work
            if away:
                failed.set()
                raise OSError("disk full")

    gate = case.api.hold(REQUESTER)
    async with case.working():
        await case.queue(text("1"), text("2"))
        await case.api.wait_for(lambda: REQUESTER in case.api.waiting)
        monkeypatch.setattr(storage, "begin", failing)
        gate.set()
        await case.reads(REQUESTER, "1")
        async with asyncio.timeout(3):
            await failed.wait()
        away = False
        await case.advance(SECOND)
        await case.reads(REQUESTER, "1", "2")
        await case.recorded(sent=2)


async def test_stopping_waits_for_what_is_on_its_way_and_records_it(case: Case) -> None:
    gate = case.api.hold(REQUESTER)
    task = asyncio.create_task(case.worker.run())
    await case.queue(text("1"), text("2"))
    await case.api.wait_for(lambda: REQUESTER in case.api.waiting)
    case.worker.stop()
    gate.set()
    await task
    assert case.office.texts(REQUESTER) == ["1"]
    assert await case.office.states() == {State.SENT: 1, State.QUEUED: 1}


async def test_cancelling_it_records_too(case: Case) -> None:
    gate = case.api.hold(REQUESTER)
    task = asyncio.create_task(case.worker.run())
    await case.queue(text("1"))
    await case.api.wait_for(lambda: REQUESTER in case.api.waiting)
    task.cancel()
    gate.set()
    with suppress(asyncio.CancelledError):
        await task
    assert await case.office.states() == {State.SENT: 1}


async def test_a_burst_stays_below_telegrams_limits_and_is_soon_over(case: Case) -> None:
    """200 messages to 40 people and a busy group, on a clock that jumps from one due moment to the next."""
    api, clock = case.api, case.clock
    api.rate_limits = RateLimits(lambda: clock.now.timestamp())
    people = range(1001, 1041)
    for user_id in people:
        api.add_person(user_id, f"Person {user_id}", started=True)
    worker = case.new_worker(case.office.delivery, Limiter(Limits()))
    private = [text(f"{number}", user_id) for number in range(5) for user_id in people]
    group = [text(f"{number}", DESK) for number in range(25)]
    await case.queue(*private, *group)
    people_done = NOW
    while True:
        due = await worker._round()
        await asyncio.gather(*worker._busy.values())
        if not worker._finished:
            if due is None:
                break
            clock.now = due
        if len([call for call in api.sent() if call.params["chat_id"] > 0]) < len(private):
            people_done = clock.now
    assert api.rate_limits.refused == 0
    assert all(case.office.texts(user_id) == [str(number) for number in range(5)] for user_id in people)
    assert case.office.texts(DESK) == [str(number) for number in range(25)]
    assert people_done - NOW <= timedelta(seconds=1.2 * len(private) / 25)
    assert clock.now - NOW <= timedelta(seconds=70)


# With the whole bot.


async def test_with_a_refused_group_the_others_are_answered_at_once(world: World) -> None:
    await world.say("转人工")
    world.api.fail(chat_id=DESK, error=429, retry_after=1, times=None)
    world.api.say(REQUESTER, "还有一件事")
    loop = asyncio.get_running_loop()
    begun = loop.time()
    world.api.say(STRANGER, "/start")
    await world.api.wait_for(lambda: any("专门解决发票问题" in words for words in world.texts(STRANGER)))
    assert loop.time() - begun < 1
    world.api.faults.clear()
    await world.api.wait_for(lambda: any("还有一件事" in words for words in world.texts(DESK)), timeout=5)


async def test_another_process_may_lock_the_database_for_a_while(world: World) -> None:
    def answered() -> bool:
        return any("专门解决发票问题" in words for words in world.texts())

    path = make_url(world.settings.database_url).database or ""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        world.api.say(REQUESTER, "/start")
        with pytest.raises(TimeoutError):
            await world.api.wait_for(answered, timeout=0.3)
        assert len(world.api.updates) == 1
        other.execute("ROLLBACK")
    await world.api.wait_for(answered)
    await world.quiet()
    assert sum("专门解决发票问题" in words for words in world.texts()) == 1


async def test_an_answer_rests_and_takes_its_edit_along(make_world: Any) -> None:
    async with make_world(send_delay=0.3) as world:
        await world.say("转人工")
        (topic,) = world.topics()
        header, _ = world.button(DESK, "认领")
        place: dict[str, Any] = {"chat_id": DESK, "thread_id": topic}
        answer = world.api.say(AGENT, "您号", reply_to=header["message_id"], **place)
        await world.quiet()
        assert "您号" not in world.texts()
        world.api.edit(AGENT, DESK, answer["message_id"], "您好")
        await world.api.wait_for(lambda: "您好" in world.texts())
        assert "您号" not in world.texts()
