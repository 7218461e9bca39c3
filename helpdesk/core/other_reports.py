"""Reports that are no delivery reports: complaints about a mail of ours, and what became of one.

Standards: RFC 5965 (abuse reports), RFC 8098 (disposition notifications).
"""

import re
from collections.abc import Iterator, Sequence

from helpdesk.core.mail import Disposition, Feedback
from helpdesk.core.report_parts import (
    LONGEST_LINE,
    ReportPart,
    address_in,
    decoded,
    groups_of,
    returned_header,
)

MOST_RECIPIENTS = 100
MOST_LINES = 1_000
_LONGEST_WORD = 40

_FEEDBACK_TYPE = "message/feedback-report"
_DISPOSITION_TYPES = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_WORD = re.compile(r"[a-z][a-z0-9-]*")


def read_feedback(parts: Sequence[ReportPart]) -> Feedback | None:
    """What somebody's mail system says about a mail of ours; None if this is no abuse report.

    RFC 5965 §3.1 demands a Feedback-Type, but some systems forget it.
    """
    stated = next((p for p in parts if p.content_type == _FEEDBACK_TYPE), None)
    if stated is None:
        return None
    fields = list(_fields(stated))
    returned = returned_header(parts, ())
    addresses = [address_in(value) for name, value in fields if name == "original-rcpt-to"]
    # Many reporters leave the address out, or the whole field; then the message may still have it.
    addresses = [a for a in addresses if a] or [address_in(returned.get("to", ""))]
    once = {address.lower(): address for address in addresses if address}
    return Feedback(
        kind=_first_word(_value(fields, "feedback-type")) or "abuse",
        recipients=tuple(once.values())[:MOST_RECIPIENTS],
        original_message_id=_message_id(
            returned.get("message-id") or _value(fields, "original-message-id")
        ),
        reporter=_without_type(_value(fields, "reporting-mta")) or _value(fields, "user-agent"),
        source=_value(fields, "source-ip").partition(" ")[0],
    )


def read_disposition(parts: Sequence[ReportPart]) -> Disposition | None:
    """What a program says became of a mail of ours; None if this is no disposition notification."""
    stated = next((p for p in parts if p.content_type in _DISPOSITION_TYPES), None)
    if stated is None:
        return None
    fields = list(_fields(stated))
    # RFC 8098 §3.2.6: action-mode/sending-mode; disposition-type/modifier
    mode, semicolon, outcome = _value(fields, "disposition").lower().partition(";")
    if not semicolon:  # the modes are often left out
        mode, outcome = "", mode
    returned = returned_header(parts, ())
    recipient = _value(fields, "original-recipient") or _value(fields, "final-recipient")
    return Disposition(
        kind=_first_word(outcome),
        recipient=address_in(_without_type(recipient)),
        original_message_id=_message_id(
            _value(fields, "original-message-id") or returned.get("message-id", "")
        ),
        is_automatic=mode.strip().startswith("automatic-action"),
    )


def _fields(part: ReportPart) -> Iterator[tuple[str, str]]:
    """All fields in their order: some may stand there more than once."""
    lines = [line[:LONGEST_LINE] for line in decoded(part.content).splitlines()[:MOST_LINES]]
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and unfolded and len(unfolded[-1]) < LONGEST_LINE:
            unfolded[-1] += " " + line.strip()
        else:
            unfolded.append(line)
    for line in unfolded:
        for group in groups_of([line]):
            yield from group.items()


def _value(fields: Sequence[tuple[str, str]], name: str) -> str:
    return next((value.strip() for key, value in fields if key == name), "")


def _first_word(value: str) -> str:
    match = _WORD.match(value.strip().lower())
    return match.group()[:_LONGEST_WORD] if match else ""


def _without_type(value: str) -> str:
    """What stands behind `dns;` or `rfc822;`."""
    kind, semicolon, rest = value.partition(";")
    return (rest if semicolon else kind).strip()


def _message_id(value: str) -> str:
    """The id without brackets and comments."""
    inner = value.partition("<")[2] or value
    return inner.partition(">")[0].strip()
