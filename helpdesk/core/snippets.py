"""The place in a text that shows why it was found, with what was looked for marked."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helpdesk.core.search_words import LONGEST_WORD, WORD, Term, plain

LONGEST_TEXT = 20_000
"""Characters of a text that are looked through for a place to show."""
WIDTH = 160
_BEFORE = 40
"""Characters in front of the first hit."""
_MOST_HITS = 200

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Snippet:
    text: str
    """One line."""
    hits: tuple[Span, ...]
    """Where in it what was looked for begins and ends."""


def marked(text: str, hits: Sequence[Sequence[int]], mark: str = "*") -> str:
    """With a mark before and behind each hit."""
    parts, last = [], 0
    for start, end in hits:
        parts += [text[last:start], mark, text[start:end], mark]
        last = end
    return "".join([*parts, text[last:]])


def snippet(text: str, terms: Sequence[Term]) -> Snippet | None:
    """None: nothing of what was looked for is in it, or only far behind."""
    line = " ".join(unicodedata.normalize("NFC", text[:LONGEST_TEXT]).split())
    hits = sorted(_hits(line, terms))[:_MOST_HITS]
    if not hits:
        return None
    best = max(hits, key=lambda hit: (len(_near(hits, hit)), -hit[0]))
    start, end = _window(line, best[0])
    ahead = "… " if start else ""
    shown = f"{ahead}{line[start:end]}{' …' if end < len(line) else ''}"
    shift = len(ahead) - start
    inside = [(a + shift, b + shift) for a, b, _ in hits if start <= a and b <= end]
    return Snippet(shown, tuple(_apart(inside)))


def _near(hits: Sequence[tuple[int, int, int]], first: tuple[int, int, int]) -> set[int]:
    """Which of the terms a window that begins with this hit would show."""
    return {term for a, b, term in hits if first[0] <= a and b <= first[0] + WIDTH - _BEFORE}


def _hits(line: str, terms: Sequence[Term]) -> Iterator[tuple[int, int, int]]:
    """Start, end and which term it is of."""
    words = list(_words(line))
    first: dict[str, list[int]] = {}
    for place, (word, _, _) in enumerate(words):
        first.setdefault(word, []).append(place)
    for number, term in enumerate(terms):
        for place in _places(first, term):
            found = words[place : place + len(term.words)]
            if _follows([word for word, _, _ in found], term):
                yield found[0][1], found[-1][2], number


def _places(first: dict[str, list[int]], term: Term) -> list[int]:
    word = term.words[0]
    if term.is_prefix and len(term.words) == 1:
        return [
            each for known, places in first.items() if known.startswith(word) for each in places
        ]
    return first.get(word, [])


def _follows(words: Sequence[str], term: Term) -> bool:
    *before, last = term.words
    if len(words) < len(term.words) or list(words[:-1]) != before:
        return False
    return words[-1].startswith(last) if term.is_prefix else words[-1] == last


def _words(line: str) -> Iterator[tuple[str, int, int]]:
    """Each with where it begins and ends in the line as it is written."""
    if line.isascii():
        for found in WORD.finditer(line.lower()):
            yield found[0][:LONGEST_WORD], found.start(), found.end()
        return
    # Case and accents change lengths, so each character is followed on its own.
    written = [plain(char) for char in line]
    origin = [place for place, each in enumerate(written) for _ in each]
    for found in WORD.finditer("".join(written)):
        yield found[0][:LONGEST_WORD], origin[found.start()], origin[found.end() - 1] + 1


def _window(line: str, hit: int) -> Span:
    """Around a hit, from a blank to a blank where there is one."""
    start = max(0, hit - _BEFORE)
    if start:
        blank = line.find(" ", start, hit)
        start = blank + 1 if blank >= 0 else start
    end = min(len(line), start + WIDTH)
    if end < len(line):
        blank = line.rfind(" ", hit + 1, end)
        end = blank if blank > hit + WIDTH // 2 else end
    return start, end


def _apart(hits: Sequence[Span]) -> Iterator[Span]:
    """Without those that lie in the one before."""
    last = 0
    for start, end in sorted(set(hits)):
        if start >= last:
            yield start, end
            last = end
