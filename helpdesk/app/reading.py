"""Reads mail from files, for commands that open no database."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path

from helpdesk.core.license_keys import KNOWN_PATTERNS, KeyPattern
from helpdesk.core.mail import Arrival, Envelope, Mail
from helpdesk.inbound.options import ReaderOptions
from helpdesk.inbound.reader import Reader

AHEAD = 16
"""So many files are read while one is waited for."""
_NEVER = datetime.min.replace(tzinfo=UTC)


async def read_files(
    paths: Iterable[Path], key_patterns: tuple[KeyPattern, ...] = KNOWN_PATTERNS
) -> AsyncIterator[tuple[Path, Mail | OSError]]:
    """Every file as a mail without an envelope, in their order; or why it cannot be opened."""
    reader = Reader(ReaderOptions(key_patterns))
    reading: deque[asyncio.Task[tuple[Path, Mail | OSError]]] = deque()
    try:
        for path in paths:
            reading.append(asyncio.create_task(_read(reader, path)))
            if len(reading) == AHEAD:
                yield await reading.popleft()
        while reading:
            yield await reading.popleft()
    finally:
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        await reader.close()


async def _read(reader: Reader, path: Path) -> tuple[Path, Mail | OSError]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2) if file.seekable() else -1
            content = file.read() if size < 0 else b""  # a pipe, which can be read only once
    except OSError as error:
        return path, error
    message = await reader.read(path if size >= 0 else content)
    size = size if size >= 0 else len(content)
    return path, Mail(Arrival(Envelope("", ()), "file", _NEVER), message, size)
