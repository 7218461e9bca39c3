"""Files that are refused, counted, summarized, or come with every mail of their sender."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    for name in ("recurs", "counted"):
        op.add_column(
            "attachments",
            sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()),
        )
    for name in ("refused", "summary"):
        op.add_column("attachments", sa.Column(name, TEXT, nullable=False, server_default=""))
    op.add_column("attachments", sa.Column("logo_of", ID, nullable=True))
    only = sa.text("logo_of IS NOT NULL")
    op.create_index(
        "attachments_logo",
        "attachments",
        ["logo_of", "sha256"],
        sqlite_where=only,
        postgresql_where=only,
    )
