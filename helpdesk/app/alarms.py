"""Tells the operator what only an operator can mend: one line in the log, and one plain mail.

The mail goes straight to a relay and never through the outbox: the store may be the trouble.

Standards: RFC 5322; RFC 3834 §5 (Auto-Submitted); RFC 5321 §4.5.5 (null reverse-path).
Failures: a mail that cannot be sent is tried again with pauses, then left; the log has told it.
"""

import asyncio
import email.policy
import textwrap
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from types import MappingProxyType

import structlog

from helpdesk.ports import Attempt, Clock, Delivery, Outcome, Transport

log = structlog.get_logger("alarms")

ONCE_IN = timedelta(days=1)
"""At most one mail about one cause in this time."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
MOST_TRIES = 12
"""Of one mail: about seven hours."""
MOST_CAUSES = 200
LONGEST_WORDS = 1_000
SECONDS_TO_SEND = 60.0
SECONDS_TO_CLOSE = 3.0
_LINE = 72


@dataclass(slots=True)
class _Letter:
    cause: str
    subject: str
    text: str
    at: datetime
    missing: list[str]
    """Addresses that do not have it yet."""
    due_at: datetime
    is_good_news: bool = False
    had: list[str] = field(default_factory=list)
    tries: int = 0
    message_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def is_open(self) -> bool:
        return bool(self.missing) and self.tries < MOST_TRIES


@dataclass(slots=True)
class _Trouble:
    words: str
    since: datetime
    mailed: str = ""
    """What of its words was put into a mail."""
    letter: _Letter | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What was told, and to whom."""

    troubles: dict[str, _Trouble]
    mailed: dict[str, datetime]
    """When there was a mail about a cause."""
    ended: list[_Trouble]
    """Whose end may have to be told."""
    good_news: list[_Letter]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What is the same in all mails to operators."""

    addresses: tuple[str, ...]
    author: str
    """The address of notifications."""
    reverse_path: str = ""
    """Null, except for a relay that takes only its login address."""
    host: str = "localhost"


class OperatorAlarms:
    """Of one thread. `run` sends the mails; until then, and without it, there is only the log."""

    def __init__(
        self, head: Letterhead, clock: Clock, *, without_mail: Collection[str] = ()
    ) -> None:
        """`without_mail`: causes about the only way that such mail could go."""
        self._head = head
        self._clock = clock
        self._without_mail = frozenset(without_mail)
        self._way: Transport | None = None
        self._troubles: dict[str, _Trouble] = {}
        self._mailed: dict[str, datetime] = {}
        self._ended: list[_Trouble] = []
        """Whose end may have to be told."""
        self._good_news: list[_Letter] = []
        self._one_at_a_time = asyncio.Lock()
        self._wake = asyncio.Event()

    def goes_by(self, way: Transport) -> None:
        """The transport for the mails; it may itself have alarms to tell, so it comes later."""
        self._way = way

    @property
    def active(self) -> Mapping[str, datetime]:
        """Troubles that are not over, and since when."""
        return MappingProxyType({cause: each.since for cause, each in self._troubles.items()})

    def tell(self, cause: str, words: str) -> None:
        now, words = self._clock.now(), _one_line(words)
        trouble = self._troubles.get(cause)
        if trouble is None and len(self._troubles) >= MOST_CAUSES:
            log.error("operator alarm", cause=cause, words=words)
            return
        if trouble is None:
            trouble = self._troubles[cause] = _Trouble("", now)
        if words != trouble.words:
            trouble.words = words
            log.error("operator alarm", cause=cause, words=words)
        if self._may_mail(cause, trouble, now):
            self._write(cause, trouble, now)
            self._wake.set()

    def over(self, cause: str) -> None:
        trouble = self._troubles.pop(cause, None)
        if trouble is None:
            return
        log.warning("operator alarm over", cause=cause, since=trouble.since.isoformat())
        self._ended.append(trouble)
        self._wake.set()

    def hand_over(self) -> "Told":
        """For who follows us, when the settings are taken anew."""
        told = Told(self._troubles, self._mailed, self._ended, self._good_news)
        self._troubles, self._mailed, self._ended, self._good_news = {}, {}, [], []
        return told

    def take_over(self, told: "Told", gone: Collection[str] = ()) -> None:
        """Before anything is told here; `gone`: causes that nobody will call over any more."""
        self._troubles = {c: trouble for c, trouble in told.troubles.items() if c not in gone}
        self._mailed, self._ended, self._good_news = told.mailed, told.ended, told.good_news
        self._wake.set()

    def _write(self, cause: str, trouble: _Trouble, now: datetime) -> None:
        trouble.letter = self._letter(cause, f"{cause}: needs you", trouble, now)
        trouble.mailed = trouble.words

    def _may_mail(self, cause: str, trouble: _Trouble, now: datetime) -> bool:
        if not self._head.addresses or cause in self._without_mail:
            return False
        if trouble.letter is not None and trouble.letter.is_open:
            return False
        last = self._mailed.get(cause)
        return last is None or now - last >= ONCE_IN

    def _letter(self, cause: str, subject: str, trouble: _Trouble, now: datetime) -> _Letter:
        words = textwrap.fill(trouble.words, _LINE, break_long_words=False, break_on_hyphens=False)
        text = f"{words}\n\nSince {trouble.since:%Y-%m-%d %H:%M} UTC, on {self._head.host}.\n"
        addresses = list(self._head.addresses)
        return _Letter(cause, f"[helpdesk] {subject}", text, now, addresses, now)

    # --- mail -------------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Send what is to be sent until stopped. Never raises."""
        while not stop.is_set():
            self._wake.clear()
            due_at = await self.send_due()
            pause = None if due_at is None else (due_at - self._clock.now()).total_seconds()
            await _first_of(stop, self._wake, seconds=pause)

    async def send_due(self) -> datetime | None:
        """Try all mails that are due; when the next one is."""
        async with self._one_at_a_time:
            self._tell_of_ends()
            self._tell_of_changes()
            for letter in self._open_letters():
                if letter.due_at <= self._clock.now():
                    await self._send(letter)
            self._tell_of_ends()
            now = self._clock.now()
            self._mailed = {cause: at for cause, at in self._mailed.items() if now - at < ONCE_IN}
            return min(
                (*(letter.due_at for letter in self._open_letters()), *self._changes_due()),
                default=None,
            )

    def _tell_of_changes(self) -> None:
        """What became different within the day after a mail was not told by it."""
        now = self._clock.now()
        for cause, trouble in self._troubles.items():
            if trouble.words != trouble.mailed and self._may_mail(cause, trouble, now):
                self._write(cause, trouble, now)

    def _changes_due(self) -> Iterator[datetime]:
        for cause, trouble in self._troubles.items():
            if trouble.words != trouble.mailed and cause in self._mailed:
                yield self._mailed[cause] + ONCE_IN

    def _tell_of_ends(self) -> None:
        """To those who had been told of the trouble, and to nobody else."""
        now = self._clock.now()
        ended, self._ended = self._ended, []
        for trouble in ended:
            bad = trouble.letter
            if bad is not None and bad.had:
                good = self._letter(bad.cause, f"{bad.cause}: is over", trouble, now)
                good.text = f"This is over.\n\n{good.text}"
                good.missing, good.is_good_news = list(bad.had), True
                self._good_news.append(good)
        self._good_news = [letter for letter in self._good_news if letter.is_open]

    def _open_letters(self) -> Sequence[_Letter]:
        letters = [t.letter for t in self._troubles.values() if t.letter is not None]
        return [letter for letter in (*letters, *self._good_news) if letter.is_open]

    async def _send(self, letter: _Letter) -> None:
        letter.tries += 1
        for address in tuple(letter.missing):
            attempt = await self._deliver(letter, address)
            if attempt.outcome is Outcome.DELIVERED:
                letter.missing.remove(address)
                letter.had.append(address)
            else:
                log.warning(
                    "mail to the operator not sent",
                    outcome=attempt.outcome.value,
                    detail=attempt.detail,
                    tries=letter.tries,
                )
        pause = min(FIRST_PAUSE * 2 ** (letter.tries - 1), LONGEST_PAUSE)
        letter.due_at = self._clock.now() + pause
        # What nobody could get for hours counts, too: it is told again tomorrow.
        if not letter.is_good_news and (letter.had or not letter.is_open):
            self._mailed[letter.cause] = letter.at

    async def _deliver(self, letter: _Letter, address: str) -> Attempt:
        if self._way is None:
            return Attempt(Outcome.DEFERRED, "there is no way yet")
        delivery = Delivery(self._head.reverse_path, address, self._content(letter, address))
        try:
            async with asyncio.timeout(SECONDS_TO_SEND):
                return await self._way.deliver(delivery)
        except Exception as error:  # noqa: BLE001 -- an alarm must not end what it tells about
            return Attempt(Outcome.DEFERRED, f"internal error: {type(error).__name__}")

    def _content(self, letter: _Letter, address: str) -> bytes:
        head = self._head
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = f"Helpdesk <{head.author}>"
        message["To"] = address
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.at)
        # The same for all tries; no Message-ID of a ticket's mail looks like it.
        message["Message-ID"] = f"<alarm.{letter.message_id}@{head.author.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(letter.text)
        return bytes(message)

    async def close(self) -> None:
        """Give what is due a last, short chance."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_TO_CLOSE):
                await self.send_due()


def _one_line(words: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in words[:4000]).split())
    return line[:LONGEST_WORDS]


async def _first_of(*events: asyncio.Event, seconds: float | None) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(
            waits,
            timeout=None if seconds is None else max(seconds, 0),
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
