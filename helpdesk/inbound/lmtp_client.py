"""Hands one mail to the daemon by LMTP, or says why not; imports little, for it runs for each mail.

Standards: RFC 2033 (LMTP), RFC 5321 §4.5.2 (transparency), RFC 1870 (SIZE), RFC 6531 (SMTPUTF8).
Failures: `Failed`, with the exit status that tells the mail system what to do with the mail.
"""

import os
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple, Self

DELIVERED = os.EX_OK
UNUSABLE = os.EX_DATAERR
TRY_AGAIN = os.EX_TEMPFAIL
CONFIGURATION = os.EX_CONFIG

CHUNK = 64 * 1024
LONGEST_REPLY = 64 * 1024

Place = str | tuple[str, int]


class Failed(Exception):  # noqa: N818 -- it is an outcome, not a bug
    """Ends the delivery with this exit status and one line for people."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


class Deadline:
    """The end of our patience."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds; raises TimeoutError when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def printable(text: str, longest: int = 200) -> str:
    shown = "".join(char if char.isprintable() else "?" for char in text)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def with_crlf(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """End every line with CRLF, also the last; a CR elsewhere stays what it is."""
    held = b""
    last = b""
    for chunk in chunks:
        text = held + chunk
        held = b"\r" if text.endswith(b"\r") else b""
        text = text[: len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if text:
            last = text[-1:]
            yield text
    if held:
        yield held
    if held or last != b"\n":
        yield b"\r\n"


def limited(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """No more than the daemon takes; 0 for no limit."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if most and size > most:
            raise Failed(UNUSABLE, f"the mail is larger than {most} octets, the most that we take")
        yield chunk


def stuffed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Double the dot in front of a line (RFC 5321 §4.5.2), and say that the mail ends."""
    is_line_start = True
    for chunk in chunks:
        text = chunk.replace(b"\n.", b"\n..")
        yield b"." + text if is_line_start and chunk.startswith(b".") else text
        is_line_start = chunk.endswith(b"\n")
    yield b".\r\n"


class Reply(NamedTuple):
    code: int
    lines: Sequence[str]

    @property
    def is_positive(self) -> bool:
        return 200 <= self.code < 300  # noqa: PLR2004 -- RFC 5321 §4.2.1

    @property
    def is_permanent(self) -> bool:
        return 500 <= self.code < 600  # noqa: PLR2004 -- RFC 5321 §4.2.1

    def __str__(self) -> str:
        return printable(f"{self.code} {self.lines[-1]}".strip())


class Peer:
    """The daemon, as we talk with it."""

    def __init__(self, place: Place, deadline: Deadline) -> None:
        self._deadline = deadline
        self._unread = b""
        self._extensions: dict[str, str] = {}
        self._accepted: list[str] = []
        self._socket = _connect(place, deadline)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Without a word when something went wrong: a mail whose final dot is missing is not taken.
        self._socket.close()

    def greet(self) -> None:
        """A refusal here is about us and not about the mail, so the mail is kept."""
        for reply in (self._reply(), self._say("LHLO localhost")):
            if not reply.is_positive:
                raise Failed(TRY_AGAIN, f"the daemon does not serve us: {reply}")
            lines = [line.partition(" ") for line in reply.lines[1:]]
            self._extensions = {name.upper(): value for name, _, value in lines}

    @property
    def _most_octets(self) -> int:
        announced = self._extensions.get("SIZE", "")
        return int(announced) if announced.isdecimal() else 0

    def open_transaction(
        self, reverse_path: str, size: int, recipients: Iterable[tuple[str, ...]]
    ) -> None:
        """Up to the last recipient. If one is refused, nothing is delivered to any."""
        parameters = [f" SIZE={size}"] if size and "SIZE" in self._extensions else []
        parameters += [" BODY=8BITMIME"] if "8BITMIME" in self._extensions else []
        everybody = [reverse_path, *(each for one in recipients for each in one)]
        if not all(map(str.isascii, everybody)):
            if "SMTPUTF8" not in self._extensions:
                raise Failed(UNUSABLE, "an address is not ASCII, and the daemon takes only ASCII")
            parameters.append(" SMTPUTF8")
        self._need(self._say(f"MAIL FROM:<{reverse_path}>{''.join(parameters)}"), "the sender")
        answers = [self._offer(alternatives) for alternatives in recipients]
        _judge(answers, again="")
        self._accepted = [address for address, _ in answers]

    def _offer(self, alternatives: Sequence[str]) -> tuple[str, Reply]:
        answers = []
        for address in alternatives:
            reply = self._say(f"RCPT TO:<{address}>")
            answers.append((address, reply))
            if not reply.is_permanent:
                return address, reply
        return answers[0]

    def send_mail(self, chunks: Iterable[bytes]) -> tuple[list[str], str]:
        reply = self._say("DATA")
        if reply.code != 354:  # noqa: PLR2004 -- RFC 5321 §4.2.2
            self._need(reply, "the mail")
            raise Failed(TRY_AGAIN, f"the daemon does not take data: {reply}")
        with suppress(BrokenPipeError, ConnectionResetError):  # its reply says why, if there is one
            for chunk in stuffed(limited(with_crlf(chunks), self._most_octets)):
                self._send(chunk)
        # RFC 2033 §4.2: one reply for each recipient that was accepted.
        answers = []
        for address in self._accepted:
            answers.append((address, self._reply()))
            if not (answers[-1][1].is_positive or answers[-1][1].is_permanent):
                break
        taken = any(reply.is_positive for _, reply in answers)
        _judge(answers, "; others have it and will know the second copy" if taken else "")
        with suppress(OSError):
            self._send(b"QUIT\r\n")
        return self._accepted, str(answers[-1][1])

    def _need(self, reply: Reply, what: str) -> None:
        if reply.is_permanent:
            raise Failed(UNUSABLE, f"{what} was refused: {reply}")
        if not reply.is_positive:
            raise Failed(TRY_AGAIN, f"the daemon does not take {what} now: {reply}")

    def _say(self, line: str) -> Reply:
        self._send(f"{line}\r\n".encode())
        return self._reply()

    def _send(self, data: bytes) -> None:
        self._socket.settimeout(self._deadline.left())
        self._socket.sendall(data)

    def _reply(self) -> Reply:
        lines: list[bytes] = []
        while not lines or lines[-1][3:4] == b"-":
            line = self._line()
            if not (line[:3].isdigit() and b"200" <= line[:3] < b"600" and line[3:4] in b" -"):
                raise Failed(TRY_AGAIN, "what answers is not our daemon, or talks nonsense")
            lines.append(line)
        return Reply(int(lines[-1][:3]), [line[4:].decode("ascii", "replace") for line in lines])

    def _line(self) -> bytes:
        while b"\n" not in self._unread:
            if len(self._unread) > LONGEST_REPLY:
                raise Failed(TRY_AGAIN, "what answers is not our daemon, or talks nonsense")
            self._socket.settimeout(self._deadline.left())
            chunk = self._socket.recv(CHUNK)
            if not chunk:
                raise ConnectionAbortedError
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return line.rstrip(b"\r")


def _judge(answers: Sequence[tuple[str, Reply]], again: str) -> None:
    """Positive for everybody, or it ends here. Trouble that may pass comes before refusals."""
    for address, reply in answers:
        if not (reply.is_positive or reply.is_permanent):
            raise Failed(TRY_AGAIN, f"not taken for {address} now: {reply}{again}")
    refused = [(address, reply) for address, reply in answers if reply.is_permanent]
    if refused:
        address, reply = refused[0]
        more = f" (and {len(refused) - 1} more)" if refused[1:] else ""
        raise Failed(UNUSABLE, f"{address} was refused: {reply}{more}")


def _connect(place: Place, deadline: Deadline) -> socket.socket:
    try:
        if not isinstance(place, str):
            return socket.create_connection(place, timeout=deadline.left())
        unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            unix.settimeout(deadline.left())
            unix.connect(place)
        except BaseException:
            unix.close()
            raise
    except PermissionError:
        advice = "this user must be in the group of its socket"
        raise Failed(TRY_AGAIN, f"the daemon's socket is closed to us ({advice})") from None
    except OSError:
        raise Failed(
            TRY_AGAIN, "the daemon does not answer (is it running? start it: helpdesk run)"
        ) from None
    return unix
