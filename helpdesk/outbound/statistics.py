"""One page with the numbers of a period, for a browser: no script, and nothing from elsewhere.

Failures: a template that is missing is a jinja2 error, for it belongs to the program.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import jinja2

from helpdesk.core.service_level import ClockKind
from helpdesk.core.statistics import By, Counted, Figures, Report, Row, duration
from helpdesk.outbound.charts import Columns, columns

_UNITS = ((timedelta(days=1), "days"), (timedelta(hours=1), "hours"))
_MANY = 3
"""So many of a unit are worth an axis in it."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and the table with the same numbers."""

    id: str
    title: str
    about: str
    series: tuple[str, ...]
    picture: Columns
    first: str
    """Heading of the first column."""
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def page(found: Report, templates: Path) -> str:
    """HTML of all groupings."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    tables = [(each.value, found.groups[each]) for each in (By.AGENT, By.DESK, By.PRIORITY)]
    return environment.get_template("statistics.html").render(
        report=found,
        charts=charts(found),
        tables=tables,
        duration=duration,
        missed=missed,
    )


def charts(found: Report) -> list[Chart]:
    weeks = found.groups[By.WEEK]
    names = [_short(row.name) for row in weeks]
    hours = found.groups[By.HOUR]
    return [
        _counts(
            ("weeks", "Opened and resolved by week", "week of"),
            names,
            weeks,
            {"opened": _count(Counted.OPENED), "resolved": _count(Counted.RESOLVED)},
        ),
        _counts(
            ("open", "Open at the end of the week", "week of"),
            names,
            weeks,
            {"open": lambda figures: figures.open or 0},
        ),
        _responses(names, weeks),
        _counts(
            ("missed", "Missed targets by week", "week of"),
            names,
            weeks,
            {kind.words: _missed(kind) for kind in ClockKind},
        ),
        _counts(
            ("hours", f"Opened by hour of the day ({found.period.zone})", "hour"),
            [row.name for row in hours],
            hours,
            {"opened": _count(Counted.OPENED)},
        ),
    ]


def missed(figures: Figures) -> int:
    """Of all kinds of clocks."""
    return sum(figures.missed.values())


def _counts(
    named: tuple[str, str, str],
    labels: Sequence[str],
    rows: Sequence[Row],
    series: dict[str, Callable[[Figures], int]],
) -> Chart:
    name, title, first = named
    values = [[read(row.figures) for row in rows] for read in series.values()]
    written = [tuple(str(each[place]) for each in values) for place in range(len(rows))]
    return Chart(
        name,
        title,
        "; ".join(
            f"{word}: {sum(each)} in all, at most {max(each, default=0)}"
            if name != "open"
            else f"at most {max(each, default=0)}, {each[-1] if each else 0} at the end"
            for word, each in zip(series, values, strict=True)
        ),
        tuple(series),
        columns(labels, values),
        first,
        tuple(zip(labels, written, strict=True)),
    )


def _responses(names: Sequence[str], weeks: Sequence[Row]) -> Chart:
    times = [row.figures.first_response for row in weeks]
    pairs = [(each.median, each.ninetieth) for each in times]
    longest = max((long for _, long in pairs if long is not None), default=timedelta(0))
    unit, word = next(
        (each for each in _UNITS if longest >= _MANY * each[0]), (timedelta(minutes=1), "minutes")
    )
    values = [[(pair[which] or timedelta(0)) / unit for pair in pairs] for which in (0, 1)]
    rows = [tuple(duration(each) for each in pair) for pair in pairs]
    return Chart(
        "responses",
        f"First response by week, in {word}",
        "Half of the first answers took no longer than the median, nine of ten no longer than 90 %;"
        f" the longest of these is {duration(longest)}",
        ("median", "90 %"),
        columns(names, values),
        "week of",
        tuple(zip(names, rows, strict=True)),
    )


def _count(what: Counted) -> Callable[[Figures], int]:
    return lambda figures: figures.counts[what]


def _missed(kind: ClockKind) -> Callable[[Figures], int]:
    return lambda figures: figures.missed[kind]


def _short(monday: str) -> str:
    day = date.fromisoformat(monday)
    return f"{day:%b} {day.day}"
