"""The symptom with which a check was tried"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "flow_steps", sa.Column("symptom", sa.String(length=32), server_default=sa.text("''"), nullable=False)
    )
