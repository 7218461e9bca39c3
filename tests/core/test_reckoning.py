"""The arithmetic of clocks as people read it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.calendar import Calendar
from helpdesk.core.clocks import Change, Clock, counted, meet, pause, resume, start
from helpdesk.core.reckoning import Why, explain, explanation, left, spelled
from helpdesk.core.service_level import Amount, ClockKind, ServiceLevel, Target
from helpdesk.core.ticket import Status

FRIDAY = datetime(2026, 3, 27, 16, 30, tzinfo=UTC)  # 17:30 in Berlin, before summer time
HOUR = timedelta(hours=1)
OFFICE = Calendar(
    "office", (((540, 1080),),) * 5 + ((), ()), "Europe/Berlin", frozenset({date(2026, 3, 31)})
)
KEY = ClockKind.FIRST_RESPONSE, "normal"
LEVEL = ServiceLevel("gold", {KEY: Target(Amount(minutes=240), OFFICE)})
IN_DAYS = ServiceLevel("calm", {KEY: Target(Amount(days=3), OFFICE)})
NIGHTS = Calendar("nights", (((0, 360),),) * 7)
NIGHTLY = ServiceLevel("nightly", {KEY: Target(Amount(minutes=480), NIGHTS)})


def clock(level: ServiceLevel | None = LEVEL, zone: str = "Europe/Berlin") -> Clock:
    change = Change(Status.OPEN, Status.OPEN, opened=True, level="gold", zone=zone)
    return start(ClockKind.FIRST_RESPONSE, level, change, FRIDAY)


def test_every_span_says_how_much_it_counts_and_why_not() -> None:
    one = clock(IN_DAYS)

    assert explanation(one, IN_DAYS, FRIDAY + 64 * HOUR) == [
        (
            "First response, priority normal, service level calm: 3d of the calendar office "
            "(Europe/Berlin, a day is 9 h)"
        ),
        "  Fri 2026-03-27 17:30 – 18:00                  + 30 min = 30 min",
        "  Fri 2026-03-27 18:00 – Mon 2026-03-30 09:00   closed, the clocks go forward by 1 h",
        "  Mon 2026-03-30 09:00 – 10:30                  + 1 h 30 min = 2 h",
        "  Mon 2026-03-30 10:30 – 18:00                  + 7 h 30 min = 9 h 30 min, to come",
        "  Mon 2026-03-30 18:00 – 24:00                  closed, to come",
        "  Tue 2026-03-31 00:00 – 24:00                  day off, to come",
        "  Wed 2026-04-01 00:00 – 09:00                  closed, to come",
        "  Wed 2026-04-01 09:00 – 18:00                  + 9 h = 18 h 30 min, to come",
        "  Wed 2026-04-01 18:00 – Thu 2026-04-02 09:00   closed, to come",
        "  Thu 2026-04-02 09:00 – 17:30                  + 8 h 30 min = 27 h, to come",
        "2 h of 27 h counted; 2 d 7 h left; due Thu 2026-04-02 17:30",
    ]


def test_a_missed_target_says_when_it_was_used_up() -> None:
    one = resume(pause(clock(), FRIDAY + HOUR / 4), LEVEL, FRIDAY + 64 * HOUR)
    one = replace(one, breaches=2)

    assert explanation(meet(one, FRIDAY + 69 * HOUR), LEVEL, FRIDAY + 99 * HOUR) == [
        (
            "First response, priority normal, service level gold: 4h of the calendar office "
            "(Europe/Berlin)"
        ),
        "  Fri 2026-03-27 17:30 – 17:45                  + 15 min = 15 min",
        "  Fri 2026-03-27 17:45 – Mon 2026-03-30 10:30   paused, the clocks go forward by 1 h",
        "  Mon 2026-03-30 10:30 – 14:15                  + 3 h 45 min = 4 h",
        "  due Mon 2026-03-30 14:15                      the target is used up",
        "  Mon 2026-03-30 14:15 – 15:30                  + 1 h 15 min = 5 h 15 min",
        "5 h 15 min of 4 h counted; missed by 1 h 15 min; missed in 2 rounds before",
    ]


def test_an_hour_that_comes_twice_counts_twice_and_says_so() -> None:
    late = replace(clock(NIGHTLY), started_at=datetime(2026, 10, 24, 22, tzinfo=UTC))
    late = replace(late, spans=((late.started_at, late.started_at + 8 * HOUR),))

    assert explanation(late, NIGHTLY, late.started_at + 8 * HOUR)[1:3] == [
        "  Sun 2026-10-25 00:00 – 06:00                  + 7 h = 7 h, the clocks go back by 1 h",
        "  Sun 2026-10-25 06:00 – 07:00                  closed",
    ]


def test_a_span_with_seconds_over_a_night_stays_apart_from_its_words() -> None:
    one = replace(clock(), started_at=FRIDAY + HOUR + timedelta(seconds=5))
    one = replace(one, spans=((one.started_at, None),))

    assert explanation(one, LEVEL, one.started_at + timedelta(seconds=8))[1:3] == [
        "  Fri 2026-03-27 18:30:05 – 18:30:13              closed",
        (
            "  Fri 2026-03-27 18:30:13 – Mon 2026-03-30 09:00  closed, the clocks go forward "
            "by 1 h, to come"
        ),
    ]


def test_without_a_target_all_the_time_counts() -> None:
    one = clock(None)

    assert explanation(one, None, FRIDAY + 3 * HOUR) == [
        "First response, priority normal: no target, for there is no service level gold",
        "  Fri 2026-03-27 17:30 – 20:30                  + 3 h = 3 h",
        "3 h counted",
    ]
    assert left(one, None, FRIDAY + HOUR) == ""


def test_a_level_that_promises_nothing_for_this_says_so() -> None:
    one = replace(clock(), priority="low")

    assert explanation(one, LEVEL, FRIDAY)[0] == (
        "First response, priority low: no target in the service level gold"
    )


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (0, "4 h left"),
        (64, "2 h left"),
        (65.99, "less than a minute left"),
        (66, "less than a minute left"),
        (67, "missed by 1 h"),
        (71, "missed by 5 h"),
        (117, "missed by 1 d 3 h"),  # of nine hours each
    ],
)
def test_what_is_left_is_open_time(hours: float, said: str) -> None:
    assert left(clock(), LEVEL, FRIDAY + hours * HOUR) == said


def test_what_is_over_or_stands_still_says_so() -> None:
    now = FRIDAY + 64 * HOUR

    assert left(pause(clock(), now), LEVEL, now + 9 * HOUR) == "2 h left, paused"
    assert left(meet(clock(), now), LEVEL, now + 9 * HOUR) == "met"
    assert left(meet(clock(), now + 3 * HOUR), LEVEL, now + 9 * HOUR) == "missed by 1 h"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "less than a minute"),
        (0.9, "less than a minute"),
        (1, "1 min"),
        (130, "2 h 10 min"),
        (120, "2 h"),
        (24 * 60 + 59, "1 d"),
        (27 * 60 + 5, "1 d 3 h"),
    ],
)
def test_lengths_are_spelled_in_two_units(minutes: float, said: str) -> None:
    assert spelled(timedelta(minutes=minutes)) == said


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    minutes=st.lists(st.integers(1, 3000), max_size=6),
    level=st.sampled_from([LEVEL, IN_DAYS, NIGHTLY, None]),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
    is_met=st.booleans(),
)
def test_the_steps_add_up(
    minutes: list[int], level: ServiceLevel | None, zone: str, *, is_met: bool
) -> None:
    one, now = clock(level, zone), FRIDAY
    for number, each in enumerate(minutes):
        now += timedelta(minutes=each)
        one = resume(one, level, now) if number % 2 else pause(one, now)
    if is_met:
        one = meet(one, now)

    steps = explain(one, level, now)
    past = [each.counted for each in steps if not each.is_ahead]

    assert sum(past, timedelta(0)) == counted(one, level, now)
    assert all(this.end == other.start for this, other in pairwise(steps))
    assert all(each.why is Why.COUNTED or not each.counted for each in steps)
    if one.due_at is not None and one.target is not None:
        in_time = [each.counted for each in steps if not each.is_late]
        assert sum(in_time, timedelta(0)) == one.target
