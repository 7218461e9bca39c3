"""The tables: columns, constraints and indexes, nothing else.

Ids come from `counters`, never from the database, so that many rows are written by one statement.
Columns named `..._json` hold JSON text. Where a queue looks for work, its index holds only rows
that have a `due_at`, so that finished work costs nothing.
"""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    DDL,
    BigInteger,
    Dialect,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    event,
    false,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator
from sqlmodel import AutoString, Field, SQLModel

NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_unique",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


class Id(BigInteger):
    """A number that we count ourselves."""

    cache_ok = True


@compiles(Id, "sqlite")
def _integer(_type: Id, _compiler: Any, **_options: Any) -> str:
    # Only a primary key that is exactly INTEGER is SQLite's own row number.
    return "INTEGER"


class ServerText(TypeDecorator[str]):
    """Text in PostgreSQL, compared by its bytes as SQLite does: lists have one order everywhere,
    and no index depends on the languages of the server's system, which change with it.
    """

    impl = String
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(collation="C")

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 -- SQLAlchemy's
        # The one character that PostgreSQL does not store.
        return value.replace("\0", "\ufffd") if value and "\0" in value else value


class Row(SQLModel):
    metadata = MetaData(naming_convention=NAMES)


def _key(*, of: str | None = None) -> Any:
    return Field(
        primary_key=True, sa_type=Id, foreign_key=of, sa_column_kwargs={"autoincrement": False}
    )


def _id_of(column: str) -> Any:
    return Field(sa_type=Id, foreign_key=column)


def _maybe_id_of(column: str) -> Any:
    return Field(default=None, sa_type=Id, foreign_key=column)


def _index(name: str | None, *columns: str, where: str, unique: bool = False) -> Index:
    only = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=only, postgresql_where=only)


NOTHING_SAID = {"server_default": ""}


def table_of(row: type[Row]) -> Table:
    return Row.metadata.tables[str(row.__tablename__)]


def _named(name: str) -> Any:
    """SQLModel declares `__tablename__` as more than a string."""
    return name


class CounterRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("counters")
    name: str = Field(primary_key=True)
    last: int = Field(sa_type=Id)


class DeskRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("desks")
    name: str = Field(primary_key=True)
    address: str
    display_name: str
    position: int
    active: bool


class PersonRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("people")
    id: int = _key()
    address: str
    name: str
    language: str = Field(default="", sa_column_kwargs=NOTHING_SAID)
    zone: str = Field(default="", sa_column_kwargs=NOTHING_SAID)
    sms: str = Field(default="", sa_column_kwargs=NOTHING_SAID)
    muted_json: str = Field(default="[]", sa_column_kwargs={"server_default": "[]"})
    """Notices that this person wants no more."""
    away_until: date | None = None
    """The day that the latest automatic reply of a customer stated."""


class AddressRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("addresses")
    __table_args__ = (Index(None, "person"),)
    key: str = Field(primary_key=True)
    person: int = _id_of("people.id")
    address: str
    failures: int
    """Outbox entries that failed for good in a row."""
    last_failed: int | None = Field(default=None, sa_type=Id)
    """The latest of them: two reports about one mail are one failure."""
    suppressed: bool
    proved_at: datetime | None = None


class AgentRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("agents")
    person: int = _key(of="people.id")
    active: bool
    source: str
    last_assigned_at: datetime | None = None


class AgentDeskRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("agent_desks")
    person: int = _key(of="agents.person")
    desk: str = Field(primary_key=True, foreign_key="desks.name")


class AgentTeamRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("agent_teams")
    person: int = _key(of="agents.person")
    team: str = Field(primary_key=True)


class AbsenceRow(Row, table=True):
    """Days on which an agent gets no tickets."""

    __tablename__: ClassVar[Any] = _named("absences")
    person: int = _key(of="agents.person")
    first: date = Field(primary_key=True)
    last: date
    source: str = Field(primary_key=True)
    """Those of the settings and those of a command stand beside each other."""


class TicketRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("tickets")
    __table_args__ = (
        Index(None, "requester", "number"),
        Index(None, "status", "number"),
        # Lists stop when a page is full: each order, and each filter that may find little.
        Index(None, "assignee", "number"),
        Index(None, "category", "number"),
        Index(None, "created_at", "number"),
        Index(None, "desk", "number"),
        Index(None, "priority", "number"),
        Index(None, "updated_at", "number"),
        _index("tickets_target", "target_at", "number", where="target_at IS NOT NULL"),
        _index("tickets_due", "due_at", where="due_at IS NOT NULL"),
        _index("tickets_held", "number", where="held_at IS NOT NULL"),
        _index(
            "tickets_in_hand",
            "assignee",
            where="assignee IS NOT NULL AND status IN ('open', 'in_progress')",
        ),
    )
    number: int = _key()
    desk: str
    subject: str
    requester: int = _id_of("people.id")
    created_at: datetime
    updated_at: datetime
    status: str
    priority: str
    category: str
    assignee: int | None = _maybe_id_of("people.id")
    version: int
    first_response_at: datetime | None = None
    closed_at: datetime | None = None
    merged_into: int | None = _maybe_id_of("tickets.number")
    possibly_about: int | None = _maybe_id_of("tickets.number")
    references_json: str
    deleted_at: datetime | None = None
    """The ticket was deleted; this row is what remains of it."""
    service_level: str = Field(default="", sa_column_kwargs=NOTHING_SAID)
    status_since: datetime | None = None
    reminded_at: datetime | None = None
    snoozed_until: datetime | None = None
    clocks_json: str = Field(default="[]", sa_column_kwargs={"server_default": "[]"})
    target_at: datetime | None = None
    """The next target of its running clocks."""
    due_at: datetime | None = None
    """When something happens to it by itself. Empty: nothing will."""
    right_state: str = Field(default="", sa_column_kwargs=NOTHING_SAID)
    held_at: datetime | None = None
    """Since when it waits for a right to support."""
    right_json: str = Field(default="", sa_column_kwargs=NOTHING_SAID)


class TagRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("tags")
    __table_args__ = (Index(None, "tag", "ticket"),)
    ticket: int = _key(of="tickets.number")
    tag: str = Field(primary_key=True)


class LinkRow(Row, table=True):
    """Stored at the one ticket, shown at both."""

    __tablename__: ClassVar[Any] = _named("links")
    __table_args__ = (Index(None, "other"),)
    ticket: int = _key(of="tickets.number")
    other: int = _key(of="tickets.number")
    kind: str = Field(primary_key=True)


class ParticipantRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("participants")
    ticket: int = _key(of="tickets.number")
    person: int = _key(of="people.id")
    role: str


class IntakeRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("intake")
    __table_args__ = (
        _index("intake_due", "claimed", "alone", "id", where="due_at IS NOT NULL"),
        _index("intake_quarantined", "id", where="state = 'quarantined'"),
        _index("intake_origin", "origin", where="origin IS NOT NULL", unique=True),
    )
    id: int = _key()
    source: str
    received_at: datetime
    reverse_path: str
    recipients_json: str
    peer: str
    authserv_id: str
    network: bool
    login: str
    state: str
    claimed: bool
    alone: bool
    """A batch failed with it, or it is tried again: one at a time from now on."""
    released: bool
    """The operator let it out of quarantine."""
    attempts: int
    due_at: datetime | None = None
    """Empty: nothing is to be done."""
    identity: str | None = Field(default=None, unique=True)
    """Of the first mail with it; empty for its duplicates."""
    verdict: str | None = None
    reason: str
    error: str
    ticket: int | None = _maybe_id_of("tickets.number")
    desks_json: str
    finished_at: datetime | None = None
    origin: str | None = None
    """Of a mail that was fetched: it is kept once, whatever happens in between."""


class RawRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("raw_messages")
    intake: int = _key(of="intake.id")
    sha256: str
    size: int
    encoding: str
    path: str | None = None
    """Below the object directory, if it is not in `body`."""
    body: bytes | None = Field(default=None, sa_type=LargeBinary)


class EntryRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("entries")
    __table_args__ = (
        Index(None, "ticket", "id"),
        _index(None, "message_id", "ticket", where="message_id <> ''"),
        _index("entries_parked", "ticket", where="parked <> ''"),
    )
    id: int = _key()
    ticket: int = _id_of("tickets.number")
    kind: str
    at: datetime
    visibility: str
    author: int | None = _maybe_id_of("people.id")
    author_address: str
    author_name: str
    message_id: str
    intake: int | None = _maybe_id_of("intake.id")
    parked: str
    reason: str
    version: int
    text: str
    full_text: str
    minutes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Work that was booked with it."""


class AttachmentRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("attachments")
    __table_args__ = (_index("attachments_logo", "logo_of", "sha256", where="logo_of IS NOT NULL"),)
    entry: int = _key(of="entries.id")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    filename: str
    content_type: str
    size: int = Field(sa_type=Id)
    sha256: str
    inline: bool
    content_id: str
    part: str
    stated_name: bool
    quoted: bool
    recurs: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    refused: str = Field(default="", sa_column_kwargs=NOTHING_SAID)
    """Why it is not passed on; empty: it is."""
    summary: str = Field(default="", sa_column_kwargs=NOTHING_SAID)
    counted: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Towards the number of files of a ticket."""
    logo_of: int | None = Field(default=None, sa_type=Id)
    """The person with whose mails it may come again, until it is known that it does."""


class LicenseRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("licenses")
    __table_args__ = (Index(None, "fingerprint"),)
    ticket: int = _key(of="tickets.number")
    provider: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    position: int
    masked: str
    state: str
    quoted: bool
    intake: int | None = _maybe_id_of("intake.id")
    """A mail in which the key stands."""


class AnswerRow(Row, table=True):
    """What a provider said about a license, and when it is to be asked next."""

    __tablename__: ClassVar[Any] = _named("license_answers")
    __table_args__ = (_index("license_answers_due", "due_at", where="due_at IS NOT NULL"),)
    provider: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    outcome: str = ""
    """The last word about the key; empty: there was none yet."""
    record_json: str = ""
    asked_at: datetime | None = None
    trouble: str = ""
    tries: int = 0
    due_at: datetime | None = None


class OutboxRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("outbox")
    __table_args__ = (
        _index("outbox_due", "due_at", where="due_at IS NOT NULL"),
        _index("outbox_stopped", "id", where="state IN ('failed', 'held')"),
        _index("outbox_automatic", "recipient_key", "created_at", where="auto_submitted <> ''"),
        Index(None, "ticket", "id"),
    )
    id: int = _key()
    message_id: str = Field(unique=True)
    notice: str
    desk: str
    recipient: str
    recipient_key: str
    recipient_name: str
    person: int | None = _maybe_id_of("people.id")
    ticket: int | None = _maybe_id_of("tickets.number")
    entry: int | None = _maybe_id_of("entries.id")
    from_name: str
    from_address: str
    purpose: str | None = None
    version: int
    auto_submitted: str
    null_reverse_path: bool
    in_reply_to: str
    references_json: str
    files_json: str
    variables_json: str
    created_at: datetime
    state: str
    attempts: int
    due_at: datetime | None = None
    """When to try next; while it is claimed, when the claim ends. Empty: nothing is to be done."""
    lease_until: datetime | None = None
    rendered_json: str | None = None
    last_detail: str
    delivered_at: datetime | None = None


class EvidenceRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("evidence")
    __table_args__ = (
        _index(None, "ticket", "id", where="ticket IS NOT NULL"),
        Index(None, "intake"),
    )
    id: int = _key()
    intake: int | None = _maybe_id_of("intake.id")
    ticket: int | None = _maybe_id_of("tickets.number")
    at: datetime
    verdict: str
    reason: str
    steps_json: str


class CursorRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("cursors")
    source: str = Field(primary_key=True)
    position: str
    moved_at: datetime


class LoginRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("logins")
    key: str = Field(primary_key=True)
    """Lookup key of the address that logs in and that it may write as."""
    address: str
    password_hash: str
    created_at: datetime


class AccountRow(Row, table=True):
    """A customer of several people, who share rights to support."""

    __tablename__: ClassVar[Any] = _named("accounts")
    key: str = Field(primary_key=True)
    name: str


class AccountMemberRow(Row, table=True):
    """An address or a domain, by the key that it has as a holder."""

    __tablename__: ClassVar[Any] = _named("account_members")
    __table_args__ = (Index(None, "member"),)
    account: str = Field(primary_key=True, foreign_key="accounts.key")
    member: str = Field(primary_key=True)


class AgreementRow(Row, table=True):
    __tablename__: ClassVar[Any] = _named("agreements")
    __table_args__ = (Index(None, "holder", "id"),)
    id: int = _key()
    holder: str
    kind: str
    first: date | None = None
    last: date | None = None
    desk: str
    at: datetime
    """When it was written down, or changed."""
    by: str


class LedgerRow(Row, table=True):
    """Lines are added, never changed; only words go when a ticket is deleted."""

    __tablename__: ClassVar[Any] = _named("ledger")
    __table_args__ = (
        Index(None, "holder", "id"),
        _index("ledger_reference", "holder", "reference", where="reference <> ''", unique=True),
        _index("ledger_ticket", "ticket", where="ticket IS NOT NULL"),
    )
    id: int = _key()
    holder: str
    kind: str
    credits: int
    ticket: int | None = _maybe_id_of("tickets.number")
    at: datetime
    by: str
    note: str
    reference: str


COUNTERS = table_of(CounterRow)
CURSORS = table_of(CursorRow)
LOGINS = table_of(LoginRow)
DESKS = table_of(DeskRow)
PEOPLE = table_of(PersonRow)
ADDRESSES = table_of(AddressRow)
AGENTS = table_of(AgentRow)
AGENT_DESKS = table_of(AgentDeskRow)
AGENT_TEAMS = table_of(AgentTeamRow)
ABSENCES = table_of(AbsenceRow)
TICKETS = table_of(TicketRow)
TAGS = table_of(TagRow)
LINKS = table_of(LinkRow)
PARTICIPANTS = table_of(ParticipantRow)
INTAKE = table_of(IntakeRow)
RAW_MESSAGES = table_of(RawRow)
ENTRIES = table_of(EntryRow)
ATTACHMENTS = table_of(AttachmentRow)
LICENSES = table_of(LicenseRow)
ANSWERS = table_of(AnswerRow)
OUTBOX = table_of(OutboxRow)
EVIDENCE = table_of(EvidenceRow)
ACCOUNTS = table_of(AccountRow)
ACCOUNT_MEMBERS = table_of(AccountMemberRow)
AGREEMENTS = table_of(AgreementRow)
LEDGER = table_of(LedgerRow)
METADATA = Row.metadata
for _table in METADATA.tables.values():
    for _column in _table.columns:
        if isinstance(_column.type, AutoString):
            _column.type = String().with_variant(ServerText(), "postgresql")

# An index over some of the rows serves a query only if it states the same condition, literally.
ENTRY_IS_NAMED = text("entries.message_id <> ''")
ENTRY_IS_PARKED = text("entries.parked <> ''")
OUTBOX_IS_AUTOMATIC = text("outbox.auto_submitted <> ''")
OUTBOX_IS_STOPPED = text("outbox.state IN ('failed', 'held')")
TICKET_IS_IN_HAND = text(
    "tickets.assignee IS NOT NULL AND tickets.status IN ('open', 'in_progress')"
)
INTAKE_IS_QUARANTINED = text("intake.state = 'quarantined'")

FIRST = {
    "ticket": 1000,
    "person": 0,
    "entry": 0,
    "outbox": 0,
    "intake": 0,
    "evidence": 0,
    "agreement": 0,
    "ledger": 0,
}
"""The counters of a new database; the first ticket is 1001."""

# What no model can say: the words of tickets and entries, as each database finds them (finding.py).
_SEARCH = {
    "sqlite": (
        "CREATE VIRTUAL TABLE search USING fts5(words, tokenize='ascii')",
        "INSERT INTO search (search, rank) VALUES ('secure-delete', 1)",
    ),
    "postgresql": (
        (
            "CREATE TABLE search (ticket bigint NOT NULL, entry bigint NOT NULL,"
            " words tsvector NOT NULL, CONSTRAINT search_pkey PRIMARY KEY (ticket, entry))"
        ),
        "CREATE INDEX search_words ON search USING gin (words)",
    ),
}
for _dialect, _statements in _SEARCH.items():
    for _statement in _statements:
        _made = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(METADATA, "after_create", _made)
event.listen(METADATA, "before_drop", DDL("DROP TABLE IF EXISTS search"))  # type: ignore[no-untyped-call]
