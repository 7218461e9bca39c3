"""Clocks of a ticket: how much of a target has passed, when it is due, and whether it was kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from helpdesk.core.calendar import Calendar, add, elapsed, known_zone
from helpdesk.core.service_level import ClockKind, ServiceLevel, Target
from helpdesk.core.ticket import Status

Clocks = tuple["Clock", ...]
"""At most one of each kind."""
Span = tuple[datetime, datetime | None]

DONE = frozenset({Status.RESOLVED, Status.CLOSED})
RESPONSES = frozenset({ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE})
_NOTHING = timedelta(0)


class Event(StrEnum):
    WARNING = "warning"
    BREACH = "breach"


@dataclass(frozen=True, slots=True)
class Clock:
    """The running measure of one target. All times are UTC."""

    kind: ClockKind
    level: str
    """Name of the service level; empty: none holds, and the clock has no target."""
    priority: str
    zone: str
    """Of the requester, for calendars that have none of their own; UTC if nobody knows it."""
    started_at: datetime
    spans: tuple[Span, ...]
    """While it ran; the last one may have no end."""
    target: timedelta | None = None
    """Open time of the calendar."""
    due_at: datetime | None = None
    """None while it does not run, and without a target."""
    met_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    """When a breach was told, or came to light because the answer came after the due time."""
    raised: bool = False
    """The priority was raised for this breach."""
    breaches: int = 0
    """How many rounds before this one were breached."""

    @property
    def is_running(self) -> bool:
        return bool(self.spans) and self.spans[-1][1] is None

    @property
    def is_paused(self) -> bool:
        return self.met_at is None and not self.is_running

    def is_missed(self, now: datetime) -> bool:
        """Whether the target was missed in this round, told or not."""
        if self.breached_at is not None:
            return True
        return self.due_at is not None and now > self.due_at

    def all_breaches(self) -> int:
        return self.breaches + (self.breached_at is not None)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a ticket, and what holds for it after that."""

    before: Status
    after: Status
    opened: bool = False
    requester_wrote: bool = False
    agent_answered: bool = False
    """By a public answer."""
    priority: str = "normal"
    level: str = ""
    zone: str = ""


# --- one clock ------------------------------------------------------------------------------------


def start(kind: ClockKind, level: ServiceLevel | None, change: Change, now: datetime) -> Clock:
    name = level.name if level else change.level
    clock = Clock(kind, name, change.priority, change.zone, now, ((now, None),))
    return _reckoned(clock, level)


def pause(clock: Clock, now: datetime) -> Clock:
    """Stop counting. A due time that has passed is a breach, whoever was to tell it."""
    if not clock.is_running:
        return clock
    stopped = replace(_with_late_breach(clock, now), spans=_ended(clock.spans, now))
    return replace(stopped, due_at=None)


def resume(clock: Clock, level: ServiceLevel | None, now: datetime) -> Clock:
    """Count on; also what was met before, for a ticket that is reopened."""
    if clock.is_running:
        return clock
    spans = clock.spans
    # A pause of no length was none.
    if spans and spans[-1][1] is not None and spans[-1][1] >= now:
        spans = (*spans[:-1], (spans[-1][0], None))
    else:
        spans = (*spans, (now, None))
    return _reckoned(replace(clock, spans=spans, met_at=None), level)


def meet(clock: Clock, now: datetime) -> Clock:
    """What was promised is done; too late is a breach."""
    if clock.met_at is not None:
        return clock
    return replace(pause(clock, now), met_at=now)


def retarget(clock: Clock, level: ServiceLevel | None, change: Change, now: datetime) -> Clock:
    """Count all time so far anew for another level, priority or zone (or changed settings).

    A breach that was told stays told; a warning is given again if it is not due any more.
    """
    if clock.met_at is not None:
        return clock
    name = level.name if level else change.level
    moved = replace(clock, level=name, priority=change.priority, zone=change.zone)
    moved = _reckoned(moved, level)
    warning = _warning_at(moved, level)
    if moved.warned_at is not None and warning is not None and warning > now:
        moved = replace(moved, warned_at=None)
    return moved


def next_event(clock: Clock, level: ServiceLevel | None) -> tuple[datetime, Event] | None:
    """What has to be told next, and when; None: nothing unless something changes."""
    if clock.due_at is None or clock.breached_at is not None:
        return None
    warning = _warning_at(clock, level) if clock.warned_at is None else None
    if warning is not None and warning < clock.due_at:
        return warning, Event.WARNING
    return clock.due_at, Event.BREACH


def tick(clock: Clock, level: ServiceLevel | None, now: datetime) -> tuple[Clock, Event | None]:
    """The clock after what has to be told by now. Of a warning and a breach only the breach is."""
    coming = next_event(clock, level)
    if coming is None or clock.due_at is None or coming[0] > now:
        return clock, None
    if clock.due_at <= now:
        return replace(clock, breached_at=clock.due_at), Event.BREACH
    return replace(clock, warned_at=now), Event.WARNING


def counted(clock: Clock, level: ServiceLevel | None, now: datetime) -> timedelta:
    """Open time of the calendar so far; real time without a target."""
    target = target_of(clock, level)
    if target is None:
        return sum((until - begin for begin, until in _until(clock.spans, now)), _NOTHING)
    calendar = calendar_of(clock, target)
    spans = _until(clock.spans, now)
    return sum((elapsed(calendar, begin, until) for begin, until in spans), _NOTHING)


def remaining(clock: Clock, level: ServiceLevel | None, now: datetime) -> timedelta | None:
    """Open time that is left; negative: missed by so much; None: no target."""
    target = target_of(clock, level)
    return target.length - counted(clock, level, now) if target else None


def target_of(clock: Clock, level: ServiceLevel | None) -> Target | None:
    return level.target(clock.kind, clock.priority) if level else None


def calendar_of(clock: Clock, target: Target) -> Calendar:
    return target.calendar.in_zone(clock.zone if known_zone(clock.zone) else "UTC")


def reached_at(clock: Clock, level: ServiceLevel | None) -> datetime | None:
    """When the target was or will be used up, also of a clock that stands still by now."""
    target = target_of(clock, level)
    if target is None:
        return None
    return _reached(clock.spans, calendar_of(clock, target), target.length)


def _reckoned(clock: Clock, level: ServiceLevel | None) -> Clock:
    """Target and due time from all the spans."""
    target = target_of(clock, level)
    due_at = reached_at(clock, level) if clock.is_running else None
    return replace(clock, target=target.length if target else None, due_at=due_at)


def _warning_at(clock: Clock, level: ServiceLevel | None) -> datetime | None:
    target = target_of(clock, level)
    if level is None or target is None or not level.warn_at or not clock.is_running:
        return None
    return _reached(clock.spans, calendar_of(clock, target), target.length * level.warn_at / 100)


def _reached(spans: Iterable[Span], calendar: Calendar, amount: timedelta) -> datetime | None:
    """When that much had been counted, or will have been; None: never, for nothing counts."""
    for begin, until in spans:
        if until is None:
            return add(calendar, begin, amount)
        passed = elapsed(calendar, begin, until)
        if passed >= amount:
            return add(calendar, begin, amount)
        amount -= passed
    return None


def _with_late_breach(clock: Clock, now: datetime) -> Clock:
    if clock.breached_at is None and clock.is_missed(now):
        return replace(clock, breached_at=clock.due_at)
    return clock


def _ended(spans: tuple[Span, ...], now: datetime) -> tuple[Span, ...]:
    *before, (begin, _) = spans
    return (*before, (begin, now)) if now > begin else tuple(before)


def _until(spans: Iterable[Span], now: datetime) -> Iterator[tuple[datetime, datetime]]:
    for begin, until in spans:
        yield begin, now if until is None else until


# --- all clocks of a ticket -----------------------------------------------------------------------


def follow(
    clocks: Clocks, change: Change, levels: Mapping[str, ServiceLevel], now: datetime
) -> Clocks:
    """The clocks after a change. A level that `levels` does not have gives no targets."""
    level = levels.get(change.level)
    known = {each.kind: each for each in clocks}
    if change.opened:
        for kind in (ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION):
            known[kind] = start(kind, level, change, now)
    for kind, clock in known.items():
        known[kind] = _moved(clock, level, change, now)
    if change.requester_wrote and not change.opened and change.after not in DONE:
        known = _asked(known, level, change, now)
    return tuple(known[kind] for kind in ClockKind if kind in known)


def _moved(clock: Clock, level: ServiceLevel | None, change: Change, now: datetime) -> Clock:
    is_answered = change.agent_answered and clock.kind in RESPONSES
    if is_answered or change.after in DONE:
        return meet(clock, now)
    is_reopened = change.before in DONE and clock.kind is ClockKind.RESOLUTION
    if clock.met_at is not None and not is_reopened:
        return clock
    if change.after is Status.WAITING:
        clock = replace(pause(clock, now), met_at=None)
    else:
        clock = resume(clock, level, now)
    return retarget(clock, level, change, now)


def _asked(
    known: dict[ClockKind, Clock], level: ServiceLevel | None, change: Change, now: datetime
) -> dict[ClockKind, Clock]:
    """A new round of the next response, unless something of the requester's is unanswered."""
    first, before = known.get(ClockKind.FIRST_RESPONSE), known.get(ClockKind.NEXT_RESPONSE)
    if any(each is not None and each.met_at is None for each in (first, before)):
        return known
    clock = start(ClockKind.NEXT_RESPONSE, level, change, now)
    if change.after is Status.WAITING:
        clock = pause(clock, now)
    if before is not None:
        clock = replace(clock, breaches=before.all_breaches())
    return {**known, ClockKind.NEXT_RESPONSE: clock}


def raise_once(clocks: Clocks, now: datetime) -> tuple[Clocks, bool]:
    """Whether a message of the requester raises the priority, and the clocks that remember it.

    It does while a response is missed, once for each. Ask before `follow` is told the message.
    """
    missed = [
        each.kind in RESPONSES and each.met_at is None and not each.raised and each.is_missed(now)
        for each in clocks
    ]
    marked = tuple(
        replace(_with_late_breach(each, now), raised=True) if is_missed else each
        for each, is_missed in zip(clocks, missed, strict=True)
    )
    return marked, any(missed)


# --- values for JSON ------------------------------------------------------------------------------


def to_values(clocks: Iterable[Clock]) -> list[dict[str, Any]]:
    """The clocks as JSON can say them: times by ISO 8601, the target in seconds."""
    return [
        {
            "kind": each.kind.value,
            "level": each.level,
            "priority": each.priority,
            "zone": each.zone,
            "started_at": _text(each.started_at),
            "spans": [[_text(begin), _text(until)] for begin, until in each.spans],
            "target": each.target.total_seconds() if each.target is not None else None,
            "due_at": _text(each.due_at),
            "met_at": _text(each.met_at),
            "warned_at": _text(each.warned_at),
            "breached_at": _text(each.breached_at),
            "raised": each.raised,
            "breaches": each.breaches,
        }
        for each in clocks
    ]


def from_values(values: Sequence[Mapping[str, Any]]) -> Clocks:
    """What `to_values` made. Raises KeyError or ValueError for anything else."""
    return tuple(
        Clock(
            kind=ClockKind(each["kind"]),
            level=each["level"],
            priority=each["priority"],
            zone=each["zone"],
            started_at=datetime.fromisoformat(each["started_at"]),
            spans=tuple(
                (datetime.fromisoformat(begin), _moment(until)) for begin, until in each["spans"]
            ),
            target=None if each["target"] is None else timedelta(seconds=each["target"]),
            due_at=_moment(each["due_at"]),
            met_at=_moment(each["met_at"]),
            warned_at=_moment(each["warned_at"]),
            breached_at=_moment(each["breached_at"]),
            raised=each["raised"],
            breaches=each["breaches"],
        )
        for each in values
    )


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment is not None else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
