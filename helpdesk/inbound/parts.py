"""Where the parts of a raw message stand, and the form in which a part is remembered.

A place is a piece of the raw message: `1234-5678:base64`. What is wrapped up in it is found by more
steps behind it: `1234-5678:base64!tnef:0` is the first file in the winmail.dat that stands there.

Standards: RFC 2045 §6 (transfer encodings), RFC 2046 §5.1.1 (delimiters).
Failures: none; what is no remembered place of these bytes is None.
"""

import binascii
import re

from helpdesk.inbound.cms import signed_content
from helpdesk.inbound.decode import first_word, read_parameters, unbase64
from helpdesk.inbound.header import Header, read_header
from helpdesk.inbound.leftovers import undo_leftovers
from helpdesk.inbound.tnef import read_tnef
from helpdesk.inbound.uuencode import take_out_files

# First octet, octet after the last, transfer encoding: `1234-5678:base64`.
_PLACE = re.compile(r"(\d{1,12})-(\d{1,12}):(base64|quoted-printable|none)", re.ASCII)
STEP = "!"
IN_CMS = "cms"
MEANT = "meant"
MOST_STEPS = 8
_PACKED = re.compile(r"(tnef|uu):(\d{1,4})", re.ASCII)
_AS_IT_IS = frozenset({"", "7bit", "8bit", "binary"})


def remember(start: int, end: int, encoding: str) -> str:
    """The form in which `open_place` takes it; empty if the encoding is another."""
    name = first_word(encoding)
    if name in _AS_IT_IS:
        name = "none"
    place = f"{start}-{end}:{name}"
    return place if _PLACE.fullmatch(place) else ""


def open_place(raw: bytes, place: str) -> bytes | None:
    """The decoded content of a remembered place; None if these bytes have no such place."""
    match = _PLACE.fullmatch(place)
    if match is None:
        return None
    start, end = int(match[1]), int(match[2])
    if not start <= end <= len(raw):
        return None
    octets = raw[start:end]
    if match[3] == "base64":
        return unbase64(octets.decode("ascii", "surrogateescape"))
    return binascii.a2b_qp(octets) if match[3] == "quoted-printable" else octets


def open_step(content: bytes, step: str) -> bytes | None:
    """What is wrapped up in a content; None if it has no such thing."""
    if step == IN_CMS:
        return signed_content(content)
    if step == MEANT:
        return undo_leftovers(content)
    match = _PACKED.fullmatch(step)
    if match is None:
        return open_place(content, step)
    packed = read_tnef(content).files if match[1] == "tnef" else take_out_files(content)[1]
    number = int(match[2])
    return packed[number].content if number < len(packed) else None


class Slices:
    """Where the parts stand in the raw message, for content that must be kept byte by byte."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._parts: dict[str, tuple[tuple[int, int], ...]] = {}
        self._headers: dict[tuple[int, int], Header] = {}

    def find(self, path: str) -> tuple[Header, int, int] | None:
        """The header of a part, and where its body begins and ends."""
        start, end = 0, len(self._raw)
        walked: list[str] = []
        for step in path.split("."):
            parts = self._split(".".join(walked), start, end)
            number = int(step) if step.isdigit() else 0
            if parts is None and number == 1:
                continue
            if parts is None or not 0 < number <= len(parts):
                return None
            start, end = parts[number - 1]
            walked.append(step)
        header = self._header(start, end)
        return header, start + header.body, end

    def _header(self, start: int, end: int) -> Header:
        if (start, end) not in self._headers:
            self._headers[start, end] = read_header(self._raw[start:end])
        return self._headers[start, end]

    def content(self, path: str) -> tuple[Header, bytes] | None:
        """The header and the body of a part, its transfer encoding not undone."""
        found = self.find(path)
        return found and (found[0], self._raw[found[1] : found[2]])

    def _split(self, path: str, start: int, end: int) -> tuple[tuple[int, int], ...] | None:
        if path not in self._parts:
            header = self._header(start, end)
            stated = dict(reversed(header.fields)).get(b"content-type", b"")
            content_type, parameters = read_parameters(stated.decode("ascii", "surrogateescape"))
            boundary = parameters.get("boundary", "").encode("utf-8", "surrogateescape")
            if not content_type.startswith("multipart/") or not boundary:
                return None
            spans = _spans(self._raw[start:end], header.body, boundary)
            self._parts[path] = tuple((start + first, start + last) for first, last in spans)
        return self._parts[path]


_LINE_END = re.compile(rb"[\r\n]")
_REST_OF_DELIMITER = re.compile(rb"(--)?[ \t]*(?=\r|\n|\Z)")


def _spans(raw: bytes, body: int, boundary: bytes) -> list[tuple[int, int]]:
    """RFC 2046 §5.1.1: the line break before a delimiter belongs to the delimiter."""
    spans: list[tuple[int, int]] = []
    start = -1
    delimiter = b"--" + boundary
    position = max(0, body - 2)
    while (found := raw.find(delimiter, position)) >= 0:
        position = found + 1
        before = raw[max(0, found - 2) : found]
        rest = _REST_OF_DELIMITER.match(raw, found + len(delimiter))
        if rest is None or (found and not before.endswith((b"\r", b"\n"))):
            line_end = _LINE_END.search(raw, position)
            if line_end is None:
                break
            position = line_end.start()
            continue
        if start >= 0:
            line_break = 2 if before == b"\r\n" else min(found, 1)
            spans.append((start, max(start, found - line_break)))
        start = rest.end() + (2 if raw.startswith(b"\r\n", rest.end()) else 1)
        position = rest.end()
        if rest[1]:
            return spans
    if 0 <= start <= len(raw):
        spans.append((start, len(raw)))
    return spans
