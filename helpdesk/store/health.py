"""What `helpdesk doctor` asks the database: short questions, and none that changes anything.

Failures: Unavailable when the database cannot be read; a question that takes too long gives up.
"""

import importlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from pathlib import Path

from sqlalchemy import Select, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helpdesk.core.outgoing import OutboxState
from helpdesk.core.ticket import IntakeId
from helpdesk.store.check import PROMISES
from helpdesk.store.engine import reading
from helpdesk.store.mapping import texts
from helpdesk.store.queues import PENDING, QUARANTINED, raw_message
from helpdesk.store.tables import INTAKE, OUTBOX, RAW_MESSAGES

_STEPS_BETWEEN_LOOKS = 10_000
"""Of SQLite's machine: some milliseconds."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much is not as it should be in the queues."""

    late: int
    quarantined: int
    held: int
    failed: int


async def backlog(engine: AsyncEngine, before: datetime) -> Backlog:
    """`late` is what waits since before that time."""
    mail = select(func.count()).select_from(INTAKE)
    sent = select(func.count()).select_from(OUTBOX)
    async with reading(engine) as connection:
        return Backlog(
            late=await _number(
                connection, mail.where(INTAKE.c.state == PENDING, INTAKE.c.received_at < before)
            ),
            quarantined=await _number(connection, mail.where(INTAKE.c.state == QUARANTINED)),
            held=await _number(connection, sent.where(OUTBOX.c.state == OutboxState.HELD.value)),
            failed=await _number(
                connection, sent.where(OUTBOX.c.state == OutboxState.FAILED.value)
            ),
        )


async def _number(connection: AsyncConnection, statement: Select[int]) -> int:
    return (await connection.execute(statement)).scalar_one()


async def newest_arrival(engine: AsyncEngine) -> datetime | None:
    last = select(func.max(INTAKE.c.id)).scalar_subquery()
    async with reading(engine) as connection:
        found = await connection.execute(select(INTAKE.c.received_at).where(INTAKE.c.id == last))
        return found.scalar_one_or_none()


# --- locks --------------------------------------------------------------------------------------


class Access(Enum):
    """What others let us do with an SQLite file."""

    WRITING = auto()
    READING = auto()
    NOTHING = auto()


def access_to_file(file: Path, seconds: float) -> Access:
    """What is possible within that time; nothing is changed. Other troubles are no lock's."""
    dbapi = importlib.import_module("sqlite3")  # the one that open_engine put in its place
    try:
        connection = dbapi.connect(
            f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=seconds, isolation_level=None
        )
    except dbapi.DatabaseError:
        return Access.WRITING
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except dbapi.DatabaseError as failure:
        return _without_writing(connection) if _is_busy(failure) else Access.WRITING
    else:
        return Access.WRITING
    finally:
        connection.close()


def _without_writing(connection: sqlite3.Connection) -> Access:
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except importlib.import_module("sqlite3").DatabaseError:
        return Access.NOTHING
    return Access.READING


def _is_busy(failure: Exception) -> bool:
    # An extended code has the kind of the error in its lowest byte.
    return getattr(failure, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


# --- promises -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Promises:
    """The first that is broken; empty if none is, as far as there was time."""

    broken: str = ""
    is_complete: bool = True


async def promises(engine: AsyncEngine, seconds: float) -> Promises:
    """Of a database server, which looks after its own files."""
    end = time.monotonic() + seconds
    async with reading(engine) as connection:
        for promise, statement in PROMISES:
            if time.monotonic() > end:
                return Promises(is_complete=False)
            if (await connection.execute(statement.limit(1))).first() is not None:
                return Promises(promise)
    return Promises()


def promises_of_file(file: Path, seconds: float) -> Promises:
    """Of an SQLite file, which is not written to; with what SQLite itself says of it."""
    dbapi = importlib.import_module("sqlite3")  # the one that open_engine put in its place
    end = time.monotonic() + seconds
    try:
        connection = dbapi.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        try:
            connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS_BETWEEN_LOOKS)
            for promise, statement in _statements():
                if connection.execute(statement).fetchone() is not None:
                    return Promises(promise)
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except dbapi.DatabaseError as failure:
        if time.monotonic() > end:
            return Promises(is_complete=False)
        return Promises(f"the database file can be read ({str(failure)[:120]})")
    return Promises("" if found == "ok" else f"the database file is whole ({str(found)[:120]})")


def _statements() -> Iterator[tuple[str, str]]:
    for promise, statement in PROMISES:
        options = {"literal_binds": True}
        compiled = statement.limit(1).compile(dialect=sqlite.dialect(), compile_kwargs=options)
        yield promise, str(compiled)


# --- canaries -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SmallMail:
    """A mail that came, as it came."""

    recipients: tuple[str, ...]
    source: str
    peer: str
    authserv_id: str
    raw: bytes


async def last_intake(engine: AsyncEngine) -> IntakeId:
    async with reading(engine) as connection:
        found = await _number(connection, select(func.coalesce(func.max(INTAKE.c.id), 0)))
        return IntakeId(found)


async def small_mails(
    engine: AsyncEngine, after: IntakeId, up_to: IntakeId, largest: int
) -> Sequence[SmallMail]:
    """Those that came between two entries, the second included, and have no more octets."""
    statement = _SMALL.where(
        INTAKE.c.id > after, INTAKE.c.id <= up_to, RAW_MESSAGES.c.size <= largest
    )
    return await _small(engine, statement.order_by(INTAKE.c.id))


async def last_with_reason(
    engine: AsyncEngine, reason: str, after: IntakeId, largest: int
) -> Sequence[SmallMail]:
    """The latest mail that was decided for this reason; none or one."""
    statement = _SMALL.where(
        INTAKE.c.id > after, INTAKE.c.reason == reason, RAW_MESSAGES.c.size <= largest
    )
    return await _small(engine, statement.order_by(INTAKE.c.id.desc()).limit(1))


_SMALL = select(
    INTAKE.c.id, INTAKE.c.recipients_json, INTAKE.c.source, INTAKE.c.peer, INTAKE.c.authserv_id
).join_from(INTAKE, RAW_MESSAGES, RAW_MESSAGES.c.intake == INTAKE.c.id)


async def _small(
    engine: AsyncEngine, statement: Select[int, str, str, str, str]
) -> Sequence[SmallMail]:
    found = []
    async with reading(engine) as connection:
        for row in (await connection.execute(statement)).mappings().all():
            # Small ones are never in files.
            raw = await raw_message(connection, IntakeId(row["id"]), Path())
            found.append(
                SmallMail(
                    recipients=texts(row["recipients_json"]),
                    source=row["source"],
                    peer=row["peer"],
                    authserv_id=row["authserv_id"],
                    raw=raw,
                )
            )
    return found
