"""Whether what looks like a license key is one: by the words around it, and by its own letters.

Nothing but a license server knows for sure. Order numbers, serial numbers of hardware, UUIDs and
parts of addresses have the same shapes.
"""

import re
import unicodedata
from dataclasses import dataclass

from helpdesk.core.key_words import CODE_WORD, KEY_WORD, LABEL_OF_OTHERS, OF_HARDWARE, OTHER_WORD

BEFORE = 80
"""Characters before a key in which a word counts."""
AFTER = 40
_LONGEST_CHUNK = 300
_LONGEST_LABEL = 40

_SAID_AFTER = re.compile(
    r"\W{0,3}\s{0,2}(?:is|was|ist|war|est|es|é|to|jest|är|er|это|—|-|=|\()(?!\w)([^\n]{0,40})"
)
_LABEL = re.compile(r"[^\W\d_][^\n:=：]{0,20}[:=：]\s{0,3}\Z")
_CLOSE = re.compile(r"[^:=,;?!\n{}\[\]\"]{0,30}[:=\"'\s({\[>*：]{0,6}\Z")
# What may stand between a word such as "order" and the number that is meant.
_NUMBER_OF = re.compile(
    r"[\w-]{0,16}\W{0,4}(?:(?:no|nr|nos|num|number|nummer|numer|num[eé]ro|número|nomor|n|id|ids|code"
    r"|card|value|of|from|vom|z|zu|du|de|der|is|ist|est|es|lautet|was|kod[eu]?|código|codice|код|номер|号|番号|编号)"
    r"(?![^\W\d_])\W{0,4}){0,3}\Z"
)


@dataclass(frozen=True, slots=True)
class Context:
    """What the words around say about what stands there."""

    before: str
    """Case-folded, BEFORE characters."""
    is_called_key: bool = False
    is_close: bool = False
    """So close that nothing else can be meant."""
    is_labelled: bool = False
    """With a colon directly before it."""
    is_called_other: bool = False
    is_likely: bool = False
    """It is called a code, or a key in other sentences, or it stands alone on its line."""


def context_of(text: str, start: int, end: int) -> Context:
    before = _folded(text[max(0, start - BEFORE) : start])
    line = before.rpartition("\n")[2]
    key_at = _last_key_word(before)
    if _is_called_other(line, key_at - len(before) + len(line)):
        return Context(before, is_called_other=True)
    is_on_line = key_at > len(before) - len(line)
    if not is_on_line and (heading := _folded(heading_of(text, start))):
        if _last_key_word(heading):
            return Context(before, is_called_key=True, is_close=True)
        if _heads_others(heading):
            return Context(before, is_called_other=True)
    if key_at == 0:
        after = _SAID_AFTER.match(_folded(text[end : end + AFTER]))
        is_key = after is not None and _last_key_word(after[1]) > 0
        is_alone = not line.strip(_EDGES) and not text[end : end + 2].partition("\n")[0].strip()
        is_likely = is_alone or CODE_WORD.search(line) is not None
        return Context(before, is_called_key=is_key, is_close=is_key, is_likely=is_likely)
    return Context(
        before,
        is_called_key=True,
        is_likely=True,
        is_close=_CLOSE.fullmatch(before, key_at) is not None,
        is_labelled=_LABEL.search(line) is not None,
    )


def _is_called_other(line: str, key_at: int) -> bool:
    """By the last word before it; `key_at` is where the last word for keys ends on this line."""
    if OF_HARDWARE.search(line):
        return True
    for match in OTHER_WORD.finditer(line, max(0, key_at)):
        if _NUMBER_OF.match(line, match.end()):
            return True
    if _names_other_key(line, max(0, key_at)):
        return True
    is_far = key_at <= 0 or key_at < len(line) - _LONGEST_LABEL
    return is_far and LABEL_OF_OTHERS.search(line) is not None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _last_key_word(text: str) -> int:
    """Where the last word for license keys ends; 0: there is none. Leaves out keys of other kinds,
    such as API keys."""
    return max((m.end() for m in KEY_WORD.finditer(text) if m["other"] is None), default=0)


def _heads_others(heading: str) -> bool:
    is_other = OTHER_WORD.search(heading) or LABEL_OF_OTHERS.search(heading)
    return is_other is not None or _names_other_key(heading)


def _names_other_key(text: str, start: int = 0) -> bool:
    """Whether the text ends with a key to something else, such as a Wi-Fi key."""
    others = (match for match in KEY_WORD.finditer(text, start) if match["other"] is not None)
    return any(_CLOSE.fullmatch(text, match.end()) for match in others)


def says_other(text: str) -> bool:
    return OTHER_WORD.search(_folded(text)) is not None


_WHOLE_WORDS = {"stick": re.compile(r"(?<![^\W\d_])(?:cm)?sticks?(?![^\W\d_])")}


def says(context: Context, words: tuple[str, ...]) -> bool:
    """Whether one of the words stands there; short ones must not be parts of other words."""
    for word in words:
        if word in _WHOLE_WORDS:
            if _WHOLE_WORDS[word].search(context.before):
                return True
        elif word in context.before and (word != "key" or context.is_called_key):
            return True
    return False


# --- in a table ---------------------------------------------------------------------------------

_TALLEST, _WIDEST = 40, 3_000  # lines and characters above a cell
_SEPARATORS = tuple(map(re.compile, (r"\|", r"\t", ";", " {2,24}", ",")))
_EDGES = " \t>\r"


def heading_of(text: str, start: int) -> str:
    """What stands above the column of a table, or alone on the line above; empty: nothing."""
    above = text[max(0, start - _WIDEST) : start].split("\n")[-_TALLEST:]
    ahead = above.pop().lstrip(_EDGES)
    if not above or above[-1].strip(_EDGES) == "":
        return ""
    last = above[-1].strip(_EDGES)
    for separator in _SEPARATORS:
        if separator.search(last):
            return _cell(above, separator, len(separator.findall(ahead)))
    return last if not ahead and len(last) <= _LONGEST_LABEL else ""


def _cell(above: list[str], separator: re.Pattern[str], column: int) -> str:
    """Of the first of the lines that have as many cells as the last one."""
    heading: list[str] = []
    for line in reversed(above):
        cells = separator.split(line.strip(_EDGES))
        if heading and len(cells) != len(heading):
            break
        if not set(line) <= set("-+|=: "):
            heading = cells
    return heading[column].strip() if column < len(heading) else ""


# --- where it stands ----------------------------------------------------------------------------

_TO_LAST_BREAK = re.compile(r"[\s\S]*[\s<>\"'`|,;(\[]")
_ADDRESS = re.compile(
    r"://|^www\.|\\|%2f|^(?:urn|cid|mid|tel|sip|mailto|sha\d{0,3}|md5|uuid|data):"
)
_ADDRESS_ABOVE = re.compile(r"://[^\s<>\"]{1,290}/\n[> ]{0,8}\Z")
_DOMAIN_AFTER = re.compile(
    r"\.[A-Za-z0-9-]{1,60}\.[A-Za-z]{2,24}|\.(?:com|net|org|de|io|git|local)(?![a-z])"
)


def stands_alone(text: str, at: int, token: str, span: tuple[int, int]) -> bool:
    """Whether that span of the token at that place is not a piece of an address, a path or the
    name of a host."""
    before = text[max(0, at - _LONGEST_CHUNK) : at]
    gap = _TO_LAST_BREAK.match(before)
    if _ADDRESS.search((before[gap.end() :] if gap else before).casefold()):
        return False
    if before.endswith(("\n", "\n> ")) and _ADDRESS_ABOVE.search(before):
        return False
    ahead, behind = token[: span[0]], token[span[1] :]
    if len(token) == _UUID and text[max(0, at - 1) : at] == "{" and text[at + _UUID :][:1] == "}":
        return False  # of a class or an interface
    if _DOMAIN_AFTER.match(behind):
        return False
    if "/" in ahead:
        return _is_list(ahead)
    if ahead.endswith("."):
        return ahead[:-1].isalpha() and not _SUFFIX.match(behind)
    return not ahead.endswith("+")


_UUID = 36
_SUFFIX = re.compile(r"\.\w")


def _is_list(ahead: str) -> bool:
    """Such as `AAAA-BBBB/CCCC-DDDD`, of equal pieces with digits or capitals."""
    pieces = ahead.split("/")
    return pieces[-1] == "" and all("-" in each and each.upper() == each for each in pieces[:-1])


# --- what it looks like itself ------------------------------------------------------------------

_DIGITS = "0123456789"
_HEX_DIGITS = frozenset("0123456789ABCDEF-")
_VOWELS = re.compile("[AEIOUY]")
_PAIRS = (
    "bb bl br bs cc ch ck cl cr cs ct dd dg dl dr ds ff fl fr ft gg gh gl gn gr gs ht kl kn ks ld"
    " lf lk ll lm lp ls lt lv mb mm mp ms nc nd nf ng nk nn ns nt nv pf ph pl pp pr ps pt rb rc rd"
    " rf rg rk rl rm rn rp rr rs rt rv sc sh sk sl sm sn sp ss st sw tc th tl tr ts tt tw tz wh wn"
    " wr ws xp xt"
)
"""Consonants that stand together in words."""
_UNUSUAL = re.compile(
    rf"(?=[^AEIOUY][^AEIOUY])(?!{'|'.join(_PAIRS.upper().split())})|[AEIOUY]{{3}}|[^AEIOUY]{{4}}|Q(?!U)"
)
_MODEL = re.compile(r"[A-Z]{1,5}[0-9]{1,5}")


def is_placeholder(key: str) -> bool:
    """XXXXX-XXXXX, KEY1-KEY2-KEY3-KEY4 and the like."""
    groups = key.upper().split("-")
    words = {group.rstrip(_DIGITS) for group in groups}
    if len(groups) > 1 and len(words) == 1 and len(words.pop()) > 1:
        return True
    same = [group for group in groups if len(group) > 1 and len(set(group)) == 1]
    return len(same) > 1 or any(group[0] == "X" for group in same)


def is_wordlike(key: str) -> bool:
    """Whether each of its groups could be a word."""
    return all(_is_word(group) for group in key.upper().split("-"))


def _is_word(group: str) -> bool:
    return group.isalpha() and bool(_VOWELS.search(group)) and not _UNUSUAL.search(group)


def looks_like_chance(key: str, *, is_likely: bool = False) -> bool:
    """Whether nobody would have made it up: no words, numbers, models or addresses."""
    groups = key.upper().split("-")
    if is_hexadecimal(key) or is_series(key):
        return False
    if "".join(groups).isalpha():
        return not is_wordlike(key)
    numbers = sum(group.isdigit() for group in groups)
    words = sum(_is_word(group) for group in groups)
    scrambled = sum(_is_scrambled(group) for group in groups)
    if is_likely:
        return scrambled > 0 or numbers + words <= len(groups) // 2
    return scrambled > 1 or (scrambled == 1 and numbers == 0 and words <= 1)


def _is_scrambled(group: str) -> bool:
    return not group.isalpha() and not group.isdigit() and not _MODEL.fullmatch(group)


def is_hexadecimal(key: str) -> bool:
    return set(key.upper()) <= _HEX_DIGITS


def is_series(key: str) -> bool:
    """Letters and digits stand at the same places in each of its groups."""
    groups = {"".join("0" if char.isdigit() else "A" for char in each) for each in key.split("-")}
    return len(groups) == 1 and any(map(str.isdigit, key))


def is_mixed(key: str) -> bool:
    """At least two of its groups have letters and digits."""
    groups = key.split("-")
    return sum(not group.isalpha() and not group.isdigit() for group in groups) > 1


def has_no_word(key: str) -> bool:
    """One of its groups has letters and digits, one may be a number, and none is a word."""
    groups = key.split("-")
    is_any_mixed = any(not group.isalpha() and not group.isdigit() for group in groups)
    return is_any_mixed and sum(map(str.isdigit, groups)) <= 1 and not any(map(_is_word, groups))


def has_one_mixed(key: str) -> bool:
    """One of its groups has letters and digits, and the others are no numbers."""
    groups = key.split("-")
    return any(map(str.isdigit, key)) and not any(map(str.isdigit, groups))
