"""Programs are known by what is in them, by every name they have and by what an archive lists; the
files that customers send all day are not taken for programs."""

import io
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.programs import (
    ANDROID,
    BY_NAME,
    BY_TYPE,
    DISK,
    DOS,
    HELP,
    IN_ARCHIVE,
    INSTALLER,
    JAVA,
    LINUX,
    MACOS,
    NOTEBOOK,
    PACKAGE,
    REASONS,
    SCRIPT,
    SHORTCUT,
    WINDOWS,
    is_program,
)
from helpdesk.inbound.inspect import MOST_LISTED, inspect
from helpdesk.inbound.parse import parse
from tests.folded import for_each
from tests.inbound.tnef_file import file, winmail

PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(200)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
PDF = b"%PDF-1.7\n" + b"x" * 100
TEXT = b"2026-11-21 12:00:00 started\n" * 20
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MSI_ROOT = bytes.fromhex("84100c0000000000c000000000000046")
WORD_ROOT = bytes.fromhex("0609020000000000c000000000000046")


def compound(root: bytes) -> bytes:
    head = bytearray(512)
    head[:8], head[30:32], head[48:52] = COMPOUND, b"\x09\0", struct.pack("<I", 1)
    return bytes(head) + bytes(512) + bytes(80) + root + bytes(416)


def elf(kind: int) -> bytes:
    return b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<H", kind) + bytes(100)


def mach(kind: int) -> bytes:
    return b"\xcf\xfa\xed\xfe" + bytes(8) + struct.pack("<I", kind) + bytes(100)


def zipped(*names: str, content: bytes = b"x", stored: bool = True) -> bytes:
    file = io.BytesIO()
    how = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(file, "w", how) as archive:
        for name in names:
            archive.writestr(name, content)
    return file.getvalue()


def tarred(*names: str, form: int = tarfile.GNU_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 5
            archive.addfile(info, io.BytesIO(b"hello"))
    return file.getvalue()


def gzipped(name: bytes) -> bytes:
    return b"\x1f\x8b\x08\x08" + bytes(6) + name + b"\0" + zlib.compress(TEXT)[2:]


def rar4(*names: bytes) -> bytes:
    made = b"Rar!\x1a\7\0" + b"\0\0\x73\0\0" + struct.pack("<H", 13) + bytes(6)
    for name in names:
        head = bytearray(32)
        head[2], head[3:5] = 0x74, struct.pack("<H", 0x8000)
        head[5:7] = struct.pack("<H", 32 + len(name))
        head[7:11], head[26:28] = struct.pack("<I", 3), struct.pack("<H", len(name))
        made += bytes(head) + name + b"abc"
    return made


def rar5(*names: bytes) -> bytes:
    made = b"Rar!\x1a\7\1\0"
    for name in names:
        head = bytes((2, 2, 3, 0, 3, 0, 0, 0, len(name))) + name
        made += bytes(4) + bytes((len(head),)) + head + b"abc"
    return made


def cab(*names: bytes) -> bytes:
    head = bytearray(36)
    head[:4], head[16:20], head[28:30] = b"MSCF", struct.pack("<I", 36), bytes((len(names), 0))
    return bytes(head) + b"".join(bytes(16) + name + b"\0" for name in names)


def seven_zip(*names: str) -> bytes:
    text = "".join(f"{name}\0" for name in names).encode("utf-16-le")
    tail = b"\x01\x04\x05" + b"\x11" + bytes((len(text) + 1, 0)) + text + b"\0\0"
    head = b"7z\xbc\xaf\x27\x1c\0\4" + bytes(4) + struct.pack("<QQI", 3, len(tail), 0)
    return head + b"abc" + tail


def with_name_of_local(archive: bytes, before: bytes, after: bytes) -> bytes:
    """The first of the two places in which an archive has a name."""
    return archive.replace(before, after, 1)


def forwarded(name: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Re: example.com"
    message.set_content("See the file.")
    message.add_attachment(b"x", maintype="application", subtype="zip", filename=name)
    return message.as_bytes()


HARMLESS = ""
OCTETS = "application/octet-stream"
CASES: dict[str, tuple[bytes, str, str, str]] = {
    # by content, whatever the name is
    "a program": (PE, "setup.exe", OCTETS, WINDOWS),
    "a renamed program": (PE, "notes.txt", "text/plain", WINDOWS),
    "a program that says it is a picture": (PE, "photo.jpg", "image/jpeg", WINDOWS),
    "a library": (PE, "core.dll", OCTETS, WINDOWS),
    "a program of 16 bits": (PE.replace(b"PE\0\0", b"NE\0\0"), "a.bin", OCTETS, WINDOWS),
    "a program of DOS": (b"MZ\x90\0\3" + bytes(60), "a.bin", OCTETS, DOS),
    "a program cut off": (PE[:40], "a.dat", OCTETS, DOS),
    "a program with an archive behind it": (PE + zipped("a.txt"), "a.zip", OCTETS, WINDOWS),
    "a program for Linux": (elf(2), "tool", OCTETS, LINUX),
    "a shared library": (elf(3), "lib", OCTETS, LINUX),
    "a program for macOS": (mach(2), "tool", OCTETS, MACOS),
    "a program for two machines": (b"\xca\xfe\xba\xbe\0\0\0\2" + bytes(60), "t", OCTETS, MACOS),
    "a class": (b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(60), "a.txt", OCTETS, JAVA),
    "code for Android": (b"dex\n035\0" + bytes(60), "a.txt", OCTETS, ANDROID),
    "a script of the shell": (b"#!/bin/sh\nrm -rf x\n", "readme", "text/plain", SCRIPT),
    "a script with env": (b"#! /usr/bin/env python3\n", "a.txt", "text/plain", SCRIPT),
    "an encoded script": (b"#@~^AAAAAA==", "a.txt", "text/plain", SCRIPT),
    "an installer": (compound(MSI_ROOT), "report.doc", "application/msword", INSTALLER),
    "a shortcut": (
        bytes.fromhex("4c0000000114020000000000c000000000000046") + bytes(60),
        "Report.pdf",
        "application/pdf",
        SHORTCUT,
    ),
    "a link file": (b"[InternetShortcut]\r\nURL=file://x\r\n", "a.txt", "text/plain", SHORTCUT),
    "a help file": (b"ITSF\3\0\0\0" + bytes(60), "help.bin", OCTETS, HELP),
    "a notebook": (
        bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(60),
        "notes",
        OCTETS,
        NOTEBOOK,
    ),
    "a package": (b"\xed\xab\xee\xdb" + bytes(60), "a", OCTETS, PACKAGE),
    "a package of Debian": (b"!<arch>\ndebian-binary   " + bytes(60), "a", OCTETS, PACKAGE),
    "an image of a CD": (bytes(32769) + b"CD001" + bytes(9000), "a.dat", OCTETS, DISK),
    "an image in UDF": (bytes(32769) + b"BEA01" + bytes(9000), "a.dat", OCTETS, DISK),
    "a disk of macOS": (bytes(900) + b"koly\0\0\0\4" + bytes(504), "a.dat", OCTETS, DISK),
    "a disk of Hyper-V": (b"vhdxfile" + bytes(900), "a.dat", OCTETS, DISK),
    # by name
    "named as one": (TEXT, "run.exe", OCTETS, BY_NAME),
    "in capitals": (TEXT, "RUN.EXE", OCTETS, BY_NAME),
    "two extensions": (TEXT, "invoice.pdf.exe", "application/pdf", BY_NAME),
    "spaces before the extension": (TEXT, "photo.jpg          .scr", "image/jpeg", BY_NAME),
    "a dot behind it": (TEXT, "run.bat.", "text/plain", BY_NAME),
    "dots and spaces behind it": (TEXT, "run.bat . . ", "text/plain", BY_NAME),
    "turned around": (TEXT, "photo\u202egpj.exe", "image/jpeg", BY_NAME),
    "an invisible character in it": (TEXT, "run.e\u200bxe", "text/plain", BY_NAME),
    "a NUL in it": (TEXT, "run.exe\0", "text/plain", BY_NAME),
    "wide letters": (TEXT, "run．ｅｘｅ", "text/plain", BY_NAME),
    "a stream of Windows": (TEXT, "run.exe:x.txt", "text/plain", BY_NAME),
    "a path": (TEXT, "..\\..\\start\\run.cmd", "text/plain", BY_NAME),
    "a class id": (
        TEXT,
        "a.{3050f4d8-98b5-11cf-bb82-00aa00bdce0b}",
        "text/plain",
        BY_NAME,
    ),
    "a name of 5,000 letters": (TEXT, "a" * 5000 + ".js", "text/plain", BY_NAME),
    **{
        f"*.{extension}": (TEXT, f"a.{extension}", OCTETS, BY_NAME)
        for extension in (
            *("js", "vbs", "ps1", "bat", "cmd", "hta", "scr", "com", "pif", "reg", "msc", "cpl"),
            *("jse", "wsf", "chm", "iso", "img", "vhd", "apk", "app", "dmg", "one", "xll", "lnk"),
            *("settingcontent-ms", "url", "appref-ms", "jar", "msi", "py", "sh", "exe.gz"),
        )
    },
    # by type
    "stated as one": (TEXT, "a.bin", "application/x-msdownload", BY_TYPE),
    "an installer for Android by type": (
        TEXT,
        "",
        "application/vnd.android.package-archive",
        BY_TYPE,
    ),
    # in archives
    "zipped": (zipped("readme.txt", "setup.exe"), "a.zip", "application/zip", IN_ARCHIVE),
    "zipped in a folder": (zipped("a/b/run.vbs"), "a.zip", "application/zip", IN_ARCHIVE),
    "a renamed archive": (zipped("run.vbs"), "photo.jpg", "image/jpeg", IN_ARCHIVE),
    "behind a picture": (PNG + zipped("run.exe"), "photo.png", "image/png", IN_ARCHIVE),
    "behind a document": (PDF + zipped("run.js"), "a.pdf", "application/pdf", IN_ARCHIVE),
    "an app of macOS": (zipped("Tool.app/Contents/MacOS/Tool"), "a.zip", OCTETS, IN_ARCHIVE),
    "a jar by what it lists": (zipped("META-INF/MANIFEST.MF", "A.class"), "a", OCTETS, IN_ARCHIVE),
    "another name before the file": (
        with_name_of_local(zipped("readme.txt"), b"readme.txt", b"readme.exe"),
        "a.zip",
        OCTETS,
        IN_ARCHIVE,
    ),
    "an archive without an end": (zipped("a.txt", "run.exe")[:-22], "a.zip", OCTETS, IN_ARCHIVE),
    "an archive without a directory": (
        zipped("a.txt", "run.exe")[:80],
        "a.zip",
        OCTETS,
        IN_ARCHIVE,
    ),
    "an archive in an archive": (zipped("b.zip", content=zipped("x.txt")), "a.zip", OCTETS, ""),
    "a RAR": (rar4(b"a.txt", b"run.exe"), "a.rar", OCTETS, IN_ARCHIVE),
    "a RAR 5": (rar5(b"a.txt", b"run.exe"), "a.rar", OCTETS, IN_ARCHIVE),
    "a cabinet": (cab(b"a.txt", b"run.exe"), "a.cab", OCTETS, IN_ARCHIVE),
    "a 7z": (seven_zip("a.txt", "run.exe"), "a.7z", OCTETS, IN_ARCHIVE),
    "a tar": (tarred("a.txt", "b/run.exe"), "a.tar", OCTETS, IN_ARCHIVE),
    "a tar with long names": (tarred("a" * 200 + ".exe"), "a.tar", OCTETS, IN_ARCHIVE),
    "a tar in pax": (tarred("ü" * 120 + ".exe", form=tarfile.PAX_FORMAT), "a", OCTETS, IN_ARCHIVE),
    "a compressed program": (gzipped(b"run.exe"), "a.gz", "application/gzip", IN_ARCHIVE),
    "a message with one": (forwarded("run.exe"), "Re.eml", "message/rfc822", IN_ARCHIVE),
    "a message with one by its name": (forwarded("run.exe"), "Re.eml", OCTETS, IN_ARCHIVE),
    "an archive that says it is a message": (zipped("run.exe"), "a", "message/rfc822", IN_ARCHIVE),
    "a message with one in its text": (
        b"Subject: x\n\nbegin 644 run.exe\n#0V%T\n`\nend\n",
        "a.eml",
        OCTETS,
        IN_ARCHIVE,
    ),
    "a message of Outlook with one": (
        winmail(file("run.exe", b"x")),
        "a",
        "application/ms-tnef",
        IN_ARCHIVE,
    ),
    "a script of Windows in an archive": (zipped("src/a.js"), "a.zip", OCTETS, IN_ARCHIVE),
    "a name that ends before the end": (
        zipped("run.exe_aa.txt").replace(b"exe_", b"exe\0"),
        "a.zip",
        OCTETS,
        IN_ARCHIVE,
    ),
    "a page in the form of a message": (forwarded("run.exe"), "a.mht", OCTETS, IN_ARCHIVE),
    # what is none
    "sources": (zipped("src/a.py", "run.sh", "b.pl"), "a.zip", OCTETS, HARMLESS),
    "sources in a tar": (tarred("src/a.py", "configure.sh"), "a.tar.gz", OCTETS, HARMLESS),
    "a compressed script": (gzipped(b"run.sh"), "run.sh.gz", "application/gzip", HARMLESS),
    "a log": (TEXT, "server.log", "text/plain", HARMLESS),
    "a log about a program": (TEXT, "setup.exe.log", "text/plain", HARMLESS),
    "settings of a program": (TEXT, "tool.exe.config", "text/xml", HARMLESS),
    "a compressed log": (gzipped(b"server.log"), "server.log.gz", "application/gzip", HARMLESS),
    "a log that begins with MZ": (b"MZ zone restarted\n" * 9, "a.log", "text/plain", HARMLESS),
    "a log that begins with a hash": (b"#!! error\n", "a.log", "text/plain", HARMLESS),
    "a picture": (PNG, "screen.png", "image/png", HARMLESS),
    "a document": (PDF, "invoice.pdf", "application/pdf", HARMLESS),
    "a document of a strange type": (PDF, "a.pdf", "application/x-msdownload", HARMLESS),
    "a crash dump of Windows": (b"MDMP\x93\xa7" + bytes(99), "crash.dmp", OCTETS, HARMLESS),
    "a crash dump of Linux": (elf(4), "core.1234", OCTETS, HARMLESS),
    "a crash dump of macOS": (mach(4), "core", OCTETS, HARMLESS),
    "names for debugging": (mach(10), "tool", OCTETS, HARMLESS),
    "an old document": (compound(WORD_ROOT), "a.doc", "application/msword", HARMLESS),
    "a new document": (
        zipped("[Content_Types].xml", "word/document.xml", "docProps/app.xml"),
        "letter.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        HARMLESS,
    ),
    "a sheet with macros": (
        zipped("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
        "a.xlsm",
        "application/vnd.ms-excel.sheet.macroEnabled.12",
        HARMLESS,
    ),
    "zipped logs": (zipped("a.log", "b/c.log", "screen.png"), "logs.zip", OCTETS, HARMLESS),
    "zipped dump with an archive in it": (
        zipped("crash.dmp", content=bytes(50) + zipped("run.exe")[:40] + bytes(50)),
        "dump.zip",
        OCTETS,
        HARMLESS,
    ),
    "a dump with an archive in it": (
        b"MDMP" + zipped("run.exe") + bytes(70_000),
        "crash.dmp",
        OCTETS,
        HARMLESS,
    ),
    "a tar of logs": (tarred("a.log", "b.log"), "a.tar", OCTETS, HARMLESS),
    "a message about a host": (forwarded("logs.zip"), "Re_ example.com", "message/rfc822", ""),
    "a signature": (b"-----BEGIN PGP SIGNATURE-----", "signature.asc", "text/plain", HARMLESS),
    "nothing": (b"", "", "", HARMLESS),
}


@for_each("case", CASES)
def test_a_program_is_known_and_nothing_else_is_one(case: str) -> None:
    content, name, content_type, why = CASES[case]

    assert inspect(content, (name,), content_type)[0] == why


def test_every_reason_has_a_case() -> None:
    assert {why for *_, why in CASES.values() if why} == set(REASONS)


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 100


def test_an_archive_names_its_programs_first_and_not_without_end() -> None:
    names = [f"log{number}.txt" for number in range(500)]

    why, listed = inspect(zipped(*names, "zz/run.exe"), ("a.zip",), "application/zip")

    assert why == IN_ARCHIVE
    assert listed[0] == "zz/run.exe"
    assert len(listed) == MOST_LISTED


def test_names_in_an_archive_are_clean_and_short() -> None:
    _, listed = inspect(zipped("a\x1b[31m\u202e.txt", "b" * 900), (), "application/zip")

    assert all(name.isprintable() or "\u202e" in name for name in listed)
    assert max(map(len, listed)) <= 200


def mail_with(disposition: str, content_type: str = "text/plain") -> bytes:
    return (
        "From: a@customer.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
        f"Content-Type: {content_type}\r\nContent-Disposition: {disposition}\r\n\r\nhello\r\n--x--"
    ).encode()


@pytest.mark.parametrize(
    ("disposition", "content_type"),
    [
        ("attachment; filename=a.exe", "text/plain"),
        ("attachment; filename=a.exe; filename*=utf-8''a.txt", "text/plain"),
        ("attachment; filename=a.txt; filename*=utf-8''a%2Eexe", "text/plain"),
        ('attachment; filename*0="a.e"; filename*1="xe"', "text/plain"),
        ("attachment; filename=a.txt; filename=a.exe", "text/plain"),
        ("attachment; filename=a.txt", 'text/plain; name="a.exe"'),
        ("attachment; filename==?utf-8?b?YS5leGU=?=", "text/plain"),
        ('attachment; filename="a.exe" ', 'application/pdf; name="a.pdf"'),
        ('attachment; filename="a\\.exe', "application/pdf"),
        ("attachment; filename=a.txt", "application/x-msdownload"),
        ("attachment; filename *=utf-8''a%2eexe", "text/plain"),
        ("attachment; filename (of it) = a.exe", "text/plain"),
    ],
)
def test_every_name_that_a_part_has_is_looked_at(disposition: str, content_type: str) -> None:
    (file,) = parse(mail_with(disposition, content_type)).attachments

    assert file.executable in (BY_NAME, BY_TYPE)


def crowd(name: bytes = b"a.txt") -> bytes:
    """An archive with as many files as the old form of ZIP can have."""
    local = b"PK\3\4" + bytes(22) + struct.pack("<HH", len(name), 0) + name
    central = b"PK\1\2" + bytes(24) + struct.pack("<H", len(name)) + bytes(16) + name
    number = 65_535
    end = b"PK\5\6" + bytes(4) + struct.pack("<HH", number, number)
    end += struct.pack("<II", len(central) * number, len(local) * number) + bytes(2)
    return local * number + central * number + end


def lying(size: int, offset: int, entries: int = 9) -> bytes:
    made = bytearray(zipped("a.txt", "b.txt"))
    end = made.rfind(b"PK\5\6")
    made[end + 8 : end + 20] = struct.pack("<HHII", entries, entries, size, offset)
    return bytes(made)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "65,535 files": crowd,
    "a bomb": lambda: zipped("bomb", content=bytes(10_000_000), stored=False),
    "only marks of files": lambda: b"PK\3\4" * 500_000,
    "only marks of directories": lambda: b"PK\3\4" + b"PK\1\2" * 500_000,
    "only marks of ends": lambda: b"PK\5\6" * 500_000,
    "files that overlap": lambda: b"PK\3\4" + (b"PK\3\4" + b"\xff" * 26) * 60_000,
    "a directory at no place": lambda: lying(0xFFFFFFF0, 0xFFFFFFF0),
    "a directory in itself": lambda: lying(0, 0),
    "a directory of the wide form at no place": lambda: lying(0xFFFFFFFF, 0xFFFFFFFF),
    "a RAR that leads back": lambda: b"Rar!\x1a\7\0" + b"\0\0\x74\0\0\7\0" * 300_000,
    "a RAR 5 of endless numbers": lambda: b"Rar!\x1a\7\1\0" + b"\xff" * 2_000_000,
    "a RAR 5 of small blocks": lambda: b"Rar!\x1a\7\1\0" + b"\0\0\0\0\1\2" * 50_000,
    "a cabinet of nothing": lambda: b"MSCF" + bytes(2_000_000),
    "a 7z of marks": lambda: (
        b"7z\xbc\xaf\x27\x1c\0\4" + bytes(4) + struct.pack("<QQI", 0, 2**40, 0) + b"\1\x11" * 10**6
    ),
    "a tar of empty files": lambda: tarred("a")[:512] * 4_000,
    "a gzip without an end": lambda: b"\x1f\x8b\x08\x0c" + b"\xff" * 2_000_000,
    "spaces in a script": lambda: b"#!" + b" " * 2_000_000,
    "fields of a message": lambda: b"Content-Type: a; name=" * 100_000,
    "lines of a message": lambda: b"Content-Type: a; name=b\n" * 100_000,
    "quotes": lambda: b'Content-Disposition: a; filename="\\' + b'\\"' * 500_000,
}


@for_each("name", HOSTILE)
@for_each("content_type", ["application/zip", "message/rfc822"])
def test_hostile_content_takes_little_time(name: str, content_type: str) -> None:
    content = HOSTILE[name]()
    began = time.process_time()

    _, listed = inspect(content, ("a" * 100_000,), content_type)

    assert time.process_time() - began < 3
    assert len(listed) <= MOST_LISTED


def test_the_last_of_65535_files_is_seen() -> None:
    made = crowd(b"a.txt")
    end = made.rfind(b"a.txt")

    assert inspect(made[:end] + b"a.exe" + made[end + 5 :], (), "")[0] == IN_ARCHIVE


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        (
            zipped("a.exe"),
            rar4(b"a.exe"),
            rar5(b"a.exe"),
            cab(b"a.exe"),
            seven_zip("a.exe"),
            tarred("a.exe"),
            PE,
            compound(MSI_ROOT),
        )
    ),
    st.integers(0, 400),
    st.binary(max_size=6),
)
def test_no_damage_raises(content: bytes, place: int, damage: bytes) -> None:
    broken = content[:place] + damage + content[place + len(damage) :]

    for each in (broken, broken[:place], broken[place:]):
        inspect(each, ("a", each.decode("latin-1")), "application/zip")


@given(st.text())
def test_every_name_can_be_asked_about(name: str) -> None:
    assert is_program(f"{name}.exe")
