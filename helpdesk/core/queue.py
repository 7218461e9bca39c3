"""What waits for an agent, and when agents are told of it: the lists that come by the clock."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from helpdesk.core.calendar import State
from helpdesk.core.policy import Desk, Policy
from helpdesk.core.service_level import ServiceLevel, Target
from helpdesk.core.statistics import monday_of
from helpdesk.core.ticket import Status, Ticket
from helpdesk.core.wall import Weekly, at

WORK_DAYS = 5
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)


def waits_for_an_agent(ticket: Ticket, now: datetime) -> bool:
    """Whether somebody of ours has to do something about it before anybody else does."""
    return (
        ticket.status in (Status.OPEN, Status.IN_PROGRESS)
        and ticket.merged_into is None
        and not ticket.right.is_quiet
        and (ticket.snoozed_until is None or ticket.snoozed_until <= now)
    )


# --- when -----------------------------------------------------------------------------------------


def digest_mark(desk: str) -> str:
    return f"digest of {desk}"


def report_mark(desk: str) -> str:
    return f"weekly report of {desk}"


def marks_of(policy: Policy) -> frozenset[str]:
    """All that has to be done once in a day or a week."""
    digests = (digest_mark(desk.name) for desk in policy.desks if desk.digest_at is not None)
    reports = (report_mark(desk.name) for desk in policy.desks if desk.report_at is not None)
    return frozenset([*digests, *reports])


def digests_due(
    policy: Policy, marks: Mapping[str, str], now: datetime
) -> Iterator[tuple[Desk, date]]:
    """Desks whose time of today has come, and today; that of an earlier day is over."""
    for desk in policy.desks:
        today = now.astimezone(ZoneInfo(desk.zone)).date()
        if desk.digest_at is None or not _is_open(marks.get(digest_mark(desk.name)), today, _DAY):
            continue
        if at(today, desk.digest_at, desk.zone) <= now and is_working_day(desk, policy, today):
            yield desk, today


def reports_due(
    policy: Policy, marks: Mapping[str, str], now: datetime
) -> Iterator[tuple[Desk, date]]:
    """Desks whose time of this week has come, and its Monday."""
    for desk in policy.desks:
        monday = monday_of(now.astimezone(ZoneInfo(desk.zone)).date())
        if desk.report_at is None or not _is_open(marks.get(report_mark(desk.name)), monday, _WEEK):
            continue
        if _report_at(desk.report_at, monday, desk.zone) <= now:
            yield desk, monday


def _is_open(done: str | None, day: date, length: timedelta) -> bool:
    """Whether it is still to be done. A clock that was put back by a little does nothing twice; one
    that was wrong by far must not stop it for years."""
    if not done:
        return False
    last = date.fromisoformat(done)
    return last < day or last > day + length


def first_marks(policy: Policy, marks: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Of what was never done: as if it was done last before now, for what was due before anybody
    wanted it is not sent."""
    found = {}
    for desk in policy.desks:
        today = now.astimezone(ZoneInfo(desk.zone)).date()
        monday, mark = monday_of(today), report_mark(desk.name)
        if desk.digest_at is not None and digest_mark(desk.name) not in marks:
            is_over = at(today, desk.digest_at, desk.zone) <= now
            found[digest_mark(desk.name)] = (today if is_over else today - _DAY).isoformat()
        if desk.report_at is not None and mark not in marks:
            is_over = _report_at(desk.report_at, monday, desk.zone) <= now
            found[mark] = (monday if is_over else monday - _WEEK).isoformat()
    return found


def _report_at(weekly: Weekly, monday: date, zone: str) -> datetime:
    return at(monday + weekly.weekday * _DAY, weekly.minute, zone)


def is_working_day(desk: Desk, policy: Policy, day: date) -> bool:
    """By the first calendar of its service level that is ever closed; Monday to Friday without a
    service level."""
    level = policy.service_levels.get(desk.service_level)
    if level is None or not level.targets:
        return day.weekday() < WORK_DAYS
    calendars = (target.calendar for target in _by_name(level))
    closing = next((each for each in calendars if not each.is_always_open), None)
    return closing is None or closing.state(day) is State.OPEN


def _by_name(level: ServiceLevel) -> Iterable[Target]:
    return (level.targets[key] for key in sorted(level.targets))
