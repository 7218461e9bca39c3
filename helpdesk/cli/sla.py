"""Commands about service levels and the clocks of tickets."""

from collections.abc import Mapping
from typing import Any

import typer

from helpdesk.cli.session import Config, Json, group, print_json, print_rows, session, shown
from helpdesk.cli.tickets import Ticket
from helpdesk.core.service_level import ClockKind
from helpdesk.core.vocabulary import PRIORITIES

ALWAYS = "around the clock"

app = group("See what was promised by when, and why.")


@app.command()
def explain(
    context: typer.Context, ticket: Ticket, *, config: Config = None, as_json: Json = False
) -> None:
    """Explain the clocks of a ticket span by span: what counted, and what is left.

    \b
    Example:
      helpdesk sla explain TICK-1001
    """
    current = session(context, config, as_json)
    found = current.operate(lambda operations: operations.clocks(operations.number(ticket)))
    if current.json:
        print_json(found)
        return
    number, into = found["number"], found["merged_into"]
    if into:
        print(f"{number} was merged into {into}, whose clocks run (helpdesk sla explain {into}).")
    elif not found["clocks"]:
        print(f"{number} has no clocks: nobody is promised anything about it.")
    for place, clock in enumerate(found["clocks"]):
        if place:
            print()
        print(shown("\n".join(clock["lines"])))


@app.command(name="list")
def list_(context: typer.Context, *, config: Config = None, as_json: Json = False) -> None:
    """List the service levels with their targets, and the hours of their calendars.

    \b
    Example:
      helpdesk sla list
    """
    current = session(context, config, as_json)
    from helpdesk.app.pages import levels_of

    for place, level in enumerate(levels_of(current.settings())):
        if current.json:
            print_json(level)
            continue
        if place:
            print()
        _print_level(level)


def _print_level(level: Mapping[str, Any]) -> None:
    desks = f"desks: {', '.join(level['desks'])}" if level["desks"] else "no desk has it"
    warned = f"warns at {level['warn_at']} %" if level["warn_at"] else "never warns"
    print(f"{level['name']} ({desks}; {warned})")
    targets = {(each["priority"], each["clock"]): each for each in level["targets"]}
    kinds = [kind for kind in ClockKind if any(kind.value == clock for _, clock in targets)]
    calendars = level["calendars"]
    rows = [
        [
            priority,
            *(_target(targets.get((priority, kind.value)), level["calendars"]) for kind in kinds),
        ]
        for priority in reversed(PRIORITIES)
    ]
    print_rows(["priority", *(kind.words for kind in kinds)], rows, "")
    for name, words in calendars.items():
        if words != ALWAYS:
            print(f"{name}: {words}")


def _target(target: Mapping[str, Any] | None, calendars: Mapping[str, str]) -> str:
    if target is None:
        return "-"
    words = calendars[target["calendar"]]
    return f"{target['amount']} {ALWAYS if words == ALWAYS else '(' + target['calendar'] + ')'}"
