"""What happened to tickets in a period, read by two statements however many there are."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.clocks import DONE, from_values
from helpdesk.core.outgoing import Notice
from helpdesk.core.service_level import ClockKind
from helpdesk.core.statistics import NOBODY, Change, Life, Missed, Period
from helpdesk.core.status import Trigger
from helpdesk.core.ticket import EntryKind, Status
from helpdesk.store.engine import reading
from helpdesk.store.tables import ENTRIES, PEOPLE, TICKETS

_STATUS = re.compile(r"Status: (\w+) → (\w+)")
_TARGET = re.compile(
    r"The target for the (first response|next response|resolution) was missed: "
    r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC"
)
# A ticket that became a part of another one was not worked off by that.
_REASONS = (
    *(trigger.value for trigger in Trigger if trigger is not Trigger.MERGED),
    Notice.TARGET_MISSED.value,
)


def _of(statement: Select[Any], period: Period, desk: str) -> Select[Any]:
    """Of tickets that lived in the period: those done before it were not touched since."""
    statement = statement.where(
        TICKETS.c.deleted_at.is_(None),
        TICKETS.c.merged_into.is_(None),
        TICKETS.c.created_at < period.ends_at,
        or_(
            TICKETS.c.updated_at >= period.begins_at,
            TICKETS.c.status.not_in([status.value for status in DONE]),
        ),
    )
    return statement.where(TICKETS.c.desk == desk) if desk else statement


_TICKETS = select(
    *(TICKETS.c[name] for name in ("number", "desk", "priority", "status", "created_at")),
    *(TICKETS.c[name] for name in ("first_response_at", "closed_at", "clocks_json")),
    *(PEOPLE.c[name] for name in ("name", "address")),
).select_from(TICKETS.outerjoin(PEOPLE, PEOPLE.c.id == TICKETS.c.assignee))
_EVENTS = (
    select(ENTRIES.c.ticket, ENTRIES.c.at, ENTRIES.c.reason, ENTRIES.c.text)
    .select_from(TICKETS.join(ENTRIES, ENTRIES.c.ticket == TICKETS.c.number))
    .where(ENTRIES.c.kind == EntryKind.EVENT.value, ENTRIES.c.reason.in_(_REASONS))
    .order_by(ENTRIES.c.ticket, ENTRIES.c.id)
)


async def lives(engine: AsyncEngine, period: Period, desk: str = "") -> list[Life]:
    """Of all tickets that count in the period; `desk` empty: of all desks."""
    events = _of(_EVENTS, period, desk).where(ENTRIES.c.at >= period.begins_at)
    async with reading(engine) as connection:
        tickets = (await connection.execute(_of(_TICKETS, period, desk))).all()
        happened = (await connection.execute(events)).all()
    changes: Mapping[int, list[Change]] = defaultdict(list)
    missed: Mapping[int, set[Missed]] = defaultdict(set)
    for row in happened:
        _sort_in(row, changes, missed)
    return [_life(row, changes.get(row.number, ()), missed.get(row.number, ())) for row in tickets]


class SqlStatistics:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def lives(self, period: Period, desk: str) -> Sequence[Life]:
        return await lives(self._engine, period, desk)


def _sort_in(
    row: Row[Any], changes: Mapping[int, list[Change]], missed: Mapping[int, set[Missed]]
) -> None:
    if found := _STATUS.match(row.text):
        changes[row.ticket].append(Change(row.at, Status(found[1]), Status(found[2])))
    elif found := _TARGET.match(row.text):
        kind = ClockKind(found[1].replace(" ", "_"))
        due = datetime.fromisoformat(found[2]).replace(tzinfo=UTC)
        missed[row.ticket].add(Missed(due, kind))


def _life(row: Row[Any], changes: Sequence[Change], told: Iterable[Missed]) -> Life:
    return Life(
        desk=row.desk,
        agent=row.name or row.address or NOBODY,
        priority=row.priority,
        opened_at=row.created_at,
        status=Status(row.status),
        answered_at=row.first_response_at,
        changes=tuple(changes) or _came_closed(row.status, row.created_at, row.closed_at),
        # What was told is in the clock, too, with the same minute.
        missed=tuple({*told, *_late(row.clocks_json)}),
    )


def _came_closed(status: str, opened: datetime, closed: datetime | None) -> tuple[Change, ...]:
    """Of a ticket that was imported as closed, or that was closed before the period."""
    if status != Status.CLOSED or closed is None:
        return ()
    return (Change(max(opened, closed), Status.OPEN, Status.CLOSED),)


def _late(clocks: str) -> set[Missed]:
    if '"breached_at"' not in clocks:
        return set()
    found = from_values(json.loads(clocks))
    return {
        Missed(each.breached_at.replace(second=0, microsecond=0), each.kind)
        for each in found
        if each.breached_at is not None
    }
