"""Commands about tickets."""

import csv
import sys
from dataclasses import replace
from datetime import date
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.cli.session import (
    ON_SCREEN,
    UNLIMITED,
    Config,
    Exit,
    Failure,
    Json,
    Limit,
    Session,
    cell,
    group,
    one_line,
    print_json,
    session,
    shown,
)
from helpdesk.cli.ticket_page import print_ticket
from helpdesk.core.listing import Sort
from helpdesk.core.ticket import Status

if TYPE_CHECKING:
    from helpdesk.app.finding import Asked, Found
    from helpdesk.app.operate import Operations

app = group("Look at tickets, act on them, and delete them.")

Ticket = Annotated[str, typer.Argument(metavar="TICKET", help="Its number: TICK-1001 or 1001.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to this new file, not to the screen.")
]
View = Annotated[
    str, typer.Option(metavar="NAME", help="A list of the settings; other options narrow it.")
]
OfStatus = Annotated[Status | None, typer.Option(help="Only with this status.")]
OfDesk = Annotated[str | None, typer.Option(help="Only of this desk.")]
Since = Annotated[str | None, typer.Option(help="Only from this day on (2026-12-01), in UTC.")]
Until = Annotated[str | None, typer.Option(help="Only up to this day, which counts.")]
After = Annotated[
    str, typer.Option(metavar="PLACE", help="Go on behind the last ticket of a page before.")
]
_COLUMNS = {
    "ticket": "number",
    "status": "status",
    "priority": "priority",
    "category": "category",
    "assignee": "assignee",
    "target": "target_at",
    "updated": "updated_at",
    "requester": "requester",
    "subject": "subject",
}


@app.command(name="list")
def list_(  # noqa: PLR0913 -- one for each option
    context: typer.Context,
    *,
    view: View = "",
    status: OfStatus = None,
    desk: OfDesk = None,
    requester: Annotated[str | None, typer.Option(help="Only of this address.")] = None,
    assignee: Annotated[
        str | None, typer.Option(help="Only of this agent, by address or name; or `nobody`.")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Only with this tag.")] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only with a target that is missed by now.")
    ] = False,
    on_hold: Annotated[
        bool, typer.Option("--on-hold", help="Only what waits for a right to support.")
    ] = False,
    category: Annotated[str | None, typer.Option(help="Only in this category.")] = None,
    priority: Annotated[str | None, typer.Option(help="Only with this priority.")] = None,
    since: Since = None,
    until: Until = None,
    words: Annotated[
        str | None, typer.Option(help="Only with all these words in subject or messages.")
    ] = None,
    license_: Annotated[
        str | None,
        typer.Option(
            "--license",
            metavar="KEY",
            help="Only with this license key; - reads it from standard input, as the shell keeps "
            "what is typed here.",
        ),
    ] = None,
    sort: Annotated[
        Sort | None, typer.Option(help="The order; that of their entry unless given.")
    ] = None,
    ascending: Annotated[
        bool | None,
        typer.Option(
            "--ascending/--descending",
            help="Unless given: due first is first, otherwise the newest or highest.",
        ),
    ] = None,
    oldest_first: Annotated[
        bool, typer.Option("--oldest-first", help="As --sort entry --ascending.")
    ] = False,
    limit: Limit = None,
    after: After = "",
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print a table for spreadsheets (CSV), of all of them.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List tickets, the newest first.

    \b
    Examples:
      helpdesk tickets list --status open --oldest-first
      helpdesk tickets list --category billing --since 2026-12-01 --words "invoice 17"
      helpdesk tickets list --assignee nobody --sort due
      helpdesk tickets list --view late --desk support
      helpdesk tickets list --license - < key.txt
      helpdesk tickets list --status closed --csv > closed.csv
    """
    which: dict[str, Any] = {"status": status, "desk": desk, "requester": requester}
    which |= {"assignee": assignee, "tag": tag, "overdue": overdue or None}
    which |= {"on_hold": on_hold or None}
    which |= {"category": category, "priority": priority, "words": words}
    which |= {"since": _day(since, "--since"), "until": _day(until, "--until")}
    current = session(context, config, as_json)
    if as_csv and current.json:
        raise Failure("--csv and --json are two answers (ask for one of them)", code=Exit.USAGE)
    if oldest_first and (sort not in (None, Sort.ENTRY) or ascending is False):
        raise Failure("--oldest-first is an order of its own (leave --sort)", code=Exit.USAGE)
    which["license"] = None if license_ is None else _key(license_)
    from helpdesk.app.finding import Asked

    if oldest_first:
        sort, ascending = Sort.ENTRY, True
    asked = Asked(which, view, sort, ascending)
    if as_csv:
        _print_csv(current, asked, limit or UNLIMITED, after)
    elif current.json:
        _print_lines(current, asked, limit or UNLIMITED, after)
    else:
        _print_table(current, asked, limit or ON_SCREEN, after)


@app.command()
def search(  # noqa: PLR0913 -- one for each option
    context: typer.Context,
    words: Annotated[
        list[str], typer.Argument(metavar="WORDS", help='All of them; "in quotes" as they stand.')
    ],
    *,
    view: View = "",
    status: OfStatus = None,
    desk: OfDesk = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=UNLIMITED, help="At most so many tickets.")] = 10,
    after: After = "",
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Search subjects and all that was said, the newest tickets first, and show the places.

    \b
    Examples:
      helpdesk tickets search invoice 17
      helpdesk tickets search '"red lamp"' --status open
      helpdesk tickets search TICK-1001 --json
    """
    current = session(context, config, as_json)
    which: dict[str, Any] = {"words": " ".join(words), "status": status, "desk": desk}
    which |= {"since": _day(since, "--since"), "until": _day(until, "--until")}
    from helpdesk.app.finding import Asked

    asked = Asked(which, view)
    found = current.operate(
        lambda operations: operations.tickets(asked, limit, after, with_places=True)
    )
    if current.json:
        for each in found.tickets:
            print_json(each)
        return
    if not found.tickets:
        print("No tickets.")
    for each in found.tickets:
        _print_found(each)
    _print_more(found)


def _print_table(current: Session, asked: "Asked", limit: int, after: str) -> None:
    async def read(operations: "Operations") -> "Found":
        found = await operations.tickets(asked, limit, after)
        return replace(found, tickets=[operations.for_people(each) for each in found.tickets])

    found = current.operate(read)
    current.print_list(found.tickets, _COLUMNS, "No tickets.")
    _print_more(found)


def _print_more(found: "Found") -> None:
    if not found.is_last:
        print(f"There are more: add --after {found.tickets[-1]['place']}")


def _print_lines(current: Session, asked: "Asked", limit: int, after: str) -> None:
    async def read(operations: "Operations") -> None:
        async for each in operations.every_ticket(asked, limit, after):
            print_json(each)

    current.operate(read)


def _print_csv(current: Session, asked: "Asked", limit: int, after: str) -> None:
    from helpdesk.app.finding import cells, headings

    async def read(operations: "Operations") -> None:
        # Lines end as RFC 4180 wants it; text is UTF-8, whatever the terminal has.
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        table = csv.writer(sys.stdout, lineterminator="\r\n")
        table.writerow(headings())
        async for each in operations.every_ticket(asked, limit, after):
            table.writerow(cells(each))

    current.operate(read)


def _print_found(ticket: dict[str, Any]) -> None:
    from helpdesk.core.snippets import marked

    who = cell(ticket["requester"])
    print(f"{ticket['number']}  {one_line(ticket['subject'])}")
    print(f"    {ticket['status']}, {cell(ticket['created_at'])}, {one_line(who)}")
    for place in ticket["found"]:
        author = f" by {one_line(place['author'])}" if place["author"] else ""
        internal = " (internal)" if place["internal"] else ""
        print(f"    {place['kind']} {place['entry']}{author}{internal}, {cell(place['at'])}:")
        print(f"        {one_line(marked(place['text'], place['hits']), 400)}")


def _key(given: str) -> str:
    """The license key; it is not repeated anywhere."""
    if given == "-" and sys.stdin.isatty():
        given = getpass("License key: ")
    elif given == "-":
        given = sys.stdin.readline()
    if not given.strip():
        raise Failure("there is no license key (write it behind --license, or pipe it in)")
    return given.strip()


def _day(text: str | None, option: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text.strip())
    except ValueError:
        raise Failure(f"{option}: {text} is no day (write it like 2026-12-01)") from None


@app.command()
def show(
    context: typer.Context,
    ticket: Ticket,
    *,
    full: Annotated[
        bool, typer.Option("--full", help="With quoted history and signatures; JSON has them.")
    ] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask again about its licenses, however new.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show a ticket with its conversation.

    If what was said about a license is old by now, its provider is asked again.

    \b
    Examples:
      helpdesk tickets show TICK-1001
      helpdesk tickets show TICK-1001 --full
      helpdesk tickets show TICK-1001 --refresh
    """
    current = session(context, config, as_json)
    show_ticket(current, ticket, full=full, refresh=refresh)


@app.command()
def raw(
    context: typer.Context,
    ticket: Ticket,
    *,
    mail: Annotated[int, typer.Option(min=1, help="Which of its mails; the first is 1.")] = 1,
    output: Output = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Give out a mail of a ticket exactly as it came in.

    \b
    Examples:
      helpdesk tickets raw TICK-1001 -o mail.eml
      helpdesk tickets raw TICK-1001 --mail 2 | less
    """

    async def read(operations: "Operations") -> bytes:
        mails = await operations.mails(operations.number(ticket))
        if mail > len(mails):
            raise Failure(f"{ticket} has no mail {mail} (the last one is {len(mails)})")
        return await operations.raw(mails[mail - 1])

    current = session(context, config, as_json)
    _give(current, current.operate(read), output)


@app.command()
def attachment(  # noqa: PLR0913 -- the options of a command
    context: typer.Context,
    ticket: Ticket,
    number: Annotated[int, typer.Argument(min=1, help="Which one, as `tickets show` counts.")],
    *,
    output: Output = None,
    refused: Annotated[
        bool, typer.Option("--refused", help="Also one that was refused: it may be a program.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Give out an attached file.

    \b
    Examples:
      helpdesk tickets attachment TICK-1001 1 -o screenshot.png
      helpdesk tickets attachment TICK-1001 2 --refused -o setup.exe.kept
    """

    async def read(operations: "Operations") -> bytes:
        files = await operations.attachments(operations.number(ticket))
        if number > len(files):
            raise Failure(f"{ticket} has no file {number} (see: helpdesk tickets show {ticket})")
        file = files[number - 1]
        if file.refused and not refused:
            raise Failure(f"file {number} was refused: {file.refused} (to get it: --refused)")
        return await operations.content(file)

    current = session(context, config, as_json)
    _give(current, current.operate(read), output)


@app.command()
def delete(
    context: typer.Context,
    ticket: Ticket,
    *,
    reason: Annotated[str, typer.Option(help="Why; kept with the number, without names.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Delete a ticket for good: words, mails, files and people that nothing else names.

    Its number stays, and is not given again. Backups that were made before still have it.

    \b
    Examples:
      helpdesk tickets delete TICK-1001 --reason "asked to be forgotten"
      helpdesk tickets delete TICK-1001 --yes
    """
    current = session(context, config, as_json)
    if not yes and not _agreed(ticket):
        raise Failure("nothing was deleted (to delete without being asked: --yes)")
    done = current.operate(lambda operations: operations.delete(operations.number(ticket), reason))
    if current.json:
        print_json(done)
        return
    since = " before; this had come since" if done["again"] else ""
    print(f"{done['ticket']} is deleted{since}:")
    for what in ("entries", "mails", "notifications", "people", "files"):
        print(f"  {what}: {done[what]}")
    if done["merged"]:
        print(f"  with it the tickets that were merged into it: {', '.join(done['merged'])}")
    if done["unsent"]:
        print(f"  {done['unsent']} of the notifications had not been sent, and will not be.")
    if not done["wiped"]:
        print(
            "  Old bytes stay in the files of the database until it reuses them (docs/backup.md)."
        )


def show_ticket(
    current: Session, ticket: str, *, full: bool = False, refresh: bool = False
) -> None:
    async def read(operations: "Operations") -> dict[str, Any]:
        found = await operations.view(operations.number(ticket), refresh=refresh)
        return found if current.json else operations.for_people(found)

    found = current.operate(read)
    if current.json:
        print_json(found)
    else:
        print_ticket(found, full=full)


def _agreed(ticket: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return input(f"Delete {ticket} for good? Type its number again: ").strip() == ticket


def _give(current: Session, content: bytes, output: Path | None) -> None:
    if output is None:
        if sys.stdout.isatty():
            # The bytes are the sender's: a terminal would obey them.
            print(shown(content.decode("utf-8", "replace")))
        else:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        return
    try:
        with output.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise Failure(f"{output} is there already (choose another name)") from None
    current.say(
        f"Wrote {len(content)} octets to {output}.", {"file": str(output), "size": len(content)}
    )
