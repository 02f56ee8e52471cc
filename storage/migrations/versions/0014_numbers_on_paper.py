"""数电纸质发票 are found by their number on paper as well"""

import sqlalchemy as sa
from alembic import op

from storage.schema import ReversedPaperTail

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # On a line of its own: SQLAlchemy takes the rest of the line for the expression of the generated column before.
        tail = ReversedPaperTail().compile(dialect=op.get_bind().dialect)
        op.execute(f"ALTER TABLE invoices ADD COLUMN paper_rtail\nINTEGER GENERATED ALWAYS AS ({tail})")
    else:
        op.add_column("invoices", sa.Column("paper_rtail", sa.Integer(), sa.Computed(ReversedPaperTail())))
    some = sa.text("paper_rtail IS NOT NULL")
    op.create_index("ix_invoices_paper_rtail", "invoices", ["paper_rtail"], sqlite_where=some, postgresql_where=some)
