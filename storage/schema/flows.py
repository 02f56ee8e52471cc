"""Flows: their texts, who is in the middle of one, and how each step ended."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from storage.schema.columns import id_column, metadata, moment

flow_sources = Table(
    "flow_sources",
    metadata,
    Column("version", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("source", Text, nullable=False),
)

flow_sessions = Table(
    "flow_sessions",
    metadata,
    id_column(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("flow", String(64), nullable=False),
    Column("flow_version", String(16), ForeignKey("flow_sources.version"), nullable=False),
    Column("state", JSON, nullable=False),
    Column("messages", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("running", Boolean, nullable=False),
    moment("updated_at"),
    Index("ix_flow_sessions_user_running", "user_id", "running"),
)

# `member`: the check of a group that the step belongs to, or nothing; `symptom`: what the group is ordered by. Outlives
# its session.
flow_steps = Table(
    "flow_steps",
    metadata,
    id_column(),
    Column("session_id", BigInteger, nullable=False),
    Column("flow", String(64), nullable=False),
    Column("step", String(24), nullable=False),
    Column("member", String(24), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("seconds", Integer, nullable=False),
    moment("at"),
    Column("symptom", String(32), nullable=False, server_default=text("''")),
    Index("ix_flow_steps_flow", "flow", "id"),
)
