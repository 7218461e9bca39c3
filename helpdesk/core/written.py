"""A line of a mail as people see it, whatever mail clients and phones put into it."""

import re
import unicodedata

LONGEST_TEXT = 200  # characters of a line that is shown to somebody
LOOKED_AT = 300  # characters of a line that is only looked at

_INVISIBLE = frozenset({"Cf", "Cc", "Co", "Cn", "Cs"})
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\ufe0e\ufe0f\u20e3")


def visible_line(line: str) -> str:
    """A line as people see it: mail clients change spaces, and add what is invisible."""
    if line.isascii() and line.isprintable():
        return " ".join(line.split())
    kept = "".join(
        char
        for char in line
        if char.isspace() or (unicodedata.category(char) not in _INVISIBLE and char not in _BLANK)
    )
    return " ".join(kept.split())


def compatible(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def clipped(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


# A bullet, a number and the marks of bold, code and quotations may stand before a command.
_BEFORE = re.compile(r"(?:(?:[-*+•·‣▪◦●○–—]|[0-9]{1,2}[.)]) ?)?([*_`\"'„“”«»‚‘’(\[]*)(?=\S)")
_AROUND = "*_`\"'„“”«»‚‘’()[]"


def unwrapped(visible: str) -> str:
    """The line without what phones and editors put around it."""
    before = _BEFORE.match(visible)
    if before is None:
        return visible
    inner = visible[before.end() :]
    return inner.rstrip(_AROUND) if before[1] else inner


# A line "Word: value", also with its word in bold.
LABEL = re.compile(r"([^\W\d_][\w -]{0,24}?)[*_]{0,2} ?[:：][*_]{0,2}(?: (.*)|([^ /].*)?)")
