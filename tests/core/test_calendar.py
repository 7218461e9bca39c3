"""Business hours, above all where the clock on the wall jumps or repeats an hour."""

import random
from collections.abc import Container
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.calendar import control
from helpdesk.core.calendar import (
    Calendar,
    State,
    add,
    around_the_clock,
    elapsed,
    known_zone,
    open_spans,
    parse_hours,
    stretches,
)
from tests.stepper import random_sum, wrong_sums

NINE_TO_SIX = ((540, 1080),)
OFFICE = Calendar("office", (NINE_TO_SIX,) * 5 + ((), ()), "Europe/Berlin")
HOUR = timedelta(hours=1)
SEEDS = st.integers(0, 2**64)


class EveryDay(Container[date]):
    def __contains__(self, day: object) -> bool:
        return True


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def daily(hours: str, zone: str, *days_off: date) -> Calendar:
    return Calendar("daily", (parse_hours(hours),) * 7, zone, frozenset(days_off))


# --- every day ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-27 10:00", 4, "2026-11-27 14:00"),
        ("2026-11-27 16:00", 4, "2026-11-30 11:00"),  # over the weekend
        ("2026-11-27 14:00", 4, "2026-11-27 18:00"),  # used up at closing time, not on Monday
        ("2026-11-28 12:00", 4, "2026-11-30 13:00"),  # begun on Saturday
        ("2026-11-27 07:00", 1, "2026-11-27 10:00"),  # before opening time
        ("2026-11-28 12:00", 0, "2026-11-28 12:00"),  # nothing needs no open hour
        ("2026-11-23 09:00", 45, "2026-11-27 18:00"),  # a whole week
    ],
)
def test_time_is_added_within_open_hours(start: str, hours: int, end: str) -> None:
    assert add(OFFICE, at("Europe/Berlin", start), hours * HOUR) == at("Europe/Berlin", end)


def test_a_break_does_not_count() -> None:
    calendar = daily("9:00-12:00, 13:00-18:00", "UTC")
    start = datetime(2026, 11, 27, 11, tzinfo=UTC)

    assert elapsed(calendar, start, start + 4 * HOUR) == 3 * HOUR
    assert add(calendar, start, 2 * HOUR) == start + 3 * HOUR


def test_seconds_count() -> None:
    start = at("Europe/Berlin", "2026-11-27 17:59:30")

    assert add(OFFICE, start, timedelta(seconds=45)) == at("Europe/Berlin", "2026-11-30 09:00:15")


def test_a_day_off_is_that_of_the_zone_and_not_of_utc() -> None:
    calendar = daily("0:00-24:00", "Pacific/Auckland", date(2026, 12, 25))
    start = at("Pacific/Auckland", "2026-12-24 23:00")

    assert start.astimezone(UTC).date() == date(2026, 12, 24)
    assert add(calendar, start, 2 * HOUR) == at("Pacific/Auckland", "2026-12-26 01:00")


def test_nothing_passes_backwards() -> None:
    start = at("Europe/Berlin", "2026-11-27 10:00")

    assert elapsed(OFFICE, start, start - HOUR) == timedelta(0)
    with pytest.raises(ValueError, match="backwards"):
        add(OFFICE, start, -HOUR)


def test_times_of_any_zone_are_taken() -> None:
    start = at("Asia/Kolkata", "2026-11-27 13:30")  # 9:00 in Berlin

    assert add(OFFICE, start, HOUR) == at("Europe/Berlin", "2026-11-27 10:00")


def test_spans_that_touch_are_one() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    month = start + timedelta(days=30)

    assert list(open_spans(around_the_clock().in_zone("Europe/Berlin"), start, month)) == [
        (start, month)
    ]


def test_a_day_off_is_told_from_a_day_without_hours() -> None:
    calendar = replace(OFFICE, days_off={date(2026, 11, 28), date(2026, 11, 30)})
    start = at("Europe/Berlin", "2026-11-27 18:00")

    found = [each.state for each in stretches(calendar, start, start + timedelta(days=3))]

    assert found == [State.CLOSED, State.DAY_OFF]


# --- where the wall jumps -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day", "hours", "passed"),
    [
        ("Europe/Berlin", "2026-03-29", "0:00-6:00", 5),  # 2:00 to 3:00 is left out
        ("Europe/Berlin", "2026-03-29", "2:00-3:00", 0),
        ("Europe/Berlin", "2026-03-29", "9:00-18:00", 9),
        ("Europe/Berlin", "2026-10-25", "0:00-6:00", 7),  # 2:00 to 3:00 comes twice
        ("Europe/Berlin", "2026-10-25", "2:00-3:00", 2),
        ("Europe/Berlin", "2026-10-25", "2:15-2:45", 1),  # twice half an hour, with a break
        ("America/Sao_Paulo", "2018-11-04", "0:00-2:00", 1),  # the day begins at 1:00
        ("America/Sao_Paulo", "2018-02-17", "22:00-24:00", 3),  # 23:00 to midnight comes twice
        ("Asia/Beirut", "2022-03-27", "0:00-1:00", 0),
        ("Asia/Beirut", "2022-10-29", "23:00-24:00", 2),
        ("Australia/Lord_Howe", "2026-10-04", "1:00-4:00", 2.5),
        ("Australia/Lord_Howe", "2026-04-05", "1:00-4:00", 3.5),
        ("Pacific/Apia", "2011-12-30", "0:00-24:00", 0),  # there was no such day
        ("Antarctica/Troll", "2026-03-29", "0:00-6:00", 4),
    ],
)
def test_what_really_passes_counts(zone: str, day: str, hours: str, passed: float) -> None:
    noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
    only_that_day = [noon.date() + timedelta(days=number) for number in (-2, -1, 1, 2)]
    calendar = daily(hours, zone, *only_that_day)

    found = elapsed(calendar, noon - timedelta(days=1.5), noon + timedelta(days=1.5))

    assert found == passed * HOUR


def test_between_the_two_times_of_a_fold_it_may_be_closed() -> None:
    calendar = daily("2:15-2:45", "Europe/Berlin")
    start = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)

    assert list(open_spans(calendar, start, start + 3 * HOUR)) == [
        (start + HOUR / 4, start + HOUR * 3 / 4),
        (start + HOUR * 5 / 4, start + HOUR * 7 / 4),
    ]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(SEEDS)
def test_sums_agree_with_the_clock_on_the_wall(seed: int) -> None:
    assert list(wrong_sums(random_sum(random.Random(seed)))) == []


def test_a_calculator_that_knows_no_summer_time_is_noticed() -> None:
    assert control(100, seed=1) > 3


@settings(max_examples=100, deadline=None, derandomize=True)
@given(SEEDS)
def test_what_was_added_has_passed(seed: int) -> None:
    rng = random.Random(seed)
    case = random_sum(rng)
    amount = timedelta(minutes=case.amount, seconds=rng.randrange(60))

    end = add(case.calendar, case.start, amount)

    assert elapsed(case.calendar, case.start, end) == amount
    assert elapsed(case.calendar, case.start, end - timedelta(seconds=1)) < amount or not amount


# --- calendars ------------------------------------------------------------------------------------


def test_a_calendar_without_open_hours_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="calendar never has no open hours"):
        Calendar("never", ((),) * 7, "UTC")


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (((540, 540),), "ends before it begins"),
        (((1320, 360),), "ends before it begins"),
        (((540, 720), (700, 1080)), "overlaps"),
        (((780, 1080), (540, 720)), "overlaps"),
        (((0, 1441),), "beyond the day"),
        (((-1, 60),), "beyond the day"),
    ],
)
def test_hours_that_are_none_are_refused(hours: tuple[tuple[int, int], ...], said: str) -> None:
    with pytest.raises(ValueError, match=f"calendar odd, monday: .*{said}"):
        Calendar("odd", (hours,) + ((),) * 6, "UTC")


def test_a_calendar_needs_seven_weekdays() -> None:
    with pytest.raises(ValueError, match="seven"):
        Calendar("short", (NINE_TO_SIX,) * 5, "UTC")


@pytest.mark.parametrize("zone", ["Europe/Berln", "America", "../etc/passwd", "/etc/passwd", "a\0"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="there is no time zone"):
        Calendar("lost", (NINE_TO_SIX,) * 7, zone)
    assert not known_zone(zone)


def test_a_search_for_open_hours_ends() -> None:
    calendar = replace(OFFICE, days_off=EveryDay())

    with pytest.raises(ValueError, match="calendar office has not enough open hours within ten"):
        add(calendar, at("Europe/Berlin", "2026-11-27 10:00"), HOUR)


def test_the_calendar_of_requesters_counts_only_in_a_zone() -> None:
    calendar = replace(OFFICE, zone="")
    start = datetime(2026, 11, 27, 10, tzinfo=UTC)

    with pytest.raises(ValueError, match="call in_zone first"):
        add(calendar, start, HOUR)
    assert add(calendar.in_zone("America/New_York"), start, HOUR) == start + 5 * HOUR
    assert OFFICE.in_zone("America/New_York") is OFFICE


@pytest.mark.parametrize(
    ("hours", "length"),
    [
        ([9, 9, 9, 9, 5, 0, 0], 9),
        ([8, 8, 4, 4, 0, 0, 0], 8),  # as common: the longest
        ([4, 4, 4, 9, 0, 0, 0], 4),
        ([0, 0, 0, 0, 0, 24, 0], 24),
    ],
)
def test_a_working_day_has_the_length_that_most_have(hours: list[int], length: int) -> None:
    spans = tuple(((0, each * 60),) if each else () for each in hours)

    assert Calendar("days", spans, "UTC").length_of_day == length * HOUR


def test_hours_are_read_as_people_write_them() -> None:
    assert parse_hours("9:00-12:00, 13:00 - 18:00") == ((540, 720), (780, 1080))
    assert parse_hours("00:00-24:00") == ((0, 1440),)


@pytest.mark.parametrize(
    "text",
    ["", "9-18", "9:00", "9:00-18:60", "9:00-25:00", "18:00-9:00", "9:00-12:00;", "٩:00-18:00"],
)
def test_hours_that_cannot_be_read_are_one_line(text: str) -> None:
    with pytest.raises(ValueError, match="; ") as caught:
        parse_hours(text)
    assert "\n" not in str(caught.value)
