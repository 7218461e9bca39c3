"""What the gateway makes of a mail, for people: facts, files, and the text with its parts."""

from collections.abc import Iterator
from typing import Any

from helpdesk.cli.session import beginning, one_line, shown
from helpdesk.core.notices import folded_lines

Json = dict[str, Any]
LONGEST_LINE = 400
_WIDTH = 14
_MARGINS = {"new": "  ", "quoted": "> ", "signature": "- ", "banner": "! "}
_NAMES = {
    "quoted": "quoted history",
    "signature": "signature",
    "banner": "put in by a mail system",
}


def print_explained(path: str, page: Json, *, full: bool = False) -> None:
    """`full`: with all lines of what is folded."""
    print(one_line(shown(path), LONGEST_LINE))
    for name, value in _rows(page):
        if value:
            print(f"  {name + ':':<{_WIDTH}} {one_line(shown(str(value)), LONGEST_LINE)}")
    for title, lines in (
        ("Files", list(_files(page))),
        ("Delivery report", list(_report(page))),
        ("Forwarded", list(_forwarded(page))),
        ("Attached messages", list(_attached(page))),
        ("Defects", page["defects"]),
    ):
        _print_panel(title, lines)
    _print_text(page, full=full)


def _rows(page: Json) -> Iterator[tuple[str, str]]:
    respond = "may" if page["may_auto_respond"] else "must not"
    yield "Kind", f"{page['kind']} ({page['reason']}); {respond} be confirmed"
    yield "Subject", page["subject"]
    yield "From", _mailbox(page["from"])
    for name in ("to", "cc"):
        yield name.capitalize(), ", ".join(map(_mailbox, page[name]))
    yield "Date", page["date"] or ""
    yield "Message-ID", page["message_id"] or ""
    yield "Away until", page["away_until"] or ""
    yield "Protection", _protection(page["protection"])
    yield "Abuse report", _feedback(page["feedback"])
    yield "Receipt", _disposition(page["disposition"])
    yield "Tickets", ", ".join(page["ticket_references"])
    for each in page["keys"]:
        quoted = ", in quoted history" if each["quoted"] else ""
        yield "License key", f"{each['key']} ({each['provider']}{quoted})"


def _protection(protection: Json | None) -> str:
    if protection is None:
        return ""
    parts = ["encrypted"] if protection["encrypted"] else []
    parts += ["signed, which nobody verified"] if protection["signed"] else []
    return f"{protection['scheme']}: {' and '.join(parts)}"


def _feedback(feedback: Json | None) -> str:
    if feedback is None:
        return ""
    about = ", ".join(feedback["recipients"])
    return f"{feedback['kind']}{f' about mail to {about}' if about else ''}"


def _disposition(disposition: Json | None) -> str:
    if disposition is None:
        return ""
    by = f" by {disposition['recipient']}" if disposition["recipient"] else ""
    return f"{disposition['kind']}{by}"


def _files(page: Json) -> Iterator[str]:
    for file in page["attachments"]:
        place = ", inline" if file["inline"] else ""
        name = file["filename"] or "(no name)"
        yield f"{name} ({file['content_type']}, {file['size']} octets{place})"
        if file["executable"]:
            yield f"  ! {file['executable']}"
        if file["summary"]:
            yield f"  {file['summary']}"
        if file["in_archive"]:
            yield f"  in it: {', '.join(file['in_archive'])}"


def _report(page: Json) -> Iterator[str]:
    report = page["delivery_report"]
    if report is None:
        return
    for each in report["recipients"]:
        said = each["diagnostic"]
        codes = [code for code in (each["status"], each["smtp_code"]) if code and code not in said]
        yield f"{each['address']}: {' '.join((each['action'], *codes, said))}".rstrip()
    if report["original_message_id"]:
        yield f"about Message-ID {report['original_message_id']}"


def _forwarded(page: Json) -> Iterator[str]:
    forwarded = page["forwarded"]
    if forwarded is None:
        return
    yield f"From {_mailbox(forwarded['from'])}: {forwarded['subject']}"
    for line in beginning(forwarded["text"]).split("\n"):
        yield f"  {line}".rstrip()


def _attached(page: Json) -> Iterator[str]:
    for each in page["attached_messages"]:
        date = f", {each['date']}" if each["date"] else ""
        yield f"From {_mailbox(each['from'])}{date}: {each['subject']}"
        for name in each["filenames"]:
            yield f"  with the file {name}"
        for line in beginning(each["text"]).split("\n"):
            yield f"  {line}".rstrip()


def _print_panel(title: str, lines: list[str]) -> None:
    if lines:
        print(f"\n{title}")
        for line in lines:
            margin = " " * (2 + len(line) - len(line.lstrip(" ")))  # `one_line` leaves none
            print(f"{margin}{one_line(shown(line), LONGEST_LINE)}".rstrip())


def _print_text(page: Json, *, full: bool) -> None:
    """The whole text in its order: what is new in full, the rest folded."""
    text = page["text"]
    if not text.strip():
        print("\nIt has no text.")
        return
    print("\nText")
    is_all_quoted = page["reply_text"] == page["quoted_text"]  # so nobody knows what is new
    for span in page["spans"]:
        piece = text[span["start"] : span["end"]].strip("\n")
        if not piece.strip():
            continue
        if span["kind"] == "new" or is_all_quoted or full:
            words = piece if full else beginning(piece)
            for line in shown(words).split("\n"):
                is_marked = span["kind"] == "quoted" and line.startswith(">")
                print(f"{'' if is_marked else _MARGINS[span['kind']]}{line}".rstrip())
        else:
            count = folded_lines("", piece)
            lines = f"{count} line{'s' if count > 1 else ''}"
            print(f"{_MARGINS[span['kind']]}[{lines}: {_NAMES[span['kind']]}, folded]")


def _mailbox(mailbox: dict[str, str] | None) -> str:
    if mailbox is None:
        return "(nobody)"
    if not mailbox["name"] or not mailbox["address"]:
        return mailbox["name"] or mailbox["address"]
    return f"{mailbox['name']} <{mailbox['address']}>"
