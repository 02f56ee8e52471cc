"""Organizations (the tenants), their members and the one-time invitations by which people join."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.permissions import Role
from storage.rows import insert_new, insert_new_id
from storage.schema import invitations, members, organizations, users


@dataclass(frozen=True, slots=True)
class Organization:
    id: int
    tax_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    user_id: int
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Invitation:
    """The token itself is never stored, only its SHA-256."""

    token_hash: str
    org_id: int
    role: Role
    expires_at: datetime
    used_by: int | None = None


class Organizations:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tax_id: str, name: str, now: datetime) -> Organization | None:
        """None if there is one with this tax id."""
        values = {"tax_id": tax_id, "name": name, "created_at": now}
        org_id = await insert_new_id(self._connection, organizations, values)
        return Organization(org_id, tax_id, name) if org_id is not None else None

    async def get(self, org_id: int) -> Organization | None:
        row = (await self._connection.execute(select(organizations).where(organizations.c.id == org_id))).one_or_none()
        return Organization(row.id, row.tax_id, row.name) if row else None

    async def by_tax_id(self, tax_id: str) -> Organization | None:
        query = select(organizations).where(organizations.c.tax_id == tax_id)
        row = (await self._connection.execute(query)).one_or_none()
        return Organization(row.id, row.tax_id, row.name) if row else None

    async def all(self) -> list[Organization]:
        rows = await self._connection.execute(select(organizations).order_by(organizations.c.id))
        return [Organization(row.id, row.tax_id, row.name) for row in rows]

    async def join(self, org_id: int, user_id: int, role: Role, now: datetime) -> bool:
        """False if the person is a member already; the role then stays as it was."""
        values = {"org_id": org_id, "user_id": user_id, "role": role, "joined_at": now}
        return await insert_new(self._connection, members, values)

    async def members(self, org_id: int) -> list[Member]:
        rows = await self._connection.execute(
            select(users.c.id, users.c.name, members.c.role)
            .join(users, users.c.id == members.c.user_id)
            .where(members.c.org_id == org_id)
            .order_by(members.c.joined_at)
        )
        return [Member(row.id, row.name, Role(row.role)) for row in rows]

    async def invite(self, invitation: Invitation) -> None:
        values = {
            "token_hash": invitation.token_hash,
            "org_id": invitation.org_id,
            "role": invitation.role,
            "expires_at": invitation.expires_at,
        }
        await self._connection.execute(insert(invitations).values(values))

    async def take_invitation(self, token_hash: str, user_id: int, now: datetime) -> Invitation | None:
        """Use an invitation up; None if it is unknown, expired or was used before."""
        is_valid = (
            (invitations.c.token_hash == token_hash)
            & invitations.c.used_by.is_(None)
            & (invitations.c.expires_at > now)
        )
        statement = update(invitations).where(is_valid).values(used_by=user_id, used_at=now).returning(invitations)
        row = (await self._connection.execute(statement)).one_or_none()
        return Invitation(row.token_hash, row.org_id, Role(row.role), row.expires_at, row.used_by) if row else None
