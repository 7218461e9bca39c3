"""Calendars and service levels as an operator writes them."""

import re
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from helpdesk.app.example import as_toml, changed, plain
from helpdesk.config import ConfigurationError, Settings, load
from helpdesk.config.service_levels import DaysOff, no_such_level
from helpdesk.core.service_level import ClockKind, Target

DESK = '[[desks]]\naddress = "support@example.com"\n'
OFFICE = '[[calendars]]\nname = "office"\n'
NINE = OFFICE + 'business = "9:00-18:00"\n'
GOLD = '[[service_levels]]\nname = "gold"\n'
FIRST = ClockKind.FIRST_RESPONSE
HOUR = timedelta(hours=1)


def read(folder: Path, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(DESK + text, encoding="utf-8")
    return load(path)


def target(
    folder: Path, text: str, priority: str, kind: ClockKind = FIRST, name: str = "gold"
) -> Target | None:
    return read(folder, text).levels()[name].target(kind, priority)


MISTAKES = {
    "no hours": (
        OFFICE,
        'calendars#1: has no open hours (give business = "9:00-18:00", or the hours of a weekday)',
    ),
    "all closed": (
        OFFICE + "monday = 'closed'",
        'calendars#1: has no open hours (give business = "9:00-18:00", or the hours of a weekday)',
    ),
    "short hours": (
        OFFICE + "business = '9-18'",
        "calendars#1.business: are no hours (write them like 9:00-12:00, 13:00-18:00)",
    ),
    "over midnight": (
        OFFICE + "sunday = '22:00-6:00'",
        (
            "calendars#1.sunday: ends before it begins (split hours over midnight into "
            "22:00-24:00 and, on the next day, 0:00-6:00)"
        ),
    ),
    "overlap": (
        OFFICE + "sunday = '9:00-12:00, 11:00-13:00'",
        "calendars#1.sunday: overlaps, or is not in order (write earlier hours first)",
    ),
    "slip in a weekday": (
        NINE + "mondy = '9:00-12:00'",
        "calendars#1.mondy: unknown key (did you mean monday?)",
    ),
    "slip in a zone": (
        NINE + "time_zone = 'Europe/Berln'",
        "calendars#1.time_zone: 'Europe/Berln' is no time zone (did you mean Europe/Berlin?)",
    ),
    "zone in small letters": (
        NINE + "time_zone = 'europe/berlin'",
        "calendars#1.time_zone: 'europe/berlin' is no time zone (did you mean Europe/Berlin?)",
    ),
    "zone of the machine": (
        NINE + "time_zone = 'localtime'",
        (
            "calendars#1.time_zone: 'localtime' is no time zone "
            "(write it like Europe/Berlin, or requester)"
        ),
    ),
    "zone that counts leap seconds": (
        NINE + "time_zone = 'right/UTC'",
        "calendars#1.time_zone: 'right/UTC' is no time zone (did you mean Etc/UTC?)",
    ),
    "zone with a control character": (
        NINE + 'time_zone = "\\u001b[2J"',
        (
            "calendars#1.time_zone: '\\x1b[2J' is no time zone "
            "(write it like Europe/Berlin, or requester)"
        ),
    ),
    "zone of nobody": (
        NINE + "time_zone = 'x'",
        ("calendars#1.time_zone: 'x' is no time zone (write it like Europe/Berlin, or requester)"),
    ),
    "country in small letters": (
        NINE + "holidays = 'de'",
        "calendars#1.holidays: there are no holidays of a country de (did you mean DE?)",
    ),
    "country by its name": (
        NINE + "holidays = 'Atlantis'",
        (
            "calendars#1.holidays: there are no holidays of a country Atlantis "
            "(write its code of two letters, like DE or DE-BY)"
        ),
    ),
    "part of a country": (
        NINE + "holidays = 'AT-X'",
        ("calendars#1.holidays: AT has no part X with holidays (known: 1, 2, 3, 4, 5, 6, 7, 8, 9)"),
    ),
    "no day": (
        NINE + "days_off = ['Christmas']",
        "calendars#1.days_off#1: is not a day (write it like 2027-11-30)",
    ),
    "empty day": (
        NINE + "days_off = ['']",
        "calendars#1.days_off#1: is not a day (write it like 2027-11-30)",
    ),
    "same calendar twice": (
        NINE + NINE,
        "calendars#2.name: office is already taken by calendars#1 (change one)",
    ),
    "name of a calendar that is there": (
        NINE.replace("office", "around-the-clock"),
        "calendars#1.name: around-the-clock is always there (take another name)",
    ),
    "no target": (
        GOLD,
        "service_levels#1: has no target (give preset or first_response)",
    ),
    "slip in a preset": (
        GOLD + "preset = 'portl'",
        "service_levels#1.preset: there is no preset portl (did you mean portal?)",
    ),
    "slip in a calendar": (
        GOLD + "preset = 'portal'\ncalendar = 'offic'\n" + NINE,
        "service_levels#1.calendar: there is no calendar offic (did you mean office?)",
    ),
    "slip in a calendar of a priority": (
        GOLD + "preset = 'portal'\ncalendars = {high = 'x'}\n",
        (
            "service_levels#1.calendars.high: there is no calendar x "
            "(known: around-the-clock, business)"
        ),
    ),
    "calendar without use": (
        GOLD + "preset = 'standard'\ncalendar = 'business'",
        (
            "service_levels#1.calendar: is used by no priority, for the preset runs around the "
            "clock (name it in calendars for the priorities you mean)"
        ),
    ),
    "no amount": (
        GOLD + "first_response = {high = 'soon'}",
        (
            "service_levels#1.first_response.high: is no amount of time "
            "(write it like 30m, 4h, 1h 30m or 3d)"
        ),
    ),
    "priority of nobody": (
        GOLD + "first_response = {urgent = '1h'}",
        (
            "service_levels#1.first_response.urgent: unknown key "
            "(known here: critical, high, low, normal)"
        ),
    ),
    "longer than the calendar has hours": (
        GOLD
        + "first_response = {high = '366d'}\ncalendar = 'office'\n"
        + OFFICE
        + "monday = '9:00-18:00'\n",
        (
            "service_levels#1.first_response.high: 366d takes more than five years of the "
            "calendar office (lower it, or give the calendar more hours)"
        ),
    ),
    "warning after the breach": (
        GOLD + "preset = 'portal'\nwarn_at = 120",
        "service_levels#1.warn_at: must be less than or equal to 99, not 120",
    ),
    "same level twice": (
        2 * (GOLD + "preset = 'portal'\n"),
        "service_levels#2.name: gold is already taken by service_levels#1 (change one)",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_that_says_what_to_do(mistake: str, tmp_path: Path) -> None:
    text, said = MISTAKES[mistake]

    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text)

    assert list(caught.value.problems) == [f"{tmp_path / 'config.toml'}: {said}"]


def test_presets_are_there_without_being_written(tmp_path: Path) -> None:
    assert list(read(tmp_path, "").levels()) == ["portal", "standard", "working-days"]


def test_own_business_hours_hold_for_the_presets(tmp_path: Path) -> None:
    text = '[[calendars]]\nname = "business"\nbusiness = "8:00-16:00"\ntime_zone = "Asia/Tokyo"\n'
    low = target(tmp_path, text, "low", name="portal")

    assert low is not None
    assert low.length == 40 * HOUR
    assert low.calendar.zone == "Asia/Tokyo"


def test_an_own_level_takes_the_place_of_a_preset(tmp_path: Path) -> None:
    text = GOLD.replace("gold", "portal") + "first_response = {high = '2h'}"

    assert target(tmp_path, text, "low", name="portal") is None


def test_a_weekday_may_differ_from_the_others(tmp_path: Path) -> None:
    text = NINE + "friday = '9:00-13:00'\nmonday = 'closed'\nsaturday = '10:00-12:00'\n"
    [calendar] = read(tmp_path, text).calendars

    assert [len(each) for each in calendar.hours()] == [0, 1, 1, 1, 1, 1, 0]
    assert calendar.hours()[4:6] == (((540, 780),), ((600, 720),))


def test_a_preset_may_be_changed_in_part(tmp_path: Path) -> None:
    text = (
        GOLD
        + "preset = 'portal'\ncalendar = 'office'\nresolution = {high = '2d'}\n"
        + "first_response = {critical = '30m', normal = 'none'}\n"
        + "calendars = {normal = 'office'}\n"
        + NINE
    )

    def said(priority: str, kind: ClockKind = FIRST) -> tuple[str, str] | None:
        found = target(tmp_path, text, priority, kind)
        return (str(found.amount), found.calendar.name) if found else None

    assert said("critical") == ("30m", "around-the-clock")
    assert said("critical", ClockKind.NEXT_RESPONSE) == ("1h", "around-the-clock")
    assert said("high") == ("4h", "office")
    assert said("high", ClockKind.RESOLUTION) == ("2d", "office")
    assert said("normal") is None
    assert said("normal", ClockKind.NEXT_RESPONSE) == ("24h", "office")
    assert said("low") == ("5d", "office")


def test_own_targets_run_around_the_clock_unless_a_calendar_is_given(tmp_path: Path) -> None:
    text = GOLD + "first_response = {high = '2d'}\n"
    always = target(tmp_path, text, "high")
    office = target(tmp_path, text + "calendar = 'office'\n" + NINE, "high")

    assert always is not None
    assert office is not None
    assert (always.length, office.length) == (48 * HOUR, 18 * HOUR)


def test_holidays_of_a_part_of_a_country_are_days_off(tmp_path: Path) -> None:
    text = NINE + "holidays = 'DE-BY'\ndays_off = [2026-12-24, '2026-12-31']\n"
    days = read(tmp_path, text).calendars[0].calendar().days_off
    december = [date(2026, 12, day) for day in range(1, 32)]

    assert [day.day for day in december if day in days] == [24, 25, 26, 31]
    assert date(2027, 1, 6) in days  # Epiphany, not in all of Germany
    assert date(2027, 1, 6) not in DaysOff("DE", ())


def test_no_holidays_are_loaded_unless_a_calendar_names_a_country(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)  # its import would fail

    assert read(tmp_path, NINE + GOLD + "preset = 'portal'").levels()


def test_a_name_of_a_service_level_may_be_asked_for(tmp_path: Path) -> None:
    levels = read(tmp_path, GOLD + "preset = 'portal'").service_levels

    assert no_such_level("gold", levels) == ""
    assert no_such_level("standard", levels) == ""
    assert no_such_level("golden", levels) == (
        "there is no service level golden (did you mean gold?)"
    )
    assert no_such_level("x", levels) == (
        "there is no service level x (known: gold, portal, standard, working-days)"
    )


def test_what_is_shown_can_be_read_again(tmp_path: Path) -> None:
    text = (
        GOLD
        + "preset = 'portal'\nfirst_response = {high = '1h 30m'}\n"
        + NINE
        + "days_off = [2026-12-24]\n"
    )
    settings = read(tmp_path, text)
    path = tmp_path / "config.toml"

    for values in (plain(settings), changed(settings)):
        path.write_text(as_toml(values), encoding="utf-8")

        assert plain(load(path)) == plain(settings)


def test_what_the_document_shows_can_be_written(tmp_path: Path) -> None:
    document = Path(__file__).parent.parent / "docs" / "service-levels.md"
    shown = re.findall(r"```toml\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)

    levels = read(tmp_path, "".join(shown)).levels()

    assert target(tmp_path, "".join(shown), "low") is None
    assert levels["gold"].warn_at == 75


def test_the_fingerprint_of_times_changes_with_what_they_are_reckoned_by(tmp_path: Path) -> None:
    desk = '[[desks]]\naddress = "support@example.com"\n'
    one = "[service_levels.first_response]\nnormal = '1h'\n"
    texts = {
        "as it is": desk,
        "closes later": desk + "close_after_days = 9\n",
        "has a level": desk + "service_level = 'gold'\n" + GOLD + one,
        "another target": desk + "service_level = 'gold'\n" + GOLD + one.replace("1h", "2h"),
        "another day off": desk + '[[calendars]]\nname = "o"\nbusiness = "9:00-18:00"\n',
    }

    prints = {}
    for name, text in texts.items():
        (tmp_path / "config.toml").write_text(text, encoding="utf-8")
        prints[name] = load(tmp_path / "config.toml").times()
    (tmp_path / "config.toml").write_text(desk + "language = 'de'\n", encoding="utf-8")

    assert len(set(prints.values())) == len(prints)
    assert load(tmp_path / "config.toml").times() == prints["as it is"]
