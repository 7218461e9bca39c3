"""Long encoded files kept out of the way while the tree is built, and put back when they are read.

The parser of the standard library works line by line, which takes most of the time that a mail
with a large file needs. A run of equal lines of base64 cannot hold a delimiter (RFC 2046 §5.1.1:
those begin with `--`), so nothing of the structure depends on what stands in it.

Failures: none.
"""

import re
from email.message import Message

SHORTEST = 64 * 1024
"""Octets of a run that is worth it."""
MOST_LOOKS = 4
"""How often each octet is looked at, on the whole: some mails are made to cost time."""

_BEGIN = re.compile(rb"\n\r?\n(?=([A-Za-z0-9+/]{40,100}\r?\n)\1?[A-Za-z0-9+/])")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n"
_STRANGE = re.compile(rb"[^A-Za-z0-9+/=\r\n]")
_MARK = "\x00hollow:"
_FILLED = re.compile(_MARK + r"(\d{1,12})-(\d{1,12})\x00\n")


def hollow(raw: bytes) -> bytes:
    """The message with a mark in the place of each long run of base64."""
    if len(raw) < 2 * SHORTEST or _MARK.encode() in raw:
        return raw
    pieces: list[bytes] = []
    kept = position = looked_at = 0
    while (begin := _BEGIN.search(raw, position)) and looked_at < MOST_LOOKS * len(raw):
        start, line = begin.end(), len(begin[1])
        last = start + _lines_from(raw, start, line) * line
        looked_at += last - start + (len(raw) - start) // line
        end = _end_of_run(raw, start, last)
        position = max(end, begin.end())
        if end - start >= SHORTEST:
            pieces += [raw[kept:start], f"{_MARK}{start}-{end}\x00\n".encode()]
            kept = end
    return b"".join([*pieces, raw[kept:]]) if pieces else raw


def _lines_from(raw: bytes, start: int, line: int) -> int:
    """How many lines of this length seem to follow, by where their ends should be."""
    ends = raw[start + line - 1 :: line]
    return len(ends) - len(ends.lstrip(b"\n"))


def _end_of_run(raw: bytes, start: int, last: int) -> int:
    """Where the last but one of these lines ends up to which there is base64 only; what ends the
    last may belong to a delimiter."""
    if raw[start:last].translate(None, _LETTERS):
        strange = _STRANGE.search(raw, start, last)
        last = strange.start() if strange else last
        last = raw.rfind(b"\n", start, last) + 1
    return max(start, raw.rfind(b"\n", start, last - 1) + 1)


def fill(tree: Message, raw: bytes) -> None:
    """Put back into a tree what `hollow` took out of the message."""
    todo = [tree]
    while todo:
        part = todo.pop()
        payload = part.get_payload()
        if isinstance(payload, list):
            todo += [each for each in payload if isinstance(each, Message)]
        elif isinstance(payload, str) and _MARK in payload:
            part.set_payload(_filled(payload, raw))
        for outside in ("preamble", "epilogue"):
            words = getattr(part, outside)
            if isinstance(words, str) and _MARK in words:
                setattr(part, outside, _filled(words, raw))


def _filled(text: str, raw: bytes) -> str:
    return _FILLED.sub(lambda found: raw[int(found[1]) : int(found[2])].decode("ascii"), text)
