"""Further tax ids and short names of organizations; what happened in them; invitations that are taken back"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("organizations", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("invitations", sa.Column("created_by", sa.BigInteger(), nullable=True))
    op.add_column("invitations", sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "organization_aliases",
        sa.Column("alias", sa.String(length=256), nullable=False),
        sa.Column("org_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organizations.id"], name=op.f("fk_organization_aliases_org_id_organizations")
        ),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_organization_aliases")),
    )
    op.create_index("ix_organization_aliases_org_id", "organization_aliases", ["org_id"], unique=False)
    op.execute("INSERT INTO organization_aliases (alias, org_id, kind) SELECT tax_id, id, 'tax_id' FROM organizations")
    op.create_table(
        "organization_events",
        sa.Column("org_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["organizations.id"], name=op.f("fk_organization_events_org_id_organizations")
        ),
        sa.PrimaryKeyConstraint("org_id", "version", name=op.f("pk_organization_events")),
    )
