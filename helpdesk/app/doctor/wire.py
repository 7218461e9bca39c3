"""A conversation in lines with a server, each word within a deadline, and its troubles in words.

Failures: `Trouble`, what is wrong and the next step.
"""

import asyncio
import contextlib
import ipaddress
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from helpdesk.app.doctor.examination import in_thread

LONGEST_LINE = 64 * 1024
MOST_LINES = 500
RENEW_WITHIN = timedelta(days=21)


class Trouble(Exception):  # noqa: N818 -- it names a finding
    """Ends a conversation: what is wrong, and what to do."""

    def __init__(self, problem: str, next_step: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.next_step = next_step


@dataclass(slots=True)
class Line:
    """One end of the conversation."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    place: str
    """HOST:PORT or the path of a socket, for people."""
    seconds: float

    async def read(self) -> str:
        try:
            async with asyncio.timeout(self.seconds):
                line = await self.reader.readline()
        except TimeoutError:
            raise self.silent() from None
        except (OSError, ValueError) as error:  # ValueError: a line without an end
            raise Trouble(f"breaks off ({_words(error)})", self.look()) from None
        if not line:
            raise Trouble("closes the connection", self.look())
        return line.decode("utf-8", "replace").rstrip("\r\n")

    async def skip(self, size: int) -> None:
        try:
            async with asyncio.timeout(self.seconds):
                await self.reader.readexactly(size)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            raise self.silent() from None

    async def write(self, text: str) -> None:
        try:
            self.writer.write(f"{text}\r\n".encode())
            async with asyncio.timeout(self.seconds):
                await self.writer.drain()
        except (TimeoutError, OSError) as error:
            raise Trouble(f"breaks off ({_words(error)})", self.look()) from None

    async def part(self, words: str) -> None:
        """Take leave; the other side may be gone already."""
        with contextlib.suppress(Trouble):
            await self.write(words)

    async def encrypt(self, context: ssl.SSLContext, name: str) -> None:
        try:
            async with asyncio.timeout(self.seconds):
                await self.writer.start_tls(context, server_hostname=name)
        except TimeoutError:
            raise self.silent() from None
        except (ssl.SSLError, OSError) as error:
            raise tls_trouble(error, name) from None

    def silent(self) -> Trouble:
        return Trouble(f"says nothing for {self.seconds:g} s", self.look())

    def look(self) -> str:
        return f"look into the log of {self.place}"

    def certificate(self) -> bytes:
        """Of the other side, in DER; empty without TLS."""
        encryption: ssl.SSLObject | None = self.writer.get_extra_info("ssl_object")
        return (encryption and encryption.getpeercert(binary_form=True)) or b""

    def days_left(self, now: datetime) -> int | None:
        """Of the other side's certificate; None without TLS or where it was not verified."""
        certificate = self.writer.get_extra_info("peercert")
        return days_until(certificate, now) if certificate else None


@asynccontextmanager
async def connected(
    host: str, port: int, seconds: float, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Line]:
    """A connection to the first of its addresses that answers; with `tls`, from the first byte."""
    reader, writer = await _connect(host, port, seconds, tls)
    async with _closing(Line(reader, writer, f"{host}:{port}", seconds)) as line:
        yield line


@asynccontextmanager
async def connected_unix(path: Path, seconds: float) -> AsyncIterator[Line]:
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_unix_connection(str(path), limit=LONGEST_LINE)
    except TimeoutError:
        raise Trouble(f"does not answer within {seconds:g} s", f"check who has {path}") from None
    except OSError as error:
        raise Trouble(f"cannot be reached ({_words(error)})", "start the daemon") from None
    async with _closing(Line(reader, writer, str(path), seconds)) as line:
        yield line


@asynccontextmanager
async def _closing(line: Line) -> AsyncIterator[Line]:
    try:
        yield line
    finally:
        line.writer.transport.abort()
        with contextlib.suppress(OSError, ssl.SSLError):
            await line.writer.wait_closed()


async def _connect(
    host: str, port: int, seconds: float, tls: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    last: OSError | None = None
    for address in await resolved(host, port, seconds):
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.open_connection(
                    address,
                    port,
                    limit=LONGEST_LINE,
                    ssl=tls,
                    server_hostname=host if tls else None,
                )
        except TimeoutError:
            last = last or TimeoutError()
        except ssl.SSLError as error:
            raise tls_trouble(error, host) from None
        except OSError as error:
            last = error
    reason = (
        f"does not answer within {seconds:g} s"
        if isinstance(last, TimeoutError) or last is None
        else f"cannot be reached ({_words(last)})"
    )
    raise Trouble(reason, f"check that {host}:{port} is right, runs, and is not behind a firewall")


async def resolved(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a host as this machine knows them, its own hosts file included."""

    def look_up() -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(each[4][0]) for each in found))[:4]

    try:
        async with asyncio.timeout(seconds):
            return await in_thread(look_up)
    except TimeoutError:
        raise Trouble(f"{host} cannot be looked up in time", "check the name servers") from None
    except (OSError, UnicodeError):
        raise Trouble(f"{host} has no address", "correct the host name in the settings") from None


def client_context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file and str(ca_file))
    except (OSError, ssl.SSLError):
        raise Trouble(f"{ca_file} holds no certificates", "correct ca_file") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def unverifying_context() -> ssl.SSLContext:
    """For a look at whatever certificate the other side has."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def reachable(host: str) -> str:
    """Where somebody who listens on all addresses can be found."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if not address.is_unspecified:
        return host
    return "127.0.0.1" if address.version == 4 else "::1"  # noqa: PLR2004


def tls_trouble(error: Exception, name: str) -> Trouble:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(
            f"cannot agree on TLS with us ({_words(error)})",
            "check that tls and port in the settings belong together",
        )
    message = error.verify_message
    if "expired" in message:
        return Trouble("has a certificate that has expired", "have it renewed there")
    if "mismatch" in message or "not valid for" in message:
        return Trouble(
            f"has a certificate that is not for {name}",
            "give the host by the name in its certificate",
        )
    if "not yet valid" in message:
        return Trouble("has a certificate that is not valid yet", "check the clocks")
    return Trouble(
        f"has a certificate that nobody vouches for ({message})",
        "name the authority that issued it in ca_file",
    )


def days_until(certificate: dict[str, object], now: datetime) -> int:
    """Whole days until a certificate, as ssl decodes it, ends; negative when it has."""
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    return (end - now).days


def _words(error: Exception) -> str:
    """What the system or OpenSSL says, without the numbers around it."""
    if isinstance(error, ssl.SSLError):
        return (error.reason or "handshake failed").lower().replace("_", " ")
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno).lower()
    return (str(error) or type(error).__name__).lower()[:120]


def said(text: str) -> str:
    """Words of the other side in one printable line."""
    shown = "".join(char if char.isprintable() else " " for char in text[:2000])
    return " ".join(shown.split())[:200]
