"""What comes in, what goes out, what belongs to which message, and what is due when."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.schema.columns import Id, id_column, metadata, moment

inbox = Table(
    "inbox",
    metadata,
    id_column(),
    Column("bot_id", BigInteger, nullable=False),
    Column("update_id", BigInteger, nullable=False),
    Column("lane", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    moment("received_at"),
    UniqueConstraint("bot_id", "update_id"),
    Index("ix_inbox_state", "state", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    id_column(),
    Column("lane", Integer, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("ticket_id", Id, ForeignKey("tickets.id")),
    Column("op", String(16), nullable=False),
    Column("body", JSON, nullable=False),
    Column("slot", String(64)),
    Column("link_kind", String(16)),
    Column("link_entity", BigInteger),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("message_id", BigInteger),
    moment("created_at"),
    moment("due_at"),
    moment("retry_at", nullable=True),
    moment("sending_since", nullable=True),
    moment("sent_at", nullable=True),
    Index("ix_outbox_state_chat", "state", "chat_id", "id"),
    Index("ix_outbox_sending_since", "sending_since"),
)

outbox_files = Table(
    "outbox_files",
    metadata,
    Column("row_id", Id, ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("name", String(128), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("is_picture", Boolean, nullable=False),
)

message_links = Table(
    "message_links",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("entity", BigInteger, nullable=False),
    Index("ix_message_links_entity", "kind", "entity"),
)

message_slots = Table(
    "message_slots",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("slot", String(64), primary_key=True),
    Column("message_id", BigInteger, nullable=False),
)

timers = Table(
    "timers",
    metadata,
    id_column(),
    Column("kind", String(32), nullable=False),
    Column("entity", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    moment("due_at", index=True),
    UniqueConstraint("kind", "entity"),
)
