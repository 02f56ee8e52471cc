"""Indexes for lists by month and statistics"""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    rest = ["issue_date", "tax_status", "total_fen"]
    op.create_index("ix_invoices_seller_date", "invoices", ["seller_id", *rest, "buyer_id"])
    op.create_index("ix_invoices_buyer_date", "invoices", ["buyer_id", *rest])
