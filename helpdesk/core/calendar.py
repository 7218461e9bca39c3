"""Business hours: which moments count, how many of them there are, and when enough have passed."""

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

Hours = tuple[tuple[int, int], ...]
"""From and until, in minutes after midnight as a clock on the wall shows them."""

MINUTES_OF_A_DAY = 1440
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FURTHEST = timedelta(days=3660)
"""How far `add` looks for open hours."""

_ONE_DAY = timedelta(days=1)
_OF_THE_MACHINE = frozenset({"localtime", "Factory"})
_NOTHING = timedelta(0)
_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)", re.ASCII)


class State(StrEnum):
    """Why a moment counts, or why not."""

    OPEN = "open"
    CLOSED = "closed"
    DAY_OFF = "day off"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time, in UTC, that is all of one state."""

    start: datetime
    end: datetime
    state: State

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Calendar:
    """When work is done. A moment is open if the clock on the wall of the zone shows open hours.

    Raises ValueError for hours that are no day's hours, for none at all, and for unknown zones.
    """

    name: str
    hours: tuple[Hours, ...]
    """Of Monday to Sunday."""
    zone: str = ""
    """Name in the database of time zones; empty: the requester's, see `in_zone`."""
    days_off: Container[date] = field(default=frozenset(), hash=False, compare=False)
    """Days without any open hours, as the zone counts days."""

    def __post_init__(self) -> None:
        if len(self.hours) != len(WEEKDAYS):
            raise ValueError(f"calendar {self.name} needs hours for seven weekdays")
        for weekday, hours in zip(WEEKDAYS, self.hours, strict=True):
            if problem := wrong_with(hours):
                raise ValueError(f"calendar {self.name}, {weekday}: {problem}")
        if not any(self.hours):
            raise ValueError(f"calendar {self.name} has no open hours")
        if self.zone:
            _zone(self.zone)

    def in_zone(self, zone: str) -> "Calendar":
        """This calendar for a requester of that zone; it stays as it is if it has its own."""
        return self if self.zone else replace(self, zone=zone)

    @property
    def is_always_open(self) -> bool:
        whole = ((0, MINUTES_OF_A_DAY),)
        return all(hours == whole for hours in self.hours) and self.days_off == frozenset()

    @property
    def length_of_day(self) -> timedelta:
        """The most common length of its open weekdays; the longest of those that are as common."""
        lengths = [length for length in map(_length, self.hours) if length]
        return timedelta(minutes=max(lengths, key=lambda each: (lengths.count(each), each)))

    @property
    def length_of_week(self) -> timedelta:
        return timedelta(minutes=sum(map(_length, self.hours)))

    def state(self, day: date) -> State:
        """Whether a day has open hours. A day off that has none anyway is closed."""
        if not self.hours[day.weekday()]:
            return State.CLOSED
        return State.DAY_OFF if day in self.days_off else State.OPEN


def around_the_clock(name: str = "around-the-clock") -> Calendar:
    """In no zone of its own, for that only matters to whom it is shown."""
    return Calendar(name, (((0, MINUTES_OF_A_DAY),),) * 7)


# --- hours ----------------------------------------------------------------------------------------


def parse_hours(text: str) -> Hours:
    """`9:00-12:00, 13:00-18:00` as minutes. Raises ValueError with one line."""
    spans = []
    for part in text.split(","):
        found = _SPAN.fullmatch(part.strip())
        if found is None:
            raise ValueError("are no hours; write them like 9:00-12:00, 13:00-18:00")
        hour, minute, last_hour, last_minute = map(int, found.groups())
        if max(minute, last_minute) > 59:  # noqa: PLR2004
            raise ValueError("has a minute beyond 59; write hours like 9:00-18:00")
        spans.append((hour * 60 + minute, last_hour * 60 + last_minute))
    if problem := wrong_with(spans):
        raise ValueError(problem)
    return tuple(spans)


def wrong_with(hours: Iterable[tuple[int, int]]) -> str:
    """Why these are not the hours of a day; empty: they are."""
    last = -1
    for start, end in hours:
        if not 0 <= start < MINUTES_OF_A_DAY or end > MINUTES_OF_A_DAY:
            return "goes beyond the day; a day has hours from 0:00 to 24:00"
        if end <= start:
            return (
                "ends before it begins; split hours over midnight into 22:00-24:00 and, "
                "on the next day, 0:00-6:00"
            )
        if start < last:
            return "overlaps, or is not in order; write earlier hours first"
        last = end
    return ""


def _length(hours: Hours) -> int:
    return sum(end - start for start, end in hours)


# --- time -----------------------------------------------------------------------------------------


def stretches(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Stretch]:
    """Everything from start to end, in order; neighbors differ in their state."""
    waiting: Stretch | None = None
    for each in _pieces(calendar, start, end):
        if waiting is not None and waiting.state is each.state:
            waiting = Stretch(waiting.start, each.end, each.state)
            continue
        if waiting is not None:
            yield _in_utc(waiting)
        waiting = each
    if waiting is not None:
        yield _in_utc(waiting)


def open_spans(
    calendar: Calendar, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The open times from start to end, in UTC and in order."""
    for each in stretches(calendar, start, end):
        if each.state is State.OPEN:
            yield each.start, each.end


def elapsed(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """How much open time there is from start to end; none if the end comes first."""
    spans = (each.length for each in _pieces(calendar, start, end) if each.state is State.OPEN)
    return sum(spans, _NOTHING)


def add(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    """The first moment by which that much open time has passed since start.

    Raises ValueError if that takes more than ten years, or if the amount is negative.
    """
    if amount < _NOTHING:
        raise ValueError("time cannot be added backwards")
    if not amount:
        return start.astimezone(UTC)
    left = amount
    for each in _pieces(calendar, start, start + FURTHEST):
        if each.state is not State.OPEN:
            continue
        if each.length >= left:
            return _aware(each.start + left)
        left -= each.length
    raise ValueError(f"calendar {calendar.name} has not enough open hours within ten years")


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Of the database of time zones. What a machine has beside it (localtime, posixrules, zones
    that count leap seconds) means something else on the next one, and is none."""
    return frozenset(available_timezones() - _OF_THE_MACHINE)


def known_zone(name: str) -> bool:
    return name in zone_names()


def local(calendar: Calendar, moment: datetime) -> datetime:
    """The moment as the zone of the calendar has it."""
    return moment.astimezone(_zone_of(calendar))


def _pieces(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Stretch]:
    """As `stretches`, but without time zone, and cut wherever it was easier."""
    first, last = _naive(start), _naive(end)
    name = _zone_of(calendar).key
    day = first.date()
    while datetime.combine(day, datetime.min.time()) < last:
        for begin, until, offset in _same_offset(name, day):
            begin, until = max(begin, first), min(until, last)  # noqa: PLW2901
            if begin < until:
                yield from _by_the_wall(calendar, begin, until, offset)
        day += _ONE_DAY


def _by_the_wall(
    calendar: Calendar, start: datetime, end: datetime, offset: timedelta
) -> Iterator[Stretch]:
    """While the offset stays, the clock on the wall neither jumps nor repeats anything."""
    begin, last = start + offset, end + offset
    while begin < last:
        midnight = datetime.combine(begin.date(), datetime.min.time())
        until = min(midnight + _ONE_DAY, last)
        for each in _of_day(calendar, midnight):
            piece_start, piece_end = max(each.start, begin), min(each.end, until)
            if piece_start < piece_end:
                yield Stretch(piece_start - offset, piece_end - offset, each.state)
        begin = until


def _of_day(calendar: Calendar, midnight: datetime) -> Iterator[Stretch]:
    """One whole day of the wall."""
    state = calendar.state(midnight.date())
    if state is not State.OPEN:
        yield Stretch(midnight, midnight + _ONE_DAY, state)
        return
    begin = midnight
    for start, end in calendar.hours[midnight.weekday()]:
        opens, closes = (midnight + timedelta(minutes=minute) for minute in (start, end))
        if begin < opens:
            yield Stretch(begin, opens, State.CLOSED)
        yield Stretch(opens, closes, State.OPEN)
        begin = closes
    if begin < midnight + _ONE_DAY:
        yield Stretch(begin, midnight + _ONE_DAY, State.CLOSED)


@lru_cache(maxsize=8192)
def _same_offset(name: str, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """A day of UTC, cut where the zone changes its offset to UTC."""
    start = datetime.combine(day, datetime.min.time())
    return tuple(_cut(_zone(name), start, start + _ONE_DAY))


def _cut(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    while start < end:
        offset = _offset(zone, start)
        until = end
        if _offset(zone, end - timedelta(seconds=1)) != offset:
            until = _change(zone, start, end)
        yield start, until, offset
        start = until


def _change(zone: ZoneInfo, start: datetime, end: datetime) -> datetime:
    """The first second after start, found by halving, that has another offset."""
    offset = _offset(zone, start)
    same, other = 0, int((end - start).total_seconds()) - 1
    while other - same > 1:
        middle = (same + other) // 2
        if _offset(zone, start + timedelta(seconds=middle)) == offset:
            same = middle
        else:
            other = middle
    return start + timedelta(seconds=other)


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.replace(tzinfo=UTC).astimezone(zone).utcoffset() or _NOTHING


def _zone_of(calendar: Calendar) -> ZoneInfo:
    if not calendar.zone:
        raise ValueError(f"calendar {calendar.name} is that of a requester; call in_zone first")
    return _zone(calendar.zone)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder such as "America" is an OSError
        raise ValueError(f"there is no time zone {name}; write it like Europe/Berlin") from None


def _in_utc(stretch: Stretch) -> Stretch:
    return Stretch(_aware(stretch.start), _aware(stretch.end), stretch.state)


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
