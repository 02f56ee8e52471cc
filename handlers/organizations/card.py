"""How an organization looks in the chat: its card, and the pages behind the card's buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.messenger import Button, Message, Rows
from knowledge.permissions import Role
from knowledge.texts import Localized, Texts, join, literal
from storage.organizations import Invitation, Member, Organization

SHOWN = 30  # members on the card
MOST = 90  # members with a button each: Telegram takes 100 in a message
NAME = 32  # characters of a name, where many stand
HOME = "o:home"  # in place: which organization
MARK = 16  # characters of an invitation's hash that tell it from the others of its organization


@dataclass(frozen=True, slots=True)
class View:
    """An organization as one of its members sees it. `manages`: whether the viewer may change who belongs to it;
    `is_only`: whether the viewer belongs to no other."""

    organization: Organization
    members: Sequence[Member]
    invitations: Sequence[Invitation]
    viewer: int
    manages: bool
    is_only: bool

    @property
    def me(self) -> Member:
        return next(member for member in self.members if member.user_id == self.viewer)

    @property
    def others(self) -> list[Member]:
        return [member for member in self.members if member.user_id != self.viewer]


class OrganizationCard:
    def __init__(self, texts: Texts, zone: ZoneInfo) -> None:
        self._texts, self._zone = texts, zone

    def choice(self, organizations: Sequence[Organization]) -> Message:
        rows = [(self._button(one, "card", self._texts("org.button.open", name=one.name)),) for one in organizations]
        return Message(self._texts("org.list"), tuple(rows))

    def card(self, view: View) -> Message:
        """Who belongs to it, and for whoever manages it what they can do."""
        here, members = view.organization, [self._line(member, view.viewer) for member in view.members[:SHOWN]]
        if len(view.members) > SHOWN:
            members.append(self._texts("org.more_members", count=len(view.members) - SHOWN))
        text = self._texts(
            "org.card",
            name=here.name,
            tax_id=here.tax_id,
            aliases=self._aliases(here),
            role=self.role(view.me.role),
            count=len(view.members),
            members=join("\n", members),
        )
        leave = (self._button(here, "leaving", self._texts("org.button.leave")),)
        managing = self._managing(view) if view.manages else ()
        others = () if view.is_only else ((Button(self._texts("org.button.others"), HOME),),)
        return Message(text, (*managing, leave, *others))

    def _aliases(self, organization: Organization) -> Localized:
        text, former = literal(""), organization.tax_ids[1:]
        if former:
            text += self._texts("org.former_tax_ids", tax_ids=_listed(former))
        if organization.names:
            text += self._texts("org.short_names", names=_listed(organization.names))
        return text

    def _managing(self, view: View) -> Rows:
        here = view.organization
        rows = [(self._button(here, "roles", self._texts("org.button.invite")),)]
        if view.invitations:
            label = self._texts("org.button.open_invitations", count=len(view.invitations))
            rows.append((self._button(here, "open", label),))
        rows.append((self._button(here, "people", self._texts("org.button.people")),))
        return (*rows, (Button(self._texts("stats.button.open"), f"s:page:{here.id}:"),))

    def roles(self, view: View) -> Message:
        """What the invited colleague is going to be."""
        here = view.organization
        choices = tuple(
            self._button(here, "invite", self._texts("org.button.as_role", role=self.role(role)), role)
            for role in (Role.MEMBER, Role.MANAGER)
        )
        return Message(self._texts("org.choose_role", name=here.name), (choices, self._back(here)))

    def invitation(self, organization: Organization, invitation: Invitation, link: str) -> Message:
        """To be forwarded as it is."""
        text = self._texts(
            "org.invitation",
            name=organization.name,
            role=self.role(invitation.role),
            link=link,
            until=self._local(invitation.expires_at),
        )
        return Message(text, ((Button(self._texts("org.button.copy"), copies=link),),))

    def open_invitations(self, view: View) -> Message:
        here = view.organization
        rows = [
            (self._button(here, "revoke", self._revoke(invitation), invitation.token_hash[:MARK]),)
            for invitation in view.invitations
        ]
        text = self._texts("org.open_invitations" if rows else "org.no_open_invitations")
        return Message(text, (*rows, self._back(here)))

    def _revoke(self, invitation: Invitation) -> Localized:
        until = self._local(invitation.expires_at)
        return self._texts("org.button.revoke", role=self.role(invitation.role), until=until)

    def people(self, view: View) -> Message:
        here = view.organization
        rows = [(self._button(here, "person", self._person(one), one.user_id),) for one in view.others[:MOST]]
        text = self._texts("org.people", name=here.name) if rows else self._texts("org.nobody_else")
        return Message(text, (*rows, self._back(here)))

    def _person(self, member: Member) -> Localized:
        return self._texts("org.button.person", name=member.name[:NAME], role=self.role(member.role))

    def person(self, view: View, member: Member) -> Message:
        here = view.organization
        text = self._texts("org.person", member=member.name, name=here.name, role=self.role(member.role))
        remove = self._button(here, "removing", self._texts("org.button.remove"), member.user_id)
        hand = self._button(here, "handing", self._texts("org.button.hand"), member.user_id)
        promote = self._button(here, "promoting", self._texts("org.button.promote"), member.user_id)
        promoting = () if member.role is Role.MANAGER else ((promote,),)
        return Message(text, ((remove,), *promoting, (hand,), self._back(here, "people")))

    def sure(self, view: View, verb: str, member: Member) -> Message:
        """The question before something that is not taken back by a tap: remove, promote, hand or leave."""
        here = view.organization
        text = self._texts(f"org.sure.{verb}", member=member.name, name=here.name)
        yes = self._button(here, verb, self._texts(f"org.button.sure.{verb}"), member.user_id)
        back = self._back(here) if member == view.me else self._back(here, "person", member.user_id)
        return Message(text, ((yes,), back))

    def role(self, role: Role) -> Localized:
        return self._texts(f"org.role.{role}")

    def _line(self, member: Member, viewer: int) -> Localized:
        key = "org.me" if member.user_id == viewer else "org.member"
        return self._texts(key, name=member.name[:NAME], role=self.role(member.role))

    def _back(self, organization: Organization, page: str = "card", what: str | int = "") -> tuple[Button, ...]:
        return (self._button(organization, page, self._texts("org.button.back"), what),)

    def _button(self, organization: Organization, verb: str, label: Localized, what: str | int = "") -> Button:
        """It carries the version, so that a late tap changes nothing."""
        return Button(label, f"o:{verb}:{organization.id}:{organization.version}:{what}")

    def _local(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")


def nowhere(texts: Texts) -> Message:
    """To whoever belongs to no organization: how to come to one, or to a human if theirs isn't here yet."""
    return Message(texts("org.none"), ((Button(texts("routing.choice.human"), "m:human"),),))


def _listed(words: Sequence[str]) -> Localized:
    each = [literal(word) for word in words]
    return Localized("、".join(word.zh for word in each), ", ".join(word.en for word in each))
