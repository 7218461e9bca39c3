"""Whether a customer's words say nothing but thanks, or that his ticket can be closed.

A text is cut into parts at full stops, commas and line ends, and every part must be known whole:
one unknown word, a question or a negation makes it an ordinary mail, which an agent reads. So a
wish is missed now and then, and none is found that was not meant.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from helpdesk.core.wish_phrases import CLOSE, FAREWELL, FILLER, PARTS, THANKS, WORKS

LONGEST = 600  # characters
MOST_WORDS = 60
MOST_IN_PART = 16
MOST_NAMES = 3
LONGEST_NAME = 25


class Wish(StrEnum):
    NONE = "none"
    THANKS = "thanks"
    CLOSE = "close"


_GLAD = frozenset("👍🙏😊🙂😀😃😄❤💯👌🎉😍🤩✅👏☺")
_SMILEY = re.compile(r"(?:(?<=\s)|^)[:;=]-?[)D](?=\s|$)", re.MULTILINE)
_ASKS = re.compile(r"[?？¿]")
_PART = re.compile(r"[.,;!:\n…¡()–—]+|\s-+\s|^-+\s", re.MULTILINE)
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘`´"), "")


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(map(_compiled, (CLOSE, THANKS, WORKS, FILLER, FAREWELL)))


def _compiled(paragraphs: str) -> re.Pattern[str]:
    joined = "|".join(f"(?:{each})" for each in paragraphs.strip().split("\n\n"))
    filled = re.sub(r"\{([a-z]+)\}", lambda found: f"(?:{PARTS[found[1]]})", joined)
    # Lower case has no ß: it was folded to ss.
    return re.compile("".join(filled.split()).replace("_", " ").replace("ß", "ss"))


def wish_of(said: str) -> Wish:
    """What the new words of a customer wish, if they say nothing else."""
    if len(said) > LONGEST or _ASKS.search(said):
        return Wish.NONE
    plain = _SMILEY.sub(" ", unicodedata.normalize("NFC", said).translate(_APOSTROPHES))
    text, is_glad = _without_symbols(plain)
    if text is None or len(text.split()) > MOST_WORDS:
        return Wish.NONE
    kinds = _kinds(text)
    if kinds is None or not (kinds or is_glad):
        return Wish.NONE
    if "close" in kinds:
        return Wish.CLOSE
    return Wish.THANKS if kinds & {"thanks", "works"} or (is_glad and not kinds) else Wish.NONE


def is_courtesy(said: str) -> bool:
    """Whether the words say nothing that anybody has to read: thanks, a greeting, a name."""
    if not said.strip():
        return True
    if len(said) > LONGEST or _ASKS.search(said):
        return False
    plain = _SMILEY.sub(" ", unicodedata.normalize("NFC", said).translate(_APOSTROPHES))
    text, _ = _without_symbols(plain)
    kinds = _kinds(text, after="farewell") if text is not None else None
    return kinds is not None and kinds <= {"thanks", "filler", "farewell", "name"}


def _without_symbols(text: str) -> tuple[str | None, bool]:
    """The text without glad symbols; None if it has others."""
    others = {char for char in text if unicodedata.category(char) in {"So", "Sk"}}
    if not others <= _GLAD | {"\ufe0f"} | set("🏻🏼🏽🏾🏿"):
        return None, False
    kept = "".join(
        char
        for char in text
        if char not in others and (char.isspace() or unicodedata.category(char) not in _UNSEEN)
    )
    return kept.replace("\ufe0f", ""), bool(others & _GLAD)


_UNSEEN = frozenset({"Cf", "Cc", "Co", "Cn", "Cs"})


def _kinds(text: str, after: str = "") -> set[str] | None:
    """What the parts of a text say that stands behind something of that kind; None if one of them
    says something else."""
    kinds: set[str] = set()
    last = after
    for part in _PART.split(text):
        words = " ".join(part.split()).strip("\"'*_~ ")
        if not words:
            continue
        last = _kind(words, last)
        if not last:
            return None
        kinds.add(last)
    return kinds


KINDS = ("close", "thanks", "works", "filler", "farewell")


def _kind(words: str, last: str) -> str:
    """What one part says, or empty. A name may follow thanks, a greeting or a farewell."""
    if words.count(" ") >= MOST_IN_PART:
        return ""
    if kind := _matching(words, KINDS):
        return kind
    if last in {"thanks", "farewell"} and _is_name(words):
        return "name"
    parts = words.split(" ")
    for count in range(1, MOST_NAMES + 1):
        if _is_name(" ".join(parts[-count:])):
            kind = _matching(" ".join(parts[:-count]), ("thanks", "filler", "farewell"))
            if kind:
                return kind
    return ""


def _matching(words: str, kinds: Iterable[str]) -> str:
    folded = words.casefold()
    patterns = dict(zip(KINDS, _patterns(), strict=True))
    return next((kind for kind in kinds if patterns[kind].fullmatch(folded)), "")


_NO_NAMES = frozenset(
    word
    for words in (
        "problem problems fehler error errors anyway nothing tomorrow monday tuesday wednesday",
        "thursday friday saturday sunday today later still urgent bug issue however advance wrong",
        "broken question but not no never wait stop until unless after when if only almost",
        "nichts morgen montag dienstag mittwoch donnerstag freitag samstag sonntag heute leider",
        "trotzdem frage aber nicht nein kein keine warten voraus dringend falsch kaputt wenn bis",
    )
    for word in words.split()
)


def _is_name(words: str) -> bool:
    """Whether it can be the name of somebody: capitalized, and none of what is no name."""
    parts = words.split()
    return (
        1 <= len(parts) <= MOST_NAMES
        and all(part[0].isupper() and len(part) <= LONGEST_NAME for part in parts)
        and all(part.replace("-", "").isalpha() and not part[1:].isupper() for part in parts)
        and _NO_NAMES.isdisjoint(part.casefold() for part in parts)
    )
