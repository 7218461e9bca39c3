"""What happens to a ticket over time: clocks, timers, tags, links; teams and absences of agents."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBER = sa.Integer()
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)
DAY = sa.Date()


def upgrade() -> None:
    _people()
    _tickets()
    op.add_column("entries", sa.Column("minutes", NUMBER, server_default="0", nullable=False))


def _people() -> None:
    for name, default in (("language", ""), ("zone", ""), ("sms", ""), ("muted_json", "[]")):
        op.add_column("people", sa.Column(name, TEXT, server_default=default, nullable=False))
    op.add_column("agents", sa.Column("last_assigned_at", TIME, nullable=True))
    op.create_table(
        "agent_teams",
        sa.Column("person", ID, autoincrement=False, nullable=False),
        sa.Column("team", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["agents.person"], name="agent_teams_person_fkey"),
        sa.PrimaryKeyConstraint("person", "team", name="agent_teams_pkey"),
    )
    op.create_table(
        "absences",
        sa.Column("person", ID, autoincrement=False, nullable=False),
        sa.Column("first", DAY, nullable=False),
        sa.Column("last", DAY, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["agents.person"], name="absences_person_fkey"),
        sa.PrimaryKeyConstraint("person", "first", "source", name="absences_pkey"),
    )


def _tickets() -> None:
    for name, default in (("service_level", ""), ("clocks_json", "[]")):
        op.add_column("tickets", sa.Column(name, TEXT, server_default=default, nullable=False))
    for name in ("status_since", "reminded_at", "snoozed_until", "target_at", "due_at"):
        op.add_column("tickets", sa.Column(name, TIME, nullable=True))
    op.drop_index("tickets_requester", "tickets")
    op.create_index("tickets_requester_number", "tickets", ["requester", "number"])
    _index("tickets_due", ["due_at"], "due_at IS NOT NULL")
    in_hand = "assignee IS NOT NULL AND status IN ('open', 'in_progress')"
    _index("tickets_in_hand", ["assignee"], in_hand)
    op.create_table(
        "tags",
        sa.Column("ticket", ID, autoincrement=False, nullable=False),
        sa.Column("tag", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="tags_ticket_fkey"),
        sa.PrimaryKeyConstraint("ticket", "tag", name="tags_pkey"),
    )
    op.create_index("tags_tag_ticket", "tags", ["tag", "ticket"])
    op.create_table(
        "links",
        sa.Column("ticket", ID, autoincrement=False, nullable=False),
        sa.Column("other", ID, autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="links_ticket_fkey"),
        sa.ForeignKeyConstraint(["other"], ["tickets.number"], name="links_other_fkey"),
        sa.PrimaryKeyConstraint("ticket", "other", "kind", name="links_pkey"),
    )
    op.create_index("links_other", "links", ["other"])


def _index(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, "tickets", columns, sqlite_where=only, postgresql_where=only)
