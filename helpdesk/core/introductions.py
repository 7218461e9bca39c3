"""Lines that introduce a quotation: "On Mon, Jan 5, 2026 at 10:12 AM Ana <ana@example.org> wrote:".

Known by the words of the tables and by what all clients write beside them: a date, a time, a name,
an address, a colon. No pattern sees more than a few hundred characters.
"""

import itertools
import re
from collections.abc import Sequence

from helpdesk.core.dividers import UNSEEN, visible
from helpdesk.core.reply_phrases import CITING, INTRODUCTIONS

INTRODUCTION_LINES = 5
LONGEST_INTRODUCTION = 500
MOST_WITHIN = 20  # words in a line at which one is looked for
LONGEST_WRAPPED = 80  # characters of a first line that wrapping left
_TAIL = 200  # characters between the verb and the end: the author's name and address, or a date


def _is_spaced(verb: str) -> bool:
    """Scripts without spaces, or with prefixes, have no word boundaries to rely on."""
    return verb.strip("(?:")[:1] < "\u0590"


def _bounded(verbs: str) -> str:
    return rf"(?<![^\W_])(?:{verbs})(?![^\W_])"


_ALL_VERBS = [verb for _, verb, _ in INTRODUCTIONS.values()]
_SPACED = "|".join(filter(_is_spaced, _ALL_VERBS))

_BEFORE = r"[\s>*—–|»-]{0,12}"
_DATE_LIKE = re.compile(r"\d[./年년-]\s?\d|\d{1,2}[:.h]\d{2}|\b\d{4}\b|@")
_DATE = re.compile(
    r"\d[./-]\s?\d{1,2}[./-]\s?\d|(?<!\d)(?:1[89]|2[0-5]|٢٠|۱۴)\d\d(?!\d)|\d ?[年년]"
)
_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)")
_ADDRESS = r"[^<>()\s]{1,120}@[^<>()\s]{1,120}"
_ADDRESS_AT_END = re.compile(
    rf"(?:<\s?{_ADDRESS}\s?>|\S@\S{{3,80}})\W{{0,4}}$|\({_ADDRESS}\)\W{{0,4}}$"
)
_RULED = re.compile(rf"(?i)-{{2,10}} ?.{{1,100}}(?<![^\W_])(?:{_SPACED})\s?-{{2,10}}[:\s]{{0,4}}")
"""As Android's first client wrote them: "---- Ana wrote ----"."""
_OLD_GMAIL = re.compile(
    r"\d{4}-\d\d-\d\d \d{1,2}:\d\d GMT[+-]\d\d:\d\d(?: [^\W\d_][^\W\d_.'-]{0,30}){1,4}:?"
)
_ONLY_ADDRESS = re.compile(_ADDRESS)
_LEFT_OVER = re.compile(rf"[<(\[]|\[?mailto:|{_ADDRESS}[>)\]]|\d{{4}}(?!\d)")
"""How a line begins whose sentence began in the line above."""

_STARTS = tuple(
    re.compile(rf"(?i){_BEFORE}(?:{start})(?=[\s,\d]|$)") if start else None
    for start, _, _ in INTRODUCTIONS.values()
)


_VERBS = tuple(
    re.compile(f"(?i){_bounded(verb)}" if _is_spaced(verb) else f"(?i)(?:{verb})")
    for verb in _ALL_VERBS
)
_SPACED_VERB = re.compile(f"(?i){_bounded(_SPACED)}")
_OTHER_VERB = re.compile("|".join(verb for verb in _ALL_VERBS if not _is_spaced(verb)))
_SOME_STARTS = "|".join(dict.fromkeys(s for s, _, _ in INTRODUCTIONS.values() if s))
_SOME_START = re.compile(rf"(?i){_BEFORE}(?:{_SOME_STARTS})(?=[\s,\d]|$)")
_CITING = re.compile(rf"(?i){_BEFORE}(?:{'|'.join(CITING.values())})\s")
_SPACED_STARTS = "|".join(s for s, _, _ in INTRODUCTIONS.values() if s and _is_spaced(s))
_START_WITHIN = re.compile(rf"(?i)\s((?:{_SPACED_STARTS})(?=[\s,]))")
_COLON_AND_QUOTE = re.compile(r"[:：]\s?>")
_ENDINGS = tuple(
    ending for _, _, endings in INTRODUCTIONS.values() for ending in endings.split("|")
)
_COLONS = (":", "：")
_LAST = frozenset(ending[-1:] for ending in (*_COLONS, *_ENDINGS))
_AFTER = ' *>"”\t\xa0-—'
_LAST_OF_LINE = _LAST | frozenset(_AFTER + UNSEEN)
"""A line whose last sign is another one, spaces apart, ends no introduction."""
_LAST_TWO = frozenset(ending[-2:] for ending in _ENDINGS)


def _plain(line: str) -> str:
    return visible(line[:LONGEST_INTRODUCTION]).strip(" >\t|\xa0")


def may_end_introduction(line: str, *, above_quote: bool = False) -> bool:
    """Whether it is worth looking at a line; most are not, and looking takes time."""
    is_numbered = line[:1].isdigit()
    if line.rstrip()[-1:] not in _LAST_OF_LINE and not is_numbered:
        return False
    end = visible(line[-80:]).rstrip(_AFTER)
    if end.endswith(_COLONS):
        return True
    if end[-2:] in _LAST_TWO and len(line) < LONGEST_INTRODUCTION and end.endswith(_ENDINGS):
        return True
    if is_numbered and _OLD_GMAIL.fullmatch(line[:LONGEST_WRAPPED].rstrip()):
        return True
    return above_quote and "@" in end and line.rstrip().endswith((">", ")"))


def introduction_start(
    lines: Sequence[str], end: int, floor: int, *, above_quote: bool = False
) -> int:
    """Where the introduction of a quote begins whose last line is `end`, or -1 if it is none.

    Nothing above `floor` is looked at. `above_quote`: a quotation follows, so that its colon may
    be missing.
    """
    if not may_end_introduction(lines[end], above_quote=above_quote):
        return -1
    is_open = above_quote and "@" in lines[end] and not lines[end].rstrip(_AFTER).endswith(_COLONS)
    joined = ":" if is_open else ""
    found, is_started = -1, False
    for start in range(end, max(floor, end - INTRODUCTION_LINES + 1) - 1, -1):
        line = _plain(lines[start])
        if not line or (found >= 0 and not _goes_on(line, joined, is_started=is_started)):
            break
        joined = f"{line} {joined}".strip()
        if len(joined) > LONGEST_INTRODUCTION:
            break
        is_started = _has_start(joined)
        if is_started or found >= 0 or _is_introduction(joined, above_quote=above_quote):
            found = start
    return found


def _goes_on(above: str, joined: str, *, is_started: bool) -> bool:
    """Whether an introduction that could be whole began in the line above."""
    if above.rfind("<") > above.rfind(">") or above.rfind("(") > above.rfind(")"):
        return True
    if _ONLY_ADDRESS.fullmatch(above):
        return True
    if above.endswith(">") and "@" in above and "@" not in joined:
        return True
    if is_started or len(above) > LONGEST_WRAPPED:
        return False
    if _LEFT_OVER.match(joined):
        return not above.endswith((".", "!", "?", ":")) or bool(_DATE_LIKE.search(above))
    for needed in (_DATE, _CLOCK):
        if not needed.search(joined) and needed.search(above):
            return True
    begins = _SOME_START.match(above) is not None and any(map(str.isdigit, above))
    return begins and _has_start(f"{above} {joined}")


def _has_start(text: str) -> bool:
    if not _SOME_START.match(text) or not _DATE_LIKE.search(text):
        return False
    for start, verb in zip(_STARTS, _VERBS, strict=True):
        if start is not None and start.match(text):
            ends = [match.end() for match in verb.finditer(text)]
            if ends and _ends_well(text, ends[-1]):
                return True
    return False


def _ends_well(text: str, verb_end: int) -> bool:
    rest = text[verb_end:]
    if not rest.strip(' :：*-—>\t"”'):
        return True
    return len(rest) <= _TAIL and rest.rstrip(' *"\t').endswith(_COLONS)


def _is_introduction(text: str, *, above_quote: bool) -> bool:
    """Without a word that begins one: a verb beside a date or an address, or date and address. A
    time alone is enough only where a quotation follows: "The log of 10:12 says:" has one, too."""
    if _RULED.fullmatch(text) or _OLD_GMAIL.fullmatch(text):
        return True
    stripped = text.rstrip(_AFTER)
    if not stripped.endswith((*_COLONS, *_ENDINGS)):
        return False
    if "@" in text and _CITING.match(text):
        return True
    if not _DATE_LIKE.search(text):
        return False
    is_dated = _CLOCK.search(text) is not None
    if is_dated and _ADDRESS_AT_END.search(stripped[-260:]):
        return True
    if not above_quote:
        is_dated = is_dated and _DATE.search(text) is not None
    return (is_dated or "@" in text) and _has_verb(text)


def _has_verb(text: str) -> bool:
    if _SPACED_VERB.search(text):
        return True
    return not text.isascii() and _OTHER_VERB.search(text) is not None


def introduction_within(line: str) -> int:
    """Where in a line an introduction begins that ends it, after other words; -1 if none does.

    For mails whose line breaks were lost: "Yes. On Mon, Jan 5, 2026 at 10:12, Ana wrote:".
    """
    if len(line) > LONGEST_INTRODUCTION or not line.rstrip(_AFTER).endswith(_COLONS):
        return -1
    if _has_start(line):
        return -1
    for match in itertools.islice(_START_WITHIN.finditer(line), MOST_WITHIN):
        start = match.start(1)
        if "@" in line[:start] or any(map(str.isdigit, line[:start])):
            return -1  # it has begun before
        text = line[start:]
        if (_CLOCK.search(text) or "@" in text) and _has_start(text):
            return _with_dashes(line, start)
    return -1


def _with_dashes(line: str, start: int) -> int:
    """Dashes before an introduction belong to it."""
    before = line[:start].rstrip(" -—–_")
    return len(before) if len(before) < start - 2 else start


def ends_in_quote(line: str) -> bool:
    """An introduction with the quotation in the same line: "On ... Ana wrote: > Does it work?"."""
    match = _COLON_AND_QUOTE.search(line[:LONGEST_INTRODUCTION])
    return match is not None and introduction_start([line[: match.start() + 1]], 0, 0) == 0
