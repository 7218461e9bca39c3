"""Messages forwarded by others: in their text, or attached to it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from helpdesk.core.dividers import (
    HeaderBlock,
    fields_in_divider,
    header_block,
    is_divider,
    is_forward_divider,
    label_of,
    may_divide,
)
from helpdesk.core.introductions import introduction_start, may_end_introduction
from helpdesk.core.mail import Forwarded, Mailbox, Message, Span, Words
from helpdesk.core.quoting import QUOTE_BEGIN, QUOTE_END, split
from helpdesk.core.subject import base_subject, is_forward, is_reply, may_be_forward

LONGEST_ATTRIBUTION = 300
LONGEST_FIELD = 1_000
FOREIGN_LINES = 8
FOREIGN_FIELDS = 3  # at least, in a header section of unknown words
LINES_TO_BLOCK = 6  # between the dividing line and the header section
MOST_LINES = 5_000  # a forwarded message begins above, or is none
MOST_LOOKS = 300  # lines that look like the beginning of one, and are none

_ADDRESS = re.compile(
    r"[\[<(]?\s?(?:mailto:)?([^\s<>()\[\],;:\"']{1,64}@[^\s<>()\[\],;:\"']{1,255})"
)
_RULE = frozenset("_-=*~ >\t")
_RULED = re.compile(r"\s{0,8}[-=]{4,40}\s?[^\s=-][^<>=]{0,60}[^\s=-]\s?[-=]{4,40}\s{0,8}")
_END = re.compile(r"\s{0,8}(?:[-=_]{20,200}|[-=]{3,40}\s?[^\s=-][^<>=]{0,60}[-=]{0,40})\s{0,8}")
_FIELD = re.compile(
    r"[\s>*_|]{0,12}([^\W\d_][^:：<>@]{0,28}?)\s?\*{0,2}\s?[:：]\s?\*{0,2}\s{0,8}(\S.{0,998})"
)
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}")
_WHEN = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?\s{1,2}\d{1,2}[:.]\d{2}(?::\d{2})?")


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
    lines = text.split("\n")
    if QUOTE_BEGIN in text or QUOTE_END in text:
        lines = [line for line in lines if line.strip() not in {QUOTE_BEGIN, QUOTE_END}]
    reading = _Reading(lines, subject)
    begin = -1
    for index, line in enumerate(lines[:MOST_LINES]):
        if not line or line.isspace():
            continue
        may_begin = may_divide(line)
        if not may_begin and not reading.says_forward:
            continue
        if reading.looks > MOST_LOOKS:
            break
        if (found := reading.at(index)) is not None:
            return found
        if begin < 0 and line[0] != ">" and may_begin and is_forward_divider(line):
            begin = index
    # Who wrote it, nobody says.
    return _forwarded(lines, begin, begin + 1, {}) if begin >= 0 else None


class _Reading:
    """The lines of a mail and what its subject says."""

    def __init__(self, lines: Sequence[str], subject: str) -> None:
        self.lines = lines
        self.subject = base_subject(subject)
        self.says_forward = is_forward(subject)
        self.is_ambiguous = not self.says_forward and may_be_forward(subject)
        self.may_be = self.says_forward or self.is_ambiguous or not is_reply(subject)
        self.looks = 0
        self._foreign_looks = 0

    def at(self, index: int) -> Forwarded | None:
        """The message that is forwarded from this line on."""
        line = self.lines[index]
        found = None
        if may_divide(line):
            if is_forward_divider(line) or (self.may_be and is_divider(line)):
                self.looks += 1
                found = self._below_divider(index)
            elif self.may_be and label_of(line) is not None:
                self.looks += 1
                found = self._with_block(index, index)
        if found is not None:
            return found
        return self._without_known_words(index) if self.says_forward else None

    def _without_known_words(self, index: int) -> Forwarded | None:
        """In languages whose words nobody told us, if the subject says that it is a forward."""
        self.looks += may_end_introduction(self.lines[index])
        if (start := introduction_start(self.lines, index, max(0, index - 3))) >= 0:
            return self._introduced(start, start, index)
        if (block := self._foreign_block(index)) is not None:
            return _forwarded(self.lines, index, block.end, block.fields)
        return self._introduced(index, index, index) if self._is_attribution(index) else None

    def _is_attribution(self, index: int) -> bool:
        """Date and author in a line that ends with a colon, above an empty line."""
        line = self.lines[index][:LONGEST_ATTRIBUTION].strip(" >\t")
        below = self.lines[index + 1 : index + 2]
        return (
            line.endswith((":", "："))
            and not "".join(below).strip(" >\t")
            and _CLOCK.search(line) is not None
            and _ADDRESS.search(line) is not None
        )

    def _below_divider(self, divider: int) -> Forwarded | None:
        fields = fields_in_divider(self.lines[divider])
        if len(fields) > 1:
            return _forwarded(self.lines, divider, divider + 1, fields)
        for index in range(divider + 1, min(len(self.lines), divider + 1 + LINES_TO_BLOCK)):
            if label_of(self.lines[index]) is not None:
                return self._with_block(divider, index, is_divided=True)
            if introduction_start(self.lines, index, divider + 1) >= 0:
                return self._introduced(divider, divider + 1, index)
            if (block := self._foreign_block(index)) is not None:
                return _forwarded(self.lines, divider, block.end, block.fields)
        return None

    def _with_block(
        self, divider: int, start: int, *, is_divided: bool = False
    ) -> Forwarded | None:
        block = header_block(self.lines, start)
        if block is None or "from" not in block.fields:
            return None
        if (
            not is_divided
            and not self.says_forward
            and not {"subject", "date", "to"} <= set(block.fields)
        ):
            return None
        # "VS" begins a reply in Finnish, and a forward in Danish and Norwegian.
        if not is_divided and self.is_ambiguous and self._is_finnish(start, block.end):
            return None
        return _forwarded(self.lines, divider, block.end, block.fields)

    def _is_finnish(self, start: int, end: int) -> bool:
        labels = {line.partition(":")[0].strip(" >*").casefold() for line in self.lines[start:end]}
        return not labels.isdisjoint({"lähettäjä", "lähetetty", "päivämäärä", "aihe"})

    def _foreign_block(self, start: int) -> HeaderBlock | None:
        """A header section whose labels are in no language that we know. That it is one, the
        subject says which it repeats; the first address is that of the author."""
        if self._foreign_looks > MOST_LOOKS:
            return None
        fields: dict[str, str] = {}
        position = start
        for line in self.lines[start : start + FOREIGN_LINES]:
            field = _FIELD.match(line[:LONGEST_FIELD])
            if field is None:
                break
            position += 1
            value = field[2].strip(" *\t")
            known = label_of(line)
            name = known[0] if known is not None else _kind_of(value, fields, self.subject)
            fields.setdefault(name, value)
        self._foreign_looks += position > start
        if position - start < FOREIGN_FIELDS or "@" not in fields.get("from", ""):
            return None
        is_named = bool(self.subject) and base_subject(fields.get("subject", "")) == self.subject
        return HeaderBlock(start, position, fields) if is_named else None

    def _introduced(self, divider: int, start: int, end: int) -> Forwarded:
        """Some clients forward with the words of a reply: "On ..., Ana wrote:"."""
        words = " ".join(line.strip(" >") for line in self.lines[start : end + 1])
        when = _WHEN.search(words[:1_000])
        fields = {
            "from": _author_in(words),
            "subject": self.subject,
            "date": when[0].strip(" ,") if when else "",
        }
        return _forwarded(self.lines, divider, end + 1, fields)


def _kind_of(value: str, fields: Mapping[str, str], subject: str) -> str:
    if "@" in value[:LONGEST_FIELD]:
        return "to" if "from" in fields else "from"
    if subject and base_subject(value) == subject:
        return "subject"
    return "date" if re.search(r"\d{4}|\d{1,2}[:.]\d{2}", value[:LONGEST_FIELD]) else "other"


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


def _forwarded(
    lines: Sequence[str], divider: int, begin: int, fields: Mapping[str, str]
) -> Forwarded:
    note = list(lines[:divider])
    while note and (set(note[-1]) <= _RULE or _RULED.fullmatch(note[-1][:LONGEST_FIELD])):
        note.pop()
    body, end = _unquoted(lines, divider, begin)
    if lines[divider].lstrip(" >*")[:2] in {"--", "=="}:
        body = _without_rules(body, lines[divider])
    return Forwarded(
        author=read_author(fields.get("from", "")),
        subject=fields.get("subject", ""),
        text="\n".join(body).strip("\n"),
        note="\n".join(note).strip("\n"),
        date=fields.get("date", ""),
        below="\n".join(lines[end:]).strip("\n"),
    )


def _without_rules(body: list[str], divider: str) -> list[str]:
    """Without the line that ends a forwarded message, and without a second one above it."""
    words = [index for index, line in enumerate(body) if line.strip()]
    if words and body[words[0]].strip() == divider.strip():
        body = body[words[0] + 1 :]
        words = [index - words[0] - 1 for index in words[1:]]
    if words and _END.fullmatch(body[words[-1]][:LONGEST_FIELD]):
        body = body[: words[-1]]
    return body


def _unquoted(lines: Sequence[str], divider: int, begin: int) -> tuple[list[str], int]:
    """Take one level of ">" away where the header section has it; words after it are not of it.
    Also where they begin."""
    marked = [line for line in lines[max(divider, begin - 3) : begin] if line.strip()]
    if not marked or not marked[-1].lstrip().startswith(">"):
        rest = list(lines[begin:])
        if all(line.startswith(">") or not line.strip() for line in rest):  # the words only
            rest = [line[1:].removeprefix(" ") for line in rest]
        return rest, len(lines)
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


# --- the words of a mail that forwards another ----------------------------------------------------


def fold_forwarded(words: Words, forwarded: Forwarded, author: str) -> Words:
    """A forwarded message is no new word; what stands above or below it is."""
    text, note, below = words.text, forwarded.note, forwarded.below
    if not text.startswith(note) or not text.endswith(below):
        return words
    above, after = split(note, author), split(below, author)
    first, last = len(note), len(text) - len(below)
    middle = text[first:last].strip("\n")
    spans = [replace(each, end=min(each.end, first)) for each in above.spans if each.start < first]
    spans.append(Span(spans[-1].end if spans else 0, last, "quoted"))
    spans += [Span(each.start + last, each.end + last, each.kind) for each in after.spans]
    return Words(
        text=text,
        new=_together(above.new, after.new),
        signature=_together(above.signature, after.signature),
        quoted=_together(above.quoted, middle, after.quoted),
        banner=_together(above.banner, after.banner),
        spans=tuple(each for each in spans if each.start < each.end),
    )


def _together(*pieces: str) -> str:
    return "\n\n".join(piece for piece in pieces if piece)
