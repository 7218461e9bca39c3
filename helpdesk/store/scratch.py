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
    path.mkdir(mode=0o700)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(descriptor)


def remove_left(folder: Path, pattern: str) -> int:
    """Remove what nobody works on any more; how many folders there were."""
    removed = 0
    for path in folder.glob(pattern):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.with_name(f"{path.name}.tar").unlink(missing_ok=True)
                shutil.rmtree(path)
                removed += 1
            finally:
                os.close(descriptor)
    return removed
