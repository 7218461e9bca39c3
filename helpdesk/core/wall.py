"""Times of day as a clock on the wall shows them: when a mail is due, and when all is quiet."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from helpdesk.core.calendar import MINUTES_OF_A_DAY, WEEKDAYS, Calendar, open_spans

_TIME = re.compile(r"(\d{1,2}):(\d\d)", re.ASCII)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Weekly:
    """A time of the week."""

    weekday: int
    """Monday is 0."""
    minute: int
    """After midnight."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """From and until, in minutes after midnight; the end may be on the next day."""

    start: int
    end: int


# --- as people write them -------------------------------------------------------------------------


def parse_time(text: str) -> int:
    """`8:00` in minutes after midnight. Raises ValueError with one line."""
    found = _TIME.fullmatch(text.strip())
    hour, minute = map(int, found.groups()) if found else (24, 0)
    if hour > 23 or minute > 59:  # noqa: PLR2004
        raise ValueError("is no time of day; write it like 08:00")
    return hour * 60 + minute


def parse_weekly(text: str) -> Weekly:
    """`monday 8:00`. Raises ValueError with one line."""
    day, _, time = text.strip().partition(" ")
    if day.casefold() not in WEEKDAYS:
        raise ValueError("is no time of the week; write it like monday 08:00")
    return Weekly(WEEKDAYS.index(day.casefold()), parse_time(time))


def parse_quiet(text: str) -> Quiet:
    """`22:00-7:00`. Raises ValueError with one line."""
    start, hyphen, end = text.partition("-")
    if not hyphen:
        raise ValueError("are no quiet hours; write them like 22:00-07:00")
    quiet = Quiet(parse_time(start), parse_time(end))
    if quiet.start == quiet.end:
        raise ValueError("begin and end at the same time; write them like 22:00-07:00")
    return quiet


# --- as time passes -------------------------------------------------------------------------------


def at(day: date, minute: int, zone: str) -> datetime:
    """When the clock shows that time for the first time, in UTC; if it never does on that day, as
    much later as the clock is put forward."""
    hour, rest = divmod(minute % MINUTES_OF_A_DAY, 60)
    wall = datetime(day.year, day.month, day.day, hour, rest, tzinfo=ZoneInfo(zone))
    return wall.astimezone(UTC)


def quiet_until(quiet: Quiet, moment: datetime, zone: str) -> datetime | None:
    """The first moment after this one that is not quiet, in UTC; None: it is not quiet now."""
    loud = next(open_spans(_loud_hours(quiet, zone), moment, moment + 2 * _DAY))
    return loud[0] if loud[0] > moment else None


@lru_cache(maxsize=256)
def _loud_hours(quiet: Quiet, zone: str) -> Calendar:
    if quiet.start > quiet.end:
        spans = [(quiet.end, quiet.start)]
    else:
        spans = [(0, quiet.start), (quiet.end, MINUTES_OF_A_DAY)]
    hours = tuple((start, end) for start, end in spans if start < end)
    return Calendar("not quiet", (hours,) * 7, zone)
