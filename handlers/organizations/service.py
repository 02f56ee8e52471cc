"""Organizations and how people join them: by a one-time link, never by asking."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from handlers.alerts.service import AlertService
from handlers.errors import Conflict, InvalidInput, NotFound, NotPermitted, Withheld
from handlers.incoming import Tap
from handlers.invoices import waiting
from handlers.messenger import Message, edit, post
from handlers.organizations.card import MARK, OrganizationCard, View, nowhere
from knowledge.invoices.tax_ids import is_valid_tax_id, looks_like_tax_id, was_tax_id
from knowledge.permissions import Action, Actor, Company, Role, System, allowed
from knowledge.texts import Texts
from storage.organizations import AliasKind, Invitation, Member, Organization, StaleOrganizationError
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import User

INVITATION_LIFE = timedelta(days=7)
MOST_OPEN = 20  # invitations of one organization
PREFIX = "join_"

_PAGES = {
    "card": Action.SEE_ORGANIZATION,
    "roles": Action.INVITE,
    "open": Action.INVITE,
    "people": Action.MANAGE_MEMBERS,
    "person": Action.MANAGE_MEMBERS,
    "removing": Action.MANAGE_MEMBERS,
    "promoting": Action.MANAGE_MEMBERS,
    "handing": Action.MANAGE_MEMBERS,
    "leaving": Action.LEAVE,
}


class OrganizationService:
    def __init__(self, storage: Storage, texts: Texts, alerts: AlertService, zone: ZoneInfo) -> None:
        self._storage, self._texts, self._alerts = storage, texts, alerts
        self._card = OrganizationCard(texts, zone)

    # For whoever has the command line.

    async def add(self, by: Actor, tax_id: str, name: str, now: datetime) -> Organization:
        """Raises InvalidInput for a tax id whose check character is wrong, Conflict if it is there already."""
        _require(by, Action.ADMINISTER, System())
        if not is_valid_tax_id(tax_id):
            raise InvalidInput("org.bad_tax_id", tax_id=tax_id)
        async with self._storage.begin() as work:
            organization = await work.organizations.add(tax_id, name, now)
        if organization is None:
            raise Conflict("org.exists", tax_id=tax_id)
        return organization

    async def all(self, by: Actor) -> list[Organization]:
        _require(by, Action.ADMINISTER, System())
        async with self._storage.read() as work:
            return await work.organizations.all()

    async def members(self, by: Actor, tax_id: str) -> list[Member]:
        async with self._storage.read() as work:
            organization = await self._called(work, by, tax_id, Action.SEE_ORGANIZATION)
            return await work.organizations.members(organization.id)

    async def alias(self, by: Actor, tax_id: str, alias: str, now: datetime) -> Organization:
        """Know the organization by a further tax id, whose invoices its members then see, or by a short name.

        Raises InvalidInput for a tax id that cannot be one, Conflict if it is somebody's already.
        """
        if not alias.strip() or (looks_like_tax_id(alias) and not was_tax_id(alias)):
            raise InvalidInput("org.bad_tax_id", tax_id=alias)
        kind = AliasKind.TAX_ID if was_tax_id(alias) else AliasKind.NAME
        async with self._storage.begin() as work:
            organization = await self._called(work, by, tax_id, Action.ADMINISTER)
            if not await work.organizations.add_alias(organization.id, alias, kind):
                raise Conflict("org.alias_taken", alias=alias)
            if kind is AliasKind.TAX_ID:
                await waiting.seen_more(work, [alias], now)
            return await self._moved(work, organization, "alias", by, now, alias=alias)

    async def drop_alias(self, by: Actor, tax_id: str, alias: str, now: datetime) -> None:
        """Raises NotFound if it is none, or the organization's first tax id, which stays."""
        async with self._storage.begin() as work:
            organization = await self._called(work, by, tax_id, Action.ADMINISTER)
            if alias == organization.tax_id or not await work.organizations.drop_alias(organization.id, alias):
                raise NotFound("org.no_alias", alias=alias)
            for member in await work.organizations.members(organization.id):
                await self._alerts.forget_unseen(work, member.user_id, [alias])
            await self._moved(work, organization, "drop_alias", by, now, alias=alias)

    async def invite(self, by: Actor, tax_id: str, role: Role, now: datetime) -> str:
        """The start parameter of a link that lets one person join within 7 days."""
        async with self._storage.begin() as work:
            organization = await self._called(work, by, tax_id, Action.INVITE)
            parameter, _, _ = await self._invite(work, by, organization, role, now)
            return parameter

    async def _called(self, work: UnitOfWork, by: Actor, tax_id: str, action: Action) -> Organization:
        organization = await work.organizations.by_tax_id(tax_id)
        subject = System() if action is Action.ADMINISTER else _company(organization)
        if organization is None or not allowed(by, action, subject):
            raise NotFound("org.unknown", tax_id=tax_id)
        return organization

    # What people do in their chats.

    async def overview(self, work: UnitOfWork, user: User, now: datetime) -> Message:
        """The organizations that the person belongs to; a single one at once as its card."""
        organizations = await work.organizations.of_user(user.id)
        if not organizations:
            return nowhere(self._texts)
        if len(organizations) > 1:
            return self._card.choice(organizations)
        actor = await work.users.actor(user.id)
        return self._card.card(await self._view(work, actor, organizations[0], now))

    async def home(self, pressed: Tap, now: datetime) -> None:
        """From one organization back to all of the person's, in place."""
        async with self._storage.begin() as work:
            user = await work.users.get(pressed.person.id)
            if user is None:
                raise NotFound("error.unknown_button")
            message = await self.overview(work, user, now)
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, message), now=now)

    async def page(self, pressed: Tap, org_id: int, name: str, member_id: int, now: datetime) -> None:
        """A page in place of the one that was tapped. Looking needs no version: it is drawn as things stand."""
        async with self._storage.begin() as work:
            actor, organization = await self._permitted(work, pressed, org_id, _PAGES[name])
            view = await self._view(work, actor, organization, now)
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, self._page(view, name, member_id)), now=now)

    def _page(self, view: View, name: str, member_id: int) -> Message:
        match name:
            case "roles":
                return self._card.roles(view)
            case "open":
                return self._card.open_invitations(view)
            case "people":
                return self._card.people(view)
            case "person":
                return self._card.person(view, _member(view.others, member_id))
            case "removing":
                return self._card.sure(view, "remove", _member(view.others, member_id))
            case "promoting":
                return self._card.sure(view, "promote", _member(view.others, member_id))
            case "handing":
                return self._card.sure(view, "hand", _member(view.others, member_id))
            case "leaving":
                return self._card.sure(view, "leave", view.me)
            case _:
                return self._card.card(view)

    async def send_invitation(
        self, pressed: Tap, org_id: int, version: int, role: Role, link: Callable[[str], str], now: datetime
    ) -> None:
        """A message to forward, with a link that lets one person join within 7 days. `link` makes it of a parameter.

        The token stands in this message, and nowhere else.
        """
        async with self._storage.begin() as work:
            actor, organization = await self._permitted(work, pressed, org_id, Action.INVITE, version)
            parameter, invitation, organization = await self._invite(work, actor, organization, role, now)
            await self._redraw(work, pressed, actor, organization, now)
            message = self._card.invitation(organization, invitation, link(parameter))
            await work.outbox.add(post(actor.user_id, message), now=now)

    async def _invite(
        self, work: UnitOfWork, by: Actor, organization: Organization, role: Role, now: datetime
    ) -> tuple[str, Invitation, Organization]:
        if len(await work.organizations.open_invitations(organization.id, now)) >= MOST_OPEN:
            raise Conflict("org.too_many_invitations", limit=MOST_OPEN)
        token = secrets.token_urlsafe(24)
        author = None if by.is_admin else by.user_id
        invitation = Invitation(_hash(token), organization.id, role, now + INVITATION_LIFE, created_by=author)
        await work.organizations.invite(invitation)
        mark = invitation.token_hash[:MARK]
        moved = await self._moved(work, organization, "invited", by, now, role=role, invitation=mark)
        return PREFIX + token, invitation, moved

    async def revoke(self, pressed: Tap, org_id: int, version: int, mark: str, now: datetime) -> None:
        """Nobody can join with this invitation any more."""
        async with self._storage.begin() as work:
            actor, organization = await self._permitted(work, pressed, org_id, Action.INVITE, version)
            known = await work.organizations.open_invitations(org_id, now)
            invitation = next((one for one in known if one.token_hash.startswith(mark)), None)
            if invitation is None:
                raise Conflict("org.stale")
            await work.organizations.revoke(org_id, invitation.token_hash, now)
            organization = await self._moved(work, organization, "revoked", actor, now, invitation=mark)
            view = await self._view(work, actor, organization, now)
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, self._card.open_invitations(view)), now=now)

    async def join(self, work: UnitOfWork, user: User, parameter: str, now: datetime) -> Message:
        """Use an invitation; what the person can do now.

        Raises NotFound in the same words if it is unknown, used, too old or revoked, and for a member: theirs stays
        good for whom it was meant.
        """
        token_hash = _hash(parameter.removeprefix(PREFIX))
        invitation = await work.organizations.take_invitation(token_hash, user.id, now)
        organization = await work.organizations.get(invitation.org_id) if invitation else None
        if invitation is None or organization is None:
            raise NotFound("org.invitation_invalid")
        if not await work.organizations.join(organization.id, user.id, invitation.role, now):
            raise NotFound("org.invitation_invalid")
        await waiting.seen_more(work, organization.tax_ids, now, user_id=user.id)
        actor, mark = await work.users.actor(user.id), token_hash[:MARK]
        await self._moved(work, organization, "joined", actor, now, role=invitation.role, invitation=mark)
        if invitation.created_by is not None:
            role = self._card.role(invitation.role)
            text = self._texts("org.somebody_joined", member=user.name, name=organization.name, role=role)
            await work.outbox.add(post(invitation.created_by, Message(text)), now=now)
        return Message(self._texts(f"org.joined.{invitation.role}", name=organization.name))

    async def remove(self, pressed: Tap, org_id: int, version: int, member_id: int, now: datetime) -> None:
        """Take a member's scope and watches away at once, and tell them."""
        async with self._storage.begin() as work:
            actor, organization = await self._permitted(work, pressed, org_id, Action.MANAGE_MEMBERS, version)
            organization = await self._part(work, actor, organization, "removed", member_id, now)
            await self._redraw(work, pressed, actor, organization, now)
            text = self._texts("org.you_were_removed", name=organization.name)
            await work.outbox.add(post(member_id, Message(text)), now=now)

    async def leave(self, pressed: Tap, org_id: int, version: int, now: datetime) -> None:
        async with self._storage.begin() as work:
            actor, organization = await self._permitted(work, pressed, org_id, Action.LEAVE, version)
            await self._part(work, actor, organization, "left", actor.user_id, now)
            text = Message(self._texts("org.you_left", name=organization.name))
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, text), now=now)

    async def _part(
        self, work: UnitOfWork, by: Actor, organization: Organization, event: str, member_id: int, now: datetime
    ) -> Organization:
        """Raises Conflict if nobody would manage the organization any more."""
        members = await work.organizations.members(organization.id)
        member = _member(members, member_id)
        if [one for one in members if one.role is Role.MANAGER] == [member]:
            raise Conflict("org.last_manager")
        await work.organizations.remove(organization.id, member_id)
        await work.organizations.revoke_those_of(organization.id, member_id, now)
        await self._alerts.forget_unseen(work, member_id, organization.tax_ids)
        return await self._moved(work, organization, event, by, now, member=member_id, role=member.role)

    async def promote(self, pressed: Tap, org_id: int, version: int, member_id: int, now: datetime) -> None:
        """Another member manages the organization too, and is told. Of a manager, nothing changes."""
        async with self._storage.begin() as work:
            actor, organization = await self._permitted(work, pressed, org_id, Action.MANAGE_MEMBERS, version)
            member = _member(await work.organizations.members(org_id), member_id)
            if member.role is not Role.MANAGER:
                await work.organizations.set_role(org_id, member_id, Role.MANAGER)
                organization = await self._moved(work, organization, "promoted", actor, now, member=member_id)
                text = self._texts("org.you_manage", name=organization.name)
                await work.outbox.add(post(member_id, Message(text)), now=now)
            await self._redraw(work, pressed, actor, organization, now)

    async def hand_over(self, pressed: Tap, org_id: int, version: int, member_id: int, now: datetime) -> None:
        """Another member manages the organization instead of this one, who stays a member."""
        async with self._storage.begin() as work:
            actor, organization = await self._permitted(work, pressed, org_id, Action.MANAGE_MEMBERS, version)
            members = await work.organizations.members(org_id)
            _member([one for one in members if one.user_id != actor.user_id], member_id)
            await work.organizations.set_role(org_id, member_id, Role.MANAGER)
            await work.organizations.set_role(org_id, actor.user_id, Role.MEMBER)
            await work.organizations.revoke_those_of(org_id, actor.user_id, now)
            organization = await self._moved(work, organization, "handed_over", actor, now, member=member_id)
            await self._redraw(work, pressed, await work.users.actor(actor.user_id), organization, now)
            text = self._texts("org.you_manage", name=organization.name)
            await work.outbox.add(post(member_id, Message(text)), now=now)

    # What these have in common.

    async def _permitted(
        self, work: UnitOfWork, pressed: Tap, org_id: int, action: Action, version: int | None = None
    ) -> tuple[Actor, Organization]:
        """Who acts where. An organization of others looks like none at all.

        Raises Conflict if the button is of another version.
        """
        actor = await work.users.actor(pressed.person.id)
        organization = await work.organizations.get(org_id)
        if organization is None or not allowed(actor, Action.SEE_ORGANIZATION, _company(organization)):
            raise Withheld("error.unknown_button")
        _require(actor, action, _company(organization))
        if version not in (None, organization.version):
            raise Conflict("org.stale")
        return actor, organization

    async def _view(self, work: UnitOfWork, actor: Actor, organization: Organization, now: datetime) -> View:
        members = await work.organizations.members(organization.id)
        manages = allowed(actor, Action.MANAGE_MEMBERS, _company(organization))
        invitations = await work.organizations.open_invitations(organization.id, now) if manages else []
        is_only = len(await work.organizations.of_user(actor.user_id)) == 1
        return View(organization, members, invitations, actor.user_id, manages, is_only)

    async def _redraw(
        self, work: UnitOfWork, pressed: Tap, actor: Actor, organization: Organization, now: datetime
    ) -> None:
        card = self._card.card(await self._view(work, actor, organization, now))
        await work.outbox.add(edit(pressed.chat_id, pressed.message_id, card), now=now)

    async def _moved(
        self, work: UnitOfWork, organization: Organization, event: str, by: Actor, now: datetime, **details: Any
    ) -> Organization:
        author = None if by.is_admin else by.user_id
        try:
            return await work.organizations.move(organization, event, actor=author, now=now, details=details)
        except StaleOrganizationError as error:
            raise Conflict("org.stale") from error


def _require(actor: Actor, action: Action, subject: Company | System | None) -> None:
    if not allowed(actor, action, subject):
        raise NotPermitted


def _company(organization: Organization | None) -> Company | None:
    return Company(frozenset(organization.tax_ids)) if organization else None


def _member(members: Sequence[Member], user_id: int) -> Member:
    """Raises Conflict for somebody who is not, or no longer, one of them."""
    member = next((member for member in members if member.user_id == user_id), None)
    if member is None:
        raise Conflict("org.stale")
    return member


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
