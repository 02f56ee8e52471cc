"""How a ticket looks: its header card at the desk, its title, its line in a requester's list."""

from __future__ import annotations

from handlers.messenger import Button, Message, Rows
from knowledge.flows.shown import shown_facts
from knowledge.texts import Localized, Texts, join, literal
from knowledge.tickets import Ticket, TicketState
from storage.users import User

TITLE_LIMIT = 128


def title(texts: Texts, ticket: Ticket, user: User) -> Localized:
    """The topic's name: number, subject, end of the invoice number, masked name. Plain text, ≤ 128 characters."""
    tail = ticket.facts.get("number", "")[-4:]
    masked = f"{user.name[:1]}*"
    name = f"#{ticket.number} {ticket.subject}" + (f" ·…{tail}" if tail else "") + f" {masked}"
    icon = texts(f"ticket.icon.{ticket.state}")
    return Localized(f"{icon.zh} {name}"[:TITLE_LIMIT], f"{icon.en} {name}"[:TITLE_LIMIT])


def card(texts: Texts, ticket: Ticket, user: User, assignee: str | None) -> Message:
    """Everything that an agent needs to begin, and the buttons that fit the state."""
    text = texts(
        "desk.card",
        number=ticket.number,
        subject=ticket.subject,
        state=texts(f"ticket.state.agent.{ticket.state}"),
        priority=texts(f"ticket.priority.{ticket.priority}"),
        assignee=texts("desk.assignee", name=assignee) if assignee else texts("desk.unassigned"),
        name=user.name,
        language=texts(f"language.{user.locale}"),
        reachable=texts("desk.reachable" if user.reachable else "desk.unreachable"),
        facts=_facts(texts, ticket),
        tried=_tried(texts, ticket),
        history=_history(texts, ticket),
    )
    return Message(text, _buttons(texts, ticket), pin=True)


def _facts(texts: Texts, ticket: Ticket) -> Localized:
    """One line a fact, its value ready to be copied by a touch."""
    shown = shown_facts(texts, ticket.facts)
    lines = [texts("desk.fact", name=name, value=value) for name, value in shown]
    return join("\n", lines) if lines else texts("desk.no_facts")


def _tried(texts: Texts, ticket: Ticket) -> Localized:
    if not ticket.tried:
        return texts("desk.nothing_tried")
    marks = {"answered": "✓", "solved": "✓", "found": "✓", "skipped": "–"}
    return literal("\n".join(f"{marks.get(outcome, '✗')} {step}" for step, outcome in ticket.tried))


def _history(texts: Texts, ticket: Ticket) -> Localized:
    lines = []
    if ticket.follow_up_of:
        lines.append(texts("desk.follows", number=ticket.follow_up_of + 1000))
    if ticket.reopen_count:
        lines.append(texts("desk.reopened", times=ticket.reopen_count))
    return join("\n", lines)


def _buttons(texts: Texts, ticket: Ticket) -> Rows:
    if not ticket.is_live:
        return ()
    claim = "release" if ticket.assignee else "claim"
    verbs = (claim, "solve") if ticket.answered_at else (claim,)
    return (tuple(Button(texts(f"desk.button.{verb}"), agent_data(ticket, verb)) for verb in verbs),)


def agent_data(ticket: Ticket, verb: str) -> str:
    return f"t:{ticket.id}:{verb}:{ticket.version}"


def requester_data(ticket: Ticket, verb: str) -> str:
    return f"u:{ticket.id}:{verb}:{ticket.version}"


def solved_rows(texts: Texts, ticket: Ticket) -> Rows:
    verbs = ("solved", "broken")
    return (tuple(Button(texts(f"ticket.button.{verb}"), requester_data(ticket, verb)) for verb in verbs),)


def list_line(texts: Texts, ticket: Ticket) -> Localized:
    return texts(
        "ticket.line",
        icon=texts(f"ticket.icon.{ticket.state}"),
        number=ticket.number,
        subject=ticket.subject,
        state=texts(f"ticket.state.user.{ticket.state}"),
    )


def list_rows(texts: Texts, tickets: list[Ticket]) -> Rows:
    return tuple(
        (
            Button(texts("ticket.button.solved_number", number=ticket.number), requester_data(ticket, "solved")),
            Button(texts("ticket.button.withdraw_number", number=ticket.number), requester_data(ticket, "withdraw")),
        )
        for ticket in tickets
        if ticket.state not in (TicketState.SOLVED, TicketState.CLOSED)
    )
