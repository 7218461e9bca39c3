"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBER = sa.Integer()
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)
FLAG = sa.Boolean()
BYTES = sa.LargeBinary()


def upgrade() -> None:
    _people()
    _tickets()
    _intake()
    _conversations()
    _outbox()


def _people() -> None:
    op.create_table(
        "desks",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("display_name", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("active", FLAG, nullable=False),
        sa.PrimaryKeyConstraint("name", name="desks_pkey"),
    )
    op.create_table(
        "people",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="people_pkey"),
    )
    op.create_table(
        "addresses",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("person", ID, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("failures", NUMBER, nullable=False),
        sa.Column("last_failed", ID, nullable=True),
        sa.Column("suppressed", FLAG, nullable=False),
        sa.Column("proved_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="addresses_person_fkey"),
        sa.PrimaryKeyConstraint("key", name="addresses_pkey"),
    )
    op.create_index("addresses_person", "addresses", ["person"])
    op.create_table(
        "agents",
        sa.Column("person", ID, autoincrement=False, nullable=False),
        sa.Column("active", FLAG, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="agents_person_fkey"),
        sa.PrimaryKeyConstraint("person", name="agents_pkey"),
    )
    op.create_table(
        "agent_desks",
        sa.Column("person", ID, autoincrement=False, nullable=False),
        sa.Column("desk", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["desk"], ["desks.name"], name="agent_desks_desk_fkey"),
        sa.ForeignKeyConstraint(["person"], ["agents.person"], name="agent_desks_person_fkey"),
        sa.PrimaryKeyConstraint("person", "desk", name="agent_desks_pkey"),
    )


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("number", ID, autoincrement=False, nullable=False),
        sa.Column("desk", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("requester", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("priority", TEXT, nullable=False),
        sa.Column("category", TEXT, nullable=False),
        sa.Column("assignee", ID, nullable=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("first_response_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("merged_into", ID, nullable=True),
        sa.Column("possibly_about", ID, nullable=True),
        sa.Column("references_json", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["assignee"], ["people.id"], name="tickets_assignee_fkey"),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["tickets.number"], name="tickets_merged_into_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["possibly_about"], ["tickets.number"], name="tickets_possibly_about_fkey"
        ),
        sa.ForeignKeyConstraint(["requester"], ["people.id"], name="tickets_requester_fkey"),
        sa.PrimaryKeyConstraint("number", name="tickets_pkey"),
    )
    op.create_index("tickets_requester", "tickets", ["requester"])
    op.create_index("tickets_status_number", "tickets", ["status", "number"])
    op.create_table(
        "participants",
        sa.Column("ticket", ID, autoincrement=False, nullable=False),
        sa.Column("person", ID, autoincrement=False, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="participants_person_fkey"),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="participants_ticket_fkey"),
        sa.PrimaryKeyConstraint("ticket", "person", name="participants_pkey"),
    )
    op.create_table(
        "licenses",
        sa.Column("ticket", ID, autoincrement=False, nullable=False),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("masked", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("quoted", FLAG, nullable=False),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="licenses_ticket_fkey"),
        sa.PrimaryKeyConstraint("ticket", "provider", "fingerprint", name="licenses_pkey"),
    )
    op.create_index("licenses_fingerprint", "licenses", ["fingerprint"])


def _intake() -> None:
    op.create_table(
        "intake",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("reverse_path", TEXT, nullable=False),
        sa.Column("recipients_json", TEXT, nullable=False),
        sa.Column("peer", TEXT, nullable=False),
        sa.Column("authserv_id", TEXT, nullable=False),
        sa.Column("network", FLAG, nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("claimed", FLAG, nullable=False),
        sa.Column("alone", FLAG, nullable=False),
        sa.Column("released", FLAG, nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("identity", TEXT, nullable=True),
        sa.Column("verdict", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("error", TEXT, nullable=False),
        sa.Column("ticket", ID, nullable=True),
        sa.Column("desks_json", TEXT, nullable=False),
        sa.Column("finished_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="intake_ticket_fkey"),
        sa.PrimaryKeyConstraint("id", name="intake_pkey"),
        sa.UniqueConstraint("identity", name="intake_identity_unique"),
    )
    _index("intake_due", "intake", ["claimed", "alone", "id"], where="due_at IS NOT NULL")
    _index("intake_quarantined", "intake", ["id"], where="state = 'quarantined'")
    op.create_table(
        "raw_messages",
        sa.Column("intake", ID, autoincrement=False, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("encoding", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=True),
        sa.Column("body", BYTES, nullable=True),
        sa.ForeignKeyConstraint(["intake"], ["intake.id"], name="raw_messages_intake_fkey"),
        sa.PrimaryKeyConstraint("intake", name="raw_messages_pkey"),
    )


def _conversations() -> None:
    op.create_table(
        "entries",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("ticket", ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("visibility", TEXT, nullable=False),
        sa.Column("author", ID, nullable=True),
        sa.Column("author_address", TEXT, nullable=False),
        sa.Column("author_name", TEXT, nullable=False),
        sa.Column("message_id", TEXT, nullable=False),
        sa.Column("intake", ID, nullable=True),
        sa.Column("parked", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("full_text", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["author"], ["people.id"], name="entries_author_fkey"),
        sa.ForeignKeyConstraint(["intake"], ["intake.id"], name="entries_intake_fkey"),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="entries_ticket_fkey"),
        sa.PrimaryKeyConstraint("id", name="entries_pkey"),
    )
    _index(
        "entries_message_id_ticket", "entries", ["message_id", "ticket"], where="message_id <> ''"
    )
    _index("entries_parked", "entries", ["ticket"], where="parked <> ''")
    op.create_index("entries_ticket_id", "entries", ["ticket", "id"])
    op.create_table(
        "attachments",
        sa.Column("entry", ID, autoincrement=False, nullable=False),
        sa.Column("position", NUMBER, autoincrement=False, nullable=False),
        sa.Column("filename", TEXT, nullable=False),
        sa.Column("content_type", TEXT, nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("inline", FLAG, nullable=False),
        sa.Column("content_id", TEXT, nullable=False),
        sa.Column("part", TEXT, nullable=False),
        sa.Column("stated_name", FLAG, nullable=False),
        sa.Column("quoted", FLAG, nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.id"], name="attachments_entry_fkey"),
        sa.PrimaryKeyConstraint("entry", "position", name="attachments_pkey"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("message_id", TEXT, nullable=False),
        sa.Column("notice", TEXT, nullable=False),
        sa.Column("desk", TEXT, nullable=False),
        sa.Column("recipient", TEXT, nullable=False),
        sa.Column("recipient_key", TEXT, nullable=False),
        sa.Column("recipient_name", TEXT, nullable=False),
        sa.Column("person", ID, nullable=True),
        sa.Column("ticket", ID, nullable=True),
        sa.Column("entry", ID, nullable=True),
        sa.Column("from_name", TEXT, nullable=False),
        sa.Column("from_address", TEXT, nullable=False),
        sa.Column("purpose", TEXT, nullable=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("auto_submitted", TEXT, nullable=False),
        sa.Column("null_reverse_path", FLAG, nullable=False),
        sa.Column("in_reply_to", TEXT, nullable=False),
        sa.Column("references_json", TEXT, nullable=False),
        sa.Column("files_json", TEXT, nullable=False),
        sa.Column("variables_json", TEXT, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("due_at", TIME, nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("rendered_json", TEXT, nullable=True),
        sa.Column("last_detail", TEXT, nullable=False),
        sa.Column("delivered_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["entry"], ["entries.id"], name="outbox_entry_fkey"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="outbox_person_fkey"),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="outbox_ticket_fkey"),
        sa.PrimaryKeyConstraint("id", name="outbox_pkey"),
        sa.UniqueConstraint("message_id", name="outbox_message_id_unique"),
    )
    _index(
        "outbox_automatic", "outbox", ["recipient_key", "created_at"], where="auto_submitted <> ''"
    )
    _index("outbox_due", "outbox", ["due_at"], where="due_at IS NOT NULL")
    _index("outbox_stopped", "outbox", ["id"], where="state IN ('failed', 'held')")
    op.create_index("outbox_ticket_id", "outbox", ["ticket", "id"])
    op.create_table(
        "evidence",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("intake", ID, nullable=True),
        sa.Column("ticket", ID, nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("steps_json", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["intake"], ["intake.id"], name="evidence_intake_fkey"),
        sa.ForeignKeyConstraint(["ticket"], ["tickets.number"], name="evidence_ticket_fkey"),
        sa.PrimaryKeyConstraint("id", name="evidence_pkey"),
    )
    op.create_index("evidence_intake", "evidence", ["intake"])
    _index("evidence_ticket_id", "evidence", ["ticket", "id"], where="ticket IS NOT NULL")
    op.create_table(
        "counters",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("last", ID, nullable=False),
        sa.PrimaryKeyConstraint("name", name="counters_pkey"),
    )


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
