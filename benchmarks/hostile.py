"""Mails that try to exhaust whoever reads them, made by size. None of them is real malware.

Deep and wide MIME trees, endless header fields, HTML and texts that invite quadratic readers,
archives that promise to become huge, and every charset there is.
"""

import base64
import encodings
import io
import pkgutil
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from benchmarks.hostile_markup import ALL as MARKUPS
from benchmarks.hostile_texts import KEYS, TEXTS

HEAD = b"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
MB = 1_000_000
SIZES = (10_000, 100_000, MB)
# The antivirus test string, in two pieces, so that no scanner minds this file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(frozen=True, slots=True)
class Bomb:
    """One hostile mail."""

    family: str
    name: str
    make: Callable[[], bytes]
    size: int = 0
    """In octets, where the same mail is made in several sizes; 0 where it is not."""
    defect: str = ""
    """What the message must say was left out."""


def mail(content: bytes, kind: str = "text/plain; charset=utf-8", more: bytes = b"") -> bytes:
    return HEAD + more + f"Content-Type: {kind}\r\n\r\n".encode() + content


def _multipart(*parts: bytes, subtype: str = "mixed") -> bytes:
    body = b"".join(b"--=b\r\n" + part + b"\r\n" for part in parts)
    return mail(body + b"--=b--\r\n", f'multipart/{subtype}; boundary="=b"')


def _file(name: str, content: bytes, kind: str = "application/octet-stream") -> bytes:
    head = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    )
    text = b"Content-Type: text/plain\r\n\r\nIt fails.\r\n"
    return _multipart(text, head.encode() + base64.encodebytes(content))


# --- deep and wide trees, endless fields ----------------------------------------------------------


def _deep(depth: int) -> bytes:
    return HEAD + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    )


def _russian_dolls(depth: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"x"


def _field(name: bytes, value: bytes) -> bytes:
    return HEAD + name + b": " + value + b"\r\n\r\nIt fails.\r\n"


def _trees() -> Iterator[Bomb]:
    for depth in (101, 1_000, 10_000):
        deep = "nested too deeply"
        yield Bomb("tree", f"multipart {depth:,} deep", partial(_deep, depth), defect=deep)
        yield Bomb("tree", f"rfc822 {depth:,} deep", partial(_russian_dolls, depth), defect=deep)


_LONG = "header section too long"
_WIDE: dict[str, tuple[Callable[[], bytes], str]] = {
    "100,000 parts": (lambda: _multipart(*[b"\r\nx"] * 100_000), "too many parts"),
    "100,000 fields": (lambda: HEAD + b"X-A: b\r\n" * 100_000 + b"\r\nx", _LONG),
    "10 MB field": (lambda: _field(b"X-A", b"y" * 10 * MB), _LONG),
    "10 MB folded field": (lambda: _field(b"X-A", b"y\r\n " * (MB * 5 // 2)), _LONG),
    "100,000 semicolons": (lambda: _field(b"Content-Type", b"text/plain" + b";" * 100_000), ""),
    "20,000 parameters": (
        lambda: _field(b"Content-Type", b"text/plain" + b"".join(_parameters(20_000))),
        _LONG,
    ),
    "20,000 pieces": (
        lambda: _field(b"Content-Type", b"text/plain" + b"; a*9=%41" * 20_000),
        "",
    ),
    "50,000 addresses": (lambda: _field(b"To", b"a@b.example, " * 50_000), _LONG),
    "100,000 comments": (lambda: _field(b"To", b"(" * 100_000), ""),
    "100,000 angles": (lambda: _field(b"From", b"<" * 100_000), ""),
    "20,000 references": (lambda: _field(b"References", b"<a@b.example> " * 20_000), _LONG),
    "20,000 encoded words": (lambda: _field(b"X-A", b"=?utf-8?q?a?= " * 18_000), ""),
    "unfinished encoded words": (lambda: _field(b"Subject", b"=?utf-8?q?" * 25_000), ""),
    "boundary of dashes": (
        lambda: mail(b"-" * MB, 'multipart/mixed; boundary="-"'),
        "",
    ),
    "boundary that is everywhere": (
        lambda: mail(b"\r\n--a x" * 150_000, 'multipart/mixed; boundary="a"'),
        "",
    ),
    "50 MB of empty lines": (lambda: mail(b"\r\n" * 25 * MB), ""),
    "20 MB in one line": (lambda: mail(b"x" * 20 * MB), ""),
    "5,000 groups of a report": (
        lambda: _multipart(b"\r\nx", _report(5_000), subtype="report"),
        "",
    ),
}


def _parameters(count: int) -> Iterator[bytes]:
    return (b"; parameter%d=value" % number for number in range(count))


def _report(groups: int) -> bytes:
    group = b"Final-Recipient: rfc822; a%d@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
    return b"Content-Type: message/delivery-status\r\n\r\n" + b"".join(
        group % number for number in range(groups)
    )


# --- HTML and texts, in three sizes ---------------------------------------------------------------

_UTF_8 = "text/{}; charset=utf-8"


def _made(make: Callable[[int], str], size: int, kind: str) -> bytes:
    return mail(make(size).encode(), _UTF_8.format(kind))


def _scaled() -> Iterator[Bomb]:
    """Each of the hostile markups and texts as a mail."""
    for size in SIZES:
        for make in MARKUPS:
            name = make.__name__.replace("_", " ")
            yield Bomb("HTML", name, partial(_made, make, size, "html"), size)
        for name, make in (TEXTS | KEYS).items():
            yield Bomb("text", name, partial(_made, make, size, "plain"), size)


# --- files ----------------------------------------------------------------------------------------


def _zip(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def _zipped_again(content: bytes, times: int) -> bytes:
    for number in range(times):
        content = _zip((f"{number}.zip", content))
    return content


def _forged_zip() -> bytes:
    """Its directory says that the one entry is four gigabytes, and that there are 65,535."""
    content = bytearray(_zip(("a.txt", b"x")))
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", content, end + 8, 65_535, 65_535)
    entry = content.rfind(b"PK\x01\x02")
    struct.pack_into("<II", content, entry + 20, 0xFFFFFFFF, 0xFFFFFFFF)
    return bytes(content)


def _circular_zip() -> bytes:
    """Its directory begins in front of the file."""
    content = bytearray(_zip(("a.txt", b"x")))
    struct.pack_into("<II", content, content.rfind(b"PK\x05\x06") + 12, 0xFFFFFFF0, 0xFFFFFFF0)
    return bytes(content)


def _many_entries() -> bytes:
    return _zip(*[(f"{number}/{'a' * 50}.exe", b"") for number in range(5_000)])


_TNEF = struct.pack("<IH", 0x223E9F78, 1)


def _tnef(*attributes: tuple[int, int, int, bytes]) -> bytes:
    return _TNEF + b"".join(
        struct.pack("<BII", level, kind, length) + content + struct.pack("<H", sum(content) & 65535)
        for level, kind, length, content in attributes
    )


_FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zip of 100 MB of zeros": ("a.zip", lambda: _zip(("zeros", bytes(100 * MB)))),
    "zip in a zip, 30 times": ("a.zip", lambda: _zipped_again(b"x", 30)),
    "zip of 5,000 entries": ("a.zip", _many_entries),
    "zip with forged sizes": ("a.zip", _forged_zip),
    "zip that begins before itself": ("a.zip", _circular_zip),
    "zip of a name of 60,000": ("a.zip", lambda: _zip(("a" * 60_000, b"x"))),
    "cut zip": ("a.zip", lambda: _zip(("a.txt", b"x" * 1000))[:-20]),
    "zip of 1 MB of zeros, 5 times": ("a.docx", lambda: _zipped_again(bytes(MB), 5)),
    "TNEF with a length of 4 GB": (
        "winmail.dat",
        lambda: _tnef((2, 0x0006800F, 0xFFFFFFFF, b"x" * 100)),
    ),
    "TNEF of 100,000 attributes": (
        "winmail.dat",
        lambda: _tnef(*[(2, 0x00069002, 4, b"abcd")] * 100_000),
    ),
    "TNEF with a billion properties": (
        "winmail.dat",
        lambda: _tnef((1, 0x00069003, 8, struct.pack("<II", 10**9, 0x1E0037))),
    ),
    "cut TNEF": ("winmail.dat", lambda: _TNEF + b"\x01\x03"),
    "EICAR": ("eicar.com", lambda: EICAR),
    "EICAR as a text": ("eicar.txt", lambda: EICAR),
    "EICAR zipped": ("eicar.zip", lambda: _zip(("eicar.com", EICAR))),
    "EICAR zipped twice": ("eicar.zip", lambda: _zipped_again(_zip(("eicar.com", EICAR)), 1)),
}


def _uuencoded(lines: int, name: bytes = b"a.bin") -> bytes:
    return (
        b"begin 644 "
        + name
        + b"\n"
        + b"M"
        + b"`" * 60
        + b"\n" * 1
        + (b"M" + b"`" * 60 + b"\n") * lines
        + b"`\nend\n"
    )


_INLINE: dict[str, Callable[[], bytes]] = {
    "uuencode of 3 MB": lambda: _uuencoded(70_000),
    "uuencode without an end": lambda: b"begin 644 a\n" * 50_000,
    "uuencode with wrong lengths": lambda: b"begin 644 a\n" + b"~!\n" * 100_000 + b"end\n",
    "yEnc of 2 GB": lambda: b"=ybegin line=128 size=2147483647 name=a\n" + b"x" * 100_000,
    "yEnc of 10,000 parts": lambda: b"=ybegin part=1 line=128 size=1 name=a\n=yend\n" * 10_000,
    "EICAR in the text": lambda: EICAR,
}


def _with_file(name: str, content: Callable[[], bytes]) -> bytes:
    return _file(name, content())


def _with_text(text: Callable[[], bytes]) -> bytes:
    return mail(text())


def _files() -> Iterator[Bomb]:
    for name, (filename, content) in _FILES.items():
        yield Bomb("file", name, partial(_with_file, filename, content))
    for name, text in _INLINE.items():
        yield Bomb("file", name, partial(_with_text, text))


# --- charsets -------------------------------------------------------------------------------------


def charsets() -> list[str]:
    """All names of Python's codecs, also of those that are no charsets, and names of none."""
    known = {module.name for module in pkgutil.iter_modules(encodings.__path__)}
    bogus = ("x-unknown", "utf-9", "iso-8859-99", "", "../../etc", "a" * 500, "utf\x00-8", "%s{0}")
    more = (
        "iso-2022-jp-2",
        "hz-gb-2312",
        "iso-2022-cn",
        "utf-7-imap",
        "unicode-1-1-utf-7",
        "ebcdic",
    )
    return [*sorted(known - {"aliases", "mbcs", "oem"}), *bogus, *more]


CHARSET_WORDS = "It fails. Größe, обновление, 起動できません."


def in_charset(name: str) -> bytes:
    """A text in that charset, if it can be; else in UTF-8 with a wrong name."""
    try:
        content = CHARSET_WORDS.encode(name, "ignore")
    except Exception:  # noqa: BLE001 -- codecs raise whatever they like
        content = b""
    if not content or not isinstance(content, bytes):
        content = CHARSET_WORDS.encode()
    return mail(content, f'text/plain; charset="{name}"')


def _charsets() -> Iterator[Bomb]:
    for name in charsets():
        yield Bomb("charset", name[:30], partial(in_charset, name))


def all_bombs() -> Iterator[Bomb]:
    yield from _trees()
    for name, (make, defect) in _WIDE.items():
        yield Bomb("wide", name, make, defect=defect)
    yield from _scaled()
    yield from _files()
    yield from _charsets()
