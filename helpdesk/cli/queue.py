"""Commands about mail that is on its way in or out, or was set aside."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from helpdesk.cli.session import (
    Config,
    Json,
    Limit,
    Offset,
    cell,
    group,
    print_json,
    session,
    shown,
)
from helpdesk.core.outgoing import OutboxState

app = group("Look after mail on its way in or out.")
intake = group("Mail that was accepted and waits.")
outbox = group("Mail to be sent.")
quarantine = group("Mail that was set aside.")
app.add_typer(intake, name="intake")
app.add_typer(outbox, name="outbox")
app.add_typer(quarantine, name="quarantine")


class IntakeState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    QUARANTINED = "quarantined"


EntryId = Annotated[int, typer.Argument(metavar="ID", min=1, help="Number of the entry.")]
_IN = {
    "id": "id",
    "received": "received_at",
    "reverse-path": "reverse_path",
    "recipients": "recipients",
    "size": "size",
    "attempts": "attempts",
}
_OUT = {name: name for name in ("id", "state", "notice", "recipient", "attempts", "ticket")}


@intake.command(name="list")
def list_intake(
    context: typer.Context,
    *,
    state: Annotated[
        list[IntakeState] | None, typer.Option(help="Only in this state; may be repeated.")
    ] = None,
    limit: Limit = None,
    offset: Offset = 0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List accepted mail and what became of it, the newest first.

    \b
    Examples:
      helpdesk queue intake list
      helpdesk queue intake list --state pending
    """
    current = session(context, config, as_json)
    found = current.operate(
        lambda operations: operations.queue("intake", current.limit(limit), offset, state or ())
    )
    columns = _IN | {"state": "state", "verdict": "verdict", "ticket": "ticket"}
    current.print_list(found, columns, "There is no such mail.")


@intake.command(name="show")
def show_intake(
    context: typer.Context, entry: EntryId, *, config: Config = None, as_json: Json = False
) -> None:
    """Show all about one accepted mail.

    \b
    Example:
      helpdesk queue intake show 17
    """
    _show(context, "intake", entry, config=config, as_json=as_json)


@intake.command(name="retry")
def retry_intake(
    context: typer.Context, entry: EntryId, *, config: Config = None, as_json: Json = False
) -> None:
    """Process a waiting mail at once.

    \b
    Example:
      helpdesk queue intake retry 17
    """
    current = session(context, config, as_json)
    current.operate(lambda operations: operations.retry("intake", entry))
    current.say(f"Mail {entry} is processed now.", {"retried": entry})


@quarantine.command(name="list")
def list_quarantine(
    context: typer.Context,
    *,
    limit: Limit = None,
    offset: Offset = 0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List mail that was set aside, the newest first.

    \b
    Example:
      helpdesk queue quarantine list
    """
    current = session(context, config, as_json)
    found = current.operate(
        lambda operations: operations.queue("quarantine", current.limit(limit), offset)
    )
    current.print_list(found, _IN | {"reason": "reason"}, "Nothing is in quarantine.")


@quarantine.command(name="show")
def show_quarantine(
    context: typer.Context, entry: EntryId, *, config: Config = None, as_json: Json = False
) -> None:
    """Show all about a mail that was set aside, with the error.

    \b
    Example:
      helpdesk queue quarantine show 17
    """
    _show(context, "quarantine", entry, config=config, as_json=as_json)


@quarantine.command(name="release")
def release_quarantine(
    context: typer.Context, entry: EntryId, *, config: Config = None, as_json: Json = False
) -> None:
    """Let a mail out of quarantine; it is processed again.

    \b
    Example:
      helpdesk queue quarantine release 17
    """
    current = session(context, config, as_json)
    current.operate(lambda operations: operations.free(entry))
    current.say(f"Mail {entry} is processed again.", {"released": entry})


@outbox.command(name="list")
def list_outbox(
    context: typer.Context,
    *,
    state: Annotated[
        list[OutboxState] | None, typer.Option(help="Only in this state; may be repeated.")
    ] = None,
    limit: Limit = None,
    offset: Offset = 0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List outgoing mail, the newest first.

    \b
    Examples:
      helpdesk queue outbox list
      helpdesk queue outbox list --state deferred --state held --state failed
    """
    current = session(context, config, as_json)
    found = current.operate(
        lambda operations: operations.queue("outbox", current.limit(limit), offset, state or ())
    )
    columns = _OUT | {"due": "due_at", "detail": "last_detail"}
    current.print_list(found, columns, "There is no such mail.")


@outbox.command(name="show")
def show_outbox(
    context: typer.Context, entry: EntryId, *, config: Config = None, as_json: Json = False
) -> None:
    """Show all about one outgoing mail.

    \b
    Example:
      helpdesk queue outbox show 42
    """
    _show(context, "outbox", entry, config=config, as_json=as_json)


@outbox.command(name="retry")
def retry_outbox(
    context: typer.Context, entry: EntryId, *, config: Config = None, as_json: Json = False
) -> None:
    """Send a mail now: one that waits, failed or is held.

    \b
    Example:
      helpdesk queue outbox retry 42
    """
    current = session(context, config, as_json)
    current.operate(lambda operations: operations.retry("outbox", entry))
    current.say(f"Mail {entry} is sent now.", {"retried": entry})


@outbox.command(name="release")
def release_outbox(context: typer.Context, *, config: Config = None, as_json: Json = False) -> None:
    """Send all mail that is held, once its cause is mended.

    \b
    Example:
      helpdesk queue outbox release
    """
    current = session(context, config, as_json)
    count = current.operate(lambda operations: operations.release_held())
    current.say(f"{count} mails are sent now.", {"released": count})


def _show(
    context: typer.Context, queue: str, entry: int, *, config: Path | None, as_json: bool
) -> None:
    current = session(context, config, as_json)
    found = current.operate(lambda operations: operations.queue_entry(queue, entry))
    if current.json:
        print_json(found)
        return
    for key, value in found.items():
        if value not in (None, "", []):
            print(f"{key + ':':<15} {shown(cell(value))}")
