"""Calendars and service levels as the operator writes them, and as the rules need them."""

import difflib
import typing
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from helpdesk.config.section import Section
from helpdesk.config.values import Day, Name, NameOrEmpty, spelled, zone_name
from helpdesk.core.calendar import (
    WEEKDAYS,
    Calendar,
    Hours,
    around_the_clock,
    parse_hours,
)
from helpdesk.core.service_level import (
    AROUND_THE_CLOCK,
    BUSINESS,
    PRESETS,
    WARN_AT,
    ClockKind,
    ServiceLevel,
    Target,
    business_hours,
    parse_amount,
    preset,
)
from helpdesk.core.vocabulary import PRIORITIES

REQUESTER = "requester"
"""The time zone of a calendar that follows whoever asks."""
LONGEST_WEEKS = 260
"""Of the calendar for one target; what takes longer is a slip, and could find no end."""
_CLOSED = "closed"
_NO_TARGET = "none"
_WORK_DAYS = WEEKDAYS[:5]


def _hours(text: str) -> str:
    if text and text != _CLOSED:
        parse_hours(text)
    return text


def _zone(name: str) -> str:
    return zone_name(name, REQUESTER)


def _amount(text: str) -> str:
    if text and text != _NO_TARGET:
        parse_amount(text)
    return text


def _preset(name: str) -> str:
    if name and name not in PRESETS:
        raise ValueError(f"there is no preset {name}; {_hint(name, PRESETS)}")
    return name


def _holidays(text: str) -> str:
    if text:
        _of_country(text)
    return text


HoursText = Annotated[str, AfterValidator(_hours)]
ZoneName = Annotated[str, AfterValidator(_zone)]
AmountText = Annotated[str, AfterValidator(_amount)]
PresetName = Annotated[str, AfterValidator(_preset)]
HolidaysOf = Annotated[str, AfterValidator(_holidays)]


class CalendarSettings(Section):
    """When work is done. "around-the-clock" and "business" (Monday to Friday, 9 to 18, in the zone
    of the requester) are there without being written; your own "business" takes its place.
    """

    name: Name = Field(description="Short name for service levels.", examples=["office"])
    time_zone: ZoneName = Field(
        default=REQUESTER,
        description=(
            "Name of its time zone such as Europe/Berlin, or requester: that of whoever asks."
        ),
    )
    business: HoursText = Field(
        default="",
        description='Hours of Monday to Friday, like "9:00-12:00, 13:00-18:00".',
        examples=["9:00-18:00"],
    )
    monday: HoursText = Field(
        default="", description="Hours of one weekday, or closed; as in business if empty."
    )
    tuesday: HoursText = Field(default="", description="The same of Tuesday.")
    wednesday: HoursText = Field(default="", description="The same of Wednesday.")
    thursday: HoursText = Field(default="", description="The same of Thursday.")
    friday: HoursText = Field(default="", description="The same of Friday.")
    saturday: HoursText = Field(default="", description="Hours of Saturday; closed if empty.")
    sunday: HoursText = Field(default="", description="Hours of Sunday; closed if empty.")
    holidays: HolidaysOf = Field(
        default="",
        description=(
            "Country, or country and subdivision, whose public holidays are off, like DE or DE-BY."
        ),
    )
    days_off: tuple[Day, ...] = Field(
        default=(), description='Other days without work, like "2026-12-24".'
    )

    @model_validator(mode="after")
    def _is_ever_open(self) -> typing.Self:
        if not any(self.hours()):
            raise ValueError(
                'has no open hours; give business = "9:00-18:00", or the hours of a weekday'
            )
        return self

    def hours(self) -> tuple[Hours, ...]:
        texts = (
            getattr(self, day) or (self.business if day in _WORK_DAYS else "") for day in WEEKDAYS
        )
        return tuple(parse_hours(text) if text not in ("", _CLOSED) else () for text in texts)

    def calendar(self) -> Calendar:
        zone = "" if self.time_zone == REQUESTER else self.time_zone
        days: Container[date] = frozenset(self.days_off)
        if self.holidays:
            days = DaysOff(self.holidays, self.days_off)
        return Calendar(self.name, self.hours(), zone, days)


class PriorityAmounts(Section):
    """Within which time the first answer comes, by priority."""

    critical: AmountText = Field(
        default="",
        description="Time such as 30m, 4h, 1h 30m, in working days 3d, or none; empty: the preset.",
    )
    high: AmountText = Field(default="", description="The same for high.")
    normal: AmountText = Field(default="", description="The same for normal.")
    low: AmountText = Field(default="", description="The same for low.")


class PriorityCalendars(Section):
    """Other calendars for single priorities."""

    critical: NameOrEmpty = Field(default="", description="Name of a calendar.")
    high: NameOrEmpty = Field(default="", description="The same for high.")
    normal: NameOrEmpty = Field(default="", description="The same for normal.")
    low: NameOrEmpty = Field(default="", description="The same for low.")


class ServiceLevelSettings(Section):
    """What is promised to requesters. "portal", "standard" and "working-days" are there without
    being written (docs/service-levels.md); your own of the same name takes its place.
    """

    name: Name = Field(description="Short name for desks.", examples=["gold"])
    preset: PresetName = Field(
        default="",
        description=(
            "What holds unless you write otherwise, from critical to low. portal: 1h, 4h in "
            "business hours, 24h, 5d. standard: 1h, 4h, 24h, 48h. working-days: 3d for all."
        ),
        examples=["portal"],
    )
    calendar: NameOrEmpty = Field(
        default="",
        description=(
            "Name of the calendar; with a preset the one in place of its business hours. Without "
            "either the targets run around the clock."
        ),
    )
    warn_at: Annotated[int, Field(ge=0, le=99)] = Field(
        default=WARN_AT, description="Percent of a target after which agents are warned; 0: never."
    )
    first_response: PriorityAmounts = Field(
        default_factory=PriorityAmounts,
        description="Within which time the first answer comes, by priority.",
    )
    next_response: PriorityAmounts = Field(
        default_factory=PriorityAmounts, description="The same for every later answer."
    )
    resolution: PriorityAmounts = Field(
        default_factory=PriorityAmounts, description="The same until the ticket is resolved."
    )
    calendars: PriorityCalendars = Field(
        default_factory=PriorityCalendars,
        description="Names of other calendars for single priorities.",
    )

    @model_validator(mode="after")
    def _promises_something(self) -> typing.Self:
        amounts = (self.amount(kind, priority) for kind in ClockKind for priority in PRIORITIES)
        if not self.preset and all(text in ("", _NO_TARGET) for text in amounts):
            raise ValueError("has no target; give preset or first_response")
        return self

    def amount(self, kind: ClockKind, priority: str) -> str:
        """As it is written; empty: it is not."""
        return str(getattr(getattr(self, kind), priority))

    def calendar_name(self, priority: str) -> str:
        own = str(getattr(self.calendars, priority))
        if own or not self.preset:
            return own or self.calendar or AROUND_THE_CLOCK
        if priority in PRESETS[self.preset].in_business_hours:
            return self.calendar or BUSINESS
        return AROUND_THE_CLOCK

    def level(self, calendars: Mapping[str, Calendar]) -> ServiceLevel:
        """Raises KeyError for a calendar that is not there; `level_problems` names it."""
        targets = {
            (kind, priority): target
            for kind in ClockKind
            for priority in PRIORITIES
            if (target := self._target(kind, priority, calendars)) is not None
        }
        return ServiceLevel(self.name, targets, self.warn_at)

    def _target(
        self, kind: ClockKind, priority: str, calendars: Mapping[str, Calendar]
    ) -> Target | None:
        text = self.amount(kind, priority)
        if text == _NO_TARGET:
            return None
        calendar = calendars[self.calendar_name(priority)]
        if text:
            return Target(parse_amount(text), calendar)
        given = preset(self.preset).target(kind, priority) if self.preset else None
        return Target(given.amount, calendar) if given else None


# --- as the rules need them -----------------------------------------------------------------------


def calendars_by_name(settings: Sequence[CalendarSettings]) -> dict[str, Calendar]:
    found = {AROUND_THE_CLOCK: around_the_clock(AROUND_THE_CLOCK), BUSINESS: business_hours()}
    return found | {each.name: each.calendar() for each in settings}


def service_levels(
    calendars: Sequence[CalendarSettings], levels: Sequence[ServiceLevelSettings]
) -> dict[str, ServiceLevel]:
    """All by name, the presets among them. Raises KeyError; see `level_problems`."""
    known = calendars_by_name(calendars)
    found = {name: preset(name, known[BUSINESS]) for name in PRESETS}
    return found | {each.name: each.level(known) for each in levels}


def no_such_level(name: str, levels: Sequence[ServiceLevelSettings]) -> str:
    """What is wrong with a name of a service level, to stand behind its key; empty: nothing."""
    known = [*(each.name for each in levels), *PRESETS]
    return "" if name in known else f"there is no service level {name} ({_hint(name, known)})"


# --- what is wrong --------------------------------------------------------------------------------


def calendar_problems(settings: Sequence[CalendarSettings]) -> Iterator[str]:
    for index, each in enumerate(settings):
        if each.name == AROUND_THE_CLOCK:
            key = spelled(("calendars", index, "name"))
            yield f"{key}: {each.name} is always there (take another name)"


def level_problems(
    calendars: Sequence[CalendarSettings], levels: Sequence[ServiceLevelSettings]
) -> Iterator[str]:
    known = calendars_by_name(calendars)
    for index, each in enumerate(levels):
        missing = list(_missing_calendars(index, each, known))
        yield from missing or _too_long(index, each, known)


def _missing_calendars(
    index: int, level: ServiceLevelSettings, known: Collection[str]
) -> Iterator[str]:
    named: dict[tuple[str, ...], str] = {("calendar",): level.calendar}
    named |= {("calendars", each): getattr(level.calendars, each) for each in PRIORITIES}
    for key, name in named.items():
        if name and name not in known:
            place = spelled(("service_levels", index, *key))
            yield f"{place}: there is no calendar {name} ({_hint(name, known)})"
    if level.calendar and not _uses_calendar(level):
        yield (
            f"{spelled(('service_levels', index, 'calendar'))}: is used by no priority, for the "
            "preset runs around the clock (name it in calendars for the priorities you mean)"
        )


def _uses_calendar(level: ServiceLevelSettings) -> bool:
    own = {each for each in PRIORITIES if getattr(level.calendars, each)}
    if not level.preset:
        return own != set(PRIORITIES)
    return bool(PRESETS[level.preset].in_business_hours - own)


def _too_long(
    index: int, level: ServiceLevelSettings, known: Mapping[str, Calendar]
) -> Iterator[str]:
    for (kind, priority), target in level.level(known).targets.items():
        if target.length > LONGEST_WEEKS * target.calendar.length_of_week:
            key = spelled(("service_levels", index, kind, priority))
            yield (
                f"{key}: {target.amount} takes more than five years of the calendar "
                f"{target.calendar.name} (lower it, or give the calendar more hours)"
            )


def _hint(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"


# --- holidays -------------------------------------------------------------------------------------


class DaysOff:
    """The public holidays of a country, looked up year by year when they are asked for, and more
    days.
    """

    def __init__(self, place: str, more: Collection[date]) -> None:
        self._place = place
        self._more = frozenset(more)

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date):
            return False
        return day in self._more or day in holidays_in(self._place, day.year)


@lru_cache(maxsize=1024)
def holidays_in(place: str, year: int) -> frozenset[date]:
    """The public holidays in `DE` or `DE-BY`, observed ones as well. Raises ValueError."""
    return frozenset(_of_country(place, year))


def _of_country(place: str, *years: int) -> Collection[date]:
    import holidays  # it takes a third of a second

    country, _, subdivision = place.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        step = "write its code of two letters, like DE or DE-BY"
        if country.upper() in known:
            step = f"did you mean {country.upper()}?"
        raise ValueError(f"there are no holidays of a country {country}; {step}")
    if subdivision and subdivision not in known[country]:
        names = ", ".join(known[country]) or "none, so name only the country"
        raise ValueError(f"{country} has no part {subdivision} with holidays; known: {names}")
    return holidays.country_holidays(country, subdiv=subdivision or None, years=years or None)
