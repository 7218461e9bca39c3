"""Commands about tickets."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.cli.session import (
    Config,
    Failure,
    Json,
    Limit,
    Offset,
    Session,
    group,
    print_json,
    session,
    shown,
)
from helpdesk.cli.ticket_page import print_ticket
from helpdesk.core.ticket import Status

if TYPE_CHECKING:
    from helpdesk.app.operate import Operations

app = group("Look at tickets, act on them, and delete them.")

Ticket = Annotated[str, typer.Argument(metavar="TICKET", help="Its number: TICK-1001 or 1001.")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to this new file, not to the screen.")
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
    status: Annotated[Status | None, typer.Option(help="Only with this status.")] = None,
    desk: Annotated[str | None, typer.Option(help="Only of this desk.")] = None,
    requester: Annotated[str | None, typer.Option(help="Only of this address.")] = None,
    assignee: Annotated[
        str | None, typer.Option(help="Only of this agent, by address or name; or `nobody`.")
    ] = None,
    tag: Annotated[str | None, typer.Option(help="Only with this tag.")] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only with a target that is missed by now.")
    ] = False,
    category: Annotated[str | None, typer.Option(help="Only in this category.")] = None,
    priority: Annotated[str | None, typer.Option(help="Only with this priority.")] = None,
    since: Annotated[str | None, typer.Option(help="Only from this day on (2026-12-01).")] = None,
    until: Annotated[str | None, typer.Option(help="Only up to this day, which counts.")] = None,
    words: Annotated[
        str | None, typer.Option(help="Only with all these words in subject or messages.")
    ] = None,
    oldest_first: Annotated[
        bool, typer.Option("--oldest-first", help="In the order in which they came.")
    ] = False,
    limit: Limit = None,
    offset: Offset = 0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List tickets, the newest first.

    \b
    Examples:
      helpdesk tickets list --status open --oldest-first
      helpdesk tickets list --category billing --since 2026-12-01 --words "invoice 17"
      helpdesk tickets list --assignee nobody --overdue
      helpdesk tickets list --requester ana@example.com --json
    """
    which: dict[str, Any] = {"status": status, "desk": desk, "requester": requester}
    which |= {"assignee": assignee, "tag": tag, "overdue": overdue or None}
    which |= {"category": category, "priority": priority, "words": words}
    which |= {"since": _day(since, "--since"), "until": _day(until, "--until")}
    which["oldest_first"] = oldest_first or None
    current = session(context, config, as_json)

    async def read(operations: "Operations") -> list[dict[str, Any]]:
        found = await operations.tickets(which, current.limit(limit), offset)
        return [each if current.json else operations.for_people(each) for each in found]

    current.print_list(current.operate(read), _COLUMNS, "No tickets.")


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
def attachment(
    context: typer.Context,
    ticket: Ticket,
    number: Annotated[int, typer.Argument(min=1, help="Which one, as `tickets show` counts.")],
    *,
    output: Output = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Give out an attached file.

    \b
    Example:
      helpdesk tickets attachment TICK-1001 1 -o screenshot.png
    """

    async def read(operations: "Operations") -> bytes:
        files = await operations.attachments(operations.number(ticket))
        if number > len(files):
            raise Failure(f"{ticket} has no file {number} (see: helpdesk tickets show {ticket})")
        return await operations.content(files[number - 1])

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
