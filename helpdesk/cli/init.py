"""The command that makes a first configuration."""

from pathlib import Path
from typing import Annotated

import typer

from helpdesk.cli.session import Config, Exit, Failure, Json, print_json, session

DESK = "support@example.test"
AGENT = "agent@example.test"


def init(  # noqa: PLR0913 -- one for each option
    context: typer.Context,
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where; here unless it is given.")
    ] = Path(),
    *,
    desk: Annotated[str, typer.Option(help="Address that becomes tickets.")] = DESK,
    agent: Annotated[str, typer.Option(help="Address of the first agent.")] = AGENT,
    new_keys: Annotated[
        bool,
        typer.Option("--new-keys", help="With -c: new keys for a database that lost its own."),
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make config.toml, the database and the keys in a folder; with -c, what a file names.

    \b
    Examples:
      helpdesk init /srv/helpdesk --desk support@example.com --agent ana@example.com
      helpdesk init -c /etc/helpdesk/config.toml
      helpdesk init --new-keys -c /etc/helpdesk/config.toml
    """
    import asyncio

    from helpdesk.app.prepare import SetupError, prepare, restrict_process, write_config
    from helpdesk.config import ConfigurationError, load
    from helpdesk.config.values import without_password

    current = session(context, config, as_json)
    if new_keys and current.config is None:
        raise Failure("--new-keys needs -c (see: helpdesk init --help)", code=Exit.USAGE)
    restrict_process()
    try:
        path = current.config or write_config(directory, desk=desk, agent=agent)
        settings = load(path)
        asyncio.run(prepare(settings, new_keys=new_keys))
    except ConfigurationError as error:
        raise Failure(*error.problems, code=Exit.CONFIGURATION) from None
    except SetupError as error:
        raise Failure(str(error), code=Exit.CONFIGURATION) from None
    if current.json:
        database = settings.store.file or without_password(settings.store.database)
        print_json({"config": str(path), "database": str(database)})
        return
    print(f"Made {path}, the database and the keys.")
    print()
    print("What to do next:")
    print(f"  1. Put your addresses into {path}, then: helpdesk config check -c {path}")
    print(f"  2. Start the daemon: helpdesk run -c {path}")
