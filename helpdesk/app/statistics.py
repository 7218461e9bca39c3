"""Numbers about tickets for whoever asks at the command line."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.clock import SystemClock
from helpdesk.app.templates import templates_folder
from helpdesk.config import Settings
from helpdesk.config.values import did_you_mean
from helpdesk.core.statistics import By, Period, Report, last_weeks, report
from helpdesk.outbound.statistics import page
from helpdesk.store.engine import StoreError
from helpdesk.store.reads import list_desks
from helpdesk.store.statistics import lives

LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know; a day that is None is the usual one."""

    since: date | None = None
    until: date | None = None
    desk: str = ""
    by: tuple[By, ...] = tuple(By)


async def statistics(engine: AsyncEngine, settings: Settings, asked: Asked) -> Report:
    """Raises StoreError for a desk that is none and for a period that cannot be."""
    if asked.desk:
        known = [each.name for each in await list_desks(engine)]
        if asked.desk not in known:
            raise StoreError(f"there is no desk {asked.desk}", did_you_mean(asked.desk, known))
    now = SystemClock().now()
    zone = zone_of(settings, asked.desk)
    period = period_of(asked, now.astimezone(ZoneInfo(zone)).date(), zone)
    found = await lives(engine, period, asked.desk)
    return report(found, period, now, desk=asked.desk, by=asked.by)


def zone_of(settings: Settings, desk: str) -> str:
    """That of the desk, or the one that all desks have; else UTC."""
    zones = {each.time_zone for each in settings.desks if desk in ("", each.name)}
    return zones.pop() if len(zones) == 1 else "UTC"


def period_of(asked: Asked, today: date, zone: str) -> Period:
    last = today if asked.until is None else min(asked.until, today)
    first = last_weeks(last, zone).first if asked.since is None else asked.since
    if first > last:
        raise StoreError(
            f"the period from {first} to {last} has no day", "--since before --until and today"
        )
    if last - first > LONGEST:
        raise StoreError(
            f"the period from {first} to {last} is too long", "ask for ten years at most"
        )
    return Period(first, last, zone)


def html(found: Report) -> str:
    return page(found, templates_folder("pages"))
