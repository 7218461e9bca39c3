"""The data of one mail on its way in: where it ends, and where it waits until it is kept.

Standards: RFC 5321 §4.5.2 (transparency), §6.3 (loops).
"""

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO

from helpdesk.core import reply as replies
from helpdesk.core.reply import Reply
from helpdesk.inbound.intake import refuse
from helpdesk.ports import Raw

END_OF_DATA = b"\r\n.\r\n"
RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)
SPILL_PREFIX = "arriving-"


class DataScanner:
    """Finds the end of the data and undoes dot-stuffing (RFC 5321 §4.5.2), chunk by chunk.

    Only CRLF.CRLF ends the data; bare CR and LF are content like any other.
    """

    def __init__(self) -> None:
        # The CRLF that ended the DATA command begins the first line: "." CRLF alone is an end too.
        self._held = b"\r\n"
        self._is_first = True

    def feed(self, chunk: bytes) -> tuple[bytes, bytes | None]:
        """Content that is certain by now; and, after the end, what came behind it."""
        window = self._held + chunk
        end = window.find(END_OF_DATA)
        rest: bytes | None = None
        if end >= 0:
            rest = window[end + len(END_OF_DATA) :]
            content = window[: end + 2]
        else:
            held = next(n for n in (4, 3, 2, 1, 0) if window.endswith(END_OF_DATA[:n]))
            certain = len(window) - held
            self._held = window[certain:]
            content = window[:certain]
        content = content.replace(b"\r\n.", b"\r\n")
        if self._is_first and content:
            self._is_first = False
            content = content[2:]
        return content, rest


class Spool:
    """A message while it comes in: in memory, beyond `spill_over` octets in a file."""

    def __init__(
        self, directory: Path, *, size_limit: int, spill_over: int, max_received: int
    ) -> None:
        self._directory = directory
        self._size_limit = size_limit
        self._spill_over = spill_over
        self._max_received = max_received
        self._digest = hashlib.sha256()
        self._chunks: list[bytes] = []
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self.size = 0
        self.refusal: Reply | None = None

    def write(self, content: bytes) -> None:
        """Take more of the message, or only count it when it will be refused anyway."""
        self.size += len(content)
        if self.size > self._size_limit:
            self._refuse(replies.TOO_BIG)
        if self.refusal is not None:
            return
        self._digest.update(content)
        try:
            self._store(content)
        except OSError as error:
            self._refuse(refuse(error, "mail not spilled"))

    def _store(self, content: bytes) -> None:
        if self._file is None:
            self._chunks.append(content)
            if self.size > self._spill_over:
                self._spill()
            return
        self._file.write(content)

    def _spill(self) -> None:
        head = b"".join(self._chunks)
        self._chunks.clear()
        if has_looped(head, self._max_received):
            self._refuse(replies.TOO_MANY_HOPS)
            return
        handle, name = tempfile.mkstemp(prefix=SPILL_PREFIX, dir=self._directory)
        self._path = Path(name)
        self._file = os.fdopen(handle, "wb")
        self._file.write(head)

    def finish(self) -> Raw | Reply:
        """The message, now the taker's to remove; or why it cannot be taken."""
        content: bytes | None = None
        if self.refusal is None and self._file is None:
            content = b"".join(self._chunks)
            if has_looped(content, self._max_received):
                self._refuse(replies.TOO_MANY_HOPS)
        elif self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self._refuse(refuse(error, "mail not spilled"))
        if self.refusal is not None:
            return self.refusal
        path, self._path = self._path, None
        return Raw(self.size, self._digest.hexdigest(), content, path)

    def _refuse(self, reply: Reply) -> None:
        if self.refusal is None:
            self.refusal = reply
        self.discard()

    def discard(self) -> None:
        self._chunks.clear()
        if self._file is not None:
            with contextlib.suppress(OSError):  # what could not be written is thrown away
                self._file.close()
            self._file = None
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
            self._path = None


def has_looped(head: bytes, limit: int) -> bool:
    """The header section has this many Received fields or more (RFC 5321 §6.3)."""
    if head.startswith((b"\r\n", b"\n")):
        return False
    ends = (found for found in (head.find(b"\n\r\n"), head.find(b"\n\n")) if found >= 0)
    header = head[: min(ends, default=len(head))]
    # Counting is much faster than matching, and nearly always enough.
    if header.lower().count(b"received") < limit:
        return False
    return len(RECEIVED.findall(header)) >= limit


def clear_spool(directory: Path) -> int:
    """Remove what a killed process left behind; none of it was ever accepted."""
    left = tuple(directory.glob(f"{SPILL_PREFIX}*"))
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
