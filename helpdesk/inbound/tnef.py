"""winmail.dat taken apart: the text and the files that Outlook wrapped up in one.

Standards: MS-OXTNEF (attributes), MS-OXCDATA (types of properties), MS-OXRTFCP (RTF).
Failures: none but MemoryError; of damaged files there is what stands before the damage. Nothing is
longer than it is in the file, but rich text, which has a limit of its own.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from helpdesk.inbound.charset import decode_bytes
from helpdesk.inbound.codepages import codec_of_page
from helpdesk.inbound.decode import clean_field
from helpdesk.inbound.rtf import decompress, read_rtf

SIGNATURE = b"\x78\x9f\x3e\x22"
MOST_ATTRIBUTES = 20_000
MOST_PROPERTIES = 20_000
MOST_FILES = 1_000
DAMAGED = "winmail.dat is damaged, only its beginning was read"

# Attributes, MS-OXTNEF, 2.1.3.
_SUBJECT, _BODY, _MAPI, _CODE_PAGE = 0x8004, 0x800C, 0x9003, 0x9007
_RENDERING, _TITLE, _DATA, _FILE_MAPI, _TRANSPORT_NAME = 0x9002, 0x8010, 0x800F, 0x9005, 0x9001
# Properties, MS-OXPROPS.
_P_SUBJECT, _P_BODY, _P_HTML, _P_RTF, _P_PAGE = 0x0037, 0x1000, 0x1013, 0x1009, 0x3FDE
_P_DATA, _P_SHORT_NAME, _P_LONG_NAME, _P_SHOWN_NAME = 0x3701, 0x3704, 0x3707, 0x3001
_P_MEDIA_TYPE, _P_CONTENT_ID, _P_HIDDEN = 0x370E, 0x3712, 0x7FFE
_STRING, _UNICODE, _OBJECT, _BINARY = 0x001E, 0x001F, 0x000D, 0x0102
_SIZES = {
    0x0002: 2, 0x000B: 2, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x0001: 4,
    0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8, 0x0048: 16,
}  # fmt: skip
_MANY = 0x1000
_NAMED = 0x8000
_INTERFACE = 16  # octets of the interface's number before an embedded object


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file in winmail.dat."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    is_hidden: bool = False
    """Shown in the text, not in the list of files."""
    is_message: bool = False
    """An attached message; its content is TNEF again."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What winmail.dat holds."""

    texts: tuple[tuple[str, str], ...] = ()
    """Media type (text/plain or text/html) and words: different forms of one text."""
    files: tuple[PackedFile, ...] = ()
    subject: str = ""
    defects: tuple[str, ...] = ()


def is_tnef(content: bytes) -> bool:
    return content.startswith(SIGNATURE)


class _DamagedError(Exception):
    """The octets end before their structure does."""


class _Octets:
    """Takes little-endian numbers and pieces off the front."""

    def __init__(self, octets: memoryview) -> None:
        self._octets = octets
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._octets)

    def take(self, count: int) -> memoryview:
        piece = self.up_to(count)
        if len(piece) < count:
            raise _DamagedError
        return piece

    def up_to(self, count: int) -> memoryview:
        piece = self._octets[self._at : self._at + count]
        self._at += count
        return piece

    def short(self) -> int:
        return int(struct.unpack("<H", self.take(2))[0])

    def long(self) -> int:
        return int(struct.unpack("<I", self.take(4))[0])

    def padded(self, count: int) -> memoryview:
        piece = self.take(count)
        self._at += -count % 4
        return piece


_Properties = dict[int, tuple[int, memoryview]]


def _read_properties(octets: memoryview) -> tuple[_Properties, bool]:
    """The first value of each property, and whether they were whole."""
    found: _Properties = {}
    source = _Octets(octets)
    try:
        for _ in range(min(source.long(), MOST_PROPERTIES)):
            kind, name = source.short(), source.short()
            if name >= _NAMED:
                source.take(16)  # whose name it is
                is_string = source.long()
                number_or_length = source.long()
                source.padded(number_or_length if is_string else 0)
            value = _read_value(source, kind)
            if name < _NAMED and value is not None:
                found.setdefault(name, (kind & ~_MANY, value))
    except _DamagedError:
        return found, False
    return found, True


def _read_value(source: _Octets, kind: int) -> memoryview | None:
    """The first of the values; a length that the octets do not have ends all reading."""
    size = _SIZES.get(kind & ~_MANY, 0)
    if size:
        count = source.long() if kind & _MANY else 1
        values = source.padded(size * count)
        return values[:size]
    if kind & ~_MANY not in {_STRING, _UNICODE, _OBJECT, _BINARY}:
        raise _DamagedError
    first: memoryview | None = None
    for _ in range(source.long()):
        value = source.padded(source.long())
        first = value if first is None else first
    return first


@dataclass(slots=True)
class _File:
    title: memoryview = field(default_factory=lambda: memoryview(b""))
    transport_name: memoryview = field(default_factory=lambda: memoryview(b""))
    data: memoryview = field(default_factory=lambda: memoryview(b""))
    properties: _Properties = field(default_factory=dict)


@dataclass(slots=True)
class _Reading:
    """What the attributes of the file said so far."""

    page: str = "cp1252"
    subject: memoryview = field(default_factory=lambda: memoryview(b""))
    body: memoryview = field(default_factory=lambda: memoryview(b""))
    properties: _Properties = field(default_factory=dict)
    files: list[_File] = field(default_factory=list)
    is_damaged: bool = False

    def take(self, name: int, value: memoryview) -> None:
        if name in {_RENDERING, _TITLE, _DATA, _FILE_MAPI, _TRANSPORT_NAME}:
            self._take_of_file(name, value)
        elif name == _CODE_PAGE and value:
            self.page = codec_of_page(int.from_bytes(value[:4], "little")) or self.page
        elif name == _SUBJECT:
            self.subject = value
        elif name == _BODY:
            self.body = value
        elif name == _MAPI:
            self.properties, is_whole = _read_properties(value)
            self.is_damaged |= not is_whole

    def _take_of_file(self, name: int, value: memoryview) -> None:
        if name == _RENDERING or not self.files:
            self.is_damaged |= len(self.files) >= MOST_FILES
            self.files[MOST_FILES - 1 :] = []
            self.files.append(_File())
        file = self.files[-1]
        if name == _TITLE:
            file.title = value
        elif name == _TRANSPORT_NAME:
            file.transport_name = value
        elif name == _DATA:
            file.data = value
        elif name == _FILE_MAPI:
            file.properties, is_whole = _read_properties(value)
            self.is_damaged |= not is_whole

    def text(self, kind: int, value: memoryview) -> str:
        if kind == _UNICODE:
            return bytes(value).decode("utf-16-le", "replace").rstrip("\0")
        return decode_bytes(bytes(value).rstrip(b"\0"), self.page)[0]

    def field(self, properties: _Properties, name: int) -> str:
        kind, value = properties.get(name, (_STRING, memoryview(b"")))
        is_text = kind in {_STRING, _UNICODE}
        return clean_field(self.text(kind, value[:4_000])) if is_text else ""


def read_tnef(content: bytes) -> Packed:
    """Everything that people get to see of it; without the signature nothing."""
    reading = _Reading()
    try:
        for count, (name, value) in enumerate(_attributes(content)):
            if count >= MOST_ATTRIBUTES:
                reading.is_damaged = True
                break
            reading.take(name, value)
    except _DamagedError:
        reading.is_damaged = True
    subject = reading.field(reading.properties, _P_SUBJECT)
    return Packed(
        texts=tuple(_texts(reading)),
        files=tuple(file for each in reading.files if (file := _packed_file(reading, each))),
        subject=subject or clean_field(reading.text(_STRING, reading.subject[:4_000])),
        defects=(DAMAGED,) if reading.is_damaged else (),
    )


def _attributes(content: bytes) -> Iterator[tuple[int, memoryview]]:
    """MS-OXTNEF, 2.1.1: level, number, type, length, value, checksum; the last is not believed."""
    if not is_tnef(content):
        return
    source = _Octets(memoryview(content)[6:])  # the signature and a key
    while source:
        level = source.take(1)[0]
        if level not in {1, 2}:  # some gateways add octets at the end
            return
        name, _type, length = source.short(), source.short(), source.long()
        value = source.up_to(length)
        yield name, value  # a file without its end is better than none
        if len(value) < length:
            raise _DamagedError
        source.up_to(2)


def _texts(reading: _Reading) -> Iterator[tuple[str, str]]:
    properties = reading.properties
    kind, value = properties.get(_P_BODY, (_STRING, reading.body))
    if kind in {_STRING, _UNICODE} and (value or reading.body):
        yield "text/plain", reading.text(kind, value) or reading.text(_STRING, reading.body)
    kind, value = properties.get(_P_HTML, (_STRING, memoryview(b"")))
    if kind == _UNICODE and value:
        yield "text/html", reading.text(kind, value)
    elif value:
        yield "text/html", decode_bytes(bytes(value).rstrip(b"\0"), _page_of_html(reading))[0]
    kind, value = properties.get(_P_RTF, (_BINARY, memoryview(b"")))
    if value:
        rich = read_rtf(decompress(bytes(value)))
        yield "text/html" if rich.is_html else "text/plain", rich.text


def _page_of_html(reading: _Reading) -> str:
    _, value = reading.properties.get(_P_PAGE, (0, memoryview(b"")))
    return codec_of_page(int.from_bytes(value[:4], "little")) if value else ""


def _packed_file(reading: _Reading, file: _File) -> PackedFile | None:
    properties = file.properties
    kind, data = properties.get(_P_DATA, (_BINARY, memoryview(b"")))
    if kind == _OBJECT:
        data = data[_INTERFACE:]
    content = bytes(data or file.data)
    is_message = kind == _OBJECT and is_tnef(content)
    name = (
        reading.field(properties, _P_LONG_NAME)
        or clean_field(reading.text(_STRING, file.title[:4_000]))
        or clean_field(reading.text(_STRING, file.transport_name[:4_000]))
        or reading.field(properties, _P_SHORT_NAME)
        or reading.field(properties, _P_SHOWN_NAME)
    )
    if not content and not name:
        return None
    media_type = reading.field(properties, _P_MEDIA_TYPE).lower()
    return PackedFile(
        name=name,
        content_type="application/ms-tnef" if is_message else media_type,
        content=content,
        content_id=reading.field(properties, _P_CONTENT_ID).strip("<> "),
        is_hidden=any(properties.get(_P_HIDDEN, (0, b""))[1]),
        is_message=is_message,
    )
