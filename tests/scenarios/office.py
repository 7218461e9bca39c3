"""A whole gateway in this process: real sockets in front, a real database, a Maildir behind."""

import asyncio
import email
import email.policy
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
from sqlalchemy import text

from helpdesk.app.gateway import Gateway

EDGE = "mx.example.test"
SUPPORT = "support@example.test"
AGENT = "agent@example.test"
CUSTOMER = "ana@customer.example"
CONFIG = f"""
[[desks]]
address = "{SUPPORT}"
display_name = "Example Support"

[[desks]]
address = "sales@example.test"
display_name = "Example Sales"

[[agents]]
name = "Bob Agent"
addresses = ["{AGENT}"]

# Behind a mail server that checks senders.
[[listeners]]
name = "edge"
port = 0
authserv_id = "{EDGE}"

# For the mail clients of this machine.
[[listeners]]
name = "local"
port = 0
trust_network = ["127.0.0.0/8"]

[[listeners]]
name = "lmtp"
protocol = "lmtp"
port = 0
authserv_id = "{EDGE}"

[reader]
workers = 1
"""
PATIENCE = 30.0


def letter(
    author: str = CUSTOMER,
    to: str = SUPPORT,
    subject: str = "Printer on fire",
    body: str = "It burns.\n",
    *,
    name: str = "",
    dmarc: str = "pass",
    **fields: str,
) -> EmailMessage:
    """A mail as it comes from the edge; `dmarc` is what the edge found, empty for nothing."""
    message = EmailMessage(policy=email.policy.SMTP)
    if dmarc:
        domain = author.rpartition("@")[2]
        message["Received"] = f"from mail.{domain} by {EDGE}; Fri, 20 Nov 2026 10:00:00 +0000"
        message["Authentication-Results"] = f"{EDGE}; dmarc={dmarc} header.from={domain}"
    message["From"] = f"{name} <{author}>" if name else author
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0000"
    for field_name, value in fields.items():
        message[field_name.replace("_", "-")] = value
    if "Message-ID" not in message:
        message["Message-ID"] = f"<{abs(hash((author, subject, body))):x}@mua.example>"
    message.set_content(body)
    return message


def reply_to(
    mail: EmailMessage, author: str, body: str, *, quoted: str = "", **changes: str
) -> EmailMessage:
    """What a mail client makes when its user presses "Reply" on a mail of ours."""
    subject = str(mail["Subject"])
    fields = {
        "In_Reply_To": str(mail["Message-ID"]),
        "References": f"{mail.get('References', '')} {mail['Message-ID']}".strip(),
    }
    to = str(mail.get("Reply-To", mail["From"]))
    values = {
        "to": to,
        "subject": subject if subject.lower().startswith("re:") else f"Re: {subject}",
        "body": body + quoted,
    } | changes
    headers = {k: v for k, v in fields.items() if changes.get("headers") != "lost"}
    values.pop("headers", None)
    return letter(author, **values, **headers)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


@dataclass
class Office:
    """A running gateway, with the mailboxes of everybody it writes to."""

    gateway: Gateway
    maildir: Path
    read: dict[str, int] = field(default_factory=dict)

    def port(self, listener: str) -> int:
        (found,) = [one for settings, one in self.gateway.listeners if settings.name == listener]
        return found.port

    async def deliver(
        self,
        message: EmailMessage | bytes,
        recipients: str | Sequence[str] = (),
        *,
        reverse_path: str | None = None,
        via: str = "edge",
    ) -> None:
        """Hand a mail in, and wait until everything that it caused is done."""
        parsed = message if isinstance(message, EmailMessage) else None
        if not recipients and parsed is not None:
            recipients = [str(address.addr_spec) for address in parsed["To"].addresses]
        if reverse_path is None:
            assert parsed is not None
            reverse_path = str(parsed["From"].addresses[0].addr_spec)
        raw = message if isinstance(message, bytes) else message.as_bytes()
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=self.port(via), start_tls=False, timeout=10
        )
        async with client:
            await client.sendmail(reverse_path, recipients, raw)
        await self.settled()

    async def count(self, sql: str) -> int:
        async with self.gateway.engine.connect() as connection:
            return int((await connection.execute(text(sql))).scalar_one())

    async def settled(self) -> None:
        """Until nothing waits in intake or outbox."""
        async with asyncio.timeout(PATIENCE):
            while await self.count(  # noqa: ASYNC110 -- the daemon's own tasks are what we wait for
                "SELECT (SELECT count(*) FROM intake WHERE state = 'pending') + "
                "(SELECT count(*) FROM outbox WHERE state = 'queued')"
            ):
                await asyncio.sleep(0.01)

    def mailbox(self, address: str) -> list[EmailMessage]:
        """All mail that this person received, oldest first."""
        found = []
        for path in sorted((self.maildir / "new").iterdir(), key=lambda p: p.stat().st_mtime_ns):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            if message["Delivered-To"] == address:
                found.append(message)
        return found

    def new_mail(self, address: str) -> list[EmailMessage]:
        """What came since this was asked last."""
        mails = self.mailbox(address)
        seen, self.read[address] = self.read.get(address, 0), len(mails)
        return mails[seen:]

    def one_mail(self, address: str) -> EmailMessage:
        (mail,) = self.new_mail(address)
        return mail

    async def tickets(self) -> int:
        return await self.count("SELECT count(*) FROM tickets")

    async def verdicts(self) -> dict[str, int]:
        async with self.gateway.engine.connect() as connection:
            rows = await connection.execute(
                text("SELECT verdict, count(*) FROM intake GROUP BY verdict")
            )
            return {str(verdict): int(number) for verdict, number in rows}
