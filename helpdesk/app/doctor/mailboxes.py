"""Logs in to each mailbox and looks at its folders, without changing anything.

Standards: RFC 3501 §6 (commands; EXAMINE changes nothing), §5.1.3 (names of folders), RFC 2177 §3
(IDLE), RFC 5530 §3 (codes), RFC 6851 §3 (MOVE).
"""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from helpdesk.app.doctor.examination import Examination
from helpdesk.app.doctor.finding import Say, error, ok, skipped, warning
from helpdesk.app.doctor.relay import xoauth2
from helpdesk.app.doctor.wire import (
    MOST_LINES,
    RENEW_WITHIN,
    Line,
    Trouble,
    client_context,
    connected,
    said,
)
from helpdesk.app.oauth import mailbox_source
from helpdesk.config import ConfigurationError
from helpdesk.config.settings import MailboxSettings, MailboxTls
from helpdesk.inbound.imap_connection import PASSING
from helpdesk.ports import TokenRefused

_LITERAL = re.compile(r"\{(\d{1,9})\+?\}$")
_NOT_NOW = re.compile(rf"(?i)^\S+ NO \[(?:{PASSING})\b")
_LATER = "try again later; if it stays so, look into the log there"
_LARGEST_LITERAL = 64 * 1024


@dataclass(slots=True)
class Session:
    line: Line
    number: int = 0

    async def command(self, words: str, *, then: str | None = None) -> tuple[bool, list[str]]:
        """Whether it was done, and all lines that came; `then` is said when the server asks."""
        self.number += 1
        tag = f"d{self.number}"
        await self.line.write(f"{tag} {words}")
        lines: list[str] = []
        for _ in range(MOST_LINES):
            text = await self.line.read()
            if literal := _LITERAL.search(text):
                await self.line.skip(min(int(literal[1]), _LARGEST_LITERAL))
            lines.append(text)
            if text.startswith(f"{tag} "):
                return text[len(tag) + 1 :].upper().startswith("OK"), lines
            if text.startswith("+"):
                # A refused token is explained, and that waits for an empty line.
                await self.line.write(then or "")
                then = ""
        raise Trouble("does not end its answer", self.line.look())

    async def capabilities(self) -> frozenset[str]:
        _, lines = await self.command("CAPABILITY")
        found = [each[13:] for each in lines if each.upper().startswith("* CAPABILITY ")]
        return frozenset(" ".join(found).upper().split())


async def check(examination: Examination, say: Say) -> None:
    await asyncio.gather(
        *(_mailbox(examination, each, say) for each in examination.settings.mailboxes)
    )


async def _mailbox(examination: Examination, mailbox: MailboxSettings, say: Say) -> None:
    try:
        async with _session(examination, mailbox) as session:
            _connection(examination, session, mailbox, say)
            if not await _login(examination, session, mailbox, say):
                return
            await _folders(session, mailbox, say)
            await _capabilities(session, mailbox, say)
            await session.line.part("bye LOGOUT")
    except Trouble as trouble:
        say(error("mailbox.connection", mailbox.name, trouble.problem, trouble.next_step))


@asynccontextmanager
async def _session(examination: Examination, mailbox: MailboxSettings) -> AsyncIterator[Session]:
    context = None if mailbox.tls is MailboxTls.NONE else client_context(mailbox.ca_file)
    seconds = examination.limits.connect
    async with connected(mailbox.host, mailbox.port, seconds, context) as line:
        greeting = await line.read()
        if not greeting.upper().startswith(("* OK", "* PREAUTH")):
            raise Trouble(
                f"does not greet as an IMAP server does ({said(greeting)})",
                "check host and port of this mailbox in the settings",
            )
        yield Session(line)


def _connection(
    examination: Examination, session: Session, mailbox: MailboxSettings, say: Say
) -> None:
    days = session.line.days_left(examination.now())
    if days is not None and days < RENEW_WITHIN.days:
        problem = f"{mailbox.host} has a certificate that ends in {days} days"
        say(warning("mailbox.connection", mailbox.name, problem, "have it renewed there"))
    else:
        until = "without TLS" if days is None else f"its certificate is good for {days} days"
        say(ok("mailbox.connection", mailbox.name, f"{mailbox.host} answers; {until}"))


async def _login(
    examination: Examination, session: Session, mailbox: MailboxSettings, say: Say
) -> bool:
    if mailbox.oauth is None:
        try:
            password = mailbox.read_password()
        except ConfigurationError as unread:
            say(skipped("mailbox.login", mailbox.name, f"not checked: {unread}"))
            return False
        words = f"LOGIN {quoted(mailbox.user)} {quoted(password)}"
        done, said_of_it = await session.command(words)
        step = "correct user and password of this mailbox in the settings"
    else:
        source = examination.tokens[mailbox_source(mailbox.name)]
        try:
            token = await source.token()
        except TokenRefused as refusal:
            problem = f"there is no access token: {said(str(refusal))}"
            step = "correct oauth of this mailbox, or log in there again"
            say(error("mailbox.login", mailbox.name, problem, step))
            return False
        done, said_of_it = await session.command(
            "AUTHENTICATE XOAUTH2", then=xoauth2(mailbox.user, token)
        )
        step = "check that the account allows IMAP with XOAUTH2, and the scope of the token"
    if not done and _NOT_NOW.search(said_of_it[-1]):
        problem = f"{mailbox.host} cannot log us in now"
        say(warning("mailbox.login", mailbox.name, problem, _LATER))
        return False
    if not done:
        problem = f"{mailbox.host} refuses the login of {mailbox.user}"
        say(error("mailbox.login", mailbox.name, problem, step))
        return False
    say(ok("mailbox.login", mailbox.name, f"{mailbox.host} takes the login of {mailbox.user}"))
    return True


async def _folders(session: Session, mailbox: MailboxSettings, say: Say) -> None:
    names = [mailbox.folder, mailbox.done_folder, mailbox.failed_folder]
    there, to_come = [], []
    for name in dict.fromkeys(filter(None, names)):
        done, lines = await session.command(f"EXAMINE {quoted(folder_name(name))}")
        if done:
            there.append(name)
        elif name != mailbox.folder:
            to_come.append(name)
        elif _NOT_NOW.search(lines[-1]):
            problem = f"{mailbox.host} cannot open {name} now"
            say(warning("mailbox.folder", mailbox.name, problem, _LATER))
        else:
            step = "make it there, or name another one in the settings"
            problem = f"there is no folder {name} ({said(lines[-1].partition(' ')[2])})"
            say(error("mailbox.folder", mailbox.name, problem, step))
    if mailbox.folder in there:
        later = f"; made with the first mail: {', '.join(to_come)}" if to_come else ""
        say(ok("mailbox.folder", mailbox.name, f"there: {', '.join(there)}{later}"))


async def _capabilities(session: Session, mailbox: MailboxSettings, say: Say) -> None:
    found = await session.capabilities()
    lacks = []
    if mailbox.idle and "IDLE" not in found:
        lacks.append(("IDLE", f"looked for every {mailbox.poll.total_seconds():g} s"))
    if (mailbox.done_folder or mailbox.failed_folder) and "MOVE" not in found:
        lacks.append(("MOVE", "copied, then removed"))
    for name, consequence in lacks:
        problem = f"{mailbox.host} does not know {name}: {consequence}"
        say(warning("mailbox.capability", mailbox.name, problem, "nothing, if that will do"))
    if not lacks:
        say(ok("mailbox.capability", mailbox.name, "the server can do all that is used"))


def quoted(text: str) -> str:
    """As a quoted string (RFC 3501 §4.3)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def folder_name(name: str) -> str:
    """In the UTF-7 of RFC 3501 §5.1.3."""

    def encoded(match: re.Match[str]) -> str:
        if match[0] == "&":
            return "&-"
        packed = base64.b64encode(match[0].encode("utf-16-be")).decode("ascii")
        return f"&{packed.rstrip('=').replace('/', ',')}-"

    return re.sub(r"&|[^\x20-\x7e]+", encoded, name)
