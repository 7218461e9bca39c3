"""Hands one mail from standard input to the daemon: what `helpdesk deliver` does.

It starts for every mail, so it imports little: of the standard library, too.

Failures: the exit status tells the mail system. 65: this mail will never be taken. 78: we are not
set up. 75: anything else, known or not; the mail system keeps the mail and tries again.
"""

import os
import select
import signal
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from helpdesk.inbound.lmtp_client import (
    CHUNK,
    CONFIGURATION,
    DELIVERED,
    TRY_AGAIN,
    UNUSABLE,
    Deadline,
    Failed,
    Peer,
    Place,
    printable,
)

PATIENCE = 120.0
"""Seconds for the whole delivery, reading the mail included."""
STDIN, STDOUT, STDERR = range(3)
NULL_SENDER = "MAILER-DAEMON"
"""What Postfix puts in the place of the null reverse-path, see pipe(8)."""
HOST, PORT = "127.0.0.1", 8025
"""Where a listener is of which the configuration says nothing else."""
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- recognized, not listened on


class Options(NamedTuple):
    config: Path | None = None
    socket: str | None = None
    reverse_path: str | None = None
    recipients: Sequence[str] = ()
    timeout: float = PATIENCE
    json: bool = False


def main(arguments: Sequence[str]) -> int | None:
    """Run the command line behind `helpdesk deliver`; the exit status, None if help is wanted."""
    try:
        options = read_options(arguments)
    except Failed as failed:
        return _ended(failed)
    return None if options is None else deliver(options)


def read_options(arguments: Sequence[str]) -> Options | None:
    import getopt

    try:
        found, recipients = getopt.gnu_getopt(
            list(arguments),
            "c:h",
            ["config=", "socket=", "from=", "timeout=", "json", "help"],
        )
    except getopt.GetoptError as error:
        raise Failed(CONFIGURATION, f"{error} (see: helpdesk deliver --help)") from None
    given: dict[str, Any] = {"recipients": tuple(recipients)}
    for option, value in found:
        match option:
            case "-h" | "--help":
                return None
            case "-c" | "--config":
                given["config"] = Path(value)
            case "--socket":
                given["socket"] = value
            case "--from":
                given["reverse_path"] = value
            case "--timeout":
                given["timeout"] = _seconds(value)
            case "--json":
                given["json"] = True
    return Options(**given)


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < (seconds := float(text)) <= 24 * 3600:
            return seconds
    raise Failed(CONFIGURATION, f"{text} is no time limit (write seconds, like --timeout 60)")


def deliver(options: Options) -> int:
    """Deliver the mail of standard input; the exit status. Nothing but that status ever comes out.

    A signal ends it as any trouble does, and not by itself: some mail systems would take that
    for a refusal.
    """
    try:
        try:
            _end_well_on(signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
            recipients, reply = _deliver(options)
        finally:
            _ignore(signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    except Failed as failed:
        return _ended(failed)
    except BaseException as error:  # noqa: BLE001 -- a fault of ours must not bounce a mail
        if os.environ.get("HELPDESK_DEBUG") == "1":
            sys.excepthook(*sys.exc_info())
        return _ended(Failed(TRY_AGAIN, f"{type(error).__name__} (a mistake of ours)"))
    if options.json:
        import json

        _write(STDOUT, json.dumps({"recipients": recipients, "reply": reply}))
    return DELIVERED


def _end_well_on(*signals: int) -> None:
    def stop(number: int, _: object) -> None:
        raise Failed(TRY_AGAIN, f"stopped by {signal.Signals(number).name}")

    with suppress(ValueError):  # not in the main thread, where signals are somebody else's
        for each in signals:
            signal.signal(each, stop)


def _ignore(*signals: int) -> None:
    with suppress(ValueError):
        for each in signals:
            signal.signal(each, signal.SIG_IGN)


def _ended(failed: Failed) -> int:
    _write(STDERR, f"error: {printable(str(failed), 600)}")
    return failed.status


def _write(descriptor: int, line: str) -> None:
    # Not by print(): what cannot be written at exit would change the exit status.
    with suppress(OSError):
        os.write(descriptor, f"{line}\n".encode())


def _deliver(options: Options) -> tuple[list[str], str]:
    """The recipients that took the mail, and what was said to the last."""
    deadline = Deadline(options.timeout)
    recipients = recipients_of(options, os.environ)
    place = place_of(options)
    mail = Mail(deadline)
    reverse_path = reverse_path_of(options, os.environ, mail)
    _check_address(reverse_path)
    for address in (address for alternatives in recipients for address in alternatives):
        _check_address(address)
    try:
        with Peer(place, deadline) as peer:
            peer.greet()
            peer.open_transaction(reverse_path, mail.size, recipients)
            return peer.send_mail(mail.chunks())
    except TimeoutError:
        raise Failed(
            TRY_AGAIN,
            f"the daemon did not take the mail within {options.timeout:g} s "
            "(if it did after all, it will know the second copy)",
        ) from None
    except OSError:
        raise Failed(
            TRY_AGAIN, "the connection to the daemon broke (has it been stopped?)"
        ) from None


# Envelope


def recipients_of(options: Options, environment: os._Environ[str]) -> list[tuple[str, ...]]:
    """Who shall get it; of several addresses for one, the first that is taken.

    The address that was written to may be of no desk when an alias leads to one.
    """
    if options.recipients:
        return [(address,) for address in dict.fromkeys(map(_address, options.recipients))]
    named = [environment.get("ORIGINAL_RECIPIENT"), environment.get("RECIPIENT")]
    found = tuple(dict.fromkeys(_address(each) for each in named if each))
    if not found:
        raise Failed(
            CONFIGURATION,
            "no recipient (name it, like: helpdesk deliver support@example.com)",
        )
    return [found]


def reverse_path_of(options: Options, environment: os._Environ[str], mail: "Mail") -> str:
    """Empty for the null reverse-path, and when nothing tells: then nobody is written to."""
    named = options.reverse_path
    if named is None:
        named = environment.get("SENDER")
    found = mail.return_path() if named is None else _address(named)
    return "" if found.upper() == NULL_SENDER else found


def _address(text: str) -> str:
    """As the mail system gave it, whatever the locale is; without brackets around it."""
    try:
        address = os.fsencode(text).decode("utf-8").strip(" ")
    except UnicodeDecodeError:
        raise Failed(UNUSABLE, f"{text!a} is not an address") from None
    return address[1:-1] if address.startswith("<") and address.endswith(">") else address


def _can_be_said(address: str) -> bool:
    """A field of the mail, such as `<root>`, is no reason to refuse it."""
    return "@" in address and " " not in address and address.isprintable()


def _check_address(address: str) -> None:
    # A line end in it would be a command of its own.
    if not address.isprintable():
        raise Failed(UNUSABLE, f"{address!a} is not an address")


# Where the daemon is


def place_of(options: Options) -> Place:
    if options.socket is not None and options.config is not None:
        raise Failed(CONFIGURATION, "both --config and --socket are given (give one of them)")
    if options.socket is not None:
        return _unix(options.socket)
    from helpdesk.config.source import ConfigurationError, find, in_folder, read_toml

    try:
        path = find(options.config)
        data = read_toml(path)
    except ConfigurationError as error:
        raise Failed(CONFIGURATION, error.problems[0]) from None
    doors = [each for each in _listeners(data) if _is_door(each)]
    for door in doors:
        if door.get("socket"):
            return _unix(str(in_folder(Path(str(door["socket"])), path.resolve().parent)))
    for door in doors:
        host, port = str(door.get("host", HOST)), str(door.get("port", PORT))
        if port.isdecimal() and int(port):
            return EVERYWHERE.get(host, host), int(port)
    raise Failed(
        CONFIGURATION,
        f"{path}: there is no listener that we may use "
        '(add [[listeners]] with protocol = "lmtp" and socket = "lmtp.sock")',
    )


def _listeners(data: dict[str, Any]) -> list[dict[str, Any]]:
    found = data.get("listeners")
    if given := os.environ.get("HELPDESK_LISTENERS"):  # stands above the file
        import json

        with suppress(ValueError):
            found = json.loads(given)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _is_door(listener: dict[str, Any]) -> bool:
    """It speaks LMTP, and asks for neither TLS nor a login before it takes mail."""
    return (
        listener.get("protocol") == "lmtp"
        and not listener.get("implicit_tls")
        and listener.get("login") != "required"
    )


def _unix(path: str) -> str:
    from helpdesk.config.source import LONGEST_SOCKET

    if not path or len(os.fsencode(path)) > LONGEST_SOCKET:
        raise Failed(
            CONFIGURATION, f"the socket's path must have 1 to {LONGEST_SOCKET} octets (shorten it)"
        )
    return path


# The mail


class Mail:
    """Standard input. Its first chunk is read at once, the others when they are wanted."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        # First of all, so that no socket of ours can take its number.
        self.size = _octets_in_file(STDIN)
        """At least so many octets; 0 if that is not known."""
        self._head = b""
        while len(self._head) < CHUNK and not _has_header(self._head) and (more := self._read()):
            self._head += more
        read = len(self._head)
        self._head = _without_from_line(self._head)
        self.size = max(self.size - (read - len(self._head)), 0)
        if not self._head:
            raise Failed(UNUSABLE, "the mail on standard input is empty")

    def return_path(self) -> str:
        """Of the last delivery: the field that stands above all Received fields."""
        lines = self._head.replace(b"\r\n", b"\n").split(b"\n")
        for index, line in enumerate(lines):
            name, _, value = line.partition(b":")
            if not line or name.strip().lower() == b"received":
                break
            if name.strip().lower() == b"return-path":
                if not value.strip() and lines[index + 1 : index + 2]:  # folded
                    value = lines[index + 1]
                path = value.strip()
                is_whole = path.startswith(b"<") and path.endswith(b">")
                address = path[1:-1].decode("utf-8", "replace") if is_whole else ""
                return address if _can_be_said(address) else ""
        return ""

    def chunks(self) -> Iterator[bytes]:
        yield self._head
        while chunk := self._read():
            yield chunk

    def _read(self) -> bytes:
        try:
            ready, _, _ = select.select([STDIN], [], [], self._deadline.left())
        except TimeoutError:
            ready = []
        if not ready:
            raise Failed(TRY_AGAIN, "the mail on standard input does not end")
        try:
            return os.read(STDIN, CHUNK)
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise Failed(TRY_AGAIN, f"standard input cannot be read: {reason}") from None


def _octets_in_file(descriptor: int) -> int:
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return 0
        return status.st_size - os.lseek(descriptor, 0, os.SEEK_CUR)
    except OSError:
        raise Failed(UNUSABLE, "there is no standard input (the mail comes there)") from None


def _has_header(head: bytes) -> bool:
    return b"\n\n" in head or b"\n\r\n" in head


def _without_from_line(head: bytes) -> bytes:
    """Drop the separator line of an mbox, which is no field: `From ana@example.org Sat Nov ...`."""
    if not head.startswith(b"From ") or head[5:].lstrip(b" \t").startswith(b":"):
        return head
    return head.partition(b"\n")[2]
