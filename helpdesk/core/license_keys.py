"""License keys in mail, found by their shapes whatever mail clients did to them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from helpdesk.core.key_context import (
    Context,
    context_of,
    has_no_word,
    has_one_mixed,
    is_hexadecimal,
    is_mixed,
    is_placeholder,
    is_series,
    is_wordlike,
    looks_like_chance,
    says,
    says_other,
    stands_alone,
)
from helpdesk.core.key_spelling import (
    as_hexadecimal,
    normalize,
    spelled,
    spread_keys,
    unfold,
    with_dashes,
    without_words,
)
from helpdesk.core.mail import FoundKey

MOST_KEYS = 20
MOST_TOKENS = 20_000  # of one text that are looked at
_SHORTEST = 6  # characters of a text in which something can stand alone: see _TOKEN
MOST_CANDIDATES = 500  # of one text that look like keys, whether they are or not


@dataclass(frozen=True, slots=True)
class KeyPattern:
    """How the keys of one provider look: a regular expression for their normal form."""

    provider: str
    regex: str
    near: tuple[str, ...] = ()
    """Words of which one must stand shortly before it, for shapes that much else has, too."""


_SIGNED = r"key/[A-Za-z0-9_=\-]{20,2000}\.[A-Za-z0-9_=\-]{40,2000}"
_BUYING = (
    *("envato", "themeforest", "codecanyon", "purchase", "kauf", "achat", "acheté", "compra"),
    *("acquist", "zakup", "покуп", "購入", "购买", "구매"),
)
_JWT = r"eyJ[A-Za-z0-9_\-]{10,4000}\.eyJ[A-Za-z0-9_\-]{10,4000}\.[A-Za-z0-9_\-]{20,2000}"
_FIVE = r"[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4}"
_LETTERS = r"[A-Z]{5}(?:-[A-Z]{5}){3}"
_FOUR = r"(?=[A-Z0-9-]*[0-9])[A-Z0-9]{4}(?:-[A-Z0-9]{4}){3}"

# Every shape that a text could have is tried; of two that overlap the longer wins.
KNOWN_PATTERNS: tuple[KeyPattern, ...] = (
    KeyPattern("keygen", r"[0-9A-F]{6}(?:-[0-9A-F]{6}){4}-V3"),
    KeyPattern("keygen", _SIGNED),
    KeyPattern("jwt", _JWT),
    KeyPattern("codemeter", _FIVE),
    KeyPattern("cryptolens", _LETTERS),
    KeyPattern("licensespring", _FOUR),
    KeyPattern(
        "envato",
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        near=_BUYING,
    ),
    KeyPattern(
        "codemeter-container",
        r"(?:2|3|128|130|32767)-[0-9]{5,10}",
        near=("container", "dongle", "codemeter", "wibu", "stick"),
    ),
)
_KNOWN = frozenset(pattern.regex for pattern in KNOWN_PATTERNS)
_WITHOUT_DASH = ("key/", "eyj")
"""One of these, or a dash, is in all that the known patterns match."""
_GROUPED = frozenset({_FIVE, _LETTERS, _FOUR})
"""Shapes that words and numbers of all kinds have, too."""
_OF_OTHERS = _KNOWN - {_FIVE, _SIGNED, KNOWN_PATTERNS[0].regex}
"""Shapes of order numbers, serial numbers and the like."""

# A key stands alone: not in a word, an address or a longer number. It is no word itself: it has
# digits, capitals or several groups.
_TOKEN = re.compile(
    r"[A-Za-z0-9](?<![A-Za-z0-9_@/.+-].)"
    r"(?=[A-Za-z]{0,60}+(?:[0-9]|[_./=+-][A-Za-z0-9_=-])|[A-Z]{5})"
    r"[A-Za-z0-9_./=+-]{5,9000}+(?!@|:[0-9/])"
)
_DASH_WITHIN = re.compile(r"-(?<=[A-Za-z0-9]-)[A-Za-z0-9]")


def find_keys(
    texts: Iterable[str],
    quoted: Iterable[str] = (),
    patterns: tuple[KeyPattern, ...] = KNOWN_PATTERNS,
) -> tuple[FoundKey, ...]:
    """The keys in the texts, each once; those that only the quoted texts have are marked so."""
    if not patterns:
        return ()
    found: dict[tuple[str, str], FoundKey] = {}
    shapes = _shapes_of(patterns)
    for is_quoted, group in ((False, texts), (True, quoted)):
        for text in group:
            if len(text) < _SHORTEST:
                continue
            for key, provider in _keys_in(unfold(normalize(text)), shapes):
                found.setdefault((key, provider), FoundKey(key, provider, is_quoted))
                if len(found) == MOST_KEYS:
                    return tuple(found.values())
    return tuple(found.values())


@lru_cache(maxsize=256)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9-])(?:{regex})(?![A-Za-z0-9-])")


@dataclass(frozen=True, slots=True)
class _Shapes:
    """The patterns, and what tells quickly that none of them is in a text."""

    patterns: tuple[KeyPattern, ...]
    any_of: re.Pattern[str]
    """In any case of letters."""
    are_known: bool


@lru_cache(maxsize=8)
def _shapes_of(patterns: tuple[KeyPattern, ...]) -> _Shapes:
    regex = _compiled("|".join(f"(?:{pattern.regex})" for pattern in patterns)).pattern
    are_known = _KNOWN.issuperset(pattern.regex for pattern in patterns)
    return _Shapes(patterns, re.compile(regex, re.IGNORECASE), are_known)


def _tokens(text: str, shapes: _Shapes) -> Iterator[re.Match[str]]:
    """What stands alone and may be a key, in the lines that have what the patterns have."""
    lower = text.lower() if shapes.are_known else ""
    if not shapes.are_known or any(sign in lower for sign in _WITHOUT_DASH):
        yield from _TOKEN.finditer(text)
        return
    end = 0
    while (dash := _DASH_WITHIN.search(text, end)) is not None:
        start = text.rfind("\n", end, dash.start()) + 1 or end
        end = text.find("\n", dash.end())
        end = len(text) if end < 0 else end
        yield from _TOKEN.finditer(text, start, end)


def _keys_in(text: str, shapes: _Shapes) -> Iterator[tuple[str, str]]:
    if len(text) < _SHORTEST:
        return
    patterns, has_one = shapes.patterns, shapes.any_of.search
    lists = _Lists(text)
    for token in islice(_tokens(text, shapes), MOST_TOKENS):
        written = without_words(token[0])
        digits = as_hexadecimal(written)
        if lists.left == 0:
            break
        if has_one(written) or (digits != written and has_one(digits)):
            yield from _keys_in_token(token, written, patterns, lists)
    for start, key in islice(spread_keys(text), MOST_CANDIDATES):
        context = context_of(text, start, len(text))
        for pattern in patterns:
            if _is_spread(key, pattern, context):
                yield key, pattern.provider


def _keys_in_token(
    token: re.Match[str], written: str, patterns: tuple[KeyPattern, ...], lists: "_Lists"
) -> Iterator[tuple[str, str]]:
    forms = dict.fromkeys((written, written.upper(), written.lower()))
    digits = as_hexadecimal(written)
    forms |= dict.fromkeys((digits.upper(), digits.lower()))
    hits: list[tuple[int, int, str, str]] = []
    for pattern in patterns:
        for form in forms:
            places = _compiled(pattern.regex).finditer(form)
            spans = [place.span() for place in islice(places, lists.left)]
            for start, end in spans:
                lists.candidates += 1
                alone = stands_alone(token.string, token.start(), written, (start, end))
                if alone and _counts(token, (start, end), form[start:end], pattern, lists):
                    hits.append((start, end, form[start:end], pattern.provider))
            if spans:
                break
    for start, end, key, provider in hits:
        if not any(a <= start and end <= b and end - start < b - a for a, b, _, _ in hits):
            yield key, provider


class _Lists:
    """Where keys stood: what one of a list is called, or is by itself, the next ones are, too."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends: dict[KeyPattern, int] = {}
        self.candidates = 0

    @property
    def left(self) -> int:
        """So many more are looked at in this text."""
        return max(MOST_CANDIDATES - self.candidates, 0)

    def goes_on(self, pattern: KeyPattern, start: int) -> bool:
        end = self._ends.get(pattern)
        if end is None or not 0 < start - end <= _LONGEST_GAP:
            return False
        gap = self._text[end:start]
        return gap.count("\n") <= 1 and not says_other(gap)

    def add(self, pattern: KeyPattern, end: int) -> None:
        self._ends[pattern] = end


_LONGEST_GAP = 60  # characters between two keys of a list


def _counts(
    token: re.Match[str],
    span: tuple[int, int],
    key: str,
    pattern: KeyPattern,
    lists: _Lists,
) -> bool:
    start, end = token.start() + span[0], token.start() + span[1]
    context = context_of(token.string, start, end)
    if pattern.near:
        is_known = pattern.regex in _KNOWN
        is_said = says(context, pattern.near) or (is_known and context.is_close)
        if is_known and context.is_called_other:
            return False
        if not is_said and not lists.goes_on(pattern, start):
            return False
    elif not any(map(str.isalpha, key)):
        return False  # a telephone or credit card number
    elif pattern.regex in _GROUPED and lists.goes_on(pattern, start):
        context = replace(context, is_likely=True)
    is_right = _looks_right(token[0][slice(*span)], key, pattern, context)
    if is_right:
        lists.add(pattern, end)
    return is_right


def _looks_right(written: str, key: str, pattern: KeyPattern, context: Context) -> bool:
    """Somebody may have typed it in lower case; then "this-that-with-from" must not be a key."""
    is_as_written = written == key or any(map(str.isdigit, key))
    if pattern.regex not in _KNOWN or pattern.near:
        return is_as_written or context.is_called_key
    if is_placeholder(key) or (pattern.regex in _OF_OTHERS and context.is_called_other):
        return False
    if pattern.regex not in _GROUPED:
        return True
    if context.is_close:
        return is_as_written or not is_wordlike(key)
    if context.is_called_key:
        return looks_like_chance(key, is_likely=True)
    return is_as_written and looks_like_chance(key, is_likely=context.is_likely)


def _is_spread(key: str, pattern: KeyPattern, context: Context) -> bool:
    """Whether groups that stand apart are a key; only if the words before them say so."""
    if not context.is_called_key or not _compiled(pattern.regex).fullmatch(key):
        return False
    if pattern.near and not says(context, pattern.near):
        return False
    if is_placeholder(key) or is_series(key) or is_hexadecimal(key):
        return False
    if is_mixed(key) or (context.is_close and has_one_mixed(key)):
        return True
    if context.is_labelled and context.is_close and has_no_word(key):
        return True
    return context.is_labelled and key.replace("-", "").isalpha() and not is_wordlike(key)


def forms_of(written: str) -> tuple[str, ...]:
    """A key that somebody typed, in the cases of letters in which it may be known."""
    key = normalize(written).strip().strip("<>\"'`*_.,;:()[]")
    dashed = with_dashes(key)
    forms = (key, key.upper(), key.lower(), dashed.upper(), dashed)
    return tuple(form for form in dict.fromkeys(forms) if form)


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


def masked(text: str, keys: Iterable[FoundKey]) -> str:
    """A text of ours, in which no license key may be read."""
    clean = normal = normalize(text)
    for key in keys:
        clean = spelled(key.key).sub(mask(key.key), clean)
    return text if clean == normal else clean


def mask(key: str) -> str:
    """The key with nothing but its last group, or its last characters, to be told apart by."""
    groups = key.split("-")
    if len(groups) > 1 and len(key) <= _LONGEST_SHOWN and len(groups[-1]) <= _LONGEST_GROUP:
        return "-".join(["*" * len(group) for group in groups[:-1]] + groups[-1:])
    return "*****" + (key[-4:] if len(key) >= _SHORTEST_MASKED else "")


_LONGEST_SHOWN = 64
_LONGEST_GROUP = 12
_SHORTEST_MASKED = 12
