"""A ticket's life: the table of product.md §5.2, and what holds whatever happens in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from knowledge.tickets import (
    GRACE,
    LIVE,
    TRANSITIONS,
    Owner,
    Ticket,
    TicketEvent,
    TicketState,
    TransitionRefusedError,
    transition,
)

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
REQUESTER, AGENT, COLLEAGUE = 42, 7, 8
S, E = TicketState, TicketEvent
NEW = Ticket(1, REQUESTER, "发票查不到", "question", NOW, -100, waiting_since=NOW)
SOLVED = replace(NEW, state=S.SOLVED, waiting_since=None, solved_at=NOW, owner=Owner.BOT)

# Rows of product.md §5.2 that today's commands reach; everything else must be refused.
TABLE = {
    (S.NEW, E.AGENT_REPLY): S.OPEN,
    (S.OPEN, E.AGENT_REPLY): S.OPEN,
    (S.PENDING, E.AGENT_REPLY): S.OPEN,
    (S.ON_HOLD, E.AGENT_REPLY): S.OPEN,
    (S.NEW, E.ASK): S.PENDING,
    (S.OPEN, E.ASK): S.PENDING,
    (S.NEW, E.USER_MESSAGE): S.NEW,
    (S.OPEN, E.USER_MESSAGE): S.OPEN,
    (S.PENDING, E.USER_MESSAGE): S.OPEN,
    (S.ON_HOLD, E.USER_MESSAGE): S.OPEN,
    (S.SOLVED, E.USER_MESSAGE): S.OPEN,
    (S.NEW, E.THANKS): S.NEW,
    (S.OPEN, E.THANKS): S.OPEN,
    (S.PENDING, E.THANKS): S.PENDING,
    (S.ON_HOLD, E.THANKS): S.ON_HOLD,
    (S.SOLVED, E.THANKS): S.SOLVED,
    (S.SOLVED, E.STILL_BROKEN): S.OPEN,
    (S.NEW, E.CLAIM): S.NEW,
    (S.OPEN, E.CLAIM): S.OPEN,
    (S.PENDING, E.CLAIM): S.PENDING,
    (S.ON_HOLD, E.CLAIM): S.ON_HOLD,
    (S.NEW, E.RELEASE): S.NEW,
    (S.OPEN, E.RELEASE): S.OPEN,
    (S.PENDING, E.RELEASE): S.PENDING,
    (S.ON_HOLD, E.RELEASE): S.ON_HOLD,
    (S.NEW, E.SOLVE): S.SOLVED,
    (S.OPEN, E.SOLVE): S.SOLVED,
    (S.PENDING, E.SOLVE): S.SOLVED,
    (S.ON_HOLD, E.SOLVE): S.SOLVED,
    (S.NEW, E.USER_SOLVED): S.SOLVED,
    (S.OPEN, E.USER_SOLVED): S.SOLVED,
    (S.PENDING, E.USER_SOLVED): S.SOLVED,
    (S.ON_HOLD, E.USER_SOLVED): S.SOLVED,
    (S.SOLVED, E.USER_SOLVED): S.CLOSED,
    (S.NEW, E.WITHDRAW): S.CLOSED,
    (S.OPEN, E.WITHDRAW): S.CLOSED,
    (S.PENDING, E.WITHDRAW): S.CLOSED,
    (S.ON_HOLD, E.WITHDRAW): S.CLOSED,
    (S.SOLVED, E.AUTO_CLOSE): S.CLOSED,
}


def moved(ticket: Ticket, *events: TicketEvent, actor: int = AGENT, now: datetime = NOW) -> Ticket:
    for event in events:
        ticket = transition(ticket, event, actor=actor, now=now)
    return ticket


@pytest.mark.parametrize("event", E)
@pytest.mark.parametrize("state", S)
def test_every_pair_of_state_and_event(state: TicketState, event: TicketEvent) -> None:
    ticket = replace(NEW, state=state)
    target = TABLE.get((state, event))
    if target is None:
        with pytest.raises(TransitionRefusedError) as refused:
            moved(ticket, event)
        assert (refused.value.state, refused.value.event) == (state, event)
        assert str(refused.value) == f"{event} is not possible when {state}"
    else:
        assert moved(ticket, event).state is target


def test_the_table_has_no_more_rows() -> None:
    assert dict(TRANSITIONS) == TABLE


def test_a_number_is_what_people_call_it() -> None:
    assert replace(NEW, id=42).number == 1042


def test_an_answer_claims_and_ends_the_wait() -> None:
    answered = moved(NEW, E.AGENT_REPLY, now=NOW + timedelta(hours=1))
    assert (answered.assignee, answered.waiting_since, answered.owner) == (AGENT, None, Owner.HUMAN)
    assert answered.answered_at == NOW + timedelta(hours=1)


def test_a_colleagues_answer_leaves_the_assignee() -> None:
    claimed = moved(NEW, E.CLAIM)
    assert moved(claimed, E.AGENT_REPLY, actor=COLLEAGUE).assignee == AGENT


def test_the_first_answer_stays_the_first() -> None:
    twice = moved(moved(NEW, E.AGENT_REPLY), E.AGENT_REPLY, now=NOW + timedelta(days=1))
    assert twice.answered_at == NOW


def test_the_first_unanswered_message_starts_the_wait() -> None:
    answered = moved(NEW, E.AGENT_REPLY)
    asked = moved(answered, E.USER_MESSAGE, now=NOW + timedelta(hours=1))
    again = moved(asked, E.USER_MESSAGE, now=NOW + timedelta(hours=2))
    assert (asked.waiting_since, again.waiting_since) == (NOW + timedelta(hours=1),) * 2


def test_thanks_starts_no_wait() -> None:
    assert moved(NEW, E.AGENT_REPLY, E.THANKS).waiting_since is None


def test_releasing_gives_it_back() -> None:
    assert moved(NEW, E.CLAIM, E.RELEASE).assignee is None


@pytest.mark.parametrize("event", [E.USER_MESSAGE, E.STILL_BROKEN])
def test_a_solved_ticket_is_reopened_within_the_grace(event: TicketEvent) -> None:
    reopened = moved(SOLVED, event, now=NOW + GRACE)
    assert (reopened.state, reopened.reopen_count, reopened.solved_at) == (S.OPEN, 1, None)
    assert (reopened.owner, reopened.waiting_since) == (Owner.HUMAN, NOW + GRACE)


@pytest.mark.parametrize("event", [E.USER_MESSAGE, E.STILL_BROKEN])
def test_a_solved_ticket_is_not_reopened_later(event: TicketEvent) -> None:
    with pytest.raises(TransitionRefusedError):
        moved(SOLVED, event, now=NOW + GRACE + timedelta(seconds=1))


def test_confirming_does_not_lengthen_the_grace() -> None:
    assert moved(SOLVED, E.USER_SOLVED, now=NOW + timedelta(days=3)).solved_at == NOW


@pytest.mark.parametrize(
    ("ticket", "event", "reason"),
    [
        (SOLVED, E.USER_SOLVED, "confirmed"),
        (SOLVED, E.AUTO_CLOSE, "auto"),
        (NEW, E.WITHDRAW, "withdrawn"),
        (NEW, E.SOLVE, ""),
        (NEW, E.USER_SOLVED, ""),
    ],
)
def test_only_a_closed_ticket_has_a_reason(ticket: Ticket, event: TicketEvent, reason: str) -> None:
    assert moved(ticket, event).close_reason == reason


class Life(RuleBasedStateMachine):
    """Anything that can happen, in any order, with any pauses."""

    def __init__(self) -> None:
        super().__init__()
        self.ticket, self.now, self.before = NEW, NOW, NEW

    @rule(seconds=st.sampled_from([1, 60, 86_400, 4 * 86_400, 8 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(event=st.sampled_from(E), actor=st.sampled_from([REQUESTER, AGENT, COLLEAGUE, None]))
    def something_happens(self, event: TicketEvent, actor: int | None) -> None:
        self.before = self.ticket
        try:
            self.ticket = transition(self.ticket, event, actor=actor, now=self.now)
        except TransitionRefusedError:
            return
        self.check_the_step(event)

    @precondition(lambda self: self.ticket.state is S.CLOSED)
    @rule(event=st.sampled_from(E))
    def nothing_leads_out_of_closed(self, event: TicketEvent) -> None:
        with pytest.raises(TransitionRefusedError):
            transition(self.ticket, event, actor=AGENT, now=self.now)

    def check_the_step(self, event: TicketEvent) -> None:
        old, new = self.before, self.ticket
        assert new.version == old.version + 1
        assert TABLE[old.state, event] is new.state
        if old.waiting_since is not None and new.waiting_since is not None:
            assert new.waiting_since == old.waiting_since
        if old.answered_at is not None:
            assert new.answered_at == old.answered_at
        assert new.reopen_count - old.reopen_count == (old.state is S.SOLVED and new.state is S.OPEN)
        for name in ("id", "user_id", "subject", "category", "created_at", "facts", "tried", "follow_up_of"):
            assert getattr(new, name) == getattr(old, name)

    @invariant()
    def ended_means_nobody_waits(self) -> None:
        if self.ticket.state not in LIVE:
            assert self.ticket.waiting_since is None
            assert self.ticket.solved_at is not None
            assert self.ticket.owner is Owner.BOT

    @invariant()
    def a_live_ticket_is_a_humans(self) -> None:
        if self.ticket.is_live:
            assert self.ticket.owner is Owner.HUMAN
            assert self.ticket.solved_at is None

    @invariant()
    def their_move_means_that_we_keep_nobody_waiting(self) -> None:
        if self.ticket.state is S.PENDING:
            assert self.ticket.waiting_since is None

    @invariant()
    def only_closed_has_a_reason(self) -> None:
        assert bool(self.ticket.close_reason) == (self.ticket.state is S.CLOSED)

    @invariant()
    def a_new_ticket_was_never_answered(self) -> None:
        if self.ticket.state is S.NEW:
            assert self.ticket.answered_at is None


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
