"""Unit of work: a batch of decisions with all that follows from them, in one transaction.

Ids are counted in the transaction itself, so every table is written by one statement.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Insert, Table, Update, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from helpdesk.core.address import lookup_key
from helpdesk.core.decision import (
    Decision,
    DeliveryNews,
    Ids,
    Incoming,
    Keys,
    Known,
    Move,
    Verdict,
)
from helpdesk.core.ledger import LedgerLine, LineKind
from helpdesk.core.license import NOTHING_KNOWN
from helpdesk.core.mail import Arrival
from helpdesk.core.outgoing import OutboxState
from helpdesk.core.ticket import (
    Entry,
    EntryId,
    EntryKind,
    IntakeId,
    License,
    Link,
    Participant,
    Person,
    PersonId,
    Ticket,
    TicketNumber,
)
from helpdesk.ports import Raw, Work
from helpdesk.store.cursors import move_cursor
from helpdesk.store.engine import WriteTurn, has_own_thread, tell_others, write_turn
from helpdesk.store.finding import (
    Words,
    forget_entries,
    of_entry,
    of_ticket,
    put_entries,
    put_words,
)
from helpdesk.store.loading import AGENT_PURPOSES, Loader
from helpdesk.store.mapping import (
    Values,
    answer_values,
    attachment_values,
    entry_values,
    evidence_json,
    license_values,
    new_outbox_values,
    ticket_values,
    to_json,
)
from helpdesk.store.memory import Address, Memory, Remembered
from helpdesk.store.queues import DONE, QUARANTINED, Packing
from helpdesk.store.rights import line_values, wake_held
from helpdesk.store.tables import (
    ADDRESSES,
    AGENTS,
    ANSWERS,
    ATTACHMENTS,
    COUNTERS,
    ENTRIES,
    EVIDENCE,
    INTAKE,
    LEDGER,
    LICENSES,
    LINKS,
    OUTBOX,
    PARTICIPANTS,
    PEOPLE,
    TAGS,
    TICKETS,
)


class SqlTickets:
    def __init__(self, engine: AsyncEngine, objects: Path | None = None) -> None:
        """`objects`: where `Work.keep` puts large mails; without it nothing can be kept."""
        self._engine = engine
        self._objects = objects

    def work(self) -> AbstractAsyncContextManager[Work]:
        return self._work()

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[Work]:
        async with AsyncExitStack() as stack:
            yield SqlWork(self._engine, stack, self._objects)


@dataclass(slots=True)
class _Changes:
    """What is to be written at commit; a `new` row is inserted, any other one exists."""

    people: list[Person] = field(default_factory=list)
    new_addresses: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    new_tickets: set[TicketNumber] = field(default_factory=set)
    tickets: set[TicketNumber] = field(default_factory=set)
    new_participants: set[tuple[TicketNumber, PersonId]] = field(default_factory=set)
    participants: set[tuple[TicketNumber, PersonId]] = field(default_factory=set)
    new_entries: dict[EntryId, Entry] = field(default_factory=dict)
    entries: dict[EntryId, Entry] = field(default_factory=dict)
    new_licenses: dict[tuple[TicketNumber, str, str], Values] = field(default_factory=dict)
    licenses: dict[tuple[TicketNumber, str, str], Values] = field(default_factory=dict)
    lookups: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """When a provider is to be asked about a license."""
    new_lookups: set[tuple[str, str]] = field(default_factory=set)
    outbox: list[Values] = field(default_factory=list)
    ledger: list[LedgerLine] = field(default_factory=list)
    hurried: list[tuple[TicketNumber, PersonId, datetime]] = field(default_factory=list)
    marks: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    deliveries: list[DeliveryNews] = field(default_factory=list)
    intake: list[Values] = field(default_factory=list)
    evidence: list[Values] = field(default_factory=list)
    changed_people: dict[PersonId, Person] = field(default_factory=dict)
    assigned: dict[PersonId, datetime] = field(default_factory=dict)
    tagged: set[TicketNumber] = field(default_factory=set)
    links: dict[Link, None] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    renamed: set[TicketNumber] = field(default_factory=set)
    """Those with another subject."""


class SqlWork:
    """Takes the writer's turn at `load` and gives it back at `commit` or at the end."""

    ids: Ids

    def __init__(
        self, engine: AsyncEngine, stack: AsyncExitStack, objects: Path | None = None
    ) -> None:
        self._engine = engine
        self._stack = stack
        self._objects = objects
        self._packing: Packing | None = None
        self._turn: WriteTurn | None = None
        self._is_loaded = False
        self._memory = Memory()
        self._changes = _Changes()
        self._first: Mapping[str, int] = {}
        self._asked: set[str] = set()
        """Lookup keys of addresses: what is not in memory of these is not in the database."""

    async def keep(self, mails: Sequence[tuple[Arrival, Raw]]) -> Sequence[IntakeId]:
        if self._objects is None or self._turn is not None:
            raise RuntimeError("a work keeps mail once, before it loads, and where it has a place")
        if not mails:
            return ()
        ahead = not has_own_thread(self._engine)
        self._packing = Packing(mails, self._objects, ahead=ahead)
        await self._stack.enter_async_context(self._packing)
        self._turn = await self._stack.enter_async_context(write_turn(self._engine))
        first = await self._turn.run(self._packing.insert)
        return [IntakeId(number) for number in range(first, first + len(mails))]

    async def load(self, keys: Sequence[Keys]) -> None:
        """Once, for the whole batch: loading again would undo what was decided in between."""
        if self._is_loaded:
            raise RuntimeError("a work loads once")
        self._is_loaded = True
        if self._turn is None:
            self._turn = await self._stack.enter_async_context(write_turn(self._engine))
        await self._turn.run(lambda connection: self._load(connection, keys))

    def _load(self, connection: Connection, keys: Sequence[Keys]) -> None:
        counters = connection.execute(select(COUNTERS.c.name, COUNTERS.c.last))
        self.ids = Ids({row.name: row.last for row in counters})
        self._first = dict(self.ids.last)
        self._asked = {key for each in keys for key in each.addresses}
        memory, loader = self._memory, Loader(connection, self._memory)
        loader.agents()
        loader.seen({each.identity for each in keys if each.identity})
        loader.sent({number for each in keys for number in each.outbox})
        loader.sent_words({number for each in keys for number in each.answered})
        parked, named_people = loader.parked()
        self._asked |= named_people
        loader.located({named for each in keys for named in each.message_ids})
        numbers = {mail.ticket for mail in memory.sent.values() if mail.ticket is not None}
        numbers.update(*memory.located.values(), *(each.tickets for each in keys))
        numbers |= parked
        numbers.update(seen.ticket for seen in memory.seen.values() if seen.ticket is not None)
        loader.tickets(numbers)
        loader.answers({found for each in keys for found in each.licenses})
        loader.people(self._asked)
        if any(each.rights for each in keys):
            loader.book(self._asked)
        if any(each.licenses for each in keys):
            loader.named_keys({key for each in keys for key in each.authors})
        loader.automatic(self._asked | memory.written_to())
        authors = {key for each in keys for key in each.authors}
        loader.recent(authors, {key for each in keys for key in each.lists})
        by_agents = {
            mail.ticket
            for mail in memory.sent.values()
            if mail.purpose in AGENT_PURPOSES and mail.ticket is not None
        }
        for each in keys:
            if each.older or memory.is_agents(each.addresses):
                by_agents |= memory.named_by(each)
        loader.agents_view(memory.chains(by_agents))
        loader.logos(authors, set().union(*(each.logos for each in keys)))
        if any(each.files for each in keys):
            loader.counted()
        loader.waiting(set().union(*(each.queues for each in keys)))
        loader.marks(set().union(*(each.marks for each in keys)))

    def known(self, keys: Keys) -> Known:
        return self._memory.known(keys)

    # --- decisions ------------------------------------------------------------------------------

    def apply(self, incoming: Incoming | None, decision: Decision, now: datetime) -> None:
        self._people(decision)
        self._tickets(decision, now)
        for entry in decision.entries:
            self._entry(entry)
        for mail in decision.outbox:
            self._memory.remember_outgoing(mail)
            self._changes.outbox.append(new_outbox_values(mail, now))
        if decision.ledger:
            self._changes.ledger.extend(decision.ledger)
            self._memory.remember_lines(decision.ledger)
        self._changes.hurried.extend((*each, now) for each in decision.hurried)
        for mark, position in decision.marks.items():
            self._memory.marks[mark] = position
            self._changes.marks[mark] = (position, now)
        for news in decision.deliveries:
            self._changes.deliveries.append(news)
            self._address_changed(self._memory.remember_delivery(news))
        for proved in decision.proved:
            author = lookup_key(incoming.mail.message.clean_author) if incoming else ""
            self._address_changed(self._memory.remember_proof(proved, author, now))
        if incoming is not None:
            self._memory.remember_seen(incoming, decision)
            self._finish(incoming, decision, now)
        self._explain(incoming, decision, now)

    def _people(self, decision: Decision) -> None:
        for person in decision.people:
            self._person(person)
        for person in decision.changed_people:
            self._memory.change_person(person)
            self._changes.changed_people[person.id] = person

    def _tickets(self, decision: Decision, now: datetime) -> None:
        for other in decision.others:
            self._state(other, now, is_new=other.number in decision.opened)
        for number, joined in decision.joins:
            self._participant(self._memory.tickets[number], joined)
        if decision.ticket is not None:
            known = self._state(decision.ticket, now, is_new=decision.is_new)
            for participant in decision.participants:
                self._participant(known, participant)
            for found in decision.licenses:
                self._license(known, found)
                self._memory.remember_key(decision.ticket.requester, found, now)
        for key in decision.lookups:
            self._changes.lookups[key] = now
            if key not in self._memory.answers:
                self._memory.answers[key] = NOTHING_KNOWN
                self._changes.new_lookups.add(key)
        for move in decision.moves:
            self._move(move)
        for link in decision.links:
            self._link(link)

    def _person(self, person: Person) -> None:
        keys = person.keys or {lookup_key(person.address)}
        main = lookup_key(person.address)
        addresses = [
            Address(key, person.id, person.address if key == main else key)
            for key in sorted(keys)
            if key not in self._memory.addresses
        ]
        self._memory.remember_person(person, addresses)
        self._changes.people.append(person)
        self._changes.new_addresses.update(each.key for each in addresses)

    def _state(self, ticket: Ticket, now: datetime, *, is_new: bool) -> Remembered:
        before = self._memory.tickets.get(ticket.number)
        if ticket.tags != (before.ticket.tags if before is not None else ()):
            self._changes.tagged.add(ticket.number)
        if before is not None and ticket.subject != before.ticket.subject:
            self._changes.renamed.add(ticket.number)
        known, assigned = self._memory.remember_ticket(ticket, now)
        at = self._memory.people[assigned].last_assigned_at if assigned is not None else None
        if assigned is not None and at is not None:
            self._changes.assigned[assigned] = at
        (self._changes.new_tickets if is_new else self._changes.tickets).add(ticket.number)
        return known

    def _move(self, move: Move) -> None:
        self._memory.move(move)
        self._changes.moves.append(move)
        for entries in (self._changes.new_entries, self._changes.entries):
            for number, entry in entries.items():
                if entry.ticket == move.source and move.takes(number):
                    entries[number] = replace(entry, ticket=move.target)

    def _link(self, link: Link) -> None:
        known = [
            self._memory.tickets[n] for n in (link.ticket, link.other) if n in self._memory.tickets
        ]
        if not any(link in each.links for each in known):
            self._changes.links[link] = None
        for each in known:
            each.links[link] = None

    def _participant(self, known: Remembered, participant: Participant) -> None:
        person, role = participant.person, participant.role
        key = (known.ticket.number, person.id)
        self._memory.people.setdefault(person.id, person)
        if person.id not in known.participants:
            self._changes.new_participants.add(key)
        elif known.participants[person.id] is not role:
            self._changes.participants.add(key)
        known.participants[person.id] = role

    def _license(self, known: Remembered, found: License) -> None:
        number = known.ticket.number
        short = (found.provider, found.fingerprint)
        key = (number, *short)
        is_new = short not in known.licenses or key in self._changes.new_licenses
        target = self._changes.new_licenses if is_new else self._changes.licenses
        known.licenses[short] = found
        target[key] = license_values(number, list(known.licenses).index(short), found)

    def _entry(self, entry: Entry) -> None:
        existed = entry.id <= self._first["entry"]
        (self._changes.entries if existed else self._changes.new_entries)[entry.id] = entry
        known = self._memory.tickets.get(entry.ticket)
        if known is not None:
            known.put(entry)
        if not existed:
            self._memory.remember_logos(entry)
        if entry.message_id:
            self._memory.located.setdefault(entry.message_id, set()).add(entry.ticket)

    def _address_changed(self, addresses: Iterable[Address]) -> None:
        self._changes.addresses.update(
            each.key for each in addresses if each.key not in self._changes.new_addresses
        )

    def _finish(self, incoming: Incoming, decision: Decision, now: datetime) -> None:
        number = decision.ticket.number if decision.ticket else None
        is_duplicate = decision.verdict is Verdict.DUPLICATE
        is_quarantined = decision.verdict is Verdict.QUARANTINED
        self._changes.intake.append(
            {
                "id": incoming.intake,
                "state": QUARANTINED if is_quarantined else DONE,
                "claimed": False,
                "due_at": None,
                "identity": None if is_duplicate else incoming.keys.identity or None,
                "verdict": decision.verdict.value,
                "reason": decision.reason,
                "error": "",
                "ticket": number,
                "desks_json": to_json(decision.desks),
                "finished_at": now,
            }
        )

    def _explain(self, incoming: Incoming | None, decision: Decision, now: datetime) -> None:
        self.ids.last["evidence"] += 1
        self._changes.evidence.append(
            {
                "id": self.ids.last["evidence"],
                "intake": incoming.intake if incoming else None,
                "ticket": decision.ticket.number if decision.ticket else None,
                "at": now,
                "verdict": decision.verdict.value,
                "reason": decision.reason,
                "steps_json": evidence_json(decision),
            }
        )

    # --- commit ---------------------------------------------------------------------------------

    async def commit(self) -> None:
        if self._turn is None:
            return
        await self._turn.run(self._commit)
        self._changes = _Changes()
        await self._stack.aclose()

    def _commit(self, connection: Connection) -> None:
        changes, memory = self._changes, self._memory
        self._check_once(connection)
        _insert(
            connection,
            PEOPLE,
            [
                {"id": p.id, "address": p.address, "name": p.name, **_wishes(p)}
                for p in changes.people
            ],
        )
        new_addresses = self._free(connection, changes.new_addresses)
        _insert(
            connection, ADDRESSES, [_address_values(memory.addresses[k]) for k in new_addresses]
        )
        self._write_people(connection)
        self._write_tickets(connection)
        moved = self._write_moves(connection)
        self._write_entries(connection)
        self._write_words(connection, moved)
        _insert(connection, OUTBOX, changes.outbox)
        self._hurry(connection)
        if changes.outbox:
            tell_others(connection)
        for mark, (position, at) in sorted(changes.marks.items()):
            move_cursor(connection, mark, position, at)
        self._write_deliveries(connection)
        _update(
            connection,
            ADDRESSES,
            ("key",),
            [_address_values(memory.addresses[key]) for key in changes.addresses],
        )
        _update(connection, INTAKE, ("id",), changes.intake)
        _insert(connection, EVIDENCE, changes.evidence)
        counted = {name: last for name, last in self.ids.last.items() if last != self._first[name]}
        _update(
            connection,
            COUNTERS,
            ("name",),
            [{"name": name, "last": last} for name, last in counted.items()],
        )
        self._write_ledger(connection)
        if self._packing is not None:
            self._packing.may_be_named = True
        connection.commit()

    def _write_ledger(self, connection: Connection) -> None:
        """After the counters, and the tickets: credits that come back go to those that wait."""
        lines = self._changes.ledger
        _insert(connection, LEDGER, [line_values(line) for line in lines])
        refunds = [line for line in lines if line.kind is LineKind.REFUNDED]
        if refunds:
            own = {line.ticket for line in refunds if line.ticket is not None}
            holders = {line.holder for line in refunds}
            wake_held(connection, holders, max(line.at for line in refunds), but_not=own)

    def _hurry(self, connection: Connection) -> None:
        """Mail that was to wait for the morning, when a later one about its ticket does not."""
        for ticket, person, now in self._changes.hurried:
            waits = (OUTBOX.c.ticket == ticket, OUTBOX.c.person == person, OUTBOX.c.due_at > now)
            fresh = (OUTBOX.c.attempts == 0, OUTBOX.c.lease_until.is_(None))
            connection.execute(update(OUTBOX).where(*waits, *fresh).values(due_at=now))

    def _check_once(self, connection: Connection) -> None:
        """An entry is decided once, whatever the flow did."""
        ids = [values["id"] for values in self._changes.intake]
        waiting = select(func.count()).where(INTAKE.c.id.in_(ids), INTAKE.c.due_at.is_not(None))
        if ids and connection.execute(waiting).scalar_one() != len(ids):
            raise RuntimeError(f"one of the intake entries {ids} was decided before")

    def _free(self, connection: Connection, keys: set[str]) -> list[str]:
        """Those of the new addresses that nobody has; usually the decision has looked."""
        unknown = sorted(keys - self._asked)
        taken: set[str] = set()
        if unknown:
            statement = select(ADDRESSES.c.key).where(ADDRESSES.c.key.in_(unknown))
            taken = set(connection.execute(statement).scalars())
        return sorted(keys - taken)

    def _write_people(self, connection: Connection) -> None:
        """What they want to be told, and in which language; who got a ticket when."""
        changed = self._changes.changed_people.values()
        wishes = [{"id": person.id, "name": person.name, **_wishes(person)} for person in changed]
        _update(connection, PEOPLE, ("id",), wishes)
        assigned = self._changes.assigned.items()
        times = [{"person": person, "last_assigned_at": at} for person, at in assigned]
        _update(connection, AGENTS, ("person",), times)

    def _write_moves(self, connection: Connection) -> set[int]:
        """Before the entries, of which one may have been written in the same work; returns those
        that were there before."""
        found: set[int] = set()
        for move in self._changes.moves:
            of_it = ENTRIES.c.ticket == move.source
            if move.entries is not None:
                of_it &= ENTRIES.c.id.in_(move.entries)
            moved = connection.execute(select(ENTRIES.c.id).where(of_it)).scalars().all()
            connection.execute(update(ENTRIES).where(of_it).values(ticket=move.target))
            forget_entries(connection, move.source, moved)
            found.update(moved)
        return found

    def _write_tags(self, connection: Connection) -> None:
        numbers = sorted(self._changes.tagged)
        old = sorted(self._changes.tagged - self._changes.new_tickets)
        if old:
            connection.execute(TAGS.delete().where(TAGS.c.ticket.in_(old)))
        tickets = self._memory.tickets
        rows = [{"ticket": n, "tag": tag} for n in numbers for tag in tickets[n].ticket.tags]
        _insert(connection, TAGS, rows)
        links = [
            {"ticket": link.ticket, "other": link.other, "kind": link.kind.value}
            for link in self._changes.links
        ]
        _insert(connection, LINKS, links)

    def _write_tickets(self, connection: Connection) -> None:
        changes, tickets = self._changes, self._memory.tickets
        new = sorted(changes.new_tickets)
        _insert(connection, TICKETS, [ticket_values(tickets[n].ticket) for n in new])
        changed = sorted(changes.tickets - changes.new_tickets)
        _update(
            connection, TICKETS, ("number",), [ticket_values(tickets[n].ticket) for n in changed]
        )
        self._write_tags(connection)
        _insert(
            connection,
            PARTICIPANTS,
            [self._participant_values(*key) for key in sorted(changes.new_participants)],
        )
        _update(
            connection,
            PARTICIPANTS,
            ("ticket", "person"),
            [
                self._participant_values(*key)
                for key in sorted(changes.participants - changes.new_participants)
            ],
        )
        _insert(connection, LICENSES, list(changes.new_licenses.values()))
        _update(
            connection,
            LICENSES,
            ("ticket", "provider", "fingerprint"),
            list(changes.licenses.values()),
        )
        self._write_lookups(connection)

    def _write_lookups(self, connection: Connection) -> None:
        """Providers are asked at once; what is asked for already is not asked twice."""
        lookups, nothing = self._changes.lookups, answer_values(NOTHING_KNOWN)
        new: list[Values] = []
        old: list[Values] = []
        for key, at in sorted(lookups.items()):
            values = {"provider": key[0], "fingerprint": key[1], "due_at": at}
            if key in self._changes.new_lookups:
                new.append(values | nothing)
            else:
                old.append(values)
        _insert(connection, ANSWERS, new)
        _update(connection, ANSWERS, ("provider", "fingerprint"), old)

    def _participant_values(self, ticket: TicketNumber, person: PersonId) -> Values:
        role = self._memory.tickets[ticket].participants[person]
        return {"ticket": ticket, "person": person, "role": role.value}

    def _write_entries(self, connection: Connection) -> None:
        new, changed = self._changes.new_entries, self._changes.entries
        _insert(connection, ENTRIES, [entry_values(new[number]) for number in sorted(new)])
        _update(connection, ENTRIES, ("id",), [entry_values(e) for e in changed.values()])
        if changed:
            connection.execute(ATTACHMENTS.delete().where(ATTACHMENTS.c.entry.in_(list(changed))))
        _insert(
            connection,
            ATTACHMENTS,
            [
                attachment_values(entry, position, attachment)
                for entry in (*new.values(), *changed.values())
                for position, attachment in enumerate(entry.attachments)
            ],
        )

    def _write_words(self, connection: Connection, moved: set[int]) -> None:
        """By which tickets are found: their number and subject, and what was said in them."""
        changes, tickets = self._changes, self._memory.tickets
        named = sorted(changes.new_tickets | changes.renamed)
        rows: list[Words] = [of_ticket(n, tickets[n].ticket.subject) for n in named]
        again = {*moved, *changes.entries}
        for number, entry in changes.new_entries.items():
            known = tickets.get(entry.ticket)
            if known is None:
                again.add(number)
            elif entry.kind is not EntryKind.EVENT:
                rows.append(of_entry(entry.ticket, number, known.ticket.subject, entry.text))
        put_words(connection, rows)
        if renamed := sorted(changes.renamed - changes.new_tickets):
            of_them = select(ENTRIES.c.id).where(ENTRIES.c.ticket.in_(renamed))
            again.update(connection.execute(of_them).scalars())
        put_entries(connection, again)

    def _write_deliveries(self, connection: Connection) -> None:
        deliveries = sorted(self._changes.deliveries, key=lambda news: news.outbox)
        told = {news.outbox: news for news in deliveries}
        _update(
            connection,
            OUTBOX,
            ("id",),
            [{"id": number, "last_detail": news.detail} for number, news in told.items()],
        )
        # Only a final failure moves the entry: a report of delay must not have it sent again.
        failed = [news.outbox for news in deliveries if news.state is OutboxState.FAILED]
        stopped = {"state": OutboxState.FAILED.value, "due_at": None, "lease_until": None}
        _update(connection, OUTBOX, ("id",), [{"id": n, **stopped} for n in failed])


def _address_values(address: Address) -> Values:
    return {
        "key": address.key,
        "person": address.person,
        "address": address.address,
        "failures": address.failures,
        "last_failed": address.last_failed,
        "suppressed": address.suppressed,
        "proved_at": address.proved_at,
    }


def _wishes(person: Person) -> Values:
    return {
        "language": person.language,
        "zone": person.zone,
        "muted_json": to_json(tuple(sorted(person.muted))),
        "away_until": person.away_until,
    }


def _insert(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    if rows:
        connection.execute(_inserting(table), rows)


def _update(
    connection: Connection, table: Table, keys: tuple[str, ...], rows: Sequence[Values]
) -> None:
    """Set all other columns that the rows have, where the keys are theirs."""
    if rows:
        connection.execute(
            _updating(table, keys),
            [
                {f"the_{name}" if name in keys else name: value for name, value in row.items()}
                for row in rows
            ],
        )


# One statement object each: SQLAlchemy finds what it compiled from it without looking inside.
@cache
def _inserting(table: Table) -> Insert:
    return insert(table)


@cache
def _updating(table: Table, keys: tuple[str, ...]) -> Update:
    return update(table).where(*(table.c[key] == bindparam(f"the_{key}") for key in keys))
