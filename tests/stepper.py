"""Business hours by brute force: it goes minute by minute and looks at the clock on the wall.

Random calendars and stories of clocks, most of them near a change of summer time, and what the
program and the stepper say of them. Nothing here knows of the program's ways to calculate.
"""

import random
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from operator import and_
from zoneinfo import ZoneInfo

from helpdesk.core import calendar as program
from helpdesk.core.calendar import Calendar, Hours
from helpdesk.core.clocks import Change, Clock, Clocks, counted, follow, next_event, tick
from helpdesk.core.service_level import Amount, ClockKind, ServiceLevel, Target
from helpdesk.core.ticket import Status

ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Juba",
    "America/Asuncion",
    "America/Caracas",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Amman",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Volgograd",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "UTC",
)
FIRST_YEAR, LAST_YEAR = 1980, 2040
"""Offsets are whole minutes since then."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
PRIORITIES = ("normal", "high")
_USUAL: tuple[Hours, ...] = (
    ((540, 1080),),
    ((540, 720), (780, 1080)),
    ((0, 1440),),
    ((0, 150),),
    ((90, 165),),
    ((0, 360), (1320, 1440)),
    ((120, 180),),
    ((150, 1410),),
    (),
)

Add = Callable[[Calendar, datetime, timedelta], datetime]
Elapsed = Callable[[Calendar, datetime, datetime], timedelta]


class Wall:
    """Minutes from a start on: 1 if the clock on the wall shows open hours when it begins."""

    def __init__(self, calendar: Calendar, start: datetime, minutes: int) -> None:
        zone = ZoneInfo(calendar.zone)
        table = [bytearray(1440) for _ in range(7)]
        for weekday, hours in enumerate(calendar.hours):
            for begin, end in hours:
                table[weekday][begin:end] = b"\1" * (end - begin)
        self.open = bytearray(minutes)
        first = int(start.timestamp())
        show = datetime.fromtimestamp
        for minute in range(minutes):
            shown = show(first + 60 * minute, zone)
            if table[shown.weekday()][shown.hour * 60 + shown.minute]:
                self.open[minute] = shown.date() not in calendar.days_off


def reach(flags: bytes | bytearray, amount: int) -> int | None:
    """How many minutes there are until that many were ones; None: more than these."""
    if not amount:
        return 0
    minute = bisect_left(list(accumulate(flags)), amount)
    return minute + 1 if minute < len(flags) else None


# --- random calendars -----------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def changes(name: str, year: int) -> tuple[date, ...]:
    """The days of a year with another offset than the day before."""
    zone = ZoneInfo(name)
    days = [datetime(year, 1, 1, tzinfo=UTC) + number * DAY for number in range(366)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    return tuple(
        days[number].date()
        for number in range(1, len(days))
        if offsets[number] != offsets[number - 1]
    )


def random_start(rng: random.Random, zone: str, minutes: int) -> datetime:
    """A whole minute, mostly so that summer time changes within the next minutes."""
    year = rng.randint(FIRST_YEAR, LAST_YEAR)
    days = changes(zone, year)
    if days and rng.random() < 0.8:
        day = rng.choice(days)
        noon = datetime(day.year, day.month, day.day, tzinfo=UTC) - DAY / 2
        return noon - rng.randrange(minutes) * MINUTE
    return datetime(year, 1, 1, tzinfo=UTC) + rng.randrange(365 * 1440) * MINUTE


def random_hours(rng: random.Random) -> Hours:
    if rng.random() < 0.6:
        return rng.choice(_USUAL)
    marks = sorted(rng.sample(range(1441), 2 * rng.randint(1, 3)))
    return tuple(zip(marks[::2], marks[1::2], strict=True))


def random_calendar(rng: random.Random, zone: str, start: datetime, name: str) -> Calendar:
    hours = [random_hours(rng) for _ in range(7)]
    if not any(hours):
        hours[rng.randrange(7)] = ((540, 1080),)
    days = [(start + rng.randint(-1, 5) * DAY).date() for _ in range(rng.choice((0, 0, 1, 2)))]
    return Calendar(name, tuple(hours), zone, frozenset(days))


# --- adding and counting --------------------------------------------------------------------------


@dataclass(frozen=True)
class Sum:
    calendar: Calendar
    start: datetime
    minutes: int
    """The stepper goes so far."""
    amount: int
    """Minutes."""
    until: int
    """Minutes after the start."""


def random_sum(rng: random.Random) -> Sum:
    zone = rng.choice(ZONES)
    minutes = rng.choice((1440, 2880, 4320))
    start = random_start(rng, zone, minutes)
    calendar = random_calendar(rng, zone, start, "random")
    return Sum(calendar, start, minutes, rng.randrange(minutes), rng.randrange(minutes))


def wrong_sums(
    case: Sum, add: Add = program.add, elapsed: Elapsed = program.elapsed
) -> Iterator[str]:
    """What a calculator says otherwise than the stepper."""
    wall = Wall(case.calendar, case.start, case.minutes)
    end = case.start + case.until * MINUTE
    expected = sum(wall.open[: case.until]) * MINUTE
    if (got := elapsed(case.calendar, case.start, end)) != expected:
        yield f"{case}: {got} passed, by the wall {expected}"
    minute = reach(wall.open, case.amount)
    found = add(case.calendar, case.start, case.amount * MINUTE)
    if minute is None:
        if found <= case.start + case.minutes * MINUTE:
            yield f"{case}: added up at {found}, by the wall not yet"
    elif found != case.start + minute * MINUTE:
        yield f"{case}: added up at {found}, by the wall after {minute} minutes"


def without_summer_time(calendar: Calendar, start: datetime) -> Calendar:
    """What is wrong on purpose: the offset of the start for ever, where it is whole hours."""
    offset = start.astimezone(ZoneInfo(calendar.zone)).utcoffset() or timedelta(0)
    hours, rest = divmod(offset, timedelta(hours=1))
    return calendar if rest else replace(calendar, zone=f"Etc/GMT{-hours:+d}")


# --- stories of clocks ----------------------------------------------------------------------------


@dataclass
class Story:
    """One clock of a ticket, and what the stepper knows of it."""

    start: datetime
    minutes: int
    level: ServiceLevel
    zones: tuple[str, str]
    moments: list[int]
    rng: random.Random
    clocks: Clocks = ()
    status: Status = Status.OPEN
    priority: str = PRIORITIES[0]
    zone: str = ""
    ran: bytearray = field(default_factory=bytearray)
    """Of each minute that is over, whether the clock ran."""
    has_warned: bool = False
    breach: int | None = None
    walls: dict[tuple[str, str], Wall] = field(default_factory=dict)


def random_story(rng: random.Random) -> Story:
    zones = (rng.choice(ZONES), rng.choice(ZONES))
    minutes = rng.choice((1440, 2880))
    start = random_start(rng, zones[0], minutes)
    targets = {
        (ClockKind.RESOLUTION, priority): Target(
            Amount(minutes=5 * rng.randint(1, minutes // 10)),
            random_calendar(rng, rng.choice(("", zones[0])), start, priority),
        )
        for priority in PRIORITIES
    }
    moments = sorted(rng.randrange(minutes * 2 // 3) for _ in range(rng.randint(2, 9)))
    level = ServiceLevel("random", targets)
    return Story(start, minutes, level, zones, moments, rng)


def wrong_in_story(story: Story) -> Iterator[str]:
    """Lets things happen to the clock, and looks after each of them."""
    story.zone = story.zones[0]
    story.ran = bytearray()
    _happens(story, 0, opened=True)
    for moment in story.moments:
        for mark in _marks_before(story, moment):
            _goes_on(story, mark)
            yield from _look(story, mark)
        _goes_on(story, moment)
        for problem in (*_one_thing(story, moment), *_wrong_now(story, moment)):
            yield (
                f"{story.start} {story.zone} {story.level} {story.moments} at {moment}: {problem}"
            )


def _goes_on(story: Story, moment: int) -> None:
    story.ran.extend([story.status is Status.OPEN] * (moment - len(story.ran)))


def _marks_before(story: Story, moment: int) -> list[int]:
    """In half of the cases it is looked at the clock at the very minute of its events."""
    if story.rng.random() < 0.5:
        return []
    return sorted(
        each for each in _marks(story) if each is not None and len(story.ran) < each < moment
    )


def _one_thing(story: Story, moment: int) -> list[str]:
    _, due = _marks(story)
    what = story.rng.choice(("wait", "go on", "priority", "zone", "look", "look"))
    if what == "look":
        return _look(story, moment)
    is_running = story.status is Status.OPEN
    if what == "wait":
        story.status = Status.WAITING
        if is_running and story.breach is None and due is not None and due < moment:
            story.breach = due
    elif what == "go on":
        story.status = Status.OPEN
    elif what == "priority":
        story.priority = story.rng.choice(PRIORITIES)
    else:
        story.zone = story.rng.choice(story.zones)
    _happens(story, moment)
    warning, _ = _marks(story)
    if story.status is Status.OPEN and (warning is None or warning > moment):
        story.has_warned = False
    return []


def _happens(story: Story, moment: int, *, opened: bool = False) -> None:
    before = Status.OPEN
    if story.clocks and story.clocks[-1].is_paused:
        before = Status.WAITING
    change = Change(
        before,
        story.status,
        opened=opened,
        priority=story.priority,
        level=story.level.name,
        zone=story.zone,
    )
    now = story.start + moment * MINUTE
    story.clocks = follow(story.clocks, change, {story.level.name: story.level}, now)


def _look(story: Story, moment: int) -> list[str]:
    warning, due = _marks(story)
    clock, event = tick(_clock(story), story.level, story.start + moment * MINUTE)
    story.clocks = (*story.clocks[:-1], clock)
    expected = None
    if story.status is Status.OPEN and story.breach is None:
        if due is not None and due <= moment:
            expected, story.breach = "breach", due
        elif not story.has_warned and warning is not None and warning <= moment:
            expected, story.has_warned = "warning", True
    told = event.value if event else None
    return [] if told == expected else [f"{told} told at {moment}, by the wall {expected}"]


def _wrong_now(story: Story, moment: int) -> Iterator[str]:
    clock, now = _clock(story), story.start + moment * MINUTE
    expected = sum(_flags(story)[:moment]) * MINUTE
    if (got := counted(clock, story.level, now)) != expected:
        yield f"{got} counted, by the wall {expected}"
    warning, due = _marks(story)
    is_running = story.status is Status.OPEN
    if not _fits(story, clock.due_at, due, is_expected=is_running):
        yield f"due {clock.due_at}, by the wall {due}"
    breach = None if story.breach is None else story.start + story.breach * MINUTE
    if clock.breached_at != breach:
        yield f"breached {clock.breached_at}, by the wall {breach}"
    coming = next_event(clock, story.level)
    is_expected = is_running and story.breach is None
    mark = due if story.has_warned else warning
    if not _fits(story, coming and coming[0], mark, is_expected=is_expected):
        yield f"comes {coming}, by the wall {mark}"


def _fits(story: Story, found: datetime | None, minute: int | None, *, is_expected: bool) -> bool:
    if not is_expected or found is None:
        return found is None and not is_expected
    if minute is None:
        return found > story.start + story.minutes * MINUTE
    return found == story.start + minute * MINUTE


def _clock(story: Story) -> Clock:
    return next(each for each in story.clocks if each.kind is ClockKind.RESOLUTION)


def _marks(story: Story) -> tuple[int | None, int | None]:
    """When warning and breach are due if the clock runs on; None: later than the stepper goes."""
    minutes = story.level.targets[ClockKind.RESOLUTION, story.priority].amount.minutes
    flags = _flags(story)
    return reach(flags, minutes * 4 // 5), reach(flags, minutes)


def _flags(story: Story) -> bytes:
    """The minutes that count."""
    key = story.priority, story.zone
    if key not in story.walls:
        calendar = story.level.targets[ClockKind.RESOLUTION, story.priority].calendar
        zone = calendar.zone or story.zone
        other = next(
            (w for (p, z), w in story.walls.items() if p == story.priority and calendar.zone), None
        )
        story.walls[key] = other or Wall(replace(calendar, zone=zone), story.start, story.minutes)
    opened = story.walls[key].open
    return bytes(map(and_, opened, story.ran)) + opened[len(story.ran) :]
