"""License keys in mail, found by their shapes whatever mail clients did to them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from helpdesk.core.mail import FoundKey

MOST_KEYS = 20
LONGEST_TEXT = 1_000_000
MOST_TOKENS = 20_000  # of one text that are looked at


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """How the keys of one provider look: a regular expression for their normal form."""

    provider: str
    regex: str
    near: tuple[str, ...] = ()
    """Words of which one must stand shortly before it, for shapes that much else has, too."""


_KEY_WORDS = ("key", "licen", "lizenz", "schlüssel", "serial", "activation", "clé", "clave")

# Every shape that a text could have is tried; of two that overlap the longer wins.
KNOWN_PATTERNS: tuple[KeyPattern, ...] = (
    KeyPattern("keygen", r"[0-9A-F]{6}(?:-[0-9A-F]{6}){4}-V3"),
    KeyPattern("keygen", r"key/[A-Za-z0-9_=\-]{20,2000}\.[A-Za-z0-9_=\-]{40,2000}"),
    KeyPattern(
        "jwt", r"eyJ[A-Za-z0-9_\-]{10,4000}\.eyJ[A-Za-z0-9_\-]{10,4000}\.[A-Za-z0-9_\-]{20,2000}"
    ),
    KeyPattern("codemeter", r"[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4}"),
    KeyPattern("cryptolens", r"[A-Z]{5}(?:-[A-Z]{5}){3}"),
    KeyPattern("licensespring", r"(?=[A-Z0-9-]*[0-9])[A-Z0-9]{4}(?:-[A-Z0-9]{4}){3}"),
    KeyPattern(
        "envato",
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        near=("purchase", "envato", "themeforest", "codecanyon", *_KEY_WORDS),
    ),
    KeyPattern(
        "codemeter-container",
        r"(?:2|3|128|130|32767)-[0-9]{5,10}",
        near=("container", "dongle", "codemeter", "wibu", "stick", *_KEY_WORDS),
    ),
)

_NEAR = 80  # characters before a key in which a word of `near` counts
_DASHES = dict.fromkeys(
    map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-"
)
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\ufffc"))
_UNDO = str.maketrans(_DASHES | _INVISIBLE)
_TYPESET = re.compile("[" + "".join(map(chr, _DASHES | _INVISIBLE)) + "]")
_COMPATIBLE = re.compile(
    "[\u00a0\u2000-\u200a\u2100-\u214f\u2460-\u24ff\u3000\uff00-\uffef\U0001d400-\U0001d7ff]"
)
_BROKEN_AFTER = re.compile(r"(?<=[A-Za-z0-9]{4}-)[ \t]{0,8}\n[> \t]{0,16}(?=[A-Za-z0-9]{4})")
_BROKEN_BEFORE = re.compile(r"(?<=[A-Za-z0-9]{4})[ \t]{0,8}\n[> \t]{0,16}(?=-[A-Za-z0-9]{4})")
_SPACED = re.compile(r"(?<=[A-Z0-9]{4})[ \t]{0,2}-[ \t]{0,2}(?=[A-Z0-9]{4})")
# A key stands alone: not in a word, an address, a path or a longer number. It is no word itself: it
# has digits, capitals or several groups.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_@/.:+-])(?=[A-Za-z]{0,60}[0-9_./=+-]|[A-Z]{6})"
    r"[A-Za-z0-9][A-Za-z0-9_./=+-]{5,9000}(?![@:])"
)


def normalize(text: str) -> str:
    """Undo what typesetting did: full-width letters, other dashes, line breaks at a dash."""
    text = text[:LONGEST_TEXT]
    if not text.isascii():
        if _TYPESET.search(text):
            text = text.translate(_UNDO)
        if _COMPATIBLE.search(text):
            text = unicodedata.normalize("NFKC", text)
    if "-" not in text:
        return text
    if "-\n" in text or "\n-" in text or "\n>" in text or "\n " in text or " \n" in text:
        text = _BROKEN_BEFORE.sub("", _BROKEN_AFTER.sub("", text))
    if " -" in text or "- " in text:
        text = _SPACED.sub("-", text)
    return text


def find_keys(
    texts: Iterable[str],
    quoted: Iterable[str] = (),
    patterns: tuple[KeyPattern, ...] = KNOWN_PATTERNS,
) -> tuple[FoundKey, ...]:
    """The keys in the texts, each once; those that only the quoted texts have are marked so."""
    if not patterns:
        return ()
    found: dict[tuple[str, str], FoundKey] = {}
    for is_quoted, group in ((False, texts), (True, quoted)):
        for text in group:
            for key, provider in _keys_in(normalize(text), patterns):
                found.setdefault((key, provider), FoundKey(key, provider, is_quoted))
                if len(found) == MOST_KEYS:
                    return tuple(found.values())
    return tuple(found.values())


@lru_cache(maxsize=256)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9-])(?:{regex})(?![A-Za-z0-9-])")


@lru_cache(maxsize=8)
def _any_of(patterns: tuple[KeyPattern, ...]) -> re.Pattern[str]:
    return _compiled("|".join(f"(?:{pattern.regex})" for pattern in patterns))


def _keys_in(text: str, patterns: tuple[KeyPattern, ...]) -> Iterator[tuple[str, str]]:
    has_one = _any_of(patterns).search
    for token in islice(_TOKEN.finditer(text), MOST_TOKENS):
        written = token[0]
        forms = dict.fromkeys((written, written.upper(), written.lower()))
        if any(has_one(form) for form in forms):
            before = text[max(0, token.start() - _NEAR) : token.start()].casefold()
            yield from _keys_in_token(written, tuple(forms), before, patterns)


def _keys_in_token(
    written: str, forms: tuple[str, ...], before: str, patterns: tuple[KeyPattern, ...]
) -> Iterator[tuple[str, str]]:
    hits: list[tuple[int, int, str, str]] = []
    for pattern in patterns:
        for form in forms:
            spans = [match.span() for match in _compiled(pattern.regex).finditer(form)]
            for start, end in spans:
                if _counts(written[start:end], form[start:end], before, pattern):
                    hits.append((start, end, form[start:end], pattern.provider))
            if spans:
                break
    for start, end, key, provider in hits:
        if not any(a <= start and end <= b and end - start < b - a for a, b, _, _ in hits):
            yield key, provider


def _counts(written: str, key: str, before: str, pattern: KeyPattern) -> bool:
    if not any(char.isalpha() for char in key) and not pattern.near:
        return False  # a telephone or credit card number
    if pattern.near and not any(word in before for word in pattern.near):
        return False
    # Somebody typed it in lower case: then "this-that-with-from" must not be a key.
    changed = written != key
    return not changed or any(map(str.isdigit, key)) or any(word in before for word in _KEY_WORDS)


def forms_of(written: str) -> tuple[str, ...]:
    """A key that somebody typed, in the cases of letters in which it may be known."""
    key = normalize(written).strip().strip("<>\"'`*_.,;:()[]")
    return tuple(dict.fromkeys((key, key.upper(), key.lower()))) if key else ()


def keys_named(
    written: str,
    patterns: Iterable[KeyPattern] = KNOWN_PATTERNS,
    without_pattern: Iterable[str] = (),
) -> tuple[FoundKey, ...]:
    """What somebody says is a license key: one for each provider whose keys look so, else for each
    of those that have no pattern, else of nobody (STATED). Empty: it cannot be a key."""
    found: dict[tuple[str, str], None] = {}
    forms = forms_of(written)
    for pattern in patterns:
        form = next((each for each in forms if _compiled(pattern.regex).fullmatch(each)), None)
        if form is not None:
            found[form, pattern.provider] = None
    if not found and forms and _ANY_KEY.fullmatch(forms[0]) and _HAS_GROUPS.search(forms[0]):
        upper = forms[0].upper()
        found = dict.fromkeys((upper, name) for name in without_pattern) or {(upper, STATED): None}
    return tuple(FoundKey(key, provider) for key, provider in found)


STATED = "stated"
"""The provider of a key that only its sender says is one."""
_ANY_KEY = re.compile(r"[A-Z0-9][A-Z0-9-]{6,62}[A-Z0-9]", re.IGNORECASE)
_HAS_GROUPS = re.compile(r"[0-9-]")
"""Else it is a word."""


def mask(key: str) -> str:
    """The key with nothing but its last group, or its last characters, to be told apart by."""
    groups = key.split("-")
    if len(groups) > 1 and len(key) <= _LONGEST_SHOWN and len(groups[-1]) <= _LONGEST_GROUP:
        return "-".join(["*" * len(group) for group in groups[:-1]] + groups[-1:])
    return "*****" + (key[-4:] if len(key) >= _SHORTEST_MASKED else "")


_LONGEST_SHOWN = 64
_LONGEST_GROUP = 12
_SHORTEST_MASKED = 12
