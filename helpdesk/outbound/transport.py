"""One delivery attempt: by SMTP to the relay, or into a Maildir for trying things out.

Standards: RFC 5321 §3.3 (transactions), §4.2 (replies), §4.4 (Return-Path), §4.5.2 (transparency);
RFC 3207 (STARTTLS), RFC 4954 (AUTH), RFC 1870 (SIZE), RFC 6531 (SMTPUTF8); XOAUTH2 as Google and
Microsoft describe it.
Failures: 5xx for the recipient or the content is failed; 5xx for the reverse-path, the login or the
size is held, for only the operator can mend it; 4xx and everything unknown is deferred. The
operator is told of a refused login or reverse-path, and of a relay that stays away.
"""

import asyncio
import errno
import ipaddress
import itertools
import os
import re
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import aiosmtplib
import structlog

from helpdesk.core.address import normalize
from helpdesk.core.token import LENGTH
from helpdesk.ports import Alarms, Attempt, Delivery, Outcome, TokenRefused, TokenSource

log = structlog.get_logger()

CONNECTIONS = 4
IDLE_SECONDS = 60.0
LONGEST_DETAIL = 400
LOGIN_PAUSE = 60.0
"""So long a refused login speaks for all mails: relays lock out who tries it again and again."""
RELAY_PAUSE = 5.0
"""So long a connection that failed speaks for the mails that waited for it."""
MOST_DOMAINS = 1000
"""Of recipients that are remembered as refused."""
PATIENCE = 15 * 60.0
"""Seconds without a connection after which the operator is told."""

TROUBLE = "relay"
LOGIN_TROUBLE = "relay login"
REVERSE_PATH_TROUBLE = "relay reverse-path"
NULL_PATH_TROUBLE = "relay null reverse-path"
TROUBLES = frozenset({TROUBLE, LOGIN_TROUBLE, REVERSE_PATH_TROUBLE, NULL_PATH_TROUBLE})
"""Causes of which the operator is told."""
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


# --- what a reply means -------------------------------------------------------------------------


class Phase(StrEnum):
    CONNECT = "connect"
    LOGIN = "login"
    REVERSE_PATH = "reverse-path"
    RECIPIENT = "recipient"
    DATA = "data"
    CONTENT = "content"


_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_OF_CLIENT = re.compile(r"(?i)\brelay(?:ing)?\b|\bclient host\b|\bhelo command rejected\b")
_OF_SENDER = re.compile(
    r"(?i)\bsender address rejected\b|\bsender verify failed\b|\bsend ?as ?denied\b"
    r"|\b(?:permissions?|allowed) to send as\b"
)
"""So Postfix (smtpd_delay_reject), Exim and Exchange refuse whom a mail is from, no sooner than at
its recipient or at its end."""
_STATUS_OF_RECIPIENT = re.compile(r"\s*5\.1\.(?:[0-6]|10)\b")
_STATUS_OF_SENDER = re.compile(r"\s*5\.1\.[78]\b")
"""RFC 3463 §3.2."""
_NEEDS_LOGIN = frozenset({530, 534, 535, 538})
_SIZE_EXCEEDED = 552
_CLOSING = 421
_POSITIVE = range(250, 260)
_START_INPUT = range(354, 355)
_NEGATIVE = range(400, 600)
_PERMANENT = range(500, 600)


def _verdict(phase: Phase, code: int, text: str) -> Outcome:
    """What a refusal in this phase means for the mail."""
    if code not in _PERMANENT:
        return Outcome.DEFERRED
    if phase is Phase.CONNECT:
        return Outcome.DEFERRED  # It says nothing about this mail, and may pass.
    if phase in {Phase.LOGIN, Phase.REVERSE_PATH} or code in _NEEDS_LOGIN or is_of_sender(text):
        return Outcome.HELD
    status = _ENHANCED.match(text)
    enhanced = status[1] if status else ""
    # RFC 3463 §3.4: 5.3.4 is the relay's own limit, 5.2.2 and 5.2.3 are the recipient's. Without a
    # status, 552 to RCPT is a full mailbox and 552 to the content is its size (RFC 5321 §4.2.3).
    if enhanced == "5.3.4" or (
        code == _SIZE_EXCEEDED and not enhanced and phase is not Phase.RECIPIENT
    ):
        return Outcome.HELD
    # A relay that knows neither us nor the recipient refuses each RCPT: no fault of the recipient.
    if phase is Phase.RECIPIENT and is_of_client(text):
        return Outcome.HELD
    return Outcome.FAILED


def is_of_client(text: str) -> bool:
    """Whether a refusal is about us, who hand the mail in."""
    # Postfix: "5.1.1 ... User unknown in relay recipient table".
    return _OF_CLIENT.search(text) is not None and not _STATUS_OF_RECIPIENT.match(text)


def is_of_sender(text: str) -> bool:
    """Whether a refusal is about whom the mail is from."""
    return bool(_OF_SENDER.search(text) or _STATUS_OF_SENDER.match(text))


def _trouble(phase: Phase, code: int, text: str, *, is_null: bool) -> str:
    """What the operator has to mend after this refusal, if there is anything."""
    if code not in _PERMANENT:
        return ""
    if code in _NEEDS_LOGIN or (phase is Phase.RECIPIENT and is_of_client(text)):
        return LOGIN_TROUBLE
    if is_of_sender(text):
        return _path_trouble(is_null=is_null)
    if phase is Phase.REVERSE_PATH and _verdict(phase, code, text) is Outcome.HELD:
        is_size = code == _SIZE_EXCEEDED or text.lstrip().startswith("5.3.4")
        return "" if is_size else _path_trouble(is_null=is_null)
    return ""


_TOKEN = re.compile(rf"(?:^|[^A-Za-z0-9])[A-Za-z2-7]{{{LENGTH}}}$")
"""The part of a reverse-path that is another one for each mail."""


def _owner(path: str) -> str:
    """Whose reverse-path it is: of which desk, or of the domain for tokens."""
    local_part, _, domain = path.rpartition("@")
    return f"{_TOKEN.sub('', local_part)}@{domain}".lower()


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _path_trouble(*, is_null: bool) -> str:
    return NULL_PATH_TROUBLE if is_null else REVERSE_PATH_TROUBLE


_ADDRESS = re.compile(r"[^\s<>@\"'(),:;]{1,256}@[^\s<>@\"'(),:;]{1,256}")


def _detail(phase: Phase, words: str, recipient: str = "") -> str:
    """One printable line for the operator; of all addresses only the recipient's may stay."""
    line = " ".join("".join(c if c.isprintable() else " " for c in words[:4000]).split())

    def hide(match: re.Match[str]) -> str:
        return match[0] if match[0].lower() == recipient.lower() else "(address)"

    return f"{phase}: {_ADDRESS.sub(hide, line)}"[:LONGEST_DETAIL]


class _Refused(Exception):  # noqa: N818 -- the word of the table, as in the docs
    """The relay said no, said nothing, or said something that is no reply."""

    def __init__(
        self,
        attempt: Attempt,
        *,
        lost: bool = False,
        nothing_sent: bool = False,
        trouble: str = "",
        phase: Phase = Phase.CONNECT,
    ) -> None:
        super().__init__(attempt.detail)
        self.attempt = attempt
        self.phase = phase
        self.trouble = trouble
        """What the operator has to mend."""
        self.lost = lost
        """The connection is of no more use."""
        self.nothing_sent = nothing_sent
        """The relay had closed the connection before it heard of this mail."""


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
                _verdict(Phase.LOGIN, error.code, ""), f"login: refused with {error.code}"
            )
            trouble = LOGIN_TROUBLE if attempt.outcome is Outcome.HELD else ""
            raise _Refused(attempt, lost=True, trouble=trouble) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            words = f"{type(error).__name__} {error}" if phase is Phase.CONNECT else "failed"
            raise _Refused(Attempt(Outcome.DEFERRED, _detail(phase, words)), lost=True) from error

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
                raise _Refused(Attempt(Outcome.HELD, detail))
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
            detail = _detail(phase, "more than one reply")
            raise _Refused(Attempt(Outcome.DEFERRED, detail), lost=True)

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
        if code in (_START_INPUT if phase is Phase.DATA else _POSITIVE):
            return
        recipient = "" if phase is Phase.REVERSE_PATH else delivery.recipient
        attempt = Attempt(_verdict(phase, code, text), _detail(phase, f"{code} {text}", recipient))
        stale = code == _CLOSING and phase is Phase.REVERSE_PATH and not self._is_fresh
        # A positive reply at the wrong place: we and the relay no longer speak of the same command.
        lost = code == _CLOSING or code not in _NEGATIVE
        trouble = _trouble(phase, code, text, is_null=not delivery.reverse_path)
        raise _Refused(attempt, lost=lost, nothing_sent=stale, trouble=trouble, phase=phase)

    def _broken(self, phase: Phase, error: Exception) -> _Refused:
        stale = (
            phase is Phase.REVERSE_PATH
            and not self._is_fresh
            and isinstance(error, ConnectionError)
        )
        unknown = "; whether it arrived is not known" if phase is Phase.CONTENT else ""
        detail = _detail(phase, f"{type(error).__name__} {error}") + unknown
        return _Refused(Attempt(Outcome.DEFERRED, detail), lost=True, nothing_sent=stale)

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


def _is_ready(address: str) -> bool:
    """Whether it can stand between angle brackets: one address, its domain in A-labels."""
    return address.isascii() and normalize(address) != ""


def _fault(delivery: Delivery) -> Attempt | None:
    """Why a delivery must not reach the wire at all."""
    reverse_path, recipient = delivery.reverse_path, delivery.recipient
    if reverse_path and not _is_ready(reverse_path):
        return Attempt(Outcome.HELD, "our reverse-path is not an address")
    if not _is_ready(recipient):
        return Attempt(Outcome.FAILED, "recipient is not an address")
    # A bare CR or LF is the end of a line to some servers only: smuggled mail.
    rest = delivery.content.replace(b"\r\n", b"")
    if b"\r" in rest or b"\n" in rest:
        return Attempt(Outcome.HELD, "the mail has a bare CR or LF")
    return None


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
        fault = _fault(delivery)
        if fault is not None:
            return fault
        async with self._free:
            try:
                attempt = await self._attempt(delivery)
            except _Refused as refused:
                self._remember_whose(refused, delivery)
                if refused.trouble:
                    self._tell(refused.trouble, refused.attempt.detail)
                return refused.attempt
        self._refused_paths.discard(_owner(delivery.reverse_path))
        self._refused_domains.discard(_domain(delivery.recipient))
        if not delivery.reverse_path or self._refused_paths <= {_owner("")}:
            self._alarms.over(_path_trouble(is_null=not delivery.reverse_path))
        # A login that was not refused says little where the relay refuses the mail for want of one.
        if not self._refused_domains:
            self._alarms.over(LOGIN_TROUBLE)
        return attempt

    def _remember_whose(self, refused: _Refused, delivery: Delivery) -> None:
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
            except _Refused as refused:
                if not refused.nothing_sent:
                    raise
        return await self._send(await self._open(), delivery)

    async def _send(self, connection: _Connection, delivery: Delivery) -> Attempt:
        is_reusable = False
        try:
            said = await connection.send(delivery)
            is_reusable = True
        except _Refused as refused:
            if not refused.lost:
                await connection.reset()
                is_reusable = True
            raise
        finally:
            if is_reusable and connection.is_open:
                self._keep(connection)
            else:
                connection.abort()
        return Attempt(Outcome.DELIVERED, _detail(Phase.CONTENT, said, delivery.recipient))

    async def _open(self) -> _Connection:
        now = asyncio.get_running_loop().time()
        if now < self._trouble_until:
            raise _Refused(self._trouble, lost=True)
        try:
            connection = await self._log_in()
        except _Refused as refused:
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
        except _Refused as refused:
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
        attempt = Attempt(outcome, _detail(Phase.LOGIN, str(error)))
        trouble = "" if error.is_temporary else LOGIN_TROUBLE
        raise _Refused(attempt, lost=True, trouble=trouble) from error


def _tls_context(relay: Relay) -> ssl.SSLContext | None:
    if relay.tls is Tls.NONE:
        return None
    context = ssl.create_default_context(cafile=relay.ca_file and str(relay.ca_file))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


# --- Maildir ------------------------------------------------------------------------------------


class MaildirTransport:
    """Puts mail into a Maildir, as a final delivery does.

    Mails that come at the same time share one sync of the directory.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[tuple[Delivery, asyncio.Future[Attempt]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._counter = itertools.count()
        # "/" and ":" have a meaning in names of Maildir files.
        self._host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())

    async def deliver(self, delivery: Delivery) -> Attempt:
        fault = _fault(delivery)
        if fault is not None:
            return fault
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Attempt] = loop.create_future()
        self._waiting.append((delivery, future))
        if self._writer is None or self._writer.done():
            self._writer = loop.create_task(self._write_waiting())
        return await future

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            deliveries = [delivery for delivery, _ in batch]
            try:
                attempts = await asyncio.to_thread(self._write, deliveries)
            except BaseException:
                for _, future in batch:
                    future.set_exception(RuntimeError("the Maildir writer was stopped"))
                raise
            for (_, future), attempt in zip(batch, attempts, strict=True):
                if not future.done():
                    future.set_result(attempt)

    def _write(self, deliveries: Sequence[Delivery]) -> list[Attempt]:
        try:
            for name in ("", "tmp", "new", "cur"):
                (self._path / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            return [_could_not_write(error)] * len(deliveries)
        attempts = [self._write_one(delivery) for delivery in deliveries]
        try:
            _sync_directory(self._path / "new")
        except OSError as error:
            return [_could_not_write(error)] * len(deliveries)
        return attempts

    def _write_one(self, delivery: Delivery) -> Attempt:
        now = time.time_ns()
        seconds, nanoseconds = divmod(now, 10**9)
        unique = f"M{nanoseconds // 1000}P{os.getpid()}Q{next(self._counter)}"
        name = f"{seconds}.{unique}.{self._host}"
        temporary = self._path / "tmp" / name
        # RFC 5321 §4.4: the final delivery keeps the reverse-path on top.
        trace = f"Return-Path: <{delivery.reverse_path}>\nDelivered-To: {delivery.recipient}\n"
        # Mail clients expect the line ends of the system in a Maildir.
        content = trace.encode() + delivery.content.replace(b"\r\n", b"\n")
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(self._path / "new" / name)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            return _could_not_write(error)
        return Attempt(Outcome.DELIVERED, f"maildir: {name}")


def _could_not_write(error: OSError) -> Attempt:
    reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return Attempt(Outcome.DEFERRED, f"maildir: {reason}")


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
