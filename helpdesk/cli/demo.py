"""The command that shows how it works."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from helpdesk.cli.session import Config, Failure, Json, Session, print_json, session, shown

if TYPE_CHECKING:
    from helpdesk.app.demo import Step


def demo(
    context: typer.Context,
    *,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Play in this new folder and keep it.")
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Play a real conversation on this machine, step by step, with the real daemon.

    \b
    Examples:
      helpdesk demo
      helpdesk demo --keep /tmp/demo
    """
    import tempfile

    from helpdesk.app.demo import TICKET, DemoError, play

    current = session(context, config, as_json)
    steps: list[Step] = []

    def tell(step: "Step") -> None:
        steps.append(step)
        if current.json:
            print_json({"step": len(steps), "title": step.title, "lines": list(step.lines)})
            return
        print(f"\n{len(steps)}. {step.title}\n")
        print("\n".join(f"    {shown(line)}".rstrip() for line in step.lines), flush=True)

    try:
        with tempfile.TemporaryDirectory(prefix="helpdesk-demo-") as temporary:
            folder = keep or Path(temporary)
            folder.mkdir(parents=True, exist_ok=keep is None)
            config_file = play(folder.resolve(), tell)
            _show(Session(config_file, json=current.json), TICKET, len(steps) + 1)
    except FileExistsError:
        raise Failure(f"{keep} is there already (name a new folder)") from None
    except DemoError as error:
        raise Failure(f"{error} (see daemon.log with: helpdesk demo --keep DIR)") from None
    if keep and not current.json:
        print(f"\nLook around: helpdesk tickets show {TICKET} -c {config_file}")
        print(f"             helpdesk why {TICKET} -c {config_file}")


def _show(current: Session, ticket: str, number: int) -> None:
    from helpdesk.cli.tickets import show_ticket

    if not current.json:
        print(f"\n{number}. What the helpdesk knows now: helpdesk tickets show {ticket}\n")
    show_ticket(current, ticket)
