"""What of a reply is the very mail that it answers: we sent that, so we need not guess.

Clients that mark quotations in no way that anybody knows are understood by this alone.
Failures: none; without the mail that is answered, or where nothing new would be left, the words
stay as they are. The time is linear in the text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from helpdesk.core.mail import Span, Words
from helpdesk.core.signature import LONGEST_LINE

MOST_LINES = 20_000
MOST_SENT = 40_000
"""Characters of the mail that is answered."""
RUN = 4
"""Words; a line is known if every run of so many in it stands in the mail that is answered."""
LONG_ENOUGH = 30
"""Characters of known lines; fewer may well be somebody's own."""
INTRODUCTION = 200
WRAPPED = 64
"""Characters of a line that wrapping may have cut, with the first word of the next one."""

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|\n(?=\s*[-*•\d])")
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}(?!\d)")


def fold_known(words: Words, sent: Iterable[str], marks: Iterable[str] = ()) -> Words:
    """Take out of the new words what stands in one of the texts `sent`, and everything from a line
    on that bears one of the `marks`, which only we can have made.
    """
    lines = words.text.split("\n")
    kinds = line_kinds(words, lines)
    new = [index for index, kind in enumerate(kinds) if kind == "new" and lines[index].strip()]
    if not new or len(lines) > MOST_LINES:
        return words
    folded = _known_lines(lines, new, sent) | _below_mark(lines, new, tuple(marks))
    if not folded or not any(_WORD.search(lines[i]) for i in new if i not in folded):
        return words
    after = ["quoted" if index in folded else kind for index, kind in enumerate(kinds)]
    return words_of(words, lines, after)


def newly_quoted(before: Words, after: Words) -> str:
    """The lines of one text that were new words and are quoted now."""
    lines = before.text.split("\n")
    kinds = zip(line_kinds(before, lines), line_kinds(after, lines), strict=True)
    changed = [was == "new" and now == "quoted" for was, now in kinds]
    return "\n".join(line for line, is_it in zip(lines, changed, strict=True) if is_it)


def _known_lines(lines: Sequence[str], new: Sequence[int], sent: Iterable[str]) -> set[int]:
    known = _Known(sent)
    if not known.whole:
        return set()
    found: set[int] = set()
    block: list[int] = []
    inside: list[list[str]] = []
    for place, index in enumerate([*new, -1]):
        said = _words_in(lines[index][:LONGEST_LINE]) if index >= 0 else []
        if index >= 0 and known.has(said):
            block.append(index)
            inside.append(said)
            continue
        characters = sum(len(lines[each].strip()) for each in block)
        if block and characters >= LONG_ENOUGH and known.has_all_of_something(inside):
            found.update(block)
            first = place - len(block)
            above = new[first - 1] if first else -1
            if above >= 0 and above not in found and _introduces(lines[above]):
                found.add(above)
        block, inside = [], []
    return found


class _Known:
    """What the mails said that are answered: their lines, their runs of words, and the runs with
    which their sentences begin and end."""

    def __init__(self, sent: Iterable[str]) -> None:
        self.runs: set[tuple[str, ...]] = set()
        self.whole: set[tuple[str, ...]] = set()
        self.begins: set[tuple[str, ...]] = set()
        self.ends: set[tuple[str, ...]] = set()
        for text in sent:
            rows = text[:MOST_SENT].split("\n")
            self.runs.update(_runs(_words_in(text[:MOST_SENT])))
            self.whole.update(tuple(_words_in(row)) for row in rows)
            for sentence in _sentences(rows):
                said = tuple(_words_in(sentence))
                if len(said) >= RUN:
                    self.begins.add(said[:RUN])
                    self.ends.add(said[-RUN:])
        self.whole.discard(())

    def has(self, line: Sequence[str]) -> bool:
        if len(line) < RUN:
            return tuple(line) in self.whole
        return all(run in self.runs for run in _runs(line))

    def has_all_of_something(self, lines: Sequence[Sequence[str]]) -> bool:
        """Whether a sentence begins and ends in these lines, or two of them are whole. A piece of
        one, such as "that it still does not work", is what anybody may say himself."""
        if sum(tuple(line) in self.whole for line in lines) > 1:
            return True
        has_begun = False
        for run in _runs([word for line in lines for word in line]):
            has_begun = has_begun or run in self.begins
            if has_begun and run in self.ends:
                return True
        return False


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(RUN)), strict=False)


def _sentences(rows: Iterable[str]) -> Iterator[str]:
    """Also those of lines that wrapping cut."""
    pieces: list[str] = []
    for row in rows:
        is_cut = pieces and len(pieces[-1]) + len(row.partition(" ")[0]) >= WRAPPED
        if not (is_cut and row.strip()):
            yield from _SENTENCE_END.split("\n".join(pieces))
            pieces = []
        pieces.append(row)
    yield from _SENTENCE_END.split("\n".join(pieces))


def _words_in(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _introduces(line: str) -> bool:
    """In a language that no table has: it ends in a colon and names an address or a time of day."""
    shown = line.strip()
    return (
        len(shown) <= INTRODUCTION
        and shown.endswith((":", "："))
        and ("@" in shown or _CLOCK.search(shown) is not None)
    )


def _below_mark(lines: Sequence[str], new: Sequence[int], marks: tuple[str, ...]) -> set[int]:
    """A marked line that stands in a quotation is no reason: below that somebody may answer."""
    for place, index in enumerate(new):
        if any(mark in lines[index].casefold() for mark in marks):
            wrapped = place and lines[new[place - 1]].lstrip(" >*").startswith("##")
            return set(new[place - 1 if wrapped else place :])
    return set()


def line_kinds(words: Words, lines: Sequence[str]) -> list[str]:
    """What each line of the text is; all of it new where nothing else is known."""
    if not words.spans:
        return ["new"] * len(lines)
    kinds: list[str] = []
    spans = iter(words.spans)
    span = next(spans)
    at = 0
    for line in lines:
        while span.end <= at and (following := next(spans, None)) is not None:
            span = following
        kinds.append(span.kind)
        at += len(line) + 1
    return kinds


def words_of(words: Words, lines: Sequence[str], kinds: Sequence[str]) -> Words:
    """The same text with other kinds of its lines."""

    def joined(wanted: str) -> str:
        chosen = (line for line, kind in zip(lines, kinds, strict=True) if kind == wanted)
        return "\n".join(chosen).strip("\n")

    return replace(
        words,
        new=joined("new"),
        signature=joined("signature"),
        quoted=joined("quoted"),
        banner=joined("banner"),
        spans=spans_of(lines, kinds),
    )


def spans_of(lines: Sequence[str], kinds: Sequence[str]) -> tuple[Span, ...]:
    spans: list[Span] = []
    start = at = 0
    for index, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        at += len(line) + (index + 1 < len(lines))
        if index + 1 == len(kinds) or kinds[index + 1] != kind:
            spans.append(Span(start, at, kind))
            start = at
    return tuple(spans)
