"""What of a reply is the very mail that it answers: we sent that, so we need not guess.

Clients that mark quotations in no way that anybody knows are understood by this alone.
Failures: none; without the mail that is answered, or where nothing new would be left, the words
stay as they are. The time is linear in the text.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from helpdesk.core.mail import Span, Words
from helpdesk.core.signature import LONGEST_LINE

MOST_LINES = 20_000
MOST_SENT = 100_000
"""Characters of the mail that is answered."""
RUN = 4
"""Words; a line is known if every run of so many in it stands in the mail that is answered."""
LONG_ENOUGH = 30
"""Characters of a known line that counts alone; a shorter one counts beside another."""
INTRODUCTION = 200

_WORD = re.compile(r"\w+")
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


def _known_lines(lines: Sequence[str], new: Sequence[int], sent: Iterable[str]) -> set[int]:
    runs: set[tuple[str, ...]] = set()
    whole: set[tuple[str, ...]] = set()
    for text in sent:
        flat = _words_in(text[:MOST_SENT])
        runs.update(zip(*(flat[start:] for start in range(RUN)), strict=False))
        whole.update(tuple(_words_in(line)) for line in text[:MOST_SENT].split("\n"))
    whole.discard(())
    if not whole:
        return set()
    known = [_is_known(_words_in(lines[index][:LONGEST_LINE]), runs, whole) for index in new]
    found: set[int] = set()
    for place, index in enumerate(new):
        beside = known[max(0, place - 1) : place] + known[place + 1 : place + 2]
        if known[place] and (any(beside) or len(lines[index].strip()) >= LONG_ENOUGH):
            found.add(index)
            above = new[place - 1] if place else -1
            if above >= 0 and above not in found and _introduces(lines[above]):
                found.add(above)
    return found


def _words_in(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _is_known(line: list[str], runs: set[tuple[str, ...]], whole: set[tuple[str, ...]]) -> bool:
    if len(line) < RUN:
        return tuple(line) in whole
    return all(run in runs for run in zip(*(line[start:] for start in range(RUN)), strict=False))


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
