"""What all commands share: the options -c and --json, and how results and errors are printed."""

import json
import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from helpdesk.app.operate import Operations
    from helpdesk.config import Settings
    from helpdesk.config.settings import LoggingSettings

_Result = TypeVar("_Result")


class Exit(IntEnum):
    OK = 0
    NEGATIVE = 1
    USAGE = 2
    SOFTWARE = 70
    TEMPORARY = 75
    CONFIGURATION = 78


class Failure(Exception):  # noqa: N818 -- it is an outcome, not a bug
    """Ends a command with one line for people: what is wrong, and in brackets what to do."""

    def __init__(self, *lines: str, code: Exit = Exit.NEGATIVE) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.code = code


Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="PATH", help="Settings; else HELPDESK_CONFIG."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON: an object, or one per line.")]


ON_SCREEN = 50
UNLIMITED = 2**31
Limit = Annotated[
    int | None,
    typer.Option(
        min=1, max=UNLIMITED, help=f"At most so many; {ON_SCREEN} unless given, with --json all."
    ),
]
Offset = Annotated[int, typer.Option(min=0, help="Leave out so many before them.")]


@dataclass(frozen=True, slots=True)
class Session:
    """The options of this run, wherever they stood."""

    config: Path | None
    json: bool

    def path(self) -> Path:
        from helpdesk.config import ConfigurationError, find

        try:
            return find(self.config)
        except ConfigurationError as error:
            raise Failure(*error.problems, code=Exit.CONFIGURATION) from None

    def given_settings(self) -> "Settings | None":
        """None if nobody named any, for what also works without."""
        return self.settings() if self.config or os.environ.get("HELPDESK_CONFIG") else None

    def settings(self) -> "Settings":
        from helpdesk.config import ConfigurationError, load

        path = self.path()
        try:
            settings = load(path)
        except ConfigurationError as error:
            raise Failure(*error.problems, code=Exit.CONFIGURATION) from None
        log_apart(settings.logging)
        return settings

    def operate(self, work: "Callable[[Operations], Awaitable[_Result]]") -> "_Result":
        """Do something with the database of these settings."""
        settings = self.settings()
        import asyncio

        from sqlalchemy.exc import DatabaseError

        from helpdesk.app.operate import StoreError, opened
        from helpdesk.app.prepare import SetupError
        from helpdesk.ports import Unavailable

        async def run() -> "_Result":
            async with opened(settings) as operations:
                return await work(operations)

        try:
            return asyncio.run(run())
        except SetupError as error:
            raise Failure(str(error), code=Exit.CONFIGURATION) from None
        except StoreError as error:
            raise Failure(f"{error.problem} ({error.next_step})") from None
        except Unavailable as error:
            raise Failure(f"{error} (try again in a moment)") from None
        except DatabaseError as error:
            if type(error) is not DatabaseError:  # a statement of ours is wrong
                raise
            raise Failure(
                f"the database is damaged: {error.orig} (see how: helpdesk check)"
            ) from None

    def say(self, text: str, values: Mapping[str, Any]) -> None:
        """What was done: a sentence for people, or these values."""
        if self.json:
            print_json(values)
        else:
            print(text)

    def limit(self, given: int | None) -> int:
        """People see a page; programs get everything."""
        return given or (UNLIMITED if self.json else ON_SCREEN)

    def print_list(
        self, values: Sequence[Mapping[str, Any]], columns: Mapping[str, str], empty: str
    ) -> None:
        """JSON, or a table with these headings and what stands under each."""
        if self.json:
            for value in values:
                print_json(value)
        else:
            # Where the heading says UTC, not every row has to.
            times = {key for key in columns.values() if key.endswith("_at")}
            headings = [f"{name} (utc)" if key in times else name for name, key in columns.items()]
            rows = [
                [
                    cell(value.get(key)).removesuffix(UTC if key in times else "")
                    for key in columns.values()
                ]
                for value in values
            ]
            print_rows(headings, rows, empty)


def cell(value: object) -> str:
    """A value as it stands in a table."""
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return str(value["name"] or value["address"])
    if isinstance(value, list):
        return ", ".join(map(cell, value))
    return time(str(value))


UTC = " UTC"
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?\+00:00")


def time(text: str) -> str:
    """ISO 8601 in UTC as people read it; any other text as it is."""
    return _TIME.sub(rf"\1 \2{UTC}", text) if _TIME.fullmatch(text) else text


def session(context: typer.Context, config: Path | None, as_json: bool) -> Session:  # noqa: FBT001 -- as typer gives it
    """The options so far: one that stands further behind wins."""
    root = context.find_root()
    before: Session = root.obj or Session(None, json=False)
    merged = Session(config or before.config, json=as_json or before.json)
    root.obj = merged
    return merged


def group(explained: str) -> typer.Typer:
    """Commands under one word; the options that all share may stand behind it, too."""
    commands = typer.Typer(help=explained, rich_markup_mode=None)

    @commands.callback(help=explained)
    def options(context: typer.Context, *, config: Config = None, as_json: Json = False) -> None:
        session(context, config, as_json)

    return commands


def print_json(value: Mapping[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A table as wide as its content, for people."""
    texts = [[one_line(str(cell)) for cell in row] for row in rows]
    if not texts:
        print(empty)
        return
    widths = [max(map(len, column)) for column in zip(columns, *texts, strict=True)]
    for row in [[name.upper() for name in columns], *texts]:
        print("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())


def one_line(text: str, longest: int = 80) -> str:
    """Text that a terminal can show: nothing that it would obey."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 4 * longest])
    shown = " ".join(shown.split())
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def shown(text: str) -> str:
    """Text of several lines with what a terminal would obey made visible."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def beginning(text: str, longest: int = 4_000) -> str:
    """As much of a text as people read, and how much is missing."""
    left_out = len(text) - longest
    if left_out <= 0:
        return text
    return f"{text[:longest]}…\n({left_out} more characters; --json prints all)"


def log_apart(settings: "LoggingSettings") -> None:
    """Standard output is for results: what is logged beside them goes to standard error, and less
    than errors only if somebody looks for a mistake of ours. Commands say what went wrong.
    """
    from helpdesk.app.logs import configure
    from helpdesk.config.settings import LogLevel

    level = LogLevel.DEBUG if is_debugging() else LogLevel.ERROR
    configure(settings.model_copy(update={"level": level}))


def is_debugging() -> bool:
    return os.environ.get("HELPDESK_DEBUG") == "1"


def print_error(*lines: str) -> None:
    for line in lines:
        print(f"error: {one_line(line, 400)}", file=sys.stderr)
