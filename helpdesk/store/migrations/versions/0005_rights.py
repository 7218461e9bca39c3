"""Rights to support: accounts, agreements and the ledger of prepaid tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBER = sa.Integer()
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)
DAY = sa.Date()


def upgrade() -> None:
    _accounts()
    _agreements()
    _ledger()
    counters = sa.table("counters", sa.column("name", TEXT), sa.column("last", ID))
    op.bulk_insert(counters, [{"name": name, "last": 0} for name in ("agreement", "ledger")])


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="accounts_pkey"),
    )
    op.create_table(
        "account_members",
        sa.Column("account", TEXT, nullable=False),
        sa.Column("member", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.key"], name="account_members_account_fkey"),
        sa.PrimaryKeyConstraint("account", "member", name="account_members_pkey"),
    )
    op.create_index("account_members_member", "account_members", ["member"])


def _agreements() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("first", DAY, nullable=True),
        sa.Column("last", DAY, nullable=True),
        sa.Column("desk", TEXT, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="agreements_pkey"),
    )
    op.create_index("agreements_holder_id", "agreements", ["holder", "id"])


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("holder", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("credits", NUMBER, nullable=False),
        sa.Column("ticket", ID, nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.Column("reference", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="ledger_ticket_fkey"),
        sa.PrimaryKeyConstraint("id", name="ledger_pkey"),
    )
    op.create_index("ledger_holder_id", "ledger", ["holder", "id"])
    _index("ledger_reference", ["holder", "reference"], "reference <> ''", unique=True)
    _index("ledger_ticket", ["ticket"], "ticket IS NOT NULL")


def _index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    only = sa.text(where)
    op.create_index(
        name, "ledger", columns, unique=unique, sqlite_where=only, postgresql_where=only
    )
