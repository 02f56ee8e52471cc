"""Tickets from both sides, at the service: who may, who was quicker, what is queued."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from handlers.errors import Conflict, InvalidInput, NotFound, NotPermitted
from handlers.incoming import Incoming, Person, Tap
from handlers.tickets.desk import DeskService
from handlers.tickets.service import MAX_LIVE, Request, TicketService
from knowledge.permissions import DeskRole
from knowledge.texts import Locale, Localized
from knowledge.tickets import GRACE, Ticket, TicketState
from storage.messages import Op, State
from storage.messages import Outcome as Delivered
from storage.users import Agent, User
from tests.conftest import AGENT, DESK, OTHER_AGENT, REQUESTER, STRANGER
from tests.fixtures.services import Office

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TOPIC = 77
IDS = count(1000)


@pytest.fixture
def tickets(here: Office) -> TicketService:
    return here.services.features.tickets


@pytest.fixture
def desk(here: Office) -> DeskService:
    return here.services.desk


def written(text: str, message_id: int) -> Incoming:
    return Incoming(Person(REQUESTER, "示例会计"), REQUESTER, message_id, text)


def at_desk(text: str, message_id: int = 500, *, by: int = AGENT, reply_to: int | None = None) -> Incoming:
    return Incoming(Person(by, "客服"), DESK, message_id, text, reply_to=reply_to, topic_id=TOPIC)


async def filed(here: Office, *, topic: int = TOPIC, **facts: str) -> Ticket:
    """A ticket with its topic."""
    async with here.services.storage.begin() as work:
        person = await work.users.seen(REQUESTER, "示例会计", Locale.ZH, NOW)
        request = Request(Localized("票", "票"), "question", facts, messages=(written("请帮忙", next(IDS)),))
        ticket = await here.services.features.tickets.file(work, person, request, NOW)
        await work.tickets.place(ticket.id, topic)
    return await now_is(here, ticket.id)


async def now_is(here: Office, ticket_id: int) -> Ticket:
    async with here.services.storage.read() as work:
        ticket = await work.tickets.get(ticket_id)
    assert ticket is not None
    return ticket


async def test_filing_tells_the_requester_and_the_desk(here: Office) -> None:
    ticket = await filed(here, number="26110000482913073017")
    assert (ticket.state, ticket.waiting_since, ticket.number) == (TicketState.NEW, NOW, 1001)
    assert "#1001" in (await here.queued(REQUESTER))[-1]
    assert "26110000482913073017" in (await here.queued(DESK))[0]


async def test_the_same_invoice_and_problem_is_the_same_ticket(here: Office) -> None:
    first = await filed(here, number="26110000482913073017")
    again = await filed(here, number="26110000482913073017")
    other = await filed(here, number="26110000482913073071", topic=78)
    assert (again.id, other.id) == (first.id, first.id + 1)
    assert "已经有工单" in (await here.queued(REQUESTER))[1]


async def test_without_a_number_nothing_is_known_to_be_the_same(here: Office) -> None:
    assert (await filed(here)).id != (await filed(here, topic=78)).id


async def test_a_requester_has_so_many_open_tickets(here: Office) -> None:
    for n in range(MAX_LIVE):
        await filed(here, topic=n)
    with pytest.raises(Conflict) as refused:
        await filed(here, topic=99)
    assert refused.value.text_key == "ticket.too_many"


async def test_of_two_claims_at_once_one_wins(here: Office, desk: DeskService) -> None:
    ticket = await filed(here)
    outcomes = await asyncio.gather(
        *(desk.agent_tap(agent, ticket.id, "claim", ticket.version, NOW) for agent in (AGENT, OTHER_AGENT)),
        return_exceptions=True,
    )
    won, lost = sorted(outcomes, key=lambda outcome: outcome is not None)
    assert won is None
    assert isinstance(lost, Conflict)
    assert lost.text_key == "desk.claimed_by"
    assert (await now_is(here, ticket.id)).version == ticket.version + 1


async def test_the_same_tap_twice_counts_once(here: Office, desk: DeskService) -> None:
    """Telegram may deliver one tap under two update ids."""
    ticket = await filed(here)
    await desk.agent_tap(AGENT, ticket.id, "claim", ticket.version, NOW)
    with pytest.raises(Conflict) as refused:
        await desk.agent_tap(AGENT, ticket.id, "claim", ticket.version, NOW)
    assert refused.value.text_key == "ticket.stale"


async def test_a_message_meanwhile_makes_no_button_stale(
    here: Office, tickets: TicketService, desk: DeskService
) -> None:
    ticket = await filed(here)
    async with here.services.storage.begin() as work:
        user = await work.users.get(REQUESTER)
        assert user is not None
        await tickets.relay(work, user, ticket, written("还有", 6), NOW)
    await desk.agent_tap(AGENT, ticket.id, "claim", ticket.version, NOW)
    assert (await now_is(here, ticket.id)).assignee == AGENT


async def test_solving_needs_an_answer(here: Office, desk: DeskService) -> None:
    ticket = await filed(here)
    with pytest.raises(Conflict) as refused:
        await desk.agent_tap(AGENT, ticket.id, "solve", ticket.version, NOW)
    assert refused.value.text_key == "desk.solve_needs_reply"


@pytest.mark.parametrize("who", [REQUESTER, STRANGER, 999])
async def test_only_agents_act_at_the_desk(here: Office, desk: DeskService, who: int) -> None:
    ticket = await filed(here)
    with pytest.raises(NotPermitted):
        await desk.agent_tap(who, ticket.id, "claim", ticket.version, NOW)
    with pytest.raises(NotPermitted):
        await desk.written_at_desk(at_desk("你好", by=who), NOW)
    with pytest.raises(NotPermitted):
        await desk.answer_by_command(at_desk("/r 你好", by=who), NOW)
    with pytest.raises(NotPermitted):
        await desk.note_by_command(at_desk("/note 你好", by=who), NOW)
    with pytest.raises(NotPermitted):
        await desk.command(at_desk("/claim", by=who), "claim", NOW)
    assert await now_is(here, ticket.id) == ticket
    assert len(await here.queued(REQUESTER)) == 1


async def test_outside_a_topic_nothing_is_taken_for_an_answer(here: Office, desk: DeskService) -> None:
    await filed(here)
    general = Incoming(Person(AGENT, "客服"), DESK, 500, "大家好")
    await desk.written_at_desk(general, NOW)
    with pytest.raises(NotFound) as refused:
        await desk.answer_by_command(general, NOW)
    assert refused.value.text_key == "desk.no_ticket_here"
    assert len(await here.queued(REQUESTER)) == 1


async def test_another_group_is_no_desk(here: Office, desk: DeskService) -> None:
    await filed(here)
    with pytest.raises(NotFound):
        await desk.answer_by_command(Incoming(Person(AGENT, "客服"), DESK - 1, 500, "/r x", topic_id=TOPIC), NOW)


async def test_a_dismissed_agent_answers_no_more(here: Office, desk: DeskService) -> None:
    await filed(here)
    async with here.services.storage.begin() as work:
        await work.agents.add(Agent(99, "临时", DeskRole.LEAD), NOW)
    await desk.answer_by_command(at_desk("/r 你好", by=99), NOW)
    async with here.services.storage.begin() as work:
        await work.agents.remove(99)
    with pytest.raises(NotPermitted):
        await desk.answer_by_command(at_desk("/r 再说", 501, by=99), NOW)


@pytest.mark.parametrize("text", ["/r", "/r ", "/r@piaoda_bot", "/r\n"])
async def test_an_empty_answer_is_none(here: Office, desk: DeskService, text: str) -> None:
    await filed(here)
    with pytest.raises(InvalidInput) as refused:
        await desk.answer_by_command(at_desk(text), NOW)
    assert refused.value.text_key == "desk.empty_answer"


@pytest.mark.parametrize("text", ["/r 您好", "/r@piaoda_bot 您好", "/r\n您好", "/r   您好 "])
async def test_an_answer_by_command(here: Office, desk: DeskService, text: str) -> None:
    await filed(here)
    await desk.answer_by_command(at_desk(text), NOW)
    assert (await here.queued(REQUESTER))[-1] == "您好"


async def test_only_what_is_solved_closes_by_itself(here: Office, tickets: TicketService, desk: DeskService) -> None:
    ticket = await filed(here)
    await tickets.auto_close(ticket.id, NOW)
    await tickets.auto_close(999, NOW)
    assert (await now_is(here, ticket.id)).state is TicketState.NEW
    await desk.answer_by_command(at_desk("/r 好了"), NOW)
    await desk.command(at_desk("/solve", 501), "solve", NOW)
    await tickets.auto_close(ticket.id, NOW + GRACE)
    closed = await now_is(here, ticket.id)
    assert (closed.state, closed.close_reason) == (TicketState.CLOSED, "auto")
    assert "已关闭" in (await here.queued(REQUESTER))[-1]


async def test_a_reopened_ticket_does_not_close(here: Office, tickets: TicketService, desk: DeskService) -> None:
    ticket = await filed(here)
    await desk.answer_by_command(at_desk("/r 好了"), NOW)
    await desk.command(at_desk("/solve", 501), "solve", NOW)
    solved = await now_is(here, ticket.id)
    pressed = Tap(Person(REQUESTER, ""), REQUESTER, 900, ())
    await tickets.requester_tap(pressed, ticket.id, "broken", solved.version, NOW + timedelta(days=1))
    async with here.services.storage.read() as work:
        due = await work.timers.due(NOW + timedelta(days=60))
    assert [timer for timer in due if timer.kind == "ticket.close"] == []


async def test_an_answer_that_did_not_arrive_is_shown_to_its_agent(
    here: Office, tickets: TicketService, desk: DeskService
) -> None:
    await filed(here)
    await desk.answer_by_command(at_desk("/r 您好"), NOW)
    async with here.services.storage.begin() as work:
        rows = await work.outbox.claim(NOW, lambda chat: chat == REQUESTER, 10)
        while rows and rows[0].link and rows[0].link.kind != "reply":
            await work.outbox.settle([Delivered(rows[0], State.SENT, 1)], NOW)
            rows = await work.outbox.claim(NOW, lambda chat: chat == REQUESTER, 10)
        await tickets.after_delivery(work, rows[0], State.FAILED, NOW)
    assert "没有送达用户" in (await here.queued(DESK))[-1]


async def test_the_list_shows_states_and_ways_out(here: Office, tickets: TicketService) -> None:
    await filed(here)
    async with here.services.storage.read() as work:
        shown = await tickets.list_for(work, User(REQUESTER, "", Locale.EN))
        nothing = await tickets.list_for(work, User(STRANGER, "", Locale.EN))
    assert "#1001 票 · Received" in shown.text.en
    assert [button.data for row in shown.rows for button in row] == ["u:1:solved:1", "u:1:withdraw:1"]
    assert nothing.rows == ()


# Nothing that is for agents only may reach a requester.


async def answers_to(here: Office) -> int:
    """How many rows wait for the requester, whatever they are."""
    async with here.services.storage.read() as work:
        rows = await work.outbox.claim(NOW, lambda _chat: False, 0)
        assert rows == []
        counts = await work.connection.exec_driver_sql(f"select count(*) from outbox where chat_id = {REQUESTER}")
        return int(counts.scalar_one())


async def test_a_note_never_reaches_the_requester(here: Office, tickets: TicketService, desk: DeskService) -> None:
    """Whatever it looks like, whatever it replies to, however it is changed afterwards."""
    ticket = await filed(here)
    async with here.services.storage.begin() as work:
        await work.outbox.fill_slot(DESK, f"ticket:{ticket.id}", 400)
    before = await answers_to(here)
    await desk.written_at_desk(at_desk("没有回复任何消息", 501), NOW)
    await desk.written_at_desk(at_desk("回复一条备注", 502, reply_to=501), NOW)
    await desk.written_at_desk(at_desk("回复不认识的消息", 503, reply_to=999_999), NOW)
    await desk.written_at_desk(at_desk("", 504), NOW)
    await desk.note_by_command(at_desk("/note 回复卡片的备注", 505, reply_to=400), NOW)
    await desk.written_at_desk(at_desk("@用户 /r 放在中间的命令", 506), NOW)
    for message_id in range(501, 507):
        await tickets.edited(at_desk("/r 改成像答复的样子", message_id), NOW)
        await tickets.edited(at_desk("再改", message_id, reply_to=400), NOW)
    assert await answers_to(here) == before
    async with here.services.storage.read() as work:
        assert {m.direction for m in await work.tickets.messages(ticket.id) if m.author_id == AGENT} == {"note"}


async def test_an_answer_to_the_card_does_reach_the_requester(here: Office, desk: DeskService) -> None:
    """The other side of the test above: the same way with a reply to the card goes out."""
    ticket = await filed(here)
    async with here.services.storage.begin() as work:
        await work.outbox.fill_slot(DESK, f"ticket:{ticket.id}", 400)
    before = await answers_to(here)
    await desk.written_at_desk(at_desk("您好", 501, reply_to=400), NOW)
    assert await answers_to(here) == before + 1


async def test_a_reply_to_another_tickets_card_is_no_answer(here: Office, desk: DeskService) -> None:
    await filed(here)
    other = await filed(here, topic=78)
    async with here.services.storage.begin() as work:
        await work.outbox.fill_slot(DESK, f"ticket:{other.id}", 401)
    before = await answers_to(here)
    await desk.written_at_desk(at_desk("串台", 501, reply_to=401), NOW)
    assert await answers_to(here) == before


async def test_what_is_copied_is_only_the_requesters(here: Office, desk: DeskService) -> None:
    ticket = await filed(here)
    await desk.written_at_desk(at_desk("备注", 501), NOW)
    async with here.services.storage.read() as work:
        rows = await work.connection.exec_driver_sql(f"select chat_id, op from outbox where op = '{Op.COPY}'")
        assert {tuple(row) for row in rows} == {(DESK, Op.COPY)}
    assert (await now_is(here, ticket.id)).state is TicketState.NEW
