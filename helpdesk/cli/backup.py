"""The commands that keep a copy of everything, and put one back."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from helpdesk.cli.session import Config, Exit, Failure, Json, cell, print_json, session, shown

if TYPE_CHECKING:
    from helpdesk.app.backup import Restored


MOST_LISTED = 20


class Form(StrEnum):
    FOLDER = "folder"
    TAR = "tar"
    TAR_GZ = "tar.gz"


def backup(
    context: typer.Context,
    target: Annotated[
        Path,
        typer.Argument(help="Folder for backups; or the name of one archive, ending .tar[.gz]."),
    ],
    *,
    form: Annotated[Form, typer.Option(help="What is made in the folder.")] = Form.FOLDER,
    keep: Annotated[
        int, typer.Option(min=0, help="Keep so many in the folder, remove older ones; 0: all.")
    ] = 0,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Copy database, large mails, keys and configuration; the daemon may run meanwhile.

    A backup holds secrets and everything that customers wrote: keep it as safe as the database.

    \b
    Examples:
      helpdesk backup /var/backups/helpdesk --keep 14
      helpdesk backup /mnt/usb/helpdesk.tar.gz
    """
    current = session(context, config, as_json)
    settings = current.settings()
    from helpdesk.app.backup import ARCHIVES, StoreError, make_backup
    from helpdesk.app.prepare import SetupError

    if target.name.endswith(ARCHIVES) and (keep or form is not Form.FOLDER):
        raise Failure(
            f"{target} names one archive (for --keep and --form name a folder)", code=Exit.USAGE
        )
    ending = "" if form is Form.FOLDER else f".{form.value}"
    try:
        made = make_backup(settings, target, ending=ending, keep=keep)
    except SetupError as error:
        raise Failure(str(error), code=Exit.CONFIGURATION) from None
    except StoreError as error:
        raise Failure(f"{error.problem} ({error.next_step})") from None
    if current.json:
        print_json(made)
        return Exit.NEGATIVE if made["incomplete"] else Exit.OK
    print(f"Made {made['backup']}: {made['counts']['intake']} mails, ", end="")
    print(f"{made['counts']['tickets']} tickets, {_size(made['octets'])}, {made['seconds']} s.")
    for path in made["removed"]:
        print(f"Removed {path}.")
    if "keys" not in made["incomplete"]:
        print("It holds the keys and the configuration with its secrets: keep it safe.")
    return _lacks(made["incomplete"])


def _lacks(incomplete: dict[str, str]) -> int:
    for file, problem in sorted(incomplete.items())[:MOST_LISTED]:
        print(f"{problem}: {file}", file=sys.stderr)
    if not incomplete:
        return Exit.OK
    print(
        f"error: {len(incomplete)} files are missing or damaged; all else is in the backup, "
        "and no earlier one was removed (see which mails: helpdesk check; the keys may be in an "
        "earlier backup)",
        file=sys.stderr,
    )
    return Exit.NEGATIVE


def restore(  # noqa: PLR0913 -- one for each option
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="BACKUP", help="Folder or archive that `backup` made.")
    ],
    *,
    into: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Put everything into this folder, not where -c says."),
    ] = None,
    hold: Annotated[
        bool,
        typer.Option(
            "--hold-outbox/--send-outbox",
            help="Mail that was waiting may have been sent since: hold it, or send it.",
        ),
    ] = True,
    skip: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Leave out so many ticket numbers, given since; 0: nothing happened since.",
        ),
    ] = 1000,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Put it in place even if a promise is broken.")
    ] = False,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Put a backup where nothing is, after all promises were checked on it; never over anything.

    \b
    Examples:
      helpdesk restore /var/backups/helpdesk/helpdesk-20261122T021500Z -c /etc/helpdesk/config.toml
      helpdesk restore helpdesk.tar.gz --into /srv/look
    """
    current = session(context, config, as_json)
    settings = None if into is not None else current.settings()
    from helpdesk.app.backup import StoreError, restore_backup
    from helpdesk.app.prepare import SetupError

    try:
        done = restore_backup(settings, path, into=into, hold=hold, skip=skip, anyway=anyway)
    except SetupError as error:
        raise Failure(str(error), code=Exit.CONFIGURATION) from None
    except StoreError as error:
        raise Failure(f"{error.problem} ({error.next_step})") from None
    place = done.place
    answer: dict[str, Any] = {
        "restored": place is not None,
        "made_at": done.manifest["made_at"],
        "objects": str(place.objects) if place else None,
        "keys": str(place.keys) if place else None,
        "held": done.held,
        "check": done.report.to_json(),
    }
    if current.json:
        print_json(answer)
    else:
        _say(done, skip)
    return Exit.OK if place is not None else Exit.NEGATIVE


def _say(done: "Restored", skip: int) -> None:
    from helpdesk.app.prepare import whose

    report, place = done.report, done.place
    print(f"Backup of {cell(done.manifest['made_at'])}, version {shown(done.manifest['version'])}.")
    print(f"{report.accepted} mails accepted, {report.pending} of them pending")
    for verdict, count in report.verdicts.items():
        print(f"  {verdict}: {count}")
    for violation in report.violations:
        print(shown(f"broken: {violation.promise}: {violation.detail}"))
    if place is None:
        print("Nothing was put in place: use an earlier backup, or take what there is: --anyway")
        return
    kept = "Some promises are broken" if report.violations else "All promises are kept"
    print(f"{kept}. Everything is in place.")
    for folder in sorted({place.objects.parent, place.keys.parent}):
        if name := whose(folder):
            print(shown(f"{name} cannot read it yet: chown -R {name.lstrip('#')} {folder}"))
    if skip:
        print(f"{skip} ticket numbers are left out, so that none is given twice.")
    if done.held:
        print(f"{done.held} mails were waiting to be sent, and may have been sent since.")
        print("They are held. Look: helpdesk queue outbox list --state held")
        print("Send them all: helpdesk queue outbox release")


def _size(octets: int) -> str:
    return f"{octets / 2**20:.1f} MiB"
