"""Tickets as rows: compare-and-set by version, one event a transition, messages in their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from knowledge.texts import Locale
from knowledge.tickets import Owner, Priority, Ticket, TicketState
from storage.schema import ticket_events
from storage.tickets import StaleTicketError, TicketMessage
from storage.unit_of_work import UnitOfWork
from tests.storage.conftest import NOW

ANNA, BO, AGENT, DESK = 1, 2, 7, -1001
FULL = Ticket(
    id=0,
    user_id=ANNA,
    subject="查无此票",
    category="missing",
    created_at=NOW,
    desk_chat_id=DESK,
    state=TicketState.OPEN,
    priority=Priority.HIGH,
    owner=Owner.BOT,
    assignee=AGENT,
    facts={"number": "26110000482913073017"},
    tried=(("format", "solved"), ("lookup", "failed")),
    reopen_count=2,
    close_reason="",
    waiting_since=NOW - timedelta(minutes=5),
    answered_at=NOW - timedelta(hours=1),
    solved_at=NOW - timedelta(minutes=30),
)


@pytest.fixture(autouse=True)
async def people(work: UnitOfWork) -> None:
    for user_id in (ANNA, BO):
        await work.users.seen(user_id, f"会计 {user_id}", Locale.ZH, NOW)


async def file(work: UnitOfWork, **fields: Any) -> Ticket:
    return await work.tickets.add(replace(FULL, **fields), actor=ANNA, now=NOW)


async def events(work: UnitOfWork, ticket_id: int) -> list[tuple[Any, ...]]:
    query = select(
        ticket_events.c.version, ticket_events.c.event, ticket_events.c.actor_id, ticket_events.c.details
    ).where(ticket_events.c.ticket_id == ticket_id)
    return [tuple(row) for row in await work.connection.execute(query.order_by(ticket_events.c.version))]


async def test_every_field_comes_back(work: UnitOfWork) -> None:
    ticket = await file(work)
    assert await work.tickets.get(ticket.id) == ticket == replace(FULL, id=ticket.id)
    assert await work.tickets.get(ticket.id + 1) is None


async def test_each_transition_is_one_event(work: UnitOfWork) -> None:
    ticket = await file(work)
    solved = replace(ticket, state=TicketState.SOLVED, version=2, assignee=None)
    await work.tickets.save(solved, "solve", actor=AGENT, now=NOW, details={"code": "found"})
    assert await work.tickets.get(ticket.id) == solved
    assert await events(work, ticket.id) == [
        (1, "file", ANNA, {"facts": {"number": "26110000482913073017"}, "state": "open"}),
        (2, "solve", AGENT, {"code": "found", "state": "solved"}),
    ]


@pytest.mark.parametrize("version", [1, 3])
async def test_whoever_comes_second_changes_nothing(work: UnitOfWork, version: int) -> None:
    ticket = await file(work)
    with pytest.raises(StaleTicketError):
        await work.tickets.save(replace(ticket, version=version, assignee=BO), "claim", actor=BO, now=NOW)
    assert await work.tickets.get(ticket.id) == ticket
    assert len(await events(work, ticket.id)) == 1


async def test_its_topic_is_found_and_can_move(work: UnitOfWork) -> None:
    ticket = await file(work)
    await work.tickets.place(ticket.id, 55)
    assert await work.tickets.in_topic(DESK, 55) == replace(ticket, topic_id=55)
    assert await work.tickets.in_topic(DESK - 1, 55) is None
    await work.tickets.place(ticket.id, None)
    assert await work.tickets.in_topic(DESK, 55) is None


async def test_a_transition_does_not_move_the_topic(work: UnitOfWork) -> None:
    """The topic may have been made by the delivery worker since the ticket was read."""
    ticket = await file(work)
    await work.tickets.place(ticket.id, 55)
    await work.tickets.save(replace(ticket, version=2), "claim", actor=AGENT, now=NOW)
    assert await work.tickets.get(ticket.id) == replace(ticket, version=2, topic_id=55)


async def test_a_persons_own_tickets_newest_first(work: UnitOfWork) -> None:
    filed = [await file(work, state=state) for state in TicketState]
    await file(work, user_id=BO)
    mine = await work.tickets.of_user(ANNA)
    assert [ticket.id for ticket in mine] == [ticket.id for ticket in reversed(filed)]
    assert [ticket.id for ticket in await work.tickets.of_user(ANNA, limit=2)] == [filed[-1].id, filed[-2].id]
    live = await work.tickets.live_of_user(ANNA)
    assert [ticket.state for ticket in live] == ["on_hold", "pending", "open", "new"]


async def test_a_follow_up_knows_what_it_follows(work: UnitOfWork) -> None:
    first = await file(work)
    second = await file(work, follow_up_of=first.id)
    assert (await work.tickets.get(second.id)) == replace(FULL, id=second.id, follow_up_of=first.id)


async def test_messages(work: UnitOfWork) -> None:
    ticket, other = await file(work), await file(work)
    question = await work.tickets.add_message(TicketMessage(0, ticket.id, "in", ANNA, ANNA, 10, "查不到", NOW))
    answer = await work.tickets.add_message(TicketMessage(0, ticket.id, "out", AGENT, DESK, 10, "请稍等", NOW))
    await work.tickets.add_message(TicketMessage(0, other.id, "note", AGENT, DESK, 11, "", NOW))
    assert await work.tickets.messages(ticket.id) == [question, answer]
    assert await work.tickets.message(answer.id) == answer
    assert await work.tickets.message_at(ANNA, 10) == question
    assert await work.tickets.message_at(DESK, 10) == answer
    assert await work.tickets.message_at(BO, 10) is None
    await work.tickets.edit_message(answer.id, "已查到")
    assert await work.tickets.message(answer.id) == replace(answer, text="已查到")
    assert await work.tickets.message(404) is None
