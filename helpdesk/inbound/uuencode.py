"""Files that stand in a text as uuencoded lines, as programs from before MIME send them.

Standards: POSIX.1 uuencode; RFC 2045 has no such encoding.
Failures: none; what is not a whole file stays text. yEnc is not read: its lines stay text too.
"""

import binascii
import re
from dataclasses import dataclass

MOST_FILES = 100

_BEGIN = re.compile(rb"^begin [0-7]{3,4} (\S[^\r\n]{0,250})\r?\n", re.MULTILINE)
_LINE = re.compile(rb"([ -`]{0,90})\r?(?:\n|\Z)")
_LAST = re.compile(rb"end[ \t]{0,9}\r?(?:\n|\Z)")
_MOST_OCTETS = 63  # of one line: one character says how many


@dataclass(frozen=True, slots=True)
class EncodedFile:
    name: bytes
    content: bytes


_BLANK = re.compile(rb"\r?\n")
_BLANK_END = re.compile(rb"\n\r?\n\Z")


def take_out_files(text: bytes) -> tuple[bytes, tuple[EncodedFile, ...]]:
    """The text without the lines of its files, and the files."""
    if b"begin " not in text:
        return text, ()
    kept: list[bytes] = []
    files: list[EncodedFile] = []
    position = 0
    while len(files) < MOST_FILES and (begin := _BEGIN.search(text, position)):
        found = _read_file(text, begin.end())
        if found is None:
            # No line of a file looks like the beginning of another, so no line is read twice.
            kept.append(text[position : begin.end()])
            position = begin.end()
            continue
        content, end = found
        kept.append(text[position : begin.start()])
        if _BLANK_END.search(kept[-1][-3:]) and (blank := _BLANK.match(text, end)):
            end = blank.end()
        files.append(EncodedFile(begin[1].rstrip(), content))
        position = end
    kept.append(text[position:])
    return b"".join(kept), tuple(files)


def _read_file(text: bytes, position: int) -> tuple[bytes, int] | None:
    """The content, and the end of the line that says `end`."""
    pieces: list[bytes] = []
    is_last = False
    while line := _LINE.match(text, position):
        if position >= len(text):
            return None
        piece = _read_line(line[1])
        if piece is None:
            return None
        position = line.end()
        if not piece:
            is_last = True
            break
        pieces.append(piece)
    end = _LAST.match(text, position)
    if end is None or not (is_last or pieces):
        return None
    return b"".join(pieces), end.end()


def _read_line(line: bytes) -> bytes | None:
    """The octets of a line, which may have lost the spaces at its end."""
    count = (line[0] - 32) & _MOST_OCTETS if line else 0
    characters = -(-count // 3) * 4
    # Some programs add one character, as a checksum.
    if len(line) - 1 > characters + 1:
        return None
    try:
        return binascii.a2b_uu(line[: characters + 1]) if count else b""
    except binascii.Error:
        return None
