"""The command that prints the evidence behind decisions."""

import typer

from helpdesk.cli.session import Config, Json, cell, print_json, session, shown
from helpdesk.cli.tickets import Ticket


def why(
    context: typer.Context, ticket: Ticket, *, config: Config = None, as_json: Json = False
) -> None:
    """Print the evidence behind every decision on a ticket.

    \b
    Example:
      helpdesk why TICK-1001
    """
    current = session(context, config, as_json)
    decisions = current.operate(lambda operations: operations.why(operations.number(ticket)))
    for number, decision in enumerate(decisions):
        if current.json:
            print_json(decision)
            continue
        if number:
            print()
        mail = f"mail {decision['intake']}" if decision["intake"] else "no mail"
        print(f"{cell(decision['at'])}  {mail}: {decision['verdict']} ({decision['reason']})")
        width = max((len(step["step"]) for step in decision["steps"]), default=0)
        for step in decision["steps"]:
            detail = f"  {step['detail']}" if step["detail"] else ""
            print(shown(f"  {step['step']:<{width}}  {step['outcome']}{detail}"))
