"""Takes long runs of base64 out of a raw message while its tree is built.

The library's parser looks at every line, which costs more for one attached file than all else that
we do with its mail. No such run holds a delimiter, a header field or an empty line, so the tree is
the same without it (RFC 2045 §6.8: the alphabet; RFC 2046 §5.1.1: delimiters begin with a dash).
Failures: none.
"""

import re
import string
from collections.abc import Iterator
from email.message import Message as Tree

SHORTEST = 8_000  # octets of a message in which it is worth looking for any
LONGEST_LEFT = 640  # octets of a run that is not worth it
_IN_RUNS = (string.ascii_letters + string.digits + "+/\r\n").encode()
_SHAPES = bytes(b"x"[0] if octet in _IN_RUNS else b" "[0] for octet in range(256))
_RUN = b"x" * (LONGEST_LEFT + 1)
_MARK = b"~taken-out~"
_TAKEN = re.compile(_MARK.decode() + r"(\d{1,9})~")


def lighten(raw: bytes, shortest: int = SHORTEST) -> tuple[bytes, list[str]]:
    """The message with a mark in the place of each run, and the runs without their last line end;
    as it is, where that is not worth it or the message has such marks itself."""
    if len(raw) < shortest or _MARK in raw:
        return raw, []
    taken: list[str] = []
    kept: list[bytes] = []
    position = 0
    for first, last in _runs(raw):
        start, end = _lines_in(raw[first:last])
        if start < end:
            taken.append(raw[first + start : first + end].decode("ascii"))
            kept += [raw[position : first + start], b"%b%d~" % (_MARK, len(taken) - 1)]
            position = first + end
    return b"".join([*kept, raw[position:]]), taken


def _runs(raw: bytes) -> Iterator[tuple[int, int]]:
    """From a line end to where other octets begin."""
    shapes = raw.translate(_SHAPES)
    end = 0
    while (start := shapes.find(_RUN, end)) >= 0:
        end = shapes.find(b" ", start)
        end = len(raw) if end < 0 else end
        first = raw.find(b"\n", start, end - LONGEST_LEFT)
        if first >= 0:
            yield first, end


def _lines_in(run: bytes) -> tuple[int, int]:
    """Where full lines begin and where they end, without the last line end; none is empty."""
    start = len(run) - len(run.lstrip(b"\r\n"))
    if run.count(b"\r") != run.count(b"\r\n"):
        return 0, 0  # a carriage return alone ends a line, too
    empty = [run.find(mark, start) for mark in (b"\n\n", b"\n\r\n")]
    end = min((each for each in empty if each >= 0), default=run.rfind(b"\n"))
    return start, end - run.startswith(b"\r", end - 1)


def load(tree: Tree, taken: list[str]) -> None:
    """Put the runs back where their marks are."""
    if not taken:
        return
    mark = _MARK.decode()
    todo: list[object] = [tree]
    while todo:
        part = todo.pop()
        if not isinstance(part, Tree):
            continue
        body = part._payload  # type: ignore[attr-defined]  # noqa: SLF001 -- as in raw_body
        if isinstance(body, list):
            todo.extend(body)
        elif isinstance(body, str) and mark in body:
            part._payload = _TAKEN.sub(lambda match: taken[int(match[1])], body)  # type: ignore[attr-defined]  # noqa: SLF001
