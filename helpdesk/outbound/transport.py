"""One delivery attempt by SMTP to the relay, over connections that are kept alive.

Standards: RFC 5321 §3.3 (transactions), §4.2 (replies), §4.5.2 (transparency); RFC 3207 (STARTTLS),
RFC 4954 (AUTH), RFC 1870 (SIZE), RFC 6531 (SMTPUTF8); XOAUTH2 as Google and Microsoft describe it.
Failures: what a refusal means stands in refusal.py; a relay that does not answer defers. The
operator is told of a refused login or reverse-path, and of a relay that stays away.
"""

import asyncio
import ipaddress
import re
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import aiosmtplib
import structlog

from helpdesk.core.token import LENGTH
from helpdesk.outbound.refusal import (
    CLOSING,
    LOGIN_TROUBLE,
    NEGATIVE,
    NULL_PATH_TROUBLE,
    POSITIVE,
    REVERSE_PATH_TROUBLE,
    START_INPUT,
    TROUBLE,
    Phase,
    Refused,
    detail_of,
    fault_of,
    outcome_of,
    path_trouble,
    trouble_of,
)
from helpdesk.ports import Alarms, Attempt, Delivery, Outcome, TokenRefused, TokenSource

log = structlog.get_logger()

CONNECTIONS = 4
IDLE_SECONDS = 60.0
LOGIN_PAUSE = 60.0
"""So long a refused login speaks for all mails: relays lock out who tries it again and again."""
RELAY_PAUSE = 5.0
"""So long a connection that failed speaks for the mails that waited for it."""
MOST_DOMAINS = 1000
"""Of recipients that are remembered as refused."""
PATIENCE = 15 * 60.0
"""Seconds without a connection after which the operator is told."""

_RELEASE = "then send what is held with: helpdesk queue outbox release"


class Tls(StrEnum):
    REQUIRED = "required"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that we wait in each phase (RFC 5321 §4.5.3.2 states the least)."""

    connect: float = 30
    command: float = 300
    data: float = 120
    # RFC 5321 §4.5.3.2.6 asks for 10 minutes; but the lease of the outbox entry ends then, and
    # another process would send the mail a second time.
    final: float = 480


@dataclass(frozen=True, slots=True)
class Relay:
    """Where we hand mail to, and how."""

    host: str
    port: int
    tls: Tls = Tls.REQUIRED
    user: str = ""
    password: str = field(default="", repr=False)
    tokens: TokenSource | None = field(default=None, repr=False)
    """XOAUTH2 instead of the password."""
    name: str = "localhost"
    """What we call ourselves in EHLO."""
    ca_file: Path | None = None
    """Certificates to trust instead of the system's."""
    connections: int = CONNECTIONS
    idle: float = IDLE_SECONDS
    timeouts: Timeouts = Timeouts()

    def __post_init__(self) -> None:
        if self.user and self.tls is Tls.NONE and not _is_loopback(self.host):
            raise ValueError("a login without TLS is allowed on the loopback interface only")
        if self.connections < 1:
            raise ValueError("at least one connection is needed")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# --- one connection -----------------------------------------------------------------------------


class _Connection:
    """A connection to the relay, ready for a mail transaction."""

    def __init__(self, relay: Relay, context: ssl.SSLContext | None) -> None:
        self._relay = relay
        self._is_fresh = True
        self.idle_since = 0.0
        self._smtp = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            local_hostname=relay.name,
            timeout=relay.timeouts.connect,
            use_tls=relay.tls is Tls.IMPLICIT,
            start_tls=relay.tls is Tls.REQUIRED,
            tls_context=context,
        )

    @property
    def is_open(self) -> bool:
        return self._smtp.is_connected

    async def open(self, token: str) -> None:
        """Greeting, TLS, EHLO and login; with the token if there is one."""
        phase = Phase.CONNECT
        try:
            async with asyncio.timeout(3 * self._relay.timeouts.connect):
                await self._smtp.connect()
                if self._smtp.is_ehlo_or_helo_needed:
                    await self._smtp.ehlo()
                if self._relay.user:
                    phase = Phase.LOGIN
                    await self._log_in(token)
        except aiosmtplib.SMTPAuthenticationError as error:
            # The text of the reply stays out: some servers repeat what they were told.
            attempt = Attempt(
                outcome_of(Phase.LOGIN, error.code, ""), f"login: refused with {error.code}"
            )
            trouble = LOGIN_TROUBLE if attempt.outcome is Outcome.HELD else ""
            raise Refused(attempt, lost=True, trouble=trouble) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            words = f"{type(error).__name__} {error}" if phase is Phase.CONNECT else "failed"
            raise Refused(Attempt(Outcome.DEFERRED, detail_of(phase, words)), lost=True) from error

    async def _log_in(self, token: str) -> None:
        user, password = self._relay.user, self._relay.password
        if token:
            await self._smtp.auth_xoauth2(user, token)
        elif "plain" in self._smtp.server_auth_methods:
            await self._smtp.auth_plain(user, password)
        else:
            await self._smtp.auth_login(user, password)

    async def send(self, delivery: Delivery) -> str:
        """One mail transaction; what the relay said at its end."""
        limit = self._smtp.esmtp_extensions.get("size", "")
        options = []
        if "size" in self._smtp.esmtp_extensions:
            size = len(delivery.content)
            if limit.isdecimal() and 0 < int(limit[:20]) < size:
                detail = f"the relay takes {limit[:20]} octets, the mail has {size}"
                raise Refused(Attempt(Outcome.HELD, detail))
            options.append(b"SIZE=%d" % size)
        path = b"FROM:<%s>" % delivery.reverse_path.encode()
        await self._command(Phase.REVERSE_PATH, delivery, b"MAIL", path, *options)
        self._is_fresh = False
        path = b"TO:<%s>" % delivery.recipient.encode()
        await self._command(Phase.RECIPIENT, delivery, b"RCPT", path)
        await self._command(Phase.DATA, delivery, b"DATA")
        return await self._content(delivery)

    async def _command(self, phase: Phase, delivery: Delivery, *words: bytes) -> None:
        timeouts = self._relay.timeouts
        timeout = timeouts.data if phase is Phase.DATA else timeouts.command
        try:
            reply = await self._smtp.execute_command(*words, timeout=timeout)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._broken(phase, error) from error
        self._check(phase, reply.code, reply.message, delivery)
        if self._is_out_of_step():
            detail = detail_of(phase, "more than one reply")
            raise Refused(Attempt(Outcome.DEFERRED, detail), lost=True)

    def _is_out_of_step(self) -> bool:
        """More than one reply came. The library would take the rest for the next command's, and so
        a 250 sent too early for the one after the final dot.
        """
        protocol = self._smtp.protocol
        return protocol is not None and bool(protocol._buffer)  # noqa: SLF001 -- nothing public tells

    async def _content(self, delivery: Delivery) -> str:
        protocol = self._smtp.protocol
        try:
            if protocol is None:
                raise aiosmtplib.SMTPServerDisconnected("Connection lost")
            protocol.write(_transparent(delivery.content))
            reply = await protocol.read_response(timeout=self._relay.timeouts.final)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._broken(Phase.CONTENT, error) from error
        self._check(Phase.CONTENT, reply.code, reply.message, delivery)
        if self._is_out_of_step():
            self.abort()
        return reply.message

    def _check(self, phase: Phase, code: int, text: str, delivery: Delivery) -> None:
        if code in (START_INPUT if phase is Phase.DATA else POSITIVE):
            return
        recipient = "" if phase is Phase.REVERSE_PATH else delivery.recipient
        attempt = Attempt(
            outcome_of(phase, code, text), detail_of(phase, f"{code} {text}", recipient)
        )
        stale = code == CLOSING and phase is Phase.REVERSE_PATH and not self._is_fresh
        # A positive reply at the wrong place: we and the relay no longer speak of the same command.
        lost = code == CLOSING or code not in NEGATIVE
        trouble = trouble_of(phase, code, text, is_null=not delivery.reverse_path)
        raise Refused(attempt, lost=lost, nothing_sent=stale, trouble=trouble, phase=phase)

    def _broken(self, phase: Phase, error: Exception) -> Refused:
        stale = (
            phase is Phase.REVERSE_PATH
            and not self._is_fresh
            and isinstance(error, ConnectionError)
        )
        unknown = "; whether it arrived is not known" if phase is Phase.CONTENT else ""
        detail = detail_of(phase, f"{type(error).__name__} {error}") + unknown
        return Refused(Attempt(Outcome.DEFERRED, detail), lost=True, nothing_sent=stale)

    async def reset(self) -> None:
        """Forget a refused transaction; a connection that cannot is closed."""
        try:
            await self._smtp.rset(timeout=self._relay.timeouts.connect)
        except (aiosmtplib.SMTPException, OSError):
            self.abort()

    async def quit(self) -> None:
        try:
            await self._smtp.quit(timeout=1)
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        self._smtp.close()


def _transparent(content: bytes) -> bytes:
    """The content as it goes over the wire (RFC 5321 §4.5.2)."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")


# --- the relay ----------------------------------------------------------------------------------


_TOKEN = re.compile(rf"(?:^|[^A-Za-z0-9])[A-Za-z2-7]{{{LENGTH}}}$")
"""The part of a reverse-path that is another one for each mail."""


def _owner(path: str) -> str:
    """Whose reverse-path it is: of which desk, or of the domain for tokens."""
    local_part, _, domain = path.rpartition("@")
    return f"{_TOKEN.sub('', local_part)}@{domain}".lower()


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


class _Nobody:
    """Alarms that nobody hears; the log and the outbox tell of the same."""

    def tell(self, cause: str, words: str) -> None:
        pass

    def over(self, cause: str) -> None:
        pass


class SmtpTransport:
    """A relay behind a few connections that are kept alive."""

    def __init__(
        self,
        relay: Relay,
        *,
        alarms: Alarms | None = None,
        pause: float = RELAY_PAUSE,
        patience: float = PATIENCE,
    ) -> None:
        self._relay = relay
        self._alarms = alarms or _Nobody()
        self._patience = patience
        self._down_since: float | None = None
        self._refused_paths: set[str] = set()
        """Whose reverse-paths were not taken; with several desks it may be those of one."""
        self._refused_domains: set[str] = set()
        """Of recipients; a relay that takes mail for its own domains may take none for others."""
        self._context = _tls_context(relay)
        self._pause = pause
        self._free = asyncio.Semaphore(relay.connections)
        self._idle: list[_Connection] = []
        self._sweeper: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._trouble = Attempt(Outcome.DEFERRED)
        self._trouble_until = 0.0

    async def deliver(self, delivery: Delivery) -> Attempt:
        fault = fault_of(delivery)
        if fault is not None:
            return fault
        async with self._free:
            try:
                attempt = await self._attempt(delivery)
            except Refused as refused:
                self._remember_whose(refused, delivery)
                if refused.trouble:
                    self._tell(refused.trouble, refused.attempt.detail)
                return refused.attempt
        self._refused_paths.discard(_owner(delivery.reverse_path))
        self._refused_domains.discard(_domain(delivery.recipient))
        if not delivery.reverse_path or self._refused_paths <= {_owner("")}:
            self._alarms.over(path_trouble(is_null=not delivery.reverse_path))
        # A login that was not refused says little where the relay refuses the mail for want of one.
        if not self._refused_domains:
            self._alarms.over(LOGIN_TROUBLE)
        return attempt

    def _remember_whose(self, refused: Refused, delivery: Delivery) -> None:
        if refused.trouble in {REVERSE_PATH_TROUBLE, NULL_PATH_TROUBLE}:
            self._refused_paths.add(_owner(delivery.reverse_path))
        is_of_domain = refused.trouble == LOGIN_TROUBLE and refused.phase is Phase.RECIPIENT
        if is_of_domain and len(self._refused_domains) < MOST_DOMAINS:
            self._refused_domains.add(_domain(delivery.recipient))

    def _tell(self, trouble: str, detail: str) -> None:
        """Words for the operator: what is wrong, and what to do."""
        host = self._relay.host
        words = {
            TROUBLE: f"the relay {host} cannot be reached; mail waits and is tried again",
            LOGIN_TROUBLE: f"the relay {host} does not take our login, so mail is held; correct "
            f"the login in [relay], {_RELEASE}",
            REVERSE_PATH_TROUBLE: f"the relay {host} refuses our reverse-path, so mail is held; "
            f'allow it there, or set reverse_path = "desk" in [relay], {_RELEASE}',
            NULL_PATH_TROUBLE: f"the relay {host} refuses the null reverse-path, so confirmations "
            f'are held; allow it there, or set reverse_path = "desk" in [relay], {_RELEASE}',
        }
        self._alarms.tell(trouble, f"{words[trouble]} ({detail})")

    async def _attempt(self, delivery: Delivery) -> Attempt:
        connection = self._take()
        if connection is not None:
            try:
                return await self._send(connection, delivery)
            except Refused as refused:
                if not refused.nothing_sent:
                    raise
        return await self._send(await self._open(), delivery)

    async def _send(self, connection: _Connection, delivery: Delivery) -> Attempt:
        is_reusable = False
        try:
            said = await connection.send(delivery)
            is_reusable = True
        except Refused as refused:
            if not refused.lost:
                await connection.reset()
                is_reusable = True
            raise
        finally:
            if is_reusable and connection.is_open:
                self._keep(connection)
            else:
                connection.abort()
        return Attempt(Outcome.DELIVERED, detail_of(Phase.CONTENT, said, delivery.recipient))

    async def _open(self) -> _Connection:
        now = asyncio.get_running_loop().time()
        if now < self._trouble_until:
            raise Refused(self._trouble, lost=True)
        try:
            connection = await self._log_in()
        except Refused as refused:
            self._remember(refused.attempt)
            raise
        self._down_since = None
        self._alarms.over(TROUBLE)
        return connection

    async def _log_in(self) -> _Connection:
        """A new connection; a token that is not taken may only have come to its end."""
        tokens = self._relay.tokens
        if tokens is None:
            return await self._connect("")
        try:
            return await self._connect(await _token(tokens))
        except Refused as refused:
            if refused.trouble != LOGIN_TROUBLE or isinstance(refused.__cause__, TokenRefused):
                raise
        tokens.forget()
        return await self._connect(await _token(tokens))

    async def _connect(self, token: str) -> _Connection:
        connection = _Connection(self._relay, self._context)
        try:
            await connection.open(token)
        except BaseException:
            connection.abort()
            raise
        return connection

    def _remember(self, trouble: Attempt) -> None:
        now = asyncio.get_running_loop().time()
        if trouble.outcome is Outcome.HELD:
            self._down_since = None  # It was reached.
        else:
            self._down_since = now if self._down_since is None else self._down_since
            if now - self._down_since >= self._patience:
                self._tell(TROUBLE, trouble.detail)
        pause = LOGIN_PAUSE if trouble.outcome is Outcome.HELD else self._pause
        self._trouble = trouble
        self._trouble_until = now + pause
        log.warning("relay trouble", outcome=trouble.outcome.value, detail=trouble.detail)

    def _take(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        return None

    def _keep(self, connection: _Connection) -> None:
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._sweeper is None:
            self._sweeper = loop.call_later(self._relay.idle, self._sweep)

    def _sweep(self) -> None:
        """Close what was idle for too long, and look again when the next one may have been."""
        loop = asyncio.get_running_loop()
        old = [c for c in self._idle if loop.time() - c.idle_since >= self._relay.idle]
        self._idle = [c for c in self._idle if c not in old]
        for connection in old:
            task = loop.create_task(connection.quit())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        self._sweeper = None
        if self._idle:
            oldest = min(c.idle_since for c in self._idle)
            self._sweeper = loop.call_at(oldest + self._relay.idle, self._sweep)

    async def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.quit() for connection in idle), *self._closing)


async def _token(tokens: TokenSource) -> str:
    try:
        return await tokens.token()
    except TokenRefused as error:
        outcome = Outcome.DEFERRED if error.is_temporary else Outcome.HELD
        attempt = Attempt(outcome, detail_of(Phase.LOGIN, str(error)))
        trouble = "" if error.is_temporary else LOGIN_TROUBLE
        raise Refused(attempt, lost=True, trouble=trouble) from error


def _tls_context(relay: Relay) -> ssl.SSLContext | None:
    if relay.tls is Tls.NONE:
        return None
    context = ssl.create_default_context(cafile=relay.ca_file and str(relay.ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
