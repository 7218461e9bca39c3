"""What license providers say about keys, and in which mail a key stands."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBER = sa.Integer()
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("licenses") as table:
        table.add_column(sa.Column("intake", ID, nullable=True))
        table.create_foreign_key("licenses_intake_fkey", "intake", ["intake"], ["id"])
    op.create_table(
        "license_answers",
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("record_json", TEXT, nullable=False),
        sa.Column("asked_at", TIME, nullable=True),
        sa.Column("trouble", TEXT, nullable=False),
        sa.Column("tries", NUMBER, nullable=False),
        sa.Column("due_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("provider", "fingerprint", name="license_answers_pkey"),
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index(
        "license_answers_due",
        "license_answers",
        ["due_at"],
        sqlite_where=due,
        postgresql_where=due,
    )
