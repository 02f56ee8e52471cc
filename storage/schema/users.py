"""Who writes to the bot, and who answers at the desk."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, String, Table

from storage.schema.columns import metadata, moment

users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(256), nullable=False),
    Column("locale", String(8), nullable=False),
    Column("reachable", Boolean, nullable=False),
    moment("created_at"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("misses", Integer, nullable=False),
    Column("expecting", String(64), nullable=False),
)

agents = Table(
    "agents",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(256), nullable=False),
    Column("role", String(16), nullable=False),
    moment("added_at"),
)
