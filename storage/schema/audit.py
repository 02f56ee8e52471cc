"""Who did what, and what was denied: a chain that nobody shortens unseen."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, String, Table

from storage.schema.columns import Id, metadata, moment

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("event", String(16), nullable=False),
    Column("actor_id", BigInteger),
    Column("details", JSON, nullable=False),
    moment("at"),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_at", "at"),
)
audit_head = Table(  # one row: without it nobody would miss the newest ones
    "audit_head",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("newest", Id, nullable=False),
    Column("hash", String(64), nullable=False),
)
