"""Sends a mail to each desk's own reply address, and looks at what comes back from it.

Standards: RFC 5233 §1 (subaddresses), RFC 8601 §5 (who may write Authentication-Results), RFC 3834
§5 (Auto-Submitted).
Failures: a canary makes no ticket and no mail, whatever becomes of it.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import format_datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.app.build import build_transport
from helpdesk.app.doctor import dns
from helpdesk.app.doctor.daemon import has_role
from helpdesk.app.doctor.examination import Examination
from helpdesk.app.doctor.finding import Finding, Say, error, ok, skipped, warning
from helpdesk.app.prepare import SetupError
from helpdesk.app.watch import watch
from helpdesk.config import ConfigurationError, Settings
from helpdesk.config.settings import TransportKind
from helpdesk.core.address import lookup_key
from helpdesk.core.authentication import FIELD, AuthenticationResults, parse_results
from helpdesk.core.canary import canary_number
from helpdesk.core.mail import Message
from helpdesk.core.policy import Desk, ReplyAddress, ReversePath
from helpdesk.core.reply_address import reply_address
from helpdesk.core.ticket import IntakeId
from helpdesk.core.token import Keyring, Purpose
from helpdesk.inbound.parse import parse
from helpdesk.outbound.refusal import is_of_sender
from helpdesk.ports import Attempt, Delivery, Outcome
from helpdesk.store.health import SmallMail, last_intake, last_with_reason, small_mails

MARK = "X-Helpdesk-Canary"
LARGEST = 256 * 1024
"""A canary is small, even with all that others add and in a delivery report."""
MOST_DESKS = 20
RECENT = 10_000
"""Intake entries among which an earlier canary is looked for."""


_BEFORE_IT = ("connect:", "login:", "reverse-path:")
"""So begins what is said of a relay that did not get as far as a canary's recipient."""
_NO_RELAY = "the relay does not let us so far (see relay)"
_NO_SUCH_RECIPIENT = re.compile(r"recipient: 5\d\d (?:5\.1\.[0-6]\b|(?!5\.))")
"""RFC 3463 §3.2, or no word on why."""


@dataclass(frozen=True, slots=True)
class Canary:
    desk: Desk
    address: str
    """Where it is sent, and where its reader would reply to."""
    message_id: str
    secret: str
    """Names it in all that comes back, and marks what it forges."""
    content: bytes


@dataclass(frozen=True, slots=True)
class Returned:
    """A mail with the secret of a canary in it."""

    mail: SmallMail
    message: Message
    is_itself: bool
    """Not a report about it."""


async def why_not(examination: Examination) -> str:
    """Why no canary can be sent; empty if one can."""
    if not examination.options.canary:
        return "as asked for"
    if examination.settings.outgoing.transport is TransportKind.MAILDIR:
        return "mail goes into a folder"
    if examination.keyring is None or examination.engine is None:
        return "keys and database are needed for it"
    if not examination.is_writable:
        return "nothing can be written to the database"
    if await has_role(examination, "receive") is False:
        return "no daemon receives mail"
    return ""


async def check(examination: Examination, say: Say) -> None:
    reason = await why_not(examination)
    keyring, engine = examination.keyring, examination.engine
    if reason or keyring is None or engine is None:
        say(skipped("canary.return", "canary", f"not checked: {reason}"))
        return
    policy = examination.settings.policy()
    canaries = [_canary(examination, desk, keyring) for desk in policy.desks[:MOST_DESKS]]
    last, came = await last_intake(engine), asyncio.Event()
    loop, options = asyncio.get_running_loop(), examination.options
    end = loop.time() + options.wait + options.limits.grace / 2
    async with watch(engine, came.set):
        taken = await _sent(examination, canaries, say)
        waiting = {each.secret: each for each in canaries if each.secret in taken}
        try:
            async with asyncio.timeout(min(options.wait, end - loop.time())):
                async for canary, returned in _arrivals(engine, last, came, waiting):
                    if returned.is_itself:
                        await _look_at(examination, canary, returned, say)
                    else:
                        say(_reported(canary, returned))
        except TimeoutError:
            for canary in waiting.values():
                say(_lost(examination, canary))


# --- there --------------------------------------------------------------------------------------


def authserv_ids(settings: Settings) -> list[str]:
    stated = [each.authserv_id for each in settings.listeners]
    stated += [each.authserv_id for each in settings.mailboxes]
    return list(dict.fromkeys(filter(None, stated)))


def _canary(examination: Examination, desk: Desk, keyring: Keyring) -> Canary:
    settings, now = examination.settings, examination.now()
    secret = secrets.token_hex(16)
    number = canary_number(now, secrets.randbelow(256))
    address = reply_address(settings.policy(), keyring, desk, Purpose.CANARY, number)
    message_id = f"{secret}@{desk.domain}"
    fields = [
        f"From: <{desk.address}>",
        f"To: <{address}>",
        f"Reply-To: <{address}>",
        "Subject: Canary of helpdesk doctor",
        f"Date: {format_datetime(now)}",
        f"Message-ID: <{message_id}>",
        # Not auto-generated: whatever is lost of the rest, this opens no ticket.
        "Auto-Submitted: auto-replied",
        "X-Auto-Response-Suppress: All",
        f"{MARK}: {secret}",
        *(_forged(each, desk, secret) for each in authserv_ids(settings)),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Transfer-Encoding: 7bit",
    ]
    words = [
        "This mail shows that replies find their way back.",
        "It was sent by helpdesk doctor, and makes no ticket.",
    ]
    content = "\r\n".join([*fields, "", *words, ""]).encode("ascii")
    return Canary(desk, address, message_id, secret, content)


def _forged(authserv_id: str, desk: Desk, secret: str) -> str:
    """What somebody would write who wants to be taken for one of us."""
    return (
        f"Authentication-Results: {authserv_id};\r\n"
        f' dmarc=pass reason="{secret}" header.from={desk.domain}'
    )


async def _sent(examination: Examination, canaries: Sequence[Canary], say: Say) -> set[str]:
    """The secrets of those that the relay took."""
    taken: set[str] = set()
    try:
        transport = build_transport(examination.settings, examination.tokens)
    except SetupError:
        say(skipped("canary.return", "canary", f"not checked: {_NO_RELAY}"))
        return taken
    except ConfigurationError as unread:
        say(skipped("canary.return", "canary", f"not checked: {unread}"))
        return taken
    is_verp = examination.settings.relay.reverse_path is ReversePath.VERP
    untried = list(canaries)
    try:
        async with asyncio.timeout(examination.options.wait):
            for canary in canaries:
                path = canary.address if is_verp else canary.desk.address
                attempt = await transport.deliver(Delivery(path, canary.address, canary.content))
                untried.remove(canary)
                if attempt.outcome is Outcome.DELIVERED:
                    taken.add(canary.secret)
                elif attempt.detail.startswith(_BEFORE_IT) or is_of_sender(attempt.detail):
                    say(skipped("canary.return", canary.desk.address, f"not checked: {_NO_RELAY}"))
                else:
                    say(_refused(canary, attempt))
    except TimeoutError:
        for canary in untried:
            problem = f"the relay did not take it within {examination.options.wait:g} s"
            step = "see why the relay is slow, or wait longer: --wait SECONDS"
            say(error("canary.return", canary.desk.address, problem, step))
    finally:
        await transport.close()
    return taken


def _refused(canary: Canary, attempt: Attempt) -> Finding:
    name, desk = "canary.return", canary.desk.address
    if attempt.outcome is Outcome.DEFERRED:
        step = "try again later; if it stays so, look into its log"
        problem = f"the relay does not take a mail to a reply address now: {attempt.detail}"
        return warning(name, desk, problem, step)
    step = "its log says which rule refused it; have mail between addresses of ours allowed there"
    if _NO_SUCH_RECIPIENT.match(attempt.detail):
        step = (
            "have the mail server take addresses with a token (Postfix: recipient_delimiter = +), "
            'or set outgoing.reply_address = "plain"'
        )
    problem = f"the relay does not take a mail to a reply address: {attempt.detail}"
    return error(name, desk, problem, step)


# --- and back -----------------------------------------------------------------------------------


async def _arrivals(
    engine: AsyncEngine, after: IntakeId, came: asyncio.Event, waiting: dict[str, Canary]
) -> AsyncIterator[tuple[Canary, Returned]]:
    """Each canary once, taken out of `waiting` when it has come."""
    while waiting:
        came.clear()
        newest = await last_intake(engine)
        for mail in await small_mails(engine, after, newest, LARGEST):
            secret = next((each for each in waiting if each.encode() in mail.raw), None)
            if secret is not None:
                yield waiting.pop(secret), _returned(mail, secret)
        after = newest
        if waiting:
            await came.wait()


def _returned(mail: SmallMail, secret: str) -> Returned:
    """Some relays remove fields that they do not know, and others write a Message-ID of theirs."""
    message = parse(mail.raw)
    is_marked = message.field(MARK.lower()).strip() == secret
    return Returned(mail, message, is_marked or message.message_id.startswith(f"{secret}@"))


async def _look_at(examination: Examination, canary: Canary, returned: Returned, say: Say) -> None:
    desk, mail = canary.desk.address, returned.mail
    say(ok("canary.return", desk, f"came back by {mail.source}"))
    plain = examination.settings.outgoing.reply_address is ReplyAddress.PLAIN
    if not plain:
        say(_subaddress(canary, mail))
    say(_fields(canary, returned.message, plain=plain))
    for finding in _results(examination, canary, returned):
        say(finding)
    if not examination.options.selectors:
        await _keys(examination, canary, returned.message, say)


def _subaddress(canary: Canary, mail: SmallMail) -> Finding:
    name, desk = "canary.subaddress", canary.desk.address
    # A mailbox knows no envelope; there the token is looked for in the header.
    if not mail.recipients or lookup_key(canary.address) in map(lookup_key, mail.recipients):
        return ok(name, desk, "came with its reply token")
    problem = f"came to {mail.recipients[0]}, without the reply token"
    step = (
        "have the mail server keep the part behind the separator (Postfix: recipient_delimiter, "
        'lmtp with the original recipient), or set outgoing.reply_address = "plain"'
    )
    return error(name, desk, problem, step)


def _fields(canary: Canary, message: Message, *, plain: bool) -> Finding:
    name, desk = "canary.fields", canary.desk.address
    stated = [lookup_key(each.address) for each in message.reply_to]
    if stated != [lookup_key(canary.address)]:
        was = f"rewritten to {message.reply_to[0].address}" if stated else "removed"
        step = "have relay and mail server leave Reply-To as it is"
        problem = f"Reply-To was {was} on the way; replies lose their ticket"
        return error(name, desk, problem, step)
    if message.message_id.lower() != canary.message_id.lower():
        step = "have the relay leave Message-ID as it is"
        if plain:
            problem = "Message-ID was rewritten on the way, and replies name nothing else"
            return error(name, desk, problem, step)
        problem = "Message-ID was rewritten on the way, so mail clients may not thread"
        return warning(name, desk, problem, step)
    return ok(name, desk, "Message-ID and Reply-To are as we wrote them")


def _results(examination: Examination, canary: Canary, returned: Returned) -> Iterator[Finding]:
    """What stands under the name that we believe: of ours nothing, of the edge its verdict."""
    desk, trusted = canary.desk.address, returned.mail.authserv_id
    known = authserv_ids(examination.settings)
    if not known:
        yield skipped("canary.forged", desk, "not checked: no authserv_id is set")
        return
    fields = [parse_results(each) for each in returned.message.all_fields(FIELD)]
    results = [each for each in fields if each is not None]
    if _is_of_a_login(results, trusted):
        how = f"it went in with a login at {trusted}; try it with a mail from elsewhere"
        yield skipped("canary.forged", desk, f"not checked: {how}")
        yield ok("canary.results", desk, f"{trusted} says auth=pass of our login there")
        return
    forged = next(
        (
            each.authserv_id
            for each in results
            if each.authserv_id in map(str.lower, known)
            and any(one.reason == canary.secret for one in each.results)
        ),
        "",
    )
    if forged:
        step = f"have the mail server in front remove every Authentication-Results of {forged}"
        problem = f"a forged result of {forged} came through, so anybody could write as an agent"
        yield error("canary.forged", desk, problem, step)
    else:
        yield ok("canary.forged", desk, "forged results are removed")
    yield _verdict(canary, returned, trusted, results)


def _is_of_a_login(results: Iterable[AuthenticationResults], trusted: str) -> bool:
    """RFC 8601 §2.7.4: by that way nothing comes from outside, and nobody looks at DMARC. As for
    every mail the topmost field of the name decides; what we forge says nothing of a login.
    """
    own = next((each for each in results if each.authserv_id == trusted.lower()), None)
    return own is not None and [each.result for each in own.of("auth")] == ["pass"]


def _verdict(
    canary: Canary, returned: Returned, trusted: str, results: Iterable[AuthenticationResults]
) -> Finding:
    name, desk = "canary.results", canary.desk.address
    if not trusted:
        mail = returned.mail
        step = f"set authserv_id of {mail.source}, and trusted_peers if {mail.peer} is not in it"
        return warning(name, desk, f"no results count for mail by {mail.source}", step)
    own = [
        result
        for each in results
        if each.authserv_id == trusted.lower()
        for result in each.results
        if result.reason != canary.secret
    ]
    found = " ".join(f"{each.method}={each.result}" for each in own)
    verdicts = [each.result for each in own if each.method == "dmarc"]
    if verdicts == ["pass"]:
        return ok(name, desk, f"{trusted} says {found}")
    if not verdicts:
        said = f"says {found} but nothing of dmarc" if found else "says nothing"
        step = f"have it check DMARC, and write its results as {trusted}"
        return warning(name, desk, f"{trusted} {said}, so only a login proves an author", step)
    step = "see what DNS says of SPF and DKIM here, and that the relay signs"
    return warning(name, desk, f"{trusted} says {found} of our own mail", step)


async def _keys(examination: Examination, canary: Canary, message: Message, say: Say) -> None:
    try:
        found = await dns.keys_of(dns.Names(examination), canary.desk.domain, selectors_in(message))
    except (dns.Down, dns.Broken):
        return  # said by the checks of DNS
    for finding in found:
        say(finding)


def selectors_in(message: Message) -> dict[str, list[str]]:
    """The selectors of its DKIM signatures, by the domain that signed."""
    found: dict[str, list[str]] = {}
    for signature in message.all_fields("dkim-signature"):
        tags = dns.tags_of(signature)
        if tags.get("d") and tags.get("s"):
            known = found.setdefault(tags["d"].lower().rstrip("."), [])
            known += [tags["s"]] if tags["s"] not in known else []
    return found


async def earlier_selectors(engine: AsyncEngine) -> dict[str, list[str]]:
    """Of the last canary that came back."""
    after = IntakeId(max(0, await last_intake(engine) - RECENT))
    for mail in await last_with_reason(engine, "canary", after, LARGEST):
        return selectors_in(parse(mail.raw))
    return {}


def _reported(canary: Canary, returned: Returned) -> Finding:
    report = returned.message.report
    worst = next(iter(report.recipients), None) if report is not None else None
    words = f"{worst.status} {worst.diagnostic}".strip()[:200] if worst is not None else ""
    problem = "was returned as undeliverable" + (f": {words}" if words else "")
    step = "have the mail server take addresses with a token for this desk"
    return error("canary.return", canary.desk.address, problem, step)


def _lost(examination: Examination, canary: Canary) -> Finding:
    problem = f"did not come back within {examination.options.wait:g} s"
    step = f"look for {canary.message_id} in the logs of the relay and of the mail server in front"
    return error("canary.return", canary.desk.address, problem, step)
