"""Tickets, their history and their messages."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from storage.schema.columns import Id, id_column, metadata, moment

tickets = Table(
    "tickets",
    metadata,
    id_column(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False, index=True),
    Column("state", String(16), nullable=False),
    Column("category", String(64), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("assignee", BigInteger),
    Column("owner", String(8), nullable=False),
    Column("subject", String(256), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("tried", JSON, nullable=False),
    Column("desk_chat_id", BigInteger, nullable=False),
    Column("topic_id", BigInteger),
    Column("follow_up_of", Id, ForeignKey("tickets.id")),
    Column("reopen_count", Integer, nullable=False),
    Column("close_reason", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    moment("created_at"),
    moment("waiting_since", nullable=True),
    moment("answered_at", nullable=True),
    moment("solved_at", nullable=True),
    Index("ix_tickets_topic", "desk_chat_id", "topic_id"),
)

ticket_events = Table(
    "ticket_events",
    metadata,
    Column("ticket_id", Id, ForeignKey("tickets.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("event", String(32), nullable=False),
    Column("actor_id", BigInteger),
    Column("details", JSON, nullable=False),
    moment("at"),
)

ticket_messages = Table(
    "ticket_messages",
    metadata,
    id_column(),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("direction", String(8), nullable=False),
    Column("author_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    moment("at"),
    UniqueConstraint("chat_id", "message_id"),
)
