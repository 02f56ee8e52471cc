"""Lessons with an answer of their own, and lessons that correct"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("lessons", sa.Column("answer", sa.JSON(), nullable=True))
    op.add_column("lessons", sa.Column("corrects", sa.Boolean(), nullable=False, server_default=sa.false()))
