"""Organizations, who belongs to them and how one joins."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, String, Table, text

from storage.schema.columns import Id, id_column, metadata, moment

organizations = Table(
    "organizations",
    metadata,
    id_column(),
    Column("tax_id", String(20), nullable=False, unique=True),
    Column("name", String(256), nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    moment("created_at"),
)

# Every tax id of an organization, its first one too, and its short names; each belongs to one organization only.
organization_aliases = Table(
    "organization_aliases",
    metadata,
    Column("alias", String(256), primary_key=True),
    Column("org_id", Id, ForeignKey("organizations.id"), nullable=False, index=True),
    Column("kind", String(8), nullable=False),
)

organization_events = Table(
    "organization_events",
    metadata,
    Column("org_id", Id, ForeignKey("organizations.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("event", String(16), nullable=False),
    Column("actor_id", BigInteger),
    Column("details", JSON, nullable=False),
    moment("at"),
)

members = Table(
    "members",
    metadata,
    Column("org_id", Id, ForeignKey("organizations.id"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
    moment("joined_at"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("org_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("role", String(16), nullable=False),
    moment("expires_at"),
    Column("used_by", BigInteger),
    moment("used_at", nullable=True),
    Column("created_by", BigInteger),
    moment("revoked_at", nullable=True),
)
