"""What typesetting, mail clients and tables do to license keys, undone."""

import html
import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby, islice

LONGEST_TEXT = 1_000_000
MOST_RUNS = 5_000  # of groups in one text that are looked at

_DASHES = (
    "\u02d7\u058a\u05be\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2796"
    "\ufe58\ufe63\uff0d"
)
_DASH = re.compile(f"[{_DASHES}]")
_LONG_VOWEL = re.compile("\u30fc(?<=[A-Za-z0-9].)(?=[A-Za-z0-9])")
"""What a Japanese keyboard has where others have the dash."""
_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufffc"
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_COMPATIBLE = re.compile(
    "[\u00a0\u2000-\u200a\u2100-\u214f\u2460-\u24ff\u3000\uff00-\uffef\U0001d400-\U0001d7ff]"
)

# Arabic, Persian and Hindi ones.
_NUMERALS = "".join(chr(zero + n) for zero in (0x660, 0x6F0, 0x966) for n in range(10))
_AS_NUMERALS = str.maketrans(_NUMERALS, "0123456789" * 3)

# The letters of two other alphabets that are drawn like Latin ones.
_CYRILLIC = "АВЕЗКМНОРСТУХІЈЅавекмнорстухіјѕ"
_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο"
_AS_LATIN = str.maketrans(_CYRILLIC + _GREEK, "ABE3KMHOPCTYXIJSabekmhopctyxijs" + "ABEZHIKMNOPTYXo")
_ALIKE = f"[A-Za-z0-9{_CYRILLIC}{_GREEK}]"
_FOREIGN = re.compile(f"[{_CYRILLIC}{_GREEK}]")
_MIXED = re.compile(
    rf"(?<![\w-]){_ALIKE}{{4,8}}+(?:-{_ALIKE}{{4,12}}+){{3,5}}+(?:-[Vv]3)?(?![\w-])"
)
_PLAIN = re.compile("[A-Za-z0-9]")

# What a cell, a quotation or an indented line begins with.
_LINE_START = r"\n[>| \t]{0,40}"
_NEXT = r"(?=[A-Za-z0-9]{4}|[Vv]3(?![A-Za-z0-9]))"
_NEXT_CAPITALS = r"(?=[A-Z0-9]{4}|V3(?![A-Za-z0-9]))"
_BROKEN_AFTER = re.compile(
    r"-(?<=[A-Za-z0-9]{4}-)[ \t]{0,40}\|?[ \t\r]{0,4}"
    rf"(?:{_LINE_START}){{1,2}}{_NEXT}"
)
_BROKEN_BEFORE = re.compile(rf"{_LINE_START}-{_NEXT}")
_CUT = re.compile(rf"-([A-Z0-9]{{1,5}})[ \t\r]{{0,8}}{_LINE_START}([A-Z0-9]{{1,5}})(?![A-Za-z0-9])")
_SPACE_BEFORE = re.compile(rf"[ \t]{{1,3}}-[ \t]{{0,3}}{_NEXT_CAPITALS}")
_SPACE_AFTER = re.compile(rf"-(?<=[A-Z0-9]{{4}}-)[ \t]{{1,3}}{_NEXT_CAPITALS}")
_ENDS_IN_GROUP = re.compile(r"[A-Za-z0-9]{4}[ \t\r]{0,8}\Z")
_ENDS_IN_CAPITALS = re.compile(r"[A-Z0-9]{4}\Z")
_GROUP_AT_END = re.compile(r"(?<![A-Za-z0-9])[A-Z0-9]{4,6}\Z")

# Read out, or written down as it was read out.
_SAYINGS = (
    *("dash", "hyphen", "minus", "strich", "bindestrich", "tiret", "guion", "guión", "trattino"),
    *("hífen", "traço", "myślnik", "streepje", "тире", "дефис"),
)
_SAID_DASH = re.compile(
    f" (?:{'|'.join(f'[{word[0]}{word[0].upper()}]{word[1:]}' for word in _SAYINGS)}) "
    + _NEXT_CAPITALS
)
_SAID = tuple(f"{word[1:]} " for word in _SAYINGS)
_SPACED_OUT = re.compile(
    r"[A-Z0-9](?<![\w-].)(?: [A-Z0-9]){3,5}+(?: ?- ?[A-Z0-9](?: [A-Z0-9]){3,5}+){3,4}+"
    r"(?: ?- ?V 3)?(?![\w-])"
)

# Left over from HTML, between letters of a key.
_ENTITY = re.compile(
    r"&(?<=[A-Za-z0-9;-]&)(?:#[0-9]{2,5}|#[xX][0-9A-Fa-f]{2,5}|[a-z]{3,6});(?=[A-Za-z0-9&-])"
)
_FROM_HTML = frozenset(f"-{_DASHES}{_UNSEEN}\u00a0\u2002\u2003\u2009")

# Left over from quoted-printable (RFC 2045 §6.7).
_ENCODED_DASH = re.compile(rf"=(?:2D|E2=80=9[0-5]|E2=88=92)(?<=.){_NEXT}")
_ENCODED_EQUALS = re.compile(r"=3D(?=[A-Za-z0-9])")
_SOFTLY_BROKEN = re.compile(
    r"(?<![A-Za-z0-9_./=])([A-Za-z0-9]{4,6}-[A-Za-z0-9]{0,6}|[A-Z0-9]{1,6})=\r?\n(?=[A-Za-z0-9-])"
)


def normalize(text: str) -> str:
    """Undo what typesetting did: full-width and look-alike letters, other dashes, line breaks in
    and around the groups of a key. Doing it twice changes nothing."""
    text = text[:LONGEST_TEXT]
    if "&" in text:
        text = _ENTITY.sub(_without_entity, text)
    if not text.isascii():
        text = _plain_letters(text)
    if "=" in text:
        text = _decoded(text)
    if any(map(text.__contains__, _SAID)):
        text = _SAID_DASH.sub(_written_dash, text)
    if "-" not in text:
        return text
    if "\n" in text:
        text = _joined(text)
    if " - " in text:
        text = _SPACED_OUT.sub(lambda match: match[0].replace(" ", ""), text)
    if " -" in text or "- " in text or "\t-" in text or "-\t" in text:
        text = _SPACE_BEFORE.sub(_tight, text)
        text = _SPACE_AFTER.sub("-", text)
    if not text.isascii() and _FOREIGN.search(text):
        text = _MIXED.sub(_in_latin, text)
    return text


def _without_entity(match: re.Match[str]) -> str:
    char = html.unescape(match[0])
    return char if char in _FROM_HTML else match[0]


def _written_dash(match: re.Match[str]) -> str:
    return "-" if _ENDS_IN_CAPITALS.search(_before(match)) else match[0]


def _plain_letters(text: str) -> str:
    if any(map(text.__contains__, _UNSEEN)):
        text = _INVISIBLE.sub("", text)
    if _COMPATIBLE.search(text):
        text = unicodedata.normalize("NFKC", text)
    if any(map(text.__contains__, _DASHES)):
        text = _DASH.sub("-", text)
    if any(map(text.__contains__, _NUMERALS)):
        text = text.translate(_AS_NUMERALS)
    return _LONG_VOWEL.sub("-", text) if "\u30fc" in text else text


def _decoded(text: str) -> str:
    if "=2D" in text or "=E2=" in text:
        text = _ENCODED_DASH.sub("-", text)
    if "=3D" in text:
        text = _ENCODED_EQUALS.sub("=", text)
    if "=\n" in text or "=\r" in text:
        text = _SOFTLY_BROKEN.sub(r"\1", text)
    return text


def _joined(text: str) -> str:
    text = _BROKEN_AFTER.sub("-", text)
    text = _BROKEN_BEFORE.sub(_attached, text)
    return _CUT.sub(_whole_group, text)


def _before(match: re.Match[str]) -> str:
    return match.string[max(0, match.start() - 16) : match.start()]


def _attached(match: re.Match[str]) -> str:
    return "-" if _ENDS_IN_GROUP.search(_before(match)) else match[0]


def _tight(match: re.Match[str]) -> str:
    return "-" if _ENDS_IN_CAPITALS.search(_before(match)) else match[0]


def _whole_group(match: re.Match[str]) -> str:
    """Both pieces together are as long as the group before them."""
    group = _GROUP_AT_END.search(_before(match))
    is_cut = group is not None and len(group[0]) == len(match[1]) + len(match[2])
    return f"-{match[1]}{match[2]}" if is_cut else match[0]


def _in_latin(match: re.Match[str]) -> str:
    written = match[0]
    return written.translate(_AS_LATIN) if _PLAIN.search(written) else written


# --- what only hexadecimal digits can mean ------------------------------------------------------

_H = "[0-9A-Fa-fOoIiLl]"
_HEXADECIMAL = re.compile(
    rf"(?<![A-Za-z0-9-])(?:{_H}{{6}}(?:-{_H}{{6}}){{4}}-[Vv]3|{_H}{{8}}(?:-{_H}{{4}}){{3}}-{_H}{{12}})"
    r"(?![A-Za-z0-9-])"
)
_AS_DIGITS = str.maketrans("OoIiLl", "001111")
_FEWEST_DASHES = 4


def as_hexadecimal(token: str) -> str:
    """With O as zero and I and l as one, where no other letters than A to F can be meant."""
    if token.count("-") < _FEWEST_DASHES:
        return token
    return _HEXADECIMAL.sub(lambda match: match[0].translate(_AS_DIGITS), token)


_WORD_BEFORE = re.compile(r"(?:(?<![A-Za-z0-9-])[a-z]{2,20}|(?<=[ ])[a-z]{2,20})-(?=[A-Z0-9])")
_WORD_AFTER = re.compile(r"(?<=[A-Z0-9])-(?=[a-z]{2,20}(?![A-Za-z0-9]))")
_FEWEST_IN_KEY = 3


def without_words(token: str) -> str:
    """With a space instead of the dash between a key in capitals and a word such as in the name of
    a file; as long as before."""
    if token.count("-") <= _FEWEST_IN_KEY or token.islower() or token.isupper():
        return token
    if "key/" in token or "eyJ" in token:  # whose letters make words by chance
        return token
    return _WORD_AFTER.sub(" ", _WORD_BEFORE.sub(lambda match: match[0][:-1] + " ", token))


# --- keys of hundreds of letters that were folded -----------------------------------------------

_LONG = re.compile(r"(?:key/|eyJ)[A-Za-z0-9_.=-]{20,9000}+(?=[ \t\r]{0,4}\n)")
_NEXT_LINE = re.compile(
    r"[ \t\r]{0,4}\n([>| \t]{0,16})([A-Za-z0-9_.=-]{1,200})(?=[ \t\r]{0,4}(?:\n|\Z))"
)
_WHOLE = re.compile(
    r"(?:key/[A-Za-z0-9_=-]{20,9000}\.|eyJ[A-Za-z0-9_-]{10,9000}\.[A-Za-z0-9_-]{10,9000}\.)"
    r"[A-Za-z0-9_=-]{40,2000}"
)
_NARROWEST, _WIDEST = 30, 130
_MOST_LINES = 100


def unfold(text: str) -> str:
    """Join the lines of signed keys and tokens that were folded at some width."""
    if "\n" not in text or ("key/" not in text and "eyJ" not in text):
        return text
    done: list[str] = []
    at = 0
    while match := _LONG.search(text, at):
        key, end = _unfolded(text, match)
        done += [text[at : match.start()], key]
        at = end
    return "".join([*done, text[at:]])


def _unfolded(text: str, match: re.Match[str]) -> tuple[str, int]:
    end = match.end()
    width = end - (text.rfind("\n", max(0, match.start() - _WIDEST), match.start()) + 1)
    if not _NARROWEST <= width <= _WIDEST:
        return match[0], end
    key, is_soft = _without_soft_break(match[0], width)
    for _ in range(_MOST_LINES):
        line = _NEXT_LINE.match(text, end)
        if line is None or len(line[2]) > width or not (is_soft or _goes_on(key, line[2])):
            break
        this_width = len(line[1]) + len(line[2])
        piece, is_soft = _without_soft_break(line[2], this_width)
        key += piece
        end = line.end()
        if this_width < min(width, len(match[0])):
            break
    return key, end


def _without_soft_break(piece: str, width: int) -> tuple[str, bool]:
    """Lines of quoted-printable have at most 76 characters, and a single = goes on."""
    is_soft = width in _ENCODED_WIDTHS and piece.endswith("=") and not piece.endswith("==")
    return (piece[:-1], True) if is_soft else (piece, False)


_ENCODED_WIDTHS = range(70, 79)


def _goes_on(key: str, line: str) -> bool:
    """Whether a line belongs to the key above it, and is not the first word of what follows."""
    if not any(map(str.isalnum, line)) or line.startswith("---"):
        return False
    return not _WHOLE.fullmatch(key) or (len(line) > 1 and any(map(str.isdigit, line)))


# --- groups that stand apart --------------------------------------------------------------------

_GROUP = r"(?:[A-Z0-9]{4,6}|V3)(?![A-Za-z0-9])"
_APART = r"(?:[ \t]{0,3}(?:[|;,:~\t\n./_\u00b7\u2022]|\][ \t]?\[|--)[>| \t]{0,16}|[ \t]{1,4})"
_RUN = re.compile(rf"[A-Z0-9](?<![\w.@/\\-].)[A-Z0-9]{{3,5}}(?:{_APART}{_GROUP}){{3,80}}+")
_PART = re.compile(r"([A-Z0-9]{2,6})([^A-Z0-9]{0,24})")
_SHAPES = {4: 4, 5: 5, 6: 5}
"""Length of groups, and how many of them a key has."""
_LETTERS = (5, 4)
"""Keys of letters only have a group less."""


def spread_keys(text: str) -> Iterator[tuple[int, str]]:
    """Keys whose groups stand apart: by spaces, in cells, on lines. Where each begins, and how it
    is written with dashes; whoever asks must know from the words around that it is one."""
    for run in islice(_RUN.finditer(text), MOST_RUNS):
        parts = [(run.start() + m.start(), m[1], m[2]) for m in _PART.finditer(run[0])]
        for length, same in groupby(parts, key=lambda part: len(part[1])):
            yield from _keys_of(list(same), length, parts)


Part = tuple[int, str, str]


def _keys_of(parts: list[Part], length: int, run: list[Part]) -> Iterator[tuple[int, str]]:
    wanted = _SHAPES.get(length, 0)
    if not wanted:
        return
    lines: list[list[Part]] = [[]]
    for part in parts:
        lines[-1].append(part)
        if "\n" in part[2]:
            lines.append([])
    for few in [parts] if len(parts) == wanted else [*lines, parts]:
        key = "-".join(part[1] for part in few)
        is_letters = (length, len(few)) == _LETTERS and "".join(p[1] for p in few).isalpha()
        if len(few) == wanted or is_letters:
            tail = _tail(few[-1], run) if length == max(_SHAPES) else ""
            yield few[0][0], key + tail


def _tail(last: Part, run: list[Part]) -> str:
    """The tail of a Keygen key, which is shorter than its groups."""
    after = next((part for part in run if part[0] > last[0]), None)
    return "-V3" if after is not None and after[1] == "V3" else ""


_TYPED = re.compile(r"[A-Za-z0-9]{4,6}(?:[\s|;,]{1,5}[A-Za-z0-9]{2,6}){3,5}")


def with_dashes(written: str) -> str:
    """A key that somebody typed with spaces between its groups; empty: it was not."""
    groups = re.split(r"[\s|;,]+", written) if _TYPED.fullmatch(written) else []
    if groups and groups[-1].upper() == "V3":
        return "-".join(groups)
    is_key = len(set(map(len, groups))) == 1 and any(map(str.isdigit, written))
    return "-".join(groups) if is_key else ""


# --- finding a known key again ------------------------------------------------------------------

_SAME = {"0": "[0Oo]", "O": "[0Oo]", "1": "[1IiLl]", "I": "[1IiLl]", "L": "[1IiLl]"}
LONGEST_RESPELLED = 100


def spelled(key: str) -> re.Pattern[str]:
    """However the key may stand in a normal text."""
    if len(key) > LONGEST_RESPELLED:
        return re.compile(re.escape(key))
    chars = [
        r"[\s|;,:~./_\u00b7\u2022>\[\]-]{1,24}"
        if char == "-"
        else _SAME.get(char.upper(), re.escape(char))
        for char in key
    ]
    return re.compile("".join(chars), re.IGNORECASE)
