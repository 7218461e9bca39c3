"""Files that a computer runs when they are opened, by their names and media types."""

import re
import unicodedata
from collections.abc import Iterable

BY_NAME, BY_TYPE = "program by its name", "program by its media type"
IN_ARCHIVE = "a program in an archive"
WINDOWS, DOS = "program for Windows", "program for DOS"
LINUX, MACOS = "program for Linux", "program for macOS"
JAVA, ANDROID = "program for Java", "program for Android"
INSTALLER, PACKAGE = "installer for Windows", "installation package"
SCRIPT, SHORTCUT = "script", "shortcut that runs something"
HELP, NOTEBOOK, DISK = "help file with programs", "notebook that can hold programs", "disk image"
REASONS = (
    *(BY_NAME, BY_TYPE, IN_ARCHIVE, WINDOWS, DOS, LINUX, MACOS, JAVA, ANDROID, INSTALLER),
    *(PACKAGE, SCRIPT, SHORTCUT, HELP, NOTEBOOK, DISK),
)
"""Why a file counts as a program: sentences of ours (helpdesk.core.sentences)."""
LONGEST_LOOKED_AT = 1_000
"""Characters of a name; of a longer one its end decides, as it does on every system."""

_RUNNING = (
    # programs and what they are made of
    "386 a3x app appimage bpl com cpl dex dll drv dylib efi elf ex exe ko ocx pif run scr so sys",
    "vxd xll",
    # scripts
    "ahk applescript au3 bash bat bgi btm cmd command csh desktop fish fxp hta its js jse ksh mjs",
    "msh msh1 msh1xml msh2 msh2xml mshxml pl prg ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psdm1 psm1",
    "pssc py py3 pyc pyo pyw pyz pyzw scpt scptd sct sh shb shs tcsh vb vbe vbp vbs vsmacros vsw",
    "ws wsb wsc wsf wsh zsh",
    # Java, Android and iOS
    "aab apk apks class ipa jar jnlp war xapk",
    # installers, packages, and settings that change a system
    "appinstaller application appref-ms appx appxbundle crx deb deskthemepack diagcab diagcfg",
    "diagpack diagpkg flatpak flatpakref gadget inf ins isp mpkg msc msi msix msixbundle msp mst",
    "msu nsh osd pkg printerexport reg rgs rpm scf settingcontent-ms theme themepack vsix webpnp",
    "xbap xnk xpi",
    # links that run something
    "desklink library-ms lnk mapimail search-ms searchconnector-ms url website",
    # documents that run something by themselves
    "accde ade adp chm hlp htc mda mde one onepkg onetoc2 ppam wll xla xlam",
    # disks in a file
    "dmg img iso udf vdi vhd vhdx vmdk wim",
)
PROGRAMS = frozenset(name for line in _RUNNING for name in line.split())
"""What mail services that many people use refuse, and the like of it; without a dot."""

SOURCES = frozenset(["bash", "csh", "fish", "ksh", "pl", "py", "py3", "sh", "tcsh", "zsh"])
"""Texts that run on no click where people open mail. Alone such a file is refused; in an archive
it is a piece of the project or of the system that somebody asks about."""

_PROGRAMS_BY_TYPE = (
    "bat dos-exe exe hta java-archive java-vm msdos-windows vnd.android.package-archive",
    "vnd.apple.installer+xml vnd.debian.binary-package vnd.microsoft.portable-executable",
    "vnd.ms-htmlhelp x-apple-diskimage x-bat x-chm x-csh x-deb x-debian-package x-dosexec",
    "x-elf x-executable x-hta x-iso9660-image x-java-applet x-java-archive x-java-jnlp-file",
    "x-mach-binary x-ms-dos-executable x-ms-installer x-ms-shortcut x-msdos-program",
    "x-msdownload x-msi x-pie-executable x-redhat-package-manager x-rpm x-sh x-sharedlib",
    "x-shellscript x-vbs x-winexe",
)
_TYPES = frozenset(
    {f"application/{each}" for line in _PROGRAMS_BY_TYPE for each in line.split()}
    | {"text/vbscript", "text/x-msdos-batch", "text/x-shellscript"}
)

_CLASS_ID = re.compile(r"\{[0-9a-f-]{30,40}\}")
_PACKED = frozenset({"bz2", "gz", "lz", "lz4", "lzma", "xz", "z", "zst"})
"""One file in another form: the name without it is that of the file."""


def is_program(name: str, *, packed: bool = False) -> bool:
    """Whether a file of that name is run when it is opened; `packed` if it stands in an archive.

    As systems read it and not as people see it: characters without a picture and those that turn
    the direction do not count, nor do dots and spaces at the end; wide letters are letters.
    """
    end = unicodedata.normalize("NFKC", name[-LONGEST_LOOKED_AT:])
    if "\0" in end and is_program(end.partition("\0")[0], packed=packed):
        return True  # to many programs the name ends there
    plain = "".join(char for char in end if unicodedata.category(char)[0] != "C").casefold()
    if ".app/contents/" in plain.replace("\\", "/"):
        return True
    # Behind a colon Windows sees a part of the file, whose name stands before it.
    return any(_runs(piece, packed=packed) for piece in re.split(r"[/\\]", plain)[-1].split(":"))


def _runs(name: str, *, packed: bool) -> bool:
    stem, dot, extension = _last(name)
    if dot and extension in _PACKED:
        stem, dot, extension = _last(stem)
        packed = True
    if packed and extension in SOURCES:
        return False
    return bool(dot) and (extension in PROGRAMS or _CLASS_ID.fullmatch(extension) is not None)


def _last(name: str) -> tuple[str, str, str]:
    """Stem, dot and extension."""
    stem, dot, extension = name.rstrip(". \"'_*?<>|").rpartition(".")
    return stem, dot, extension.strip()


def program_by_name(names: Iterable[str]) -> str:
    """Why one of these names is that of a program; empty: none is."""
    return BY_NAME if any(map(is_program, names)) else ""


def program_by_type(content_type: str) -> str:
    return BY_TYPE if content_type.lower() in _TYPES else ""
