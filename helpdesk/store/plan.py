"""The plan of an import: where each mail of an archive lies, when it was written, and its thread.

It is a temporary database of SQLite's own kind: on disk as far as it is large, and gone with the
process, whatever ends that. So memory does not grow with the archive.

Failures: OSError or sqlite3.Error when the disk for temporary files is full.
"""

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.ticket import TicketNumber
from helpdesk.ports import Planned, Thread, Unavailable
from helpdesk.store.engine import read_at_once
from helpdesk.store.tables import INTAKE

ORIGIN = "archive:"
MOST_MATES = 50
CHUNK = 500
_CACHE = 8 * 2**10  # KiB

_TABLES = """
CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT NOT NULL);
CREATE TABLE mails (
    number INTEGER PRIMARY KEY,
    file INTEGER NOT NULL,
    kind TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    copy INTEGER NOT NULL,
    date INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    thread INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX by_content ON mails (sha256);
CREATE TABLE nodes (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, weight INTEGER NOT NULL);
CREATE TABLE threads (id INTEGER PRIMARY KEY, ticket INTEGER NOT NULL);
"""
_FLATTEN = """
UPDATE nodes SET parent = (SELECT up.parent FROM nodes AS up WHERE up.id = nodes.parent)
WHERE parent <> (SELECT up.parent FROM nodes AS up WHERE up.id = nodes.parent)
"""
_FINISH = (
    """UPDATE mails SET thread = (SELECT parent FROM nodes WHERE id = mails.thread)
    WHERE thread IN (SELECT id FROM nodes)""",
    "CREATE INDEX by_date ON mails (done, date, number)",
    "CREATE INDEX by_thread ON mails (thread, date, number)",
)
_TAKE = """
SELECT number, path, kind, start, "end", sha256, copy, date, thread
FROM mails JOIN files ON files.id = mails.file
WHERE done = 0 AND (date, number) > (?, ?) ORDER BY date, number LIMIT ?
"""


class ArchivePlan:
    """Filled by `add`, then `finish`, then taken from."""

    def __init__(self) -> None:
        # The SQLite that the engine put in place, not the one that came with Python.
        dbapi: Any = importlib.import_module("sqlite3")
        self._connection = dbapi.connect("", isolation_level=None, check_same_thread=False)
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        self._connection.execute("PRAGMA temp_store = FILE")
        self._connection.executescript(_TABLES)
        self._connection.execute("BEGIN")
        self._last_file = ""
        self._taken = (-1 << 62, 0)

    def close(self) -> None:
        self._connection.close()

    # --- first pass -------------------------------------------------------------------------------

    def add(
        self,
        lies: tuple[Path, str, int, int],
        sha256: str,
        date: datetime,
        message_id: str,
        named: Sequence[str],
    ) -> None:
        """One more mail; `lies` in a file of that kind, from one place to another."""
        path, kind, start, end = lies
        content = bytes.fromhex(sha256)
        [copies] = self._row("SELECT count(*) FROM mails WHERE sha256 = ?", content)
        cursor = self._connection.execute(
            """INSERT INTO mails (file, kind, start, "end", sha256, copy, date, message_id, thread)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)""",
            (self._file(path), kind, start, end, content, copies, _seconds(date), message_id),
        )
        ids = {_node(each) for each in (message_id, *named) if each}
        # A mail without any Message-ID is a thread of its own.
        node = self._join(ids) if ids else -cursor.lastrowid
        self._connection.execute(
            "UPDATE mails SET thread = ? WHERE number = ?", (node, cursor.lastrowid)
        )

    def _file(self, path: Path) -> int:
        text = str(path)
        if text != self._last_file:
            self._connection.execute("INSERT INTO files (path) VALUES (?)", (_storable(text),))
            self._last_file = text
        [last] = self._row("SELECT max(id) FROM files")
        return int(last)

    def _join(self, ids: Iterable[int]) -> int:
        """Make one thread of all threads in which these Message-IDs occur."""
        roots: dict[int, int] = {}
        for node in ids:
            self._connection.execute("INSERT OR IGNORE INTO nodes VALUES (?, ?, 1)", (node, node))
            root, weight = self._root(node)
            roots[root] = weight
        heaviest = max(roots, key=lambda root: (roots[root], root))
        for root in roots:
            if root != heaviest:
                self._connection.execute(
                    "UPDATE nodes SET parent = ? WHERE id = ?", (heaviest, root)
                )
        if len(roots) > 1:
            total = sum(roots.values())
            self._connection.execute("UPDATE nodes SET weight = ? WHERE id = ?", (total, heaviest))
        return heaviest

    def _root(self, node: int) -> tuple[int, int]:
        while True:
            parent, weight = self._row("SELECT parent, weight FROM nodes WHERE id = ?", node)
            if parent == node:
                return node, weight
            node = parent

    def finish(self) -> None:
        """No more mails come: every one knows its thread and its place in the order."""
        while self._connection.execute(_FLATTEN).rowcount:
            pass
        for statement in _FINISH:
            self._connection.execute(statement)

    # --- what is there already --------------------------------------------------------------------

    def origins(self) -> Iterator[Sequence[tuple[int, str, int]]]:
        """Number, origin and thread of all mails, in portions."""
        last = 0
        while rows := self._rows(
            """SELECT number, sha256, copy, thread FROM mails
            WHERE number > ? ORDER BY number LIMIT ?""",
            (last, CHUNK),
        ):
            last = rows[-1][0]
            yield [(row[0], _origin(row[1], row[2]), row[3]) for row in rows]

    def pass_over(self, numbers: Iterable[int]) -> None:
        """They are imported already."""
        self._connection.executemany(
            "UPDATE mails SET done = 1 WHERE number = ?", [(number,) for number in numbers]
        )

    # --- second pass ------------------------------------------------------------------------------

    def left(self) -> tuple[int, int]:
        """How many mails are to be imported, and their octets."""
        count, octets = self._row(
            'SELECT count(*), coalesce(sum("end" - start), 0) FROM mails WHERE done = 0'
        )
        return int(count), int(octets)

    def take(self, limit: int, octets: int) -> Sequence[Planned]:
        taken: list[Planned] = []
        total = 0
        for row in self._rows(_TAKE, (*self._taken, limit)):
            number, path, kind, start, end, content, copy, date, thread = row
            total += end - start
            if taken and total > octets:
                break
            self._taken = (date, number)
            taken.append(
                Planned(
                    number=number,
                    path=Path(_path(path)),
                    kind=kind,
                    start=start,
                    end=end,
                    sha256=content.hex(),
                    origin=_origin(content, copy),
                    date=_datetime(date),
                    thread=thread,
                )
            )
        return taken

    def thread(self, number: int) -> Thread:
        [ends_at] = self._row("SELECT max(date) FROM mails WHERE thread = ?", number)
        found = self._rows("SELECT ticket FROM threads WHERE id = ?", (number,))
        mates: Sequence[Any] = ()
        if not found:
            mates = self._rows(
                """SELECT message_id FROM mails WHERE thread = ? AND message_id <> ''
                ORDER BY date, number LIMIT ?""",
                (number, MOST_MATES),
            )
        return Thread(
            ends_at=_datetime(ends_at),
            ticket=TicketNumber(found[0][0]) if found else None,
            mates=tuple(dict.fromkeys(row[0] for row in mates)),
        )

    def settle(self, tickets: Mapping[int, TicketNumber]) -> None:
        """Raises Unavailable: what it tells of is committed, and must not be done once more."""
        try:
            self._connection.executemany(
                "INSERT OR REPLACE INTO threads VALUES (?, ?)", list(tickets.items())
            )
        except importlib.import_module("sqlite3").Error as error:
            raise Unavailable(f"no room for temporary files: {error}") from error

    def _row(self, statement: str, *values: Any) -> Any:
        return self._connection.execute(statement, values).fetchone()

    def _rows(self, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        rows: Sequence[Any] = self._connection.execute(statement, values).fetchall()
        return rows


async def imported(
    engine: AsyncEngine, origins: Sequence[str]
) -> Mapping[str, TicketNumber | None]:
    """Those of the origins of which the intake has the mail, and where it led."""
    statement = select(INTAKE.c.origin, INTAKE.c.ticket).where(
        INTAKE.c.origin.in_(origins), INTAKE.c.origin.is_not(None)
    )

    def ask(connection: Connection) -> Mapping[str, TicketNumber | None]:
        return {row.origin: row.ticket for row in connection.execute(statement)}

    return await read_at_once(engine, ask)


def _origin(content: bytes, copy: int) -> str:
    """One mail may stand in an archive several times; the copies are duplicates, and counted."""
    return f"{ORIGIN}{content.hex()}" + (f":{copy + 1}" if copy else "")


def _node(message_id: str) -> int:
    digest = blake2b(message_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1  # numbers below zero are mails without one


def _seconds(date: datetime) -> int:
    return int(date.timestamp())


def _datetime(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _storable(path: str) -> bytes:
    """File names may be anything."""
    return path.encode("utf-8", "surrogateescape")


def _path(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")
