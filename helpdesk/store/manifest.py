"""The list in a backup of what is in it: how it is written, and what is believed of one.

A backup may come from anywhere, so nothing in it is opened that is no ordinary file, no name leads
out of it, and nothing is larger than the list says.

Failures: StoreError, one line with the next step.
"""

import hashlib
import json
import os
import re
import stat
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from gzip import BadGzipFile
from lzma import LZMAError
from pathlib import Path
from typing import Any, BinaryIO, Self

from helpdesk.store.engine import StoreError
from helpdesk.store.raw import NAME

KIND = "helpdesk backup"
FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, DUMP = "database.sqlite", "database.pgdump"
KEYS, CONFIG, OBJECTS = "keys", "config.toml", "objects"
DATABASES = {"sqlite": SQLITE, "postgresql": DUMP}
LARGEST = 256 * 2**20
"""Octets of a manifest: a million large mails."""
LARGEST_HEADER = 2**20
"""Octets of what an archive says about one file beside its header."""
CUT_OFF = (EOFError, BadGzipFile, LZMAError, RecursionError, tarfile.TarError, zlib.error)
"""What archives that are damaged make their readers raise."""
_PIECE = 2**20
_OBJECT = re.compile(f"{OBJECTS}/{NAME}")
_DIGEST = re.compile(r"[0-9a-f]{64}")

Json = dict[str, Any]


def no_backup(path: Path) -> StoreError:
    return StoreError(f"{path} is no backup of a helpdesk", "name one that `helpdesk backup` made")


def damaged(path: Path, file: str) -> StoreError:
    return StoreError(f"{path} is damaged: {file!r} is not what was kept", "use another backup")


def write_manifest(folder: Path, manifest: Json) -> None:
    path = folder / MANIFEST
    path.touch(mode=0o600)
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def read_manifest(path: Path) -> Json:
    """Of a folder or an archive."""
    try:
        found = json.loads(_content_of(path))
    except (*CUT_OFF, OSError, ValueError):
        raise no_backup(path) from None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise no_backup(path)
    if found.get("format") != FORMAT:
        raise StoreError(
            f"{path} has format {found.get('format')!r}", "install the version that made it"
        )
    if not _is_sound(found):
        raise damaged(path, MANIFEST)
    return found


def made_at(path: Path, of: str) -> datetime | None:
    """When a backup was made; None if it is none, or of another database."""
    with suppress(StoreError):
        manifest = read_manifest(path)
        return _moment(manifest["made_at"]) if manifest.get("of", of) == of else None
    return None


def stamp(path: Path) -> Json:
    """What is kept of a file. Raises OSError."""
    digest = hashlib.sha256()
    size = 0
    with open_file(path) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return {"size": size, "sha256": digest.hexdigest()}


def is_as_kept(path: Path, kept: Json) -> bool:
    """Raises OSError. The size first, so that a file without an end ends this."""
    return path.lstat().st_size == kept["size"] and stamp(path) == kept


def open_file(path: Path) -> BinaryIO:
    """An ordinary file and nothing that a link, a pipe or a device would lead to.

    Raises OSError.
    """
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(f"{path} is no ordinary file")
    return file


@contextmanager
def open_archive(path: Path) -> Iterator[tarfile.TarFile]:
    """Raises OSError and what CUT_OFF names."""
    with (
        open_file(path.resolve()) as archive,
        tarfile.open(fileobj=archive, tarinfo=_Member) as tar,
    ):
        yield tar


class _Member(tarfile.TarInfo):
    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """A few compressed octets can be gigabytes of names, which are read into memory."""
        member = super().frombuf(buf, encoding, errors)
        if member.type not in tarfile.REGULAR_TYPES and member.size > LARGEST_HEADER:
            raise tarfile.ReadError("a header of that size names no file of ours")
        return member


def _content_of(path: Path) -> bytes:
    if path.is_dir():
        with open_file(path / MANIFEST) as file:
            return file.read(LARGEST)
    with open_archive(path) as tar:
        first = tar.next()
        is_manifest = first is not None and first.name == MANIFEST and first.isfile()
        member = tar.extractfile(first) if first is not None and is_manifest else None
        if member is None:
            raise no_backup(path)
        return member.read(LARGEST)


def _is_sound(manifest: Json) -> bool:
    files = manifest.get("files")
    return (
        manifest.get("database") in DATABASES
        and isinstance(files, dict)
        and DATABASES[manifest["database"]] in files
        and all(_is_name(name) and _is_stamp(stamp) for name, stamp in files.items())
        and all(isinstance(manifest.get(name), str) for name in ("version", "schema", "made_at"))
        and _moment(manifest["made_at"]) is not None
    )


def _is_name(name: str) -> bool:
    known = {SQLITE, DUMP, KEYS, CONFIG}
    return name in known or _OBJECT.fullmatch(name) is not None


def _is_stamp(stamp: Any) -> bool:
    if not isinstance(stamp, dict):
        return False
    size, digest = stamp.get("size"), stamp.get("sha256")
    is_size = isinstance(size, int) and size >= 0
    return is_size and isinstance(digest, str) and _DIGEST.fullmatch(digest) is not None


def _moment(text: str) -> datetime | None:
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is not None else None
    return None
