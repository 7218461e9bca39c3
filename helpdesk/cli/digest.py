"""Commands about what agents get by the clock."""

from typing import Annotated

import typer

from helpdesk.cli.session import Config, Json, group, session

app = group("See what waits for an agent.")


@app.command()
def show(
    context: typer.Context,
    *,
    agent: Annotated[str, typer.Option(metavar="ADDRESS", help="Any address of the agent.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """List what a digest of all desks of an agent would tell now; nothing is sent.

    \b
    Example:
      helpdesk digest show --agent ana@example.com
    """
    current = session(context, config, as_json)
    from helpdesk.app.digest import digest_of

    found, more = current.operate(
        lambda operations: digest_of(operations.engine, operations.settings, agent)
    )
    names = ("ticket", "status", "priority", "yours", "overdue", "target_at", "customer", "subject")
    columns = {name.removesuffix("_at"): name for name in names}
    current.print_list(found, columns, "Nothing waits.")
    if more and not current.json:
        print(f"... and {more} more")
