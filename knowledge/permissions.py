"""Who may do what: one function of (actor, action, object), denied by default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from knowledge.tickets import Ticket


class Role(StrEnum):
    """A member's part in an organization."""

    MANAGER = "manager"
    MEMBER = "member"


class DeskRole(StrEnum):
    """An agent's part at the desk."""

    LEAD = "lead"
    AGENT = "agent"


class Action(StrEnum):
    SEE_INVOICE = "see_invoice"
    IMPORT_INVOICES = "import_invoices"
    INVITE = "invite"
    SEE_TICKET = "see_ticket"
    ANSWER_TICKET = "answer_ticket"
    CONFIRM_TICKET = "confirm_ticket"
    TEACH = "teach"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `tax_ids` maps the tax ids of the actor's organizations to the actor's role there."""

    user_id: int
    desk_role: DeskRole | None = None
    tax_ids: tuple[tuple[str, Role], ...] = ()

    def role_in(self, tax_id: str) -> Role | None:
        return dict(self.tax_ids).get(tax_id)


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose data an invoice or an organization's record is: the tax ids of its parties."""

    tax_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """What the bot can answer; there is one for everybody."""


def allowed(actor: Actor, action: Action, subject: Ticket | Parties | KnowledgeBase) -> bool:
    """Invoices are for members of the buyer's or the seller's organization; managing them is for managers.

    A ticket is for its requester and for the desk; only agents answer, only the requester confirms.
    Only leads teach.
    """
    match subject, action:
        case Parties(), Action.SEE_INVOICE:
            return any(_roles(actor, subject))
        case Parties(), Action.IMPORT_INVOICES | Action.INVITE:
            return Role.MANAGER in _roles(actor, subject)
        case Ticket(), Action.SEE_TICKET:
            return actor.desk_role is not None or actor.user_id == subject.user_id
        case Ticket(), Action.ANSWER_TICKET:
            return actor.desk_role is not None
        case Ticket(), Action.CONFIRM_TICKET:
            return actor.user_id == subject.user_id
        case KnowledgeBase(), Action.TEACH:
            return actor.desk_role is DeskRole.LEAD
        case _:
            return False


def _roles(actor: Actor, parties: Parties) -> set[Role | None]:
    """A party that is not known ("") is nobody's."""
    return {actor.role_in(tax_id) for tax_id in parties.tax_ids if tax_id}
