"""A ticket's life: states, who may move it, and what each move changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

GRACE = timedelta(days=7)
FIRST_NUMBER = 1000


class TicketState(StrEnum):
    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"


class TicketEvent(StrEnum):
    AGENT_REPLY = "agent_reply"
    ASK = "ask"
    USER_MESSAGE = "user_message"
    THANKS = "thanks"
    CLAIM = "claim"
    RELEASE = "release"
    SOLVE = "solve"
    USER_SOLVED = "user_solved"
    STILL_BROKEN = "still_broken"
    WITHDRAW = "withdraw"
    AUTO_CLOSE = "auto_close"


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Owner(StrEnum):
    """Who speaks in the ticket: a bot never talks into one that a human owns."""

    BOT = "bot"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request. `waiting_since` is when the requester's first unanswered message came; `tried` are the flow's steps.

    `version` grows by one with each transition: buttons carry it, so a tap on an old card changes nothing.
    """

    id: int
    user_id: int
    subject: str
    category: str
    created_at: datetime
    desk_chat_id: int
    state: TicketState = TicketState.NEW
    priority: Priority = Priority.NORMAL
    owner: Owner = Owner.HUMAN
    assignee: int | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    tried: tuple[tuple[str, str], ...] = ()
    topic_id: int | None = None
    follow_up_of: int | None = None
    reopen_count: int = 0
    close_reason: str = ""
    version: int = 1
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    solved_at: datetime | None = None

    @property
    def number(self) -> int:
        """What people call it: `#1042`."""
        return self.id + FIRST_NUMBER

    @property
    def is_live(self) -> bool:
        """Neither solved nor closed."""
        return self.state in LIVE


class TransitionRefusedError(Exception):
    """This event is not possible in this state: nothing was changed."""

    def __init__(self, state: TicketState, event: TicketEvent) -> None:
        self.state, self.event = state, event
        super().__init__(f"{event} is not possible when {state}")


S, E = TicketState, TicketEvent
LIVE = frozenset({S.NEW, S.OPEN, S.PENDING, S.ON_HOLD})
_OURS = (S.NEW, S.OPEN)

# product.md §5.2, as far as today's commands reach; what is not in here is refused.
TRANSITIONS: Mapping[tuple[TicketState, TicketEvent], TicketState] = {
    **{(state, E.AGENT_REPLY): S.OPEN for state in LIVE},
    **{(state, E.ASK): S.PENDING for state in (S.NEW, S.OPEN)},
    **{(state, E.USER_MESSAGE): state for state in _OURS},
    (S.PENDING, E.USER_MESSAGE): S.OPEN,
    (S.ON_HOLD, E.USER_MESSAGE): S.OPEN,
    (S.SOLVED, E.USER_MESSAGE): S.OPEN,
    **{(state, E.THANKS): state for state in S if state is not S.CLOSED},
    (S.SOLVED, E.STILL_BROKEN): S.OPEN,
    **{(state, E.CLAIM): state for state in LIVE},
    **{(state, E.RELEASE): state for state in LIVE},
    **{(state, E.SOLVE): S.SOLVED for state in LIVE},
    **{(state, E.USER_SOLVED): S.SOLVED for state in LIVE},
    (S.SOLVED, E.USER_SOLVED): S.CLOSED,
    **{(state, E.WITHDRAW): S.CLOSED for state in LIVE},
    (S.SOLVED, E.AUTO_CLOSE): S.CLOSED,
}
_CLOSE_REASONS = {E.USER_SOLVED: "confirmed", E.WITHDRAW: "withdrawn", E.AUTO_CLOSE: "auto"}


def transition(ticket: Ticket, event: TicketEvent, *, actor: int | None, now: datetime) -> Ticket:
    """The ticket after the event. Raises TransitionRefusedError and changes nothing if the table has no such move.

    An agent's answer or question claims an unassigned ticket and ends the wait; of the requester's messages the first
    unanswered one starts it. A ticket solved longer ago than GRACE is not reopened: a message then files a new one.
    """
    target = TRANSITIONS.get((ticket.state, event))
    reopens = ticket.state is S.SOLVED and target is S.OPEN
    if target is None or (reopens and ticket.solved_at is not None and now - ticket.solved_at > GRACE):
        raise TransitionRefusedError(ticket.state, event)
    moved = replace(ticket, state=target, version=ticket.version + 1)
    if reopens:
        moved = replace(moved, reopen_count=ticket.reopen_count + 1, solved_at=None, owner=Owner.HUMAN)
    match event:
        case E.AGENT_REPLY | E.ASK:
            return replace(
                moved,
                waiting_since=None,
                owner=Owner.HUMAN,
                assignee=ticket.assignee or actor,
                answered_at=ticket.answered_at or now,
            )
        case E.USER_MESSAGE | E.STILL_BROKEN:
            return replace(moved, waiting_since=ticket.waiting_since or now)
        case E.CLAIM:
            return replace(moved, assignee=actor)
        case E.RELEASE:
            return replace(moved, assignee=None)
        case E.SOLVE | E.USER_SOLVED | E.WITHDRAW | E.AUTO_CLOSE:
            return _ended(moved, event, now)
        case _:
            return moved


def _ended(ticket: Ticket, event: TicketEvent, now: datetime) -> Ticket:
    """The bot may speak again; the grace period runs from the first time that the ticket counted as solved."""
    reason = _CLOSE_REASONS[event] if ticket.state is S.CLOSED else ""
    return replace(ticket, waiting_since=None, owner=Owner.BOT, solved_at=ticket.solved_at or now, close_reason=reason)
