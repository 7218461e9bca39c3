"""Values for tests: defaults for everything, so that a test names only what matters to it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from helpdesk.core.acts import Done
from helpdesk.core.commands import Verb
from helpdesk.core.decide import decide, identity_of
from helpdesk.core.decide_act import Order, acted
from helpdesk.core.decide_tick import time_passed
from helpdesk.core.decision import Decision, Ids, Incoming, Known, Waiting
from helpdesk.core.digest import digests
from helpdesk.core.draft import Draft, Rules
from helpdesk.core.license import LicenseAnswer
from helpdesk.core.mail import Arrival, Envelope, Mail, Mailbox, Message, Trust, Words
from helpdesk.core.outgoing import Notice, OutgoingMail, SentMail
from helpdesk.core.policy import Desk, Policy
from helpdesk.core.reply_address import reply_address
from helpdesk.core.rights import NOTHING_ON_RECORD, Book
from helpdesk.core.route import keys_of
from helpdesk.core.service_level import ServiceLevel, preset
from helpdesk.core.statistics import Life
from helpdesk.core.ticket import (
    Conversation,
    Entry,
    EntryId,
    EntryKind,
    IntakeId,
    OutboxId,
    Participant,
    Person,
    PersonId,
    Role,
    Ticket,
    TicketNumber,
)
from helpdesk.core.token import Keyring, Purpose
from helpdesk.core.weekly import Weeks, weekly_report

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SUPPORT = Desk("support", "support@example.test", "Example Support")
SALES = Desk("sales", "sales@example.test", "Example Sales")
POLICY = Policy((SUPPORT, SALES), notifications_address="notifications@example.test")
KEYRING = Keyring({0: hashlib.sha256(b"a key of the tests").digest()}, 0)
RULES = Rules(POLICY, KEYRING)
EDGE = "mx.example.test"
LEVEL = preset("standard")
"""Around the clock: 1 h, 4 h, 24 h and 48 h from the highest priority to the lowest."""

ANA = Person(PersonId(1), "ana@customer.example", "Ana Ruiz", frozenset({"ana@customer.example"}))
EVE = Person(PersonId(2), "eve@elsewhere.example", "Eve", frozenset({"eve@elsewhere.example"}))
BOB = Person(
    PersonId(3),
    "bob@example.test",
    "Bob Agent",
    frozenset({"bob@example.test"}),
    frozenset({"support", "sales"}),
)
CARL = Person(
    PersonId(4),
    "carl@example.test",
    "Carl",
    frozenset({"carl@example.test"}),
    frozenset({"support"}),
)


def rules(*, levels: Iterable[ServiceLevel] = (LEVEL,), more: Any = None, **desk: Any) -> Rules:
    """Rules whose support desk has these settings; `more` are settings of the policy."""
    support = replace(SUPPORT, **desk)
    policy = replace(
        POLICY,
        desks=(support, SALES),
        service_levels={level.name: level for level in levels},
        **(more or {}),
    )
    return replace(RULES, policy=policy)


def message(
    author: str = ANA.address,
    subject: str = "Printer on fire",
    text: str = "It burns.",
    *,
    fields: Iterable[tuple[str, str]] = (),
    dmarc: str = "pass",
    **more: Any,
) -> Message:
    """A message as the reader gives it; `dmarc` is what the edge says, empty for nothing."""
    domain = author.rpartition("@")[2]
    trace = (
        [("authentication-results", f"{EDGE}; dmarc={dmarc} header.from={domain}")] if dmarc else []
    )
    values: dict[str, Any] = {
        "fields": (("received", "from client by edge"), *trace, *fields),
        "subject": subject,
        "authors": (Mailbox(author),),
        "clean_author": author,
        "words": Words(text, text),
        "message_id": hashlib.md5(f"{author}{subject}{text}".encode()).hexdigest() + "@mua.example",
        "digest": hashlib.sha256(f"{author}{subject}{text}{more}".encode()).hexdigest(),
    }
    return Message(**(values | more))


def mail(
    message: Message,
    to: str | tuple[str, ...] = SUPPORT.address,
    *,
    reverse_path: str | None = None,
    trust: Trust | None = None,
) -> Mail:
    recipients = (to,) if isinstance(to, str) else to
    sender = message.authors[0].address if reverse_path is None else reverse_path
    arrival = Arrival(
        Envelope(sender, recipients),
        "smtp",
        NOW,
        Trust("192.0.2.1", EDGE) if trust is None else trust,
    )
    return Mail(arrival, message, 1000)


def sent(
    number: int = 501,
    purpose: Purpose = Purpose.CUSTOMER,
    person: Person = ANA,
    ticket: int | None = 1001,
    **more: Any,
) -> SentMail:
    values: dict[str, Any] = {
        "id": OutboxId(number),
        "message_id": f"sent-{number}@example.test",
        "notice": Notice.ANSWER if purpose is Purpose.CUSTOMER else Notice.NEW_TICKET,
        "purpose": purpose,
        "desk": "support",
        "recipient": person.address,
        "created_at": NOW - timedelta(hours=1),
        "person": person.id,
        "ticket": None if ticket is None else TicketNumber(ticket),
        "version": 1,
    }
    return SentMail(**(values | more))


def token_address(mail: SentMail, purpose: Purpose | None = None) -> str:
    purpose = purpose or mail.purpose
    assert purpose is not None
    return reply_address(POLICY, KEYRING, POLICY.desk(mail.desk), purpose, mail.id)


def ticket(number: int = 1001, requester: Person = ANA, **more: Any) -> Ticket:
    values: dict[str, Any] = {
        "number": TicketNumber(number),
        "desk": "support",
        "subject": "Printer on fire",
        "requester": requester.id,
        "created_at": NOW - timedelta(days=1),
        "updated_at": NOW - timedelta(days=1),
        "version": 1,
        "references": ("first@mua.example",),
    }
    return Ticket(**(values | more))


def entry(number: int = 1, author: Person = ANA, text: str = "It burns.", **more: Any) -> Entry:
    values: dict[str, Any] = {
        "id": number,
        "ticket": TicketNumber(1001),
        "kind": EntryKind.MESSAGE,
        "at": NOW - timedelta(days=1),
        "author": author.id,
        "author_address": author.address,
        "author_name": author.name,
        "text": text,
        "message_id": f"entry-{number}@mua.example",
        "version": number,
    }
    return Entry(**(values | more))


def conversation(of: Ticket | None = None, *others: Participant, **more: Any) -> Conversation:
    of = of or ticket()
    values: dict[str, Any] = {
        "ticket": of,
        "participants": (Participant(ANA, Role.REQUESTER), *others),
        "tail": (entry(),),
    }
    return Conversation(**(values | more))


@dataclass
class World:
    """What the store would know, and the next free ids."""

    people: tuple[Person, ...] = (ANA, EVE, BOB, CARL)
    agents: tuple[Person, ...] = (BOB, CARL)
    conversations: tuple[Conversation, ...] = ()
    sent: tuple[SentMail, ...] = ()
    located: tuple[tuple[str, int], ...] = ()
    automatic: Mapping[str, tuple[tuple[datetime, TicketNumber | None], ...]] = field(
        default_factory=dict
    )
    rules: Rules = RULES
    recent: tuple[Ticket, ...] = ()
    """Earlier tickets of all requesters, the newest first."""
    book: Book = NOTHING_ON_RECORD
    answers: Mapping[tuple[str, str], LicenseAnswer] = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)

    def known(self) -> Known:
        requesters = dict.fromkeys(ticket.requester for ticket in self.recent)
        return Known(
            sent={mail.id: mail for mail in self.sent},
            located=tuple((text, TicketNumber(number)) for text, number in self.located),
            conversations={c.ticket.number: c for c in self.conversations},
            people={key: person for person in self.people for key in person.keys},
            agents={
                desk.name: tuple(a for a in self.agents if desk.name in a.desks)
                for desk in self.rules.policy.desks
            },
            automatic=self.automatic,
            recent={
                person: tuple(ticket for ticket in self.recent if ticket.requester == person)
                for person in requesters
            },
            book=self.book,
            answers=self.answers,
            waiting=self.waiting,
            marks=self.marks,
        )

    def decide(self, mail: Mail, *, released: bool = False, now: datetime = NOW) -> Decision:
        identity = identity_of(mail.message)
        keys = keys_of(mail, identity, self.rules.policy, self.rules.keyring)
        incoming = Incoming(IntakeId(1), mail, keys)
        return decide(incoming, self.known(), self.rules, next_ids(), now, released=released)

    def act(
        self,
        verb: Verb,
        argument: str = "",
        by: Person | None = BOB,
        *,
        entry: int | None = None,
        now: datetime = NOW,
    ) -> tuple[Decision, Done]:
        """An act at the command line on the first conversation."""
        draft = Draft(self.rules, self.known(), next_ids(), now)
        order = Order(verb, argument, None if entry is None else EntryId(entry))
        return acted(order, self.conversations[0], by, draft)

    def tick(self, now: datetime = NOW) -> Decision | None:
        """Time passes for the first conversation."""
        return time_passed(self.conversations[0], self.known(), self.rules, next_ids(), now)

    def digests(self, now: datetime = NOW) -> Decision | None:
        return digests(self.known(), self.rules, next_ids(), now)

    def weekly_report(
        self, monday: date, now: datetime = NOW, lives: Sequence[Life] = ()
    ) -> Decision | None:
        """Of the first desk."""
        weeks = Weeks(self.rules.policy.desks[0], monday, lives)
        return weekly_report(weeks, self.known(), self.rules, next_ids(), now)


def next_ids() -> Ids:
    return Ids({"ticket": 2000, "person": 100, "entry": 1000, "outbox": 9000, "ledger": 500})


def notices_to(decision: Decision, person: Person) -> list[Notice]:
    return [sent.notice for sent in decision.outbox if sent.person == person.id]


def only(mails: Iterable[OutgoingMail], notice: Notice) -> OutgoingMail:
    (found,) = [mail for mail in mails if mail.notice is notice]
    return found
