"""Lines below which a quoted or forwarded message begins: lines of dashes with a few words, and
header sections such as Outlook's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from helpdesk.core.beginnings import Beginnings
from helpdesk.core.phrases import FORWARDED
from helpdesk.core.reply_phrases import LABELS, ORIGINAL, OTHER_LABELS
from helpdesk.core.signature import head

LONGEST_DIVIDER = 300
UNSEEN = "".join(
    map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF))
)
"""Marks of writing direction and other characters without width."""
BLOCK_LINES = 16
_UNSEEN = re.compile(f"[{UNSEEN}]")


def visible(line: str) -> str:
    """Without the marks of writing direction, which clients put around names and dates."""
    return line if line.isascii() else _UNSEEN.sub("", line)


# ---------------------------------------------------------------- dividing lines

_DIVIDER = re.compile(rf"(?i)\W{{0,80}}+(?:{ORIGINAL})\W{{0,80}}")
_FORWARD_DIVIDER = re.compile(rf"(?i)\W{{0,80}}+(?:{FORWARDED})\W{{0,80}}")
# Without regard to case, an "ı" of a pattern is the i of a text, too.
_ORIGINALS = Beginnings(ORIGINAL.replace("ı", "i"))
_FORWARDS = Beginnings(FORWARDED.replace("ı", "i"))
RULED_WORDS = re.compile(r"\s*-{6,60}\s?[^\W\d_][\w ]{0,40}-{6,60}\s*")
_MARKS = ("-", "_", "=", "—", "–", "*", "#", "+")
_ONLY_MARKS = " ".join(_MARKS)


def may_divide(line: str) -> bool:
    """Whether it is worth looking at a line; most are not, and looking takes time."""
    if ":" in line or "：" in line:
        return True
    return not line[:1].isalnum() and line.lstrip(" >*\t|").startswith(_MARKS)


def _may_say(text: str, words: Beginnings) -> bool:
    """Whether it is worth trying the words of a dividing line. Beyond ASCII, a pattern takes more
    letters for the same than `lower` does."""
    return not text.isascii() or words.may_match(text.lower())


def _marked(line: str) -> str:
    """The line without quote marks before it, if it begins like a dividing line; else empty."""
    stripped = line[: 2 * LONGEST_DIVIDER].strip(" >\t|")
    if not stripped.startswith(_MARKS) or len(stripped) > 2 * LONGEST_DIVIDER:
        return ""
    return stripped if stripped.strip(_ONLY_MARKS) else ""


def is_divider(line: str) -> bool:
    """A line such as "-----Original Message-----"."""
    marked = _marked(line)
    if not marked or not _may_say(marked, _ORIGINALS):
        return False
    return _DIVIDER.fullmatch(marked) is not None


def is_forward_divider(line: str) -> bool:
    """A line such as "---------- Forwarded message ---------" or "Begin forwarded message:"; some
    clients put the header fields into the same line."""
    marked = _marked(line)
    if not marked:
        stripped = line[:LONGEST_DIVIDER].strip(" >*\t|")
        if not stripped.endswith((":", "：")) or len(stripped) > LONGEST_DIVIDER // 3:
            return False
        if not _may_say(stripped, _FORWARDS):
            return False
        return _FORWARD_DIVIDER.fullmatch(stripped) is not None
    if not _may_say(marked, _FORWARDS):
        return False
    match = _FORWARD_DIVIDER.match(marked)
    if match is None:
        return False
    rest = marked[match.end() :]
    return not rest or ("---" in match[0] and label_of(rest) is not None)


def fields_in_divider(line: str) -> dict[str, str]:
    """The header fields that follow a dividing line without a line break."""
    marked = head(line).strip(" >\t|")
    match = _FORWARD_DIVIDER.match(marked)
    if match is None:
        return {}
    rest = _NO_COLON.sub("Assunto: ", marked[match.end() :])
    matches = [(m, _FIELDS_OF.get(m[1].casefold())) for m in _ANY_LABEL.finditer(rest)]
    found = [(m.start(), m.end(), names[0]) for m, names in matches if names]
    fields: dict[str, str] = {}
    for index, (_, end, name) in enumerate(found):
        following = found[index + 1][0] if index + 1 < len(found) else len(rest)
        fields.setdefault(name, rest[end:following].strip())
    return fields


# ---------------------------------------------------------------- quoted header sections

_FIELDS = ("from", "date", "to", "cc", "subject")
_FIELDS_OF: dict[str, tuple[str, ...]] = {}
"""Each label with the fields that it stands for in one language or another."""


def _learn(label: str, name: str) -> None:
    known = _FIELDS_OF.get(label, ())
    if name not in known:
        _FIELDS_OF[label] = tuple(sorted((*known, name), key=(*_FIELDS, "other").index))


for _labels in LABELS.values():
    for _name, _words in zip(_FIELDS, _labels, strict=True):
        for _word in _words.split("|"):
            _learn(_word.casefold(), _name)
for _word in OTHER_LABELS.split("|"):
    _learn(_word.casefold(), "other")
_LABEL = re.compile(
    r"[\s>*_|#-]{0,12}([^\s:：*_>][^:：*]{0,28}?)\s?\*{0,2}\s?[:：]\s?\*{0,2}\s*(.*)"
)
_NO_COLON = re.compile(r"(?<=[A-Z\d])Assunto (?=\S)")
_LONG_LABELS = [label for label in _FIELDS_OF if len(label) > 1]
_ANY_LABEL = re.compile(
    "(?i)(?<![^\\W\\d_a-zč])("  # of a zone's name without a space: SEČ
    + "|".join(re.escape(x) for x in sorted([*_LONG_LABELS, "à", "a"], key=len, reverse=True))
    + r")\s?[:：]\s"
)


_CLOCK = re.compile(r"\d{1,2}[:.]\d\d")


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """A header section quoted in the text, as Outlook and others put it above a message."""

    start: int
    end: int
    """The first line after it."""
    fields: dict[str, str]


def label_of(line: str) -> tuple[str, str] | None:
    """The field and the value of a line such as "Von: Ana <ana@example.org>"."""
    found = _labels_of(line)
    return (found[0][0], found[1]) if found else None


def _labels_of(line: str) -> tuple[tuple[str, ...], str] | None:
    beginning = line[:64]
    if ":" not in beginning and "：" not in beginning:
        return None
    match = _LABEL.match(visible(head(line)))
    if match is None:
        return None
    names = _FIELDS_OF.get(" ".join(match[1].casefold().split()))
    return (names, match[2].strip(" *\t")) if names else None


def header_block(lines: Sequence[str], start: int) -> HeaderBlock | None:
    """The quoted header section that begins with this line, if one does."""
    fields: dict[str, str] = {}
    position, blank, last = start, 0, ""
    limit = min(len(lines), start + BLOCK_LINES)
    while position < limit:
        line = lines[position]
        found = _labels_of(line)
        name = next((name for name in found[0] if name not in fields), "") if found else ""
        if found is not None and name:
            last = name
            fields[last] = found[1]
            blank = 0
        elif found is not None and not blank and found[0][0] in {"cc", "other", "from", "to"}:
            last = ""
        elif not line.strip(" >*\t|"):
            blank += 1
            if blank > 1 or len(fields) <= 1 or {"subject", "from"} <= fields.keys():
                break
        elif blank or not last or not _goes_on(lines, position, last, fields[last]):
            break
        else:
            fields[last] = f"{fields[last]} {line.strip(' >')}".strip()
        position += 1
    return HeaderBlock(start, position, fields) if _is_block(fields) else None


def _goes_on(lines: Sequence[str], position: int, name: str, value: str) -> bool:
    """Whether this line is part of the value above it; of a wrapped subject only the field below
    it tells."""
    if name == "subject" and value and position + 1 < len(lines):
        return label_of(lines[position + 1]) is not None
    return _continues(name, value, lines[position])


def _is_block(fields: dict[str, str]) -> bool:
    known = fields.keys() - {"other"}
    has_address = any("@" in value for value in fields.values())
    if "from" in known:
        is_dated = "date" in known and (has_address or _CLOCK.search(fields["date"][:100]))
        if "subject" in known or is_dated:
            return True  # without these, people may well tell of a journey
        return {"to", "cc"} <= known or _has_address(fields["from"])
    # Two fields are enough if they are of a mail for sure.
    return len(known) > 1 and "date" in known and has_address


def _has_address(value: str) -> bool:
    return "@" in value and ("<" in value or "[mailto:" in value)


def _continues(name: str, value: str, line: str) -> bool:
    """A value that was wrapped: addresses go on after a comma, names before their address."""
    stripped = line.lstrip(" >")
    if stripped.startswith(("<", "(", "[mailto:")):
        return "@" in stripped[:200]
    if not value or line.startswith(("\t", "  ")):
        return len(stripped) < LONGEST_DIVIDER
    return name in {"to", "cc", "from"} and (
        value.endswith((",", ";")) or ("@" in stripped[:200] and "@" not in value)
    )


# ---------------------------------------------------------------- header sections without colons

_NOTES_ABOVE = 4  # lines from the author to the label of the recipients
LONGEST_BARE = 40  # characters of a label with the spaces around it
_NOTES_BELOW = 10  # lines from there to the label of the subject


def _is_bare(line: str, name: str) -> bool:
    label = line.strip()
    return len(label) <= LONGEST_BARE // 2 and name in _FIELDS_OF.get(label.casefold(), ())


def notes_header_start(lines: Sequence[str], position: int) -> int:
    """Where a header section of old Lotus Notes begins whose label of the recipients stands in this
    line, or -1: author and date have no labels, and the labels of others lines of their own."""
    if len(lines[position]) > LONGEST_BARE or not _is_bare(lines[position], "to"):
        return -1
    for start in range(position - 1, max(-1, position - 1 - _NOTES_ABOVE), -1):
        date = lines[start + 1][:LONGEST_DIVIDER]
        if lines[start].strip() and _CLOCK.search(date) and len(lines[start]) < LONGEST_DIVIDER:
            below = lines[position + 1 : position + 1 + _NOTES_BELOW]
            return start if any(_is_bare(line, "subject") for line in below) else -1
    return -1
