"""Commands about the people who write to us."""

import typer

from helpdesk.cli.session import Config, Json, Limit, Offset, group, session

app = group("See who wrote to us.")


@app.command(name="list")
def list_(
    context: typer.Context,
    *,
    limit: Limit = None,
    offset: Offset = 0,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List customers, the latest first.

    \b
    Example:
      helpdesk customers list --limit 10
    """
    current = session(context, config, as_json)
    found = current.operate(lambda operations: operations.customers(current.limit(limit), offset))
    columns = {name: name for name in ("address", "name", "tickets", "suppressed")}
    current.print_list(found, columns, "No customers.")
