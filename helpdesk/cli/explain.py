"""The command that says what the gateway makes of a mail."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import typer

from helpdesk.cli.session import (
    Config,
    Exit,
    Failure,
    Json,
    beginning,
    log_apart,
    one_line,
    print_error,
    print_json,
    session,
    shown,
)

LONGEST_LINE = 400


def explain(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Mails, as received.")],
    *,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Say what the gateway makes of mails, and why. Changes nothing and needs no settings.

    \b
    Examples:
      helpdesk explain mail.eml
      helpdesk explain --json inbox/*.eml | jq .kind
    """
    import asyncio

    from helpdesk.ports import Unavailable

    try:
        return asyncio.run(_explain(files, as_json=session(context, config, as_json).json))
    except Unavailable as error:
        raise Failure(f"{error} (see whether this machine has memory and processes left)") from None


async def _explain(files: list[Path], *, as_json: bool) -> int:
    from helpdesk.app.reading import read_files
    from helpdesk.config.settings import LoggingSettings
    from helpdesk.core.explain import explain as explained

    log_apart(LoggingSettings())
    status = Exit.OK
    found: AsyncIterator[Any] = read_files(files)
    async for path, mail in found:
        if isinstance(mail, OSError):
            print_error(f"{path}: {mail.strerror} (name a file that can be read)")
            status = Exit.NEGATIVE
        elif as_json:
            print_json({"file": str(path), **explained(mail)})
        else:
            _print_page(str(path), explained(mail), is_first=path == files[0])
    return status


def _print_page(path: str, page: dict[str, Any], *, is_first: bool) -> None:
    if not is_first:
        print()
    respond = "may" if page["may_auto_respond"] else "must not"
    _print_line("File", path)
    _print_line("Kind", f"{page['kind']} ({page['reason']}); {respond} be confirmed")
    _print_line("Subject", page["subject"])
    _print_line("From", _mailbox(page["from"]))
    for key in ("to", "cc"):
        _print_line(key.capitalize(), ", ".join(map(_mailbox, page[key])))
    _print_line("Date", page["date"])
    _print_line("Message-ID", page["message_id"])
    _print_line("Tickets", ", ".join(page["ticket_references"]))
    _print_line("Keys", ", ".join(page["license_keys"]))
    for file in page["attachments"]:
        place = ", inline" if file["inline"] else ""
        name = file["filename"] or "(no name)"
        _print_line("File in it", f"{name} ({file['content_type']}, {file['size']} octets{place})")
    for each in (page["delivery_report"] or {}).get("recipients", []):
        codes = f"{each['status'] or ''} {each['diagnostic']}".strip()
        _print_line("Report", f"{each['address']}: {each['action']} {codes}".strip())
    if page["forwarded"]:
        forwarded = page["forwarded"]
        author = _mailbox(forwarded["from"])
        _print_line("Forwarded", f"{author}: {forwarded['subject']}")
    for defect in page["defects"]:
        _print_line("Defect", defect)
    for title, key in (("New words", "reply_text"), ("Signature", "signature")):
        if page[key]:
            print(f"\n{title}:\n{_indented(page[key])}")
    if page["quoted_text"]:
        lines = page["quoted_text"].count("\n") + 1
        print(f"\nQuoted history: {lines} line{'s' if lines > 1 else ''}, folded")


def _print_line(name: str, value: object) -> None:
    if value:
        print(f"{name + ':':<12} {one_line(shown(str(value)), LONGEST_LINE)}")


def _mailbox(mailbox: dict[str, str] | None) -> str:
    if mailbox is None:
        return ""
    return f"{mailbox['name']} <{mailbox['address']}>" if mailbox["name"] else mailbox["address"]


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in beginning(shown(text)).split("\n"))
