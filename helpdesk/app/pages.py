"""What people read in place of names: the words of a desk, clocks as lines, calendars in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from helpdesk.config import Settings
from helpdesk.config.service_levels import CalendarSettings
from helpdesk.core.calendar import MINUTES_OF_A_DAY, Calendar, Hours
from helpdesk.core.clocks import Clock, from_values
from helpdesk.core.policy import Policy
from helpdesk.core.reckoning import Step, explain, explanation, left, spelled
from helpdesk.core.service_level import ClockKind, ServiceLevel, Target
from helpdesk.core.ticket import Status
from helpdesk.core.vocabulary import PRIORITIES

Json = dict[str, Any]
Levels = Mapping[str, ServiceLevel]
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def labelled(ticket: Json, policy: Policy) -> Json:
    """A ticket, or a line of a list, in the words that the agents of its desk read."""
    vocabulary = policy.desk(ticket["desk"]).vocabulary
    status = Status(ticket["status"])
    waits = ticket.get("held_at") and status not in (Status.RESOLVED, Status.CLOSED)
    return ticket | {
        "status": vocabulary.status_label(status, "en", to_agent=True) + ", on hold" * bool(waits),
        "priority": vocabulary.priority_label(ticket["priority"], "en"),
        "category": vocabulary.category_label(ticket["category"], "en"),
    }


# --- clocks ---------------------------------------------------------------------------------------


def clocks_of(ticket: Json) -> tuple[Clock, ...]:
    return from_values(ticket.get("clocks") or ())


def clocks_left(ticket: Json, levels: Levels, now: datetime) -> list[Json]:
    """The clocks that have a target: when it is due, and what is left of it."""
    found = []
    for clock in clocks_of(ticket):
        if said := left(clock, levels.get(clock.level), now):
            due_at = clock.due_at.isoformat() if clock.due_at else None
            found.append({"kind": clock.kind.words, "due_at": due_at, "left": said})
    return found


def clocks_explained(ticket: Json, levels: Levels, now: datetime) -> list[Json]:
    """All clocks with their arithmetic: `steps` for programs, `lines` for people."""
    return [
        values
        | {
            "left": left(clock, levels.get(clock.level), now),
            "steps": [_step(each) for each in explain(clock, levels.get(clock.level), now)],
            "lines": explanation(clock, levels.get(clock.level), now),
        }
        for values, clock in zip(ticket.get("clocks") or (), clocks_of(ticket), strict=True)
    ]


def _step(step: Step) -> Json:
    return {
        "start": step.start.isoformat(),
        "end": step.end.isoformat(),
        "why": step.why.value,
        "counted_seconds": step.counted.total_seconds(),
        "is_late": step.is_late,
        "is_ahead": step.is_ahead,
    }


# --- service levels -------------------------------------------------------------------------------


def level_values(level: ServiceLevel, policy: Policy, holidays: Mapping[str, str]) -> Json:
    """`holidays`: what of its days is off, in words, by the name of a calendar."""
    targets = [
        (kind, priority, target)
        for priority in reversed(PRIORITIES)
        for kind in ClockKind
        if (target := level.target(kind, priority)) is not None
    ]
    calendars = {target.calendar.name: target.calendar for _, _, target in targets}
    return {
        "name": level.name,
        "desks": [desk.name for desk in policy.desks if desk.service_level == level.name],
        "warn_at": level.warn_at,
        "targets": [
            {
                "clock": kind.value,
                "priority": priority,
                "amount": amount_words(target),
                "calendar": target.calendar.name,
                "open_minutes": target.length.total_seconds() / 60,
            }
            for kind, priority, target in targets
        ],
        "calendars": {
            name: calendar_words(each, holidays.get(name, "")) for name, each in calendars.items()
        },
    }


def amount_words(target: Target) -> str:
    """`4 h`, `1 h 30 min`, `3 working days of 9 h`."""
    days = target.amount.days
    if days and target.calendar.is_always_open:
        return f"{days} day{'s' * (days > 1)}"
    if days:
        length = spelled(target.calendar.length_of_day)
        return f"{days} working day{'s' * (days > 1)} of {length}"
    hours, minutes = divmod(target.amount.minutes, 60)
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{minutes} min"] if minutes else [])])


def calendar_words(calendar: Calendar, holidays: str = "") -> str:
    """`Mon–Thu 9:00–12:00 and 13:00–18:00, Fri 9:00–13:00; Europe/Berlin; without holidays`."""
    if calendar.is_always_open:
        return "around the clock"
    days = ", ".join(f"{name} {_spans(hours)}" for name, hours in _runs(calendar.hours) if hours)
    zone = calendar.zone or "the requester's time zone"
    return "; ".join([days, zone, *([f"without {holidays}"] if holidays else [])])


def _runs(week: Sequence[Hours]) -> Iterator[tuple[str, Hours]]:
    """Days in a row with the same hours."""
    first = 0
    for day in range(1, len(week) + 1):
        if day == len(week) or week[day] != week[first]:
            last = day - 1
            yield _DAYS[first] + (f"–{_DAYS[last]}" if last > first else ""), week[first]
            first = day


def _spans(hours: Iterable[tuple[int, int]]) -> str:
    return " and ".join(f"{_time(begin)}–{_time(end)}" for begin, end in hours)


def _time(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    return "24:00" if minutes == MINUTES_OF_A_DAY else f"{hour}:{minute:02}"


def levels_of(settings: Settings) -> list[Json]:
    """All service levels, those that desks have first."""
    policy = settings.policy()
    used = [desk.service_level for desk in policy.desks]
    off = {each.name: _days_off(each) for each in settings.calendars}
    levels = sorted(policy.service_levels.values(), key=lambda each: each.name not in used)
    return [level_values(each, policy, off) for each in levels]


def _days_off(calendar: CalendarSettings) -> str:
    days = len(calendar.days_off)
    more = f"{days} other day{'s' * (days != 1)}" if calendar.holidays else f"{days} days"
    named = f"holidays of {calendar.holidays}" if calendar.holidays else ""
    return " and ".join(part for part in (named, more if days else "") if part)


def with_ages(licenses: Iterable[Json], now: datetime) -> list[Json]:
    """How long ago a provider said what is shown of each."""
    return [
        each | {"age": age(now - datetime.fromisoformat(at)) if (at := each["asked_at"]) else ""}
        for each in licenses
    ]


def age(passed: timedelta) -> str:
    minutes = max(int(passed.total_seconds() // 60), 0)
    for size, unit in ((1440, "d"), (60, "h"), (1, "min")):
        if minutes >= 2 * size or (size == 1 and minutes):
            return f"{minutes // size} {unit}"
    return "less than a minute"
