"""The arithmetic of a clock, span by span, as people can check it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from helpdesk.core.calendar import Calendar, State, around_the_clock, local, stretches
from helpdesk.core.clocks import Clock, calendar_of, counted, reached_at, remaining, target_of
from helpdesk.core.sentences import say
from helpdesk.core.service_level import Amount, ServiceLevel, Target

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NOTHING = timedelta(0)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_WIDTH = 46
"""Of a span between two days, in whole minutes, and what keeps it apart from its words."""


class Why(StrEnum):
    COUNTED = "counted"
    CLOSED = "closed"
    DAY_OFF = "day off"
    PAUSED = "paused"


_WHY = {State.OPEN: Why.COUNTED, State.CLOSED: Why.CLOSED, State.DAY_OFF: Why.DAY_OFF}


@dataclass(frozen=True, slots=True)
class Step:
    """A time that is all of one kind, in the zone of the calendar."""

    start: datetime
    end: datetime
    why: Why
    counted: timedelta = _NOTHING
    shift: timedelta = _NOTHING
    """By how much the clocks on the wall go forward in it; negative: back."""
    is_late: bool = False
    """The target had been used up before."""
    is_ahead: bool = False
    """It is still to come."""


def explain(clock: Clock, level: ServiceLevel | None, now: datetime) -> list[Step]:
    """All the time from the start to the end, to now, or to the due time if that is still to come.

    Without a target all time counts in which the clock ran.
    """
    calendar = _calendar(clock, level)
    due_at = reached_at(clock, level)
    cuts = sorted({each for each in (now, due_at) if each is not None})
    steps = []
    for start, end, why in _raw(clock, calendar, _end(clock, now)):
        for begin, until in _cut(start, end, cuts):
            step = _step(calendar, begin, until, why)
            late = due_at is not None and begin >= due_at
            steps.append(replace(step, is_late=late, is_ahead=begin >= now))
    return steps


def explanation(clock: Clock, level: ServiceLevel | None, now: datetime) -> list[str]:
    """`explain` as lines for a terminal."""
    rows: list[tuple[str, str]] = []
    total, is_late = _NOTHING, False
    for step in explain(clock, level, now):
        if step.is_late and not is_late:
            rows.append((f"due {_spoken(step.start)}", "the target is used up"))
        is_late = step.is_late
        total += step.counted
        rows.append((_span(step), _what(step, total)))
    width = max([_WIDTH, *(len(span) + 2 for span, _ in rows)])
    lines = [f"  {span:<{width}}{words}" for span, words in rows]
    return [_title(clock, level), *lines, _sum(clock, level, now)]


def left(clock: Clock, level: ServiceLevel | None, now: datetime) -> str:
    """`2 h 10 min left`, `missed by 1 d 3 h`, or how it ended; empty without a target.

    In open time of the calendar; a day is as long as its working day.
    """
    target, rest = target_of(clock, level), remaining(clock, level, now)
    if target is None or rest is None:
        return ""
    day = target.calendar.length_of_day
    if rest < _NOTHING:
        said = f"missed by {spelled(-rest, day)}"
    else:
        said = "met" if clock.met_at is not None else f"{spelled(rest, day)} left"
    return f"{said}, paused" if clock.is_paused else said


def spelled(length: timedelta, day: timedelta = _DAY) -> str:
    """The two largest units, rounded down: `1 d 3 h`, `2 h 10 min`, `less than a minute`."""
    days, rest = divmod(length, day)
    hours, rest = divmod(rest, _HOUR)
    parts = [(days, "d"), (hours, "h"), (rest // _MINUTE, "min")]
    first = next((place for place, (number, _) in enumerate(parts) if number), None)
    if first is None:
        return say("less than a minute")
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number)


def _calendar(clock: Clock, level: ServiceLevel | None) -> Calendar:
    target = target_of(clock, level)
    return calendar_of(clock, target or Target(Amount(minutes=1), around_the_clock()))


def _end(clock: Clock, now: datetime) -> datetime:
    if clock.met_at is not None:
        return clock.met_at
    return max(now, clock.due_at or now)


def _raw(
    clock: Clock, calendar: Calendar, end: datetime
) -> Iterator[tuple[datetime, datetime, Why]]:
    last = clock.started_at
    for begin, stop in clock.spans:
        if last < begin:
            yield last, begin, Why.PAUSED
        last = end if stop is None else stop
        for each in stretches(calendar, begin, last):
            yield each.start, each.end, _WHY[each.state]
    if last < end:
        yield last, end, Why.PAUSED


def _cut(
    start: datetime, end: datetime, cuts: Sequence[datetime]
) -> Iterator[tuple[datetime, datetime]]:
    for each in cuts:
        if start < each < end:
            yield start, each
            start = each
    yield start, end


def _step(calendar: Calendar, start: datetime, end: datetime, why: Why) -> Step:
    begin, until = local(calendar, start), local(calendar, end)
    shift = (until.utcoffset() or _NOTHING) - (begin.utcoffset() or _NOTHING)
    return Step(begin, until, why, end - start if why is Why.COUNTED else _NOTHING, shift)


# --- words ----------------------------------------------------------------------------------------


def _title(clock: Clock, level: ServiceLevel | None) -> str:
    about = f"{clock.kind.words.capitalize()}, priority {clock.priority}"
    target = target_of(clock, level)
    if level is None:
        return f"{about}: no target, for there is no service level {clock.level}".rstrip()
    if target is None:
        return f"{about}: no target in the service level {level.name}"
    calendar = calendar_of(clock, target)
    day = f", a day is {spelled(calendar.length_of_day)}" if target.amount.days else ""
    return (
        f"{about}, service level {level.name}: {target.amount} of the calendar {calendar.name}"
        f" ({calendar.zone}{day})"
    )


def _span(step: Step) -> str:
    begin, until = _spoken(step.start), _spoken(step.end, is_end=True)
    day = begin.rpartition(" ")[0]
    return f"{begin} – {until.removeprefix(day).lstrip()}"


def _spoken(moment: datetime, *, is_end: bool = False) -> str:
    """`Mon 2026-11-30 09:00`; the end of a day is 24:00."""
    time = f"{moment:%H:%M}" + (f":{moment:%S}" if moment.second else "")
    day = moment.date()
    if is_end and (moment.hour, moment.minute, moment.second) == (0, 0, 0):
        day, time = day - _DAY, "24:00"
    return f"{_DAYS[day.weekday()]} {day} {time}"


def _what(step: Step, total: timedelta) -> str:
    words = step.why.value
    if step.why is Why.COUNTED:
        words = f"+ {_exact(step.counted)} = {_exact(total)}"
    if step.shift:
        way = "forward" if step.shift > _NOTHING else "back"
        words += f", the clocks go {way} by {_exact(abs(step.shift))}"
    return words + (", to come" if step.is_ahead else "")


def _exact(length: timedelta) -> str:
    """Hours and minutes only, so that they can be added up."""
    hours, rest = divmod(length, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    seconds = round(rest.total_seconds())
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def _sum(clock: Clock, level: ServiceLevel | None, now: datetime) -> str:
    calendar = _calendar(clock, level)
    passed = counted(clock, level, clock.met_at or now)
    target = target_of(clock, level)
    of_target = f" of {_exact(target.length)}" if target else ""
    parts = [f"{_exact(passed)}{of_target} counted"]
    if said := left(clock, level, now):
        parts.append(said)
    if clock.due_at is not None:
        parts.append(f"due {_spoken(local(calendar, clock.due_at))}")
    if clock.breaches:
        parts.append(f"missed in {clock.breaches} rounds before")
    return "; ".join(parts)
