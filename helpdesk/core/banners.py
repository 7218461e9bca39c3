"""What mail systems put into a mail: that it comes from outside, what a scanner found, disclaimers.

The time is linear in the text whatever its author does.
"""

import re
from collections.abc import Iterator, Sequence

from helpdesk.core.beginnings import LETTERS, Beginnings, first_letters
from helpdesk.core.signature_phrases import (
    BANNER_BEGIN,
    BANNER_END,
    BANNERS,
    BANNERS_WITHIN,
    DISCLAIMER_WORDS,
    DISCLAIMERS,
    NOTES,
)

MOST_LINES = 20_000  # of a mail; below them nothing is looked for
MOST_BANNERS = 12  # paragraphs of a mail that are one
LONGEST_LINE = 800  # of a longer line only the beginning is looked at
LONGEST_DISCLAIMER = 40  # lines of a paragraph
LEAST_DISCLAIMER = 75  # characters; in some scripts a third of them says as much
MOST_BETWEEN = 15  # lines between two marks of a mail system
WRAPPED = 60  # a line that wrapping made is not shorter

_MARKS = r"[\s\W_]{0,12}"
_BANNER = re.compile(rf"{_MARKS}(?:{BANNERS})[\s\W_]{{0,12}}")
_DISCLAIMER = re.compile(rf"{_MARKS}(?:{DISCLAIMERS})")
_NOTE = re.compile(rf"{_MARKS}(?:{NOTES})")
_WORDS = re.compile(rf"{DISCLAIMER_WORDS}")
_BEGIN = re.compile(rf"{_MARKS}(?:{BANNER_BEGIN}).{{0,80}}")
_END = re.compile(rf".{{0,80}}(?:{BANNER_END}){_MARKS}")
_ANY = Beginnings(f"{BANNERS}|{DISCLAIMERS}|{NOTES}|{BANNER_BEGIN}", BANNERS_WITHIN)
_RULE = re.compile(r"\s*(?:[_=*~#+-]\s?){5,200}\s*")
_SENTENCE_END = (".", "!", "?", ":", "]", ")", "。")


def find_banners(lines: Sequence[str]) -> frozenset[int]:
    """The indices of the lines that a mail system put in; whoever knows lines that do not matter
    gives empty ones in their place. Words that no pattern knows are the
    author's: better a banner is shown than his words are not."""
    found: set[int] = set()
    is_top, after, count = True, False, 0
    for start, end in _paragraphs(lines):
        taken = range(0)
        if after or _may_be_any(lines, start, end):
            taken = _paragraph(lines, start, end, is_top=is_top, after=after)
        found.update(taken)
        after = (bool(taken) and max(taken) >= end - 1) or (after and _is_rule(lines, start, end))
        is_top = is_top and (len(taken) == end - start or _is_rule(lines, start, end))
        count += bool(taken)
        if count >= MOST_BANNERS:
            break
    return frozenset(found)


def _may_be_any(lines: Sequence[str], start: int, end: int) -> bool:
    """Whether it is worth looking at a paragraph; most are not, and looking takes time."""
    for index in range(start, end):
        line = _lowered(lines[index])
        first = first_letters(line)
        if len(first) < LETTERS:
            line = _lowered(" ".join(lines[index : index + 4]))
            first = first_letters(line)
        if _ANY.may_begin(first) or _ANY.may_be_within(line):
            return True
    return False


def _paragraph(lines: Sequence[str], start: int, end: int, *, is_top: bool, after: bool) -> range:
    taken = _marked(lines, start, end)
    if not taken and is_top:
        taken = _at_the_top(lines, start, end)
    if not taken:
        taken = _disclaimer(lines, start, end, after=after)
    if not taken and not is_top:
        taken = _alone(lines, start, end)
    return taken


def _lowered(line: str) -> str:
    line = line[:LONGEST_LINE]
    return line.lower() if line.isascii() else line.replace("İ", "i").lower()


def _paragraphs(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = -1
    lines = lines[:MOST_LINES]
    for index, line in enumerate(lines):
        if not line or line.isspace():
            if start >= 0:
                yield start, index
            start = -1
        elif start < 0:
            start = index
    if start >= 0:
        yield start, len(lines)


def _is_rule(lines: Sequence[str], start: int, end: int) -> bool:
    return end - start == 1 and _RULE.fullmatch(lines[start][:LONGEST_LINE]) is not None


def _is_banner(line: str) -> bool:
    lower = _lowered(line)
    return _ANY.may_match(lower) and _BANNER.fullmatch(lower) is not None


def _marked(lines: Sequence[str], start: int, end: int) -> range:
    """From a mark where a product's banner begins to the one where it ends."""
    if _BEGIN.fullmatch(_lowered(lines[start])) is None:
        return range(0)
    for index in range(start, min(len(lines), start + MOST_BETWEEN)):
        if _END.fullmatch(_lowered(lines[index])):
            return range(start, index + 1)
    return range(start, min(end, start + MOST_BETWEEN))


def _at_the_top(lines: Sequence[str], start: int, end: int) -> range:
    """Lines of a banner above the words: each one says so, or wrapping cut it off such a one."""
    index = start
    seen = False
    while index < end:
        line = lines[index]
        is_cut = seen and _was_cut(lines[index - 1])
        if not (is_cut or _is_banner(line) or (_is_rule(lines, index, index + 1))):
            break
        seen = seen or _is_banner(line)
        index += 1
    return range(start, index) if seen else range(0)


def _was_cut(line: str) -> bool:
    stripped = line.rstrip(" *|\t")
    return len(stripped) >= WRAPPED and not stripped.endswith(_SENTENCE_END)


def _disclaimer(lines: Sequence[str], start: int, end: int, *, after: bool) -> range:
    """A paragraph that begins like one, or goes on with one that stands above it."""
    if end - start > LONGEST_DISCLAIMER:
        return range(0)
    lines = [_lowered(line) for line in lines[start:end]]
    text = " ".join(lines[:4])
    if _is_disclaimer(text):
        return range(start, end)
    if after and _has_words(text):
        return range(start, end)
    # Closing words and a name may stand above it without an empty line.
    for index in range(1, end - start):
        if _may_begin(lines, index) and _is_disclaimer(" ".join(lines[index : index + 4])):
            return range(start + index, end)
    return range(0)


def _may_begin(lines: Sequence[str], index: int) -> bool:
    first = first_letters(lines[index])
    if len(first) < LETTERS:
        first = first_letters(" ".join(lines[index : index + 4]))
    return _ANY.may_begin(first)


def _is_disclaimer(text: str) -> bool:
    text = text[:LONGEST_LINE]
    if not _ANY.may_match(text):
        return False
    if _NOTE.match(text):
        return True
    # Of his own words, too, somebody may say that they are confidential.
    if len(text) < (LEAST_DISCLAIMER if text.isascii() else LEAST_DISCLAIMER // 3):
        return False
    return _DISCLAIMER.match(text) is not None and (not text.isascii() or _has_words(text))


def _has_words(text: str) -> bool:
    return len(set(_WORDS.findall(text[: 4 * LONGEST_LINE]))) > 1


def _alone(lines: Sequence[str], start: int, end: int) -> range:
    """Below the words, a banner is a paragraph of its own."""
    taken = _at_the_top(lines, start, end)
    return taken if len(taken) == end - start else range(0)
