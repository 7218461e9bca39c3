"""The command that says what the gateway makes of a mail."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from helpdesk.cli.session import (
    Config,
    Exit,
    Failure,
    Json,
    Session,
    log_apart,
    print_error,
    print_json,
    session,
)


def explain(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Mails, as received.")],
    *,
    config: Config = None,
    full: Annotated[
        bool, typer.Option("--full", help="Show quoted history and signatures, too.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Say what the gateway makes of mails, and why. Changes nothing.

    Needs no settings; those that are named say what keys and lists are your own.

    \b
    Examples:
      helpdesk explain mail.eml
      helpdesk explain --json inbox/*.eml | jq .kind
    """
    import asyncio

    from helpdesk.ports import Unavailable

    try:
        return asyncio.run(_explain(files, session(context, config, as_json), full=full))
    except Unavailable as error:
        raise Failure(f"{error} (see whether this machine has memory and processes left)") from None


async def _explain(files: list[Path], given: Session, *, full: bool) -> int:
    from helpdesk.app.reading import read_files
    from helpdesk.cli.explain_page import print_explained
    from helpdesk.config.settings import LoggingSettings
    from helpdesk.core.explain import automatic_policy
    from helpdesk.core.explain import explain as explain_mail

    found: AsyncIterator[Any]
    settings = given.given_settings()
    if settings is None:
        log_apart(LoggingSettings())
        found, explained = read_files(files), explain_mail
    else:
        policy = settings.policy()
        found = read_files(files, policy.key_patterns)
        explained = partial(
            explain_mail, prefix=policy.ticket_prefix, policy=automatic_policy(policy)
        )
    status = Exit.OK
    is_first = True
    async for path, mail in found:
        if isinstance(mail, OSError):
            print_error(f"{path}: {mail.strerror or mail} (name a file that can be read)")
            status = Exit.NEGATIVE
        elif given.json:
            print_json({"file": str(path), **explained(mail)})
        else:
            if not is_first:
                print()
            is_first = False
            print_explained(str(path), explained(mail), full=full)
    return status
