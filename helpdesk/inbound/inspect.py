"""Whether an attached file is a program, by what is in it, by all its names and by its type.

Only the beginning and the end of the content and the directories of archives are looked at; nothing
is unpacked. Failures: none; time is linear in the size of the content.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from urllib.parse import unquote

from helpdesk.core.programs import (
    ANDROID,
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
    SCRIPT,
    SHORTCUT,
    WINDOWS,
    is_program,
    program_by_name,
    program_by_type,
)
from helpdesk.inbound.decode import LONGEST_VALUE, clean_field, decode_words, repair
from helpdesk.inbound.listed import attached, listed
from helpdesk.inbound.tnef import is_tnef, read_tnef
from helpdesk.inbound.tree import Tree

MOST_LISTED = 100
LONGEST_LISTED = 200
_MESSAGE_NAMES = (".eml", ".mht", ".mhtml")
MOST_PROGRAMS = 20
"""So many of the programs in an archive are named before all else."""


def inspect(content: bytes, names: Iterable[str], content_type: str) -> tuple[str, tuple[str, ...]]:
    """Why a file counts as a program, in constant words (empty: it does not), and the names that
    it lists if it is an archive, those of programs first."""
    known = [name for name in dict.fromkeys(names) if name]
    is_message = content_type.startswith("message/")
    # What states to be a message may be opened as an archive by its name, and the other way round.
    found = [listed(content)]
    if is_message or any(name.lower().endswith(_MESSAGE_NAMES) for name in known):
        found.append(attached(content))
    if is_tnef(content):
        found.append(file.name for file in read_tnef(content).files)
    programs, in_archive = _sorted(chain.from_iterable(found))
    if is_message:
        # Its name is the subject of a mail, which may well end in the name of a host.
        known = [name for name in known if not name.lower().endswith(".com")]
    why = (
        by_content(content)
        or program_by_name(known)
        or (IN_ARCHIVE if programs else "")
        or ("" if _is_plain_document(content) else program_by_type(content_type))
    )
    return why, in_archive


def _sorted(found: Iterable[str]) -> tuple[bool, tuple[str, ...]]:
    programs: dict[str, None] = {}
    others: dict[str, None] = {}
    for name in dict.fromkeys(found):
        if is_program(name, packed=True):
            programs.setdefault(name)
        elif len(others) < MOST_LISTED and name.strip():
            others.setdefault(name)
    chosen = [*islice(programs, MOST_PROGRAMS), *others][:MOST_LISTED]
    return bool(programs), tuple(clean_field(name[-LONGEST_LISTED:]) for name in chosen)


# --- names ----------------------------------------------------------------------------------------

_STATED = re.compile(
    r"""(?i)\b(?:file)?name[\s*]{0,9}(?:\([^()]{0,99}\)\s{0,9})?=[\s]{0,9}("(?:[^"\\]|\\.){0,4000}|[^;\s"]{1,1000})"""
)
_MOST_STATED = 20


def stated_names(part: Tree) -> Iterator[str]:
    """Every name that some mail program may give a part: a parameter may be there twice, and in
    its plain form beside the extended one (RFC 2231), which we prefer."""
    for field, value in part.raw_items():
        if field.lower() in ("content-type", "content-disposition"):
            text = repair(str(value)[:LONGEST_VALUE])
            for match in islice(_STATED.finditer(text), _MOST_STATED):
                written = re.sub(r"\\(.)", r"\1", match[1].lstrip('"'), flags=re.DOTALL)
                yield decode_words(unquote(written))


# --- content --------------------------------------------------------------------------------------


def by_content(content: bytes) -> str:
    """Why these octets are a program, whatever they are called; empty: nothing says so."""
    for begins, why in _SIGNATURES:
        if content.startswith(begins):
            said = why(content) if callable(why) else why
            if said:
                return said
    return _disk(content)


def _dos(content: bytes) -> str:
    """A text can begin with these letters, too; the header of a program is no text."""
    if len(content) < _DOS_HEADER or b"\0" not in content[:64]:
        return ""
    place = int.from_bytes(content[60:64], "little")
    return WINDOWS if content[place : place + 2] in _AFTER_DOS else DOS


_DOS_HEADER = 28
_AFTER_DOS = (b"PE", b"NE", b"LE", b"LX")


def _elf(content: bytes) -> str:
    """What a crashed program leaves behind (ET_CORE) is none."""
    kind = int.from_bytes(content[16:18], "big" if content[5:6] == b"\2" else "little")
    return "" if kind == _ET_CORE else LINUX


_ET_CORE = 4
_MH_CORE, _MH_DSYM = 4, 10


def _mach(content: bytes) -> str:
    """Neither are the crash dump and the file with the names for debugging of macOS."""
    is_big = content.startswith(b"\xfe\xed")
    kind = int.from_bytes(content[12:16], "big" if is_big else "little")
    return "" if kind in (_MH_CORE, _MH_DSYM) else MACOS


def _cafebabe(content: bytes) -> str:
    """Java and macOS took the same number; what follows is a version, or how many programs."""
    following = int.from_bytes(content[4:8], "big")
    return JAVA if following >= _FIRST_JAVA else MACOS


_FIRST_JAVA = 45


def _shebang(content: bytes) -> str:
    return SCRIPT if re.match(rb"#!\s{0,9}/[\w./-]{2,200}", content[:220]) else ""


# Class ids of the root of a compound file (MS-CFB 2.6.1): installer, patch and transform.
_MSI = re.compile(rb"[\x82\x84\x86]\x10\x0c\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46")


def _compound(content: bytes) -> str:
    """Office files of old are compound files, too, and no programs."""
    shift = int.from_bytes(content[30:32], "little")
    if shift not in (9, 12):
        return ""
    root = (int.from_bytes(content[48:52], "little") + 1) << shift
    return INSTALLER if _MSI.fullmatch(content[root + 80 : root + 96]) else ""


_SIGNATURES: Sequence[tuple[bytes, str | Callable[[bytes], str]]] = (
    (b"MZ", _dos),
    (b"\x7fELF", _elf),
    (b"\xfe\xed\xfa\xce", _mach),
    (b"\xfe\xed\xfa\xcf", _mach),
    (b"\xce\xfa\xed\xfe", _mach),
    (b"\xcf\xfa\xed\xfe", _mach),
    (b"\xca\xfe\xba\xbf", MACOS),
    (b"\xca\xfe\xba\xbe", _cafebabe),
    (b"\xca\xfe\xd0\x0d", JAVA),
    (b"dex\n0", ANDROID),
    (b"#!", _shebang),
    (b"#@~^", SCRIPT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _compound),
    (b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", SHORTCUT),
    (b"[InternetShortcut]", SHORTCUT),
    (b"ITSF\3\0\0\0", HELP),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", NOTEBOOK),
    (b"\xed\xab\xee\xdb", PACKAGE),
    (b"!<arch>\ndebian-binary", PACKAGE),
    (b"xar!\0\x1c", PACKAGE),
    (b"vhdxfile", DISK),
    (b"conectix", DISK),
    (b"MSWIM\0\0\0", DISK),
    (b"KDMV", DISK),
)

_SECTOR = 2_048
_FIRST_SECTOR = 16


def _disk(content: bytes) -> str:
    """ISO 9660 and UDF begin behind 32 KiB of anything; a disk of macOS or Hyper-V says at its end
    what it is."""
    for sector in range(_FIRST_SECTOR, _FIRST_SECTOR + 3):
        mark = content[sector * _SECTOR + 1 : sector * _SECTOR + 6]
        if mark in (b"CD001", b"BEA01", b"NSR02", b"NSR03"):
            return DISK
    end = content[-512:]
    return DISK if end.startswith((b"koly\0\0\0\4", b"conectix")) else ""


_DOCUMENTS = (
    *(b"%PDF-", b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"RIFF", b"BM", b"II*\0"),
    *(b"MM\0*", b"\xd0\xcf\x11\xe0", b"PK\3\4"),
)


def _is_plain_document(content: bytes) -> bool:
    """Mail programs state strange types for ordinary files; these are known by what they are."""
    return content.startswith(_DOCUMENTS)
