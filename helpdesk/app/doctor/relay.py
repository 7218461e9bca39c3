"""Asks the relay, up to a recipient of a mail and no further; or looks at the Maildir.

Standards: RFC 4954 §4 (AUTH), RFC 1870 §4 (SIZE).
"""

import base64
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from helpdesk.app.doctor.examination import AS_DAEMON, Examination
from helpdesk.app.doctor.finding import Finding, Say, error, ok, skipped, warning
from helpdesk.app.doctor.smtp import Reply, Session
from helpdesk.app.doctor.wire import RENEW_WITHIN, Trouble, client_context, connected, said
from helpdesk.app.oauth import OPERATOR_RELAY, RELAY
from helpdesk.config import ConfigurationError
from helpdesk.config.settings import RelaySettings, Tls, TransportKind
from helpdesk.core.policy import ReversePath
from helpdesk.core.reply_address import reverse_path
from helpdesk.outbound.refusal import is_of_client, is_of_sender
from helpdesk.ports import TokenRefused

SMALL = 10 * 2**20
"""A relay that takes less leaves no room for files in answers."""


async def check(examination: Examination, say: Say) -> None:
    settings = examination.settings
    if settings.outgoing.transport is TransportKind.MAILDIR:
        _folder(settings.outgoing.maildir, say)
    else:
        await _relay(examination, settings.relay, say)
    if settings.operator.relay is not None:
        await _relay(examination, settings.operator.relay, say)


def _folder(path: Path, say: Say) -> None:
    for folder in (path / "tmp", path / "new"):
        try:
            is_missing = not folder.is_dir()
        except OSError as failure:
            why = f"not checked: {failure.strerror}"
            return say(skipped("relay.folder", str(path), why, AS_DAEMON))
        if is_missing:
            step = "it is made when the daemon starts: helpdesk run"
            return say(warning("relay.folder", str(path), f"there is no folder {folder}", step))
        if not os.access(folder, os.W_OK | os.X_OK):
            step = f"give the user who runs the daemon the right to write into {folder}"
            return say(error("relay.folder", str(path), f"cannot write into {folder}", step))
    return say(ok("relay.folder", str(path), "writable; mail stays there"))


async def _relay(examination: Examination, relay: RelaySettings, say: Say) -> None:
    place = f"{relay.host}:{relay.real_port}"
    try:
        async with _session(examination, relay) as session:
            _connection(examination, session, place, say)
            if relay.user:
                await _login(examination, session, relay, say)
            await _reverse_path(examination, session, relay, say)
            _size(session, place, say)
    except _Ended:
        pass
    except Trouble as trouble:
        say(error("relay.connection", place, trouble.problem, trouble.next_step))


class _Ended(Exception):  # noqa: N818 -- what ended it has been said
    pass


@asynccontextmanager
async def _session(examination: Examination, relay: RelaySettings) -> AsyncIterator[Session]:
    context = None if relay.tls is Tls.NONE else client_context(relay.ca_file)
    first = context if relay.tls is Tls.TLS else None
    seconds = examination.limits.connect
    async with connected(relay.host, relay.real_port, seconds, first) as line:
        session = Session(line)
        greeting = await session.reply()
        if not greeting.is_positive:
            raise Trouble(f"refuses us ({greeting})", line.look())
        await session.greet()
        if context is not None and relay.tls is Tls.STARTTLS:
            await session.encrypt(context, relay.host)
        yield session
        await line.part("QUIT")


def _connection(examination: Examination, session: Session, place: str, say: Say) -> None:
    days = session.line.days_left(examination.now())
    if days is None:
        say(ok("relay.connection", place, "answers, without TLS"))
    elif days < RENEW_WITHIN.days:
        problem = f"has a certificate that ends in {days} days"
        say(warning("relay.connection", place, problem, "have it renewed there"))
    else:
        say(ok("relay.connection", place, f"answers; its certificate is good for {days} days"))


async def _login(
    examination: Examination, session: Session, relay: RelaySettings, say: Say
) -> None:
    place = f"{relay.host}:{relay.real_port}"
    if "AUTH" not in session.extensions:
        step = "use its port for logins (587 or 465), or remove relay.user if it needs none"
        say(error("relay.login", place, "offers no login", step))
        raise _Ended
    if relay.oauth is not None:
        is_main = relay is examination.settings.relay
        source = examination.tokens[RELAY if is_main else OPERATOR_RELAY]
        try:
            token = await source.token()
        except TokenRefused as refusal:
            step = "correct relay.oauth, or log in there again"
            say(
                error("relay.login", place, f"there is no access token: {said(str(refusal))}", step)
            )
            raise _Ended from None
        reply = await session.command(f"AUTH XOAUTH2 {xoauth2(relay.user, token)}")
    else:
        try:
            password = relay.read_password()
        except ConfigurationError as unread:
            say(skipped("relay.login", place, f"not checked: {unread}"))
            raise _Ended from None
        reply = await _password(session, relay.user, password)
    # What the server says stays out: some repeat what they were told.
    if reply.code == 235:  # noqa: PLR2004 -- RFC 4954 §4
        return say(ok("relay.login", place, f"takes the login of {relay.user}"))
    if reply.is_temporary:
        step = "try again later; if it stays so, look into its log"
        say(warning("relay.login", place, f"cannot log us in now ({reply.code})", step))
    else:
        step = "correct user and password in [relay]"
        if relay.oauth is not None:
            step = "check that the account allows SMTP with XOAUTH2, and the scope of the token"
        problem = f"refuses the login of {relay.user} ({reply.code})"
        say(error("relay.login", place, problem, step))
    raise _Ended


async def _password(session: Session, user: str, password: str) -> Reply:
    methods = session.extensions.get("AUTH", "").upper().split()
    if "PLAIN" in methods or "LOGIN" not in methods:
        secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        return await session.command(f"AUTH PLAIN {secret}")
    reply = await session.command(f"AUTH LOGIN {base64.b64encode(user.encode()).decode()}")
    if reply.code != 334:  # noqa: PLR2004 -- RFC 4954 §4
        return reply
    return await session.command(base64.b64encode(password.encode()).decode())


def xoauth2(user: str, token: str) -> str:
    return base64.b64encode(f"user={user}\1auth=Bearer {token}\1\1".encode()).decode()


async def _reverse_path(
    examination: Examination, session: Session, relay: RelaySettings, say: Say
) -> None:
    settings, place = examination.settings, f"{relay.host}:{relay.real_port}"
    desk, recipient = settings.desks[0].address, settings.desks[0].address
    if relay is not settings.relay:
        recipient = next(iter(settings.operator.addresses), desk)
    if relay.reverse_path is ReversePath.VERP and examination.keyring is None:
        return say(skipped("relay.reverse-path", place, "not checked: there are no keys"))
    for path in _paths(examination, relay):
        reply = await _reply_to(session, path, recipient, desk)
        if not reply.is_positive:
            return say(_refused(relay, path, desk, reply))
    return say(
        ok("relay.reverse-path", place, f"takes our reverse-path ({relay.reverse_path.value})")
    )


def _paths(examination: Examination, relay: RelaySettings) -> Iterator[str]:
    """Those of the mails that go by this relay."""
    settings, policy = examination.settings, examination.settings.policy()
    if relay.reverse_path is ReversePath.DESK:
        yield policy.desks[0].address
        return
    if relay is settings.relay and examination.keyring is not None:
        yield reverse_path(policy, examination.keyring, policy.desks[0], 0)
    yield ""  # of confirmations and of mail to operators


def _refused(relay: RelaySettings, path: str, desk: str, reply: Reply) -> Finding:
    name, place = "relay.reverse-path", f"{relay.host}:{relay.real_port}"
    what = "our reverse-path" if path else "the null reverse-path"
    if reply.is_temporary:
        step = "try again later; if it stays so, look into its log"
        return warning(name, place, f"does not take {what} now ({reply.code})", step)
    if is_of_client(reply.text):
        step = "give user and password in [relay], or have this machine allowed there"
        return error("relay.login", place, f"takes no mail from us ({reply})", step)
    wanted = "addresses with a token" if path else "mail without a reverse-path"
    step = (
        f"allow {relay.user or 'this machine'} to send as {desk} there"
        if relay.reverse_path is ReversePath.DESK
        else f'set relay.reverse_path = "desk", or allow {wanted} there'
    )
    return error(name, place, f"refuses {what} ({reply.code})", step)


async def _reply_to(session: Session, path: str, recipient: str, desk: str) -> Reply:
    """What is said of the reverse-path. Postfix refuses it no sooner than at a recipient
    (smtpd_delay_reject); then it is the cause if the reply says so, or if the recipient alone is
    taken.
    """
    reply, of_recipient = await _transaction(session, path, recipient)
    if of_recipient is None or of_recipient.is_positive:
        return reply
    if is_of_sender(of_recipient.text) or is_of_client(of_recipient.text):
        return of_recipient
    if path == desk:
        return reply
    _, of_desk = await _transaction(session, desk, recipient)
    return of_recipient if of_desk is not None and of_desk.is_positive else reply


async def _transaction(session: Session, path: str, recipient: str) -> tuple[Reply, Reply | None]:
    """The replies to both, and it is taken back."""
    reply, of_recipient = await session.command(f"MAIL FROM:<{path}>"), None
    if reply.is_positive:
        of_recipient = await session.command(f"RCPT TO:<{recipient}>")
        await session.command("RSET")
    return reply, of_recipient


def _size(session: Session, place: str, say: Say) -> None:
    stated = session.extensions.get("SIZE", "")
    limit = int(stated[:20]) if stated.isdecimal() else 0
    if not limit:
        return say(ok("relay.size", place, "states no limit"))
    words = f"takes mails up to {limit / 2**20:.1f} MiB"
    if limit < SMALL:
        step = "raise the limit there, for answers may have files"
        return say(warning("relay.size", place, words, step))
    return say(ok("relay.size", place, words))
