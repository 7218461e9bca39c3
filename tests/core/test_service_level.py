"""What is promised by a name, and how amounts of time are written."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.calendar import Calendar
from helpdesk.core.service_level import (
    PRESETS,
    Amount,
    ClockKind,
    Target,
    parse_amount,
    preset,
)
from helpdesk.core.vocabulary import PRIORITIES

HOUR = timedelta(hours=1)
WEEK = Calendar("week", (((540, 1080),),) * 4 + (((540, 780),), (), ()), "UTC")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("30m", Amount(minutes=30)),
        ("4h", Amount(minutes=240)),
        ("1h 30m", Amount(minutes=90)),
        ("1h30min", Amount(minutes=90)),
        (" 90 m ", Amount(minutes=90)),
        ("3d", Amount(days=3)),
        ("3D", Amount(days=3)),
        ("366d", Amount(days=366)),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, amount: Amount) -> None:
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no amount of time"),
        ("4", "is no amount of time"),
        ("soon", "is no amount of time"),
        ("30m 1h", "is no amount of time"),
        ("-4h", "is no amount of time"),
        ("1.5h", "is no amount of time"),
        ("٣d", "is no amount of time"),
        ("0h 0m", "is no time at all"),
        ("1d 4h", "mixes working days with hours"),
        ("367d", "is more than a year"),
        ("9000h", "is more than a year"),
        ("9999999d", "is no amount of time"),
    ],
)
def test_an_amount_that_is_none_is_one_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}.*; ") as caught:
        parse_amount(text)
    assert "\n" not in str(caught.value)


@given(st.integers(1, 366 * 24 * 60))
def test_an_amount_is_written_as_it_is_read(minutes: int) -> None:
    assert parse_amount(str(Amount(minutes))) == Amount(minutes)


@pytest.mark.parametrize("numbers", [(0, 0), (1, 1), (-1, 0), (-1, 2)])
def test_an_amount_has_either_minutes_or_days(numbers: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="either minutes or working days"):
        Amount(*numbers)


def test_a_working_day_is_as_long_as_that_of_the_calendar() -> None:
    assert Target(Amount(days=3), WEEK).length == 27 * HOUR
    assert Target(Amount(minutes=60), WEEK).length == HOUR


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("portal", {"critical": 1, "high": 4, "normal": 24, "low": 45}),
        ("standard", {"critical": 1, "high": 4, "normal": 24, "low": 48}),
        ("working-days", {"critical": 27, "high": 27, "normal": 27, "low": 27}),
    ],
)
@pytest.mark.parametrize("kind", [ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE])
def test_presets_promise_responses(name: str, hours: dict[str, int], kind: ClockKind) -> None:
    level = preset(name)
    targets = {each: level.target(kind, each) for each in PRIORITIES}

    assert {k: v.length / HOUR for k, v in targets.items() if v} == hours


def test_only_some_targets_of_the_presets_run_in_business_hours() -> None:
    business = {
        (name, priority)
        for name in PRESETS
        for (_, priority), target in preset(name, WEEK).targets.items()
        if target.calendar is WEEK
    }

    assert business == {
        ("portal", "high"),
        ("portal", "low"),
        *(("working-days", priority) for priority in PRIORITIES),
    }


@pytest.mark.parametrize("name", PRESETS)
def test_presets_promise_no_resolution(name: str) -> None:
    assert preset(name).target(ClockKind.RESOLUTION, "critical") is None
