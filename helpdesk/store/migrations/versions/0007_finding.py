"""What was said is found by its words, and lists have an index for each of their orders.

What is there already is indexed here, by functions of its own: those of later versions may differ.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BATCH = 500
ON_SQLITE = (
    "CREATE VIRTUAL TABLE search USING fts5(words, tokenize='ascii')",
    "INSERT INTO search (search, rank) VALUES ('secure-delete', 1)",
)
ON_POSTGRESQL = (
    (
        "CREATE TABLE search (ticket bigint NOT NULL, entry bigint NOT NULL,"
        " words tsvector NOT NULL, CONSTRAINT search_pkey PRIMARY KEY (ticket, entry))"
    ),
    "CREATE INDEX search_words ON search USING gin (words)",
)
INDEXES = (
    ("assignee", "number"),
    ("category", "number"),
    ("created_at", "number"),
    ("desk", "number"),
    ("priority", "number"),
    ("updated_at", "number"),
)
PUT_ON_SQLITE = "INSERT INTO search (rowid, words) VALUES ((:ticket << 32) | :entry, :words)"
PUT_ON_POSTGRESQL = (
    "INSERT INTO search (ticket, entry, words)"
    " VALUES (:ticket, :entry, CAST(CAST(:words AS text) AS tsvector))"
)
TICKETS = (
    "SELECT number AS id, subject FROM tickets WHERE number > :last ORDER BY number LIMIT :most"
)
ENTRIES = (
    "SELECT entries.id, entries.ticket, entries.kind, entries.text, tickets.subject FROM entries"
    " JOIN tickets ON tickets.number = entries.ticket"
    " WHERE entries.id > :last ORDER BY entries.id LIMIT :most"
)


def upgrade() -> None:
    for columns in INDEXES:
        op.create_index(f"tickets_{'_'.join(columns)}", "tickets", list(columns))
    only = sa.text("target_at IS NOT NULL")
    op.create_index(
        "tickets_target",
        "tickets",
        ["target_at", "number"],
        sqlite_where=only,
        postgresql_where=only,
    )
    connection = op.get_bind()
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in ON_SQLITE if is_sqlite else ON_POSTGRESQL:
        connection.exec_driver_sql(statement)
    put = sa.text(PUT_ON_SQLITE if is_sqlite else PUT_ON_POSTGRESQL)
    prepared: Callable[[list[str]], str] = " ".join if is_sqlite else _vector
    for rows in _portions(connection, TICKETS):
        values = [(row.id, 0, f"{row.id} {row.subject}") for row in rows]
        connection.execute(put, [_row(*each, prepared) for each in values])
    for rows in _portions(connection, ENTRIES):
        values = [
            (row.ticket, row.id, f"{row.subject}\n{row.text}")
            for row in rows
            if row.kind != "event"
        ]
        if values:
            connection.execute(put, [_row(*each, prepared) for each in values])


def _portions(connection: sa.Connection, statement: str) -> Iterator[Sequence[Any]]:
    last = 0
    while rows := connection.execute(sa.text(statement), {"last": last, "most": BATCH}).all():
        yield rows
        last = rows[-1].id


def _row(
    ticket: int, entry: int, text: str, prepared: Callable[[list[str]], str]
) -> dict[str, Any]:
    return {"ticket": ticket, "entry": entry, "words": prepared(_words(text))}


APART = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
WORD = re.compile(rf"[{APART}]|[^\W_{APART}]+")
LONGEST = 100_000


def _words(text: str) -> list[str]:
    found = WORD.findall(_plain(text[:LONGEST])[:LONGEST])
    return [word[:64] for word in found if word.isalnum()][:16_000]


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    kept = (c for c in apart if c in "\u3099\u309a" or unicodedata.category(c)[0] != "M")
    return unicodedata.normalize("NFKC", "".join(kept))


def _vector(words: list[str]) -> str:
    return " ".join(f"'{word}':{place}" for place, word in enumerate(words, 1))
