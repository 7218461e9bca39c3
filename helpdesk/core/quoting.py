"""The new words of a message, told apart from quoted history and signature.

Every line is looked at a bounded number of times, and no pattern sees more than the beginning of
a few short lines, so the time is linear in the text whatever its author does.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from helpdesk.core.banners import find_banners
from helpdesk.core.mail import Words
from helpdesk.core.phrases import (
    FORWARDED,
    INTRODUCTIONS,
    LABELS,
    ORIGINAL,
    VERB_ENDINGS,
)
from helpdesk.core.signature import RULE, find_signature, head, repeated

# Noncharacters, which never occur in clean text: the HTML reader puts them on lines of their own.
QUOTE_BEGIN = "\ufdd0"
QUOTE_END = "\ufdd1"

MOST_LINES = 20_000  # what follows is history
INTRODUCTION_LINES = 4
LONGEST_INTRODUCTION = 500
LONGEST_DIVIDER = 300
BLOCK_LINES = 16


# ---------------------------------------------------------------- dividing lines

_DIVIDER = re.compile(rf"(?i)\W{{0,80}}(?:{ORIGINAL})\W{{0,80}}")
_FORWARD_DIVIDER = re.compile(rf"(?i)\W{{0,80}}(?:{FORWARDED})\W{{0,80}}")
_RULED_WORDS = re.compile(r"\s*-{6,60}\s?[^\W\d_][\w ]{0,40}-{6,60}\s*")
_MARKS = ("-", "_", "=", "—", "–", "*", "#", "+")


def may_divide(line: str) -> bool:
    """Whether it is worth looking at a line; most are not, and looking takes time."""
    return ":" in line or line.lstrip(" >*\t|").startswith(_MARKS) or "：" in line


def _marked(line: str) -> str:
    """The line without quote marks before it, if it begins like a dividing line; else empty."""
    stripped = line[: 2 * LONGEST_DIVIDER].strip(" >\t|")
    return stripped if stripped.startswith(_MARKS) and len(stripped) <= 2 * LONGEST_DIVIDER else ""


def is_divider(line: str) -> bool:
    """A line such as "-----Original Message-----"."""
    marked = _marked(line)
    return bool(marked) and _DIVIDER.fullmatch(marked) is not None


def is_forward_divider(line: str) -> bool:
    """A line such as "---------- Forwarded message ---------" or "Begin forwarded message:"; some
    clients put the header fields into the same line."""
    marked = _marked(line)
    if not marked:
        stripped = line[:LONGEST_DIVIDER].strip(" >*\t|")
        if not stripped.endswith((":", "：")) or len(stripped) > LONGEST_DIVIDER // 3:
            return False
        return _FORWARD_DIVIDER.fullmatch(stripped) is not None
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
    matches = [(m, _FIELD_OF.get(m[1].casefold())) for m in _ANY_LABEL.finditer(rest)]
    found = [(m.start(), m.end(), name) for m, name in matches if name is not None]
    fields: dict[str, str] = {}
    for index, (_, end, name) in enumerate(found):
        following = found[index + 1][0] if index + 1 < len(found) else len(rest)
        fields.setdefault(name, rest[end:following].strip())
    return fields


# ---------------------------------------------------------------- quoted header sections

_FIELD_OF: dict[str, str] = {}
for _name, _labels in LABELS.items():
    for _label in _labels.split("|"):
        _FIELD_OF.setdefault(_label.casefold(), _name)
_LABEL = re.compile(
    r"[\s>*_|#-]{0,12}([^\s:：*_>][^:：*]{0,28}?)\s?\*{0,2}\s?[:：]\s?\*{0,2}\s*(.*)"
)
_NO_COLON = re.compile(r"(?<=[A-Z\d])Assunto (?=\S)")
_LONG_LABELS = [label for label in _FIELD_OF if len(label) > 1]
_ANY_LABEL = re.compile(
    "(?i)(?<![^\\W\\d_a-zč])("  # of a zone's name without a space: SEČ
    + "|".join(re.escape(x) for x in sorted([*_LONG_LABELS, "à", "a", "do"], key=len, reverse=True))
    + r")\s?[:：]\s"
)


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """A header section quoted in the text, as Outlook and others put it above a message."""

    start: int
    end: int
    """The first line after it."""
    fields: dict[str, str]


def label_of(line: str) -> tuple[str, str] | None:
    """The field and the value of a line such as "Von: Ana <ana@example.org>"."""
    beginning = line[:64]
    if ":" not in beginning and "：" not in beginning:
        return None
    match = _LABEL.match(head(line))
    if match is None:
        return None
    name = _FIELD_OF.get(" ".join(match[1].casefold().split()))
    return (name, match[2].strip(" *\t")) if name else None


def header_block(lines: Sequence[str], start: int) -> HeaderBlock | None:
    """The quoted header section that begins with this line, if one does."""
    fields: dict[str, str] = {}
    position, blank, last = start, 0, ""
    limit = min(len(lines), start + BLOCK_LINES)
    while position < limit:
        line = lines[position]
        found = label_of(line)
        if found is not None and found[0] not in fields:
            last, value = found
            fields[last] = value
            blank = 0
        elif found is not None and not blank and found[0] in {"cc", "other", "from", "to"}:
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
    if "from" in known:
        is_labelled = bool(known & {"date", "subject"}) or {"to", "cc"} <= known
        return is_labelled or _has_address(fields["from"])
    # Two fields are enough if they are of a mail for sure.
    return len(known) > 1 and "date" in known and any("@" in value for value in fields.values())


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


# ---------------------------------------------------------------- introductions

_DATE_LIKE = re.compile(r"\d[./年-]\s?\d|\d{1,2}[:.h]\d{2}|\b\d{4}\b|@")
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}")
_ADDRESS_AT_END = re.compile(
    r"(?:<[^<>\s]{1,120}@[^<>\s]{1,120}>|\S@\S{3,80})\W{0,4}$|\([^()\s]{1,120}@[^()\s]{1,120}\)\W{0,4}$"
)
_STARTS = tuple(
    re.compile(rf"(?i)[\s>*—–-]{{0,12}}(?:{start})(?=[\s,])") if start else None
    for start, _ in INTRODUCTIONS
)
_VERBS = tuple(
    re.compile(
        rf"(?i)(?<![^\W_])(?:{verb})(?![^\W_])"
        if verb.isascii() or verb[0].isascii()
        else rf"(?i)(?:{verb})"
    )
    for _, verb in INTRODUCTIONS
)
_SOME_START = re.compile(
    r"(?i)[\s>*—–-]{0,12}(?:"
    + "|".join(dict.fromkeys(s for s, _ in INTRODUCTIONS if s))
    + r")(?=[\s,])"
)
_TAIL = 200  # characters between the verb and the end: the author's name and address, or a date


def _may_end_introduction(line: str) -> bool:
    stripped = line[-80:].rstrip(" *>\t\u200e\u200f\xa0-")
    if stripped.endswith((":", "：")):
        return True
    return stripped.endswith(VERB_ENDINGS) and len(line) < LONGEST_INTRODUCTION


def introduction_start(lines: Sequence[str], end: int, floor: int) -> int:
    """Where the introduction of a quote begins whose last line is `end`, or -1 if it is none.

    Nothing above `floor` is looked at.
    """
    if not _may_end_introduction(lines[end]):
        return -1
    joined = ""
    found = -1
    for start in range(end, max(floor, end - INTRODUCTION_LINES + 1) - 1, -1):
        line = lines[start][:LONGEST_INTRODUCTION].strip(" >\t")
        joined = f"{line} {joined}".strip()
        if not line or len(joined) > LONGEST_INTRODUCTION:
            break
        if _has_start(joined):
            found = start
            break
        # The date may stand in the line above, where wrapping left it.
        wrapped = start == end - 1 and not _CLOCK.search(lines[end]) and _CLOCK.search(line)
        if start >= end - 1 and (found < 0 or wrapped) and _is_introduction(joined):
            found = start
    return found


def _has_start(text: str) -> bool:
    if not _SOME_START.match(text) or not _DATE_LIKE.search(text):
        return False
    for start, verb in zip(_STARTS, _VERBS, strict=True):
        if start is not None and start.match(text):
            ends = [match.end() for match in verb.finditer(text)]
            if ends and _ends_well(text, ends[-1]):
                return True
    return False


def _ends_well(text: str, verb_end: int) -> bool:
    rest = text[verb_end:]
    if not rest.strip(' :：*-—>\t"”\u200e\u200f'):
        return True
    return len(rest) <= _TAIL and rest.rstrip(' *"\t').endswith((":", "："))


def _is_introduction(text: str) -> bool:
    """Without a word that begins one: a verb beside a date or an address, or date and address."""
    stripped = text.rstrip(" *\t\u200e\u200f")
    if not stripped.endswith((":", "：")) or not _DATE_LIKE.search(text):
        return False
    if _CLOCK.search(text) and _ADDRESS_AT_END.search(stripped[-260:]):
        return True
    is_dated = "@" in text or _CLOCK.search(text) is not None
    return is_dated and any(verb.search(text) for verb in _VERBS)


# ---------------------------------------------------------------- splitting

WRAPPED = 100  # a line that wrapping made is not longer
_WRAP_AT = 70  # mail clients wrap at 72 to 80 characters


def _was_cut(above: str, line: str) -> bool:
    above = above.rstrip()
    if above.rfind("(") > above.rfind(")") or above.rfind("<") > above.rfind(">", 1):
        return True
    if line.startswith(("(http", "http", "<http")) and " " not in line.rstrip("> "):
        return True
    return len(above) + len(line.partition(" ")[0]) >= _WRAP_AT and line[0] != "-"


_NO_WORDS = " \t\n-–—_=*~#"
_QUOTE_MARK = re.compile(r"\s{0,3}(?:>|\|\s|&gt;)")


class _Text:
    """The lines of a text, and what each was found to be."""

    def __init__(self, text: str) -> None:
        self.lines: list[str] = []
        self.quoted: list[bool] = []
        self.is_doubtful = False
        """It begins with an introduction, below which nobody knows what is quoted."""
        depth = 0
        is_marked = QUOTE_BEGIN in text or QUOTE_END in text
        for line in text.split("\n"):
            shown, before = line, depth
            if is_marked and (marks := line.count(QUOTE_BEGIN) + line.count(QUOTE_END)):
                depth = max(0, depth + 2 * line.count(QUOTE_BEGIN) - marks)
                shown = line.replace(QUOTE_BEGIN, "").replace(QUOTE_END, "")
                if not shown.strip():
                    continue
            self.lines.append(shown)
            is_quoted = depth > 0 or before > 0 or _QUOTE_MARK.match(shown[:12]) is not None
            self.quoted.append(is_quoted)
        self._join_broken_quotes()

    def _join_broken_quotes(self) -> None:
        """A line between two quoted ones is one of them if wrapping cut it off the one above."""
        lines, quoted = self.lines, self.quoted
        if True not in quoted:
            return
        for index in range(1, len(lines) - 1):
            if quoted[index] or not quoted[index - 1] or not quoted[index + 1]:
                continue
            line = lines[index].strip()
            if line and len(line) < WRAPPED and _was_cut(lines[index - 1], line):
                quoted[index] = True

    def find_history(self) -> None:
        """Mark introductions, and everything from the first line below which nothing is new."""
        floor = 0
        count = len(self.lines)
        cut = min(count, MOST_LINES)
        seen_words = False
        for position in range(cut):
            line = self.lines[position]
            if self.quoted[position] or not line or line.isspace():
                floor = position + 1
                continue
            if may_divide(line) and self._begins_history(position):
                cut = position
                break
            start = introduction_start(self.lines, position, floor)
            if start < 0:
                seen_words = True
                continue
            if not self._quote_follows(position + 1):
                if seen_words:
                    cut = start
                    break
                self.is_doubtful = True
            self.quoted[start : position + 1] = [True] * (position + 1 - start)
            floor = position + 1
        cut = self._with_rule_above(cut) if cut < count else cut
        self.quoted[cut:] = [True] * (count - cut)

    def _begins_history(self, position: int) -> bool:
        line = self.lines[position]
        if is_divider(line) or is_forward_divider(line):
            return True
        if label_of(line) is None or not (block := header_block(self.lines, position)):
            return False
        return "from" in block.fields or position > 0

    def _quote_follows(self, position: int) -> bool:
        """Whether the next words are marked as a quote."""
        for index in range(position, min(len(self.lines), position + 5)):
            if self.lines[index].strip():
                return self.quoted[index]
        return False

    def _with_rule_above(self, cut: int) -> int:
        """A line of dashes above the history belongs to it."""
        above = cut - 1
        while above > 0 and not self.lines[above].strip():
            above -= 1
        if above < 0 or self.quoted[above]:
            return cut
        line = head(self.lines[above])
        return above if RULE.fullmatch(line) or _RULED_WORDS.fullmatch(line) else cut

    def segments(self) -> list[tuple[int, int]]:
        """Runs of lines that are not quoted, without the empty lines around them."""
        found: list[tuple[int, int]] = []
        start = last = -1
        for index, line in enumerate(self.lines):
            if self.quoted[index]:
                if start >= 0:
                    found.append((start, last + 1))
                start = -1
            elif line and not line.isspace():
                start = index if start < 0 else start
                last = index
        if start >= 0:
            found.append((start, last + 1))
        return found


def split(text: str, author: str = "") -> Words:
    """Tell the new words apart; the parts keep the order of their lines.

    If all is quoted, or all may be, `new` and `quoted` are equal: a reader is shown something, and
    who sends words on can see that none of them are known to be new. What is in neither then is in
    `text`.
    `author` is the name of who wrote it: a line with nothing but a part of it is a signature.
    """
    body = _Text(text)
    body.find_history()
    lines, quoted = body.lines, body.quoted
    shown = ["" if is_quoted else line for line, is_quoted in zip(lines, quoted, strict=True)]
    banners = find_banners(shown)
    segments = body.segments()
    signature = find_signature(lines, segments, author, banners)
    for index in (second := repeated(signature, segments, quoted)):
        quoted[index] = True
    signature -= second
    other = signature | banners
    new = _joined(line for i, line in enumerate(lines) if not quoted[i] and i not in other)
    banner = _joined(lines[i] for i in sorted(banners))
    signed = _joined(lines[i] for i in sorted(signature))
    history = _joined(line for i, line in enumerate(lines) if quoted[i])
    if body.is_doubtful and new.strip():
        history = new
    if not new.strip(_NO_WORDS):  # a mail is never shown without words if it has some
        if any(map(str.isalnum, signed)):  # a line of dashes above a quotation is none
            new, signed = signed, ""
        elif history.strip():
            new = history
        else:
            new, banner = banner, ""
    return Words(text=_joined(lines), new=new, signature=signed, quoted=history, banner=banner)


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip("\n")
