"""Deletes a ticket with all that was said in it; a tombstone keeps its number and its place.

What was merged into it is a part of it and goes with it; what was split off is a ticket of its own.
Failures: StoreError if there is no such ticket, or if its words are in another one. A crash leaves
the ticket as it was, or deleted with files that no row names any more: a later deletion removes
them.
"""

import asyncio
import importlib
import re
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.decision import Verdict
from helpdesk.core.outgoing import Notice
from helpdesk.core.ticket import LinkKind, Status, TicketNumber
from helpdesk.store.engine import StoreError, database_file, read_at_once, write_at_once
from helpdesk.store.finding import forget_ticket
from helpdesk.store.licenses import forget_answers
from helpdesk.store.raw import NAME
from helpdesk.store.rights import return_reserved
from helpdesk.store.tables import (
    ADDRESSES,
    AGENTS,
    ATTACHMENTS,
    COUNTERS,
    ENTRIES,
    EVIDENCE,
    INTAKE,
    LEDGER,
    LICENSES,
    LINKS,
    LOGINS,
    OUTBOX,
    PARTICIPANTS,
    PEOPLE,
    RAW_MESSAGES,
    TAGS,
    TICKETS,
)

DELETED = "deleted"
ERASED = "the ticket was deleted"
ORPHANED_AFTER = 24 * 3600.0
"""Seconds: a younger file may belong to a mail that is being committed."""
PATIENCE = 5.0
"""Seconds in which readers must let go of the old pages."""
_CHUNK = 500
NOBODY = {
    **dict.fromkeys(("address", "name", "language", "zone", "sms"), ""),
    "muted_json": "[]",
    "away_until": None,
}
_OF_IT = ("deleted_at", "again")
"""What is said of the ticket that was named, not of all that went with it."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was removed."""

    ticket: int
    deleted_at: datetime
    again: bool
    """It was deleted before; this is what had come since."""
    entries: int
    mails: int
    notifications: int
    unsent: int
    """Of the notifications, those that had not been sent."""
    people: int
    """Whose name and address are gone, for nothing else names them."""
    files: int
    merged: tuple[int, ...]
    """Tickets that had been merged into it, and are gone with it."""
    wiped: bool
    """Whether the bytes are overwritten in the files of the database, too."""


@dataclass(slots=True)
class _Found:
    """The rows that make a ticket."""

    entries: list[int]
    intakes: list[int]
    people: list[int]


async def delete_ticket(
    engine: AsyncEngine, objects: Path, number: TicketNumber, now: datetime, *, reason: str = ""
) -> Deleted:
    """All in one transaction; then the files that no row names, and old pages of the database."""
    paths: list[str] = []

    def change(connection: Connection) -> dict[str, Any]:
        paths.clear()
        ticket = _ticket(connection, number)
        _refuse_merged(connection, ticket)
        parts = [_ticket(connection, part) for part in _parts(connection, number)]
        done = [_delete(connection, each, now, reason, paths) for each in (ticket, *parts)]
        added = {name: sum(each[name] for each in done) for name in done[0] if name not in _OF_IT}
        merged = tuple(part["number"] for part in parts)
        return {name: done[0][name] for name in _OF_IT} | added | {"merged": merged}

    counts = await write_at_once(engine, change)
    ours = [path for path in paths if re.fullmatch(NAME, path)]
    files = await asyncio.to_thread(_unlink, objects, ours)
    files += await _remove_orphans(engine, objects)
    wiped = engine.dialect.name == "sqlite" and await asyncio.to_thread(
        _empty_the_log, database_file(str(engine.url))
    )
    return Deleted(ticket=number, files=files, wiped=wiped, **counts)


def _delete(
    connection: Connection, ticket: RowMapping, now: datetime, reason: str, paths: list[str]
) -> dict[str, Any]:
    number = ticket["number"]
    again = ticket["deleted_at"] is not None
    found = _find(connection, ticket)
    # A digest has the subjects of many tickets; that it was sent matters to nobody later.
    listed = and_(
        OUTBOX.c.notice == Notice.DIGEST.value,
        OUTBOX.c.variables_json.contains(f'"number":{number},'),
    )
    outbox = or_(OUTBOX.c.ticket == number, _in(OUTBOX.c.entry, found.entries), listed)
    found.people += connection.execute(
        select(OUTBOX.c.person).where(outbox, OUTBOX.c.person.is_not(None))
    ).scalars()
    waiting = select(func.count()).where(outbox, OUTBOX.c.due_at.is_not(None))
    unsent: int = connection.execute(waiting).scalar_one()
    notifications = connection.execute(delete(OUTBOX).where(outbox)).rowcount
    connection.execute(delete(ATTACHMENTS).where(_in(ATTACHMENTS.c.entry, found.entries)))
    forget_ticket(connection, number)
    connection.execute(delete(ENTRIES).where(ENTRIES.c.ticket == number))
    forget_answers(connection, number)
    for table in (LICENSES, PARTICIPANTS, TAGS):
        connection.execute(delete(table).where(table.c.ticket == number))
    connection.execute(delete(LINKS).where(or_(LINKS.c.ticket == number, LINKS.c.other == number)))
    return_reserved(connection, ticket, now)
    # Who paid for how much stays, as books are kept; what was said of it does not.
    connection.execute(update(LEDGER).where(LEDGER.c.ticket == number).values(note="", by=""))
    mails = _erase_mails(connection, found.intakes, paths)
    _take_place(connection, number, found.intakes)
    _forget_reasons(connection, number, found.intakes)
    if not again:
        _leave_tombstone(connection, ticket, now, reason)
    return {
        "deleted_at": ticket["deleted_at"] or now,
        "again": again,
        "entries": len(found.entries),
        "mails": mails,
        "notifications": notifications,
        "unsent": unsent,
        "people": _forget_people(connection, found.people),
    }


def _ticket(connection: Connection, number: int) -> RowMapping:
    row = (
        connection.execute(select(TICKETS).where(TICKETS.c.number == number))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise StoreError(f"there is no ticket {number}", "see `helpdesk tickets list`")
    return row


def _refuse_merged(connection: Connection, ticket: RowMapping) -> None:
    """What was said in it is in the other one, and is not forgotten by deleting what is left."""
    target = ticket["merged_into"]
    if target is None or ticket["deleted_at"] is not None:
        return
    if _ticket(connection, target)["deleted_at"] is None:
        raise StoreError(
            f"ticket {ticket['number']} was merged into {target}, where all of it is now",
            "delete that one, and both are gone",
        )


def _parts(connection: Connection, number: int) -> list[int]:
    """The tickets that were merged into it, into those, and so on."""
    found: list[int] = []
    coming = [number]
    while coming:
        statement = select(LINKS.c.other).where(
            _in(LINKS.c.ticket, coming), LINKS.c.kind == LinkKind.MERGED.value
        )
        coming = [n for n in connection.execute(statement).scalars() if n not in {number, *found}]
        found += coming
    return found


def _take_place(connection: Connection, number: int, intakes: Sequence[int]) -> None:
    """Mails that came to another ticket and were moved here are missing because of this one."""
    for chunk in _chunks(intakes):
        connection.execute(
            update(INTAKE)
            .where(INTAKE.c.id.in_(chunk), INTAKE.c.ticket.is_not(None))
            .values(ticket=number)
        )


def _find(connection: Connection, ticket: RowMapping) -> _Found:
    number = ticket["number"]
    entries = connection.execute(
        select(ENTRIES.c.id, ENTRIES.c.intake, ENTRIES.c.author).where(ENTRIES.c.ticket == number)
    ).all()
    people = [ticket["requester"], *(row.author for row in entries if row.author is not None)]
    people += connection.execute(
        select(PARTICIPANTS.c.person).where(PARTICIPANTS.c.ticket == number)
    ).scalars()
    elsewhere = ENTRIES.alias("elsewhere")
    own = select(INTAKE.c.id).where(
        or_(
            INTAKE.c.ticket == number,
            exists().where(ENTRIES.c.intake == INTAKE.c.id, ENTRIES.c.ticket == number),
        ),
        # The files of another ticket's entry are in its mail.
        ~exists().where(elsewhere.c.intake == INTAKE.c.id, elsewhere.c.ticket != number),
    )
    intakes = list(connection.execute(own).scalars())
    return _Found([row.id for row in entries], intakes + _copies(connection, intakes), people)


def _copies(connection: Connection, intakes: Sequence[int]) -> list[int]:
    """Duplicates belong to no ticket, but hold the same words."""
    found: list[int] = []
    for chunk in _chunks(intakes):
        reasons = [f"same mail as intake {number}" for number in chunk]
        statement = select(INTAKE.c.id).where(
            INTAKE.c.verdict == Verdict.DUPLICATE.value, INTAKE.c.reason.in_(reasons)
        )
        found += connection.execute(statement).scalars()
    return [number for number in found if number not in set(intakes)]


def _erase_mails(connection: Connection, intakes: Sequence[int], paths: list[str]) -> int:
    """Their identity stays: the same mail is not to open a ticket when it comes again."""
    number = 0
    for chunk in _chunks(intakes):
        raws = RAW_MESSAGES.c.intake.in_(chunk)
        named = select(RAW_MESSAGES.c.path).where(raws, RAW_MESSAGES.c.path.is_not(None))
        paths += connection.execute(named).scalars()
        number += connection.execute(delete(RAW_MESSAGES).where(raws)).rowcount
        connection.execute(
            update(INTAKE)
            .where(INTAKE.c.id.in_(chunk))
            .values(reverse_path="", recipients_json="[]", peer="", login="", error="")
        )
        # What a copy is a copy of must be found when this ticket is deleted again.
        connection.execute(
            update(INTAKE)
            .where(INTAKE.c.id.in_(chunk), INTAKE.c.verdict != Verdict.DUPLICATE.value)
            .values(reason=ERASED)
        )
    return number


def _forget_reasons(connection: Connection, number: int, intakes: Sequence[int]) -> None:
    forgotten = {"reason": ERASED, "steps_json": "[]"}
    for chunk in _chunks(intakes):
        connection.execute(update(EVIDENCE).where(EVIDENCE.c.intake.in_(chunk)).values(**forgotten))
    connection.execute(
        update(EVIDENCE)
        .where(EVIDENCE.c.ticket == number, EVIDENCE.c.verdict != DELETED)
        .values(**forgotten)
    )


def _leave_tombstone(
    connection: Connection, ticket: RowMapping, now: datetime, reason: str
) -> None:
    connection.execute(
        update(TICKETS)
        .where(TICKETS.c.number == ticket["number"])
        .values(
            subject="",
            references_json="[]",
            status=Status.CLOSED.value,
            assignee=None,
            updated_at=now,
            closed_at=ticket["closed_at"] or now,
            version=TICKETS.c.version + 1,
            deleted_at=now,
            target_at=None,
            due_at=None,
            snoozed_until=None,
            reminded_at=None,
            clocks_json="[]",
            right_state="",
            right_json="",
            held_at=None,
        )
    )
    last: int = connection.execute(
        update(COUNTERS)
        .where(COUNTERS.c.name == "evidence")
        .values(last=COUNTERS.c.last + 1)
        .returning(COUNTERS.c.last)
    ).scalar_one()
    connection.execute(
        insert(EVIDENCE).values(
            id=last,
            ticket=ticket["number"],
            at=now,
            verdict=DELETED,
            reason=reason or "by command",
            steps_json="[]",
        )
    )


def _forget_people(connection: Connection, people: Collection[int]) -> int:
    """A tombstone needs the row of its requester, but not who that was."""
    of_them = PEOPLE.c.id
    forgotten = [
        person
        for chunk in _chunks(sorted(set(people)))
        for person in connection.execute(
            select(PEOPLE.c.id).where(
                PEOPLE.c.id.in_(chunk),
                # Who has no usable address may have it in his name.
                or_(PEOPLE.c.address != "", PEOPLE.c.name != ""),
                *(
                    ~exists().where(column == of_them)
                    for column in (
                        AGENTS.c.person,
                        PARTICIPANTS.c.person,
                        ENTRIES.c.author,
                        OUTBOX.c.person,
                        TICKETS.c.assignee,
                    )
                ),
                ~exists().where(TICKETS.c.requester == of_them, TICKETS.c.deleted_at.is_(None)),
                ~exists().where(ADDRESSES.c.person == of_them, ADDRESSES.c.key == LOGINS.c.key),
            )
        ).scalars()
    ]
    for chunk in _chunks(forgotten):
        connection.execute(delete(ADDRESSES).where(ADDRESSES.c.person.in_(chunk)))
        connection.execute(update(PEOPLE).where(PEOPLE.c.id.in_(chunk)).values(**NOBODY))
    return len(forgotten)


def _in(column: ColumnElement[Any], values: Sequence[int]) -> ColumnElement[bool]:
    """For any number of values: they are our own numbers, so they may stand in the statement."""
    return or_(*(column.in_(chunk) for chunk in _chunks(values)), column.in_([]))


def _chunks(values: Sequence[int]) -> Iterable[Sequence[int]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


# --- files ----------------------------------------------------------------------------------------


def _unlink(objects: Path, paths: Iterable[str]) -> int:
    number = 0
    for path in paths:
        with suppress(OSError):
            (objects / path).unlink()
            number += 1
    return number


async def _remove_orphans(engine: AsyncEngine, objects: Path) -> int:
    """Files that a crash left behind: of a deletion, or of a mail that was never accepted."""
    old = await asyncio.to_thread(_old_files, objects, time.time() - ORPHANED_AFTER)
    orphans: list[str] = []
    for start in range(0, len(old), _CHUNK):
        chunk = old[start : start + _CHUNK]
        statement = select(RAW_MESSAGES.c.path).where(RAW_MESSAGES.c.path.in_(chunk))
        named = await read_at_once(engine, partial(_paths, statement=statement))
        orphans += [path for path in chunk if path not in named]
    return await asyncio.to_thread(_unlink, objects, orphans)


def _paths(connection: Connection, *, statement: Select[tuple[Any]]) -> set[str]:
    return set(connection.execute(statement).scalars())


def _old_files(objects: Path, before: float) -> list[str]:
    found = []
    for path in objects.glob("??/*"):
        with suppress(OSError):
            if path.is_file() and path.stat().st_mtime < before:
                found.append(str(path.relative_to(objects)))
    return found


def _empty_the_log(path: Path) -> bool:
    """The write-ahead log holds pages as they were before: give them up."""
    dbapi: Any = importlib.import_module("sqlite3")  # the one that open_engine put in its place
    connection = dbapi.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except dbapi.Error:
        return False
    finally:
        connection.close()
    return not busy
