"""The words of a text as they are looked up: without case, accents and punctuation.

Scripts that put no space between words are taken apart into characters; a run of them is found as a
phrase. Both databases keep what is made here as it is, so they find the same.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_TEXT = 100_000
"""Characters of a text that are looked up; what stands behind them is not found."""
MOST_WORDS = 16_000
"""Of a text. PostgreSQL counts places up to 16,383, and takes 1 MB of words."""
LONGEST_WORD = 64
"""Characters of a word that count."""
MOST_TERMS = 16
SHORTEST_PREFIX = 4
"""Characters that a word needs to stand for all that begin with it."""

_APART = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
WORD = re.compile(rf"[{_APART}]|[^\W_{_APART}]+")
_IS_APART = re.compile(f"[{_APART}]")
_VOICED = "\u3099\u309a"
"""Marks of Kana that make another letter, as が of か."""
_PARTS = re.compile(r'"([^"]*)"?|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow each other."""

    words: tuple[str, ...]
    is_prefix: bool
    """Longer words than the last one count, too."""


def words_of(text: str) -> tuple[str, ...]:
    """In their order."""
    found = WORD.findall(plain(text[:LONGEST_TEXT])[:LONGEST_TEXT])
    return tuple(word[:LONGEST_WORD] for word in found if word.isalnum())[:MOST_WORDS]


def indexable(text: str) -> str:
    """The words with a space between them."""
    return " ".join(words_of(text))


def query_of(text: str) -> tuple[Term, ...]:
    """What is asked for: all of it must be there. Only "quoted words" have to follow each other."""
    terms = dict.fromkeys(_terms(text[:LONGEST_TEXT]))
    return tuple(terms)[:MOST_TERMS]


def _terms(text: str) -> Iterator[Term]:
    for quoted, word in _PARTS.findall(text):
        if words := words_of(quoted or word)[:MOST_TERMS]:
            last = words[-1]
            is_whole = bool(quoted or _IS_APART.match(last)) or len(last) < SHORTEST_PREFIX
            yield Term(words, is_prefix=not is_whole)


def plain(text: str) -> str:
    """The text without case and accents; it may have another length."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    kept = (c for c in apart if c in _VOICED or not unicodedata.category(c).startswith("M"))
    return unicodedata.normalize("NFKC", "".join(kept))
