"""The lines of a text that sign it: closing words and names, device lines, disclaimers, footers.

The time is linear in the text whatever its author does.
"""

import re
from collections.abc import Sequence

from helpdesk.core.phrases import CLOSINGS, DEVICES, DISCLAIMERS, FOOTERS

LONGEST_LINE = 2_000  # of a longer line only the beginning is looked at
SIGNATURE_LINES = 12  # below closing words
SIGNATURE_WIDTH = 100
SEPARATED_LINES = 60  # below "-- "
LONGEST_SEPARATOR = 10
FOOTER_GAP = 6  # lines between a device line and the disclaimer below it
CONTACT_LINES = 8  # of a signature without closing words
CONTACT_WIDTH = 70
MOST_NAMES = 4
MOST_COMMANDS = 60  # lines

RULE = re.compile(r"\s*(?:[_=*~#-]\s?){5,100}\s*|\s*_{2,}\s*|\s*={3,}\s*")


def head(line: str) -> str:
    return line[:LONGEST_LINE] if len(line) > LONGEST_LINE else line


_SEPARATOR = re.compile(r"\s{0,2}(?:-{2,4}|—|––?|_{2,4})\s*")
_CLOSING = re.compile(rf"(?i)\s*(?:{CLOSINGS})\s?[,.!;:–—-]{{0,3}}\s*")
_NAME_WORD = r"[^\W\d][\w.'-]{0,20}"
_CLOSING_AND_NAME = re.compile(
    rf"(?i)\s*(?:{CLOSINGS})\s?[,.!–—-]{{1,2}}\s*{_NAME_WORD}(?: {_NAME_WORD}){{0,2}}\s*"
)
_DEVICE = re.compile(rf"(?i)\s*[\W_]{{0,4}}(?:{DEVICES})\s*")
_DISCLAIMER = re.compile(rf"(?i)\s*[\W_]{{0,6}}(?:{DISCLAIMERS})")
_FOOTER = re.compile(rf"(?i)\s*(?:{FOOTERS})\s*")
_DASH_NAME = re.compile(
    r"(?:[-–—~/*]|-- ?)\s?([^\W\d_][\w'-]{0,25}(?: [^\W\d_][\w'-]{0,25}){0,3})[.,]?\*?\s*"
)
_COMMAND = re.compile(r"\s{0,4}(?:[-*•·] )?[#＃/／] ?[^\W\d_]")
_TRACKER = re.compile(r"\s*[\u1427\u200b\u2060\ufeff]+\s*")
_CAPITALIZED = r"[^\W\d_a-z][\w'.-]{0,20}"
_NAME = re.compile(rf"{_CAPITALIZED}(?: (?:(?:&|of|and|de|van|von|der) )?{_CAPITALIZED}){{0,3}}")
_CONTACT = re.compile(
    r"(?i)\+?\(?\d{2,4}[)./ -]{1,2}\d{2,4}[./ -]?\d{2,}|[\w.+-]{1,64}@[\w-]{1,63}\.\w|"
    r"https?://|www\.|"
    r"\b(?:tel|phone|fax|mobile|cell|mob|e-?mail)\b\.?\s?:?"
)


def find_signature(
    lines: Sequence[str], segments: Sequence[tuple[int, int]], author: str
) -> frozenset[int]:
    """The lines of signatures, device lines, disclaimers and list footers."""
    found: set[int] = set()
    names = _names_of(author)
    for number, (first, end) in enumerate(segments):
        start = first if number else _after_commands(lines, first, end)
        begin = _separator(lines, first if number else max(first + 1, start), end)
        if number in {0, len(segments) - 1}:
            begin = _tail(lines, start, begin)
            begin = min(begin, _closing(lines, start, begin, names))
            begin = min(begin, _contact_block(lines, start, begin, names))
        found.update(range(begin, end))
    return frozenset(found)


def _after_commands(lines: Sequence[str], start: int, end: int) -> int:
    """Where the lines end with which commands to us begin: none of them is a signature, even if it
    looks like a name after a dash or like an address."""
    after = start
    for index in range(start, min(end, start + MOST_COMMANDS)):
        if _COMMAND.match(lines[index][:12]):
            after = index + 1
        elif lines[index].strip():
            break
    return after


def _separator(lines: Sequence[str], start: int, end: int) -> int:
    """Where "-- " and its kin stand (RFC 3676 §4.3), or the end."""
    for index in range(max(start, end - SEPARATED_LINES), end):
        line = lines[index]
        is_short = line == "-- " or end - index <= SIGNATURE_LINES + 6
        if is_short and len(line) <= LONGEST_SEPARATOR and _SEPARATOR.fullmatch(line):
            return index
    return end


def _tail(lines: Sequence[str], start: int, end: int) -> int:
    """Where device lines, disclaimers and list footers at the end begin."""
    begin = end
    seen = 0
    for index in range(end - 1, max(start - 1, end - SEPARATED_LINES), -1):
        line = head(lines[index])
        if not line or line.isspace():
            continue
        seen += 1
        if _DISCLAIMER.match(line):
            begin = index
        elif _TRACKER.fullmatch(line) or _DEVICE.fullmatch(line) or _FOOTER.fullmatch(line):
            begin = index if begin - index <= FOOTER_GAP or begin == end else begin
        elif RULE.fullmatch(line):
            begin = index if _only_blank(lines, index + 1, begin) else begin
        elif seen > SIGNATURE_LINES:
            break
    return begin


def _only_blank(lines: Sequence[str], start: int, end: int) -> bool:
    return all(not lines[index].strip() for index in range(start, end))


def _closing(lines: Sequence[str], start: int, end: int, names: frozenset[str]) -> int:
    """Where the closing words or the name begin, if only a signature follows them."""
    found = end
    seen = 0
    for index in range(end - 1, start - 1, -1):
        line = lines[index]
        if not line or line.isspace():
            continue
        seen += 1
        if seen > SIGNATURE_LINES or len(line) > SIGNATURE_WIDTH:
            break
        if _CLOSING_AND_NAME.fullmatch(line) or (seen > 1 and _CLOSING.fullmatch(line)):
            return index
        if _is_name(line, names) or (seen == 1 and index > start and _DASH_NAME.fullmatch(line)):
            found = index
    return found


def _contact_block(lines: Sequence[str], start: int, end: int, names: frozenset[str]) -> int:
    """Where a last paragraph begins that is but a name, or a name with telephone and the like."""
    last = end - 1
    while last >= start and not lines[last].strip():
        last -= 1
    first = last
    while first > start and lines[first - 1].strip() and last - first < CONTACT_LINES:
        first -= 1
    above = first - 1
    while above >= start and not lines[above].strip():
        above -= 1
    block = [line.strip() for line in lines[first : last + 1]]
    if above < start or above == first - 1 or any(len(line) > CONTACT_WIDTH for line in block):
        return end
    return first if _is_contact(block, lines[above], names) else end


def _is_contact(block: Sequence[str], above: str, names: frozenset[str]) -> bool:
    contacts = [_CONTACT.search(line) is not None for line in block]
    if all(contacts) or _is_name(block[0], names):
        return True
    if _NAME.fullmatch(block[0]) is None:
        return False
    if len(block) == 1:  # one word alone may be an answer, but hardly after a whole sentence
        return above.rstrip().endswith((".", "!", "?", ")", ","))
    return any(contacts) or all(map(_NAME.fullmatch, block))


def _names_of(author: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]{2,30}", author[:200].casefold()))


def _is_name(line: str, names: frozenset[str]) -> bool:
    """Whether the line has nothing but names of the author and initials."""
    if len(line) > CONTACT_WIDTH:
        return False
    words = re.findall(r"[^\W\d_]+", line.casefold())
    if len(words) > MOST_NAMES or names.isdisjoint(words):
        return False
    return all(word in names or len(word) == 1 for word in words)
