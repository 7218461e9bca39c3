"""Takes long runs of base64 out of a raw message while its tree is built.

The library's parser looks at every line, which costs more for one attached file than all else that
we do with its mail. No such run holds a delimiter, a header field or an empty line, so the tree is
the same without it (RFC 2045 §6.8: the alphabet; RFC 2046 §5.1.1: delimiters begin with a dash).
Failures: none.
"""

import re
from email.message import Message as Tree

SHORTEST = 8_000  # octets of a message in which it is worth looking for any
_RUN = re.compile(rb"\n[A-Za-z0-9+/\r\n]{640,}")
_MARK = b"~taken-out~"
_TAKEN = re.compile(_MARK.decode() + r"(\d{1,9})~")


def lighten(raw: bytes, shortest: int = SHORTEST) -> tuple[bytes, list[str]]:
    """The message with a mark in the place of each run, and the runs without their last line end;
    as it is, where that is not worth it or the message has such marks itself."""
    if len(raw) < shortest or _MARK in raw:
        return raw, []
    taken: list[str] = []

    def take(match: re.Match[bytes]) -> bytes:
        run = match[0]
        start, end = _lines_in(run)
        if start >= end:
            return run
        taken.append(run[start:end].decode("ascii"))
        return b"%b%b%d~%b" % (run[:start], _MARK, len(taken) - 1, run[end:])

    return _RUN.sub(take, raw), taken


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
