"""The command that counts: what was opened and resolved, and how fast."""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from helpdesk.cli.session import Config, Exit, Failure, Json, print_json, print_rows, session
from helpdesk.core.statistics import By, Figures, Report, duration, to_values


def stats(  # noqa: PLR0913 -- one for each option
    context: typer.Context,
    *,
    since: Annotated[str | None, typer.Option(help="From this day on (2026-12-01).")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this day, which counts.")] = None,
    by: Annotated[By, typer.Option(help="What the rows stand for.")] = By.WEEK,
    desk: Annotated[str, typer.Option(help="Only of this desk, in its time zone.")] = "",
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", help="Write a page with charts; - is standard output."
        ),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Count what was opened, answered and resolved, and how long it took; the last 12 weeks.

    \b
    Examples:
      helpdesk stats
      helpdesk stats --by agent --since 2026-11-01 --until 2026-11-30
      helpdesk stats --desk support --html support.html
    """
    current = session(context, config, as_json)
    if html is not None and current.json:
        raise Failure("--html and --json are two answers (ask for one of them)", code=Exit.USAGE)
    days = _day(since, "--since"), _day(until, "--until")
    from helpdesk.app import statistics as app

    asked = app.Asked(*days, desk, tuple(By) if html is not None else (by,))
    found = current.operate(
        lambda operations: app.statistics(operations.engine, operations.settings, asked)
    )
    if html is not None:
        _write(app.html(found), html)
    elif current.json:
        print_json(to_values(found, by))
    else:
        _print(found, by)


def _write(page: str, path: Path) -> None:
    if str(path) == "-":
        sys.stdout.write(page)
        return
    path.write_text(page, encoding="utf-8")
    print(f"Written to {path}.")


def _print(found: Report, by: By) -> None:
    period = found.period
    of = f"desk {found.desk}" if found.desk else "all desks"
    print(f"{period.first} to {period.last}, {period.zone}; {of}")
    if found.is_empty:
        print("There were no tickets in this period.")
        return
    rows = [_row(row.name, row.figures) for row in found.groups[by]]
    headings = ["opened", "answered", "resolved", "closed", "reopened", "open"]
    headings += ["response", "90 %", "resolution", "90 %", "missed"]
    print_rows([by.value, *headings], [*rows, _row("total", found.total)], "")


def _row(name: str, figures: Figures) -> Sequence[object]:
    missed = [f"{count} {kind.words}" for kind, count in figures.missed.items() if count]
    times = [figures.first_response, figures.resolution]
    return [
        name,
        *figures.counts.values(),
        "-" if figures.open is None else figures.open,
        *(duration(each) for pair in times for each in (pair.median, pair.ninetieth)),
        ", ".join(missed) or "-",
    ]


def _day(text: str | None, option: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text.strip())
    except ValueError:
        raise Failure(f"{option}: {text} is no day (write it like 2026-12-01)") from None
