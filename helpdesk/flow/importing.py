"""An archive is imported: mail that came long ago, kept and decided in batches beside the daemon.

Everything of a batch is one work, so whatever ends the process, each mail is kept once with all
that follows from it, or not at all; and the daemon never sees one that waits.

Failures: what cannot be read is told and passed over; a mail that we cannot decide is quarantined.
A store that cannot be used ends the import (Unavailable), and it can be gone on with.
"""

import asyncio
import contextlib
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from helpdesk.core.address import domain_of, lookup_key
from helpdesk.core.decide import identity_of
from helpdesk.core.decide_import import (
    History,
    Importing,
    decide_import,
    failed_import,
    import_keys,
)
from helpdesk.core.decision import Decision, Incoming, Keys, Known, Verdict
from helpdesk.core.mail import COULD_NOT_BE_READ, Arrival, Envelope, Mail, Message
from helpdesk.core.reply_address import is_ours
from helpdesk.core.ticket import EntryKind, IntakeId, TicketNumber
from helpdesk.ports import Clock, Plan, Planned, Raw, Reader, Tickets, Unavailable, Work

BATCH = 32
"""Larger ones are faster, and let the daemon beside us wait for longer."""
OCTETS = 8 * 2**20
"""Of raw messages in a batch, unless one alone is larger."""
SOURCE = "import"
REST = 0.05
"""Seconds between two batches: SQLite lets who waits for a batch to end sleep half as long."""
MOST_AUTHORS = 10_000


@dataclass(slots=True)
class Tally:
    """What came of it so far."""

    mails: int = 0
    octets: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    """Entries by kind."""
    outbox: int = 0
    not_shown: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    largest: int = 0
    largest_in: str = ""
    authors: Counter[str] = field(default_factory=Counter)
    """Who wrote from a domain of our desks and is no agent."""

    def add(self, planned: Planned, mail: Mail, decision: Decision) -> None:
        self.mails += 1
        self.octets += mail.size
        self.verdicts[decision.verdict.value] += 1
        if decision.verdict in {Verdict.OPENED, Verdict.APPENDED}:
            kinds = {entry.kind for entry in decision.entries} - {EntryKind.EVENT}
            self.kinds.update(kind.value for kind in kinds)
        self.outbox += len(decision.outbox)
        self.not_shown += COULD_NOT_BE_READ in mail.message.defects
        self.first_at = min(self.first_at or planned.date, planned.date)
        self.last_at = max(self.last_at or planned.date, planned.date)
        if mail.size > self.largest:
            self.largest, self.largest_in = mail.size, where(planned)

    def count_author(self, address: str) -> None:
        key = lookup_key(address)
        if key in self.authors or len(self.authors) < MOST_AUTHORS:
            self.authors[key] += 1


def where(planned: Planned) -> str:
    place = f", octet {planned.start}" if planned.start else ""
    return f"{planned.path}{place}"


@dataclass(frozen=True, slots=True)
class _Read:
    planned: Planned
    raw: bytes
    message: Message


@dataclass(slots=True)
class Importer:
    """Load, decide, commit; while a batch is decided the next one is read, in other processes."""

    plan: Plan
    read: Callable[[Planned], bytes]
    """Raises OSError if the file is gone."""
    tickets: Tickets
    reader: Reader
    importing: Importing
    clock: Clock
    fault: Callable[[Planned, str], None]
    """Told what was passed over, and why."""
    again: bool = False
    """Mail that was imported before is decided once more; its identity tells that it is known."""
    batch: int = BATCH
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Between two batches, so that a daemon beside us gets its turn."""
    tally: Tally = field(default_factory=Tally)

    async def run(self, stop: asyncio.Event, on_batch: Callable[[], None]) -> None:
        """Until the end of the plan, or the end of the batch in hand after `stop`."""
        batch = await self._take()
        while batch is not None and not stop.is_set():
            ahead = asyncio.create_task(self._take())
            try:
                await self._settle(batch)
                on_batch()
                if not stop.is_set():
                    await self.rest(REST)
                batch = None if stop.is_set() else await ahead
            finally:
                ahead.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await ahead

    async def _take(self) -> Sequence[_Read] | None:
        """Read the next mails; None at the end of the plan."""
        planned = self.plan.take(self.batch, OCTETS)
        if not planned:
            return None
        raws = await asyncio.to_thread(lambda: [self._raw(each) for each in planned])
        found = [(each, raw) for each, raw in zip(planned, raws, strict=True) if raw is not None]
        messages = await self.reader.read_many([raw for _, raw in found]) if found else ()
        return [
            _Read(each, raw, message) for (each, raw), message in zip(found, messages, strict=True)
        ]

    def _raw(self, planned: Planned) -> bytes | None:
        try:
            raw = self.read(planned)
        except OSError as error:
            self.fault(planned, (error.strerror or "cannot be read").lower())
            return None
        if hashlib.sha256(raw).hexdigest() != planned.sha256:
            self.fault(planned, "was changed meanwhile (run the import again)")
            return None
        return raw

    async def _settle(self, batch: Sequence[_Read]) -> None:
        if not batch:
            return
        try:
            await self._process(batch)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 -- its mails are tried again, each alone
            for each in batch:
                await self._settle_alone(each)

    async def _settle_alone(self, each: _Read) -> None:
        try:
            await self._process([each])
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 -- it is kept with the error, for the operator
            await self._process([each], error)

    async def _process(self, batch: Sequence[_Read], error: Exception | None = None) -> None:
        """All of a batch in one work; after an error it is kept and set aside."""
        now = self.clock.now()
        turns = [self._turn(each, now, failed=error is not None) for each in batch]
        led: dict[int, TicketNumber] = {}
        async with self.tickets.work() as work:
            ids = await work.keep([(turn.mail.arrival, turn.raw) for turn in turns])
            await work.load([turn.keys for turn in turns])
            decisions = [
                self._decide(work, (number, turn), led, now, error)
                for number, turn in zip(ids, turns, strict=True)
            ]
            await work.commit()
        self.plan.settle(led)
        for turn, decision in zip(turns, decisions, strict=True):
            self.tally.add(turn.planned, turn.mail, decision)

    def _turn(self, each: _Read, now: datetime, *, failed: bool) -> "_Turn":
        planned, rules = each.planned, self.importing.rules
        origin = "" if self.again else planned.origin
        arrival = Arrival(Envelope("", ()), SOURCE, now, origin=origin)
        mail = Mail(arrival, each.message, len(each.raw), planned.sha256)
        thread = self.plan.thread(planned.thread)
        history = History(planned.date, thread.ends_at, where(planned), thread.ticket, thread.mates)
        keys = Keys(identity_of(mail.message))
        if not failed:  # else whatever there is to be looked up may be what fails
            keys = import_keys(mail, keys.identity, history, rules.policy, rules.keyring)
        return _Turn(planned, mail, Raw(mail.size, planned.sha256, each.raw), history, keys)

    def _decide(
        self,
        work: Work,
        numbered: tuple[IntakeId, "_Turn"],
        led: dict[int, TicketNumber],
        now: datetime,
        error: Exception | None,
    ) -> Decision:
        number, turn = numbered
        history, keys, thread = turn.history, turn.keys, turn.planned.thread
        if thread in led:  # by a mail of this very batch
            history = replace(history, ticket=led[thread])
            keys = replace(keys, tickets=frozenset({led[thread]}))
        incoming = Incoming(number, turn.mail, keys)
        known = work.known(keys)
        if error is None:
            decision = decide_import(incoming, known, history, self.importing, work.ids, now)
        else:
            decision = failed_import(incoming, known, self.importing, work.ids, error, now)
        work.apply(incoming, decision, now)
        if self._is_like_agent(turn.mail.message, known):
            self.tally.count_author(turn.mail.message.clean_author)
        ticket = decision.ticket.number if decision.ticket is not None else None
        if decision.verdict is Verdict.DUPLICATE and known.seen is not None:
            ticket = known.seen.ticket
        if ticket is not None:
            led.setdefault(thread, ticket)
        return decision

    def _is_like_agent(self, message: Message, known: Known) -> bool:
        """From a domain of our desks, and neither a desk nor an agent: should he be one?"""
        clean, policy = message.clean_author, self.importing.rules.policy
        if domain_of(clean) not in {domain_of(desk.address) for desk in policy.desks}:
            return False
        person = known.people.get(lookup_key(clean))
        return not is_ours(policy, clean) and (person is None or not person.is_agent)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A mail with all that is known about it before its work begins."""

    planned: Planned
    mail: Mail
    raw: Raw
    history: History
    keys: Keys
