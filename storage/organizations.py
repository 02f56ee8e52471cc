"""Organizations (the tenants), their members and the one-time invitations by which people join."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.permissions import Role
from storage.rows import insert_new, insert_new_id
from storage.schema import invitations, members, organization_aliases, organization_events, organizations, users


class StaleOrganizationError(Exception):
    """Somebody else changed the organization since it was read: nothing was written."""


class AliasKind(StrEnum):
    TAX_ID = "tax_id"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Organization:
    """`version` grows with each change of members, invitations and aliases.

    `tax_ids` are all it has or had, `tax_id` first; `names` are short ones.
    """

    id: int
    tax_id: str
    name: str
    version: int
    tax_ids: tuple[str, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    user_id: int
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Invitation:
    """The token itself is never stored, only its SHA-256. `created_by` is None for the command line."""

    token_hash: str
    org_id: int
    role: Role
    expires_at: datetime
    used_by: int | None = None
    created_by: int | None = None


class Organizations:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tax_id: str, name: str, now: datetime) -> Organization | None:
        """None if one has, or had, this tax id."""
        if await self.by_tax_id(tax_id) is not None:
            return None
        org_id = await insert_new_id(
            self._connection, organizations, {"tax_id": tax_id, "name": name, "created_at": now, "version": 1}
        )
        if org_id is None or not await self.add_alias(org_id, tax_id, AliasKind.TAX_ID):
            return None
        await self._log(org_id, 1, "added", None, {"tax_id": tax_id}, now)
        return Organization(org_id, tax_id, name, 1, (tax_id,))

    async def get(self, org_id: int) -> Organization | None:
        found = await self._select(organizations.c.id == org_id)
        return found[0] if found else None

    async def by_tax_id(self, tax_id: str) -> Organization | None:
        """By any of its tax ids, or by a short name."""
        mine = select(organization_aliases.c.org_id).where(organization_aliases.c.alias == tax_id)
        found = await self._select(organizations.c.id.in_(mine))
        return found[0] if found else None

    async def all(self) -> list[Organization]:
        return await self._select(true())

    async def of_user(self, user_id: int) -> list[Organization]:
        """Those that the person belongs to."""
        return await self._select(organizations.c.id.in_(select(members.c.org_id).where(members.c.user_id == user_id)))

    async def _select(self, where: ColumnElement[bool]) -> list[Organization]:
        query = (
            select(organizations, organization_aliases.c.alias, organization_aliases.c.kind)
            .join(organization_aliases, organization_aliases.c.org_id == organizations.c.id)
            .where(where)
            .order_by(
                organizations.c.id, organization_aliases.c.alias != organizations.c.tax_id, organization_aliases.c.alias
            )
        )
        found: dict[int, list[Row[Any]]] = {}
        for row in await self._connection.execute(query):
            found.setdefault(row.id, []).append(row)
        return [_organization(rows) for rows in found.values()]

    async def move(
        self, organization: Organization, event: str, *, actor: int | None, now: datetime, details: Mapping[str, Any]
    ) -> Organization:
        """Write down what happened; the organization with its next version.

        `actor` is None for the command line. Raises StaleOrganizationError if somebody was quicker.
        """
        version = organization.version + 1
        where = (organizations.c.id == organization.id) & (organizations.c.version == organization.version)
        if (await self._connection.execute(update(organizations).where(where).values(version=version))).rowcount != 1:
            raise StaleOrganizationError(organization.id)
        await self._log(organization.id, version, event, actor, details, now)
        return replace(organization, version=version)

    async def _log(
        self, org_id: int, version: int, event: str, actor: int | None, details: Mapping[str, Any], now: datetime
    ) -> None:
        values = {"org_id": org_id, "version": version, "event": event, "actor_id": actor, "at": now}
        await self._connection.execute(insert(organization_events).values(values | {"details": dict(details)}))

    # Aliases

    async def add_alias(self, org_id: int, alias: str, kind: AliasKind) -> bool:
        """False if some organization, this one or another, is known by it already."""
        return await insert_new(
            self._connection, organization_aliases, {"alias": alias, "org_id": org_id, "kind": kind}
        )

    async def drop_alias(self, org_id: int, alias: str) -> bool:
        """False if the organization has no such alias."""
        where = (organization_aliases.c.org_id == org_id) & (organization_aliases.c.alias == alias)
        return (await self._connection.execute(delete(organization_aliases).where(where))).rowcount == 1

    # Members

    async def join(self, org_id: int, user_id: int, role: Role, now: datetime) -> bool:
        """False if the person is a member already; the role then stays as it was."""
        values = {"org_id": org_id, "user_id": user_id, "role": role, "joined_at": now}
        return await insert_new(self._connection, members, values)

    async def members(self, org_id: int) -> list[Member]:
        """In the order in which they joined."""
        rows = await self._connection.execute(
            select(users.c.id, users.c.name, members.c.role)
            .join(users, users.c.id == members.c.user_id)
            .where(members.c.org_id == org_id)
            .order_by(members.c.joined_at, members.c.user_id)
        )
        return [Member(row.id, row.name, Role(row.role)) for row in rows]

    async def set_role(self, org_id: int, user_id: int, role: Role) -> None:
        where = (members.c.org_id == org_id) & (members.c.user_id == user_id)
        await self._connection.execute(update(members).where(where).values(role=role))

    async def remove(self, org_id: int, user_id: int) -> None:
        where = (members.c.org_id == org_id) & (members.c.user_id == user_id)
        await self._connection.execute(delete(members).where(where))

    # Invitations

    async def invite(self, invitation: Invitation) -> None:
        values = {
            "token_hash": invitation.token_hash,
            "org_id": invitation.org_id,
            "role": invitation.role,
            "expires_at": invitation.expires_at,
            "created_by": invitation.created_by,
        }
        await self._connection.execute(insert(invitations).values(values))

    async def open_invitations(self, org_id: int, now: datetime) -> list[Invitation]:
        """Neither used nor revoked nor expired; the oldest first."""
        where = (invitations.c.org_id == org_id) & _is_open(now)
        rows = await self._connection.execute(select(invitations).where(where).order_by(invitations.c.expires_at))
        return [_invitation(row) for row in rows]

    async def take_invitation(self, token_hash: str, user_id: int, now: datetime) -> Invitation | None:
        """Use an invitation up; None if it is unknown, expired, revoked or was used before."""
        is_valid = (invitations.c.token_hash == token_hash) & _is_open(now)
        statement = update(invitations).where(is_valid).values(used_by=user_id, used_at=now).returning(invitations)
        row = (await self._connection.execute(statement)).one_or_none()
        return _invitation(row) if row else None

    async def revoke(self, org_id: int, token_hash: str, now: datetime) -> None:
        where = (invitations.c.org_id == org_id) & (invitations.c.token_hash == token_hash) & _is_open(now)
        await self._connection.execute(update(invitations).where(where).values(revoked_at=now))

    async def revoke_those_of(self, org_id: int, user_id: int, now: datetime) -> None:
        """What this person has handed out and nobody has used yet."""
        where = (invitations.c.org_id == org_id) & (invitations.c.created_by == user_id) & _is_open(now)
        await self._connection.execute(update(invitations).where(where).values(revoked_at=now))


def _is_open(now: datetime) -> ColumnElement[bool]:
    return invitations.c.used_by.is_(None) & invitations.c.revoked_at.is_(None) & (invitations.c.expires_at > now)


def _organization(rows: list[Row[Any]]) -> Organization:
    """From one row an alias."""
    first = rows[0]
    tax_ids = tuple(row.alias for row in rows if row.kind == AliasKind.TAX_ID)
    names = tuple(row.alias for row in rows if row.kind == AliasKind.NAME)
    return Organization(first.id, first.tax_id, first.name, first.version, tax_ids, names)


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        row.token_hash, row.org_id, Role(row.role), row.expires_at, used_by=row.used_by, created_by=row.created_by
    )
