"""The new words of a message, told apart from quoted history, signature and banners.

Every line has a kind, and the strings and spans of `Words` are made from these kinds alone. Every
line is looked at a bounded number of times, and no pattern sees more than the beginning of a few
short lines, so the time is linear in the text whatever its author does.
"""

import re
from collections.abc import Iterable
from itertools import groupby

from helpdesk.core.banners import find_banners
from helpdesk.core.dividers import (
    LONGEST_BARE,
    RULED_WORDS,
    header_block,
    is_divider,
    is_forward_divider,
    label_of,
    may_divide,
    notes_header_start,
)
from helpdesk.core.introductions import (
    ends_in_quote,
    introduction_start,
    introduction_within,
    may_end_introduction,
)
from helpdesk.core.mail import Span, Words
from helpdesk.core.signature import RULE, find_signature, head, repeated

# Noncharacters, which never occur in clean text: the HTML reader puts them on lines of their own.
QUOTE_BEGIN = "\ufdd0"
QUOTE_END = "\ufdd1"
INDENT_BEGIN = "\ufdd2"
"""Of a block that is a quotation only if an introduction stands above one of its kind."""
INDENT_END = "\ufdd3"

MOST_LINES = 20_000  # what follows is history
MOST_LOOKS = 300  # lines that look like the end of an introduction, or like a label, and are none
LONGEST_ROW = 500  # characters of a line that are looked at for marks within
MOST_INITIALS = 5  # different ones before quoted lines

NEW = "new"
QUOTED = "quoted"
SIGNATURE = "signature"
BANNER = "banner"

# ---------------------------------------------------------------- lines and their kinds

WRAPPED = 100  # a line that wrapping made is not longer
_WRAP_AT = 70  # mail clients wrap at 72 to 80 characters

_NO_WORDS = " \t\n-–—_=*~#"
_QUOTE_MARK = re.compile(r"\s{0,3}(?:>|&gt;)")
_BAR = re.compile(r"\s{0,3}[|»](?:\s|$)")
_FIRST_MARKS = frozenset(">&|»")
_INITIALS = re.compile(r"\s{0,2}([^\W\d_]{1,4}>)")
_MARKS = re.compile("[\ufdd0-\ufdd3]")
_DEPTHS = {QUOTE_BEGIN: (1, 0), QUOTE_END: (-1, 0), INDENT_BEGIN: (0, 1), INDENT_END: (0, -1)}


def _was_cut(above: str, line: str) -> bool:
    above = above.rstrip()
    if above.rfind("(") > above.rfind(")") or above.rfind("<") > above.rfind(">", 1):
        return True
    if line.startswith(("(http", "http", "<http")) and " " not in line.rstrip("> "):
        return True
    return len(above) + len(line.partition(" ")[0]) >= _WRAP_AT and line[0] != "-"


def _is_words_only(line: str) -> bool:
    """Whether a line can neither divide nor introduce; most cannot, and looking takes time."""
    return (
        line[:1].isalpha()
        and len(line) > LONGEST_BARE
        and ":" not in line
        and "> " not in line
        and not may_end_introduction(line, above_quote=True)
        and "：" not in line
    )


def _is_marked(line: str) -> bool:
    """Whether a quote mark stands before it. A bar within the line makes it a row of a table, and
    a second guillemet a word in quotation marks."""
    if line[:4].lstrip()[:1] not in _FIRST_MARKS:
        return False
    start = line[:12]
    if _QUOTE_MARK.match(start):
        return True
    if not _BAR.match(start):
        return False
    rest = line[:LONGEST_ROW].strip()[1:]
    return "|" not in rest and "«" not in rest


class _Text:
    """The lines of a text, and what each was found to be."""

    def __init__(self, text: str) -> None:
        self.lines: list[str] = []
        self.kinds: list[str] = []
        self.indented: list[bool] = []
        self.joined: set[int] = set()
        """Lines that stand in one line of the text with the next one."""
        self.is_doubtful = False
        """It begins with an introduction, below which nobody knows what is quoted."""
        self._looks = 0
        self._initials: set[str] = set()
        *lines, rest = text.split("\n", MOST_LINES)
        is_cut = len(lines) == MOST_LINES
        if not is_cut:
            lines.append(rest)
        if any(mark in text for mark in _DEPTHS):
            self._read_marked(lines)
        else:
            self.lines = lines
            self.kinds = [
                QUOTED if line[:4].lstrip()[:1] in _FIRST_MARKS and _is_marked(line) else NEW
                for line in lines
            ]
            self.indented = [False] * len(lines)
        self._count = len(self.lines)
        if is_cut:
            self._add(_MARKS.sub("", rest), QUOTED)
        self._mend_addresses()
        self._join_broken_quotes()

    def _add(self, line: str, kind: str, *, indented: bool = False) -> None:
        self.lines.append(line)
        self.kinds.append(kind)
        self.indented.append(indented)

    def _read_marked(self, lines: Iterable[str]) -> None:
        quotes = indents = 0
        for line in lines:
            marks = [] if line.isascii() else _MARKS.findall(line)
            before = quotes, indents
            for mark in marks:
                quotes = max(0, quotes + _DEPTHS[mark][0])
                indents = max(0, indents + _DEPTHS[mark][1])
            shown = _MARKS.sub("", line) if marks else line
            if marks and not shown.strip():
                continue
            is_quoted = quotes > 0 or before[0] > 0 or _is_marked(shown)
            indented = indents > 0 or before[1] > 0
            self._add(shown, QUOTED if is_quoted else NEW, indented=indented)

    def _mend_addresses(self) -> None:
        """A ">" that ends an address, which a client put in a line of its own, is no quote mark."""
        for index, line in enumerate(self.lines[: self._count]):
            if line[:1] != ">" or not index or self.kinds[index - 1] != NEW:
                continue
            above = self.lines[max(0, index - 2) : index]
            if any(line.rstrip().endswith("<") for line in above) and may_end_introduction(
                self.lines[index]
            ):
                self.kinds[index] = NEW

    def _join_broken_quotes(self) -> None:
        """A line between two quoted ones is one of them if wrapping cut it off the one above."""
        lines, kinds = self.lines, self.kinds
        for index in range(1, self._count - 1):
            if kinds[index] != NEW or kinds[index - 1] != QUOTED or kinds[index + 1] != QUOTED:
                continue
            line = lines[index].strip()
            if line and len(line) < WRAPPED and _was_cut(lines[index - 1], line):
                kinds[index] = QUOTED

    # ------------------------------------------------------------ history

    def find_history(self) -> None:
        """Mark introductions, and everything from the first line below which nothing is new."""
        floor = position = 0
        cut = len(self.lines)
        seen_words = False
        while position < min(self._count, cut):
            line = self.lines[position]
            if self.kinds[position] != NEW or not line or line.isspace():
                floor = position + 1
            elif _is_words_only(line):
                seen_words = True
            elif may_divide(line) and self._begins_history(position):
                cut = position
            elif (start := notes_header_start(self.lines, position)) >= 0:
                cut = start
            elif (start := self._introduction(position, floor)) < 0:
                seen_words = True
            else:
                seen_words = seen_words or start > position or self._has_words(floor, start)
                position = max(position, start)
                is_above_quote = self._take_quote_below(position + 1)
                if seen_words and not is_above_quote:
                    cut = start
                else:
                    self.is_doubtful |= not is_above_quote
                    self._mark(start, position + 1)
                    floor = position + 1
            position += 1
        self._mark(self._with_rule_above(cut), len(self.lines))

    def _mark(self, start: int, end: int) -> None:
        self.kinds[start:end] = [QUOTED] * (end - start)

    def _begins_history(self, position: int) -> bool:
        line = self.lines[position]
        if is_divider(line) or is_forward_divider(line):
            return True
        if self._looks > MOST_LOOKS or label_of(line) is None:
            return False
        self._looks += 1
        block = header_block(self.lines, position)
        return block is not None and ("from" in block.fields or position > 0)

    def _introduction(self, position: int, floor: int) -> int:
        """Where the introduction begins that ends with this line, or -1. Words before it in the
        same line become a line of their own."""
        line = self.lines[position]
        if self._looks > MOST_LOOKS:
            return -1
        if "> " in line[:LONGEST_ROW] and ends_in_quote(line):
            return position
        if not may_end_introduction(line, above_quote=True):
            return -1
        below = self._may_quote_below(position + 1)
        if not below and not may_end_introduction(line):
            return -1
        self._looks += 1
        start = introduction_start(self.lines, position, floor, above_quote=below)
        if start >= 0 and not line.rstrip().endswith(":") and self._goes_on_below(position, start):
            return -1
        if 0 <= start < position or not below:
            return start
        if (within := introduction_within(line)) < 0:
            return start
        self.lines[position : position + 1] = [line[:within], line[within:]]
        self.kinds.insert(position, NEW)
        self.indented.insert(position, self.indented[position])
        self.joined = {n + (n >= position) for n in self.joined} | {position}
        self._count += 1
        return position + 1

    def _goes_on_below(self, position: int, start: int) -> bool:
        """Whether an introduction without a colon goes on in the next lines, and ends with one."""
        for index in range(position + 1, min(self._count, position + 3)):
            line = self.lines[index]
            if self.kinds[index] != NEW or not line.strip():
                return False
            if line.rstrip().endswith((":", "：")):
                return 0 <= introduction_start(self.lines, index, start) <= position
        return False

    def _words_below(self, position: int) -> int:
        """The next line with words, if it is near; else -1."""
        for index in range(position, min(self._count, position + 5)):
            if self.lines[index].strip():
                return index
        return -1

    def _may_quote_below(self, position: int) -> bool:
        """Whether the next words look like a quotation, in whatever way it is marked."""
        if (index := self._words_below(position)) < 0:
            return False
        if self.kinds[index] == QUOTED or self.indented[index]:
            return True
        return _INITIALS.match(self.lines[index][:12]) is not None

    def _take_quote_below(self, position: int) -> bool:
        """Below an introduction: whether the next words are a quotation. If they are marked in a
        way that by itself means nothing, all lines that are marked so are quoted."""
        if (index := self._words_below(position)) < 0:
            return False
        if self.kinds[index] == NEW and self.indented[index]:
            self._mark_indented()
        elif self.kinds[index] == NEW and (found := _INITIALS.match(self.lines[index][:12])):
            self._mark_initials(found[1])
        return self.kinds[index] == QUOTED

    def _mark_indented(self) -> None:
        for index in range(self._count):
            if self.indented[index]:
                self.kinds[index] = QUOTED

    def _mark_initials(self, mark: str) -> None:
        """Initials of the author before each quoted line, as The Bat! and others write them."""
        if len(self._initials) < MOST_INITIALS and mark not in self._initials:
            self._initials.add(mark)
            for index in range(self._count):
                if self.lines[index][:12].lstrip().startswith(mark):
                    self.kinds[index] = QUOTED

    def _has_words(self, start: int, end: int) -> bool:
        return any(line.strip() for line in self.lines[start:end])

    def _with_rule_above(self, cut: int) -> int:
        """A line of dashes above the history belongs to it."""
        if cut >= len(self.lines):
            return cut
        above = cut - 1
        while above > 0 and not self.lines[above].strip():
            above -= 1
        if above < 0 or self.kinds[above] != NEW:
            return cut
        line = head(self.lines[above])
        return above if RULE.fullmatch(line) or RULED_WORDS.fullmatch(line) else cut

    # ------------------------------------------------------------ what is left

    def find_rest(self, author: str) -> None:
        """Banners, and signatures: a second one below the history is history."""
        unquoted = [
            "" if kind == QUOTED else line
            for line, kind in zip(self.lines, self.kinds, strict=True)
        ]
        banners = find_banners(unquoted)
        segments = self.segments()
        self.mark(banners, BANNER)
        signature = find_signature(self.lines, segments, author, banners)
        again = repeated(signature, segments, (kind == QUOTED for kind in self.kinds))
        self.mark(again, QUOTED)
        self.mark(signature - again, SIGNATURE)
        self.settle_empty_lines()

    def turn(self, found: str) -> None:
        """All lines of a kind are new words after all."""
        self.kinds = [NEW if kind == found else kind for kind in self.kinds]

    def mark(self, numbers: Iterable[int], kind: str) -> None:
        """Give lines a kind that are not quoted."""
        for number in numbers:
            if self.kinds[number] == NEW:
                self.kinds[number] = kind

    def segments(self) -> list[tuple[int, int]]:
        """Runs of new lines, without the empty lines around them."""
        found: list[tuple[int, int]] = []
        start = last = -1
        for index, line in enumerate(self.lines):
            if self.kinds[index] != NEW:
                if start >= 0:
                    found.append((start, last + 1))
                start = -1
            elif line and not line.isspace():
                start = index if start < 0 else start
                last = index
        if start >= 0:
            found.append((start, last + 1))
        return found

    def settle_empty_lines(self) -> None:
        """An empty line is of the kind of the line above it."""
        kind = NEW
        for index, line in enumerate(self.lines):
            if self.kinds[index] == NEW and kind != NEW and (not line or line.isspace()):
                self.kinds[index] = kind
            kind = self.kinds[index]

    def parts(self) -> dict[str, str]:
        """Of each kind all lines, without empty ones around them."""
        found: dict[str, list[str]] = {NEW: [], SIGNATURE: [], QUOTED: [], BANNER: []}
        for line, kind in zip(self.lines, self.kinds, strict=True):
            found[kind].append(line)
        return {kind: "\n".join(_trimmed(lines)) for kind, lines in found.items()}

    def whole(self) -> tuple[str, tuple[Span, ...]]:
        """The text without empty lines around it, and its spans."""
        first, last = 0, len(self.lines)
        while first < last and not self.lines[first]:
            first += 1
        while last > first and not self.lines[last - 1]:
            last -= 1
        pieces = [line + "\n" for line in self.lines[first:last]]
        for index in self.joined | {last - 1}:
            if first <= index < last:
                pieces[index - first] = self.lines[index]
        spans: list[Span] = []
        end = position = 0
        for kind, run in groupby(self.kinds[first:last]):
            below = position + len(list(run))
            start, end = end, end + sum(map(len, pieces[position:below]))
            position = below
            if spans and spans[-1].kind == kind:
                start = spans.pop().start
            if end > start:
                spans.append(Span(start, end, kind))
        text = "".join(pieces)
        return text, tuple(spans)


def _trimmed(lines: list[str]) -> list[str]:
    first, last = 0, len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    while first < last and not lines[first].strip():
        first += 1
    return lines[first:last]


def split(text: str, author: str = "") -> Words:
    """Tell the new words apart; the parts keep the order of their lines.

    If all is quoted, or all may be, `new` and `quoted` are equal: a reader is shown something, and
    who sends words on can see that none of them are known to be new. What is in neither then is in
    `text`.
    `author` is the name of who wrote it: a line with nothing but a part of it is a signature.
    """
    body = _Text(text)
    body.find_history()
    body.find_rest(author)
    new, signed, quoted, banner = body.parts().values()
    if body.is_doubtful and new.strip():
        quoted = new
    if not new.strip(_NO_WORDS):  # a mail is never shown without words if it has some
        if any(map(str.isalnum, signed)) or not (quoted.strip() or banner.strip()):
            body.turn(SIGNATURE)
            new, signed = body.parts()[NEW], ""
        elif quoted.strip():  # a line of dashes above a quotation is none
            new = quoted
        else:
            body.turn(BANNER)
            new, banner = body.parts()[NEW], ""
    whole, spans = body.whole()
    return Words(whole, new, signed, quoted, banner, spans)
