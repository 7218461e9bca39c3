"""One SMTP or LMTP session: takes mail from another server and hands it to the one door.

Standards: RFC 5321 (SMTP), RFC 2033 (LMTP), RFC 1870 (SIZE), RFC 2034 (ENHANCEDSTATUSCODES),
RFC 2920 (PIPELINING), RFC 3207 (STARTTLS), RFC 4954 (AUTH), RFC 6152 (8BITMIME),
RFC 6531 (SMTPUTF8), RFC 8314 (TLS from the first byte).
Failures: every fault of ours is a 4xx reply of fixed words; the client keeps its mail. A mail of
which the final dot came is handed over whatever the client does next.
"""

import asyncio
import contextlib
import re
import ssl
from asyncio import sslproto
from collections.abc import Iterable, Iterator
from typing import Protocol, cast

import structlog
from aiosmtpd.smtp import SMTP, Envelope

from helpdesk.core import reply as replies
from helpdesk.core.mail import Envelope as MailEnvelope
from helpdesk.core.reply import Reply
from helpdesk.inbound.command import XTEXT, Refused, read_mail, read_path
from helpdesk.inbound.data import DataScanner, Spool
from helpdesk.inbound.intake import refuse
from helpdesk.inbound.limits import MIB, ListenerSettings, one_customer, peer_address
from helpdesk.inbound.login import (
    MECHANISMS,
    Credentials,
    FailedLogins,
    MalformedError,
    encode,
    exchange,
)
from helpdesk.ports import Raw

log = structlog.get_logger(__name__)

CHUNK = MIB  # more than the stream reader ever holds, so that one read takes all there is
OVERRUN = 64 * 1024
"""So much beyond the size limit is read in the hope of the final dot."""
COMMAND_OCTETS = 4096
"""RFC 5321 §4.5.3.1.4 asks for 512 and what the parameters need."""
ENDLESS_COMMAND_OCTETS = 64 * 1024
LINGER_SECONDS = 2.0
LINGER_OCTETS = 8 * MIB
ABORT_SECONDS = 5.0
RESPONSE_OCTETS = 12_288
"""RFC 4954 §4 holds so much to be enough for one response."""

CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class Listening(Protocol):
    """Whose session it is."""

    settings: ListenerSettings
    failed_logins: FailedLogins
    is_closing: bool

    def admit(self, session: "Session", peer: str) -> bool: ...

    def release(self, session: "Session", peer: str) -> None: ...

    def hand_over(
        self, envelope: MailEnvelope, peer: str, user: str | None, raw: Raw
    ) -> "asyncio.Task[Reply]": ...


class Session(SMTP):
    """One connection. What is kept here, and not in aiosmtpd's session, outlives STARTTLS."""

    line_length_limit = 16 * 1024  # of the stream reader: no line is read through it

    def __init__(self, listener: Listening, loop: asyncio.AbstractEventLoop) -> None:
        self._listener = listener
        self._settings = listener.settings
        self.command_size_limits = {}  # aiosmtpd shares one between all connections
        super().__init__(
            None,
            data_size_limit=self._settings.size_limit,
            enable_SMTPUTF8=True,
            hostname=self._settings.hostname,
            tls_context=self._settings.tls,
            timeout=self._settings.idle_timeout,
            loop=loop,
        )
        self._peer = ""
        self._is_admitted = False
        self._unread = bytearray()
        self._unsent = bytearray()
        self._commands = 0
        self._errors = 0
        self._is_ending = False
        self._is_cut_off = False
        self._is_retiring = False
        self._connected_at = loop.time()
        self._has_begun = False
        self._is_in_tls = False
        self._is_waiting = False
        self._is_kept_waiting = False
        self._user = ""
        self._submitter: str | None = ""
        self._failed_logins = 0
        self._active_at = 0.0
        self._data_since: float | None = None
        self._data_octets = 0

    def __dir__(self) -> Iterable[str]:
        # aiosmtpd searches dir() of every new connection for methods called smtp_ and auth_.
        methods = LMTP_METHODS if self._settings.lmtp else SMTP_METHODS
        return methods if self._settings.authenticate is None else (*methods, "smtp_AUTH")

    # Connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._active_at = self.loop.time()
        if self._tls_protocol is not None:  # the handshake is done (RFC 3207 §4.2)
            self._is_in_tls = True
            super().connection_made(transport)
            return
        self._peer = peer_address(transport.get_extra_info("peername"))
        stream = cast(asyncio.Transport, transport)
        is_implicit = self._settings.implicit_tls
        if self._listener.admit(self, self._peer):
            self._is_admitted = True
            self._is_retiring = self._listener.is_closing
            if is_implicit:
                # As after STARTTLS, so that who is slow at it has taken a place already.
                self._start_tls(stream)
            else:
                super().connection_made(transport)
            return
        if not is_implicit:  # else nobody could read it
            stream.write(f"{replies.TOO_MANY_CONNECTIONS}\r\n".encode())
        stream.close()

    def _start_tls(self, stream: asyncio.Transport) -> "asyncio.Future[None]":
        """Put TLS between the stream and this session, which `connection_made` tells of it."""
        done = self.loop.create_future()
        self._original_transport = stream
        self._tls_protocol = sslproto.SSLProtocol(
            self.loop,
            self,
            cast(ssl.SSLContext, self.tls_context),
            done,
            server_side=True,
            ssl_handshake_timeout=cast(int, self._settings.handshake_timeout),
        )
        done.add_done_callback(self._end_handshake)
        stream.set_protocol(self._tls_protocol)
        self._tls_protocol.connection_made(stream)
        return done

    def _end_handshake(self, done: "asyncio.Future[None]") -> None:
        """Whoever did not come through the handshake gives the place back."""
        error = None if done.cancelled() else done.exception()
        if self._is_in_tls:
            return
        log.debug("no TLS", listener=self._settings.name, error=type(error).__name__)
        self.abort()
        # Nobody else will call it.
        if self.transport is not None:
            self.connection_lost(None)
        elif self._is_admitted:
            self._is_admitted = False
            self._listener.release(self, self._peer)

    def connection_lost(self, error: Exception | None) -> None:
        if self._is_admitted:
            self._is_admitted = False
            self._listener.release(self, self._peer)
            super().connection_lost(error)

    def eof_received(self) -> bool:
        # aiosmtpd would cancel the session, but a client may close its side and wait for the reply.
        is_kept_open = asyncio.StreamReaderProtocol.eof_received(self)
        return bool(is_kept_open) and self._tls_protocol is None

    def _timeout_cb(self) -> None:
        """The timer ran down; it is not moved at every command, so look whether it is time."""
        now = self.loop.time()
        settings = self._settings
        deadline = self._active_at + settings.idle_timeout
        if self._data_since is not None:
            patience = min(self._data_octets / settings.data_min_rate, settings.data_timeout)
            deadline = min(deadline, self._data_since + settings.idle_timeout + patience)
        if self._is_kept_waiting:  # the client waits for us
            deadline = now + settings.idle_timeout
        if deadline > now:
            self._reset_timeout(min(deadline - now, settings.idle_timeout))
        else:
            self.dismiss(replies.IDLE_TOO_LONG)

    def is_new(self, seconds: float) -> bool:
        """Connected no longer ago, and has not begun a transaction yet."""
        return not self._has_begun and self.loop.time() - self._connected_at < seconds

    def retire(self) -> None:
        """End as soon as no transaction is open."""
        self._is_retiring = True
        if self._is_waiting and not self._unread and not self._has_transaction:
            self.dismiss(replies.SHUTTING_DOWN)

    def dismiss(self, reply: Reply) -> None:
        """End now, from outside of the session's own task."""
        if self._tls_protocol is not None and not self._is_in_tls:
            self.abort()  # in the middle of a handshake nobody could read it
            return
        self._say(reply)
        self._write_unsent()
        self._hang_up()

    def abort(self) -> None:
        stream = self._original_transport or self.transport
        if stream is not None:
            cast(asyncio.Transport, stream).abort()

    def _hang_up(self) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        self.transport.close()
        stream = cast(asyncio.Transport, self._original_transport or self.transport)
        if self._tls_protocol is not None or stream.get_write_buffer_size():
            # A client that does not read, or does not end TLS, may not keep its place.
            self.loop.call_later(ABORT_SECONDS, stream.abort)

    @property
    def task(self) -> "asyncio.Task[None] | None":
        return self._handler_coroutine

    @property
    def _has_transaction(self) -> bool:
        return self._current.mail_from is not None

    @property
    def _current(self) -> Envelope:
        return cast(Envelope, self.envelope)  # set as soon as there is a connection

    # Commands and replies

    async def _handle_client(self) -> None:
        """Serve the connection until it ends; aiosmtpd starts it."""
        try:
            if self._is_retiring:
                self._say(replies.SHUTTING_DOWN)
                self._is_ending = True
            else:
                kind = "LMTP" if self._settings.lmtp else "ESMTP"
                self._unsent += f"220 {self.hostname} {kind}\r\n".encode()
            while not self._is_ending:
                line = await self._read_command()
                if line is None:
                    break
                await self._serve(line)
                if self._is_retiring and not self._has_transaction and not self._is_ending:
                    self._say(replies.SHUTTING_DOWN)
                    self._is_ending = True
            await self._flush()
            if self._is_cut_off:
                await self._linger()
        except ConnectionError:
            pass  # the client is gone, and what it wanted is done or was never promised
        finally:
            self._hang_up()

    async def _read_command(self) -> bytearray | None:
        """The next line with its line end; None when the client has nothing more to say."""
        searched = 0
        while (end := self._unread.find(b"\n", searched)) < 0:
            searched = len(self._unread)
            if searched > ENDLESS_COMMAND_OCTETS:
                self._unread.clear()
                self._end(replies.COMMAND_TOO_LONG)
                return None
            await self._flush()
            self._is_waiting = True
            try:
                chunk = await self._reader.read(CHUNK)
            finally:
                self._is_waiting = False
            if not chunk:
                return None
            self._unread += chunk
        line = self._unread[: end + 1]
        del self._unread[: end + 1]
        self._active_at = self.loop.time()
        return line

    async def _serve(self, line: bytearray) -> None:
        self._commands += 1
        try:
            await self._obey(line)
        except Refused as refusal:
            # RFC 5321 §4.5.3.1.10: a client with too many recipients goes on with the others.
            self._errors += not refusal.reply.is_temporary
            self._say(refusal.reply)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 -- any fault of ours is temporary to the client
            self._errors += 1
            self._say(refuse(error, "command failed", listener=self._settings.name))
        if self._is_ending:
            return
        if self._errors >= self._settings.max_errors:
            self._end(replies.TOO_MANY_ERRORS)
        elif self._commands >= self._settings.max_commands:
            self._end(replies.TOO_MANY_COMMANDS)

    async def _obey(self, line: bytearray) -> None:
        if not line.endswith(b"\r\n"):
            raise Refused(replies.BARE_LINE_FEED)
        del line[-2:]
        if len(line) > COMMAND_OCTETS:
            raise Refused(replies.COMMAND_TOO_LONG)
        if CONTROL.search(line):
            raise Refused(replies.BAD_CHARACTER)
        verb, _, argument = line.partition(b" ")
        method = self._smtp_methods.get(verb.decode("ascii", "replace").upper())
        if method is None:
            raise Refused(replies.UNKNOWN_COMMAND)
        try:
            text = argument.decode()
        except UnicodeDecodeError:
            raise Refused(UNREADABLE.get(method.__name__, replies.BAD_CHARACTER)) from None
        await method(text.strip(" "))

    def _set_rset_state(self) -> None:
        self.envelope = self._create_envelope()

    def _say(self, reply: Reply) -> None:
        self._unsent += f"{reply}\r\n".encode("ascii")

    def _end(self, reply: Reply) -> None:
        """Say it and end, although the client may still be talking."""
        self._say(reply)
        self._is_ending = self._is_cut_off = True

    def _write_unsent(self) -> None:
        if self._unsent and self.transport is not None:
            self._writer.write(bytes(self._unsent))
            self._unsent.clear()

    async def _flush(self) -> None:
        """Replies go out together when there is no command left to read (RFC 2920 §3.2)."""
        if self._unsent:
            self._write_unsent()
            await self._writer.drain()

    async def _linger(self) -> None:
        """Let the client read our last words: closing with unread input would take them back."""
        if not self._writer.can_write_eof():
            return
        self._writer.write_eof()
        octets = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while octets < LINGER_OCTETS and (chunk := await self._reader.read(CHUNK)):
                    octets += len(chunk)

    async def smtp_HELO(self, hostname: str) -> None:
        self._greet(hostname, is_extended=False)
        self._unsent += f"250 {self.hostname}\r\n".encode()

    async def smtp_EHLO(self, hostname: str) -> None:
        self._greet(hostname, is_extended=True)
        lines = [self.hostname, f"SIZE {self._settings.size_limit}", *EXTENSIONS]
        if self.tls_context is not None and self._tls_protocol is None:
            lines.append("STARTTLS")
        if self._settings.authenticate is not None and self._is_in_tls:
            lines.append(f"AUTH {' '.join(MECHANISMS)}")
        last = lines.pop()
        self._unsent += "".join(f"250-{line}\r\n" for line in lines).encode()
        self._unsent += f"250 {last}\r\n".encode()

    async def smtp_LHLO(self, hostname: str) -> None:
        await self.smtp_EHLO(hostname)

    def _greet(self, hostname: str, *, is_extended: bool) -> None:
        if not hostname or self.session is None:
            raise Refused(replies.BAD_SYNTAX)
        self._set_rset_state()
        self.session.host_name = hostname
        self.session.extended_smtp = is_extended

    async def smtp_NOOP(self, arg: str) -> None:
        self._say(replies.OK)

    async def smtp_VRFY(self, arg: str) -> None:
        if not arg:
            raise Refused(replies.BAD_SYNTAX)
        self._say(replies.CANNOT_VERIFY)

    async def smtp_RSET(self, arg: str) -> None:
        if arg:
            raise Refused(replies.BAD_SYNTAX)
        self._set_rset_state()
        self._say(replies.OK)

    async def smtp_QUIT(self, arg: str) -> None:
        if arg:
            raise Refused(replies.BAD_SYNTAX)
        self._say(replies.GOODBYE)
        self._is_ending = True

    async def smtp_STARTTLS(self, arg: str) -> None:
        if arg:
            raise Refused(replies.BAD_SYNTAX)
        if self.tls_context is None:
            raise Refused(replies.UNKNOWN_COMMAND)
        if self._tls_protocol is not None or self._has_transaction:
            raise Refused(replies.BAD_SEQUENCE)
        self._unread.clear()  # RFC 3207 §6: nothing said in the clear is obeyed in TLS
        self._user = ""
        self._say(replies.READY_FOR_TLS)
        self._write_unsent()
        # Who does not come through ends here: the connection is lost, and this task with it.
        await self._start_tls(cast(asyncio.Transport, self.transport))

    # Login

    async def smtp_AUTH(self, arg: str) -> None:
        if not self._is_in_tls:
            # RFC 4954 §6; the 530 of RFC 3207 §4 is for servers that do nothing at all without TLS.
            raise Refused(replies.LOGIN_NEEDS_TLS)
        is_greeted = self.session is not None and self.session.extended_smtp
        if not is_greeted or self._user or self._has_transaction:
            raise Refused(replies.BAD_SEQUENCE)
        name, _, initial = arg.partition(" ")
        if not name:
            raise Refused(replies.BAD_SYNTAX)
        mechanism = MECHANISMS.get(name.upper())
        if mechanism is None:
            raise Refused(replies.UNKNOWN_MECHANISM)
        try:
            credentials = await exchange(mechanism(), initial.strip(" ").encode(), self._response)
        except MalformedError:
            raise Refused(replies.LOGIN_MALFORMED) from None
        if credentials is not None:
            await self._log_in(credentials)

    async def _response(self, challenge: bytes) -> bytearray | None:
        self._unsent += f"334 {encode(challenge)}\r\n".encode()
        line = await self._read_command()
        if line is None:
            return None
        if not line.endswith(b"\r\n"):
            raise Refused(replies.BARE_LINE_FEED)
        if len(line) > RESPONSE_OCTETS:
            raise Refused(replies.LOGIN_TOO_LONG)
        del line[-2:]
        if line == b"*":
            raise Refused(replies.LOGIN_CANCELLED)
        return line

    async def _log_in(self, credentials: Credentials) -> None:
        failed, peer = self._listener.failed_logins, one_customer(self._peer)
        if not failed.attempt(peer, self.loop.time()):
            raise Refused(replies.LOGINS_BARRED)
        with self._keeping_it_waiting():
            user = await self._check(credentials)
            if user is None:
                failed.take_back(peer)
                raise Refused(replies.LOGIN_LATER)
            if not user:
                await asyncio.sleep(self._settings.login_delay)
        if user:
            failed.take_back(peer)
            self._user = user
            self._say(replies.LOGGED_IN)
            return
        log.info("login refused", listener=self._settings.name, peer=self._peer)
        self._failed_logins += 1
        if self._failed_logins < self._settings.max_failed_logins:
            raise Refused(replies.LOGIN_REFUSED)
        self._say(replies.LOGIN_REFUSED)
        self._end(replies.TOO_MANY_LOGINS)

    async def _check(self, credentials: Credentials) -> str | None:
        """The address that the user may write as; None when that cannot be known now."""
        authenticate = self._settings.authenticate
        if authenticate is None or not credentials.is_possible:
            return ""
        try:
            return await authenticate(credentials.user, credentials.password)
        except Exception as error:  # noqa: BLE001 -- any fault of ours is temporary to the client
            refuse(error, "login not checked", listener=self._settings.name)
            return None

    # Transaction

    async def smtp_MAIL(self, arg: str | None) -> None:
        if self.session is None or not self.session.host_name or self._has_transaction:
            raise Refused(replies.BAD_SEQUENCE)
        if self._settings.login_required and not self._user:
            raise Refused(replies.LOGIN_REQUIRED)
        self._has_begun = True
        address, parameters = read_mail(arg or "", self._settings.size_limit)
        self._submitter = self._submitted_by(parameters)
        if parameters:
            raise Refused(replies.UNKNOWN_PARAMETER)
        self._current.mail_from = address
        self._say(replies.SENDER_OK)

    def _submitted_by(self, parameters: dict[str, str]) -> str | None:
        """Who logged in; None if the client says that this mail is nobody's we could know."""
        if self._settings.authenticate is None:
            return ""
        submitter = parameters.pop("AUTH", None)
        if submitter is None:
            return self._user
        if submitter != "<>" and XTEXT.fullmatch(submitter) is None:
            raise Refused(replies.BAD_SYNTAX)
        # RFC 4954 §5: of <> nobody may be taken to be the submitter; nobody's other word counts.
        return None if submitter == "<>" else self._user

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not self._has_transaction:
            raise Refused(replies.BAD_SEQUENCE)
        address, parameters = read_path(arg or "", "TO:", replies.BAD_ADDRESS)
        if not address:
            raise Refused(replies.BAD_ADDRESS)
        if parameters:
            raise Refused(replies.UNKNOWN_PARAMETER)
        recipients = self._current.rcpt_tos
        if len(recipients) >= self._settings.max_recipients:
            raise Refused(replies.TOO_MANY_RECIPIENTS)
        if not self._settings.is_ours(address):
            raise Refused(replies.NO_SUCH_RECIPIENT)
        recipients.append(address)
        self._commands -= 1  # recipients have their own limit
        self._say(replies.RECIPIENT_OK)

    async def smtp_DATA(self, arg: str) -> None:
        recipients = self._current.rcpt_tos
        if not self._has_transaction or not recipients:
            raise Refused(replies.BAD_SEQUENCE)
        if arg:
            raise Refused(replies.BAD_SYNTAX)
        self._unsent += b"354 End data with <CR><LF>.<CR><LF>\r\n"
        await self._flush()
        try:
            reply = await self._take_mail()
        finally:
            # Whatever happened, the next DATA needs its own MAIL and RCPT.
            self._set_rset_state()
        # RFC 2033 §4.2: LMTP wants one reply per accepted recipient, SMTP one in all.
        for _ in recipients if self._settings.lmtp else [None]:
            self._say(reply)
        if reply.is_positive:
            self._commands = self._errors = 0
        else:
            self._errors += 1

    async def _take_mail(self) -> Reply:
        spool = Spool(
            self._settings.spool_dir,
            size_limit=self._settings.size_limit,
            spill_over=self._settings.spill_over,
            max_received=self._settings.max_received,
        )
        self._data_since = self.loop.time()
        try:
            await self._read_data(spool)
            self._data_since = None
            raw = spool.finish()
            return raw if isinstance(raw, Reply) else await self._hand_over(raw)
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 -- any fault of ours is temporary to the client
            if self._data_since is not None:  # else the rest of the mail would be obeyed
                self._is_ending = self._is_cut_off = True
            return refuse(error, "mail not taken", listener=self._settings.name)
        finally:
            self._data_since = None
            spool.discard()

    async def _read_data(self, spool: Spool) -> None:
        """Read up to the final dot, or to where it is no longer worth it."""
        scanner = DataScanner()
        chunk = bytes(self._unread)
        self._unread.clear()
        self._data_octets = 0
        while True:
            content, rest = scanner.feed(chunk)
            spool.write(content)
            if rest is not None:
                self._unread += rest
                return
            if spool.size > self._settings.size_limit + OVERRUN:
                self._is_ending = self._is_cut_off = True
                return
            chunk = await self._reader.read(CHUNK)
            if not chunk:
                raise ConnectionAbortedError("the client left within the data")
            self._active_at = self.loop.time()
            self._data_octets += len(chunk)

    async def _hand_over(self, raw: Raw) -> Reply:
        """The mail is complete: if the client leaves now, the mail is kept all the same."""
        envelope = MailEnvelope(
            cast(str, self._current.mail_from), tuple(dict.fromkeys(self._current.rcpt_tos))
        )
        with self._keeping_it_waiting():
            return await asyncio.shield(
                self._listener.hand_over(envelope, self._peer, self._submitter, raw)
            )

    @contextlib.contextmanager
    def _keeping_it_waiting(self) -> Iterator[None]:
        """The client is not idle while it waits for us."""
        self._is_kept_waiting = True
        try:
            yield
        finally:
            self._is_kept_waiting = False
            self._active_at = self.loop.time()


EXTENSIONS = ("8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES")
UNREADABLE = {"smtp_MAIL": replies.BAD_REVERSE_PATH, "smtp_RCPT": replies.BAD_ADDRESS}
_SHARED_METHODS = ("DATA", "MAIL", "NOOP", "QUIT", "RCPT", "RSET", "STARTTLS", "VRFY")
SMTP_METHODS = tuple(f"smtp_{verb}" for verb in (*_SHARED_METHODS, "HELO", "EHLO"))
LMTP_METHODS = tuple(f"smtp_{verb}" for verb in (*_SHARED_METHODS, "LHLO"))
