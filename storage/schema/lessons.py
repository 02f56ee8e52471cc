"""What could not be answered, and what was taught."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, String, Table, UniqueConstraint, false

from storage.schema.columns import Id, id_column, metadata, moment

gaps = Table(
    "gaps",
    metadata,
    id_column(),
    Column("kind", String(8), nullable=False),
    Column("locale", String(8), nullable=False),
    Column("text", String(200), nullable=False),
    Column("slug", String(64), nullable=False),
    Column("count", Integer, nullable=False),
    moment("last_at"),
    UniqueConstraint("kind", "locale", "text", "slug"),
)

lessons = Table(
    "lessons",
    metadata,
    id_column(),
    Column("slug", String(64), nullable=False),
    Column("phrasings", JSON, nullable=False),
    Column("state", String(8), nullable=False),
    Column("author_id", BigInteger, nullable=False),
    Column("matches", Integer, nullable=False),
    moment("created_at"),
    moment("changed_at"),
    Column("answer", JSON(none_as_null=True)),
    Column("corrects", Boolean, nullable=False, server_default=false()),
)

lesson_votes = Table(
    "lesson_votes",
    metadata,
    Column("lesson_id", Id, ForeignKey("lessons.id"), primary_key=True),
    Column("voter", String(16), primary_key=True),
    Column("is_up", Boolean, nullable=False),
)

regression_cases = Table(
    "regression_cases",
    metadata,
    Column("text", String(200), primary_key=True),
    Column("slug", String(64), nullable=False),
)
