"""Percentiles, durations and what is counted when."""

from datetime import UTC, date, datetime, timedelta

import pytest

from helpdesk.core.statistics import (
    By,
    Change,
    Counted,
    Life,
    Period,
    duration,
    last_weeks,
    percentile,
    report,
)
from helpdesk.core.ticket import Status

MONDAY = date(2026, 11, 2)
PERIOD = Period(MONDAY, date(2026, 11, 15))
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def hours(*values: int) -> list[timedelta]:
    return [timedelta(hours=value) for value in values]


def test_a_percentile_is_one_of_the_values() -> None:
    ten = hours(10, 9, 8, 7, 6, 5, 4, 3, 2, 1)

    assert [percentile(ten, percent) for percent in (50, 90, 100)] == hours(5, 9, 10)
    assert percentile(hours(7), 90) == timedelta(hours=7)
    assert percentile([], 50) is None


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0.5, "30 s"),
        (1, "1 min"),
        (200, "3 h 20 min"),
        (120, "2 h"),
        (1445, "1 d"),
        (3000, "2 d 2 h"),
    ],
)
def test_durations_have_two_units_at_most(minutes: float, words: str) -> None:
    assert duration(timedelta(minutes=minutes)) == words


def test_weeks_begin_on_monday_and_the_last_one_is_not_over() -> None:
    period = last_weeks(date(2026, 11, 18), "UTC", 2)

    assert (period.first, period.last) == (date(2026, 11, 9), date(2026, 11, 18))
    assert list(period.weeks()) == [date(2026, 11, 9), date(2026, 11, 16)]


def test_a_day_begins_at_midnight_of_the_zone() -> None:
    period = Period(date(2026, 10, 25), date(2026, 10, 25), "Europe/Berlin")

    assert period.ends_at - period.begins_at == timedelta(hours=25)


def test_a_reopened_ticket_is_open_again_until_it_is_resolved_again() -> None:
    life = Life(
        desk="support",
        agent="Ben",
        priority="normal",
        opened_at=at(3),
        status=Status.CLOSED,
        changes=(
            Change(at(4), Status.OPEN, Status.RESOLVED),
            Change(at(6), Status.RESOLVED, Status.OPEN),
            Change(at(10), Status.OPEN, Status.CLOSED),
        ),
    )

    found = report([life], PERIOD, NOW)

    assert found.total.counts == {
        Counted.OPENED: 1,
        Counted.ANSWERED: 0,
        Counted.RESOLVED: 2,
        Counted.CLOSED: 1,
        Counted.REOPENED: 1,
    }
    assert [row.figures.open for row in found.groups[By.WEEK]] == [1, 0]
    assert found.total.resolution.ninetieth == timedelta(days=7)


def test_closing_what_is_resolved_does_not_resolve_it_again() -> None:
    change = Change(at(4), Status.RESOLVED, Status.CLOSED)
    life = Life("support", "Ben", "normal", at(1), Status.CLOSED, changes=(change,))

    counts = report([life], PERIOD, NOW).total.counts

    assert (counts[Counted.RESOLVED], counts[Counted.CLOSED]) == (0, 1)


def test_hours_are_those_of_the_zone() -> None:
    period = Period(MONDAY, date(2026, 11, 15), "Asia/Kolkata")
    life = Life("support", "Ben", "normal", at(3, 20), Status.OPEN)

    hours = report([life], period, NOW, by=[By.HOUR]).groups[By.HOUR]

    assert [row.name for row in hours if row.figures.counts[Counted.OPENED]] == ["01"]
