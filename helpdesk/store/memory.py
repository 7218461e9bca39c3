"""What one work knows: all that was loaded, and what its decisions changed since. No SQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from helpdesk.core.address import lookup_key
from helpdesk.core.decision import (
    Decision,
    DeliveryNews,
    Incoming,
    Keys,
    Known,
    Move,
    Seen,
    Verdict,
    Waiting,
)
from helpdesk.core.files import is_counted, is_new_logo
from helpdesk.core.ledger import LedgerLine
from helpdesk.core.license import LicenseAnswer
from helpdesk.core.outgoing import OutboxState, OutgoingMail, SentMail
from helpdesk.core.rights import Book
from helpdesk.core.ticket import (
    Conversation,
    Entry,
    EntryId,
    EntryKind,
    License,
    Link,
    OutboxId,
    Participant,
    Person,
    PersonId,
    Role,
    Status,
    Ticket,
    TicketNumber,
)
from helpdesk.store.mapping import sent_of

TAIL = 12
TAIL_TEXT = 20_000
MAX_MERGES = 10
FAILURES_THAT_SUPPRESS = 2
IN_HAND = frozenset({Status.OPEN, Status.IN_PROGRESS})
"""What an assigned ticket counts as while somebody has to work on it."""
MAILS_OF_A_LOGO = 2
"""So many mails with an image before one tell that it says nothing new."""
MOMENT = timedelta(microseconds=1)


@dataclass(slots=True)
class Address:
    """An address of a person, and what came of writing to it."""

    key: str
    person: PersonId
    address: str
    failures: int = 0
    last_failed: OutboxId | None = None
    suppressed: bool = False
    proved_at: datetime | None = None


@dataclass(slots=True)
class Remembered:
    """A conversation that may still change."""

    ticket: Ticket
    participants: dict[PersonId, Role] = field(default_factory=dict)
    tail: list[Entry] = field(default_factory=list)
    older: dict[EntryId, Entry] = field(default_factory=dict)
    parked: dict[EntryId, Entry] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    licenses: dict[tuple[str, str], License] = field(default_factory=dict)
    links: dict[Link, None] = field(default_factory=dict)
    sent_texts: tuple[str, ...] = ()
    counted: int = 0

    def put(self, entry: Entry) -> None:
        """Add an entry, or replace the one with its id."""
        short = shortened(entry)
        for index, known in enumerate(self.tail):
            if known.id == entry.id:
                self.tail[index] = short
                break
        else:
            self.older.update((each.id, each) for each in self.tail[: 1 - TAIL])
            self.tail = [*self.tail, short][-TAIL:]
        if entry.id in self.older:
            self.older[entry.id] = short
        self.parked.pop(entry.id, None)
        if entry.parked:
            self.parked[entry.id] = entry
        self.files.update(attachment.sha256 for attachment in entry.attachments)
        if entry.kind is EntryKind.MESSAGE:
            self.counted += sum(map(is_counted, entry.attachments))

    def give_up(self, move: Move) -> list[Entry]:
        """The entries that belong to another ticket from now on, as far as they are known."""
        known = {each.id: each for each in (*self.older.values(), *self.tail)}
        self.tail = [entry for entry in self.tail if not move.takes(entry.id)]
        self.older = {n: each for n, each in self.older.items() if not move.takes(n)}
        return [each for number, each in known.items() if move.takes(number)]

    def take_in(self, moved: Iterable[Entry], parked: dict[EntryId, Entry], move: Move) -> None:
        """In the order in which they were written; what was parked leaves the other ticket."""
        known = {each.id: each for each in (*self.older.values(), *self.tail)}
        known.update((each.id, replace(each, ticket=move.target)) for each in moved)
        numbers = sorted(known)
        self.tail = [known[number] for number in numbers[-TAIL:]]
        self.older = {number: known[number] for number in numbers[:-TAIL]}
        for number in [each for each in parked if move.takes(each)]:
            self.parked[number] = replace(parked.pop(number), ticket=move.target)


def shortened(entry: Entry) -> Entry:
    if len(entry.text) <= TAIL_TEXT and len(entry.full_text) <= TAIL_TEXT:
        return entry
    return replace(entry, text=entry.text[:TAIL_TEXT], full_text=entry.full_text[:TAIL_TEXT])


@dataclass(slots=True)
class Memory:
    people: dict[PersonId, Person] = field(default_factory=dict)
    addresses: dict[str, Address] = field(default_factory=dict)
    agents: dict[str, tuple[PersonId, ...]] = field(default_factory=dict)
    """By desk."""
    tickets: dict[TicketNumber, Remembered] = field(default_factory=dict)
    sent: dict[OutboxId, SentMail] = field(default_factory=dict)
    located: dict[str, set[TicketNumber]] = field(default_factory=dict)
    """Tickets by the Message-IDs in them."""
    seen: dict[str, Seen] = field(default_factory=dict)
    automatic: dict[str, list[tuple[datetime, TicketNumber | None]]] = field(default_factory=dict)
    recent: dict[PersonId, dict[TicketNumber, Ticket]] = field(default_factory=dict)
    """The latest tickets of requesters."""
    answers: dict[tuple[str, str], LicenseAnswer] = field(default_factory=dict)
    """What providers said about licenses, by provider and fingerprint."""
    book: Book = field(default_factory=Book)
    named_keys: dict[PersonId, list[tuple[datetime, str, str]]] = field(default_factory=dict)
    """License keys in mails about the tickets of requesters: when, provider, fingerprint."""
    named: dict[OutboxId, tuple[set[TicketNumber], set[str]]] = field(default_factory=dict)
    """What is named by the parked answer that a question of ours is about: tickets, and people by
    lookup key."""
    waiting: list[Waiting] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    logos: dict[tuple[PersonId, str], int] = field(default_factory=dict)
    """With how many mails of a person an image came, as far as somebody asked for it."""
    _agents: dict[str, tuple[Person, ...]] | None = None

    # --- what is known --------------------------------------------------------------------------

    def known(self, keys: Keys) -> Known:
        sent = {number: self.sent[number] for number in keys.outbox if number in self.sent}
        located = tuple(self._locate(keys.message_ids))
        named = self.named_by(keys)
        seen = self.seen.get(keys.identity)
        if seen is not None and seen.ticket is not None:
            named.add(seen.ticket)
        conversations = {
            number: self._conversation(self.tickets[number]) for number in self.chains(named)
        }
        addresses = keys.addresses | self.written_to(conversations)
        return Known(
            seen=seen,
            sent=sent,
            located=located,
            conversations=conversations,
            people=self._people_of(keys, sent.values()),
            agents=self._all_agents(),
            automatic={
                key: tuple(self.automatic[key]) for key in addresses & self.automatic.keys()
            },
            recent=self._recent_of(keys),
            answers=self._answers_of(keys, conversations),
            book=self.book if keys.rights else Book(),
            waiting=tuple(self.waiting) if keys.queues else (),
            marks={name: self.marks[name] for name in keys.marks if name in self.marks},
            logos=frozenset(
                key
                for key, mails in self.logos.items()
                if mails >= MAILS_OF_A_LOGO and key[1] in keys.logos
            ),
            named_keys={person: tuple(named) for person, named in self.named_keys.items()},
        )

    def _answers_of(
        self, keys: Keys, conversations: Mapping[TicketNumber, Conversation]
    ) -> dict[tuple[str, str], LicenseAnswer]:
        licenses = (each for known in conversations.values() for each in known.licenses)
        wanted = keys.licenses.union(each.fingerprint for each in licenses)
        return {key: answer for key, answer in self.answers.items() if key[1] in wanted}

    def _recent_of(self, keys: Keys) -> dict[PersonId, tuple[Ticket, ...]]:
        """Newest first, as they are now."""
        people = {self.addresses[key].person for key in keys.addresses if key in self.addresses}
        found = {}
        for person in people & self.recent.keys():
            numbers = sorted(self.recent[person], reverse=True)
            mine = self.recent[person]
            found[person] = tuple(
                self.tickets[n].ticket if n in self.tickets else mine[n] for n in numbers
            )
        return found

    def named_by(self, keys: Keys) -> set[TicketNumber]:
        """The tickets to which a mail may belong."""
        sent = (self.sent[number].ticket for number in keys.outbox if number in self.sent)
        named = {number for number in sent if number is not None}
        named.update(*(self.named[number][0] for number in keys.outbox if number in self.named))
        return named | {number for _, number in self._locate(keys.message_ids)} | keys.tickets

    def written_to(self, tickets: Iterable[TicketNumber] | None = None) -> set[str]:
        """Lookup keys of where those who take part in tickets get their mail."""
        numbers = self.tickets if tickets is None else tickets
        people = {person for number in numbers for person in self.tickets[number].participants}
        return {lookup_key(self.people[p].address) for p in people if p in self.people}

    def is_agents(self, addresses: Iterable[str]) -> bool:
        """Whether one of these addresses is an agent's."""
        agents = {person for people in self.agents.values() for person in people}
        return any(
            self.addresses[key].person in agents for key in addresses if key in self.addresses
        )

    def chains(self, numbers: Iterable[TicketNumber]) -> set[TicketNumber]:
        """The tickets that we know of these, and those into which they were merged."""
        found = set()
        for first in numbers:
            number: TicketNumber | None = first
            for _ in range(MAX_MERGES + 1):
                if number is None or number not in self.tickets:
                    break
                found.add(number)
                number = self.tickets[number].ticket.merged_into
        return found

    def _locate(self, message_ids: Iterable[str]) -> Iterator[tuple[str, TicketNumber]]:
        for message_id in dict.fromkeys(message_ids):
            for number in sorted(self.located.get(message_id, ()), reverse=True):
                yield message_id, number

    def _conversation(self, known: Remembered) -> Conversation:
        assignee = known.ticket.assignee
        return Conversation(
            ticket=known.ticket,
            participants=tuple(
                Participant(self.people[person], role)
                for person, role in known.participants.items()
            ),
            tail=tuple(known.tail),
            older=tuple(known.older.values()),
            parked=tuple(known.parked.values()),
            files=frozenset(known.files),
            licenses=tuple(known.licenses.values()),
            links=tuple(known.links),
            assignee=self.people.get(assignee) if assignee is not None else None,
            sent_texts=known.sent_texts,
            counted=known.counted,
        )

    def _people_of(self, keys: Keys, sent: Iterable[SentMail]) -> dict[str, Person]:
        named = (self.named[number][1] for number in keys.outbox if number in self.named)
        wanted = keys.addresses.union(*named)
        ids = {self.addresses[key].person for key in wanted if key in self.addresses}
        ids |= {mail.person for mail in sent if mail.person is not None}
        people = [self.people[person] for person in ids if person in self.people]
        return {key: person for person in people for key in person.keys}

    def _all_agents(self) -> dict[str, tuple[Person, ...]]:
        if self._agents is None:
            self._agents = {
                desk: tuple(self.people[person] for person in people)
                for desk, people in self.agents.items()
            }
        return self._agents

    # --- what changes ---------------------------------------------------------------------------

    def remember_key(self, requester: PersonId, found: License, now: datetime) -> None:
        if found.intake is not None:
            named = self.named_keys.setdefault(requester, [])
            named.append((now, found.provider, found.fingerprint))

    def remember_logo(self, person: PersonId, image: str) -> None:
        self.logos[person, image] = self.logos.get((person, image), 0) + 1

    def remember_logos(self, entry: Entry) -> None:
        """Of a message that was just written."""
        if entry.kind is EntryKind.MESSAGE and entry.author is not None:
            for image in {file.sha256 for file in entry.attachments if is_new_logo(file)}:
                self.remember_logo(entry.author, image)

    def remember_ticket(self, ticket: Ticket, now: datetime) -> tuple[Remembered, PersonId | None]:
        """Take in the state of a ticket; who became its assignee."""
        known = self.tickets.get(ticket.number)
        before = known.ticket if known is not None else None
        if known is None:
            known = self.tickets[ticket.number] = Remembered(ticket)
            self.recent.setdefault(ticket.requester, {})[ticket.number] = ticket
        known.ticket = ticket
        self._count_in_hand(before, -1)
        self._count_in_hand(ticket, 1)
        agent = ticket.assignee
        was = before.assignee if before is not None else None
        if agent is None or agent == was or agent not in self.people:
            return known, None
        # Of those who got a ticket in one batch, too, it is known who got the last one.
        earlier = (p.last_assigned_at for p in self.people.values() if p.last_assigned_at)
        at = max(now, max(earlier, default=now - MOMENT) + MOMENT)
        self.people[agent] = replace(self.people[agent], last_assigned_at=at)
        self._agents = None
        return known, agent

    def _count_in_hand(self, ticket: Ticket | None, number: int) -> None:
        if ticket is None or ticket.assignee is None or ticket.status not in IN_HAND:
            return
        person = self.people.get(ticket.assignee)
        if person is not None:
            tickets = max(person.open_tickets + number, 0)
            self.people[person.id] = replace(person, open_tickets=tickets)
            self._agents = None

    def move(self, move: Move) -> None:
        """Entries that belong to another ticket from now on."""
        source, target = self.tickets.get(move.source), self.tickets.get(move.target)
        if source is None or target is None:
            return
        moved = source.give_up(move)
        target.take_in(moved, source.parked, move)
        # Which files are whose is not known here; all of them were in a ticket that we sent.
        target.files |= source.files
        target.counted += source.counted
        if move.entries is None:
            source.files = set()
            source.counted = 0
        for entry in moved:
            if entry.message_id in self.located:
                self.located[entry.message_id] -= {move.source}
                self.located[entry.message_id] |= {move.target}

    def remember_person(self, person: Person, addresses: Iterable[Address]) -> None:
        """Take in a person; an address that is another's stays that person's."""
        free = [each for each in addresses if each.key not in self.addresses]
        for address in free:
            self.addresses[address.key] = address
        self.people[person.id] = replace(person, keys=frozenset(each.key for each in free))

    def change_person(self, person: Person) -> None:
        """Take over name and wishes of somebody who is known; the rest is decided elsewhere."""
        known = self.people.get(person.id)
        if known is not None:
            self.people[person.id] = replace(
                known,
                name=person.name,
                language=person.language,
                zone=person.zone,
                muted=person.muted,
                away_until=person.away_until,
            )
            self._agents = None

    def remember_lines(self, lines: Sequence[LedgerLine]) -> None:
        self.book = replace(self.book, lines=(*self.book.lines, *lines))

    def remember_seen(self, incoming: Incoming, decision: Decision) -> None:
        identity = incoming.keys.identity
        if identity and decision.verdict is not Verdict.DUPLICATE:
            number = decision.ticket.number if decision.ticket else None
            self.seen[identity] = Seen(incoming.intake, decision.verdict, number, decision.desks)

    def remember_outgoing(self, mail: OutgoingMail) -> None:
        self.sent[mail.id] = sent_of(mail)
        if mail.ticket is not None:
            self.located.setdefault(mail.message_id, set()).add(mail.ticket)
        if mail.is_automatic:
            key = lookup_key(mail.recipient)
            self.automatic.setdefault(key, []).append((mail.created_at, mail.ticket))

    def remember_delivery(self, news: DeliveryNews) -> Sequence[Address]:
        """What a report says; the addresses that it changes."""
        mail = self.sent.get(news.outbox)
        if mail is None:
            return ()
        if news.state is OutboxState.FAILED:
            self.sent[news.outbox] = replace(mail, state=news.state)
        person = self.people.get(news.suppresses) if news.suppresses is not None else None
        if person is None:
            return ()
        key = lookup_key(mail.recipient)
        address = self.addresses.get(key if key in person.keys else lookup_key(person.address))
        if address is None or address.last_failed == news.outbox:
            return ()
        address.failures += 1
        address.last_failed = news.outbox
        address.suppressed = address.failures >= FAILURES_THAT_SUPPRESS
        self._refresh(person.id)
        return (address,)

    def remember_proof(self, person: PersonId, written_by: str, now: datetime) -> Sequence[Address]:
        """They wrote, so mail reaches them again; only the address that wrote is proved."""
        known = self.people.get(person)
        if known is None:
            return ()
        addresses = [self.addresses[key] for key in known.keys if key in self.addresses]
        for address in addresses:
            address.failures, address.last_failed, address.suppressed = 0, None, False
            if address.key == written_by:
                address.proved_at = now
        self._refresh(person)
        return addresses

    def _refresh(self, person: PersonId) -> None:
        known = self.people[person]
        address = self.addresses.get(lookup_key(known.address))
        suppressed = address is not None and address.suppressed
        if suppressed != known.suppressed:
            self.people[person] = replace(known, suppressed=suppressed)
            self._agents = None
