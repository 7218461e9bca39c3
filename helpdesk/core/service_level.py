"""Service levels: within which time what is promised, by priority and on which calendar."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from helpdesk.core.calendar import Calendar, around_the_clock
from helpdesk.core.vocabulary import PRIORITIES

WARN_AT = 80
"""Percent of a target after which agents are warned."""
LONGEST_MINUTES = 366 * 24 * 60
LONGEST_DAYS = 366
AROUND_THE_CLOCK = "around-the-clock"
BUSINESS = "business"
"""Names of the two calendars that are always there."""

_AMOUNT = re.compile(
    r"(?:(\d{1,6})\s*d)?\s*(?:(\d{1,6})\s*h)?\s*(?:(\d{1,6})\s*m(?:in)?)?", re.ASCII
)


class ClockKind(StrEnum):
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Amount:
    """Minutes, or working days; how long those are is a matter of the calendar."""

    minutes: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        if (self.minutes > 0) == (self.days > 0) or min(self.minutes, self.days) < 0:
            raise ValueError("an amount has either minutes or working days")

    def __str__(self) -> str:
        if self.days:
            return f"{self.days}d"
        hours, minutes = divmod(self.minutes, 60)
        return " ".join([*([f"{hours}h"] if hours else []), *([f"{minutes}m"] if minutes else [])])


def parse_amount(text: str) -> Amount:
    """`30m`, `4h`, `1h 30m` or, in working days, `3d`. Raises ValueError with one line."""
    found = _AMOUNT.fullmatch(text.strip().casefold())
    if found is None or not any(found.groups()):
        raise ValueError("is no amount of time; write it like 30m, 4h, 1h 30m or 3d")
    days, hours, minutes = (int(each or 0) for each in found.groups())
    minutes += hours * 60
    if days and minutes:
        raise ValueError("mixes working days with hours; write only days, or only hours")
    if not days and not minutes:
        raise ValueError("is no time at all; remove it, or write it like 30m")
    if days > LONGEST_DAYS or minutes > LONGEST_MINUTES:
        raise ValueError("is more than a year; write less than 366d or 8784h")
    return Amount(minutes, days)


@dataclass(frozen=True, slots=True)
class Target:
    amount: Amount
    calendar: Calendar

    @property
    def length(self) -> timedelta:
        """Open time of the calendar."""
        if self.amount.days:
            return self.amount.days * self.calendar.length_of_day
        return timedelta(minutes=self.amount.minutes)


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """What is promised. There is no target for what is not in `targets`."""

    name: str
    targets: Mapping[tuple[ClockKind, str], Target] = field(hash=False)
    """By kind of clock and priority."""
    warn_at: int = WARN_AT
    """Percent of the target after which agents are warned; 0: never."""

    def target(self, kind: ClockKind, priority: str) -> Target | None:
        return self.targets.get((kind, priority))


# --- presets --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Preset:
    """Targets of the first and of every next response; none for the resolution."""

    amounts: Mapping[str, Amount] = field(hash=False)
    """By priority."""
    in_business_hours: frozenset[str] = frozenset()
    """The priorities whose targets count business hours; the others run around the clock."""


PRESETS: Mapping[str, Preset] = {
    "portal": Preset(
        {
            "critical": Amount(minutes=60),
            "high": Amount(minutes=4 * 60),
            "normal": Amount(minutes=24 * 60),
            "low": Amount(days=5),
        },
        frozenset({"high", "low"}),
    ),
    "standard": Preset(
        {
            "critical": Amount(minutes=60),
            "high": Amount(minutes=4 * 60),
            "normal": Amount(minutes=24 * 60),
            "low": Amount(minutes=48 * 60),
        }
    ),
    "working-days": Preset(
        {priority: Amount(days=3) for priority in PRIORITIES}, frozenset(PRIORITIES)
    ),
}


def business_hours() -> Calendar:
    """Monday to Friday, 9 to 18, in the zone of the requester."""
    return Calendar(BUSINESS, (((9 * 60, 18 * 60),),) * 5 + ((), ()))


def preset(name: str, business: Calendar | None = None) -> ServiceLevel:
    """One of PRESETS with these business hours. Raises KeyError."""
    found = PRESETS[name]
    always, hours = around_the_clock(AROUND_THE_CLOCK), business or business_hours()
    return ServiceLevel(
        name,
        {
            (kind, priority): Target(
                amount, hours if priority in found.in_business_hours else always
            )
            for kind in (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE)
            for priority, amount in found.amounts.items()
        },
    )
