"""Raw messages: compressed in the database while they are small, as files beside it when large.

Failures: OSError when the disk is full or broken; nothing half-written is ever named by a row.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
import zlib
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping

from helpdesk.ports import Raw

LARGE = 2**20
"""From this size on a message is a file in the object directory."""
NAME = r"[0-9a-f]{2}/[0-9a-f]{64}\.[0-9a-f]{1,64}"
"""Of a file in the object directory."""
_ALWAYS = 16 * 2**10
_SAMPLE = 4 * 2**10
_WORTH_IT = 0.65
"""Encoded attachments shrink to 3/4 at best: not worth the time to undo it at every look."""

Values = dict[str, Any]


def pack(raw: Raw, objects: Path) -> Values:
    """The columns of a raw message; a large one is on disk for good when this returns."""
    values: Values = {"sha256": raw.sha256, "size": raw.size, "path": None, "body": None}
    if raw.size >= LARGE:
        return values | {"encoding": "file", "path": _write_object(raw, objects)}
    content = _content(raw)
    if _shrinks(content):
        packed = zlib.compress(content, 1)
        if len(packed) < len(content):
            return values | {"encoding": "zlib", "body": packed}
    return values | {"encoding": "none", "body": content}


def unpack(row: RowMapping, objects: Path) -> bytes:
    """Raises OSError or zlib.error if the bytes are not there any more."""
    if row["encoding"] == "file":
        return object_file(objects, row["path"]).read_bytes()
    body: bytes | None = row["body"]
    if body is None:
        raise FileNotFoundError("the raw message is gone")
    return zlib.decompress(body) if row["encoding"] == "zlib" else body


def object_file(objects: Path, name: str) -> Path:
    """Raises FileNotFoundError for what is no name of ours: a database may come from anywhere."""
    if re.fullmatch(NAME, name) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    return objects / name


def is_whole(row: RowMapping, objects: Path) -> bool:
    """Whether the bytes are there and are those that were kept."""
    try:
        content = unpack(row, objects)
    except (OSError, zlib.error):
        return False
    return (len(content), hashlib.sha256(content).hexdigest()) == (row["size"], row["sha256"])


def discard(values: Values, objects: Path) -> None:
    """Remove the file of a message that no row names."""
    if values["path"]:
        (objects / values["path"]).unlink(missing_ok=True)


def _content(raw: Raw) -> bytes:
    if raw.content is not None:
        return raw.content
    if raw.path is None:
        raise ValueError("a raw message is in memory or in a file")
    return raw.path.read_bytes()


def _shrinks(content: bytes) -> bool:
    if len(content) <= _ALWAYS:
        return True
    middle = len(content) // 2
    sample = content[middle : middle + _SAMPLE]
    return len(zlib.compress(sample, 1)) < _WORTH_IT * len(sample)


def _write_object(raw: Raw, objects: Path) -> str:
    """The same message may come twice, so that its digest alone would not name one file."""
    name = f"{raw.sha256[:2]}/{raw.sha256}.{secrets.token_hex(8)}"
    target = objects / name
    if not target.parent.is_dir():
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(objects.parent)
        _sync(objects)
    try:
        _fill(target, raw)
        _sync(target)
        # Without this the name is lost in a power cut, however well the content was synced.
        _sync(target.parent)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return name


def _fill(target: Path, raw: Raw) -> None:
    if raw.path is not None:
        try:
            os.link(raw.path, target)
        except OSError:  # another file system
            pass
        else:
            target.chmod(0o600)
            return
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if raw.content is not None:
            file.write(raw.content)
        elif raw.path is not None:
            with raw.path.open("rb") as source:
                shutil.copyfileobj(source, file, 2**20)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
