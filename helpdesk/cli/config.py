"""Commands about the settings."""

from typing import Annotated

import typer

from helpdesk.cli.session import Config, Exit, Failure, Json, group, print_json, session

app = group("Check and show the settings.")


@app.command()
def check(context: typer.Context, *, config: Config = None, as_json: Json = False) -> None:
    """Read the settings and the files they name; every mistake is one line.

    \b
    Example:
      helpdesk config check -c /etc/helpdesk/config.toml
    """
    current = session(context, config, as_json)
    settings = current.settings()
    from helpdesk.app.build import faults
    from helpdesk.app.prepare import lost_keys
    from helpdesk.config.checks import warnings

    if problems := [*faults(settings), *lost_keys(settings)]:
        raise Failure(*problems, code=Exit.CONFIGURATION)
    doubts = list(warnings(settings))
    if current.json:
        print_json({"config": str(settings.path), "problems": [], "warnings": doubts})
    else:
        for doubt in doubts:
            print(f"warning: {doubt}")
        print(f"{settings.path}: no mistakes found")


@app.command()
def show(
    context: typer.Context,
    *,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what differs from the defaults.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Print the settings as they hold, with the environment's; secrets are masked.

    \b
    Example:
      helpdesk config show --changed
    """
    current = session(context, config, as_json)
    settings = current.settings()
    from helpdesk.app import example

    values = example.changed(settings) if changed else example.plain(settings)
    if current.json:
        print_json(values)
    else:
        print(example.as_toml(values))


@app.command(name="example")
def example_(context: typer.Context, *, config: Config = None, as_json: Json = False) -> None:
    """Print a file with every setting, its meaning and its default.

    \b
    Example:
      helpdesk config example > config.toml
    """
    current = session(context, config, as_json)
    from helpdesk.app import example

    if current.json:
        print_json({"content": example.example()})
    else:
        print(example.example(), end="")
