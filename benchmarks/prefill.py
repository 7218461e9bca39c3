"""Fills a new store with tickets as years of work leave them, by writing its tables directly.

Four tickets per customer, each with a confirmation and a notification that were sent, three of five
with a second mail. Everything is finished: the daemon finds nothing to do.
"""

import hashlib
import random
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, create_engine, insert, select, update

from helpdesk.core.address import lookup_key
from helpdesk.core.mail import Arrival, Envelope, Trust
from helpdesk.core.outgoing import AutoSubmitted, Notice, OutgoingMail
from helpdesk.core.ticket import (
    Entry,
    EntryId,
    EntryKind,
    OutboxId,
    PersonId,
    Status,
    Ticket,
    TicketNumber,
)
from helpdesk.core.token import Purpose
from helpdesk.store.engine import use_sound_sqlite
from helpdesk.store.mapping import (
    arrival_values,
    entry_values,
    new_outbox_values,
    ticket_values,
    to_json,
)
from helpdesk.store.tables import (
    ADDRESSES,
    AGENTS,
    COUNTERS,
    ENTRIES,
    EVIDENCE,
    INTAKE,
    OUTBOX,
    PARTICIPANTS,
    PEOPLE,
    RAW_MESSAGES,
    TICKETS,
)

START = datetime(2024, 1, 1, tzinfo=UTC)
TICKETS_PER_PERSON = 4
BATCH = 2_000
WORDS = (
    *("server", "license", "update", "export", "window", "printer", "invoice", "network"),
    *("backup", "account", "folder", "report", "message", "archive", "renewal", "password"),
)

Values = dict[str, Any]


class _Filler:
    def __init__(self, connection: Connection, agent: int) -> None:
        self._connection = connection
        self._agent = PersonId(agent)
        self._rng = random.Random("prefill")
        self._last = {row.name: row.last for row in connection.execute(select(COUNTERS))}
        self._address = ""
        self._rows: dict[Table, list[Values]] = {
            table: []
            for table in (
                *(PEOPLE, ADDRESSES, TICKETS, PARTICIPANTS, INTAKE, RAW_MESSAGES),
                *(ENTRIES, OUTBOX, EVIDENCE),
            )
        }

    def fill(self, tickets: int) -> None:
        person = 0
        for number in range(tickets):
            if number % TICKETS_PER_PERSON == 0:
                person = self._person()
            self._ticket(number, PersonId(person))
            if number % BATCH == BATCH - 1:
                self._flush()
        self._flush()
        for name, last in self._last.items():
            self._connection.execute(
                update(COUNTERS).where(COUNTERS.c.name == name).values(last=last)
            )

    def _flush(self) -> None:
        for table, rows in self._rows.items():
            if rows:
                self._connection.execute(insert(table), rows)
                rows.clear()

    def _next(self, kind: str) -> int:
        number: int = self._last[kind] + 1
        self._last[kind] = number
        return number

    def _person(self) -> int:
        number = self._next("person")
        self._address = address = f"old{number}@customer{number % 977}.example"
        self._rows[PEOPLE].append({"id": number, "address": address, "name": f"Customer {number}"})
        self._rows[ADDRESSES].append(
            {
                "key": lookup_key(address),
                "person": number,
                "address": address,
                "failures": 0,
                "last_failed": None,
                "suppressed": False,
                "proved_at": START,
            }
        )
        return number

    def _ticket(self, index: int, person: PersonId) -> None:
        at = START + timedelta(minutes=7 * index)
        number = TicketNumber(self._next("ticket"))
        subject = " ".join(self._rng.choices(WORDS, k=5))
        address = self._address
        mails = 2 if self._rng.random() < 0.6 else 1
        ids = [f"old.{number}.{mail}@customer.example" for mail in range(mails)]
        ticket = Ticket(
            number=number,
            desk="support",
            subject=subject,
            requester=person,
            created_at=at,
            updated_at=at,
            status=Status.CLOSED if self._rng.random() < 0.8 else Status.OPEN,
            closed_at=at,
            version=mails,
            references=tuple(ids),
        )
        self._rows[TICKETS].append(ticket_values(ticket))
        self._rows[PARTICIPANTS].append({"ticket": number, "person": person, "role": "requester"})
        for position, message_id in enumerate(ids):
            intake = self._mail(number, address, message_id, at, position)
            entry = EntryId(self._next("entry"))
            text = " ".join(self._rng.choices(WORDS, k=120))
            self._rows[ENTRIES].append(
                entry_values(
                    Entry(
                        id=entry,
                        ticket=number,
                        kind=EntryKind.MESSAGE,
                        at=at,
                        author=person,
                        author_address=address,
                        text=text,
                        full_text=text + "\n> " + text[:300],
                        message_id=message_id,
                        version=position + 1,
                    )
                )
                | {"intake": intake}
            )
            if position == 0:
                self._outgoing(Notice.CONFIRMATION, number, entry, person, address, at)
            notice = Notice.CUSTOMER_REPLIED if position else Notice.NEW_TICKET
            self._outgoing(notice, number, entry, self._agent, "agent@example.test", at)

    def _mail(
        self, ticket: TicketNumber, address: str, message_id: str, at: datetime, position: int
    ) -> int:
        number = self._next("intake")
        arrival = Arrival(
            Envelope(address, ("support@example.test",)),
            source="smtp",
            received_at=at,
            trust=Trust("127.0.0.1", "mx.example.test"),
        )
        verdict = "appended" if position else "opened"
        self._rows[INTAKE].append(
            arrival_values(arrival)
            | {
                "id": number,
                "state": "done",
                "claimed": False,
                "alone": False,
                "released": False,
                "attempts": 0,
                "due_at": None,
                "identity": hashlib.sha256(message_id.encode()).hexdigest(),
                "verdict": verdict,
                "reason": "new request",
                "error": "",
                "ticket": ticket,
                "desks_json": to_json(("support",)),
                "finished_at": at,
            }
        )
        body = f"Message-ID: <{message_id}>\r\nFrom: {address}\r\n\r\n"
        content = (body + " ".join(self._rng.choices(WORDS, k=120)) + "\r\n").encode()
        self._rows[RAW_MESSAGES].append(
            {
                "intake": number,
                "sha256": hashlib.sha256(content).hexdigest(),
                "size": len(content),
                "encoding": "zlib",
                "path": None,
                "body": zlib.compress(content, 1),
            }
        )
        self._rows[EVIDENCE].append(
            {
                "id": self._next("evidence"),
                "intake": number,
                "ticket": ticket,
                "at": at,
                "verdict": verdict,
                "reason": "new request",
                "steps_json": '[["reply token","none",""],["references","none",""]]',
            }
        )
        return number

    def _outgoing(
        self,
        notice: Notice,
        ticket: TicketNumber,
        entry: EntryId,
        person: PersonId,
        address: str,
        at: datetime,
    ) -> None:
        number = OutboxId(self._next("outbox"))
        is_confirmation = notice is Notice.CONFIRMATION
        mail = OutgoingMail(
            id=number,
            message_id=f"old.{number}@example.test",
            notice=notice,
            desk="support",
            recipient=address,
            created_at=at,
            variables={"text": " ".join(self._rng.choices(WORDS, k=60))},
            person=person,
            ticket=ticket,
            entry=entry,
            purpose=Purpose.CUSTOMER if is_confirmation else Purpose.ANSWER,
            auto_submitted=AutoSubmitted.REPLIED if is_confirmation else AutoSubmitted.GENERATED,
            null_reverse_path=is_confirmation,
        )
        self._rows[OUTBOX].append(
            new_outbox_values(mail, at)
            | {
                "state": "delivered",
                "attempts": 1,
                "due_at": None,
                "rendered_json": to_json(["subject", mail.variables["text"], ""]),
                "delivered_at": at,
            }
        )


def fill(database: Path, tickets: int) -> None:
    """Add finished tickets to a database that a daemon with one agent has made."""
    use_sound_sqlite()
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA synchronous = OFF")
        agent = connection.execute(select(AGENTS.c.person)).scalars().first()
        if agent is None:
            raise RuntimeError("the database has no agent yet")
        _Filler(connection, agent).fill(tickets)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
