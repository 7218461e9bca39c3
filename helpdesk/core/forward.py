"""Messages forwarded by others: in their text, or attached to it."""

import re
from collections.abc import Sequence

from helpdesk.core.mail import Forwarded, Mailbox, Message
from helpdesk.core.quoting import (
    QUOTE_BEGIN,
    QUOTE_END,
    fields_in_divider,
    header_block,
    introduction_start,
    is_divider,
    is_forward_divider,
    label_of,
    may_divide,
)
from helpdesk.core.subject import base_subject, is_forward, is_reply

LINES_TO_BLOCK = 6  # between the dividing line and the header section
MOST_LINES = 5_000  # a forwarded message begins above, or is none

_ADDRESS = re.compile(
    r"[\[<(]?\s?(?:mailto:)?([^\s<>()\[\],;:\"']{1,64}@[^\s<>()\[\],;:\"']{1,255})"
)
_RULE = frozenset("_-=*~ >\t")


def forwarded_message(message: Message) -> Forwarded | None:
    """The message that this one hands on: in its text, or the only one attached to it, if its
    subject says so or if it has no words of its own."""
    if message.forwarded is not None:
        return message.forwarded
    if len(message.attached) != 1 or message.content_type == "multipart/report":
        return None
    attached, words = message.attached[0], message.words
    note = "" if words.new == words.quoted else words.new
    subject = base_subject(message.subject)
    is_named = bool(subject) and subject == base_subject(attached.subject)
    if not is_forward(message.subject):
        has_words = any(map(str.isalnum, note))
        if is_reply(message.subject) or (has_words and not is_named):
            return None
    return Forwarded(
        author=attached.author,
        subject=attached.subject,
        text=attached.text,
        note=note,
        date=attached.date.isoformat() if attached.date is not None else "",
    )


def read_forward(subject: str, text: str) -> Forwarded | None:
    """The forwarded message, if a dividing line says so, or if the subject does (or at least does
    not call the mail a reply) and a header section stands in the text."""
    lines = [line for line in text.split("\n") if line.strip() not in {QUOTE_BEGIN, QUOTE_END}]
    says_forward = is_forward(subject)
    may_be = says_forward or not is_reply(subject)
    for index, line in enumerate(lines[:MOST_LINES]):
        if not line or line.isspace():
            continue
        if not may_divide(line):
            if says_forward and (start := introduction_start(lines, index, max(0, index - 3))) >= 0:
                return _introduced(lines, start, index, subject)
        elif is_forward_divider(line) or (may_be and is_divider(line)):
            if (found := _below_divider(lines, index)) is not None:
                return found
        elif may_be and label_of(line) is not None:
            if (found := _with_block(lines, index, index, needs_all=not says_forward)) is not None:
                return found
        elif says_forward and (start := introduction_start(lines, index, max(0, index - 3))) >= 0:
            return _introduced(lines, start, index, subject)
    return None


def _below_divider(lines: Sequence[str], divider: int) -> Forwarded | None:
    fields = fields_in_divider(lines[divider])
    if len(fields) > 1:
        return _forwarded(lines, divider, divider + 1, fields)
    for index in range(divider + 1, min(len(lines), divider + 1 + LINES_TO_BLOCK)):
        if label_of(lines[index]) is not None:
            return _with_block(lines, divider, index)
    return None


def _with_block(
    lines: Sequence[str], divider: int, start: int, *, needs_all: bool = False
) -> Forwarded | None:
    block = header_block(lines, start)
    if block is None or "from" not in block.fields:
        return None
    if needs_all and not {"subject", "date", "to"} <= block.fields.keys():
        return None
    return _forwarded(lines, divider, block.end, block.fields)


def _introduced(lines: Sequence[str], start: int, end: int, subject: str) -> Forwarded:
    """Some clients forward with the words of a reply: "On ..., Ana wrote:"."""
    words = " ".join(line.strip(" >") for line in lines[start : end + 1])
    return _forwarded(
        lines, start, end + 1, {"from": _author_in(words), "subject": base_subject(subject)}
    )


def _author_in(words: str) -> str:
    """The name and address in an introduction such as "On 28/10/2021 12:46, Ana <a@b> wrote:"."""
    found = _ADDRESS.search(words[:1_000])
    if found is None:
        return ""
    before = words[: found.start()].rstrip(' <(["')
    quoted = re.search(r'"([^"]{1,100})$', before)
    name = (
        quoted[1]
        if quoted
        else re.split(
            r"[\d:,;]|\b(?:schrieb|пользователь|skrev|tarihinde|időpontban|kello|klo)\b", before
        )[-1]
    )
    return f"{name.strip()} <{found[1]}>"


def _forwarded(lines: Sequence[str], divider: int, begin: int, fields: dict[str, str]) -> Forwarded:
    note = list(lines[:divider])
    while note and set(note[-1]) <= _RULE:
        note.pop()
    body, end = _unquoted(lines, divider, begin)
    return Forwarded(
        author=read_author(fields.get("from", "")),
        subject=fields.get("subject", ""),
        text="\n".join(body).strip("\n"),
        note="\n".join(note).strip("\n"),
        date=fields.get("date", ""),
        below="\n".join(lines[end:]).strip("\n"),
    )


def _unquoted(lines: Sequence[str], divider: int, begin: int) -> tuple[list[str], int]:
    """Take one level of ">" away where the header section has it; words after it are not of it.
    Also where they begin."""
    marked = [line for line in lines[max(divider, begin - 3) : begin] if line.strip()]
    if not marked or not marked[-1].lstrip().startswith(">"):
        return list(lines[begin:]), len(lines)
    body: list[str] = []
    for index, line in enumerate(lines[begin:], begin):
        stripped = line.lstrip()
        if stripped.startswith(">"):
            body.append(stripped[1:].removeprefix(" "))
        elif stripped:
            return body, index
        else:
            body.append("")
    return body, len(lines)


def read_author(value: str) -> Mailbox | None:
    """The mailbox in a quoted From line, in the forms of many clients."""
    value = value[:1_000]
    found = _ADDRESS.search(value)
    if found is None:
        name = value.strip(" \t\"'*<>[]()")
        return Mailbox("", name) if name else None
    name = value[: found.start()].strip(" \t\"'*<>[](),")
    if not name:  # "ana@example.org (Ana)"
        name = value[found.end() :].strip(" \t\"'*<>[](),")
    return Mailbox(found[1].rstrip(".*"), "" if "@" in name else name)
