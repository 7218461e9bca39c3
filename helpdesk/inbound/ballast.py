"""Takes the bodies of texts and files out of a raw message while its tree is built.

The library's parser looks at every line, which costs more for one attached file than all else that
we do with its mail. No such body holds a delimiter or a header field, so the tree is the same
without it (RFC 2046 §5.1.1: delimiters begin with two dashes).
Failures: none.
"""

import re
from collections.abc import Iterator
from email.message import Message as Tree
from typing import NamedTuple

SHORTEST = 1  # octets of a body that is worth it
MOST_LOOKS = 5_000  # lines that may be delimiters
_MARK = b"~taken-out~"
_TAKEN = re.compile(_MARK.decode() + r"(\d{1,9})~")
# The header section of a part, as programs write it: whoever reads it sees the same fields.
_PART = re.compile(
    rb"--(?![!-9;-~]{0,200}:)[^\r\n]{1,200}\r?\n"  # else a field of the section above, to some
    rb"((?:(?!--)[!-9;-~]{1,200}:[^\r\n]{0,2000}\r?\n(?:[ \t][^\r\n]{0,2000}\r?\n){0,20}+){1,20}+)"
    rb"\r?\n"
)
_TYPE = re.compile(rb"(?im)^content-type:(?:[ \t]*(?!(?:multipart|message)/)([\w.+-]{1,60})/)?")
_TOP = 20_000  # octets of a header section that is looked at for the type of the whole
_BLOCKS = b"delivery-status"  # the library reads its text as header fields (RFC 3464 §2.1)


class Taken(NamedTuple):
    """A body, and where it stands in the raw message."""

    text: str
    start: int
    end: int


def lighten(raw: bytes, body: int) -> tuple[bytes, list[Taken]]:
    """The message with a mark in the place of each body, and the bodies; as it is, if it has such
    marks itself. `body` is where that of the whole message begins."""
    if len(raw) - body < SHORTEST or _MARK in raw:
        return raw, []
    whole = _is_leaf(raw[:body])
    taken: list[Taken] = []
    kept: list[bytes] = []
    position = 0
    for start, end in ((body, len(raw)),) if whole else _bodies(raw, body):
        taken.append(Taken(raw[start:end].decode("ascii", "surrogateescape"), start, end))
        kept += [raw[position:start], b"%b%d~" % (_MARK, len(taken) - 1)]
        position = end
    light = b"".join([*kept, raw[position:]])
    return (light, taken) if whole or _BLOCKS not in light.lower() else (raw, [])


def _is_leaf(head: bytes) -> bool:
    """Whether the whole message is one text or file."""
    if len(head) > _TOP or not head.endswith((b"\n\n", b"\n\r\n")):
        return False
    if head.count(b"\r") != head.count(b"\r\n"):
        return False  # a carriage return alone ends a line, too
    stated = _TYPE.search(head)
    return b"content-type" not in head.lower() if stated is None else bool(stated[1])


def _bodies(raw: bytes, position: int) -> Iterator[tuple[int, int]]:
    """Those of texts and files within a multipart, without their last line end."""
    position = max(0, position - 1)
    for _ in range(MOST_LOOKS):
        found = raw.find(b"\n--", position)
        if found < 0:
            return
        position = found + 1
        part = _PART.match(raw, position)
        if part is None:
            continue
        stated = _TYPE.search(part[1])
        if stated is None or not stated[1]:
            continue
        start = part.end()
        end = raw.find(b"\n--", start - 1)
        position = len(raw) if end < 0 else end
        if end < 0:
            end = len(raw) - raw.endswith(b"\n")
        end -= raw.startswith(b"\r", end - 1)
        if end - start >= SHORTEST and raw.find(b"\r--", start, end) < 0:
            yield start, end


def load(tree: Tree, taken: list[Taken]) -> dict[int, tuple[int, int]]:
    """Put the bodies back where their marks are; of each part that is one of them, by its `id`,
    where that stands."""
    places: dict[int, tuple[int, int]] = {}
    todo: list[object] = [tree] if taken else []
    while todo:
        part = todo.pop()
        if not isinstance(part, Tree):
            continue
        body = part._payload  # type: ignore[attr-defined]  # noqa: SLF001 -- as in raw_body
        if isinstance(body, list):
            todo.extend(body)
            part.preamble = part.preamble and _put_back(part.preamble, taken)
            part.epilogue = part.epilogue and _put_back(part.epilogue, taken)
        elif isinstance(body, str) and (mark := _TAKEN.fullmatch(body)):
            found = taken[int(mark[1])]
            part._payload = found.text  # type: ignore[attr-defined]  # noqa: SLF001
            places[id(part)] = found.start, found.end
        elif isinstance(body, str):
            part._payload = _put_back(body, taken)  # type: ignore[attr-defined]  # noqa: SLF001
    return places


def _put_back(text: str, taken: list[Taken]) -> str:
    return _TAKEN.sub(lambda match: taken[int(match[1])].text, text)
