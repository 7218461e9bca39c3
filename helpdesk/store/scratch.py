"""Folders for work that is half done: locked while somebody is at it, so that what a crash left can
be told from what is in use, and removed.

Failures: OSError; a folder that cannot be removed is left for the next time.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def locked_folder(path: Path) -> Iterator[Path]:
    """Made for us alone, and removed with all that is in it."""
    while (descriptor := _made(path)) is None:
        pass
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(descriptor)


def _made(path: Path) -> int | None:
    """Locked; None if somebody took it for what was left before we had the lock."""
    path.mkdir(mode=0o700)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    if _is_there(path, descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _is_there(path: Path, descriptor: int) -> bool:
    """Whether what is open still has this name; another folder may have it by now."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def remove_left(folder: Path, pattern: str) -> int:
    """Remove what nobody works on any more; how many folders there were."""
    removed = 0
    for path in folder.glob(pattern):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_there(path, descriptor):
                    path.with_name(f"{path.name}.tar").unlink(missing_ok=True)
                    shutil.rmtree(path)
                    removed += 1
            finally:
                os.close(descriptor)
    return removed
