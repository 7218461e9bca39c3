"""Numbers of a small house, worked out by hand."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.clocks import Clock, to_values
from helpdesk.core.service_level import ClockKind
from helpdesk.core.statistics import By, Counted, Figures, Period, report
from helpdesk.store.engine import writing
from helpdesk.store.statistics import lives
from helpdesk.store.tables import ENTRIES, PEOPLE, TICKETS

PERIOD = Period(date(2026, 11, 2), date(2026, 11, 15))
NOW = datetime(2026, 11, 20, tzinfo=UTC)
PERSON = 900


def at(day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)


def row(number: int, opened: datetime, status: str = "open", **more: Any) -> dict[str, Any]:
    values = {
        "number": number,
        "desk": "support",
        "subject": "It does not start",
        "requester": PERSON,
        "created_at": opened,
        "updated_at": NOW,
        "status": status,
        "priority": "normal",
        "category": "general",
        "assignee": None,
        "version": 1,
        "first_response_at": None,
        "closed_at": None,
        "merged_into": None,
        "deleted_at": None,
        "references_json": "[]",
        "clocks_json": "[]",
    }
    return values | more


def event(ticket: int, when: datetime, reason: str, text: str) -> dict[str, Any]:
    empty = ("author_address", "author_name", "message_id", "parked", "full_text")
    values = {"ticket": ticket, "kind": "event", "at": when, "visibility": "public", "version": 1}
    return values | dict.fromkeys(empty, "") | {"reason": reason, "text": text}


def breached(due: datetime) -> str:
    kind = ClockKind.FIRST_RESPONSE
    return json.dumps(to_values([Clock(kind, "", "normal", "", due, (), breached_at=due)]))


LATE, TOLD = at(4, 13, 5, 30), at(10, 9, 30, 12)
TICKET_ROWS = (
    # Answered after 2 h, resolved after 1 d, closed a week later.
    row(1, at(3), "closed", assignee=PERSON, first_response_at=at(3, 14), closed_at=at(11)),
    # Answered too late, after 6 h; nobody was told before. Reopened, and open since.
    row(2, at(4), first_response_at=at(4, 18), desk="sales", clocks_json=breached(LATE)),
    # Missed, and told so.
    row(3, at(9), priority="high", clocks_json=breached(TOLD)),
    # Opened and resolved before the period.
    row(4, at(1), "resolved", first_response_at=at(1, 13)),
    # A part of another one, and one that was deleted.
    row(5, at(5), "closed", merged_into=1, closed_at=at(5)),
    row(6, at(5), "closed", deleted_at=NOW),
    # Imported as closed.
    row(7, at(5), "closed", closed_at=at(6)),
    # After the period.
    row(8, at(17)),
)
EVENTS = (
    event(1, at(3, 14), "agent_answered", "Status: open → waiting"),
    event(1, at(4), "agent_resolved", "Status: waiting → resolved"),
    event(1, at(11), "auto_closed", "Status: resolved → closed (no reply since it was resolved)"),
    event(2, at(5), "agent_resolved", "Status: open → resolved"),
    event(2, at(10), "requester_wrote", "Status: resolved → open"),
    event(
        3,
        at(10, 9, 31),
        "target_missed",
        "The target for the first response was missed: 2026-11-10 09:30 UTC",
    ),
    event(1, at(5), "merged", "Status: open → closed (merged into TICK-1 by Ben)"),
    event(3, at(10), "automatic_reply", "Automatic mail from Eve: Status: open → closed"),
)


async def fill(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        person = {"id": PERSON, "address": "kim@home.example", "name": "Kim", "language": ""}
        more = {"zone": "", "sms": "", "muted_json": "[]"}
        await connection.execute(insert(PEOPLE), person | more)
        await connection.execute(insert(TICKETS), list(TICKET_ROWS))
        rows = [{"id": 9000 + number, **each} for number, each in enumerate(EVENTS)]
        await connection.execute(insert(ENTRIES), rows)


def counts(figures: Figures) -> list[int]:
    return [figures.counts[each] for each in Counted]


async def test_every_number_is_what_happened(engine: AsyncEngine) -> None:
    await fill(engine)

    found = report(await lives(engine, PERIOD), PERIOD, NOW)

    # Opened 1, 2, 3, 7; answered 1, 2; resolved 1, 2, 7; closed 1, 7; reopened 2; open 2, 3.
    assert counts(found.total) == [4, 2, 3, 2, 1]
    assert found.total.open == 2
    assert found.total.missed[ClockKind.FIRST_RESPONSE] == 2
    first, resolution = found.total.first_response, found.total.resolution
    assert (first.median, first.ninetieth) == (timedelta(hours=2), timedelta(hours=6))
    assert (resolution.median, resolution.ninetieth) == (timedelta(days=1), timedelta(days=1))
    weeks = found.groups[By.WEEK]
    assert [counts(each.figures) for each in weeks] == [[3, 2, 3, 1, 0], [1, 0, 0, 1, 1]]
    assert [each.figures.open for each in weeks] == [0, 2]
    named = {
        by: {row.name: row.figures.counts[Counted.OPENED] for row in found.groups[by]}
        for by in (By.AGENT, By.DESK, By.PRIORITY)
    }
    assert named == {
        By.AGENT: {"Kim": 1, "nobody": 3},
        By.DESK: {"sales": 1, "support": 3},
        By.PRIORITY: {"high": 1, "normal": 3},
    }

    sales = report(await lives(engine, PERIOD, "sales"), PERIOD, NOW, by=())
    assert counts(sales.total) == [1, 1, 1, 0, 1]


async def test_an_empty_house_has_no_numbers(engine: AsyncEngine) -> None:
    assert await lives(engine, PERIOD) == []
