"""Mail that lies in files: mbox, Maildir and single messages, one after the other.

Nothing is ever changed in an archive. Raw bytes are as they stand in the file, line ends included;
of an mbox only the `>` is taken away that its writer put before lines that begin with "From ".

Standards: RFC 4155 (mbox); Maildir has none.
Failures: what cannot be read is a Fault in the stream, one line for people; nothing raises for a
file but `read`.
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from helpdesk.inbound.decode import decode_field
from helpdesk.inbound.header import Header, message_id, message_ids, read_date, read_header

BLOCK = 2**20
LONGEST_FROM_LINE = 1_000
LOOKED_AT = 64 * 2**10
"""Octets at the beginning of a file by which its kind is told."""
MAIL_SUFFIXES = frozenset({".eml", ".msg", ".email", ".rfc822"})
MBOX_SUFFIXES = frozenset({".mbox", ".mbx"})
LONGEST_FIELD = 20_000
LARGEST = 160 * 2**20
"""Octets of a mail: no mail system takes larger ones, and each is in memory as a whole."""

# mboxo and mboxcl2 leave "From 10:30 in 2024 on ..." in a body as it is: a separator states a date
# as programs write it, or nothing at all (Thunderbird writes "From " or "From - ").
_ISO_DATE = re.compile(rb"\b(?:19|20)\d{2}-\d{2}-\d{2}[T ]\d{1,2}:\d{2}")
_FROM_DATE = re.compile(
    rb"(?:[A-Za-z]{3},?\s+)?([A-Za-z]{3})\s+(\d{1,2})\s+(\d{1,2}:\d{2}(?::\d{2})?)\s+"
    rb"(?:([+-]\d{4}|[A-Z]{1,5})\s+)?(\d{4})(?:\s+([+-]\d{4}|[A-Z]{1,5}))?"
)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK\x03\x04", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd")

_LAST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


class Kind(StrEnum):
    MBOX = "mbox"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Source:
    """A file with mail in it."""

    path: Path
    kind: Kind
    size: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was passed over: what it is, and what to do."""

    path: Path
    problem: str
    is_loss: bool = True
    """There may be mail that was not read; else it is only worth knowing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one mail lies."""

    path: Path
    kind: Kind
    start: int
    end: int
    noted_at: datetime
    """When it came, by the "From " line or else by the file's own time."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What the header section says about a mail's place among others."""

    message_id: str
    named: tuple[str, ...]
    """Message-IDs in References and In-Reply-To."""
    dates: tuple[datetime, ...]
    """As stated by Date and by the topmost Received field."""


# --- finding files --------------------------------------------------------------------------------


def find(paths: Iterable[Path], *, recursive: bool) -> Iterator[Source | Fault]:
    """The files with mail in them, in the order of their names; each file once."""
    seen: set[tuple[int, int]] = set()
    for path in paths:
        try:
            status = path.stat()
        except OSError as error:
            yield Fault(path, _words(error))
            continue
        if stat.S_ISDIR(status.st_mode):
            is_known = (status.st_dev, status.st_ino) in seen
            yield from _in_folder(path, seen, recursive=recursive, is_known=is_known)
        else:
            yield from _in_file(path, seen, is_named=True)


def _in_folder(
    folder: Path, seen: set[tuple[int, int]], *, recursive: bool, is_known: bool
) -> Iterator[Source | Fault]:
    found = is_known
    for each in _below(folder, seen, recursive=recursive):
        found = True
        yield each
    if not found and not (folder / "cur").is_dir():
        advice = "name the files in it" if recursive else "look into its folders with: --recursive"
        yield Fault(folder, f"no .eml files and no Maildir ({advice})")


def _below(
    folder: Path, seen: set[tuple[int, int]], *, recursive: bool
) -> Iterator[Source | Fault]:
    try:
        status = folder.stat()
        # A folder that is reached twice, by links or mounts, would be read twice or for ever.
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        names = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Fault(folder, _words(error))
        return
    is_maildir = all((folder / name).is_dir() for name in ("cur", "new"))
    for entry in names:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if is_maildir and entry.name in {"cur", "new"}:
                yield from _maildir_files(path, seen)
            elif recursive and not (is_maildir and entry.name == "tmp"):
                yield from _below(path, seen, recursive=True)
        elif not is_maildir and (suffix := path.suffix.lower()):
            is_mbox = recursive and suffix in MBOX_SUFFIXES
            if suffix in MAIL_SUFFIXES or is_mbox:
                yield from _in_file(path, seen, is_named=is_mbox)


def _maildir_files(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Source | Fault]:
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError as error:
        yield Fault(folder, _words(error))
        return
    for name in names:
        if not name.startswith("."):
            yield from _in_file(folder / name, seen, is_named=False)


def _in_file(path: Path, seen: set[tuple[int, int]], *, is_named: bool) -> Iterator[Source | Fault]:
    """`is_named`: it may be an mbox; else it is one mail, whatever it begins with.

    Of the many files in folders nothing is remembered, so that memory does not grow with them.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            yield Fault(path, "is no ordinary file", is_loss=is_named)
            return
        if is_named and (status.st_dev, status.st_ino) in seen:
            return
        with path.open("rb") as file:
            start = file.read(LOOKED_AT)
    except OSError as error:
        yield Fault(path, _words(error))
        return
    if is_named:
        seen.add((status.st_dev, status.st_ino))
    if not start.strip():
        yield Fault(path, "is empty", is_loss=False)
        return
    kind = _kind_of(start) if is_named else Kind.FILE
    if kind is None:
        yield Fault(path, _not_mail(start))
        return
    yield Source(path, kind, status.st_size)


def _kind_of(start: bytes) -> Kind | None:
    lines = start.lstrip(b"\r\n").split(b"\n")
    if _FIELD.match(lines[0]) and not _is_from_line(lines[0]):
        return Kind.FILE
    # Some mboxes begin with lines of no mail; the first "From " line ends them.
    for line, following in zip(lines, [*lines[1:], b""], strict=True):
        if _is_from_line(line) and _FIELD.match(following):
            return Kind.MBOX
    return None


def _not_mail(start: bytes) -> str:
    if start.startswith(_COMPRESSED):
        return "is compressed (unpack it first)"
    return "is no mail: neither a header section nor an mbox begins there (name mbox or .eml files)"


def _words(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


# --- the mails in a file --------------------------------------------------------------------------


def places(source: Source) -> Iterator[Place | Fault]:
    """The mails of a file, in their order."""
    for place in _places(source):
        if isinstance(place, Place) and place.end - place.start > LARGEST:
            at = f" at octet {place.start}" if place.start else ""
            problem = (
                f"has more than {LARGEST >> 20} MiB{at}, which no mail has (take a look at it)"
            )
            yield Fault(place.path, problem)
        else:
            yield place


def _places(source: Source) -> Iterator[Place | Fault]:
    try:
        modified_at = _time_of(source.path.stat().st_mtime)
        if source.kind is Kind.FILE:
            yield Place(source.path, source.kind, 0, source.size, modified_at)
            return
        with source.path.open("rb") as file:
            yield from _mbox(source, file, modified_at)
    except OSError as error:
        yield Fault(source.path, _words(error))


def _time_of(seconds: float) -> datetime:
    """Some file systems take years that no calendar has."""
    return datetime.fromtimestamp(min(max(seconds, 0.0), _LAST), UTC)


def _mbox(source: Source, file: BinaryIO, modified_at: datetime) -> Iterator[Place | Fault]:
    begin, noted_at = -1, modified_at
    for line_at, line in _separators(file):
        if begin < 0 and line_at:
            problem = f"{line_at} octets before the first mail belong to none"
            yield Fault(source.path, problem, is_loss=False)
        elif begin >= 0:
            yield Place(source.path, source.kind, begin, line_at, noted_at)
        begin, noted_at = line_at + len(line), _from_date(line) or modified_at
    end = file.tell()
    if end > begin:
        yield Place(source.path, source.kind, max(begin, 0), end, noted_at)
    else:
        yield Fault(source.path, "ends within the first line of its last mail (export it again)")


def _separators(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Where a "From " line after an empty line or at the beginning stands, and the line."""
    block, base, at = b"\n\n", -2, 0  # as if an empty line stood before the file
    is_first = True
    while True:
        more = file.read(BLOCK)
        block += more
        while (found := block.find(b"\nFrom ", at)) >= 0:
            at = found
            end = block.find(b"\n", at + 1, at + LONGEST_FROM_LINE)
            if end < 0 and more and len(block) < at + LONGEST_FROM_LINE:
                break  # its end comes with the next block
            line = block[at + 1 : end + 1 if end >= 0 else at + LONGEST_FROM_LINE]
            if _is_from_line(line) and (is_first or _is_empty_line_before(block, at)):
                yield base + at + 1, line
                is_first = False
            at += 1
        if not more:
            return
        if found < 0:
            at = max(at, len(block) - len(b"\nFrom"))
        kept = max(0, at - 2)
        block, base, at = block[kept:], base + kept, at - kept


def _is_from_line(line: bytes) -> bool:
    line = line[:LONGEST_FROM_LINE].strip()
    if line in {b"From", b"From -"}:
        return True
    return line.startswith(b"From ") and bool(_FROM_DATE.search(line) or _ISO_DATE.search(line))


def _is_empty_line_before(block: bytes, at: int) -> bool:
    return block[max(0, at - 2) : at].endswith((b"\n", b"\n\r"))


def _from_date(line: bytes) -> datetime | None:
    match = _FROM_DATE.search(line)
    if match is None:
        return None
    month, day, time, zone, year, behind = (
        (part or b"").decode("ascii") for part in match.groups()
    )
    return read_date(f"{day} {month} {year} {time} {zone or behind or '+0000'}")


# --- one mail -------------------------------------------------------------------------------------


def read(place: Place) -> bytes:
    """The raw bytes of a mail. Raises OSError if the file is not there any more."""
    with place.path.open("rb") as file:
        file.seek(place.start)
        raw = file.read(place.end - place.start)
    if place.kind is Kind.FILE:
        return raw
    # The empty line before the next "From " line is the mbox's, also behind the last mail.
    for ending in (b"\n\r\n", b"\n\n"):
        if raw.endswith(ending):
            raw = raw[: 1 - len(ending)]
            break
    return _QUOTED_FROM.sub(rb"\1", raw) if b">From " in raw else raw


def heading(raw: bytes) -> Heading:
    header = read_header(raw)
    ids = [*_values(header, b"references"), *_values(header, b"in-reply-to")]
    own = next(iter(_values(header, b"message-id")), "")
    return Heading(
        message_id=message_id(own),
        named=tuple(dict.fromkeys(each for value in ids for each in message_ids(value))),
        dates=tuple(_dates(header)),
    )


def _values(header: Header, wanted: bytes) -> list[str]:
    return [
        decode_field(value[:LONGEST_FIELD].decode("ascii", "surrogateescape"))
        for name, value in header.fields
        if name == wanted
    ]


def _dates(header: Header) -> Iterator[datetime]:
    stated = _values(header, b"date")[:1]
    received = [value.rpartition(";")[2] for value in _values(header, b"received")[:1]]
    for value in (*stated, *received):
        date = read_date(value)
        if date is not None:
            yield date
