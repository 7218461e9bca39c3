"""What a decision starts from and what it results in: values between the flows and the store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from helpdesk.core.ledger import LedgerLine
from helpdesk.core.license import LicenseAnswer
from helpdesk.core.mail import Mail
from helpdesk.core.outgoing import OutboxState, OutgoingMail, SentMail
from helpdesk.core.rights import NOTHING_ON_RECORD, Book
from helpdesk.core.ticket import (
    Conversation,
    Entry,
    EntryId,
    IntakeId,
    License,
    Link,
    OutboxId,
    Participant,
    Person,
    PersonId,
    Ticket,
    TicketNumber,
)


class Verdict(StrEnum):
    """Where an accepted mail ended."""

    OPENED = "opened"
    APPENDED = "appended"
    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of evidence: what was looked at, what came of it."""

    step: str
    outcome: str
    detail: str = ""


class Ids:
    """Hands out the next free ids; the store sets the last ones used and keeps them afterwards."""

    def __init__(self, last: Mapping[str, int]) -> None:
        self.last = dict(last)

    def _next(self, kind: str) -> int:
        self.last[kind] += 1
        return self.last[kind]

    def ticket(self) -> TicketNumber:
        return TicketNumber(self._next("ticket"))

    def person(self) -> PersonId:
        return PersonId(self._next("person"))

    def entry(self) -> EntryId:
        return EntryId(self._next("entry"))

    def outbox(self) -> OutboxId:
        return OutboxId(self._next("outbox"))

    def ledger(self) -> int:
        return self._next("ledger")


@dataclass(frozen=True, slots=True)
class Keys:
    """What has to be looked up before a mail can be decided."""

    identity: str
    """Hex; equal for the same mail on every way it can come to us."""
    outbox: frozenset[OutboxId] = frozenset()
    """From reply tokens and Message-IDs of ours that verified."""
    message_ids: tuple[str, ...] = ()
    """Named by In-Reply-To and References, newest first."""
    tickets: frozenset[TicketNumber] = frozenset()
    """Named by subject tags."""
    addresses: frozenset[str] = frozenset()
    """Lookup keys of the people who might have written or be written to."""
    authors: frozenset[str] = frozenset()
    """Those of them who may be the requester."""
    lists: frozenset[str] = frozenset()
    """Those of them who may want a list of their tickets."""
    licenses: frozenset[str] = frozenset()
    """Fingerprints of the license keys in it."""
    rights: bool = False
    """Rights to support of these people, and of the requesters of the tickets, matter."""
    older: bool = False
    """Older entries of the tickets matter, too, as they do for an agent's mail."""
    queues: frozenset[str] = frozenset()
    """Desks of which all tickets matter that wait for an agent, by name."""
    marks: frozenset[str] = frozenset()
    """Names of what is done once in a day or a week."""
    answered: frozenset[OutboxId] = frozenset()
    """Those of `outbox` that it may be a reply to: what they said matters."""
    logos: frozenset[str] = frozenset()
    """SHA-256 of images that may have come with earlier mails of the authors."""
    files: bool = False
    """The number of files in the tickets matters."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket that is neither done nor with the customer."""

    ticket: Ticket
    """Without tags."""
    customer: str


@dataclass(frozen=True, slots=True)
class Seen:
    """An earlier mail with the same identity."""

    intake: IntakeId
    verdict: Verdict
    ticket: TicketNumber | None
    desks: tuple[str, ...] = ()
    """The desks it was addressed to, by name."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows that matters for one mail."""

    seen: Seen | None = None
    sent: Mapping[OutboxId, SentMail] = field(default_factory=dict)
    located: tuple[tuple[str, TicketNumber], ...] = ()
    """Message-IDs of Keys.message_ids that we sent or stored, with their tickets, newest first."""
    conversations: Mapping[TicketNumber, Conversation] = field(default_factory=dict)
    """All tickets that `sent`, `located` and Keys.tickets name, a merged one under its own number
    with `ticket.merged_into` set; its target is there too."""
    people: Mapping[str, Person] = field(default_factory=dict)
    """By lookup key of any of their addresses."""
    agents: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)
    """The active agents of every desk, by its name."""
    automatic: Mapping[str, tuple[tuple[datetime, TicketNumber | None], ...]] = field(
        default_factory=dict
    )
    """Automatic mail of the last 24 hours by lookup key of its recipient."""
    recent: Mapping[PersonId, tuple[Ticket, ...]] = field(default_factory=dict)
    """The latest tickets of those who are no agents, by requester, newest first; without tags."""

    answers: Mapping[tuple[str, str], LicenseAnswer] = field(default_factory=dict)
    """What providers said about licenses, by provider and fingerprint."""
    book: Book = NOTHING_ON_RECORD
    """Agreements and credits of Keys.addresses and of the requesters."""
    waiting: tuple[Waiting, ...] = ()
    """Of Keys.queues and of desks that are gone; maybe of others, for a batch is loaded once."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Up to when it was done, of Keys.marks; what was never done is not in it."""
    named_keys: Mapping[PersonId, tuple[tuple[datetime, str, str], ...]] = field(
        default_factory=dict
    )
    """The license keys in mails about the tickets of requesters, as far as they may be of the last
    day: when, provider, fingerprint."""
    logos: frozenset[tuple[PersonId, str]] = frozenset()
    """Of Keys.logos those that came with at least two mails, by their sender."""


@dataclass(frozen=True, slots=True)
class DeliveryNews:
    """What a delivery report says about an outbox entry."""

    outbox: OutboxId
    state: OutboxState
    detail: str
    suppresses: PersonId | None = None
    """Whose address failed for good; the store suppresses it from the second failed mail on."""


@dataclass(frozen=True, slots=True)
class Move:
    """Entries that belong to another ticket from now on."""

    source: TicketNumber
    target: TicketNumber
    entries: tuple[EntryId, ...] | None = None
    """None: all."""

    def takes(self, entry: EntryId) -> bool:
        return self.entries is None or entry in self.entries


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that follows from one event; committed in one transaction or not at all."""

    verdict: Verdict
    reason: str
    evidence: tuple[Step, ...] = ()
    ticket: Ticket | None = None
    """The state after this decision of the ticket that was opened or changed."""
    is_new: bool = False
    others: tuple[Ticket, ...] = ()
    """The states of further tickets that were changed."""
    opened: tuple[TicketNumber, ...] = ()
    """Those of `others` that are new."""
    joins: tuple[tuple[TicketNumber, Participant], ...] = ()
    """Who takes part in those others."""
    moves: tuple[Move, ...] = ()
    links: tuple[Link, ...] = ()
    changed_people: tuple[Person, ...] = ()
    """Whose name, language, time zone or muted notices are others now."""
    people: tuple[Person, ...] = ()
    """People to be remembered for the first time."""
    proved: tuple[PersonId, ...] = ()
    """People who proved their address with this mail: ends a suppression."""
    participants: tuple[Participant, ...] = ()
    """To be added to the ticket."""
    entries: tuple[Entry, ...] = ()
    """New entries; one with the id of a parked answer replaces it."""
    licenses: tuple[License, ...] = ()
    lookups: tuple[tuple[str, str], ...] = ()
    """Provider and fingerprint of the licenses that a provider is to be asked for."""
    outbox: tuple[OutgoingMail, ...] = ()
    hurried: tuple[tuple[TicketNumber, PersonId], ...] = ()
    """Of which tickets and persons mail that waits goes out now, for it is older than what goes."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """What is done by this, up to when; see Keys.marks."""
    deliveries: tuple[DeliveryNews, ...] = ()
    ledger: tuple[LedgerLine, ...] = ()
    """New lines."""
    desks: tuple[str, ...] = ()
    """The desks that the mail was addressed to, by name."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail on its way to a decision."""

    intake: IntakeId
    mail: Mail
    keys: Keys
