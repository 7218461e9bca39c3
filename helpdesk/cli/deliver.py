"""The command that mail systems call for each mail; `helpdesk.__main__` runs it without typer."""

from pathlib import Path
from typing import Annotated

import typer

from helpdesk.cli.session import Config, Json, session


def deliver(  # noqa: PLR0913 -- each option is an argument
    context: typer.Context,
    recipients: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RECIPIENT",
            help="Who it is for; else ORIGINAL_RECIPIENT or RECIPIENT in the environment.",
        ),
    ] = None,
    *,
    reverse_path: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="REVERSE_PATH",
            help="Envelope sender; else SENDER in the environment, else the Return-Path field.",
        ),
    ] = None,
    socket: Annotated[
        Path | None,
        typer.Option("--socket", metavar="PATH", help="The daemon's LMTP socket; no settings."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="SECONDS", help="Try again later after so long; 120."),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Hand one mail from standard input to the daemon; for the pipes of mail systems.

    Exit status: 0 delivered, 65 this mail will never be taken, 75 try again later,
    78 not set up. If one recipient is refused, nobody gets it.

    \b
    Examples:
      helpdesk deliver --from ana@example.org support@example.com < mail.eml
      helpdesk deliver -c /etc/helpdesk/config.toml --from "$SENDER" "$RECIPIENT"
    """
    from helpdesk.app.deliver import PATIENCE, Options
    from helpdesk.app.deliver import deliver as hand_in

    options = session(context, config, as_json)
    return hand_in(
        Options(
            config=options.config,
            socket=None if socket is None else str(socket),
            reverse_path=reverse_path,
            recipients=tuple(recipients or ()),
            timeout=PATIENCE if timeout is None else timeout,
            json=options.json,
        )
    )
