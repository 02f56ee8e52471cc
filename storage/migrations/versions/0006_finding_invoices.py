"""Parties of their own, and what invoices are found by

Names are made comparable by the code of this version: `knowledge/invoices/names.py` may change later, with a revision
that writes these columns anew.
"""

from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.schema import ReversedTail

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_tables()
    _move_parties(op.get_bind())
    for side in ("seller", "buyer"):
        op.drop_index(f"ix_invoices_{side}_tax_id", "invoices")
        op.drop_column("invoices", f"{side}_name")
        op.drop_column("invoices", f"{side}_tax_id")
    op.drop_index("ix_invoices_number", "invoices")
    op.add_column("invoices", sa.Column("rtail", sa.Integer(), sa.Computed(ReversedTail())))
    op.create_index("ix_invoices_rtail", "invoices", ["rtail"])
    op.create_index("ix_invoices_total_date", "invoices", ["total_fen", "issue_date"])


def _create_tables() -> None:
    op.create_table(
        "parties",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("tax_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("norm", sa.Text(), nullable=False),
        sa.Column("pinyin", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint("tax_id", "name", name=op.f("uq_parties_tax_id_name")),
    )
    op.create_table(
        "party_grams",
        sa.Column("gram", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("party_id", _ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_party_grams_party_id")),
        sa.PrimaryKeyConstraint("gram", "party_id", name=op.f("pk_party_grams")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "gram_counts",
        sa.Column("gram", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("gram", name=op.f("pk_gram_counts")),
    )
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    for side in ("seller", "buyer"):
        constraint = f"CONSTRAINT fk_invoices_{side}_id REFERENCES parties (id)"
        op.execute(f"ALTER TABLE invoices ADD COLUMN {side}_id {number} {constraint}")


def _move_parties(connection: sa.Connection) -> None:
    """As they stand in the invoices, each pair of tax id and name once; a pair of nothing is nobody."""
    invoices, parties, party_grams, gram_counts = (
        sa.Table(name, sa.MetaData(), autoload_with=connection)
        for name in ("invoices", "parties", "party_grams", "gram_counts")
    )
    sides = [(invoices.c[f"{side}_tax_id"], invoices.c[f"{side}_name"]) for side in ("seller", "buyer")]
    found = sorted(set().union(*({tuple(row) for row in connection.execute(sa.select(*s).distinct())} for s in sides)))
    counts: Counter[int] = Counter()
    for tax_id, name in found:
        values, grams = _party(tax_id, name)
        if tax_id or name:
            party_id = connection.scalar(sa.insert(parties).values(values).returning(parties.c.id))
            counts.update(grams)
        if grams:
            connection.execute(sa.insert(party_grams), [{"gram": gram, "party_id": party_id} for gram in grams])
    if counts:
        connection.execute(sa.insert(gram_counts), [{"gram": gram, "n": n} for gram, n in counts.items()])
    for (tax_id, name), target in zip(sides, ("seller_id", "buyer_id"), strict=True):
        same = (parties.c.tax_id == tax_id) & (parties.c.name == name)
        connection.execute(sa.update(invoices).values({target: sa.select(parties.c.id).where(same).scalar_subquery()}))


def _party(tax_id: str, name: str) -> tuple[dict[str, Any], frozenset[int]]:
    from knowledge.invoices.sounds import index_grams, sounded  # large, and this module is loaded by every start

    whole = sounded(name)
    values = {"tax_id": tax_id, "name": name, "norm": whole.norm, "pinyin": " ".join(whole.pinyin), "version": 1}
    return values, index_grams(name, whole)
