"""The parser of the standard library, without what makes it slow for deeply nested messages.

It tries each line against the delimiters of all multiparts that are open, so that a hundred levels
make every line a hundred times as dear. Only few lines may be a delimiter (RFC 2046 §5.1.1), and
what they must be equal to is known. It also makes a part of each empty line of a delivery report.
Failures: TooManyPartsError for what has more of them, or deeper ones, than the caller allows.
"""

import re
from collections.abc import Callable
from email.feedparser import BufferedSubFile, FeedParser  # type: ignore[attr-defined]
from email.message import Message as Tree

_CHUNK = 8_192  # characters, as in email.parser
_DELIMITER = re.compile(r"\(\?P<sep>(.*)\)\(\?P<end>--\)\?.*", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BLANK = ""
_Ends = Callable[[str], object]


class TooManyPartsError(Exception):
    """There is no tree of this message."""


def build_tree(raw: bytes, deepest: int, most: int) -> Tree:
    """What `email.message_from_bytes` makes of it."""
    feed = _Feed(deepest, most)
    text = raw.decode("ascii", "surrogateescape")
    for start in range(0, len(text), _CHUNK):
        feed.feed(text[start : start + _CHUNK])
    return feed.close()


class _Feed(FeedParser):
    def __init__(self, deepest: int, most: int) -> None:
        super().__init__()
        self._input = _Lines()
        self._deepest = deepest
        self._left = most

    def _new_message(self) -> None:
        self._left -= 1
        if self._left < 0 or len(self._msgstack) > self._deepest:  # type: ignore[attr-defined]
            raise TooManyPartsError
        super()._new_message()  # type: ignore[misc]


class _Lines(BufferedSubFile):  # type: ignore[misc]  # typeshed does not have it
    def __init__(self) -> None:
        super().__init__()
        self._open: dict[str | None, int] = {}
        """How often each delimiter ends what is read; None stands for all that is no delimiter."""

    def push_eof_matcher(self, pred: _Ends) -> None:
        ending = _ending(pred)
        self._open[ending] = self._open.get(ending, 0) + 1
        super().push_eof_matcher(pred)

    def pop_eof_matcher(self) -> _Ends:
        pred: _Ends = super().pop_eof_matcher()
        self._open[_ending(pred)] -= 1
        return pred

    def readline(self) -> object:
        lines = self._lines
        if lines and not self._may_end(lines[0]):
            return lines.popleft()
        return super().readline()

    def _may_end(self, line: str) -> object:
        open_ones = self._open
        if open_ones.get(None):
            return True
        if line.startswith("--"):
            delimiter = line.rstrip("\r\n").rstrip(" \t")
            return open_ones.get(delimiter) or open_ones.get(delimiter.removesuffix("--"))
        return line[:1] in "\r\n" and open_ones.get(_BLANK)


def _ending(pred: _Ends) -> str | None:
    pattern = str(getattr(getattr(pred, "__self__", None), "pattern", ""))
    if pattern == r"\r\n|\r|\n":
        return _BLANK
    stated = _DELIMITER.fullmatch(pattern)
    return _ESCAPED.sub(r"\1", stated[1]) if stated is not None else None
