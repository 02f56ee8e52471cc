"""Who may do what: the whole matrix of actor, action and object."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from knowledge.permissions import Action, Actor, DeskRole, KnowledgeBase, Parties, Role, allowed
from knowledge.tickets import Ticket, TicketState

BUYER, SELLER, OTHER = "91000000MA00000157", "91000000MA0000111G", "91000000MA00000232"
MINE = 42
A = Action

ACTORS = {
    "stranger": Actor(1),
    "requester": Actor(MINE),
    "member": Actor(2, None, ((BUYER, Role.MEMBER),)),
    "manager": Actor(3, None, ((BUYER, Role.MANAGER),)),
    "seller's member": Actor(4, None, ((SELLER, Role.MEMBER),)),
    "member elsewhere": Actor(5, None, ((OTHER, Role.MEMBER),)),
    "manager elsewhere": Actor(6, None, ((OTHER, Role.MANAGER),)),
    "manager elsewhere, member here": Actor(7, None, ((OTHER, Role.MANAGER), (BUYER, Role.MEMBER))),
    "agent": Actor(8, DeskRole.AGENT),
    "lead": Actor(9, DeskRole.LEAD),
    "agent who is the requester": Actor(MINE, DeskRole.AGENT),
    "member with an empty tax id": Actor(10, None, (("", Role.MANAGER),)),
}
TICKET = Ticket(1, MINE, "s", "c", datetime(2026, 11, 24, tzinfo=UTC), -100)
OBJECTS: dict[str, Ticket | Parties | KnowledgeBase] = {
    "invoice": Parties(frozenset({BUYER, SELLER})),
    "invoice of nobody": Parties(frozenset()),
    "ticket": TICKET,
    "knowledge base": KnowledgeBase(),
}
OURS = {"member", "manager", "seller's member", "manager elsewhere, member here"}
DESK = {"agent", "lead", "agent who is the requester"}
THEIRS = {"requester", "agent who is the requester"}

# Everything that is allowed; whatever is not in here is refused.
ALLOWED = {
    *product(OURS, [A.SEE_INVOICE], ["invoice"]),
    *product({"manager"}, [A.IMPORT_INVOICES, A.INVITE], ["invoice"]),
    *product(DESK | THEIRS, [A.SEE_TICKET], ["ticket"]),
    *product(DESK, [A.ANSWER_TICKET], ["ticket"]),
    *product(THEIRS, [A.CONFIRM_TICKET], ["ticket"]),
    *product({"lead"}, [A.TEACH], ["knowledge base"]),
}


@pytest.mark.parametrize("what", OBJECTS)
@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("who", ACTORS)
def test_matrix(who: str, action: Action, what: str) -> None:
    assert allowed(ACTORS[who], action, OBJECTS[what]) == ((who, action, what) in ALLOWED)


@pytest.mark.parametrize("state", TicketState)
def test_a_tickets_state_opens_no_door(state: TicketState) -> None:
    ticket = Ticket(1, MINE, "s", "c", TICKET.created_at, -100, state=state, assignee=1)
    assert not any(allowed(ACTORS["stranger"], action, ticket) for action in Action)


def test_an_invoice_without_tax_ids_is_nobodys() -> None:
    """Unknown parties are "" in the data: an organization whose tax id is empty must not own them all."""
    nobody = Parties(frozenset({""}))
    assert not any(allowed(actor, action, nobody) for actor in ACTORS.values() for action in Action)
