"""The command that imports archives."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from helpdesk.cli.session import (
    Config,
    Exit,
    Failure,
    Json,
    Session,
    one_line,
    print_json,
    session,
)
from helpdesk.cli.session import time as time_text

if TYPE_CHECKING:
    from helpdesk.app.importing import Progress, Wish

STATUSES = ("closed", "resolved", "open", "waiting", "auto")
EVERY = 5.0
"""Seconds between two lines where nobody sees a bar."""
INTERRUPTED = 130


def import_(  # noqa: PLR0913 -- an argument is an option here
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="mbox or .eml files, Maildirs, folders of .eml."),
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come of it; nothing is changed.")
    ] = False,
    status: Annotated[
        str, typer.Option(help=f"Of tickets that are opened: {', '.join(STATUSES)}.")
    ] = "",
    desk: Annotated[
        str, typer.Option(metavar="NAME", help="For mail that names no desk; else the first one.")
    ] = "",
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Folders in folders, too, and .mbox in them.")
    ] = False,
    notify: Annotated[
        bool, typer.Option("--notify", help="Write mail, as if it had just come; tickets are open.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Forget that it was imported; duplicates are told.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Make tickets of the mail in an archive, with its own dates; no mail is sent.

    Ctrl-C ends it, and the same command goes on where it ended.

    \b
    Examples:
      helpdesk import --dry-run support.mbox
      helpdesk import support.mbox ~/Maildir --recursive
      helpdesk import exported/ --status auto --desk sales
    """
    current = session(context, config, as_json)
    chosen = status or ("open" if notify else "closed")
    if chosen not in STATUSES:
        raise Failure(
            f"there is no status {chosen} here (one of: {', '.join(STATUSES)})", code=Exit.USAGE
        )
    if notify and chosen != "open":
        raise Failure("what is notified of is open (leave out --status)", code=Exit.USAGE)
    settings = current.settings()
    from helpdesk.app.importing import Wish
    from helpdesk.core.decide_import import Outcome

    wish = Wish(tuple(paths), recursive, dry_run, again, Outcome(chosen), desk, notify)
    found = _run(settings, wish)
    if current.json:
        print_json(found)
    else:
        _print_report(found)
    return _status(found, wish, current)


def _run(settings: Any, wish: "Wish") -> dict[str, Any]:
    import asyncio

    from helpdesk.app.importing import Stopped, import_mail
    from helpdesk.app.prepare import SetupError
    from helpdesk.config import ConfigurationError

    async def run() -> dict[str, Any]:
        stop = asyncio.Event()
        with _shown() as progress, _ending(stop):
            return await import_mail(settings, wish, progress, stop)

    try:
        return asyncio.run(run())
    except ConfigurationError as error:
        raise Failure(*error.problems, code=Exit.CONFIGURATION) from None
    except SetupError as error:
        raise Failure(str(error), code=Exit.CONFIGURATION) from None
    except Stopped as error:
        raise Failure(str(error)) from None


@contextmanager
def _ending(stop: Any) -> Iterator[None]:
    """The first Ctrl-C lets the batch in hand end; the next one ends at once."""
    import asyncio
    import signal

    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def end() -> None:
        stop.set()
        for number in signals:
            loop.remove_signal_handler(number)

    for number in signals:
        loop.add_signal_handler(number, end)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _status(found: dict[str, Any], wish: "Wish", current: Session) -> int:
    if found["interrupted"]:
        if not current.json:
            print(
                f"Interrupted: {found['left']} mails are left. The same command goes on with them."
                if not wish.dry_run
                else "Interrupted: this is not the whole archive.",
                file=sys.stderr,
            )
        return INTERRUPTED
    return Exit.NEGATIVE if found["unreadable"] or not found["found"] else Exit.OK


# --- how far it is --------------------------------------------------------------------------------


@contextmanager
def _shown() -> Iterator["Progress"]:
    from helpdesk.app.importing import Progress

    if not sys.stderr.isatty():
        lines = _Lines()
        yield Progress(tell=lines.tell, fault=_print_fault)
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    with _Bar(console) as bar:
        yield Progress(tell=bar.tell, fault=bar.fault)


def _print_fault(path: str, problem: str) -> None:
    print(one_line(f"{path}: {problem}", 400), file=sys.stderr, flush=True)


class _Lines:
    """A line every few seconds, for logs."""

    def __init__(self) -> None:
        self._due = time.monotonic() + EVERY
        self._rate = _Rate()

    def tell(self, progress: "Progress") -> None:
        now = time.monotonic()
        if progress.stage != "reading":  # which takes its own time
            self._rate.note(progress.done, now)
        if now < self._due:
            return
        self._due = now + EVERY
        print(_line(progress, self._rate), file=sys.stderr, flush=True)


def _line(progress: "Progress", rate: "_Rate") -> str:
    if progress.stage == "reading":
        return f"reading the archive: {progress.found} mails, {_octets(progress.octets)}"
    left = (progress.total - progress.done) / rate.per_second if rate.per_second else 0
    return (
        f"imported {progress.done} of {progress.total} mails "
        f"({rate.per_second:.0f} a second, {_duration(left)} left)"
    )


class _Rate:
    """Mails a second, as of late."""

    def __init__(self) -> None:
        self.per_second = 0.0
        self._since: tuple[int, float] | None = None

    def note(self, done: int, now: float) -> None:
        if self._since is None or done < self._since[0]:
            self._since = (done, now)
            return
        mails, seconds = done - self._since[0], now - self._since[1]
        if mails and seconds >= 1:
            recent = mails / seconds
            self.per_second = recent if not self.per_second else (self.per_second + recent) / 2
            self._since = (done, now)


class _Bar:
    """A progress bar with rate and remaining time, on a terminal."""

    def __init__(self, console: Any) -> None:
        from rich import progress as parts

        self._bar = parts.Progress(
            parts.TextColumn("{task.description}"),
            parts.BarColumn(),
            parts.MofNCompleteColumn(),
            parts.TextColumn("{task.fields[rate]}"),
            parts.TimeRemainingColumn(),
            console=console,
        )
        self._task = self._bar.add_task("Reading the archive", total=None, rate="")
        self._rate = _Rate()
        self._stage = ""

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def tell(self, progress: "Progress") -> None:
        if progress.stage not in {self._stage, "reading"}:
            self._bar.reset(self._task, description="Importing", total=progress.total)
        self._stage = progress.stage
        if progress.stage == "reading":
            size = _octets(progress.octets)
            self._bar.update(self._task, completed=progress.found, rate=size)
            return
        self._rate.note(progress.done, time.monotonic())
        rate = f"{self._rate.per_second:.0f} mails/s" if self._rate.per_second else ""
        self._bar.update(self._task, completed=progress.done, rate=rate)

    def fault(self, path: str, problem: str) -> None:
        self._bar.console.print(one_line(f"{path}: {problem}", 400), markup=False)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:  # noqa: PLR2004 -- from here on minutes say more
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004 -- two hours


def _octets(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 1e5 else f"{number} octets"  # noqa: PLR2004 -- shown as 0.1 MB


# --- what came of it ------------------------------------------------------------------------------

_COUNTS = (
    ("found", "mails in the archive"),
    ("imported_before", "of them imported before"),
    ("imported", "imported now"),
    ("tickets", "tickets opened"),
    ("messages", "messages"),
    ("answers", "answers"),
    ("notes", "internal notes"),
    ("not_fully_shown", "mails that could not be shown fully"),
    ("unreadable", "files or mails passed over"),
    ("notifications", "mails written, to be sent"),
)
_ALWAYS = {"found", "imported", "tickets"}


def _print_report(found: dict[str, Any]) -> None:
    if found["dry_run"]:
        print("This was a dry run: nothing was changed.\n")
    for key, name in _COUNTS:
        if found[key] or key in _ALWAYS:
            is_wish = found["dry_run"] and key == "imported"
            print(f"{found[key]:>10}  {'would be imported' if is_wish else name}")
    for verdict, name in _VERDICTS.items():
        if found["verdicts"][verdict]:
            print(f"{found['verdicts'][verdict]:>10}  {name}")
    if found["imported"]:
        first, last = (time_text(found[key]) for key in ("first_at", "last_at"))
        largest = found["largest"]
        print(f"\nFrom {first} to {last}, {_octets(found['octets'])} in {found['seconds']} s.")
        print(one_line(f"The largest has {_octets(largest['octets'])}: {largest['where']}", 300))
    if found["like_agents"]:
        print("\nThese write from an address of yours, but are no agents; their mail counts as")
        print("customers' mail. Add them to the settings first if they are:")
        for each in found["like_agents"]:
            print(f"{each['mails']:>10}  {one_line(each['address'])}")


_VERDICTS = {
    "recorded": "automatic mail, recorded only",
    "duplicate": "duplicates of mail that is known",
    "quarantined": "set aside (see: helpdesk queue quarantine list)",
}
