from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.inbox import MAX_ATTEMPTS, Inbox, lane_of
from knowledge.texts import Locale
from storage.inbox import Received
from storage.schema import flow_sessions, inbox, users
from storage.unit_of_work import Storage
from tests.conftest import AGENT, DESK, REQUESTER, World
from tests.fixtures.failing import FailingDatabase, failing_storage

BOT = 700000001
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ANNA, BO = 42, 43


def message(update_id: int, chat_id: int = ANNA, topic: int | None = None) -> dict[str, Any]:
    place = {"message_thread_id": topic, "is_topic_message": True} if topic else {}
    return {"update_id": update_id, "message": {"message_id": update_id, "chat": {"id": chat_id}, **place}}


class Handler:
    """Notes what it is given; `broken` maps an update's id to how often it fails."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.seen: list[int] = []
        self.broken: dict[int, int] = {}
        self.told: list[int] = []

    async def __call__(self, raw: Mapping[str, Any]) -> None:
        update_id = raw["update_id"]
        self.seen.append(update_id)
        if self.broken.get(update_id):
            self.broken[update_id] -= 1
            raise RuntimeError("broken")
        async with self._storage.begin() as work:
            await work.users.seen(update_id, "somebody", Locale.ZH, NOW)

    async def on_parked(self, row: Received) -> None:
        self.told.append(row.update_id)


class Case:
    def __init__(self, storage: Storage, database: FailingDatabase) -> None:
        self.storage, self.database = storage, database
        self.handler = Handler(storage)
        self.inbox = self.new_inbox()

    def new_inbox(self, handle: Any = None) -> Inbox:
        return Inbox(self.storage, BOT, handle or self.handler, lambda: NOW, self.handler.on_parked, retry_seconds=0)

    async def states(self) -> dict[int, tuple[str, int]]:
        """State and attempts by update id."""
        query = select(inbox.c.update_id, inbox.c.state, inbox.c.attempts)
        async with self.storage.read() as work:
            return {row[0]: (row[1], row[2]) for row in await work.connection.execute(query)}


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    async with failing_storage(tmp_path) as (storage, database):
        yield Case(storage, database)


async def test_order_is_kept_in_each_chat_and_topic(case: Case) -> None:
    chance = random.Random(1)
    seen: defaultdict[str, list[int]] = defaultdict(list)

    async def handle(raw: Mapping[str, Any]) -> None:
        for _ in range(chance.randint(0, 5)):
            await asyncio.sleep(0)
        seen[lane_of(raw)].append(raw["update_id"])

    places = [(ANNA, None), (BO, None), (DESK, 5), (DESK, 6), (DESK, None)]
    updates = [message(number, *chance.choice(places)) for number in range(200)]
    taken = case.new_inbox(handle)
    for first in range(0, 200, 20):
        await taken.take(updates[first : first + 20])
    await taken.settle()
    assert len(seen) == len(places)
    assert all(numbers == sorted(numbers) for numbers in seen.values())
    assert sorted(number for numbers in seen.values() for number in numbers) == list(range(200))


@pytest.mark.parametrize(("other_chat", "other_topic"), [(BO, None), (ANNA, 9)])
async def test_a_slow_one_holds_back_its_own_chat_only(case: Case, other_chat: int, other_topic: int | None) -> None:
    others_done = asyncio.Event()
    order = []

    async def handle(raw: Mapping[str, Any]) -> None:
        if raw["update_id"] == 1:
            await others_done.wait()
        if raw["update_id"] == 3:
            others_done.set()
        order.append(raw["update_id"])

    taken = case.new_inbox(handle)
    await taken.take([message(1), message(2), message(3, other_chat, other_topic)])
    async with asyncio.timeout(5):
        await taken.settle()
    assert order == [3, 1, 2]


async def test_a_batch_is_one_commit(case: Case) -> None:
    before = case.database.commits
    waiting = asyncio.Event()

    async def handle(raw: Mapping[str, Any]) -> None:
        await waiting.wait()

    taken = case.new_inbox(handle)
    await taken.take([message(number, chat_id=number) for number in range(1, 101)])
    assert case.database.commits == before + 1
    waiting.set()
    await taken.settle()


async def test_nothing_is_taken_that_is_not_committed(case: Case) -> None:
    case.database.away = True
    with pytest.raises(Exception, match="disk is full"):
        await case.inbox.take([message(1)])
    assert case.handler.seen == []
    case.database.away = False
    await case.inbox.take([message(1)])
    await case.inbox.settle()
    assert case.handler.seen == [1]


async def test_what_comes_again_is_not_handled_again(case: Case) -> None:
    await case.inbox.take([message(1), message(2), message(1)])
    await case.inbox.settle()
    await case.inbox.take([message(2), message(3)])
    await case.inbox.settle()
    await case.new_inbox().take([message(1), message(2), message(3)])
    assert case.handler.seen == [1, 2, 3]
    assert await case.states() == dict.fromkeys((1, 2, 3), ("done", 0))


async def test_a_passing_trouble_is_tried_again_in_its_place(case: Case) -> None:
    case.handler.broken = {1: MAX_ATTEMPTS - 1}
    await case.inbox.take([message(1), message(2)])
    await case.inbox.settle()
    assert case.handler.seen == [1, 1, 1, 2]
    assert await case.states() == {1: ("done", 2), 2: ("done", 0)}
    assert case.handler.told == []


async def test_a_lasting_trouble_is_parked_told_of_once_and_the_chat_goes_on(case: Case) -> None:
    case.handler.broken = {1: 99}
    await case.inbox.take([message(1), message(2)])
    await case.inbox.settle()
    assert case.handler.seen == [1, 1, 1, 2]
    assert await case.states() == {1: ("parked", MAX_ATTEMPTS), 2: ("done", 0)}
    assert case.handler.told == [1]
    await case.inbox.take([message(1)])
    assert await case.new_inbox().recover() == 0
    assert len(case.handler.seen) == 4


async def test_attempts_are_counted_across_restarts(case: Case) -> None:
    first_start = case.new_inbox(stuck := _Stuck(fails=2))
    await first_start.take([message(1)])
    async with asyncio.timeout(5):
        await stuck.reached.wait()
    case.handler.broken = {1: 99}
    await case.inbox.recover()  # the process died at the third attempt
    await case.inbox.settle()
    assert case.handler.seen == [1]
    assert await case.states() == {1: ("parked", MAX_ATTEMPTS)}
    stuck.release()
    await first_start.settle()


class _Stuck:
    """Fails some times, then never ends."""

    def __init__(self, fails: int) -> None:
        self._fails = fails
        self.reached, self._end = asyncio.Event(), asyncio.Event()

    async def __call__(self, raw: Mapping[str, Any]) -> None:
        if self._fails:
            self._fails -= 1
            raise RuntimeError("broken")
        self.reached.set()
        await self._end.wait()

    def release(self) -> None:
        self._end.set()


async def test_after_a_restart_it_goes_on_in_order_before_what_is_new(case: Case) -> None:
    stuck = _Stuck(fails=0)
    dead = case.new_inbox(stuck)
    await dead.take([message(1), message(2), message(3, BO)])
    assert await case.inbox.recover() == 3
    await case.inbox.take([message(4)])
    await case.inbox.settle()
    assert [number for number in case.handler.seen if number != 3] == [1, 2, 4]
    assert 3 in case.handler.seen
    stuck.release()
    await dead.settle()


async def test_an_error_after_the_effects_are_committed_does_not_repeat_them(case: Case) -> None:
    seen = []

    async def handle(raw: Mapping[str, Any]) -> None:
        seen.append(raw["update_id"])
        async with case.storage.begin() as work:
            await work.users.seen(ANNA, "Anna", Locale.ZH, NOW)
        raise RuntimeError("too late")

    taken = case.new_inbox(handle)
    await taken.take([message(1)])
    await taken.settle()
    assert seen == [1]
    assert await case.states() == {1: ("done", 0)}


async def test_while_the_database_is_away_nothing_is_given_up(case: Case) -> None:
    tried = asyncio.Event()

    async def handle(raw: Mapping[str, Any]) -> None:
        if len(case.handler.seen) > 2 * MAX_ATTEMPTS:
            tried.set()
        await case.handler(raw)

    taken = case.new_inbox(handle)
    await taken.take([message(1)])
    case.database.away = True
    async with asyncio.timeout(5):
        await tried.wait()
    case.database.away = False
    await taken.settle()
    assert await case.states() == {1: ("done", 0)}
    assert case.handler.told == []
    async with case.storage.read() as work:
        assert await work.users.get(1) is not None


async def test_trouble_in_telling_does_not_stop_the_chat(case: Case) -> None:
    async def on_parked(row: Received) -> None:
        raise RuntimeError("nobody listens")

    case.handler.broken = {1: 99}
    taken = Inbox(case.storage, BOT, case.handler, lambda: NOW, on_parked, retry_seconds=0)
    await taken.take([message(1), message(2)])
    await taken.settle()
    assert case.handler.seen[-1] == 2
    assert (await case.states())[1] == ("parked", MAX_ATTEMPTS)


@pytest.mark.parametrize(
    ("content", "lane"),
    [
        (message(1)["message"], "42"),
        (message(1, DESK, 5)["message"], f"{DESK}/5"),
        # A reply in General carries a thread id that is no topic.
        ({"chat": {"id": DESK}, "message_thread_id": 5}, str(DESK)),
        ({"from": {"id": 7}, "query": "0316"}, "7"),
        ({"chat": {"id": 42}, "user": {"id": 42}, "message_id": 3}, "42"),
        ({"no": "body"}, "update 9"),
        ("text", "update 9"),
    ],
)
def test_lanes(content: Any, lane: str) -> None:
    assert lane_of({"update_id": 9, "something": content}) == lane


def test_a_tap_goes_where_its_message_is() -> None:
    tap = {"id": "1", "from": {"id": 7}, "message": message(1, DESK, 5)["message"], "data": "t:1:claim:1"}
    assert lane_of({"update_id": 9, "callback_query": tap}) == f"{DESK}/5"
    assert lane_of({"update_id": 9, "callback_query": {"id": "1", "from": {"id": 7}}}) == "7"
    assert lane_of({"update_id": 9, "inline_query": {"id": "1", "from": {"id": 7}, "query": "3017"}}) == "inline 7"


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["chat", "id", "from", "message", "message_thread_id", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["message", "callback_query", "poll"]), json, max_size=3))
def test_every_update_has_a_lane(update: dict[str, Any]) -> None:
    assert lane_of({"update_id": 9, **update})


# With the whole bot: who sent a parked update is told.


async def broken_flow(world: World) -> None:
    """A session that our code cannot go on with."""
    await world.say("/fix")
    async with world.bot.services.storage.begin() as work:
        await work.connection.execute(update(flow_sessions).values(state={"nonsense": True}))


async def test_the_person_is_told_once_in_their_language(world: World) -> None:
    await world.say("/start")
    await world.tap("English")
    await broken_flow(world)
    sent = await world.say("2611000048291307301")
    assert sum("something went wrong on my side" in text for text in world.texts()) == 1
    assert world.api.messages(REQUESTER)[-1]["reply_to_message"]["message_id"] == sent["message_id"]
    await world.tap("Why")
    assert sum("something went wrong on my side" in text for text in world.texts()) == 2
    await world.say("/start")
    assert "the helpdesk for invoices" in world.last()


async def test_an_agent_is_told_in_the_topic(world: World) -> None:
    await world.say("转人工")
    (topic,) = world.topics()
    async with world.bot.services.storage.begin() as work:
        await work.connection.execute(update(users).values(locale="nonsense"))
    header, _ = world.button(DESK, "认领")
    await world.say("您好", AGENT, chat_id=DESK, thread_id=topic, reply_to=header["message_id"])
    assert "没有发给用户" in world.texts(DESK, topic)[-1]
    assert "您好" not in world.texts()


async def test_an_update_that_nobody_can_read_stops_nothing(world: World) -> None:
    await world.bot.inbox.take([{"update_id": 1, "message": {"chat": {"id": REQUESTER}, "message_id": "x"}}])
    await world.say("/start")
    assert "专门解决发票问题" in world.last()
    async with world.bot.services.storage.read() as work:
        assert await work.inbox.counts() == {"parked": 1, "done": 1}
