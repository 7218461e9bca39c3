"""Changes a mail by its structure: its fields, its parts, their boundaries, encodings, charsets.

The same mail and the same random numbers give the same change.
"""

import base64
import quopri
import random
import re
from collections.abc import Callable, Sequence

from fuzz.tokens import CHARSETS, ENCODINGS, TOKENS, TYPES

Random = random.Random
Change = Callable[[Random, bytes], bytes]

_BOUNDARY = re.compile(rb'(?i)boundary="?([^"\r\n;]{1,70})')
_VALUES = (
    (re.compile(rb'(?i)charset="?([^"\r\n;]{0,40})'), CHARSETS),
    (re.compile(rb"(?i)^content-transfer-encoding:[ \t]*([^\r\n]{0,40})", re.MULTILINE), ENCODINGS),
    (re.compile(rb"(?i)^content-type:[ \t]*([^\r\n;]{0,60})", re.MULTILINE), TYPES),
)
_FIELD = re.compile(rb"(?m)^([A-Za-z-]{1,40}):[ \t]*([^\r\n]{0,200})")
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
MOST_COPIES = 60


def _replaced(data: bytes, span: tuple[int, int], by: bytes) -> bytes:
    return data[: span[0]] + by + data[span[1] :]


def change_value(rng: Random, data: bytes) -> bytes:
    """Another charset, transfer encoding or content type for one part."""
    pattern, values = rng.choice(_VALUES)
    found = [match.span(1) for match in pattern.finditer(data)]
    return _replaced(data, rng.choice(found), rng.choice(values)) if found else data


def change_field(rng: Random, data: bytes) -> bytes:
    """A field loses its value, takes that of another, gets a token, or comes twice."""
    found = list(_FIELD.finditer(data))
    if not found:
        return data
    match = rng.choice(found)
    choice = rng.randrange(4)
    if choice == 0:
        return _replaced(data, match.span(2), rng.choice(found)[2])
    if choice == 1:
        return _replaced(data, match.span(2), match[2] + rng.choice(TOKENS))
    if choice == 2:  # noqa: PLR2004 -- of four
        return _replaced(data, match.span(), match[0] + b"\r\n" + match[0])
    return _replaced(data, match.span(1), rng.choice(found)[1])


def _parts(rng: Random, data: bytes) -> tuple[bytes, list[bytes]]:
    names = sorted(set(_BOUNDARY.findall(data)))
    if not names:
        return b"", [data]
    delimiter = b"--" + rng.choice(names)
    return delimiter, data.split(delimiter)


def move_parts(rng: Random, data: bytes) -> bytes:
    """Two parts change places, one is left out, or one comes several times."""
    delimiter, parts = _parts(rng, data)
    if len(parts) < 3:  # noqa: PLR2004 -- what is before and after the first
        return data
    one, other = rng.randrange(1, len(parts)), rng.randrange(1, len(parts))
    choice = rng.randrange(3)
    if choice == 0:
        parts[one], parts[other] = parts[other], parts[one]
    elif choice == 1:
        del parts[one]
    else:
        parts[one:one] = [parts[other]] * rng.randrange(1, 4)
    return delimiter.join(parts)


def change_boundary(rng: Random, data: bytes) -> bytes:
    """A boundary that is the beginning of another, has spaces, or is that of another multipart."""
    names = sorted(set(_BOUNDARY.findall(data)))
    if not names:
        return data
    old = rng.choice(names)
    new = rng.choice((rng.choice(names), old + b"x", old[:-1], old + b" ", b'"' + old, b""))
    return data.replace(old, new, rng.choice((1, 2, -1)))


def _body(rng: Random, data: bytes) -> tuple[int, int]:
    """Some stretch that may be the body of a part."""
    begins = [match.end() for match in _EMPTY_LINE.finditer(data)]
    if not begins:
        return len(data), len(data)
    start = rng.choice(begins)
    end = data.find(b"\n--", start)
    return start, len(data) if end < 0 else end


def encode_body(rng: Random, data: bytes) -> bytes:
    """The transfer encoding that a part may state, or not."""
    start, end = _body(rng, data)
    body = data[start:end]
    encoded = base64.encodebytes(body) if rng.random() < 0.5 else quopri.encodestring(body)  # noqa: PLR2004
    return _replaced(data, (start, end), encoded)


def wrap(rng: Random, data: bytes) -> bytes:
    """The mail becomes a part of another."""
    name = b"=w%d" % rng.randrange(4)
    if rng.random() < 0.3:  # noqa: PLR2004
        return b"Content-Type: message/rfc822\r\n\r\n" + data
    head = b"Content-Type: %b; boundary=%b\r\n\r\n" % (rng.choice(TYPES), name)
    end = b"\r\n--" + name + b"--\r\n" if rng.random() < 0.8 else b""  # noqa: PLR2004
    return head + b"--" + name + b"\r\n" + data + end


def insert_token(rng: Random, data: bytes) -> bytes:
    position = rng.randrange(len(data) + 1)
    if rng.random() < 0.5:  # noqa: PLR2004
        position = data.find(b"\n", position) + 1
    return _replaced(data, (position, position), rng.choice(TOKENS))


def repeat_lines(rng: Random, data: bytes) -> bytes:
    """A few lines many times: what is linear once may not be so often."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    start = rng.randrange(len(lines))
    chosen = lines[start : start + rng.randrange(1, 4)]
    return b"".join(lines[:start] + chosen * rng.randrange(2, MOST_COPIES) + lines[start:])


def cut(rng: Random, data: bytes) -> bytes:
    start = rng.randrange(len(data) + 1)
    length = rng.choice((1, 2, 10, 100, len(data)))
    return _replaced(data, (start, min(len(data), start + length)), b"")


def change_line_ends(rng: Random, data: bytes) -> bytes:
    plain = data.replace(b"\r\n", b"\n")
    return plain.replace(b"\n", rng.choice((b"\n", b"\r\n", b"\r")))


OF_MAILS: tuple[Change, ...] = (
    change_value,
    change_field,
    move_parts,
    change_boundary,
    encode_body,
    wrap,
    insert_token,
    repeat_lines,
    cut,
    change_line_ends,
)
OF_TEXTS: tuple[Change, ...] = (insert_token, repeat_lines, cut)


def mutate(data: bytes, longest: int, seed: int, changes: Sequence[Change]) -> bytes:
    """One to three changes; not longer than `longest` octets."""
    rng = Random(seed)
    for _ in range(rng.randrange(1, 4)):
        data = rng.choice(changes)(rng, data)[:longest]
    return data
