"""What happens to a ticket by itself when time passes, and when the next of it is due."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from helpdesk.core.clocks import Clock, next_event
from helpdesk.core.policy import Desk
from helpdesk.core.service_level import ServiceLevel
from helpdesk.core.ticket import Status, Ticket


class Timer(StrEnum):
    WARNING = "warning"
    BREACH = "breach"
    REMINDER = "reminder"
    CLOSE_AHEAD = "close_ahead"
    AUTO_CLOSE = "auto_close"
    AWAKE = "awake"
    RIGHT = "right"
    """Whether there is a right to support by now."""


@dataclass(frozen=True, slots=True)
class Timed:
    at: datetime
    timer: Timer
    clock: Clock | None = None


def timers(
    ticket: Ticket, desk: Desk, levels: Mapping[str, ServiceLevel], level: str
) -> tuple[Timed, ...]:
    """All that is still to come as things are now, the earliest first."""
    if ticket.merged_into is not None:
        return ()
    found = [*_of_clocks(ticket, levels.get(level)), *_of_status(ticket, desk)]
    if ticket.snoozed_until is not None:
        found.append(Timed(ticket.snoozed_until, Timer.AWAKE))
    found.extend(_of_right(ticket, desk))
    return tuple(sorted(found, key=lambda each: each.at))


def next_due(
    ticket: Ticket, desk: Desk, levels: Mapping[str, ServiceLevel], level: str
) -> datetime | None:
    return next((each.at for each in timers(ticket, desk, levels, level)), None)


def _of_right(ticket: Ticket, desk: Desk) -> Iterator[Timed]:
    right = ticket.right
    if right.held_at is not None and not desk.support.required:
        yield Timed(right.held_at, Timer.RIGHT)
    elif right.check_at is not None:
        yield Timed(right.check_at, Timer.RIGHT)


def _of_clocks(ticket: Ticket, level: ServiceLevel | None) -> Iterator[Timed]:
    for clock in ticket.clocks:
        found = next_event(clock, level) if level is not None else None
        if found is not None:
            yield Timed(found[0], Timer(found[1]), clock)


def _of_status(ticket: Ticket, desk: Desk) -> Iterator[Timed]:
    since = ticket.status_since
    if since is None:
        return
    if ticket.status is Status.WAITING and desk.remind_after and ticket.reminded_at is None:
        yield Timed(since + desk.remind_after, Timer.REMINDER)
    if ticket.status is Status.RESOLVED and desk.close_after:
        closes_at = since + desk.close_after
        if desk.close_notice and ticket.reminded_at is None:
            yield Timed(closes_at - desk.close_notice, Timer.CLOSE_AHEAD)
        yield Timed(closes_at, Timer.AUTO_CLOSE)
