"""A gateway whose time is ours: real store, reader, rules, templates and composer; the clock jumps
from one thing that happens to the next, and the mail goes to the mailboxes of people in this test.
"""

import asyncio
import email
import email.policy
import hashlib
import heapq
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from itertools import count
from urllib.parse import unquote

from helpdesk.app.gateway import Gateway
from helpdesk.core.mail import Arrival, Envelope, Trust
from helpdesk.core.outgoing import Notice, OutgoingMail, Rendered
from helpdesk.ports import Attempt, Composer, Delivery, Outcome, Raw
from helpdesk.store.queues import SqlIntake
from tests.fakes import FakeClock

EDGE = "mx.example.test"
STEP = timedelta(minutes=10)
"""What happens within it is worked off together, as after a short pause of ours."""
Act = Callable[[], Awaitable[None]]


@dataclass
class Post:
    """Takes what the gateway sends, into the mailbox of whoever it is for."""

    boxes: dict[str, list[EmailMessage]] = field(default_factory=lambda: defaultdict(list))
    fresh: list[tuple[str, EmailMessage]] = field(default_factory=list)

    async def deliver(self, delivery: Delivery) -> Attempt:
        message = email.message_from_bytes(delivery.content, policy=email.policy.default)
        self.boxes[delivery.recipient].append(message)
        self.fresh.append((delivery.recipient, message))
        return Attempt(Outcome.DELIVERED)

    async def close(self) -> None:
        pass


@dataclass
class Noting:
    """Remembers what kind of mail each one is."""

    composer: Composer
    notices: dict[str, Notice] = field(default_factory=dict)

    def compose(self, mail: OutgoingMail, rendered: Rendered, files: Sequence[bytes]) -> Delivery:
        self.notices[mail.message_id] = mail.notice
        return self.composer.compose(mail, rendered, files)


@dataclass
class Simulation:
    gateway: Gateway
    clock: FakeClock
    post: Post = field(default_factory=Post)
    on_mail: Callable[[str, EmailMessage], None] = lambda _recipient, _mail: None
    _coming: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)
    _arrived: list[tuple[Arrival, Raw]] = field(default_factory=list)
    written: int = 0
    composer: Noting = field(init=False)

    def __post_init__(self) -> None:
        gateway = self.gateway
        for part in (gateway.receiver, gateway.sender, gateway.ticker, gateway.periodic):
            part.clock = self.clock
        self.gateway.sender.transport = self.post
        self.gateway.sender.composer = self.composer = Noting(self.gateway.sender.composer)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def notice_of(self, mail: EmailMessage) -> Notice:
        return self.composer.notices[str(mail["Message-ID"]).strip("<>")]

    # --- what people do -------------------------------------------------------------------------

    def at(self, moment: datetime, act: Act) -> None:
        heapq.heappush(self._coming, (max(moment, self.now), next(self._order), act))

    def after(self, delay: timedelta, act: Act) -> None:
        self.at(self.now + delay, act)

    def hand_in(self, message: EmailMessage, recipient: str, *, proved: bool = True) -> None:
        """A mail that the edge has taken and checked."""
        author = parseaddr(str(message["From"]))[1]
        domain = author.rpartition("@")[2]
        result = "pass" if proved else "none"
        head = (
            f"Authentication-Results: {EDGE}; dmarc={result} header.from={domain}\r\n"
            f"Received: from mail.{domain} by {EDGE}; {format_datetime(self.now)}\r\n"
        )
        content = head.encode() + message.as_bytes(policy=email.policy.SMTP)
        arrival = Arrival(
            Envelope(author, (recipient,)), "edge", self.now, Trust("192.0.2.1", EDGE)
        )
        raw = Raw(len(content), hashlib.sha256(content).hexdigest(), content)
        self._arrived.append((arrival, raw))

    def write(self, author: str, to: str, subject: str, body: str, **fields: str) -> EmailMessage:
        self.written += 1
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = author
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(self.now)
        domain = parseaddr(author)[1].rpartition("@")[2]
        message["Message-ID"] = f"<{self.written}@{domain}>"
        for name, value in fields.items():
            message[name.replace("_", "-")] = value
        message.set_content(body)
        return message

    def send(self, author: str, to: str, subject: str, body: str, **fields: str) -> None:
        self.hand_in(self.write(author, to, subject, body, **fields), to)

    def reply(self, author: str, mail: EmailMessage, body: str, *, proved: bool = True) -> None:
        """As a mail client does it: with the quotation below."""
        to = parseaddr(str(mail["Reply-To"] or mail["From"]))[1]
        said = text_of(mail).splitlines()
        who = parseaddr(str(mail["From"]))[0] or "Support"
        quoted = "\n".join(["", f"On {mail['Date']}, {who} wrote:", *(f"> {x}" for x in said)])
        subject = str(mail["Subject"])
        subject = subject if subject.lower().startswith("re:") else f"Re: {subject}"
        references = f"{mail['References'] or ''} {mail['Message-ID']}".strip()
        message = self.write(
            author,
            to,
            subject,
            f"{body}\n{quoted}\n",
            In_Reply_To=str(mail["Message-ID"]),
            References=references,
        )
        self.hand_in(message, to, proved=proved)

    def click(self, author: str, mail: EmailMessage, name: str) -> bool:
        """Follow a link of the mail and press "Send"; whether there is such a link."""
        link = link_of(mail, name)
        if link is None:
            return False
        to, subject, body = link
        self.hand_in(self.write(author, to, subject, body), to)
        return True

    # --- time passes ----------------------------------------------------------------------------

    async def run_until(self, end: datetime) -> None:
        while True:
            await self._settle()
            coming = await self._next(end)
            if coming is None:
                break
            self.clock.at = max(coming, self.now)
            while self._coming and self._coming[0][0] <= self.now:
                _, _, act = heapq.heappop(self._coming)
                await act()
        self.clock.at = end
        await self._settle()

    async def _next(self, end: datetime) -> datetime | None:
        moments = [self._coming[0][0]] if self._coming else []
        due = await self.gateway.ticker.timers.next_due()
        moments += [due] if due is not None else []
        first = min(moments, default=None)
        if first is None or first > end:
            return None
        late = (first - datetime.min.replace(tzinfo=UTC)) % STEP
        return first + (STEP - late) if late else first

    async def take_in(self) -> int:
        """Put what was handed in into the intake, and decide all of it; how many there were."""
        queue = self.gateway.receiver.queue
        assert isinstance(queue, SqlIntake)
        await queue.keep(self._arrived)
        self._arrived = []
        done = 0
        while number := await self.gateway.receiver.run_once():
            done += number
        return done

    async def _settle(self) -> None:
        """Until nothing is left to do at this moment."""
        gateway = self.gateway
        while True:
            busy = await self.take_in()
            busy += await gateway.ticker.run_once()
            busy += await gateway.periodic.run_once()
            busy += await gateway.sender.run_once()
            fresh, self.post.fresh = self.post.fresh, []
            for recipient, mail in fresh:
                self.on_mail(recipient, mail)
            if not busy and not self._arrived:
                return
            await asyncio.sleep(0)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def link_of(mail: EmailMessage, name: str) -> tuple[str, str, str] | None:
    """Recipient, subject and body of the mail that a link of that name makes."""
    for found in re.finditer(
        r"mailto:([^?\s>\"]+)\?subject=([^&\s>\"]*)&body=([^\s>\"]*)", text_of(mail)
    ):
        to, subject, body = map(unquote, found.groups())
        if body == f"#{name}":
            return to, subject, body
    return None


def tag_of(mail: EmailMessage) -> str:
    found = re.search(r"\[(TICK-\d+)\]", str(mail["Subject"]))
    return found[1] if found else ""
