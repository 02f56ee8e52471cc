"""All tables, declared once. Times are UTC; money is in fen (1/100 yuan); Telegram ids are 64 bit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite keeps no zone, so it is taken off and put on again here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ReversedTail(ColumnElement[int]):
    """The last eight digits of `number` in reverse, as an integer."""

    inherit_cache = True


@compiles(ReversedTail, "sqlite")
def _sqlite_tail(_element: ReversedTail, _compiler: Any, **_options: Any) -> str:
    return f"CAST({' || '.join(f'substr(number, {-i}, 1)' for i in range(1, 9))} AS INTEGER)"


@compiles(ReversedTail, "postgresql")
def _postgresql_tail(_element: ReversedTail, _compiler: Any, **_options: Any) -> str:
    return "CASE WHEN right(number, 8) ~ '^[0-9]+$' THEN reverse(right(number, 8))::int END"


# SQLite gives a table a self-growing key only for INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _moment(name: str, *, nullable: bool = False, **options: Any) -> Column[datetime]:
    return Column(name, Moment, nullable=nullable, **options)


users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(256), nullable=False),
    Column("locale", String(8), nullable=False),
    Column("reachable", Boolean, nullable=False),
    _moment("created_at"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("misses", Integer, nullable=False),
    Column("expecting", String(64), nullable=False),
)

organizations = Table(
    "organizations",
    metadata,
    _id(),
    Column("tax_id", String(20), nullable=False, unique=True),
    Column("name", String(256), nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    _moment("created_at"),
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
    _moment("at"),
)

members = Table(
    "members",
    metadata,
    Column("org_id", Id, ForeignKey("organizations.id"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
    _moment("joined_at"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("org_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("role", String(16), nullable=False),
    _moment("expires_at"),
    Column("used_by", BigInteger),
    _moment("used_at", nullable=True),
    Column("created_by", BigInteger),
    _moment("revoked_at", nullable=True),
)

agents = Table(
    "agents",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(256), nullable=False),
    Column("role", String(16), nullable=False),
    _moment("added_at"),
)

# Who invoices name, once each name that a tax id goes by. `norm` and `pinyin` (syllables with spaces between) are what
# names are compared by; `version` grows whenever an invoice of the party changes, so that nobody remembers old ones.
parties = Table(
    "parties",
    metadata,
    _id(),
    Column("tax_id", String(20), nullable=False),
    Column("name", String(256), nullable=False),
    Column("norm", Text, nullable=False),
    Column("pinyin", Text, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("tax_id", "name"),
)

# Which names hold a gram (two syllables, three initials: knowledge/invoices/names.py), and how many do.
party_grams = Table(
    "party_grams",
    metadata,
    Column("gram", Integer, primary_key=True, autoincrement=False),
    Column("party_id", Id, ForeignKey("parties.id"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

gram_counts = Table(
    "gram_counts",
    metadata,
    Column("gram", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, nullable=False),
)

# A party is NULL if neither its name nor its tax id is known. `rtail`: the number's last eight digits in reverse, as
# an integer that the database keeps by itself; a slip in any of them is another integer, the last four are a range.
invoices = Table(
    "invoices",
    metadata,
    _id(),
    Column("key", String(40), nullable=False, unique=True),
    Column("kind", String(24), nullable=False),
    Column("code", String(12), nullable=False),
    Column("number", String(20), nullable=False),
    Column("rtail", Integer, Computed(ReversedTail()), index=True),
    Column("seller_id", Id, ForeignKey("parties.id")),
    Column("buyer_id", Id, ForeignKey("parties.id")),
    Column("issue_date", Date),
    Column("net_fen", BigInteger),
    Column("tax_fen", BigInteger),
    Column("total_fen", BigInteger),
    Column("tax_status", String(24), nullable=False),
    Column("red_form", String(24), nullable=False),
    Column("usage", String(24), nullable=False),
    Column("review", String(24), nullable=False),
    Column("reimburse", String(24), nullable=False),
    Column("extra", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    _moment("updated_at"),
    Index("ix_invoices_total_date", "total_fen", "issue_date"),
    # All that lists by month and statistics look at: neither reads the rows. (The buyer: who buys from oneself.)
    Index("ix_invoices_seller_date", "seller_id", "issue_date", "tax_status", "total_fen", "buyer_id"),
    Index("ix_invoices_buyer_date", "buyer_id", "issue_date", "tax_status", "total_fen"),
)

status_changes = Table(
    "status_changes",
    metadata,
    _id(),
    Column("provider", String(64), nullable=False),
    Column("event_id", String(128), nullable=False),
    Column("invoice_key", String(40), nullable=False, index=True),
    Column("axis", String(16), nullable=False),
    Column("old", String(24), nullable=False),
    Column("new", String(24), nullable=False),
    Column("reason", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    _moment("occurred_at"),
    _moment("received_at"),
    UniqueConstraint("provider", "event_id"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    _id(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("invoice_key", String(40), nullable=False, index=True),
    Column("muted", Boolean, nullable=False),
    _moment("created_at"),
    UniqueConstraint("user_id", "invoice_key"),
)

notifications = Table(
    "notifications",
    metadata,
    _id(),
    Column("user_id", BigInteger, nullable=False, index=True),
    Column("type", String(32), nullable=False),
    Column("entity", String(64), nullable=False),
    Column("entity_version", Integer, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("details", JSON, nullable=False),
    _moment("decided_at"),
    UniqueConstraint("type", "entity", "entity_version", "user_id"),
)

# One row a try of the public verification; `day` is the local one, `invoice_key` whatever was typed, there or not.
audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("event", String(16), nullable=False),
    Column("actor_id", BigInteger),
    Column("details", JSON, nullable=False),
    _moment("at"),
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
verifications = Table(
    "verifications",
    metadata,
    _id(),
    Column("user_id", BigInteger, nullable=False),
    Column("invoice_key", String(40), nullable=False),
    Column("day", Date, nullable=False),
    Index("ix_verifications_key_day", "invoice_key", "day"),
    Index("ix_verifications_user_day", "user_id", "day"),
)

# Look-ups that found nothing sure: what was asked for on which local day, and which invoices are not the one. Most
# are only remembered for their buttons; some somebody waits for.
waits = Table(
    "waits",
    metadata,
    _id(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("state", String(8), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("text", String(400), nullable=False),
    Column("asked_on", Date, nullable=False),
    Column("refused", JSON, nullable=False),
    _moment("since"),
    UniqueConstraint("user_id", "fingerprint"),
)

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
    _id(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("flow", String(64), nullable=False),
    Column("flow_version", String(16), ForeignKey("flow_sources.version"), nullable=False),
    Column("state", JSON, nullable=False),
    Column("messages", JSON, nullable=False),
    Column("version", Integer, nullable=False),
    Column("running", Boolean, nullable=False),
    _moment("updated_at"),
    Index("ix_flow_sessions_user_running", "user_id", "running"),
)

# `member`: the check of a group that the step belongs to, or nothing; `symptom`: what the group is ordered by. Outlives
# its session.
flow_steps = Table(
    "flow_steps",
    metadata,
    _id(),
    Column("session_id", BigInteger, nullable=False),
    Column("flow", String(64), nullable=False),
    Column("step", String(24), nullable=False),
    Column("member", String(24), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("seconds", Integer, nullable=False),
    _moment("at"),
    Column("symptom", String(32), nullable=False, server_default=text("''")),
    Index("ix_flow_steps_flow", "flow", "id"),
)

tickets = Table(
    "tickets",
    metadata,
    _id(),
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
    _moment("created_at"),
    _moment("waiting_since", nullable=True),
    _moment("answered_at", nullable=True),
    _moment("solved_at", nullable=True),
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
    _moment("at"),
)

ticket_messages = Table(
    "ticket_messages",
    metadata,
    _id(),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("direction", String(8), nullable=False),
    Column("author_id", BigInteger, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    _moment("at"),
    UniqueConstraint("chat_id", "message_id"),
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

file_imports = Table(
    "file_imports",
    metadata,
    _id(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("file_id", String(256), nullable=False),
    Column("name", String(128), nullable=False),
    Column("state", String(16), nullable=False),
    _moment("created_at"),
)

# How many of a file's invoices are stored, while it is not finished.
import_progress = Table(
    "import_progress",
    metadata,
    Column("run", String(64), primary_key=True),
    Column("invoices", Integer, nullable=False),
    _moment("at"),
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
    _id(),
    Column("kind", String(32), nullable=False),
    Column("entity", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    _moment("due_at", index=True),
    UniqueConstraint("kind", "entity"),
)

inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("bot_id", BigInteger, nullable=False),
    Column("update_id", BigInteger, nullable=False),
    Column("lane", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    _moment("received_at"),
    UniqueConstraint("bot_id", "update_id"),
    Index("ix_inbox_state", "state", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
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
    _moment("created_at"),
    _moment("due_at"),
    _moment("retry_at", nullable=True),
    _moment("sending_since", nullable=True),
    _moment("sent_at", nullable=True),
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

gaps = Table(
    "gaps",
    metadata,
    _id(),
    Column("kind", String(8), nullable=False),
    Column("locale", String(8), nullable=False),
    Column("text", String(200), nullable=False),
    Column("slug", String(64), nullable=False),
    Column("count", Integer, nullable=False),
    _moment("last_at"),
    UniqueConstraint("kind", "locale", "text", "slug"),
)

lessons = Table(
    "lessons",
    metadata,
    _id(),
    Column("slug", String(64), nullable=False),
    Column("phrasings", JSON, nullable=False),
    Column("state", String(8), nullable=False),
    Column("author_id", BigInteger, nullable=False),
    Column("matches", Integer, nullable=False),
    _moment("created_at"),
    _moment("changed_at"),
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
