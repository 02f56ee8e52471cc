"""Invoices, whom they name, and what happened to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Computed,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.ext.compiler import compiles

from storage.schema.columns import Id, id_column, metadata, moment

PAPER_NUMBER = "(extra ->> 'paper_number')"  # 数电纸质发票 have one beside their 20 digits


class ReversedTail(ColumnElement[int]):
    """The last eight digits of `number` in reverse, as an integer."""

    inherit_cache = True


class ReversedPaperTail(ColumnElement[int]):
    """The same of the number on paper; NULL where there is none."""

    inherit_cache = True


@compiles(ReversedTail, "sqlite")
def _sqlite_tail(_element: ReversedTail, _compiler: Any, **_options: Any) -> str:
    return _sqlite_reversed("number")


@compiles(ReversedPaperTail, "sqlite")
def _sqlite_paper_tail(_element: ReversedPaperTail, _compiler: Any, **_options: Any) -> str:
    return f"CASE WHEN instr(extra, 'paper_number') THEN {_sqlite_reversed(PAPER_NUMBER)} END"


def _sqlite_reversed(text: str) -> str:
    return f"CAST({' || '.join(f'substr({text}, {-i}, 1)' for i in range(1, 9))} AS INTEGER)"


@compiles(ReversedTail, "postgresql")
def _postgresql_tail(_element: ReversedTail, _compiler: Any, **_options: Any) -> str:
    return _postgresql_reversed("number")


@compiles(ReversedPaperTail, "postgresql")
def _postgresql_paper_tail(_element: ReversedPaperTail, _compiler: Any, **_options: Any) -> str:
    return _postgresql_reversed(PAPER_NUMBER)


def _postgresql_reversed(text: str) -> str:
    return f"CASE WHEN right({text}, 8) ~ '^[0-9]+$' THEN reverse(right({text}, 8))::int END"


# Who invoices name, once each name that a tax id goes by. `norm` and `pinyin` (syllables with spaces between) are what
# names are compared by; `version` grows whenever an invoice of the party changes, so that nobody remembers old ones.
parties = Table(
    "parties",
    metadata,
    id_column(),
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
# `paper_rtail`: the same of a number on paper.
invoices = Table(
    "invoices",
    metadata,
    id_column(),
    Column("key", String(40), nullable=False, unique=True),
    Column("kind", String(24), nullable=False),
    Column("code", String(12), nullable=False),
    Column("number", String(20), nullable=False),
    Column("rtail", Integer, Computed(ReversedTail()), index=True),
    Column("paper_rtail", Integer, Computed(ReversedPaperTail())),
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
    moment("updated_at"),
    Index(
        "ix_invoices_paper_rtail",
        "paper_rtail",
        sqlite_where=text("paper_rtail IS NOT NULL"),
        postgresql_where=text("paper_rtail IS NOT NULL"),
    ),
    Index("ix_invoices_total_date", "total_fen", "issue_date"),
    # All that lists by month and statistics look at: neither reads the rows. (The buyer: who buys from oneself.)
    Index("ix_invoices_seller_date", "seller_id", "issue_date", "tax_status", "total_fen", "buyer_id"),
    Index("ix_invoices_buyer_date", "buyer_id", "issue_date", "tax_status", "total_fen"),
)

status_changes = Table(
    "status_changes",
    metadata,
    id_column(),
    Column("provider", String(64), nullable=False),
    Column("event_id", String(128), nullable=False),
    Column("invoice_key", String(40), nullable=False, index=True),
    Column("axis", String(16), nullable=False),
    Column("old", String(24), nullable=False),
    Column("new", String(24), nullable=False),
    Column("reason", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    moment("occurred_at"),
    moment("received_at"),
    UniqueConstraint("provider", "event_id"),
)

# One row a try of the public verification; `day` is the local one, `invoice_key` whatever was typed, there or not.
verifications = Table(
    "verifications",
    metadata,
    id_column(),
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
    id_column(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("state", String(8), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("text", String(400), nullable=False),
    Column("asked_on", Date, nullable=False),
    Column("refused", JSON, nullable=False),
    moment("since"),
    UniqueConstraint("user_id", "fingerprint"),
)
