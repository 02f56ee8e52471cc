"""The outbox: order inside each chat, one row at a time, living messages, and what a crash leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from knowledge.texts import Locale
from knowledge.tickets import Ticket
from storage.messages import Claimed, File, Lane, Link, Op, Outcome, Outgoing, State
from storage.outbox import UNKNOWN_ONCE
from storage.schema import outbox
from storage.unit_of_work import UnitOfWork
from tests.storage.conftest import NOW

ANNA, BO, DESK = 1, 2, -1001
SECOND = timedelta(seconds=1)


def message(chat_id: int = ANNA, text: str = "", **fields: Any) -> Outgoing:
    return Outgoing(chat_id, Op.SEND, {"text": text}, **fields)


async def claim(work: UnitOfWork, **options: Any) -> list[Claimed]:
    """Everything that may go now."""
    choice: dict[str, Any] = {"now": NOW, "admits": lambda _chat_id: True, "limit": 64} | options
    return await work.outbox.claim(choice["now"], choice["admits"], choice["limit"])


async def texts(work: UnitOfWork, **options: Any) -> list[str]:
    return [row.body["text"] for row in await claim(work, **options)]


async def settle(work: UnitOfWork, row: Claimed, state: State = State.SENT, **fields: Any) -> None:
    await work.outbox.settle([Outcome(row, state, **fields)], NOW)


async def column(work: UnitOfWork, row_id: int, name: str) -> Any:
    return await work.connection.scalar(select(outbox.c[name]).where(outbox.c.id == row_id))


async def test_one_row_a_chat_at_a_time_in_order(work: UnitOfWork) -> None:
    await work.outbox.add(message(text="1"), message(text="2"), message(BO, "a"), now=NOW)
    first, other = await claim(work)
    assert [first.body["text"], other.body["text"]] == ["1", "a"]
    await settle(work, first, message_id=10)
    assert await texts(work) == ["2"]


async def test_first_lanes_first(work: UnitOfWork) -> None:
    for chat_id, lane in ((1, Lane.BULK), (2, Lane.ALERT), (3, Lane.REPLY), (4, Lane.AGENT_REPLY), (5, Lane.REPLY)):
        await work.outbox.add(message(chat_id, lane=lane), now=NOW)
    assert [row.chat_id for row in await claim(work, limit=4)] == [4, 3, 5, 2]


async def test_inside_a_chat_order_goes_before_lanes(work: UnitOfWork) -> None:
    await work.outbox.add(message(text="1", lane=Lane.BULK), message(text="2", lane=Lane.AGENT_REPLY), now=NOW)
    assert await texts(work) == ["1"]


async def test_chats_that_may_not_get_one_now_wait(work: UnitOfWork) -> None:
    await work.outbox.add(message(ANNA, "1"), message(BO, "2"), now=NOW)
    assert await texts(work, admits=lambda chat_id: chat_id == BO) == ["2"]
    assert await texts(work, limit=0) == []
    assert await texts(work) == ["1"]


async def test_a_row_for_later_lets_others_pass(work: UnitOfWork) -> None:
    await work.outbox.add(message(text="later", due_at=NOW + SECOND), message(text="now"), now=NOW)
    assert await work.outbox.next_due(NOW) == NOW + SECOND
    row = (await claim(work))[0]
    assert row.body["text"] == "now"
    await settle(work, row)
    assert await claim(work) == []
    assert await texts(work, now=NOW + SECOND) == ["later"]
    assert await work.outbox.next_due(NOW + SECOND) is None


async def test_a_row_that_waits_for_its_retry_holds_back_its_chat(work: UnitOfWork) -> None:
    await work.outbox.add(message(text="1"), message(text="2"), message(BO, "a"), now=NOW)
    first, other = await claim(work)
    await settle(work, other)
    await settle(work, first, State.QUEUED, error="429", retry_at=NOW + 30 * SECOND)
    assert await claim(work) == []
    assert await work.outbox.next_due(NOW) == NOW + 30 * SECOND
    again = (await claim(work, now=NOW + 30 * SECOND))[0]
    assert (again.body["text"], again.attempts, again.was_unknown) == ("1", 2, False)


async def test_a_row_of_unknown_outcome_lets_later_ones_pass(work: UnitOfWork) -> None:
    await work.outbox.add(message(text="1"), message(text="2"), now=NOW)
    first = (await claim(work))[0]
    await settle(work, first, State.QUEUED, error=UNKNOWN_ONCE, overtaken_until=NOW + 60 * SECOND)
    assert await texts(work) == ["2"]
    again = (await claim(work, now=NOW + 60 * SECOND))[0]
    assert (again.id, again.was_unknown) == (first.id, True)


async def test_a_claimed_row_knows_what_its_delivery_needs(work: UnitOfWork) -> None:
    await work.users.seen(ANNA, "安娜", Locale.EN, NOW)
    ticket = await work.tickets.add(Ticket(0, ANNA, "查不到", "missing", NOW, DESK), actor=ANNA, now=NOW)
    await work.tickets.place(ticket.id, 55)
    card = message(DESK, "card", lane=Lane.ALERT, ticket_id=ticket.id, slot="ticket:1", link=Link("card", ticket.id))
    ids = await work.outbox.add(message(text="hello"), card, now=NOW)
    await work.outbox.fill_slot(DESK, "ticket:1", 900)
    hello, topic = await claim(work)
    assert hello == Claimed(
        ids[0], ANNA, Op.SEND, {"text": "hello"}, Lane.REPLY, None, None, 1, "en", None, None, None, None, False
    )
    assert topic == Claimed(
        id=ids[1],
        chat_id=DESK,
        op=Op.SEND,
        body={"text": "card"},
        lane=Lane.ALERT,
        ticket_id=ticket.id,
        slot="ticket:1",
        attempts=1,
        locale=None,
        desk_chat_id=DESK,
        topic_id=55,
        slot_message_id=900,
        link=Link("card", ticket.id),
        was_unknown=False,
    )


async def test_what_was_sent_fills_its_slot_and_its_link(work: UnitOfWork) -> None:
    await work.outbox.add(message(slot="menu", link=Link("card", 7)), now=NOW)
    row = (await claim(work))[0]
    await settle(work, row, message_id=10)
    assert await column(work, row.id, "state") == State.SENT
    assert await column(work, row.id, "sent_at") == NOW
    assert await work.outbox.slot(ANNA, "menu") == 10
    assert await work.outbox.linked(ANNA, 10) == Link("card", 7)
    assert await work.outbox.places(Link("card", 7)) == [(ANNA, 10)]
    assert await work.outbox.slot(BO, "menu") is None
    assert await work.outbox.linked(BO, 10) is None


async def test_a_living_message_is_edited_in_place(work: UnitOfWork) -> None:
    await work.outbox.add(message(text="1", slot="menu", link=Link("card", 7)), now=NOW)
    await settle(work, (await claim(work))[0], message_id=10)
    await work.outbox.add(message(text="2", slot="menu", link=Link("card", 7)), now=NOW)
    row = (await claim(work))[0]
    assert row.slot_message_id == 10
    await settle(work, row, message_id=10)
    assert await work.outbox.places(Link("card", 7)) == [(ANNA, 10)]


async def test_a_living_message_that_was_lost_is_replaced(work: UnitOfWork) -> None:
    await work.outbox.fill_slot(ANNA, "menu", 10)
    await work.outbox.add(message(slot="menu", link=Link("card", 7)), now=NOW)
    await settle(work, (await claim(work))[0], message_id=11)
    assert await work.outbox.slot(ANNA, "menu") == 11
    assert await work.outbox.linked(ANNA, 11) == Link("card", 7)
    await work.outbox.clear_slot(ANNA, "menu")
    assert await work.outbox.slot(ANNA, "menu") is None


async def test_waiting_contents_of_one_living_message_become_the_newest(work: UnitOfWork) -> None:
    first = await work.outbox.add(message(text="1", slot="menu"), now=NOW)
    second = await work.outbox.add(message(text="2", slot="menu"), message(BO, "b", slot="menu"), now=NOW)
    third = await work.outbox.add(message(text="other", slot="list"), now=NOW)
    assert second[0] == first[0]
    assert await work.outbox.counts() == {State.QUEUED: 3}
    rows = await claim(work)
    assert [row.body["text"] for row in rows] == ["2", "b"]
    await settle(work, rows[0])
    assert [row.id for row in await claim(work)] == third


async def test_a_living_message_on_its_way_is_not_changed(work: UnitOfWork) -> None:
    await work.outbox.add(message(text="1", slot="menu"), now=NOW)
    row = (await claim(work))[0]
    await work.outbox.add(message(text="2", slot="menu"), now=NOW)
    await settle(work, row, message_id=10)
    assert [(row.body["text"], row.slot_message_id) for row in await claim(work)] == [("2", 10)]


async def test_after_a_crash_what_was_on_its_way_goes_again_but_not_the_bulk(work: UnitOfWork) -> None:
    ids = await work.outbox.add(message(ANNA, "reply"), message(BO, "bulk", lane=Lane.BULK), now=NOW)
    await claim(work)
    assert await work.outbox.recover() == 1
    assert await column(work, ids[1], "state") == State.UNKNOWN
    assert [(row.id, row.attempts) for row in await claim(work)] == [(ids[0], 2)]


async def test_what_waits_for_nobody_is_dropped(work: UnitOfWork) -> None:
    await work.outbox.add(message(lane=Lane.REPLY), message(lane=Lane.BULK), message(BO, lane=Lane.BULK), now=NOW)
    await work.outbox.cancel_for_chat(ANNA, Lane.BULK)
    assert await work.outbox.counts() == {State.QUEUED: 2, State.FAILED: 1}


async def test_dead_letters_are_listed_and_go_again(work: UnitOfWork) -> None:
    ids = await work.outbox.add(message(text="1"), now=NOW)
    await settle(work, (await claim(work))[0], State.DEAD, error="refused", retry_at=NOW + SECOND)
    await work.outbox.recover()
    assert await work.outbox.dead() == [(ids[0], ANNA, "refused")]
    assert await work.outbox.retry_dead() == 1
    assert [(row.id, row.attempts) for row in await claim(work)] == [(ids[0], 1)]


async def test_what_is_over_is_forgotten_in_time(work: UnitOfWork) -> None:
    await work.outbox.add(message(text="1"), message(BO, "2"), message(BO, "3"), now=NOW)
    sent, dead = await claim(work)
    await settle(work, sent, State.SENT)
    await settle(work, dead, State.DEAD, error="refused")
    await work.outbox.forget_before(NOW)
    assert await work.outbox.counts() == {State.SENT: 1, State.DEAD: 1, State.QUEUED: 1}
    await work.outbox.forget_before(NOW + SECOND)
    assert await work.outbox.counts() == {State.DEAD: 1, State.QUEUED: 1}


async def test_busy_while_something_is_due_or_on_its_way(work: UnitOfWork) -> None:
    assert await work.outbox.busy(NOW) is False
    await work.outbox.add(message(due_at=NOW + SECOND), now=NOW)
    assert await work.outbox.busy(NOW) is False
    assert await work.outbox.busy(NOW + SECOND) is True
    row = (await claim(work, now=NOW + SECOND))[0]
    assert await work.outbox.busy(NOW) is True
    await settle(work, row)
    assert await work.outbox.busy(NOW + SECOND) is False


async def test_what_was_sent_lately_counts_against_the_limits(work: UnitOfWork) -> None:
    await work.outbox.add(message(ANNA), message(BO), now=NOW)
    await claim(work, now=NOW - SECOND, limit=0)
    await claim(work, admits=lambda chat_id: chat_id == BO)
    await claim(work, now=NOW + SECOND)
    assert await work.outbox.sent_since(NOW) == [(BO, NOW), (ANNA, NOW + SECOND)]
    assert await work.outbox.sent_since(NOW + SECOND) == [(ANNA, NOW + SECOND)]


async def test_a_group_with_a_new_id_takes_its_rows_and_tickets_along(work: UnitOfWork) -> None:
    await work.users.seen(ANNA, "安娜", Locale.ZH, NOW)
    ticket = await work.tickets.add(Ticket(0, ANNA, "查不到", "missing", NOW, -7), actor=ANNA, now=NOW)
    await work.outbox.add(message(-7, "1"), now=NOW)
    await work.outbox.move_chat(-7, DESK)
    assert [row.chat_id for row in await claim(work)] == [DESK]
    moved = await work.tickets.get(ticket.id)
    assert moved == replace(ticket, desk_chat_id=DESK)


async def test_a_group_with_a_new_id_counts_its_messages_anew(work: UnitOfWork) -> None:
    """Message 5 of the new group is not message 5 of the old one: answers to it must not go to the old one's person."""
    await work.outbox.link(-7, 5, Link("relay", 1))
    await work.outbox.fill_slot(-7, "ticket:1", 5)
    await work.outbox.move_chat(-7, DESK)
    assert await work.outbox.linked(DESK, 5) is None
    assert await work.outbox.slot(DESK, "ticket:1") is None


async def test_a_message_is_about_what_was_said_last(work: UnitOfWork) -> None:
    """A second link must not be an error: it would hold up the whole outbox."""
    await work.outbox.link(ANNA, 5, Link("relay", 1))
    await work.outbox.link(ANNA, 5, Link("relay", 2))
    assert await work.outbox.linked(ANNA, 5) == Link("relay", 2)


@pytest.mark.parametrize("op", list(Op))
async def test_every_kind_of_call_comes_back(work: UnitOfWork, op: Op) -> None:
    body = {"text": {"zh-CN": "您好", "en": "Hello"}, "rows": [[1, None, True]]}
    await work.outbox.add(Outgoing(ANNA, op, body), now=NOW)
    row = (await claim(work))[0]
    assert (row.op, row.body) == (op, body)


async def test_a_file_travels_with_its_row_and_is_forgotten_when_it_was_sent(work: UnitOfWork) -> None:
    carried = File("rejected.csv", b"line,field,reason\n")
    [row_id] = await work.outbox.add(message(file=carried), now=NOW)
    [row] = await claim(work)
    assert (row.has_file, await work.outbox.file(row_id)) == (True, carried)
    await settle(work, row, State.FAILED)
    assert await work.outbox.file(row_id) == carried
    await settle(work, row, message_id=10)
    assert await work.outbox.file(row_id) is None


async def test_what_is_forgotten_takes_its_file_along(work: UnitOfWork) -> None:
    [row_id] = await work.outbox.add(message(file=File("a.png", b"png", is_picture=True)), now=NOW)
    [row] = await claim(work)
    await settle(work, row, State.FAILED)
    await work.outbox.forget_before(NOW + SECOND)
    assert await work.outbox.file(row_id) is None
