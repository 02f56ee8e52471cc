"""Who may do what: the whole matrix of actor, action and object."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from knowledge.permissions import (
    ADMIN,
    Action,
    Actor,
    Company,
    DeskRole,
    HelpDesk,
    KnowledgeBase,
    Parties,
    Role,
    Subject,
    System,
    allowed,
)
from knowledge.tickets import Ticket, TicketState

BUYER, SELLER, OTHER = "91000000MA00000157", "91000000MA0000111G", "91000000MA00000232"
FORMER = "110000000000157"  # the buyer's, until 2015
MINE = 42
A = Action

ACTORS = {
    "stranger": Actor(1),
    "requester": Actor(MINE),
    "member": Actor(2, None, ((BUYER, Role.MEMBER), (FORMER, Role.MEMBER))),
    "manager": Actor(3, None, ((BUYER, Role.MANAGER), (FORMER, Role.MANAGER))),
    "seller's member": Actor(4, None, ((SELLER, Role.MEMBER),)),
    "member elsewhere": Actor(5, None, ((OTHER, Role.MEMBER),)),
    "manager elsewhere": Actor(6, None, ((OTHER, Role.MANAGER),)),
    "manager elsewhere, member here": Actor(7, None, ((OTHER, Role.MANAGER), (BUYER, Role.MEMBER))),
    "agent": Actor(8, DeskRole.AGENT),
    "lead": Actor(9, DeskRole.LEAD),
    "agent who is the requester": Actor(MINE, DeskRole.AGENT),
    "lead who is a member": Actor(11, DeskRole.LEAD, ((BUYER, Role.MEMBER),)),
    "member with an empty tax id": Actor(10, None, (("", Role.MANAGER),)),
    "admin": ADMIN,
}
TICKET = Ticket(1, MINE, "s", "c", datetime(2026, 11, 24, tzinfo=UTC), -100)
OBJECTS: dict[str, Subject | None] = {
    "invoice": Parties(frozenset({BUYER, SELLER})),
    "invoice of old": Parties(frozenset({FORMER, "110000000000999"})),
    "invoice of others": Parties(frozenset({"91000000MA00000312", SELLER[:-1]})),
    "invoice of nobody": Parties(frozenset()),
    "invoice of parties unknown": Parties(frozenset({""})),
    "organization": Company(frozenset({BUYER, FORMER})),
    "organization of others": Company(frozenset({"91000000MA00000312"})),
    "ticket": TICKET,
    "desk": HelpDesk(),
    "knowledge base": KnowledgeBase(),
    "system": System(),
    "unknown": None,
}
INVOICES = [name for name in OBJECTS if name.startswith("invoice")]
COMPANIES = ["organization", "organization of others"]
BUYERS = {"member", "manager", "manager elsewhere, member here", "lead who is a member"}
OF_OLD = {"member", "manager"}
DESK = {"agent", "lead", "agent who is the requester", "lead who is a member"}
THEIRS = {"requester", "agent who is the requester"}
LEADS = {"lead", "lead who is a member"}
OF_MEMBERS = [A.SEE_INVOICE, A.WATCH_INVOICE, A.FIND_INLINE]
OF_MANAGERS = [A.IMPORT_INVOICES, A.INVITE, A.MANAGE_MEMBERS, A.SEE_STATISTICS, A.EXPORT]

# Everything that is allowed; whatever is not in here is refused.
ALLOWED = {
    *product(ACTORS, [A.VERIFY_INVOICE], [*INVOICES, "unknown"]),
    *product(BUYERS | {"seller's member"}, OF_MEMBERS, ["invoice"]),
    *product(OF_OLD, OF_MEMBERS, ["invoice of old"]),
    *product({"manager"}, [A.IMPORT_INVOICES], ["invoice", "invoice of old"]),
    *product({"admin"}, [A.SEE_INVOICE, A.IMPORT_INVOICES], INVOICES),
    *product(BUYERS, [A.SEE_ORGANIZATION, A.LEAVE], ["organization"]),
    *product({"manager"}, OF_MANAGERS, ["organization"]),
    *product({"admin"}, [A.SEE_ORGANIZATION, *OF_MANAGERS], COMPANIES),
    *product(DESK | THEIRS | {"admin"}, [A.SEE_TICKET], ["ticket"]),
    *product(DESK, [A.ANSWER_TICKET], ["ticket"]),
    *product(THEIRS, [A.WRITE_IN_TICKET, A.CONFIRM_TICKET], ["ticket"]),
    *product(DESK, [A.WORK_AT_DESK], ["desk"]),
    *product(LEADS, [A.TEACH], ["knowledge base"]),
    *product({"admin"}, [A.ADMINISTER], ["system"]),
}


@pytest.mark.parametrize("who", ACTORS)
def test_matrix(who: str) -> None:
    """Every cell: each action on each object."""
    may = {
        (who, action, name) for action in Action for name, what in OBJECTS.items() if allowed(ACTORS[who], action, what)
    }
    assert may == {cell for cell in ALLOWED if cell[0] == who}


def test_the_matrix_knows_every_action_and_part() -> None:
    """An action that nobody may do, or an actor who may do nothing but verify, would be there for nothing."""
    assert {action for _, action, _ in ALLOWED} == set(Action)
    idle = {who for who in ACTORS if {action for one, action, _ in ALLOWED if one == who} == {A.VERIFY_INVOICE}}
    assert idle == {"stranger", "member elsewhere", "manager elsewhere", "member with an empty tax id"}


@pytest.mark.parametrize("state", TicketState)
def test_a_tickets_state_opens_no_door(state: TicketState) -> None:
    ticket = Ticket(1, MINE, "s", "c", TICKET.created_at, -100, state=state, assignee=1)
    assert not any(allowed(ACTORS["stranger"], action, ticket) for action in Action)


def test_what_does_not_exist_is_refused_as_what_is_others() -> None:
    """For people: nothing that they could tell the two apart by."""
    for who in ("stranger", "member", "manager", "agent", "lead"):
        for action in Action:
            missing = allowed(ACTORS[who], action, None)
            assert allowed(ACTORS[who], action, OBJECTS["invoice of others"]) == missing
            if action is not A.VERIFY_INVOICE:
                assert allowed(ACTORS[who], action, OBJECTS["organization of others"]) == missing
