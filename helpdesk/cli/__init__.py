"""The command line: thin commands over flows and reads; nothing heavy is imported for help."""

import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

import helpdesk
from helpdesk.cli import (
    acts,
    agents,
    backup,
    check,
    customers,
    deliver,
    demo,
    desks,
    digest,
    doctor,
    explain,
    import_,
    init,
    logins,
    queue,
    sla,
    stats,
    tickets,
    why,
)
from helpdesk.cli import (
    config as config_,
)
from helpdesk.cli import credits as credits_
from helpdesk.cli import run as run_command
from helpdesk.cli.session import (
    Config,
    Exit,
    Failure,
    Json,
    is_debugging,
    print_error,
    session,
)

app = typer.Typer(
    name="helpdesk",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 -- as typer gives it
    if wanted:
        print(helpdesk.__version__)
        raise typer.Exit


@app.callback()
def main_options(
    context: typer.Context,
    *,
    config: Config = None,
    as_json: Json = False,
    version: Annotated[  # noqa: ARG001 -- its callback answers
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """An email-first helpdesk gateway: mail becomes tickets, tickets become mail.

    \b
    Examples:
      helpdesk demo             see how it works
      helpdesk init             make a configuration here
      helpdesk run              start the daemon
      helpdesk tickets list     what there is to do
    """
    session(context, config, as_json)


app.command()(init.init)
app.command()(run_command.run)
app.command()(demo.demo)
app.command()(deliver.deliver)
app.command()(explain.explain)
app.command()(why.why)
app.command(name="import")(import_.import_)
acts.add_to(tickets.app)
app.add_typer(tickets.app, name="tickets")
app.add_typer(sla.app, name="sla")
app.add_typer(agents.app, name="agents")
app.add_typer(logins.app, name="logins")
app.add_typer(customers.app, name="customers")
app.add_typer(credits_.app, name="credits")
app.add_typer(desks.app, name="desks")
app.add_typer(queue.app, name="queue")
app.add_typer(digest.app, name="digest")
app.command()(stats.stats)
app.command()(check.check)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(doctor.doctor)
app.add_typer(config_.app, name="config")


def main() -> NoReturn:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 -- for as long as we run
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit status."""
    try:
        status = _run(list(arguments) or ["--help"])
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.NEGATIVE
    return status


@cache
def _command() -> Any:
    return typer.main.get_command(app)


def _run(arguments: list[str]) -> int:
    try:
        result: Any = _command().main(arguments, prog_name="helpdesk", standalone_mode=False)
    except Failure as failure:
        print_error(*failure.lines)
        return failure.code
    except typer.TyperException as error:
        return _usage_error(error)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:
        if is_debugging():
            raise
        print_error(*_surprise(error))
        return Exit.SOFTWARE
    return int(result) if isinstance(result, int) else Exit.OK


def _usage_error(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "helpdesk"
    print_error(f"{error.format_message().rstrip('.')} (see: {path} --help)")
    return Exit.USAGE


def _surprise(error: Exception) -> Sequence[str]:
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return [f"{where}{error.strerror} (check the path and its permissions)"]
    said = " ".join(str(error).split())
    return [
        f"{type(error).__name__}: {said} (a mistake of ours; HELPDESK_DEBUG=1 shows where it is)"
    ]
