"""What a flow needs from the world: the store, the reader, the transport and the clock."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol

from helpdesk.core.decision import Decision, Ids, Incoming, Keys, Known
from helpdesk.core.license import LicenseAnswer, LookupResult
from helpdesk.core.mail import Arrival, Message
from helpdesk.core.outgoing import OutgoingMail, Rendered
from helpdesk.core.statistics import Life, Period
from helpdesk.core.ticket import IntakeId, OutboxId, PersonId, TicketNumber


@dataclass(frozen=True, slots=True)
class Raw:
    """A message as received, in memory or spilled to a file that the giver removes afterwards."""

    size: int
    sha256: str
    content: bytes | None
    path: Path | None = None


class Unavailable(Exception):  # noqa: N818 -- it names a state of the store, as in the docs
    """The store cannot be used right now: locked, full or away. Nothing of the call has happened,
    no mail is at fault, and the same call will do when the cause is gone.
    """

    what: ClassVar[str] = "store"
    """What cannot be used, for the log."""


class Cursors(Protocol):
    """How far each source was read that does not forget what it gave."""

    async def position(self, source: str) -> str:
        """In the source's own terms; empty before the first time."""

    async def move(self, source: str, position: str, now: datetime) -> None: ...

    async def kept(self, origins: Sequence[str]) -> frozenset[str]:
        """Those of the origins of which intake has the mail."""


class TokenSource(Protocol):
    """Access tokens for a mail server that wants OAuth 2 (RFC 6749)."""

    async def token(self) -> str:
        """One that is valid for some minutes more. Raises TokenRefused."""

    def forget(self) -> None:
        """The server did not take the last one: the next call asks for a new one."""


class TokenRefused(Exception):  # noqa: N818 -- it names what happened, as in the docs
    """There is no access token: one line for the operator, without any secret."""

    def __init__(self, words: str, *, is_temporary: bool = False) -> None:
        super().__init__(words)
        self.is_temporary = is_temporary
        """It may pass by itself: whoever gives the tokens is away or busy."""


class Alarms(Protocol):
    """Tells the operator what only an operator can mend; at most once a day for each cause."""

    def tell(self, cause: str, words: str) -> None:
        """`cause` is constant for one trouble, such as `mailbox support`; `words` are for people:
        what is wrong, and the next step. Never raises, never waits."""

    def over(self, cause: str) -> None:
        """The trouble is gone; does nothing if there was none."""


class IntakeStore(Protocol):
    """Where the one door puts mail."""

    async def keep(self, mails: Sequence[tuple[Arrival, Raw]]) -> None:
        """Keep all of them in one commit; durable when it returns, else nothing is kept."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An intake entry taken for processing."""

    id: IntakeId
    arrival: Arrival
    raw: bytes
    attempts: int
    """Attempts made alone, this one included; 0 in a batch."""
    released: bool = False
    """The operator let it out of quarantine: it is not judged a loop again."""


class IntakeQueue(Protocol):
    """The durable queue behind the one door."""

    async def claim(self, now: datetime, limit: int) -> tuple[Claimed, ...]:
        """Take one entry alone that an earlier batch failed to finish, if one is due, its attempt
        counted before this returns; else up to `limit` fresh ones."""

    async def release(self) -> None:
        """At the start: entries that a dead process had claimed will be tried again, each alone."""

    async def failed(self, ids: Sequence[IntakeId], due_at: datetime, error: str) -> None:
        """Processing failed: each will be tried alone from `due_at` on."""

    async def quarantine(self, entry: IntakeId, reason: str, error: str, now: datetime) -> None:
        """Set it aside, kept and listed; released by the operator."""


class Work(Protocol):
    """All changes of one batch of decisions, in one transaction."""

    ids: Ids

    async def keep(self, mails: Sequence[tuple[Arrival, Raw]]) -> Sequence[IntakeId]:
        """Before `load`: mails that this very work decides on; nobody else ever claims them. They
        are kept by its commit or not at all, and each must be given to `apply`."""

    async def load(self, keys: Sequence[Keys]) -> None:
        """Look up all that `known` may be asked for, in a fixed number of queries."""

    def known(self, keys: Keys) -> Known:
        """What the store and the decisions applied so far in this work know for one mail."""

    def apply(self, incoming: Incoming | None, decision: Decision, now: datetime) -> None:
        """Take a decision in; later `known` calls of this work see it. None: no mail caused it."""

    async def commit(self) -> None:
        """Write everything in one transaction. Without it nothing of this work happens."""


class Tickets(Protocol):
    def work(self) -> AbstractAsyncContextManager[Work]: ...


class Timers(Protocol):
    """Which tickets something will happen to by itself."""

    async def due(self, now: datetime, limit: int) -> Sequence[TicketNumber]:
        """The earliest first; each must be looked at again in a work of its own."""

    async def agree(self, settings: str, now: datetime) -> int:
        """Make all living tickets due if it was not with these settings that times were reckoned
        last; how many. `settings` is a fingerprint of them."""

    async def next_due(self) -> datetime | None: ...


class Marks(Protocol):
    """What is done once in a day or a week; moved by `Work`, with all that is done."""

    async def positions(self, sources: Collection[str]) -> Mapping[str, str]:
        """Up to when it was done, by name; what was never done is left out."""


class Statistics(Protocol):
    async def lives(self, period: Period, desk: str) -> Sequence[Life]:
        """Of all tickets of the desk that count in the period."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A mail of an archive that is to be imported."""

    number: int
    path: Path
    kind: str
    start: int
    end: int
    sha256: str
    origin: str
    """Names it by its content: the same in every copy of the archive."""
    date: datetime
    thread: int

    @property
    def size(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Thread:
    """What is known about a thread of an archive while it is imported."""

    ends_at: datetime
    ticket: TicketNumber | None
    mates: tuple[str, ...]
    """Message-IDs of its mails, as long as it has no ticket."""


class Plan(Protocol):
    """The mails of an archive in the order of their dates, and how they belong together."""

    def take(self, limit: int, octets: int) -> Sequence[Planned]:
        """The next ones, at least one of them however large; empty at the end."""

    def thread(self, number: int) -> Thread: ...

    def settle(self, tickets: Mapping[int, TicketNumber]) -> None:
        """Where threads led, in a work that was committed."""


class Reader(Protocol):
    """Makes a Message of raw bytes, whatever they are."""

    async def read_many(self, raws: Sequence[bytes]) -> Sequence[Message]:
        """In the order of the mails."""


class Outcome(StrEnum):
    """What became of one delivery attempt."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    FAILED = "failed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of one delivery attempt."""

    outcome: Outcome
    detail: str = ""
    """Reply of the relay or a short reason; never contains addresses of ours or secrets."""
    gave_up: bool = False
    """Failed by our own patience, not by anybody's word about the recipient."""


@dataclass(frozen=True, slots=True)
class Due:
    """An outbox entry whose time has come."""

    mail: OutgoingMail
    attempts: int
    """Attempts before this one."""
    rendered: Rendered | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an outbox entry in this attempt."""

    id: OutboxId
    attempt: Attempt
    due_at: datetime | None
    """When to try again, for a deferred one."""


class Outbox(Protocol):
    async def claim(self, now: datetime, limit: int, lease_until: datetime) -> tuple[Due, ...]: ...

    async def keep_rendered(self, rendered: Sequence[tuple[OutboxId, Rendered]]) -> None: ...

    async def finish(self, sent: Sequence[Sent], now: datetime) -> None:
        """Record outcomes; what a delivery report said meanwhile is kept."""

    async def next_due(self) -> datetime | None:
        """When the earliest unfinished entry is due; None when there is none."""

    async def raw(self, intake: IntakeId) -> bytes:
        """The raw message with the files of an outgoing mail."""

    async def release(self) -> None:
        """At the start: entries that a dead process had claimed are due again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail ready for the wire."""

    reverse_path: str
    recipient: str
    content: bytes


class Transport(Protocol):
    async def deliver(self, delivery: Delivery) -> Attempt:
        """Try once; never raises for anything that the other side does."""

    async def close(self) -> None: ...


class Renderer(Protocol):
    def render(self, mail: OutgoingMail) -> Rendered:
        """Raises Unprocessable when the template is wrong: the entry is held."""


class Composer(Protocol):
    def compose(self, mail: OutgoingMail, rendered: Rendered, files: Sequence[bytes]) -> Delivery:
        """Bytes for the wire, checked against the plan. Raises Unprocessable: the entry is held."""


class FileOpener(Protocol):
    def __call__(self, raw: bytes, part: str) -> bytes:
        """The decoded content of a part of a raw message. Raises KeyError if there is none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A license that its provider is asked for."""

    provider: str
    fingerprint: str
    answer: LicenseAnswer
    """What is known so far."""
    mails: tuple[IntakeId, ...]
    """In which the key may stand, the newest first."""


@dataclass(frozen=True, slots=True)
class Concerned:
    """A ticket that an answer about a license matters to."""

    ticket: TicketNumber
    told: frozenset[PersonId] = frozenset()
    """The agents who have mail about the ticket without this answer, and wait for none."""


class Answers(Protocol):
    """The durable queue of license keys that providers are asked for."""

    async def claim(
        self, now: datetime, providers: Mapping[str, int], lease_until: datetime
    ) -> tuple[Asked, ...]:
        """Of each of these providers so many that are due."""

    async def answered(
        self, asked: Asked, answer: LicenseAnswer, due_at: datetime | None, now: datetime
    ) -> tuple[Concerned, ...]:
        """Keep what is known by now and when to ask again; the latest tickets that it matters to.
        Their notifications, which waited for it, may go out."""

    async def hasten(self, provider: str, now: datetime) -> None:
        """It answers again: what it was asked for in vain is due now."""

    async def next_due(self, providers: Collection[str]) -> datetime | None: ...


class LicenseProvider(Protocol):
    """Somebody who knows about license keys."""

    name: str

    async def lookup(self, key: str) -> LookupResult:
        """Ask once, within the provider's own time limit; never raises for anything that the other
        side does, and tells the key to nobody else."""

    async def close(self) -> None: ...


class Clock(Protocol):
    def now(self) -> datetime: ...


class Unprocessable(Exception):  # noqa: N818 -- it names a state of the mail, as in the docs
    """Our own fault makes this impossible until an operator acts."""
