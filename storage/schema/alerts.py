"""Who watches which invoice, and what was decided about each alert."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, UniqueConstraint

from storage.schema.columns import id_column, metadata, moment

subscriptions = Table(
    "subscriptions",
    metadata,
    id_column(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("invoice_key", String(40), nullable=False, index=True),
    Column("muted", Boolean, nullable=False),
    moment("created_at"),
    UniqueConstraint("user_id", "invoice_key"),
)

notifications = Table(
    "notifications",
    metadata,
    id_column(),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("type", String(32), nullable=False),
    Column("entity", String(64), nullable=False),
    Column("entity_version", Integer, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("details", JSON, nullable=False),
    moment("decided_at"),
    UniqueConstraint("type", "entity", "entity_version", "user_id"),
)
