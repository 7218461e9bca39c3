"""Loads what a batch of decisions needs, in a fixed number of queries whatever its size."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    RowMapping,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    true,
)

from helpdesk.core.address import lookup_key
from helpdesk.core.decision import Waiting
from helpdesk.core.mail import Attachment
from helpdesk.core.outgoing import Notice, offered
from helpdesk.core.route import named_in_commands
from helpdesk.core.ticket import (
    COMMANDED,
    EntryId,
    EntryKind,
    Link,
    LinkKind,
    OutboxId,
    Person,
    PersonId,
    Role,
    TicketNumber,
    Visibility,
)
from helpdesk.core.token import Purpose
from helpdesk.store.mapping import (
    answer_from,
    attachment_from,
    entry_from,
    license_from,
    rendered_from,
    seen_from,
    sent_from,
    texts,
    ticket_from,
)
from helpdesk.store.memory import IN_HAND, MAX_MERGES, TAIL, TAIL_TEXT, Address, Memory, Remembered
from helpdesk.store.rights import book_of
from helpdesk.store.tables import (
    ABSENCES,
    ADDRESSES,
    AGENT_DESKS,
    AGENT_TEAMS,
    AGENTS,
    ANSWERS,
    ATTACHMENTS,
    CURSORS,
    DESKS,
    ENTRIES,
    ENTRY_IS_NAMED,
    ENTRY_IS_PARKED,
    INTAKE,
    LICENSES,
    LINKS,
    OUTBOX,
    OUTBOX_IS_AUTOMATIC,
    PARTICIPANTS,
    PEOPLE,
    TAGS,
    TICKET_IS_IN_HAND,
    TICKETS,
)

MAX_BUDGET = 1000
"""So many of the latest automatic mails per recipient are known; no budget can be larger."""
SENT_TEXTS = 12
MOST_OLDER = 100
MOST_WORDS = 20
MOST_IN_HAND = 1000
"""An agent with more open tickets counts as having so many."""
MOST_WAITING = 10_000
"""Tickets of which agents are told; of more those whose targets come last are left out."""
MOST_RECENT = 20
"""Tickets of a requester among which the same request is looked for."""
MOST_KEYED = 60
"""Tickets of a requester of which it is known which license keys they name."""
MOST_LISTED = 200
"""Tickets of a requester that a list by mail chooses from."""
QUOTED_NOTICES = (
    Notice.NEW_TICKET,
    Notice.CUSTOMER_REPLIED,
    Notice.DELIVERY_TROUBLE,
    Notice.ASSIGNED,
    Notice.NOTE_ADDED,
    Notice.CUSTOMER_ACTED,
    Notice.TARGET_WARNING,
    Notice.TARGET_MISSED,
    Notice.AWAKE,
    Notice.BUDGET,
)
"""What agents quote when they answer; questions and receipts repeat their own words."""
AGENT_PURPOSES = (Purpose.ANSWER, Purpose.NOTE, Purpose.PARKED)
_CHUNK = 500
"""Values in one IN list; SQLite takes 32,766 parameters, PostgreSQL 32,767."""

_later = ENTRIES.alias("later")
_sent = OUTBOX.alias("sent")


# The n-th latest is found by walking down an index, so it does not matter how many there are.
def _latest(most: int, which: Callable[[FromClause], ColumnElement[bool]]) -> Select[Any]:
    """So many of the latest entries of each ticket, of those that are asked for."""
    first = (
        select(_later.c.id)
        .where(_later.c.ticket == TICKETS.c.number, which(_later))
        .order_by(_later.c.id.desc())
        .limit(1)
        .offset(most - 1)
        .scalar_subquery()
    )
    return (
        select(
            *(column for column in ENTRIES.c if column.name not in {"text", "full_text"}),
            func.substr(ENTRIES.c.text, 1, TAIL_TEXT).label("text"),
            func.substr(ENTRIES.c.full_text, 1, TAIL_TEXT).label("full_text"),
        )
        .join_from(TICKETS, ENTRIES, ENTRIES.c.ticket == TICKETS.c.number)
        .where(ENTRIES.c.id >= func.coalesce(first, 0), which(ENTRIES))
        .order_by(ENTRIES.c.id)
    )


def _is_public(entries: FromClause) -> ColumnElement[bool]:
    spoken = (EntryKind.MESSAGE.value, EntryKind.ANSWER.value)
    return and_(entries.c.kind.in_(spoken), entries.c.visibility == Visibility.PUBLIC.value)


_TAIL = _latest(TAIL, lambda _: true())
_OLDER = (
    _latest(MOST_OLDER, _is_public),
    _latest(MOST_OLDER, lambda entries: entries.c.kind == EntryKind.NOTE.value),
    _latest(MOST_WORDS, lambda entries: entries.c.reason == COMMANDED),
)
_FIRST_OF_SENT = (
    select(_sent.c.id)
    .where(
        _sent.c.ticket == TICKETS.c.number,
        _sent.c.notice.in_([notice.value for notice in QUOTED_NOTICES]),
        _sent.c.rendered_json.is_not(None),
    )
    .order_by(_sent.c.id.desc())
    .limit(1)
    .offset(SENT_TEXTS - 1)
    .scalar_subquery()
)
_SENT_TEXTS = (
    select(OUTBOX.c.ticket, OUTBOX.c.rendered_json)
    .join_from(TICKETS, OUTBOX, OUTBOX.c.ticket == TICKETS.c.number)
    .where(
        OUTBOX.c.id >= func.coalesce(_FIRST_OF_SENT, 0),
        OUTBOX.c.notice.in_([notice.value for notice in QUOTED_NOTICES]),
        OUTBOX.c.rendered_json.is_not(None),
    )
    .order_by(OUTBOX.c.id)
)
_FIRST_AUTOMATIC = (
    select(_sent.c.created_at)
    .where(_sent.c.recipient_key == ADDRESSES.c.key, text("sent.auto_submitted <> ''"))
    .order_by(_sent.c.created_at.desc())
    .limit(1)
    .offset(MAX_BUDGET - 1)
    .scalar_subquery()
)
_AUTOMATIC = (
    select(OUTBOX.c.recipient_key, OUTBOX.c.created_at, OUTBOX.c.ticket)
    .join_from(ADDRESSES, OUTBOX, OUTBOX.c.recipient_key == ADDRESSES.c.key)
    .where(
        OUTBOX_IS_AUTOMATIC,
        OUTBOX.c.created_at >= func.coalesce(_FIRST_AUTOMATIC, datetime.min.replace(tzinfo=UTC)),
    )
)
_AGENTS = (
    select(AGENT_DESKS.c.desk, AGENTS.c.person, AGENTS.c.last_assigned_at)
    .join_from(AGENTS, AGENT_DESKS, AGENT_DESKS.c.person == AGENTS.c.person)
    .where(AGENTS.c.active.is_(True))
    .order_by(AGENTS.c.person)
)
_TEAMS = select(AGENT_TEAMS.c.person, AGENT_TEAMS.c.team)
_ABSENCES = select(ABSENCES.c.person, ABSENCES.c.first, ABSENCES.c.last).order_by(
    ABSENCES.c.person, ABSENCES.c.first
)
_PEOPLE = select(
    PEOPLE.c.id,
    PEOPLE.c.address.label("main_address"),
    *(PEOPLE.c[name] for name in ("name", "language", "zone", "sms", "muted_json", "away_until")),
    *(ADDRESSES.c[name] for name in ("key", "address", "failures", "last_failed")),
    *(ADDRESSES.c[name] for name in ("suppressed", "proved_at")),
).join_from(PEOPLE, ADDRESSES, ADDRESSES.c.person == PEOPLE.c.id, isouter=True)


_SENT_COLUMNS = (
    *("id", "message_id", "notice", "purpose", "desk", "recipient", "created_at"),
    *("person", "ticket", "entry", "version", "state"),
)


def _where(statement: Select[Any], column: Any) -> Select[Any]:
    """For any number of values of a column; one object each, so that it is compiled once."""
    return statement.where(column.in_(bindparam("wanted", expanding=True)))


_SEEN = _where(
    select(INTAKE.c.identity, INTAKE.c.id, INTAKE.c.verdict, INTAKE.c.ticket, INTAKE.c.desks_json),
    INTAKE.c.identity,
)
_OFFERS = _where(select(OUTBOX.c.id, OUTBOX.c.variables_json), OUTBOX.c.id)
_SENT = _where(select(*(OUTBOX.c[name] for name in _SENT_COLUMNS)), OUTBOX.c.id)
_SENT_WORDS = _where(
    select(OUTBOX.c.id, OUTBOX.c.rendered_json).where(OUTBOX.c.rendered_json.is_not(None)),
    OUTBOX.c.id,
)
_LOCATED_SENT = _where(
    select(OUTBOX.c.message_id, OUTBOX.c.ticket).where(OUTBOX.c.ticket.is_not(None)),
    OUTBOX.c.message_id,
)
# Many mails can bear one Message-ID: the first ticket is the one that nobody can have put in
# front of another, the last one the likeliest.
_LOCATED_STORED = _where(
    select(
        ENTRIES.c.message_id,
        func.min(ENTRIES.c.ticket).label("first"),
        func.max(ENTRIES.c.ticket).label("last"),
    )
    .where(ENTRY_IS_NAMED)
    .group_by(ENTRIES.c.message_id),
    ENTRIES.c.message_id,
)
# A deleted ticket is unknown: mail about it is mail about nothing that we have.
_TICKETS = _where(select(TICKETS).where(TICKETS.c.deleted_at.is_(None)), TICKETS.c.number)
_PARTICIPANTS = _where(select(PARTICIPANTS).order_by(PARTICIPANTS.c.person), PARTICIPANTS.c.ticket)
_TAGS = _where(select(TAGS).order_by(TAGS.c.tag), TAGS.c.ticket)
_LINKED = _where(select(LINKS).order_by(LINKS.c.ticket, LINKS.c.other), LINKS.c.ticket)
_LINKING = _where(select(LINKS).order_by(LINKS.c.ticket, LINKS.c.other), LINKS.c.other)
_LICENSES = _where(select(LICENSES).order_by(LICENSES.c.position), LICENSES.c.ticket)
_ANSWERS = _where(select(ANSWERS), ANSWERS.c.fingerprint)
_TAILS = _where(_TAIL, TICKETS.c.number)
_OLDER_ONES = tuple(_where(statement, TICKETS.c.number) for statement in _OLDER)
_ATTACHMENTS = _where(
    select(ATTACHMENTS).order_by(ATTACHMENTS.c.entry, ATTACHMENTS.c.position),
    ATTACHMENTS.c.entry,
)
_PARKED = _where(select(ENTRIES).where(ENTRY_IS_PARKED).order_by(ENTRIES.c.id), ENTRIES.c.ticket)
_WORDS_OF_PARKED = _where(select(ENTRIES.c.id, ENTRIES.c.text).where(ENTRY_IS_PARKED), ENTRIES.c.id)
_FILES = _where(
    select(ENTRIES.c.ticket, ATTACHMENTS.c.sha256).join_from(
        ENTRIES, ATTACHMENTS, ATTACHMENTS.c.entry == ENTRIES.c.id
    ),
    ENTRIES.c.ticket,
)
_COUNTED = _where(
    select(ENTRIES.c.ticket, func.count().label("number"))
    .join_from(ENTRIES, ATTACHMENTS, ATTACHMENTS.c.entry == ENTRIES.c.id)
    .where(ATTACHMENTS.c.counted)
    .group_by(ENTRIES.c.ticket),
    ENTRIES.c.ticket,
)
# Once an image is known to come again and again it is remembered no more, so that there are never
# many of one person and one image.
_LOGOS = _where(
    select(ATTACHMENTS.c.logo_of, ATTACHMENTS.c.sha256, ATTACHMENTS.c.entry)
    .where(
        ATTACHMENTS.c.logo_of.is_not(None),
        ATTACHMENTS.c.logo_of.in_(bindparam("people", expanding=True)),
    )
    .distinct(),
    ATTACHMENTS.c.sha256,
)
_TEXTS = _where(_SENT_TEXTS, TICKETS.c.number)
_OWNERS = _where(select(ADDRESSES.c.person), ADDRESSES.c.key)
_THEM = _where(_PEOPLE, PEOPLE.c.id)
_AUTOMATIC_TO = _where(_AUTOMATIC, ADDRESSES.c.key)


_MARKS = _where(select(CURSORS.c.source, CURSORS.c.position), CURSORS.c.source)
_WAITING = (
    select(
        TICKETS,
        PEOPLE.c.name.label("requester_name"),
        PEOPLE.c.address.label("requester_address"),
    )
    .join_from(TICKETS, PEOPLE, PEOPLE.c.id == TICKETS.c.requester)
    .where(
        TICKETS.c.status.in_(sorted(IN_HAND)),
        TICKETS.c.deleted_at.is_(None),
        TICKETS.c.merged_into.is_(None),
        # Tickets of a desk that is gone are those of the first one, which the settings know.
        or_(
            TICKETS.c.desk.in_(bindparam("wanted", expanding=True)),
            TICKETS.c.desk.in_(select(DESKS.c.name).where(DESKS.c.active.is_(False))),
        ),
    )
    .order_by(TICKETS.c.target_at.is_(None), TICKETS.c.target_at, TICKETS.c.number)
    .limit(MOST_WAITING)
)


def _recent(most: int) -> Select[Any]:
    """So many of the latest tickets of each requester; the n-th is found by walking an index."""
    mine = TICKETS.alias("mine")
    first = (
        select(mine.c.number)
        .where(mine.c.requester == PEOPLE.c.id)
        .order_by(mine.c.number.desc())
        .limit(1)
        .offset(most - 1)
        .scalar_subquery()
    )
    statement = (
        select(TICKETS)
        .join_from(PEOPLE, TICKETS, TICKETS.c.requester == PEOPLE.c.id)
        .where(TICKETS.c.number >= func.coalesce(first, 0), TICKETS.c.deleted_at.is_(None))
        .order_by(TICKETS.c.number.desc())
    )
    return _where(statement, PEOPLE.c.id)


_RECENT, _LISTED = _recent(MOST_RECENT), _recent(MOST_LISTED)
_NAMED_KEYS = (
    _recent(MOST_KEYED)
    .join(LICENSES, LICENSES.c.ticket == TICKETS.c.number)
    .join(INTAKE, INTAKE.c.id == LICENSES.c.intake)
    .with_only_columns(
        TICKETS.c.requester, INTAKE.c.received_at, LICENSES.c.provider, LICENSES.c.fingerprint
    )
)
_in_hand = (
    select(TICKETS.c.number)
    .where(TICKETS.c.assignee == AGENTS.c.person, TICKET_IS_IN_HAND)
    .limit(MOST_IN_HAND)
    .correlate(AGENTS)
    .subquery()
)
_IN_HAND = select(
    AGENTS.c.person, select(func.count()).select_from(_in_hand).scalar_subquery().label("number")
).where(AGENTS.c.active.is_(True))


class Loader:
    def __init__(self, connection: Connection, memory: Memory) -> None:
        self._connection = connection
        self._memory = memory
        self._desks: dict[PersonId, set[str]] = {}
        self._teams: dict[PersonId, set[str]] = {}
        self._absences: dict[PersonId, list[tuple[date, date]]] = {}
        self._assigned: dict[PersonId, datetime] = {}
        self._in_hand: dict[PersonId, int] = {}
        self._people: set[PersonId] = set()
        """To be loaded: agents, and those whom mails and tickets name."""

    def agents(self) -> None:
        """With what decides who gets a ticket."""
        agents: dict[str, list[PersonId]] = {}
        for row in self._connection.execute(_AGENTS):
            agents.setdefault(row.desk, []).append(row.person)
            self._desks.setdefault(row.person, set()).add(row.desk)
            if row.last_assigned_at is not None:
                self._assigned[row.person] = row.last_assigned_at
        for team in self._connection.execute(_TEAMS):
            self._teams.setdefault(team.person, set()).add(team.team)
        for absence in self._connection.execute(_ABSENCES):
            days = (absence.first, absence.last)
            self._absences.setdefault(absence.person, []).append(days)
        for load in self._connection.execute(_IN_HAND):
            self._in_hand[load.person] = load.number
        self._memory.agents = {desk: tuple(people) for desk, people in agents.items()}
        self._people.update(self._desks)

    def seen(self, identities: Collection[str]) -> None:
        for row in self._rows(_SEEN, identities):
            self._memory.seen[row["identity"]] = seen_from(row)

    def sent(self, numbers: Collection[OutboxId]) -> None:
        for row in self._rows(_SENT, numbers):
            mail = sent_from(row)
            self._memory.sent[mail.id] = mail
            if mail.person is not None:
                self._people.add(mail.person)
        lists = [n for n, mail in self._memory.sent.items() if mail.purpose is Purpose.TAKE]
        for row in self._rows(_OFFERS, lists):
            number = OutboxId(row["id"])
            offers = offered(json.loads(row["variables_json"]))
            self._memory.sent[number] = replace(self._memory.sent[number], offers=offers)

    def sent_words(self, numbers: Collection[OutboxId]) -> None:
        """What these said, of those that `sent` found."""
        known = self._memory.sent
        for row in self._rows(_SENT_WORDS, [number for number in numbers if number in known]):
            rendered = rendered_from(row["rendered_json"])
            if rendered is not None:
                number = OutboxId(row["id"])
                known[number] = replace(known[number], text=rendered.text)

    def waiting(self, desks: Collection[str]) -> None:
        """What is in the hands of agents of these desks and of those that are gone; of very many
        those that wait longest."""
        for row in self._rows(_WAITING, desks):
            name = row["requester_name"] or row["requester_address"]
            self._memory.waiting.append(Waiting(ticket_from(row), name))

    def marks(self, names: Collection[str]) -> None:
        for row in self._rows(_MARKS, names):
            self._memory.marks[row["source"]] = row["position"]

    def parked(self) -> tuple[set[TicketNumber], set[str]]:
        """What the commands of parked answers name, about which mails of now may be."""
        asked = {
            mail.entry: mail.id
            for mail in self._memory.sent.values()
            if mail.purpose is Purpose.PARKED and mail.entry is not None
        }
        tickets: set[TicketNumber] = set()
        keys: set[str] = set()
        for row in self._rows(_WORDS_OF_PARKED, asked):
            named = named_in_commands(row["text"])
            self._memory.named[asked[EntryId(row["id"])]] = named
            tickets |= named[0]
            keys |= named[1]
        return tickets, keys

    def located(self, message_ids: Collection[str]) -> None:
        for row in self._rows(_LOCATED_SENT, message_ids):
            self._locate(row["message_id"], row["ticket"])
        for row in self._rows(_LOCATED_STORED, message_ids):
            self._locate(row["message_id"], row["first"])
            self._locate(row["message_id"], row["last"])

    def _locate(self, message_id: str, ticket: int) -> None:
        self._memory.located.setdefault(message_id, set()).add(TicketNumber(ticket))

    def tickets(self, numbers: Collection[TicketNumber]) -> None:
        """The tickets and those into which they were merged."""
        known = self._memory.tickets
        wanted = set(numbers)
        for _ in range(MAX_MERGES + 1):
            if not wanted:
                break
            targets = set()
            for row in self._rows(_TICKETS, wanted):
                ticket = ticket_from(row)
                known[ticket.number] = Remembered(ticket)
                targets.add(ticket.merged_into)
                if ticket.assignee is not None:
                    self._people.add(ticket.assignee)
            wanted = {number for number in targets if number is not None} - known.keys()
        self._participants(known)
        self._tails(known)
        for row in self._rows(_LICENSES, known):
            found = license_from(row)
            key = (found.provider, found.fingerprint)
            known[TicketNumber(row["ticket"])].licenses[key] = found
        for row in self._rows(_TAGS, known):
            tagged = known[TicketNumber(row["ticket"])]
            tagged.ticket = replace(tagged.ticket, tags=(*tagged.ticket.tags, row["tag"]))
        for statement in (_LINKED, _LINKING):
            for row in self._rows(statement, known):
                self._link(row)

    def _link(self, row: RowMapping) -> None:
        link = Link(TicketNumber(row["ticket"]), TicketNumber(row["other"]), LinkKind(row["kind"]))
        for number in (link.ticket, link.other):
            if number in self._memory.tickets:
                self._memory.tickets[number].links[link] = None

    def answers(self, fingerprints: Collection[str]) -> None:
        """What providers said about these licenses, and about those of the tickets."""
        tickets = self._memory.tickets.values()
        known = {found.fingerprint for each in tickets for found in each.licenses.values()}
        for row in self._rows(_ANSWERS, known.union(fingerprints)):
            self._memory.answers[row["provider"], row["fingerprint"]] = answer_from(row)

    def book(self, keys: Collection[str]) -> None:
        """Agreements and credits of the people with these addresses, and of all requesters."""
        memory = self._memory
        people = {memory.addresses[key].person for key in keys if key in memory.addresses}
        people.update(each.ticket.requester for each in memory.tickets.values())
        known = (memory.people[person].keys for person in people if person in memory.people)
        memory.book = book_of(self._connection, set(keys).union(*known))

    def recent(self, keys: Collection[str], listed: Collection[str]) -> None:
        """The latest tickets of the people with these addresses, more of those that want a list."""
        addresses = self._memory.addresses
        for statement, wanted in ((_RECENT, keys), (_LISTED, listed)):
            people = {addresses[key].person for key in wanted if key in addresses}
            for person in people:
                self._memory.recent[person] = {}
            for row in self._rows(statement, people - self._desks.keys()):
                found = ticket_from(row)
                self._memory.recent[found.requester][found.number] = found

    def named_keys(self, keys: Collection[str]) -> None:
        """The license keys that people with these addresses, and requesters of the tickets, named
        lately."""
        addresses, tickets = self._memory.addresses, self._memory.tickets.values()
        people = {addresses[key].person for key in keys if key in addresses}
        for row in self._rows(_NAMED_KEYS, people.union(each.ticket.requester for each in tickets)):
            named = self._memory.named_keys.setdefault(PersonId(row["requester"]), [])
            named.append((row["received_at"], row["provider"], row["fingerprint"]))

    def _participants(self, tickets: dict[TicketNumber, Remembered]) -> None:
        for row in self._rows(_PARTICIPANTS, tickets):
            person = PersonId(row["person"])
            tickets[TicketNumber(row["ticket"])].participants[person] = Role(row["role"])
            self._people.add(person)

    def _tails(self, tickets: dict[TicketNumber, Remembered]) -> None:
        rows = list(self._rows(_TAILS, tickets))
        files = self._attachments([row["id"] for row in rows])
        for row in rows:
            tail = tickets[TicketNumber(row["ticket"])].tail
            tail.append(entry_from(row, tuple(files.get(row["id"], ()))))

    def _attachments(self, entries: Collection[EntryId]) -> dict[int, list[Attachment]]:
        found: dict[int, list[Attachment]] = {}
        for row in self._rows(_ATTACHMENTS, entries):
            found.setdefault(row["entry"], []).append(attachment_from(row))
        return found

    def agents_view(self, tickets: Collection[TicketNumber]) -> None:
        """What only an agent's mail is compared with."""
        known = self._memory.tickets
        rows = list(self._rows(_PARKED, tickets))
        attachments = self._attachments([row["id"] for row in rows])
        for row in rows:
            entry = entry_from(row, tuple(attachments.get(row["id"], ())))
            known[entry.ticket].parked[entry.id] = entry
        for statement in _OLDER_ONES:
            for row in self._rows(statement, tickets):
                older = entry_from(row)
                known[older.ticket].older[older.id] = older
        for row in self._rows(_FILES, tickets):
            known[TicketNumber(row["ticket"])].files.add(row["sha256"])
        texts: dict[TicketNumber, dict[str, None]] = {}
        for row in self._rows(_TEXTS, tickets):
            rendered = rendered_from(row["rendered_json"])
            if rendered is not None:
                texts.setdefault(TicketNumber(row["ticket"]), {})[rendered.text] = None
        for number, found in texts.items():
            known[number].sent_texts = tuple(found)

    def counted(self) -> None:
        """How many files of customers the tickets have."""
        for row in self._rows(_COUNTED, self._memory.tickets):
            self._memory.tickets[TicketNumber(row["ticket"])].counted = row["number"]

    def logos(self, keys: Collection[str], images: Collection[str]) -> None:
        """With how many mails of the people with these addresses the images came."""
        addresses = self._memory.addresses
        people = sorted({addresses[key].person for key in keys if key in addresses})
        if people:
            for row in self._rows(_LOGOS, images, people=people):
                self._memory.remember_logo(PersonId(row["logo_of"]), row["sha256"])

    def people(self, keys: Collection[str]) -> None:
        """Those with these addresses, and all whom agents, mails and tickets name."""
        for row in self._rows(_OWNERS, keys):
            self._people.add(PersonId(row["person"]))
        people: dict[PersonId, tuple[RowMapping, list[RowMapping]]] = {}
        for row in self._rows(_THEM, self._people):
            people.setdefault(PersonId(row["id"]), (row, []))[1].append(row)
        for person, (row, rows) in people.items():
            addresses = [_address(person, each) for each in rows if each["key"] is not None]
            main = lookup_key(row["main_address"])
            suppressed = any(each.suppressed for each in addresses if each.key == main)
            desks = frozenset(self._desks.get(person, ()))
            self._memory.remember_person(
                Person(
                    id=person,
                    address=row["main_address"],
                    name=row["name"],
                    desks=desks,
                    suppressed=suppressed,
                    language=row["language"],
                    zone=row["zone"],
                    sms=row["sms"],
                    muted=frozenset(texts(row["muted_json"])),
                    teams=frozenset(self._teams.get(person, ())),
                    away=tuple(self._absences.get(person, ())),
                    away_until=row["away_until"],
                    last_assigned_at=self._assigned.get(person),
                    open_tickets=self._in_hand.get(person, 0),
                ),
                addresses,
            )

    def automatic(self, keys: Collection[str]) -> None:
        """Only of those who are no agents: they get many, and have no budget."""
        known = self._memory.addresses
        wanted = [key for key in keys if key in known and known[key].person not in self._desks]
        for row in self._rows(_AUTOMATIC_TO, wanted):
            sent = self._memory.automatic.setdefault(row["recipient_key"], [])
            sent.append((row["created_at"], row["ticket"]))

    def _rows(
        self, statement: Select[Any], values: Iterable[Any], **more: Any
    ) -> Iterator[RowMapping]:
        wanted: Sequence[Any] = list(values)
        for start in range(0, len(wanted), _CHUNK):
            chunk = {"wanted": wanted[start : start + _CHUNK], **more}
            yield from self._connection.execute(statement, chunk).mappings()


def _address(person: PersonId, row: RowMapping) -> Address:
    return Address(
        key=row["key"],
        person=person,
        address=row["address"],
        failures=row["failures"],
        last_failed=row["last_failed"],
        suppressed=row["suppressed"],
        proved_at=row["proved_at"],
    )
