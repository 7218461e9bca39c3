"""Cursors of fetched mail, logins, tombstones."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "cursors",
        sa.Column("source", TEXT, nullable=False),
        sa.Column("position", TEXT, nullable=False),
        sa.Column("moved_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", name="cursors_pkey"),
    )
    op.create_table(
        "logins",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("password_hash", TEXT, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name="logins_pkey"),
    )
    op.add_column("tickets", sa.Column("deleted_at", TIME, nullable=True))
    op.add_column("intake", sa.Column("origin", TEXT, nullable=True))
    named = sa.text("origin IS NOT NULL")
    op.create_index(
        "intake_origin",
        "intake",
        ["origin"],
        unique=True,
        sqlite_where=named,
        postgresql_where=named,
    )
