"""Certificates of the listeners: loaded at the start, and again when their files change.

Failures: SetupError at the start; later the one that works is kept, and the operator is told.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Iterable
from pathlib import Path

import structlog

from helpdesk.app.prepare import SetupError
from helpdesk.ports import Alarms

INTERVAL = 60.0

log = structlog.get_logger("certificates")

_State = tuple[tuple[int, int, int] | None, ...]


class Certificate:
    """A certificate with its key; `context` is for good, what it presents may change."""

    def __init__(self, cert: Path, key: Path) -> None:
        self.cert = cert
        self._key = key
        self._state = self._look()
        self.context = self._load()
        self._current = self.context
        # Called in every handshake, with or without a name. A whole new context in the place of
        # this one: a certificate loaded into it would go to somebody without its key.
        self.context.sni_callback = self._present

    def _present(
        self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext
    ) -> None:
        connection.context = self._current

    def refresh(self) -> str:
        """Take what is in the files now; if that cannot be used, why not."""
        state = self._look()  # before loading: what changes meanwhile is seen the next time
        if state == self._state:
            return ""
        try:
            self._current = self._load()
        except SetupError as error:
            return str(error)
        self._state = state
        log.info("certificate changed", file=str(self.cert))
        return ""

    def _look(self) -> _State:
        return tuple(map(_version, (self.cert, self._key)))

    def _load(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.cert, self._key, password="")
        except (ssl.SSLError, OSError) as error:
            raise SetupError(
                f"{self.cert}: certificate and key cannot be used: {_words(error)} "
                "(both in PEM, the key without a password and belonging to the certificate)"
            ) from None
        return context


async def watch(
    certificates: Iterable[Certificate],
    stop: asyncio.Event,
    interval: float = INTERVAL,
    alarms: Alarms | None = None,
) -> None:
    """Look for changed files until told to stop."""
    # Not known at first: there may have been a complaint before the settings were taken anew.
    complaints: dict[Certificate, str | None] = dict.fromkeys(certificates)
    while not await _is_set(stop, interval):
        for each, before in complaints.items():
            complaint = await asyncio.to_thread(each.refresh)
            complaints[each] = complaint
            if complaint != before:
                _tell(each, complaint, alarms)


def cause_of(certificate: Certificate) -> str:
    """For alarms."""
    return f"certificate {certificate.cert}"


def _tell(certificate: Certificate, complaint: str, alarms: Alarms | None) -> None:
    cause = cause_of(certificate)
    if complaint:
        log.error("certificate not taken, the one before is kept", problem=complaint)
    if alarms is not None and complaint:
        alarms.tell(cause, complaint)
    elif alarms is not None:
        alarms.over(cause)


async def _is_set(stop: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()


def _version(file: Path) -> tuple[int, int, int] | None:
    """Other after every change; certbot changes where a link leads."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _words(error: OSError) -> str:
    """What OpenSSL or the system says, without the place in its code."""
    return (error.strerror or str(error)).partition(" (_ssl.c")[0]
