"""Stand-ins for what a flow needs from the world; each obeys the words of its port."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from helpdesk.core.outgoing import OutboxState, OutgoingMail, Rendered
from helpdesk.core.ticket import IntakeId, OutboxId
from helpdesk.ports import Attempt, Delivery, Due, Outcome, Sent

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

STATE_OF = {
    Outcome.DELIVERED: OutboxState.DELIVERED,
    Outcome.DEFERRED: OutboxState.DEFERRED,
    Outcome.FAILED: OutboxState.FAILED,
    Outcome.HELD: OutboxState.HELD,
}


@dataclass
class FakeClock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def tick(self, step: timedelta) -> None:
        self.at += step


@dataclass
class OutboxEntry:
    mail: OutgoingMail
    due_at: datetime
    state: OutboxState = OutboxState.QUEUED
    attempts: int = 0
    rendered: Rendered | None = None
    detail: str = ""
    lease_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in {OutboxState.QUEUED, OutboxState.DEFERRED}

    @property
    def next_at(self) -> datetime:
        return self.lease_until or self.due_at


class MemoryOutbox:
    """The outbox in memory: it outlives a crash of the flow, as the database does."""

    def __init__(self, *mails: OutgoingMail, due_at: datetime = NOON) -> None:
        self.entries = {mail.id: OutboxEntry(mail, due_at) for mail in mails}
        self.raws: dict[IntakeId, bytes] = {}
        self.commits: list[tuple[OutboxId, ...]] = []
        """The entries of every call of `finish`."""
        self.claims = 0

    async def claim(self, now: datetime, limit: int, lease_until: datetime) -> tuple[Due, ...]:
        self.claims += 1
        due = [entry for entry in self.entries.values() if entry.is_open and entry.next_at <= now]
        due = sorted(due, key=lambda entry: entry.next_at)[:limit]
        for entry in due:
            entry.lease_until = lease_until
        return tuple(Due(entry.mail, entry.attempts, entry.rendered) for entry in due)

    async def keep_rendered(self, rendered: Sequence[tuple[OutboxId, Rendered]]) -> None:
        for number, words in rendered:
            self.entries[number].rendered = words

    async def finish(self, sent: Sequence[Sent], now: datetime) -> None:
        self.commits.append(tuple(one.id for one in sent))
        for one in sent:
            entry = self.entries[one.id]
            entry.state = STATE_OF[one.attempt.outcome]
            entry.detail = one.attempt.detail
            entry.attempts += 1
            entry.due_at = one.due_at or now
            entry.lease_until = None

    async def next_due(self) -> datetime | None:
        return min((e.next_at for e in self.entries.values() if e.is_open), default=None)

    async def raw(self, intake: IntakeId) -> bytes:
        return self.raws[intake]

    async def release(self) -> None:
        for entry in self.entries.values():
            entry.lease_until = None

    def add(self, mail: OutgoingMail, due_at: datetime = NOON) -> None:
        self.entries[mail.id] = OutboxEntry(mail, due_at)

    def states(self) -> dict[int, OutboxState]:
        return {number: entry.state for number, entry in self.entries.items()}


def delivered(_: Delivery) -> Attempt:
    return Attempt(Outcome.DELIVERED)


@dataclass
class RecordingTransport:
    """Takes everything, and says what `answer` makes of it."""

    answer: Callable[[Delivery], Attempt] = delivered
    deliveries: list[Delivery] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    closed: bool = False

    async def deliver(self, delivery: Delivery) -> Attempt:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        self.deliveries.append(replace(delivery))
        return self.answer(delivery)

    async def close(self) -> None:
        self.closed = True


@dataclass
class RecordingAlarms:
    told: list[tuple[str, str]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    active: dict[str, str] = field(default_factory=dict)

    def tell(self, cause: str, words: str) -> None:
        self.told.append((cause, words))
        self.active[cause] = words

    def over(self, cause: str) -> None:
        self.ended.append(cause)
        self.active.pop(cause, None)
