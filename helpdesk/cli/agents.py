"""Commands about agents."""

from typing import Annotated

import typer

from helpdesk.cli.session import Config, Json, group, session

app = group("See who answers, and add or remove them.")


@app.command(name="list")
def list_(context: typer.Context, *, config: Config = None, as_json: Json = False) -> None:
    """List the agents, from the settings and by command.

    \b
    Example:
      helpdesk agents list
    """
    current = session(context, config, as_json)
    found = current.operate(lambda operations: operations.agents())
    columns = {name: name for name in ("name", "addresses", "desks", "active", "source")}
    current.print_list(found, columns, "No agents.")


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name that customers see.")],
    addresses: Annotated[list[str], typer.Argument(help="The agent's addresses.")],
    *,
    desk: Annotated[list[str] | None, typer.Option(help="A desk; all unless given.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Add an agent; one who is there gets these addresses and desks.

    \b
    Example:
      helpdesk agents add "Ana Ruiz" ana@example.com --desk support
    """
    current = session(context, config, as_json)
    current.operate(lambda operations: operations.add_agent(name, addresses, desk or ()))
    current.say(f"{name} is an agent now.", {"added": addresses[0]})


@app.command()
def remove(
    context: typer.Context,
    agent: Annotated[str, typer.Argument(help="Any address of the agent, or the whole name.")],
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Remove an agent; what was written stays.

    \b
    Examples:
      helpdesk agents remove ana@example.com
      helpdesk agents remove "Ana Ruiz"
    """
    current = session(context, config, as_json)
    current.operate(lambda operations: operations.remove_agent(agent))
    current.say(f"{agent} is no agent any more.", {"removed": agent})
