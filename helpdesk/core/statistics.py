"""Numbers about tickets in a period: what was opened, answered and resolved, and how fast.

docs/statistics.md says what each number means.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from helpdesk.core.clocks import DONE
from helpdesk.core.reckoning import spelled
from helpdesk.core.service_level import ClockKind
from helpdesk.core.ticket import Status
from helpdesk.core.vocabulary import PRIORITIES

WEEKS = 12
"""How many a period has unless somebody wants another one."""
NOBODY = "nobody"
"""Stands for the agent of tickets that are not assigned."""
_WEEK = timedelta(weeks=1)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


class By(StrEnum):
    """What the numbers of one row have in common."""

    WEEK = "week"
    DESK = "desk"
    AGENT = "agent"
    PRIORITY = "priority"
    HOUR = "hour"


class Counted(StrEnum):
    OPENED = "opened"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, the last one included."""

    first: date
    last: date
    zone: str = "UTC"

    @property
    def begins_at(self) -> datetime:
        return _midnight(self.first, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.last + _DAY, self.zone)

    def weeks(self) -> Iterator[date]:
        """The Mondays of all weeks of which it has a day."""
        monday = monday_of(self.first)
        while monday <= self.last:
            yield monday
            monday += _WEEK


@dataclass(frozen=True, slots=True)
class Change:
    """A ticket got another status."""

    at: datetime
    before: Status
    after: Status


@dataclass(frozen=True, slots=True)
class Missed:
    """A target was missed, told or found when the answer came."""

    at: datetime
    """When it was due."""
    kind: ClockKind


@dataclass(frozen=True, slots=True)
class Life:
    """What happened to one ticket; its desk, agent and priority are those of today."""

    desk: str
    agent: str
    priority: str
    opened_at: datetime
    status: Status
    """Of today."""
    answered_at: datetime | None = None
    changes: tuple[Change, ...] = ()
    """In their order, from the beginning of the period until today."""
    missed: tuple[Missed, ...] = ()


@dataclass(frozen=True, slots=True)
class Times:
    """Calendar time; None: nothing was measured."""

    median: timedelta | None = None
    ninetieth: timedelta | None = None
    """Nine of ten took no longer."""


@dataclass(frozen=True, slots=True)
class Figures:
    counts: Mapping[Counted, int]
    missed: Mapping[ClockKind, int]
    first_response: Times
    resolution: Times
    open: int | None = None
    """At the end; None: that means nothing for these rows."""

    @property
    def is_empty(self) -> bool:
        return not (any(self.counts.values()) or any(self.missed.values()) or self.open)


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    period: Period
    desk: str
    """Empty: all desks."""
    total: Figures
    groups: Mapping[By, tuple[Row, ...]]

    @property
    def is_empty(self) -> bool:
        return self.total.is_empty


# --- days and times -----------------------------------------------------------------------------


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def last_weeks(today: date, zone: str, weeks: int = WEEKS) -> Period:
    """This week, which is not over, and those before it."""
    return Period(monday_of(today) - (weeks - 1) * _WEEK, today, zone)


def percentile(values: Sequence[timedelta], percent: int) -> timedelta | None:
    """By nearest rank: one of the values, never something between two of them."""
    if not values:
        return None
    rank = -(-percent * len(values) // 100)
    return sorted(values)[max(rank, 1) - 1]


def duration(length: timedelta | None) -> str:
    """As people read it: `3 h 20 min`, at most two units."""
    if length is None:
        return "-"
    rounded = timedelta(seconds=round(length.total_seconds()))
    if rounded < _MINUTE:
        return f"{rounded.seconds} s"
    return spelled(rounded)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


# --- counting -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Tally:
    counts: dict[Counted, int] = field(default_factory=lambda: dict.fromkeys(Counted, 0))
    missed: dict[ClockKind, int] = field(default_factory=lambda: dict.fromkeys(ClockKind, 0))
    first_responses: list[timedelta] = field(default_factory=list)
    resolutions: list[timedelta] = field(default_factory=list)
    open: int | None = None

    def add(self, happened: "_Happened") -> None:
        if isinstance(happened.what, ClockKind):
            self.missed[happened.what] += 1
            return
        self.counts[happened.what] += 1
        if happened.what is Counted.ANSWERED:
            self.first_responses.append(happened.age)
        elif happened.what is Counted.RESOLVED:
            self.resolutions.append(happened.age)

    def figures(self) -> Figures:
        first, last = self.first_responses, self.resolutions
        return Figures(self.counts, self.missed, _times(first), _times(last), self.open)


@dataclass(frozen=True, slots=True)
class _Happened:
    what: Counted | ClockKind
    at: datetime
    life: Life

    @property
    def age(self) -> timedelta:
        # A merged ticket may have its answer from one that is older than itself.
        return max(self.at - self.life.opened_at, timedelta(0))


class _Open:
    """How many of the tickets were neither resolved nor closed, at any moment of the period."""

    def __init__(self, lives: Iterable[Life]) -> None:
        self._began: list[datetime] = []
        self._ended: list[datetime] = []
        for life in lives:
            self._add(life)
        self._began.sort()
        self._ended.sort()

    def at(self, moment: datetime) -> int:
        return bisect_left(self._began, moment) - bisect_left(self._ended, moment)

    def _add(self, life: Life) -> None:
        first = life.changes[0].before if life.changes else life.status
        if first not in DONE:
            self._began.append(life.opened_at)
        for change in life.changes:
            if change.before not in DONE and change.after in DONE:
                self._ended.append(change.at)
            elif change.before in DONE and change.after not in DONE:
                self._began.append(change.at)


def report(
    lives: Sequence[Life],
    period: Period,
    now: datetime,
    *,
    desk: str = "",
    by: Iterable[By] = tuple(By),
) -> Report:
    """The numbers of a period, in total and by each of these groupings."""
    happened = [each for life in lives for each in _within(life, period)]
    end = min(period.ends_at, now)
    total = _Tally()
    for each in happened:
        total.add(each)
    total.open = _Open(lives).at(end)
    groups = {each: _grouped(each, lives, happened, period, now) for each in by}
    return Report(period, desk, total.figures(), groups)


def _within(life: Life, period: Period) -> Iterator[_Happened]:
    begin, end = period.begins_at, period.ends_at
    for what, at in _all(life):
        if begin <= at < end:
            yield _Happened(what, at, life)


def _all(life: Life) -> Iterator[tuple[Counted | ClockKind, datetime]]:
    yield Counted.OPENED, life.opened_at
    if life.answered_at is not None:
        yield Counted.ANSWERED, life.answered_at
    for change in life.changes:
        if change.before not in DONE and change.after in DONE:
            yield Counted.RESOLVED, change.at
        if change.before in DONE and change.after not in DONE:
            yield Counted.REOPENED, change.at
        if change.after is Status.CLOSED:
            yield Counted.CLOSED, change.at
    for missed in life.missed:
        yield missed.kind, missed.at


_NAMES: Mapping[By, Callable[[Life], str]] = {
    By.DESK: lambda life: life.desk,
    By.AGENT: lambda life: life.agent,
    By.PRIORITY: lambda life: life.priority,
}


def _grouped(
    by: By, lives: Sequence[Life], happened: Sequence[_Happened], period: Period, now: datetime
) -> tuple[Row, ...]:
    if by in _NAMES:
        tallies = _by_name(_NAMES[by], lives, happened, min(period.ends_at, now))
        ordered = sorted(tallies, key=_priority_first if by is By.PRIORITY else _nobody_last)
        rows = [Row(name, tallies[name].figures()) for name in ordered]
        return tuple(row for row in rows if not row.figures.is_empty)
    zone = ZoneInfo(period.zone)
    if by is By.HOUR:
        tallies = {f"{hour:02}": _Tally() for hour in range(24)}
        for each in happened:
            tallies[f"{each.at.astimezone(zone).hour:02}"].add(each)
    else:
        tallies = {monday.isoformat(): _Tally() for monday in period.weeks()}
        for each in happened:
            tallies[monday_of(each.at.astimezone(zone).date()).isoformat()].add(each)
        _count_open(tallies, lives, period, now)
    return tuple(Row(name, tally.figures()) for name, tally in tallies.items())


def _by_name(
    name_of: Callable[[Life], str],
    lives: Sequence[Life],
    happened: Iterable[_Happened],
    end: datetime,
) -> dict[str, _Tally]:
    tallies = {name: _Tally() for name in {name_of(life) for life in lives}}
    for each in happened:
        tallies[name_of(each.life)].add(each)
    for name, tally in tallies.items():
        tally.open = _Open(life for life in lives if name_of(life) == name).at(end)
    return tallies


def _count_open(
    tallies: Mapping[str, _Tally], lives: Sequence[Life], period: Period, now: datetime
) -> None:
    open_ones = _Open(lives)
    for name, tally in tallies.items():
        week_over = _midnight(date.fromisoformat(name) + _WEEK, period.zone)
        end = min(week_over, period.ends_at, now)
        tally.open = open_ones.at(end)


def _priority_first(name: str) -> tuple[int, str]:
    """The most urgent first."""
    return (-PRIORITIES.index(name) if name in PRIORITIES else 1, name)


def _nobody_last(name: str) -> tuple[bool, str]:
    return (name == NOBODY, name.casefold())


def _times(values: Sequence[timedelta]) -> Times:
    return Times(percentile(values, 50), percentile(values, 90))


# --- values for JSON ----------------------------------------------------------------------------


def to_values(found: Report, by: By) -> dict[str, object]:
    """One grouping of a report as JSON can say it; times in seconds."""
    period = found.period
    return {
        "since": period.first.isoformat(),
        "until": period.last.isoformat(),
        "zone": period.zone,
        "desk": found.desk or None,
        "by": by.value,
        "total": _values(found.total),
        "rows": [{by.value: row.name, **_values(row.figures)} for row in found.groups[by]],
    }


def _values(figures: Figures) -> dict[str, object]:
    return {
        **{what.value: count for what, count in figures.counts.items()},
        "open": figures.open,
        "first_response": _seconds(figures.first_response),
        "resolution": _seconds(figures.resolution),
        "missed": {kind.value: count for kind, count in figures.missed.items()},
    }


def _seconds(times: Times) -> dict[str, int | None]:
    found = {"median": times.median, "p90": times.ninetieth}
    return {
        name: None if length is None else round(length.total_seconds())
        for name, length in found.items()
    }
