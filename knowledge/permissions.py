"""Who may do what: one function of (actor, action, object), denied by default."""

from __future__ import annotations

from collections.abc import Mapping
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
    # of invoices
    SEE_INVOICE = "see_invoice"
    WATCH_INVOICE = "watch_invoice"
    FIND_INLINE = "find_inline"
    VERIFY_INVOICE = "verify_invoice"
    IMPORT_INVOICES = "import_invoices"
    # of organizations
    SEE_ORGANIZATION = "see_organization"
    LEAVE = "leave"
    INVITE = "invite"
    MANAGE_MEMBERS = "manage_members"
    SEE_STATISTICS = "see_statistics"
    EXPORT = "export"
    # of tickets
    SEE_TICKET = "see_ticket"
    WRITE_IN_TICKET = "write_in_ticket"
    CONFIRM_TICKET = "confirm_ticket"
    ANSWER_TICKET = "answer_ticket"
    # of what there is only one of
    WORK_AT_DESK = "work_at_desk"
    TEACH = "teach"
    ADMINISTER = "administer"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `tax_ids` maps every tax id of the actor's organizations, former ones and branches' too, to the
    actor's role there. `is_admin`: whoever has the command line."""

    user_id: int
    desk_role: DeskRole | None = None
    tax_ids: tuple[tuple[str, Role], ...] = ()
    is_admin: bool = False

    @property
    def scope(self) -> tuple[str, ...]:
        """The tax ids whose invoices this person may see."""
        return tuple(tax_id for tax_id, _role in self.tax_ids)

    def role_in(self, tax_id: str) -> Role | None:
        return dict(self.tax_ids).get(tax_id)


ADMIN = Actor(0, is_admin=True)


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose an invoice is: the tax ids of its buyer and its seller."""

    tax_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Company:
    """An organization's own affairs: who belongs to it, who is invited, its figures."""

    tax_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class HelpDesk:
    """Where tickets are answered; there is one."""


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """What the bot can answer; there is one for everybody."""


@dataclass(frozen=True, slots=True)
class System:
    """Which organizations and agents there are, and whether all is well."""


Subject = Ticket | Parties | Company | HelpDesk | KnowledgeBase | System


class Part(StrEnum):
    """What somebody is to an object."""

    ANYBODY = "anybody"
    MEMBER = "member"
    MANAGER = "manager"
    REQUESTER = "requester"
    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"


_P = Part
_RULES: Mapping[type[Subject | None], Mapping[Action, frozenset[Part]]] = {
    Parties: {
        Action.SEE_INVOICE: frozenset({_P.MEMBER, _P.ADMIN}),
        Action.WATCH_INVOICE: frozenset({_P.MEMBER}),
        Action.FIND_INLINE: frozenset({_P.MEMBER}),
        Action.VERIFY_INVOICE: frozenset({_P.ANYBODY}),
        Action.IMPORT_INVOICES: frozenset({_P.MANAGER, _P.ADMIN}),
    },
    type(None): {  # an invoice that does not exist is verified as one that does
        Action.VERIFY_INVOICE: frozenset({_P.ANYBODY}),
    },
    Company: {
        Action.SEE_ORGANIZATION: frozenset({_P.MEMBER, _P.ADMIN}),
        Action.LEAVE: frozenset({_P.MEMBER}),
        Action.IMPORT_INVOICES: frozenset({_P.MANAGER, _P.ADMIN}),
        Action.INVITE: frozenset({_P.MANAGER, _P.ADMIN}),
        Action.MANAGE_MEMBERS: frozenset({_P.MANAGER, _P.ADMIN}),
        Action.SEE_STATISTICS: frozenset({_P.MANAGER, _P.ADMIN}),
        Action.EXPORT: frozenset({_P.MANAGER, _P.ADMIN}),
    },
    Ticket: {
        Action.SEE_TICKET: frozenset({_P.REQUESTER, _P.AGENT, _P.ADMIN}),
        Action.WRITE_IN_TICKET: frozenset({_P.REQUESTER}),
        Action.CONFIRM_TICKET: frozenset({_P.REQUESTER}),
        Action.ANSWER_TICKET: frozenset({_P.AGENT}),
    },
    HelpDesk: {Action.WORK_AT_DESK: frozenset({_P.AGENT})},
    KnowledgeBase: {Action.TEACH: frozenset({_P.LEAD})},
    System: {Action.ADMINISTER: frozenset({_P.ADMIN})},
}


def allowed(actor: Actor, action: Action, subject: Subject | None) -> bool:
    """Whether this may be done. None stands for what does not exist: refused, as what is somebody else's.

    Invoices are for members of the buyer's or the seller's organization; everybody may verify one. An organization's
    affairs are for its managers; its members see who belongs to it, and may leave. A ticket is for its requester and
    for the desk; only agents answer, only the requester writes in it and confirms. Only leads teach. Whoever has the
    command line sets up, imports and reads, but speaks for nobody.
    """
    permitted = _RULES[type(subject)].get(action, frozenset())
    return not permitted.isdisjoint(_parts(actor, subject))


def _parts(actor: Actor, subject: Subject | None) -> set[Part]:
    """Everything that the actor is to the object. A lead is an agent, a manager a member."""
    parts = {Part.ANYBODY}
    if actor.is_admin:
        parts.add(Part.ADMIN)
    if actor.desk_role is not None:
        parts |= {Part.AGENT, Part(actor.desk_role)}
    if isinstance(subject, Ticket) and actor.user_id == subject.user_id:
        parts.add(Part.REQUESTER)
    if isinstance(subject, Parties | Company):
        roles = {actor.role_in(tax_id) for tax_id in subject.tax_ids if tax_id}  # an unknown party ("") is nobody's
        parts |= {part for role in roles if role is not None for part in (Part.MEMBER, Part(role))}
    return parts
