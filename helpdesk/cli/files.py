"""What the commands about support rights share: holders, and lines that are read from a file."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.cli.session import Exit, Failure, Session, one_line, print_json

if TYPE_CHECKING:
    from helpdesk.app.operate import Operations
    from helpdesk.app.rights import Rights, Tell
    from helpdesk.core.rights import Holder

File = Annotated[Path, typer.Argument(metavar="FILE.csv", help="CSV in UTF-8, with a heading.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would come of it; nothing is changed.")
]
MaybeHolder = Annotated[
    str,
    typer.Argument(metavar="[HOLDER]", help="An address, @example.com, or an account; else all."),
]


def rights(operations: "Operations") -> "Rights":
    from helpdesk.app.rights import Rights

    return Rights(operations.engine, operations.settings)


def holder(text: str) -> "Holder":
    from helpdesk.core.rights import NotAHolder, holder_of

    try:
        return holder_of(text)
    except NotAHolder as error:
        raise Failure(f"{error.problem} ({error.next_step})") from None


def maybe_holder(text: str) -> "Holder | None":
    return holder(text) if text else None


@contextmanager
def telling() -> Iterator["Tell"]:
    """A bar on a terminal; elsewhere nothing, for it is a matter of seconds."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich import progress as parts
    from rich.console import Console

    columns = (
        parts.TextColumn("{task.description}"),
        parts.BarColumn(),
        parts.MofNCompleteColumn(),
        parts.TimeRemainingColumn(),
    )
    with parts.Progress(*columns, console=Console(stderr=True, highlight=False)) as bar:
        task = bar.add_task("Importing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def finish(current: Session, found: Mapping[str, Any], counts: Sequence[tuple[str, str]]) -> int:
    """The report of a file, each bad line with its number; the exit status."""
    if current.json:
        print_json(found)
    else:
        _print(found, counts)
    return Exit.NEGATIVE if found["bad"] else Exit.OK


def _print(found: Mapping[str, Any], counts: Sequence[tuple[str, str]]) -> None:
    if found["dry_run"]:
        print("This was a dry run: nothing was changed.\n")
    for key, name in (("lines", "lines in the file"), *counts):
        print(f"{found[key]:>10}  {name}")
    if found["bad"]:
        print(f"{len(found['bad']):>10}  bad lines, left out:")
    for each in found["bad"]:
        problem = one_line(f"line {each['line']}: {each['problem']}", 400)
        print(f"error: {problem}", file=sys.stderr)
