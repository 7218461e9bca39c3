"""Times of day, above all where the clock on the wall jumps or repeats an hour."""

from datetime import UTC, date, datetime, timedelta

import pytest

from helpdesk.core.wall import Quiet, Weekly, at, parse_quiet, parse_time, parse_weekly, quiet_until

BERLIN = "Europe/Berlin"
NIGHT = parse_quiet("22:00-07:00")
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "8", "24:00", "8:60", "8:5", "-1:00", "8:00 pm", "٨:٠٠"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 08:00"):
        parse_time(text)


@pytest.mark.parametrize("text", ["22:00", "22-7", "22:00-24:00", "22:00-22:00", "a-b", "-"])
def test_what_are_no_quiet_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_quiet(text)


def test_times_are_read_as_people_write_them() -> None:
    assert parse_time(" 8:05 ") == 485
    assert parse_weekly("Monday 08:00") == Weekly(0, 480)
    assert parse_weekly("sunday  23:59") == Weekly(6, 1439)
    assert parse_quiet("22:00 - 7:00") == Quiet(1320, 420)


@pytest.mark.parametrize("text", ["08:00", "mon 08:00", "monday", "monday 8"])
def test_what_is_no_time_of_the_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        parse_weekly(text)


@pytest.mark.parametrize(
    ("quiet", "moment", "until"),
    [
        ("22:00-07:00", "2026-11-20 20:59", None),
        ("22:00-07:00", "2026-11-20 21:00", "2026-11-21 06:00"),
        ("22:00-07:00", "2026-11-21 05:59", "2026-11-21 06:00"),
        ("22:00-07:00", "2026-11-21 06:00", None),
        ("12:00-13:00", "2026-11-20 11:30", "2026-11-20 12:00"),
        ("00:00-06:00", "2026-11-20 23:00", "2026-11-21 05:00"),
        ("18:00-00:00", "2026-11-20 22:59", "2026-11-20 23:00"),
        # The clock is put forward at 01:00 UTC, so 02:30 does not come: 03:00 does.
        ("22:00-02:30", "2026-03-28 23:00", "2026-03-29 01:00"),
        ("22:00-07:00", "2026-03-28 22:00", "2026-03-29 05:00"),
        # It is put back at 01:00 UTC: what was over at 02:30 begins again at the second 02:00.
        ("22:00-02:30", "2026-10-25 00:10", "2026-10-25 00:30"),
        ("22:00-02:30", "2026-10-25 00:40", None),
        ("22:00-02:30", "2026-10-25 01:10", "2026-10-25 01:30"),
        ("22:00-07:00", "2026-10-24 21:00", "2026-10-25 06:00"),
    ],
)
def test_quiet_hours_end_as_the_clock_of_the_zone_shows(
    quiet: str, moment: str, until: str | None
) -> None:
    found = quiet_until(parse_quiet(quiet), utc(moment), BERLIN)

    assert found == (utc(until) if until else None)


@pytest.mark.parametrize("quiet", ["22:00-02:30", "01:30-02:30", "02:15-02:45", "02:30-02:00"])
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_what_comes_first_is_never_let_go_later(quiet: str, day: date) -> None:
    hours, last = parse_quiet(quiet), datetime.min.replace(tzinfo=UTC)
    for minute in range(-6 * 60, 12 * 60):
        moment = datetime.combine(day, datetime.min.time(), UTC) + minute * MINUTE
        goes = quiet_until(hours, moment, BERLIN) or moment

        assert goes >= max(last, moment)
        assert quiet_until(hours, goes, BERLIN) is None
        last = goes


@pytest.mark.parametrize(
    ("day", "time", "moment"),
    [
        (date(2026, 11, 20), "08:00", "2026-11-20 07:00"),
        (date(2026, 7, 20), "08:00", "2026-07-20 06:00"),
        (date(2026, 3, 29), "02:30", "2026-03-29 01:30"),
        (date(2026, 10, 25), "02:30", "2026-10-25 00:30"),
    ],
)
def test_a_time_of_day_comes_once(day: date, time: str, moment: str) -> None:
    assert at(day, parse_time(time), BERLIN) == utc(moment)
