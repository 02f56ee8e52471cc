"""Flows at the service: versions, restarts, timers, what a ticket carries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from handlers.errors import Conflict, NotFound
from handlers.flows.service import KEPT, NUDGE_AFTER, FlowActions, FlowService
from handlers.incoming import Incoming, Person
from handlers.tickets.service import MAX_LIVE, Request
from knowledge.flows.loader import parse_flow
from knowledge.flows.model import Flow
from knowledge.flows.state import Cancel, Human
from knowledge.texts import Locale, Localized
from storage.flows import Session
from storage.unit_of_work import UnitOfWork
from storage.users import User
from tests.conftest import DESK, REQUESTER, STRANGER
from tests.fixtures.services import Office

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
IDS = count(1000)
SOURCE = """\
name: sample
title: {zh-CN: 样例, en: Sample}
phrasings: {zh-CN: [样例], en: [sample]}
start: first
steps:
  first:
    title: {zh-CN: 号码, en: Number}
    ask: {zh-CN: 号码？, en: Number}
    why: {zh-CN: 认票要用。, en: It identifies the invoice.}
    collect: number
    next: second
  second:
    title: {zh-CN: 第二问, en: Second}
    ask: {zh-CN: OLD, en: OLD}
    why: {zh-CN: 因为。, en: Because.}
    choices:
      - {id: "yes", label: {zh-CN: 是, en: "Yes"}, next: END:solved}
      - {id: again, label: {zh-CN: 重来, en: Again}, forget: [number], next: first}
      - {id: human, label: {zh-CN: 人工, en: Person}, next: END:human}
      - {id: other, label: {zh-CN: 换个流程, en: Another}, next: elsewhere}
    skip: END:later
  elsewhere:
    link: target
"""
OLD = parse_flow(SOURCE, "sample.yaml")
NEW = parse_flow(SOURCE.replace("OLD", "NEW"), "sample.yaml")
TARGET = parse_flow(
    """\
name: target
title: {zh-CN: 目标, en: Target}
phrasings: {zh-CN: [目标], en: [target]}
start: only
steps:
  only:
    title: {zh-CN: 目标问题, en: Target's question}
    ask: {zh-CN: "号码 {number}？", en: "Number {number}"}
    why: {zh-CN: 因为。, en: Because.}
    choices: [{id: "yes", label: {zh-CN: 是, en: "Yes"}, next: END:solved}]
    skip: END:later
""",
    "target.yaml",
)
NUMBER = "26110000555500001111"


def serving(here: Office, *flows: Flow) -> FlowService:
    """As a process that ships these flows."""
    services = here.services
    features = services.features
    known = {flow.name: flow for flow in flows}
    zone = ZoneInfo("Asia/Shanghai")
    actions = FlowActions(features.invoices, features.verifications, features.waits)
    return FlowService(services.storage, services.texts, known, actions, features.tickets, zone)


def written(text: str) -> Incoming:
    return Incoming(Person(REQUESTER, "示例会计"), REQUESTER, next(IDS), text)


async def person(work: UnitOfWork) -> User:
    return await work.users.seen(REQUESTER, "示例会计", Locale.ZH, NOW)


async def begun(here: Office, flows: FlowService, **facts: str) -> Session:
    async with here.services.storage.begin() as work:
        await flows.begin(work, await person(work), "sample", NOW, facts=facts, message=written("样例"))
    return await running(here)


async def running(here: Office) -> Session:
    async with here.services.storage.read() as work:
        session = await work.flows.running(REQUESTER)
    assert session is not None
    return session


async def say(here: Office, flows: FlowService, text: str, now: datetime = NOW) -> None:
    async with here.services.storage.begin() as work:
        session = await work.flows.running(REQUESTER)
        assert session is not None
        await flows.say(work, await person(work), session, written(text), now)


async def last(here: Office) -> str:
    return (await here.queued(REQUESTER))[-1]


async def test_a_chat_inside_a_flow_keeps_to_its_version(here: Office) -> None:
    await begun(here, serving(here, OLD))
    restarted = serving(here, NEW)
    await say(here, restarted, NUMBER)
    assert "OLD" in await last(here)
    await begun(here, restarted, number=NUMBER)
    assert "NEW" in await last(here)


async def test_a_flow_that_is_no_longer_shipped_goes_on(here: Office) -> None:
    await begun(here, serving(here, OLD))
    await say(here, serving(here), NUMBER)
    assert "OLD" in await last(here)


async def test_another_flow_takes_the_facts_along(here: Office) -> None:
    flows = serving(here, OLD, TARGET)
    session = await begun(here, flows, number=NUMBER)
    await flows.tap(REQUESTER, session.id, session.version, "cother", NOW)
    assert f"号码 {NUMBER}？" in await last(here)
    assert (await running(here)).flow == "target"


async def test_what_was_said_and_tried_goes_along_into_another_flow(here: Office) -> None:
    flows = serving(here, OLD, TARGET)
    session = await begun(here, flows)
    await say(here, flows, "261100005555")
    await say(here, flows, NUMBER)
    await flows.tap(REQUESTER, session.id, (await running(here)).version, "cother", NOW)
    session = await running(here)
    async with here.services.storage.read() as work:
        assert {timer.entity for timer in await work.timers.due(NOW + timedelta(days=60))} == {session.id}
    async with here.services.storage.begin() as work:
        await serving(here, TARGET).end(work, await person(work), session, Human(), NOW)
    async with here.services.storage.read() as work:
        (ticket,) = await work.tickets.live_of_user(REQUESTER)
        copied = [message.text for message in await work.tickets.messages(ticket.id)]
    assert ticket.category == "target"
    assert ticket.tried == (("号码", "answered"), ("第二问 → 换个流程", "answered"))
    assert copied == ["样例"]
    assert "261100005555" in (await here.queued(DESK))[-1]


async def test_only_the_newest_question_can_be_tapped(here: Office) -> None:
    flows = serving(here, OLD)
    session = await begun(here, flows, number=NUMBER)
    await flows.tap(REQUESTER, session.id, session.version, "w", NOW)
    with pytest.raises(Conflict) as refused:
        await flows.tap(REQUESTER, session.id, session.version, "cyes", NOW)
    assert refused.value.text_key == "flow.stale"


async def test_nobody_taps_in_anothers_flow(here: Office) -> None:
    flows = serving(here, OLD)
    session = await begun(here, flows, number=NUMBER)
    with pytest.raises(NotFound):
        await flows.tap(STRANGER, session.id, session.version, "cyes", NOW)
    assert await running(here) == session


async def test_a_new_flow_puts_the_old_one_aside(here: Office) -> None:
    flows = serving(here, OLD)
    first, second = await begun(here, flows), await begun(here, flows)
    assert first.id != second.id
    with pytest.raises(Conflict):
        await flows.tap(REQUESTER, first.id, first.version, "b", NOW)


@pytest.mark.parametrize("word", ["b", "s", "w", "h", "x", "cnothing", "c", "q"])
async def test_every_tap_leads_somewhere(here: Office, word: str) -> None:
    flows = serving(here, OLD)
    session = await begun(here, flows, number=NUMBER)
    before = len(await here.queued(REQUESTER))
    await flows.tap(REQUESTER, session.id, session.version, word, NOW)
    assert len(await here.queued(REQUESTER)) >= before


async def test_the_nudge_comes_once_and_only_to_who_was_left_alone(here: Office) -> None:
    flows = serving(here, OLD)
    session = await begun(here, flows)
    before = len(await here.queued(REQUESTER))
    await flows.nudge(session.id, NOW + NUDGE_AFTER - timedelta(seconds=1))
    await flows.nudge(999, NOW + NUDGE_AFTER)
    assert len(await here.queued(REQUESTER)) == before
    await flows.nudge(session.id, NOW + NUDGE_AFTER)
    assert "还在吗？我们停在：号码" in await last(here)


async def test_nobody_is_nudged_after_the_end(here: Office) -> None:
    flows = serving(here, OLD)
    session = await begun(here, flows)
    async with here.services.storage.begin() as work:
        await flows.end(work, await person(work), session, Cancel(), NOW)
    await flows.nudge(session.id, NOW + NUDGE_AFTER)
    assert await last(here) == "已退出排查。"
    async with here.services.storage.read() as work:
        assert await work.timers.due(NOW + timedelta(days=60)) == []


async def test_after_a_week_it_is_put_aside_without_a_word(here: Office) -> None:
    flows = serving(here, OLD)
    session = await begun(here, flows)
    said = await here.queued(REQUESTER)
    await flows.expire(session.id, NOW + KEPT - timedelta(seconds=1))
    assert (await running(here)).id == session.id
    await flows.expire(session.id, NOW + KEPT)
    async with here.services.storage.read() as work:
        assert await work.flows.running(REQUESTER) is None
    assert await here.queued(REQUESTER) == said


async def test_a_ticket_carries_what_was_said_sent_and_tried(here: Office) -> None:
    flows = serving(here, OLD)
    session = await begun(here, flows)
    async with here.services.storage.begin() as work:
        await flows.keep(work, session, written("票面照片"))
    await say(here, flows, "261100005555")
    await say(here, flows, NUMBER)
    session = await running(here)
    await flows.tap(REQUESTER, session.id, session.version, "chuman", NOW)
    async with here.services.storage.read() as work:
        (ticket,) = await work.tickets.live_of_user(REQUESTER)
        copied = [message.text for message in await work.tickets.messages(ticket.id)]
    assert (ticket.subject, ticket.category, ticket.facts["number"]) == ("样例", "sample", NUMBER)
    assert ticket.tried == (("号码", "answered"), ("第二问 → 人工", "answered"))
    assert copied == ["样例", "票面照片"]
    assert "261100005555" in (await here.queued(DESK))[-1]


async def test_too_many_tickets_leave_the_flow_where_it_was(here: Office) -> None:
    flows = serving(here, OLD)
    async with here.services.storage.begin() as work:
        for n in range(MAX_LIVE):
            text = Localized(str(n), str(n))
            await here.services.features.tickets.file(work, await person(work), Request(text, "question"), NOW)
    session = await begun(here, flows, number=NUMBER)
    with pytest.raises(Conflict) as refused:
        async with here.services.storage.begin() as work:
            await flows.end(work, await person(work), session, Human(), NOW)
    assert refused.value.text_key == "ticket.too_many"
    assert await running(here) == session
