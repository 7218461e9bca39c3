"""The right to support of each ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    for name in ("right_state", "right_json"):
        op.add_column("tickets", sa.Column(name, TEXT, nullable=False, server_default=""))
    op.add_column("tickets", sa.Column("held_at", TIME, nullable=True))
    only = sa.text("held_at IS NOT NULL")
    op.create_index("tickets_held", "tickets", ["number"], sqlite_where=only, postgresql_where=only)
