"""Commands about desks."""

import typer

from helpdesk.cli.session import Config, Json, group, session

app = group("See which addresses are served.")


@app.command(name="list")
def list_(context: typer.Context, *, config: Config = None, as_json: Json = False) -> None:
    """List the desks; one that the settings no longer have is not active.

    \b
    Example:
      helpdesk desks list
    """
    current = session(context, config, as_json)
    found = current.operate(lambda operations: operations.desks())
    columns = {"name": "name", "address": "address", "shown as": "display_name", "active": "active"}
    current.print_list(found, columns, "No desks.")
