"""Commands about agents."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated

import typer

from helpdesk.cli.session import Config, Failure, Json, group, session

app = group("See who answers and who is away, and add or remove agents.")
Agent = Annotated[str, typer.Argument(help="Any address of the agent, or the whole name.")]


@app.command(name="list")
def list_(context: typer.Context, *, config: Config = None, as_json: Json = False) -> None:
    """List the agents, from the settings and by command.

    \b
    Example:
      helpdesk agents list
    """
    current = session(context, config, as_json)
    found = current.operate(lambda operations: operations.agents())
    if not current.json:
        found = [each | {"away": _spans(each.get("away") or ())} for each in found]
    columns = ("name", "addresses", "desks", "teams", "away", "language", "active", "source")
    current.print_list(found, {name: name for name in columns}, "No agents.")


@app.command()
def add(  # noqa: PLR0913 -- one for each option
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name that customers see.")],
    addresses: Annotated[list[str], typer.Argument(help="The agent's addresses.")],
    *,
    desk: Annotated[list[str] | None, typer.Option(help="A desk; all unless given.")] = None,
    team: Annotated[list[str] | None, typer.Option(help="A team; may be repeated.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Add an agent; one who is there gets these addresses, desks and teams.

    \b
    Examples:
      helpdesk agents add "Ana Ruiz" ana@example.com --desk support
      helpdesk agents add "Ana Ruiz" ana@example.com --team billing --team "second level"
    """
    current = session(context, config, as_json)
    current.operate(
        lambda operations: operations.add_agent(name, addresses, desk or (), team or ())
    )
    current.say(f"{name} is an agent now.", {"added": addresses[0]})


@app.command()
def remove(
    context: typer.Context,
    agent: Agent,
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


@app.command()
def away(
    context: typer.Context,
    agent: Agent,
    first: Annotated[str, typer.Argument(help="The first day: 2026-12-24, today or tomorrow.")],
    last: Annotated[
        str, typer.Argument(help="The last day, included; the same day unless given.")
    ] = "",
    *,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Say when an agent is away: new tickets are given to others on these days (in UTC).

    It takes the place of what was said by this command before; days of the settings stay.

    \b
    Examples:
      helpdesk agents away ana@example.com 2026-12-24 2027-01-06
      helpdesk agents away ana@example.com today
    """
    current = session(context, config, as_json)
    days = (_day(first), _day(last or first))
    if days[0] > days[1]:
        raise Failure(f"{last} is before {first} (write the first day first)")
    if days[1] < _today():
        raise Failure(f"{days[1]} is over (name days to come)")
    done = current.operate(lambda operations: operations.set_away(agent, days))
    until = f"from {days[0]} to {days[1]}" if days[1] > days[0] else f"on {days[0]}"
    current.say(f"{done['name']} is away {until}.", done)


@app.command()
def back(
    context: typer.Context, agent: Agent, *, config: Config = None, as_json: Json = False
) -> None:
    """Take back what `agents away` said; days of the settings are changed there.

    \b
    Example:
      helpdesk agents back ana@example.com
    """
    current = session(context, config, as_json)
    done = current.operate(lambda operations: operations.set_away(agent, None))
    coming = [each for each in done["away"] if date.fromisoformat(each["last"]) >= _today()]
    left = f"; the settings still say away: {_spans(coming)}" if coming else ""
    current.say(f"{done['name']} is back{left}.", done)


_WORDS = {"today": 0, "tomorrow": 1}


def _today() -> date:
    """Days of absence are days in UTC."""
    from helpdesk.app.clock import SystemClock

    return SystemClock().now().date()


def _day(text: str) -> date:
    ahead = _WORDS.get(text.strip().casefold())
    if ahead is not None:
        return _today() + timedelta(days=ahead)
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Failure(f"{text} is no day (write it like 2026-12-24, today or tomorrow)") from None


def _spans(absences: Iterable[Mapping[str, str]]) -> str:
    """`2026-12-24/2027-01-06, 2027-02-01`."""
    return ", ".join("/".join(dict.fromkeys((each["first"], each["last"]))) for each in absences)
