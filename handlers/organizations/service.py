"""Organizations and how people join them: by a one-time link, never by asking."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from handlers.errors import Conflict, InvalidInput, NotFound
from knowledge.invoices.tax_ids import is_valid_tax_id
from knowledge.permissions import Role
from storage.organizations import Invitation, Member, Organization
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import User

INVITATION_LIFE = timedelta(days=7)
PREFIX = "join_"


class OrganizationService:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def add(self, tax_id: str, name: str, now: datetime) -> Organization:
        """Raises InvalidInput for a tax id whose check character is wrong, Conflict if it is there already."""
        if not is_valid_tax_id(tax_id):
            raise InvalidInput("org.bad_tax_id", tax_id=tax_id)
        async with self._storage.begin() as work:
            organization = await work.organizations.add(tax_id, name, now)
        if organization is None:
            raise Conflict("org.exists", tax_id=tax_id)
        return organization

    async def all(self) -> list[Organization]:
        async with self._storage.read() as work:
            return await work.organizations.all()

    async def members(self, tax_id: str) -> list[Member]:
        async with self._storage.read() as work:
            return await work.organizations.members((await self._get(work, tax_id)).id)

    async def invite(self, tax_id: str, role: Role, now: datetime) -> str:
        """The start parameter of a link that lets one person join within 7 days."""
        token = secrets.token_urlsafe(24)
        async with self._storage.begin() as work:
            organization = await self._get(work, tax_id)
            await work.organizations.invite(Invitation(_hash(token), organization.id, role, now + INVITATION_LIFE))
        return PREFIX + token

    async def join(self, work: UnitOfWork, user: User, parameter: str, now: datetime) -> Organization:
        """Use an invitation. Raises NotFound if it is unknown, used or too old: the same words for all three."""
        token = parameter.removeprefix(PREFIX)
        invitation = await work.organizations.take_invitation(_hash(token), user.id, now)
        if invitation is None:
            raise NotFound("org.invitation_invalid")
        await work.organizations.join(invitation.org_id, user.id, invitation.role, now)
        organization = await work.organizations.get(invitation.org_id)
        if organization is None:
            raise LookupError(invitation.org_id)
        return organization

    async def _get(self, work: UnitOfWork, tax_id: str) -> Organization:
        organization = await work.organizations.by_tax_id(tax_id)
        if organization is None:
            raise NotFound("org.unknown", tax_id=tax_id)
        return organization


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
