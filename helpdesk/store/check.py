"""Checks the promises on a database: every accepted mail has its place, and nothing is there twice.

Failures: what is broken is a violation in the report; only a database that cannot be read raises.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Select,
    String,
    and_,
    case,
    cast,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from helpdesk.core.decision import Verdict
from helpdesk.core.ledger import LedgerLine, LineKind, faults_of
from helpdesk.core.ticket import EntryKind, LinkKind, RightState, Status
from helpdesk.store.engine import reading
from helpdesk.store.mapping import clocks_from, right_from
from helpdesk.store.queues import DONE, PENDING, QUARANTINED
from helpdesk.store.raw import LARGE, is_whole, object_file
from helpdesk.store.rights import line_from
from helpdesk.store.tables import (
    AGREEMENTS,
    COUNTERS,
    ENTRIES,
    EVIDENCE,
    FIRST,
    INTAKE,
    LEDGER,
    LICENSES,
    LINKS,
    OUTBOX,
    PARTICIPANTS,
    PEOPLE,
    RAW_MESSAGES,
    TAGS,
    TICKETS,
)

_DAMAGED = ("42", "XX")
"""How the errors of PostgreSQL begin that tell of missing tables and broken files."""
MOST = 20
"""Violations of one kind that are listed; more of them say nothing new."""


@dataclass(frozen=True, slots=True)
class Violation:
    promise: str
    detail: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    accepted: int
    pending: int
    verdicts: dict[str, int]
    violations: tuple[Violation, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "accepted": self.accepted,
            "pending": self.pending,
            "verdicts": self.verdicts,
            "violations": [
                {"promise": each.promise, "detail": each.detail} for each in self.violations
            ],
        }


async def check(
    engine: AsyncEngine, objects: Path | None = None, *, deep: bool = False
) -> CheckReport:
    """`deep` reads every raw message; without `objects` those in files are not looked for."""
    verdicts = {verdict.value: 0 for verdict in Verdict}
    async with reading(engine) as connection:  # one state of the database for all questions
        violations = await _answered(_file(connection))
        violations += await _answered(_violations(connection))
        violations += await _answered(_clocks(connection))
        violations += await _answered(_ledger(connection))
        violations += await _answered(_rights(connection))
        if objects is not None:
            violations += await _answered(_raw(connection, objects, deep=deep))
        try:
            accepted = await _number(connection, select(func.count()).select_from(INTAKE))
            waiting = select(func.count()).where(INTAKE.c.state == PENDING)
            pending = await _number(connection, waiting)
            verdicts |= await _verdicts(connection)
        except DatabaseError as error:
            violations.append(_damage(error))
            return CheckReport(0, 0, verdicts, tuple(violations))
    if accepted != pending + sum(verdicts.values()):
        violations.append(
            Violation(
                "every accepted mail is pending or has one verdict",
                f"{accepted} accepted, {pending} pending, {sum(verdicts.values())} verdicts",
            )
        )
    return CheckReport(accepted, pending, verdicts, tuple(violations))


async def _answered(questions: AsyncIterator[Violation]) -> list[Violation]:
    """A question that a broken file cannot answer ends them, as a violation."""
    found = []
    try:
        async for violation in questions:
            found.append(violation)  # noqa: PERF401 -- what was found before the error counts
    except DatabaseError as error:
        found.append(_damage(error))
    return found


def _damage(error: DatabaseError) -> Violation:
    """Raises the error of a server that is away or too slow, for nothing is known of its data."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None and not state.startswith(_DAMAGED):
        raise error
    return Violation("the database file is whole", str(error.orig))


async def _verdicts(connection: AsyncConnection) -> dict[str, int]:
    statement = (
        select(INTAKE.c.verdict, func.count().label("number"))
        .where(INTAKE.c.verdict.is_not(None))
        .group_by(INTAKE.c.verdict)
    )
    return {row.verdict: row.number for row in await connection.execute(statement)}


async def _number(connection: AsyncConnection, statement: Select[Any]) -> int:
    number: int = (await connection.execute(statement)).scalar_one()
    return number


# What was merged or split went to the ticket of the link, and had been in the other one.
_MOVING = (LinkKind.MERGED.value, LinkKind.SPLIT.value)
_IS_MOVING = LINKS.c.kind.in_(_MOVING)
_GAVE_AWAY = exists().where(LINKS.c.other == INTAKE.c.ticket, _IS_MOVING)
_TOOK_IN = exists().where(LINKS.c.ticket == ENTRIES.c.ticket, _IS_MOVING)
# Made once, for entries have no index by mail.
_MOVED = (
    select(ENTRIES.c.intake)
    .join_from(LINKS, ENTRIES, ENTRIES.c.ticket == LINKS.c.ticket)
    .where(_IS_MOVING, ENTRIES.c.intake.is_not(None))
)
_NAMES_IT = or_(
    exists().where(ENTRIES.c.intake == INTAKE.c.id, ENTRIES.c.ticket == INTAKE.c.ticket),
    and_(_GAVE_AWAY, INTAKE.c.id.in_(_MOVED)),
)
_TICKET = exists().where(TICKETS.c.number == INTAKE.c.ticket)
_IN_TICKET = INTAKE.c.verdict.in_((Verdict.OPENED.value, Verdict.APPENDED.value))
_IS_DELETED = exists().where(TICKETS.c.number == INTAKE.c.ticket, TICKETS.c.deleted_at.is_not(None))
_first = INTAKE.alias("first")
_of_deleted = TICKETS.alias("of_deleted")
# A copy belongs to no ticket; the mail that it is a copy of does.
_IS_COPY_OF_DELETED = exists().where(
    INTAKE.c.verdict == Verdict.DUPLICATE.value,
    INTAKE.c.reason == literal("same mail as intake ") + cast(_first.c.id, String),
    _first.c.ticket == _of_deleted.c.number,
    _of_deleted.c.deleted_at.is_not(None),
)

_target = TICKETS.alias("target")
CREDITS_AGREE = "what the ledger says of a ticket is what the ticket says"
LEDGER_ADDS_UP = "no holder of credits is ever below zero, and every line was possible"
TARGETS = "the next target of a ticket is the first of its clocks"

PROMISES: tuple[tuple[str, Select[Any]], ...] = (
    (
        "a mail that is done has a verdict, one that is pending has none",
        select(INTAKE.c.id).where(
            or_(
                and_(INTAKE.c.state == DONE, INTAKE.c.verdict.is_(None)),
                and_(INTAKE.c.state == DONE, INTAKE.c.verdict == Verdict.QUARANTINED.value),
                and_(
                    INTAKE.c.state == QUARANTINED,
                    func.coalesce(INTAKE.c.verdict, "") != Verdict.QUARANTINED.value,
                ),
                and_(INTAKE.c.state == PENDING, INTAKE.c.verdict.is_not(None)),
                INTAKE.c.state.not_in((PENDING, DONE, QUARANTINED)),
            )
        ),
    ),
    (
        "a pending mail will be tried, no other one",
        select(INTAKE.c.id).where((INTAKE.c.state == PENDING) == INTAKE.c.due_at.is_(None)),
    ),
    (
        "a verdict is one of the known ones",
        select(INTAKE.c.id).where(INTAKE.c.verdict.not_in([each.value for each in Verdict])),
    ),
    (
        "a mail that opened or joined a ticket is an entry of it",
        select(INTAKE.c.id).where(_IN_TICKET, ~_IS_DELETED, or_(~_TICKET, ~_NAMES_IT)),
    ),
    (
        "a mail opens at most one ticket",
        select(ENTRIES.c.intake)
        .join_from(ENTRIES, TICKETS, TICKETS.c.number == ENTRIES.c.ticket)
        .join(INTAKE, INTAKE.c.id == ENTRIES.c.intake)
        .where(
            INTAKE.c.verdict == Verdict.OPENED.value,
            or_(ENTRIES.c.ticket == INTAKE.c.ticket, ~and_(_GAVE_AWAY, _TOOK_IN)),
        )
        .group_by(ENTRIES.c.intake)
        .having(func.count(distinct(ENTRIES.c.ticket)) > 1),
    ),
    (
        "a ticket is opened by one mail",
        select(INTAKE.c.ticket)
        .where(INTAKE.c.verdict == Verdict.OPENED.value, ~_IS_DELETED)
        .group_by(INTAKE.c.ticket)
        .having(func.count() > 1),
    ),
    (
        "two mails with one identity are one mail and its duplicate",
        select(INTAKE.c.identity)
        .where(INTAKE.c.identity.is_not(None))
        .group_by(INTAKE.c.identity)
        .having(func.count() > 1),
    ),
    (
        "a mail in a ticket has an identity, a duplicate none",
        select(INTAKE.c.id).where(
            or_(
                and_(_IN_TICKET, INTAKE.c.identity.is_(None)),
                and_(INTAKE.c.verdict == Verdict.DUPLICATE.value, INTAKE.c.identity.is_not(None)),
            )
        ),
    ),
    (
        "every verdict is explained",
        select(INTAKE.c.id).where(
            INTAKE.c.state == DONE,
            ~exists().where(
                EVIDENCE.c.intake == INTAKE.c.id, EVIDENCE.c.verdict == INTAKE.c.verdict
            ),
        ),
    ),
    (
        "what is sent has one Message-ID",
        select(OUTBOX.c.message_id).group_by(OUTBOX.c.message_id).having(func.count() > 1),
    ),
    (
        "what is sent belongs to a ticket and entry that exist",
        select(OUTBOX.c.id).where(
            or_(
                and_(
                    OUTBOX.c.ticket.is_not(None),
                    ~exists().where(TICKETS.c.number == OUTBOX.c.ticket),
                ),
                and_(OUTBOX.c.entry.is_not(None), ~exists().where(ENTRIES.c.id == OUTBOX.c.entry)),
            )
        ),
    ),
    (
        "what waits to be sent will be tried, nothing else",
        select(OUTBOX.c.id).where(
            OUTBOX.c.state.in_(("queued", "deferred")) == OUTBOX.c.due_at.is_(None)
        ),
    ),
    (
        "a requester takes part in his ticket",
        select(TICKETS.c.number).where(
            TICKETS.c.deleted_at.is_(None),
            ~exists().where(
                PARTICIPANTS.c.ticket == TICKETS.c.number,
                PARTICIPANTS.c.role == "requester",
            ),
        ),
    ),
    (
        "every mail has its raw message",
        select(INTAKE.c.id).where(
            ~exists().where(RAW_MESSAGES.c.intake == INTAKE.c.id),
            ~_IS_DELETED,
            ~_IS_COPY_OF_DELETED,
        ),
    ),
    (
        "nothing is left of a ticket that was deleted",
        select(TICKETS.c.number).where(
            TICKETS.c.deleted_at.is_not(None),
            or_(
                TICKETS.c.subject != "",
                TICKETS.c.clocks_json != literal("[]"),
                TICKETS.c.snoozed_until.is_not(None),
                *(
                    exists().where(table.c.ticket == TICKETS.c.number)
                    for table in (ENTRIES, PARTICIPANTS, LICENSES, OUTBOX, TAGS, LINKS)
                ),
                exists().where(LINKS.c.other == TICKETS.c.number),
            ),
        ),
    ),
    (
        "an entry is in a ticket that exists",
        select(ENTRIES.c.id).where(~exists().where(TICKETS.c.number == ENTRIES.c.ticket)),
    ),
    (
        "a tag belongs to a ticket that exists",
        select(TAGS.c.ticket).where(~exists().where(TICKETS.c.number == TAGS.c.ticket)),
    ),
    (
        "a link leads from one ticket to another, and both exist",
        select(LINKS.c.ticket).where(
            or_(
                LINKS.c.ticket == LINKS.c.other,
                *(
                    ~exists().where(TICKETS.c.number == end)
                    for end in (LINKS.c.ticket, LINKS.c.other)
                ),
            )
        ),
    ),
    (
        "a ticket that was merged is closed, and what was said in it is in the other one",
        select(TICKETS.c.number).where(
            TICKETS.c.merged_into.is_not(None),
            or_(
                TICKETS.c.status != Status.CLOSED.value,
                TICKETS.c.merged_into == TICKETS.c.number,
                ~exists().where(_target.c.number == TICKETS.c.merged_into),
                exists().where(
                    ENTRIES.c.ticket == TICKETS.c.number,
                    ENTRIES.c.kind != EntryKind.EVENT.value,
                ),
            ),
        ),
    ),
    (
        "nothing will happen by itself to a ticket that was merged or deleted",
        select(TICKETS.c.number).where(
            TICKETS.c.due_at.is_not(None),
            or_(TICKETS.c.merged_into.is_not(None), TICKETS.c.deleted_at.is_not(None)),
        ),
    ),
    (
        TARGETS,
        select(TICKETS.c.number).where(
            TICKETS.c.target_at.is_not(None), TICKETS.c.clocks_json == literal("[]")
        ),
    ),
    (
        "an agreement does not end before it begins",
        select(AGREEMENTS.c.id).where(AGREEMENTS.c.last < AGREEMENTS.c.first),
    ),
    (
        "nothing is said of a deleted ticket in the ledger",
        select(LEDGER.c.id)
        .join_from(LEDGER, TICKETS, TICKETS.c.number == LEDGER.c.ticket)
        .where(TICKETS.c.deleted_at.is_not(None), or_(LEDGER.c.note != "", LEDGER.c.by != "")),
    ),
)

_COUNTED = {
    "ticket": TICKETS.c.number,
    "person": PEOPLE.c.id,
    "entry": ENTRIES.c.id,
    "outbox": OUTBOX.c.id,
    "intake": INTAKE.c.id,
    "evidence": EVIDENCE.c.id,
    "agreement": AGREEMENTS.c.id,
    "ledger": LEDGER.c.id,
}


async def _violations(connection: AsyncConnection) -> AsyncIterator[Violation]:
    for promise, statement in PROMISES:
        rows = await connection.execute(statement.limit(MOST))
        for what in rows.scalars():
            yield Violation(promise, str(what))
    counters = await connection.execute(select(COUNTERS.c.name, COUNTERS.c.last))
    last = {row.name: row.last for row in counters}
    for name, column in _COUNTED.items():
        used = await _number(connection, select(func.coalesce(func.max(column), FIRST[name])))
        if last.get(name, -1) < used:
            yield Violation("no number is given twice", f"{name}: {last.get(name)} of {used}")


async def _ledger(connection: AsyncConnection) -> AsyncIterator[Violation]:
    """Holder by holder; the lines of one must fit into memory."""
    statement = select(LEDGER).order_by(LEDGER.c.holder, LEDGER.c.id)
    lines: list[LedgerLine] = []
    async with connection.stream(statement) as rows:
        async for row in rows.mappings():
            try:
                line = line_from(row)
            except ValueError:
                yield Violation(LEDGER_ADDS_UP, f"{row['id']}: {row['kind']} is no kind of line")
                continue
            if lines and lines[0].holder != line.holder:
                for violation in _of_ledger(lines):
                    yield violation
                lines = []
            lines.append(line)
    for violation in _of_ledger(lines):
        yield violation


def _of_ledger(lines: Sequence[LedgerLine]) -> Iterator[Violation]:
    for number, why in islice(faults_of(lines), MOST):
        yield Violation(LEDGER_ADDS_UP, f"{number}: {why}")


async def _rights(connection: AsyncConnection) -> AsyncIterator[Violation]:
    """Credits of each ticket that was not deleted, as the ledger and as its own row have them."""
    given_back = LEDGER.c.kind == LineKind.REFUNDED.value
    kept = case(
        (LEDGER.c.kind == LineKind.RESERVED.value, LEDGER.c.credits),
        (given_back, -LEDGER.c.credits),
        else_=0,
    )
    sums = (
        select(LEDGER.c.ticket, func.sum(kept).label("credits"))
        .where(LEDGER.c.ticket.is_not(None))
        .group_by(LEDGER.c.ticket)
        .subquery()
    )
    statement = (
        select(*(TICKETS.c[name] for name in ("number", "right_state", "right_json", "held_at")))
        .add_columns(func.coalesce(sums.c.credits, 0).label("credits"))
        .join_from(TICKETS, sums, sums.c.ticket == TICKETS.c.number, isouter=True)
        .where(TICKETS.c.deleted_at.is_(None))
        .where(or_(TICKETS.c.right_state != "", sums.c.ticket.is_not(None)))
        .order_by(TICKETS.c.number)
    )
    async with connection.stream(statement) as rows:
        async for row in rows.mappings():
            try:
                right = right_from(row)
            except (KeyError, TypeError, ValueError):
                yield Violation(CREDITS_AGREE, f"{row['number']}: its right cannot be read")
                continue
            spent = right.state in (RightState.RESERVED, RightState.CONSUMED)
            if right.credits != row["credits"] or (right.credits > 0) is not spent:
                said = f"{right.credits} ({right.state}), {row['credits']} in the ledger"
                yield Violation(CREDITS_AGREE, f"{row['number']}: {said}")


async def _clocks(connection: AsyncConnection) -> AsyncIterator[Violation]:
    """Those that a database cannot read."""
    after = 0
    columns = (TICKETS.c.number, TICKETS.c.clocks_json, TICKETS.c.target_at)
    while True:
        statement = (
            select(*columns)
            .where(TICKETS.c.number > after, TICKETS.c.clocks_json != literal("[]"))
            .order_by(TICKETS.c.number)
            .limit(1000)
        )
        rows = (await connection.execute(statement)).all()
        if not rows:
            return
        after = rows[-1].number
        for row in rows:
            if not _agree(row.clocks_json, row.target_at):
                yield Violation(TARGETS, str(row.number))


def _agree(clocks: str, target_at: datetime | None) -> bool:
    try:
        due = [each.due_at for each in clocks_from(clocks) if each.due_at is not None]
    except (KeyError, TypeError, ValueError):
        return False
    return min(due, default=None) == target_at


async def _raw(
    connection: AsyncConnection, objects: Path, *, deep: bool
) -> AsyncIterator[Violation]:
    """Without `deep`: whether the files are there."""
    promise = "the raw bytes are kept as received"
    after = 0
    while True:
        columns = RAW_MESSAGES.c if deep else [c for c in RAW_MESSAGES.c if c.name != "body"]
        statement = (
            select(*columns)
            .where(RAW_MESSAGES.c.intake > after)
            .order_by(RAW_MESSAGES.c.intake)
            .limit(64 if deep else 1000)
        )
        rows = (await connection.execute(statement)).mappings().all()
        if not rows:
            return
        after = rows[-1]["intake"]
        for row in rows:
            if deep:
                whole = await asyncio.to_thread(is_whole, row, objects)
            elif row["encoding"] == "file":
                whole = await asyncio.to_thread(_has_size, objects, str(row["path"]), row["size"])
            else:
                whole = row["size"] < LARGE
            if not whole:
                yield Violation(promise, str(row["intake"]))


def _has_size(objects: Path, name: str, size: int) -> bool:
    try:
        return object_file(objects, name).stat().st_size == size
    except OSError:
        return False


async def _file(connection: AsyncConnection) -> AsyncIterator[Violation]:
    """What SQLite says of its own file."""
    if connection.dialect.name != "sqlite":
        return
    for problem in (await connection.exec_driver_sql(f"PRAGMA quick_check({MOST})")).scalars():
        if problem != "ok":
            yield Violation("the database file is whole", str(problem))
    orphans = await connection.exec_driver_sql("PRAGMA foreign_key_check")
    for row in orphans.mappings().fetchmany(MOST):
        detail = f"{row['table']} {row['rowid']}: {row['parent']}"
        yield Violation("no row names one that is missing", detail)
