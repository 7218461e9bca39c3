"""Full-text search: FTS5 on SQLite, a tsvector with GIN on PostgreSQL.

One row for each ticket, of its number and subject (as entry 0), and one for each message, answer
and note, of its text and that subject. Rows are numbered by ticket and entry, so both databases
give them in the order of tickets, and nothing has to be sorted. SQLite keeps the words beside the
index: so it can take out at once what is deleted (`secure-delete`), which a table without content
cannot.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, select, text

from helpdesk.core.search_words import Term, indexable, words_of
from helpdesk.core.ticket import EntryKind
from helpdesk.store.tables import ENTRIES, TICKETS

OF_TICKET = 0
"""The place of the row of a ticket itself; entries count from 1."""
MOST_SORTED = 10_000
"""Rows, the newest, of which another order than that of the tickets is made."""
_SHIFT = 32
_CHUNK = 500
_FEW = 100
_MOST_TOGETHER = 1_000
_SETTINGS = "SET LOCAL plan_cache_mode = force_custom_plan"
"""How to look for words depends on how common they are."""
_PUT = {
    "sqlite": text("INSERT OR REPLACE INTO search (rowid, words) VALUES (:row, :words)"),
    "postgresql": text(
        "INSERT INTO search (ticket, entry, words)"
        " VALUES (:ticket, :entry, CAST(CAST(:words AS text) AS tsvector))"
        " ON CONFLICT (ticket, entry) DO UPDATE SET words = excluded.words"
    ),
}
_FOUND = {
    "sqlite": "SELECT rowid >> 32 AS ticket, rowid & 4294967295 AS entry FROM search"
    " WHERE search MATCH :query AND rowid >= (:first << 32) AND rowid < (:end << 32)"
    " ORDER BY rowid {order} LIMIT :most",
    "postgresql": "SELECT ticket, entry FROM search"
    " WHERE words @@ CAST(CAST(:query AS text) AS tsquery) AND ticket >= :first AND ticket < :end"
    " ORDER BY ticket {order}, entry {order} LIMIT :most",
}
_END = 1 << 30
"""Behind the last ticket."""

Words = tuple[int, int, str]
"""Of which ticket, of which entry, and the text."""


def put_words(connection: Connection, rows: Iterable[Words]) -> None:
    """In place of what was there for these entries."""
    is_sqlite = connection.dialect.name == "sqlite"
    prepared = indexable if is_sqlite else _vector
    values = [
        ({"row": (ticket << _SHIFT) | entry} if is_sqlite else {"ticket": ticket, "entry": entry})
        | {"words": prepared(written)}
        for ticket, entry, written in rows
    ]
    if values:
        connection.execute(_PUT[connection.dialect.name], values)


def of_ticket(number: int, subject: str) -> Words:
    return number, OF_TICKET, f"{number} {subject}"


def of_entry(ticket: int, entry: int, subject: str, written: str) -> Words:
    return ticket, entry, f"{subject}\n{written}"


def put_entries(connection: Connection, numbers: Iterable[int]) -> None:
    """The words of these entries as they are stored by now. Events are not looked for."""
    statement = (
        select(ENTRIES.c.id, ENTRIES.c.ticket, ENTRIES.c.text, TICKETS.c.subject)
        .join_from(ENTRIES, TICKETS, TICKETS.c.number == ENTRIES.c.ticket)
        .where(ENTRIES.c.kind != EntryKind.EVENT.value)
    )
    for chunk in _chunks(numbers):
        found = connection.execute(statement.where(ENTRIES.c.id.in_(chunk)))
        put_words(connection, [of_entry(r.ticket, r.id, r.subject, r.text) for r in found])


def forget_entries(connection: Connection, ticket: int, numbers: Iterable[int]) -> None:
    """They are in another ticket from now on."""
    is_sqlite = connection.dialect.name == "sqlite"
    for chunk in _chunks(numbers):
        rows = [(ticket << _SHIFT) | entry if is_sqlite else entry for entry in chunk]
        places = ", ".join(map(str, rows))
        where = "rowid" if is_sqlite else f"ticket = {int(ticket)} AND entry"
        connection.exec_driver_sql(f"DELETE FROM search WHERE {where} IN ({places})")  # noqa: S608 -- numbers of our own


def forget_ticket(connection: Connection, number: int) -> None:
    """All that was said in it."""
    if connection.dialect.name == "sqlite":
        statement = "DELETE FROM search WHERE rowid >= (:first << 32) AND rowid < (:end << 32)"
    else:
        statement = "DELETE FROM search WHERE ticket >= :first AND ticket < :end"
    connection.execute(text(statement), {"first": number, "end": number + 1})


# --- questions ----------------------------------------------------------------------------------


def tickets_with(
    connection: Connection, terms: Sequence[Term], beyond: int | None, *, ascending: bool = False
) -> Iterator[list[int]]:
    """The numbers of tickets that have all the terms in one entry, or in that and the subject; in
    their order, in portions that grow. `beyond`: only those behind this one.
    """
    _prepare(connection)
    first, end = 0, _END
    most = _FEW
    while True:
        if beyond is not None:
            first, end = (beyond + 1, end) if ascending else (first, beyond)
        rows = _ask(connection, terms, first, end, most, ascending=ascending)
        numbers = list(dict.fromkeys(ticket for ticket, _ in rows))
        if numbers:
            yield numbers
        if len(rows) < most:
            return
        beyond, most = numbers[-1], min(2 * most, 20 * _FEW)


def newest_with(connection: Connection, terms: Sequence[Term]) -> list[int]:
    """The tickets of the newest rows that have all the terms."""
    _prepare(connection)
    rows = _ask(connection, terms, 0, _END, MOST_SORTED, ascending=False)
    return list(dict.fromkeys(ticket for ticket, _ in rows))


def entries_with(
    connection: Connection, terms: Sequence[Term], tickets: Sequence[int], most: int
) -> dict[int, list[int]]:
    """The entries of these tickets that have all the terms, the newest first; `most` of a ticket.

    One question for all that lie together: to look for the beginning of a word takes the longer the
    more there is that begins so.
    """
    found: dict[int, list[int]] = {number: [] for number in tickets}
    if not tickets:
        return found
    _prepare(connection)
    end = max(tickets) + 1
    rows = _ask(connection, terms, min(tickets), end, _MOST_TOGETHER, ascending=False)
    left = []
    if len(rows) == _MOST_TOGETHER:
        left = [number for number in tickets if number <= rows[-1][0]]
    for number in left:
        rows = [row for row in rows if row[0] != number]
        rows += _ask(connection, terms, number, number + 1, most, ascending=False)
    for ticket, entry in rows:
        if ticket in found and entry != OF_TICKET and len(found[ticket]) < most:
            found[ticket].append(entry)
    return found


def _ask(
    connection: Connection,
    terms: Sequence[Term],
    first: int,
    end: int,
    most: int,
    *,
    ascending: bool,
) -> Sequence[tuple[int, int]]:
    dialect = connection.dialect.name
    query = (
        " AND ".join(map(_fts5, terms)) if dialect == "sqlite" else " & ".join(map(_tsquery, terms))
    )
    statement = text(_FOUND[dialect].format(order="ASC" if ascending else "DESC"))
    values = {"query": query, "first": first, "end": end, "most": most}
    return [(row.ticket, row.entry) for row in connection.execute(statement, values)]


def _prepare(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_SETTINGS)


def _fts5(term: Term) -> str:
    return f'"{" ".join(term.words)}"{"*" if term.is_prefix else ""}'


def _tsquery(term: Term) -> str:
    *before, last = (f"'{word}'" for word in term.words)
    return f"({' <-> '.join([*before, last + (':*' if term.is_prefix else '')])})"


def _vector(written: str) -> str:
    """Its literal: words are letters and digits, so nothing in them needs care."""
    return " ".join(f"'{word}':{place}" for place, word in enumerate(words_of(written), 1))


def _chunks(numbers: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(numbers)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))
