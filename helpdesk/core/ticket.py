"""A ticket, its conversation and the people in it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from helpdesk.core.mail import Attachment

if TYPE_CHECKING:
    from helpdesk.core.clocks import Clock

TicketNumber = NewType("TicketNumber", int)
PersonId = NewType("PersonId", int)
EntryId = NewType("EntryId", int)
IntakeId = NewType("IntakeId", int)
OutboxId = NewType("OutboxId", int)


class Status(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class EntryKind(StrEnum):
    MESSAGE = "message"
    ANSWER = "answer"
    NOTE = "note"
    EVENT = "event"


class Visibility(StrEnum):
    PUBLIC = "public"
    INTERNAL = "internal"


COMMANDED = "agent's word"
"""The reason of an event: an agent said what to do with an answer of his that was parked."""


class Role(StrEnum):
    """Why somebody takes part in a ticket."""

    REQUESTER = "requester"
    FOLLOWER = "follower"
    """Named by an agent (`cc ADDRESS`): receives every answer, and may add to the ticket."""
    COPIED = "copied"
    """Named in To or Cc by the requester: may add to the ticket, receives nothing."""


class LinkKind(StrEnum):
    """What a ticket is to another one."""

    FOLLOWS = "follows"
    """Opened by a reply to the other, which had been closed for too long."""
    RELATED = "related"
    DUPLICATE = "duplicate"
    """Possibly the same request: same requester, similar subject."""
    SPLIT = "split"
    """Made of entries of the other."""
    MERGED = "merged"
    """The other was merged into it."""


@dataclass(frozen=True, slots=True)
class Link:
    """Shown at both tickets."""

    ticket: TicketNumber
    other: TicketNumber
    kind: LinkKind


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with one or more addresses; an agent is a person who may act for desks."""

    id: PersonId
    address: str
    """Where we write to, as its owner writes it."""
    name: str = ""
    keys: frozenset[str] = frozenset()
    """Lookup keys (helpdesk.core.address.lookup_key) of all addresses of this person."""
    desks: frozenset[str] = frozenset()
    """The desks for which this person is an active agent right now."""
    suppressed: bool = False
    """Permanent failures came back: nothing is sent any more."""
    language: str = ""
    """In which this person is written to; empty: the desk's."""
    zone: str = ""
    """IANA name of the time zone; empty: not known."""
    sms: str = ""
    """Number that gets a short message beside the mail (ITU-T E.164); empty: none."""
    muted: frozenset[str] = frozenset()
    """Names of notices that this person switched off."""
    teams: frozenset[str] = frozenset()
    """Of an agent."""
    away: tuple[tuple[date, date], ...] = ()
    """First and last day of each absence, both included; days in UTC."""
    away_until: date | None = None
    """Of a customer: the day that the latest automatic reply stated; it may be over."""
    last_assigned_at: datetime | None = None
    open_tickets: int = 0
    """Tickets assigned to this agent that are neither resolved nor closed."""

    @property
    def is_agent(self) -> bool:
        return bool(self.desks)

    @property
    def display(self) -> str:
        return self.name or self.address

    def is_away(self, now: datetime) -> bool:
        today = now.astimezone(UTC).date()
        return any(first <= today <= last for first, last in self.away)


@dataclass(frozen=True, slots=True)
class Participant:
    person: Person
    role: Role


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a conversation."""

    id: EntryId
    ticket: TicketNumber
    kind: EntryKind
    at: datetime
    visibility: Visibility = Visibility.PUBLIC
    author: PersonId | None = None
    author_address: str = ""
    author_name: str = ""
    text: str = ""
    """The new words; for an event what happened, in one line."""
    full_text: str = ""
    """Everything visible; empty when it is the same as `text`."""
    message_id: str = ""
    intake: IntakeId | None = None
    """The mail it came in; its raw message holds the attachments."""
    attachments: tuple[Attachment, ...] = ()
    parked: str = ""
    """Why an answer waits for the agent's word; empty: it does not."""
    reason: str = ""
    """Short constant string: why this entry is here and as it is."""
    version: int = 0
    """State version of the ticket that this entry made; see Ticket.version."""
    minutes: int = 0
    """Work that was booked with it."""


@dataclass(frozen=True, slots=True)
class License:
    """A license key named in a ticket; never the key itself."""

    provider: str
    masked: str
    fingerprint: str
    quoted: bool = False
    intake: IntakeId | None = None
    """A mail in which the key stands: there it is read again when its provider is asked."""


class RightState(StrEnum):
    """How it stands with the requester's right to have a ticket answered."""

    NONE = ""
    """The desk asks for none."""
    FREE = "free"
    """An exception: nobody needs a right for it."""
    COVERED = "covered"
    """By an agreement, or by a product that includes support."""
    RESERVED = "reserved"
    """A credit is kept for it until the first answer."""
    CONSUMED = "consumed"
    RETURNED = "returned"
    """Its credits were given back."""
    PENDING = "pending"
    """A license provider has not answered yet."""
    MISSING = "missing"
    UNCLEAR = "unclear"
    """It cannot be told; an agent decides."""
    THIRD_PARTY = "third_party"
    """About a product of another maker, who was named to the requester."""


@dataclass(frozen=True, slots=True)
class Right:
    state: RightState = RightState.NONE
    source: str = ""
    """What gives it, or why there is none; one line, for agents."""
    proved: bool = False
    """Whether the requester's address was proved: nobody else spends his credits."""
    holder: str = ""
    """Whose credits they are, by key."""
    credits: int = 0
    """Reserved or consumed for the ticket."""
    held_at: datetime | None = None
    """Since when the ticket waits for a right: agents are not told of it yet."""
    check_at: datetime | None = None
    """When to look again."""
    booked: int = 0
    """Minutes of work."""
    told: int = 0
    """So many percent of the work budget were told to be used."""

    @property
    def is_held(self) -> bool:
        return self.held_at is not None

    @property
    def is_quiet(self) -> bool:
        """Whether nobody works on the ticket yet: no clock runs."""
        waits = self.state is RightState.PENDING and self.check_at is not None
        return waits or self.is_held


NO_RIGHT = Right()


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request and its state."""

    number: TicketNumber
    desk: str
    subject: str
    requester: PersonId
    created_at: datetime
    updated_at: datetime
    status: Status = Status.OPEN
    priority: str = "normal"
    category: str = "general"
    assignee: PersonId | None = None
    version: int = 0
    """Counts messages and answers; a reply token remembers it, so a collision is noticed."""
    first_response_at: datetime | None = None
    closed_at: datetime | None = None
    merged_into: TicketNumber | None = None
    possibly_about: TicketNumber | None = None
    references: tuple[str, ...] = ()
    """Message-IDs for References: the customer's first, then the latest of both sides, never an
    agent's own."""
    tags: tuple[str, ...] = ()
    service_level: str = ""
    """By name; empty: the desk's."""
    status_since: datetime | None = None
    reminded_at: datetime | None = None
    """When the customer was reminded since the status is what it is."""
    snoozed_until: datetime | None = None
    clocks: tuple["Clock", ...] = ()
    right: Right = NO_RIGHT
    due_at: datetime | None = None
    """When something happens to it by itself; see helpdesk.core.timers."""

    @property
    def target_at(self) -> datetime | None:
        """When the next target of its running clocks is due."""
        return min((clock.due_at for clock in self.clocks if clock.due_at), default=None)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A ticket with what a decision about it may need."""

    ticket: Ticket
    participants: tuple[Participant, ...] = ()
    tail: tuple[Entry, ...] = ()
    """The latest entries, oldest first: at most 12, texts cut at 20,000 characters."""
    older: tuple[Entry, ...] = ()
    """For an agent's mail also the latest of each kind, however much came after them: public
    messages and answers, notes, and words of agents."""
    parked: tuple[Entry, ...] = ()
    """Answers that wait for their agent's word."""
    files: frozenset[str] = frozenset()
    """SHA-256 of all files in the ticket."""
    counted: int = 0
    """Files of customers that count towards the limit of a ticket, as far as Keys.files asked."""
    licenses: tuple[License, ...] = ()
    links: tuple[Link, ...] = ()
    assignee: Person | None = None
    sent_texts: tuple[str, ...] = field(default=())
    """The rendered texts of the latest notifications that agents answer to."""

    @property
    def requester(self) -> Person:
        return next(p.person for p in self.participants if p.role is Role.REQUESTER)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that is known, oldest first."""
        known = {entry.id: entry for entry in (*self.older, *self.tail)}
        return tuple(known[number] for number in sorted(known))

    def participant(self, person: PersonId) -> Participant | None:
        return next((p for p in self.participants if p.person.id == person), None)
