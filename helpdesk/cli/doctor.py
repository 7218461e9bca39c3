"""The command that looks at everything around the gateway."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer

from helpdesk.cli.session import Config, Exit, Json, Session, one_line, print_json, session

if TYPE_CHECKING:
    from helpdesk.app.doctor import Finding, Options

LONGEST = 400


def doctor(  # noqa: PLR0913 -- one for each option
    context: typer.Context,
    *,
    nameserver: Annotated[
        str, typer.Option(metavar="HOST[:PORT]", help="Ask this name server, not the system's.")
    ] = "",
    selector: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Selector of the DKIM key; may be repeated."),
    ] = None,
    canary: Annotated[
        bool, typer.Option("--canary/--no-canary", help="Send a mail to each desk and wait for it.")
    ] = True,
    wait: Annotated[
        float, typer.Option(min=1, max=3600, help="Seconds for that mail to come back.")
    ] = 60.0,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Look at DNS, relay, mailboxes, certificates, disk, clock, permissions and the daemon.

    Every finding is one line with a next step; status 1 if one of them is an error.

    \b
    Examples:
      helpdesk doctor
      helpdesk doctor --no-canary --nameserver 192.0.2.53
    """
    current = session(context, config, as_json)
    _check_nameserver(nameserver)
    import asyncio

    from helpdesk.app.doctor import Options

    options = Options(
        nameserver=nameserver, selectors=tuple(selector or ()), canary=canary, wait=wait
    )
    counts = asyncio.run(_examine(current, options))
    if not current.json:
        errors, warnings = counts["error"], counts["warning"]
        print(f"{_number(errors, 'error')}, {_number(warnings, 'warning')}")
    return Exit.NEGATIVE if counts["error"] else Exit.OK


async def _examine(current: Session, options: "Options") -> dict[str, int]:
    from helpdesk.app.doctor import Level, examine

    counts = {level.value: 0 for level in Level}
    async with aclosing(examine(current.settings(), options)) as groups:
        async for _, findings in groups:
            for finding in findings:
                counts[finding.level.value] += 1
            _print(findings, as_json=current.json)
    return counts


def _print(findings: "Sequence[Finding]", *, as_json: bool) -> None:
    for finding in findings:
        if as_json:
            print_json(finding.to_json())
            continue
        step = f" ({finding.next_step})" if finding.next_step else ""
        words = one_line(f"{finding.subject}: {finding.problem}{step}", LONGEST)
        print(f"{finding.level.value:<8} {finding.check:<20} {words}", flush=True)


def _check_nameserver(text: str) -> None:
    from helpdesk.app.doctor.dns import host_and_port

    try:
        host_and_port(text or "localhost")
    except ValueError:
        raise typer.BadParameter("write it like 192.0.2.53 or 192.0.2.53:5353") from None


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
