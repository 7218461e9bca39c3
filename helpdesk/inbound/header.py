"""A bounded look at the header section of a raw message, without a MIME parser.

Standards: RFC 5322 §2.2 and §4.5 (obsolete fields).
Failures: none; what is no header field ends the section.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from helpdesk.core.mail import COULD_NOT_BE_READ, Message
from helpdesk.inbound.decode import clean_field, decode_field

HEADER_BYTES = 256 * 1024
LONGEST_DATE = 200
LONGEST_ID = 998
MOST_IDS = 200

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
# With all its lines; what is no such field is looked at line by line.
_WHOLE_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\n]*\n(?:[ \t][^\n]*\n)*+)")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,998})>")
_DIGESTED = (b"from", b"to", b"cc", b"date", b"subject")


@dataclass(frozen=True, slots=True)
class Header:
    """The fields as received, and where the body begins."""

    fields: tuple[tuple[bytes, bytes], ...]
    """Names in lower case; values with their line breaks."""
    body: int
    too_long: bool = False


def read_header(raw: bytes) -> Header:
    """The header section; beyond HEADER_BYTES it is cut at a line end."""
    fields: list[tuple[bytes, list[bytes]]] = []
    position = 0
    size = len(raw)
    while (whole := _WHOLE_FIELD.match(raw, position)) and whole.end() <= HEADER_BYTES:
        fields.append((whole[1].lower(), [whole[2]]))
        position = whole.end()
    while position < size:
        if position > HEADER_BYTES:
            return Header(_finished(fields), _after_empty_line(raw, position), too_long=True)
        end = raw.find(b"\n", position, position + HEADER_BYTES + 1)
        following = size if end < 0 and position + HEADER_BYTES >= size else end + 1
        if following <= 0:
            return Header(_finished(fields), _after_empty_line(raw, position), too_long=True)
        line = raw[position:following]
        if not line.rstrip(b"\r\n"):
            return Header(_finished(fields), following)
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(line)
        elif match := _FIELD.match(line):
            fields.append((match[1].lower(), [match[2]]))
        elif not (position == 0 and line.startswith(b"From ")):
            return Header(_finished(fields), position)
        position = following
    return Header(_finished(fields), size)


_SPACED_NAME = re.compile(rb"(?m)^([!-9;-~]{1,200})([ \t]{1,200}):")

_MAY_BE_SPACED = frozenset(
    (
        b"from sender reply-to to cc subject date message-id in-reply-to references mime-version "
        b"content-type content-transfer-encoding content-disposition auto-submitted precedence"
    ).split()
)


def names_with_spaces(raw: bytes, header: Header) -> frozenset[bytes]:
    """The names, in lower case, that have white space before their colon (RFC 5322 §4.5)."""
    if not _has_spaced_name(raw[: header.body]):
        return frozenset()
    return frozenset(m[1].lower() for m in _SPACED_NAME.finditer(raw, 0, header.body))


def _has_spaced_name(head: bytes) -> bool:
    return b" :" in head or b"\t:" in head


def for_parsers(raw: bytes, header: Header) -> bytes:
    """The same without that space, which parsers take for the beginning of the body, and without
    line breaks in Content-Type, which they leave in a boundary. No octet beyond such fields moves.

    Fields by which servers state something get another name instead: those of the sender that
    are spelt so may have passed a server that removes them.
    """
    head = raw[: header.body]
    plain = _SPACED_NAME.sub(_plain_name, head) if _has_spaced_name(head) else head
    if any(name == b"content-type" and b"\n" in value.rstrip() for name, value in header.fields):
        plain = _FOLDED_TYPE.sub(_unfolded, plain)
    return raw if plain == head else plain + raw[header.body :]


_FOLDED_TYPE = re.compile(
    rb"(?im)^content-type:[^\r\n]{0,998}(?:\r?\n[ \t][^\r\n]{0,998}){1,50}(?=\r?\n)"
)


def _unfolded(match: re.Match[bytes]) -> bytes:
    whole = match[0]
    return whole.replace(b"\r\n", b"").replace(b"\n", b"").ljust(len(whole))


def _plain_name(match: re.Match[bytes]) -> bytes:
    name, space = match.groups()
    if name.lower() in _MAY_BE_SPACED:
        return bytes(name + b":" + space)
    return bytes(name + b"-" * len(space) + b":")


def _finished(fields: Iterable[tuple[bytes, list[bytes]]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name, b"".join(lines)) for name, lines in fields)


def _after_empty_line(raw: bytes, start: int) -> int:
    ends = [raw.find(mark, start) for mark in (b"\r\n\r\n", b"\n\n")]
    found = [end for end in ends if end >= 0]
    if not found:
        return len(raw)
    end = min(found)
    return end + (4 if raw.startswith(b"\r\n", end) else 2)


def digest(raw: bytes, header: Header) -> str:
    """What Message.digest promises: the same for one message on all its ways to us."""
    total = hashlib.sha256()
    stated = [each for each in header.fields if each[0] in _DIGESTED]
    for wanted in _DIGESTED:
        for name, value in stated:
            if name == wanted:
                total.update(name + b":" + b" ".join(value.split()) + b"\n")
    body = raw[header.body :].replace(b"\r\n", b"\n").rstrip(b"\n")
    total.update(b"\n")
    total.update(body)
    return total.hexdigest()


def read_date(value: str) -> datetime | None:
    """The date with an offset; without a stated one it is UTC (RFC 5322 §3.3 on `-0000`)."""
    try:
        date = parsedate_to_datetime(value[:LONGEST_DATE])
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def message_ids(value: str) -> tuple[str, ...]:
    """Message-IDs without brackets, each once; the last MOST_IDS if there are more."""
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(value)))[-MOST_IDS:]


def message_id(value: str) -> str:
    """RFC 5322 §3.6.4 wants brackets; some programs forget them."""
    found = message_ids(value)
    return found[0] if found else "".join(value.split())[:LONGEST_ID]


def shallow_message(raw: bytes) -> Message:
    """What can be told of a message that the reader could not read: its plain header fields."""
    header = read_header(raw)
    fields = tuple(
        (name.decode("ascii"), decode_field(value[:4_000].decode("ascii", "surrogateescape")))
        for name, value in header.fields[:500]
    )
    values = dict(reversed(fields))
    return Message(
        fields=fields,
        subject=clean_field(values.get("subject", "")),
        date=read_date(values.get("date", "")),
        message_id=message_id(values.get("message-id", "")),
        in_reply_to=message_ids(values.get("in-reply-to", "")),
        references=message_ids(values.get("references", "")),
        defects=(COULD_NOT_BE_READ,),
        digest=digest(raw, header),
    )
