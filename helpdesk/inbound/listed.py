"""The names that an archive lists, read without unpacking anything.

ZIP, RAR, 7z, CAB, tar and gzip, as far as their names are not compressed or encrypted themselves;
of a message (RFC 5322) those of the files attached to it. A ZIP may say two names for one file, and
have files of which its directory says nothing: all of the names count.

Failures: none; what is broken lists what is left of it. Time is linear in the size of the content,
whatever it says of its own places and lengths.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice

from helpdesk.inbound.decode import read_parameters

MOST_ENTRIES = 150_000
"""More of an archive are not looked at."""
LONGEST_NAME = 500
"""Octets of a name, the last ones: there is its extension."""
LARGEST_FIELD = 4_000
"""Octets in which a name or a field beside it is looked for."""
_END_OF_ZIP = 65_557
"""The last octets in which a ZIP has its end record."""
_MOST_ENDS = 8
_LARGEST_TAIL = 4 * 2**20
"""Octets of the directory of a 7z archive that are looked at."""

Names = Iterator[str]


def listed(content: bytes) -> Names:
    """All names, in no certain order, some of them more than once."""
    found: Names = iter(())
    for begins, read in _FORMATS:
        if content.startswith(begins):
            found = read(content)
            break
    else:
        if content[257:262] == b"ustar" or _is_tar_header(content, 0):
            found = _tar(content)
        elif _ends_of_zip(content):
            # Programs look for the end of a ZIP; anything may stand before it.
            found = _zip(content)
    return islice(found, MOST_ENTRIES)


# --- ZIP (PKWARE APPNOTE) -----------------------------------------------------------------------

_LOCAL, _CENTRAL, _END, _END64 = b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6"
_LOCAL_SIZE, _CENTRAL_SIZE = 30, 46
_NO_NUMBER = 0xFFFFFFFF


def _number(content: bytes, place: int, length: int) -> int:
    return int.from_bytes(content[place : place + length], "little")


def _text(name: bytes) -> str:
    """Its letters may be wrong; its extension is ASCII in every character set of an archive."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")


def _zip(content: bytes) -> Names:
    """In turns from the directories and from the files themselves, so that neither hides the
    other behind many entries."""
    walks = [_directory(content, start) for start in _directories(content)]
    walks.append(_local_files(content))
    while walks:
        for walk in tuple(walks):
            several = list(islice(walk, 100))
            yield from several
            if not several:
                walks.remove(walk)


def _ends_of_zip(content: bytes) -> list[int]:
    found: list[int] = []
    place = content.rfind(_END, max(0, len(content) - _END_OF_ZIP))
    least = max(0, len(content) - _END_OF_ZIP)
    while place >= 0 and len(found) < _MOST_ENDS:
        if place + 22 <= len(content):
            found.append(place)
        place = content.rfind(_END, least, place)
    return found


def _directories(content: bytes) -> list[int]:
    """Where a directory may begin: by its size, by its stated place, and where one is seen."""
    starts: list[int] = []
    for end in _ends_of_zip(content):
        size, offset = _number(content, end + 12, 4), _number(content, end + 16, 4)
        before = end
        if _NO_NUMBER in (size, offset):
            wide = content.rfind(_END64, max(0, end - 4_096), end)
            if wide >= 0:
                before = wide
                size = _number(content, wide + 40, 8)
                offset = _number(content, wide + 48, 8)
        starts += [before - size, offset]
    known = [start for start in starts if start >= 0 and content.startswith(_CENTRAL, start)]
    return list(dict.fromkeys([*known, *_first(content, _CENTRAL)]))


def _first(content: bytes, mark: bytes) -> list[int]:
    place = content.find(mark)
    return [place] if place >= 0 else []


def _directory(content: bytes, place: int) -> Names:
    while content.startswith(_CENTRAL, place) and place + _CENTRAL_SIZE <= len(content):
        name_size = _number(content, place + 28, 2)
        extra_size = _number(content, place + 30, 2)
        yield from _zip_names(content, place + _CENTRAL_SIZE, name_size, extra_size)
        place += _CENTRAL_SIZE + name_size + extra_size + _number(content, place + 32, 2)


def _local_files(content: bytes) -> Names:
    place = content.find(_LOCAL)
    while place >= 0:
        name_size = _number(content, place + 26, 2)
        extra_size = _number(content, place + 28, 2)
        start = place + _LOCAL_SIZE
        yield from _zip_names(content, start, name_size, extra_size)
        end = start + name_size + extra_size
        after = end + _number(content, place + 18, 4)
        # A length that leads to the next record is believed, for a file may be an archive itself.
        if content[after : after + 2] == b"PK" and after > place:
            place = content.find(_LOCAL, after)
        else:
            place = content.find(_LOCAL, min(end, place + _LOCAL_SIZE))


def _zip_names(content: bytes, start: int, name_size: int, extra_size: int) -> Iterator[str]:
    end = start + name_size
    yield _text(content[max(start, end - LONGEST_NAME) : end])
    if extra_size < 9:
        return
    extra = content[end : end + min(extra_size, LARGEST_FIELD)]
    place = 0
    while place + 4 <= len(extra):
        size = _number(extra, place + 2, 2)
        if extra[place : place + 2] == b"up":  # the same name once more, in Unicode (4.6.9)
            yield extra[place + 9 : place + 4 + size].decode("utf-8", "replace")
        place += 4 + size


# --- RAR ------------------------------------------------------------------------------------------


def _rar4(content: bytes) -> Names:
    place = 7
    while place + 7 <= len(content):
        kind, flags = content[place + 2], _number(content, place + 3, 2)
        size = _number(content, place + 5, 2)
        if size < 7 or (kind == 0x73 and flags & 0x80):  # all that follows is encrypted
            return
        packed = _number(content, place + 7, 4) if flags & 0x8000 or kind in (0x74, 0x7A) else 0
        if kind == 0x74:
            is_large = bool(flags & 0x100)
            packed += _number(content, place + 32, 4) << 32 if is_large else 0
            start = place + (40 if is_large else 32)
            length = min(_number(content, place + 26, 2), LARGEST_FIELD)
            yield _text(content[start : start + length].partition(b"\0")[0][-LONGEST_NAME:])
        place += size + packed


def _vint(content: bytes, place: int) -> tuple[int, int]:
    """A number of RAR 5 and the place behind it."""
    number = 0
    for count in range(10):
        octet = content[place + count : place + count + 1]
        if not octet:
            return number, len(content)
        number |= (octet[0] & 0x7F) << (7 * count)
        if octet[0] < 0x80:
            return number, place + count + 1
    return number, len(content)


def _rar5(content: bytes) -> Names:
    place = 8
    while place + 6 <= len(content):
        size, head = _vint(content, place + 4)
        kind, at = _vint(content, head)
        flags, at = _vint(content, at)
        if not size or kind == 4:  # all that follows is encrypted
            return
        if flags & 1:
            _, at = _vint(content, at)
        packed, at = _vint(content, at) if flags & 2 else (0, at)
        if kind == 2:
            yield _rar5_name(content, at)
        place = head + size + packed


def _rar5_name(content: bytes, at: int) -> str:
    flags, at = _vint(content, at)
    for _ in range(2):  # size and attributes
        _, at = _vint(content, at)
    at += 4 * bool(flags & 2) + 4 * bool(flags & 4)
    for _ in range(2):  # method and system
        _, at = _vint(content, at)
    length, at = _vint(content, at)
    name = content[at : at + length] if length < LARGEST_FIELD else b""
    return _text(name[-LONGEST_NAME:])


# --- others ---------------------------------------------------------------------------------------


def _cab(content: bytes) -> Names:
    place = _number(content, 16, 4)
    for _ in range(_number(content, 28, 2)):
        end = content.find(b"\0", place + 16, place + 16 + 257)
        if end < 0:
            return
        yield _text(content[place + 16 : end])
        place = end + 1


def _seven_zip(content: bytes) -> Names:
    """Only where the directory is not compressed."""
    start = 32 + _number(content, 12, 8)
    tail = content[start : start + min(_number(content, 20, 8), _LARGEST_TAIL)]
    if tail[:1] != b"\1":
        return
    # Names of the files (0x11): a length, nothing external, UTF-16 with NUL behind each.
    place = tail.rfind(b"\x11")
    for _ in range(_MOST_ENDS):
        if place < 0:
            return
        size, at = _seven_number(tail, place + 1)
        names = tail[at + 1 : at + size]
        if size > 2 and size % 2 and tail[at : at + 1] == b"\0" and names.endswith(b"\0\0"):
            yield from names.decode("utf-16-le", "replace").split("\0")
        place = tail.rfind(b"\x11", 0, place)


def _seven_number(content: bytes, place: int) -> tuple[int, int]:
    """A number of 7z, of at most three octets as lengths of names are, and the place behind it."""
    first = content[place] if place < len(content) else 0
    if first < 0x80:
        return first, place + 1
    if first < 0xC0:
        return ((first & 0x3F) << 8) | _number(content, place + 1, 1), place + 2
    return ((first & 0x1F) << 16) | _number(content, place + 1, 2), place + 3


_TAR_BLOCK = 512


def _is_tar_header(content: bytes, place: int) -> bool:
    """Its checksum counts the octets of the block, its own field as spaces."""
    block = content[place : place + _TAR_BLOCK]
    stated = block[148:156].strip(b" \0")
    if len(block) < _TAR_BLOCK or not block[0] or not re.fullmatch(rb"[0-7]{1,7}", stated):
        return False
    return int(stated, 8) == sum(block) - sum(block[148:156]) + 8 * 32


def _tar(content: bytes) -> Names:
    place = 0
    while _is_tar_header(content, place):
        block = content[place : place + _TAR_BLOCK]
        name = block[:100].partition(b"\0")[0]
        size = _octal(block[124:136])
        kind = block[156:157]
        data = content[place + _TAR_BLOCK : place + _TAR_BLOCK + min(size, LARGEST_FIELD)]
        if kind in b"LK" and kind:  # the next name, which is too long for its field
            yield data.partition(b"\0")[0].decode("utf-8", "replace")
        elif kind in b"xg" and kind:
            for line in re.findall(rb"(?m)^\d{1,6} path=([^\n]{1,4000})$", data):
                yield line.decode("utf-8", "replace")
        else:
            yield name.decode("utf-8", "replace")
        place += _TAR_BLOCK + (size + _TAR_BLOCK - 1) // _TAR_BLOCK * _TAR_BLOCK


def _octal(field: bytes) -> int:
    if field[:1] >= b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    return int(digits, 8) if re.fullmatch(rb"[0-7]{1,12}", digits) else 0


def _gzip(content: bytes) -> Names:
    """RFC 1952 §2.3.1: the name that the file had."""
    if len(content) < 10 or not content[3] & 8:
        return
    start = 10
    if content[3] & 4:
        start += 2 + _number(content, 10, 2)
    end = content.find(b"\0", start, start + LARGEST_FIELD)
    if end > start:
        yield content[start:end].decode("latin-1")


_FORMATS: tuple[tuple[bytes, Callable[[bytes], Names]], ...] = (
    (_LOCAL, _zip),
    (_END, _zip),
    (b"PK00PK\3\4", _zip),
    (b"PK\7\x08PK\3\4", _zip),
    (b"Rar!\x1a\7\0", _rar4),
    (b"Rar!\x1a\7\1\0", _rar5),
    (b"MSCF\0\0\0\0", _cab),
    (b"7z\xbc\xaf\x27\x1c", _seven_zip),
    (b"\x1f\x8b\x08", _gzip),
)


# --- messages -------------------------------------------------------------------------------------

_MIME_FIELD = re.compile(
    rb"(?im)^content-(?:type|disposition):([^\r\n]{0,998}(?:\r?\n[ \t][^\r\n]{0,998}){0,20})"
)
_UUENCODED = re.compile(rb"(?m)^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,500})")
_MOST_FIELDS = 2_000


def attached(content: bytes) -> Names:
    """The names of the files in a message that is not read any further."""
    for field in islice(_MIME_FIELD.finditer(content), _MOST_FIELDS):
        if b"name" in field[1].lower():
            _, parameters = read_parameters(field[1].decode("utf-8", "surrogateescape"))
            yield from (parameters[key] for key in ("filename", "name") if key in parameters)
    for line in islice(_UUENCODED.finditer(content), _MOST_FIELDS):
        yield _text(line[1])
