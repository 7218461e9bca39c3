"""A decision in the making: collects what follows from one mail, then becomes a Decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from helpdesk.core.address import lookup_key
from helpdesk.core.decision import (
    Decision,
    DeliveryNews,
    Ids,
    Incoming,
    Known,
    Step,
    Verdict,
)
from helpdesk.core.mail import Mail, Message
from helpdesk.core.outgoing import MAX_REFERENCES, AutoSubmitted, Notice, OutgoingFile, OutgoingMail
from helpdesk.core.policy import Desk, Policy
from helpdesk.core.status import Trigger, next_status
from helpdesk.core.ticket import (
    Entry,
    EntryKind,
    IntakeId,
    License,
    Participant,
    Person,
    PersonId,
    Status,
    Ticket,
    Visibility,
)
from helpdesk.core.token import Keyring, Purpose, message_id

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """What stays the same from mail to mail."""

    policy: Policy
    keyring: Keyring


@dataclass(frozen=True, slots=True)
class Letter:
    """What one outgoing mail is, before it has a recipient and an id."""

    notice: Notice
    variables: Mapping[str, Any]
    auto_submitted: AutoSubmitted = AutoSubmitted.GENERATED
    purpose: Purpose | None = None
    from_name: str = ""
    from_address: str = ""
    files: Sequence[OutgoingFile] = ()
    entry: Entry | None = None
    in_reply_to: str = ""


@dataclass(slots=True)
class Draft:
    """Only helpdesk.core.decide and its parts see one; nothing outlives the decision."""

    rules: Rules
    known: Known
    ids: Ids
    now: datetime
    incoming: Incoming | None = None
    ticket: Ticket | None = None
    is_new: bool = False
    evidence: list[Step] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    proved: list[PersonId] = field(default_factory=list)
    participants: list[Participant] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    licenses: list[License] = field(default_factory=list)
    outbox: list[OutgoingMail] = field(default_factory=list)
    deliveries: list[DeliveryNews] = field(default_factory=list)
    desks: tuple[Desk, ...] = ()

    @property
    def policy(self) -> Policy:
        return self.rules.policy

    @property
    def mail(self) -> Mail:
        if self.incoming is None:
            raise ValueError("this decision is not about a mail")
        return self.incoming.mail

    @property
    def mail_intake(self) -> IntakeId | None:
        return self.incoming.intake if self.incoming else None

    @property
    def message(self) -> Message:
        return self.mail.message

    @property
    def the_ticket(self) -> Ticket:
        if self.ticket is None:
            raise ValueError("this decision has no ticket yet")
        return self.ticket

    @property
    def desk(self) -> Desk:
        return self.policy.desk(self.the_ticket.desk)

    def note(self, step: str, outcome: str, detail: str = "") -> None:
        self.evidence.append(Step(step, outcome, detail))

    def person(self, address: str, name: str) -> Person:
        """Whoever has this address; somebody new is remembered."""
        key = lookup_key(address)
        found = self.known.people.get(key)
        if found is None:
            found = next((person for person in self.people if key in person.keys), None)
        if found is None:
            found = Person(self.ids.person(), address, name, frozenset({key}))
            self.people.append(found)
        return found

    def somebody(self, name: str) -> Person:
        """A person without a usable address: nothing is ever sent there."""
        person = Person(self.ids.person(), "", name)
        self.people.append(person)
        return person

    def trigger(self, trigger: Trigger) -> None:
        """Let something happen to the ticket's status; a change leaves an event."""
        ticket = self.the_ticket
        status = next_status(ticket.status, trigger)
        if status is not ticket.status:
            self.event(f"Status: {ticket.status} → {status}", reason=trigger)
        closed_at = ticket.closed_at if status is Status.CLOSED else None
        self.ticket = replace(ticket, status=status, closed_at=closed_at, updated_at=self.now)

    def event(self, text: str, *, reason: str, **more: Any) -> Entry:
        return self.entry(
            Entry(
                id=self.ids.entry(),
                ticket=self.the_ticket.number,
                kind=EntryKind.EVENT,
                at=self.now,
                visibility=Visibility.INTERNAL,
                text=text,
                reason=reason,
                **more,
            )
        )

    def entry(self, entry: Entry) -> Entry:
        """Add to the conversation; a public message or answer makes a new state version."""
        counts = entry.visibility is Visibility.PUBLIC and entry.kind is not EntryKind.EVENT
        if counts:
            self.ticket = replace(self.the_ticket, version=self.the_ticket.version + 1)
        entry = replace(entry, version=self.the_ticket.version)
        self.ticket = replace(self.the_ticket, updated_at=self.now)
        self.entries.append(entry)
        return entry

    def is_within_budget(self, address: str) -> bool:
        """Whether one more automatic mail may go there; agents have no budget."""
        sent = list(self.known.automatic.get(lookup_key(address), ()))
        ticket = self.ticket.number if self.ticket else None
        budget = self.policy.budget
        last_hour = sum(at > self.now - HOUR for at, _ in sent)
        last_day = sum(at > self.now - DAY for at, _ in sent)
        on_ticket = sum(at > self.now - DAY and number == ticket for at, number in sent)
        return (
            last_hour < budget.per_hour
            and last_day < budget.per_day
            and on_ticket < budget.per_ticket_and_day
        )

    def send(self, recipient: Person, letter: Letter) -> OutgoingMail | None:
        """Intend one mail to one person; None if nothing may be sent there any more."""
        if not recipient.address:
            self.note("send", "no usable address", letter.notice)
            return None
        if recipient.suppressed:
            self.event(
                f"Not sent to {recipient.display}: mail to this address failed repeatedly",
                reason="suppressed",
            )
            return None
        if any(mail.person == recipient.id for mail in self.outbox):
            # At most one mail per event and person.
            self.note("send", "has one already", f"{letter.notice} to person {recipient.id}")
            return None
        ticket = self.the_ticket
        number = self.ids.outbox()
        references = ticket.references
        if letter.in_reply_to and letter.in_reply_to not in references:
            references = (*references[: MAX_REFERENCES - 1], letter.in_reply_to)
        mail = OutgoingMail(
            id=number,
            message_id=message_id(self.rules.keyring, number, self.desk.domain),
            notice=letter.notice,
            desk=ticket.desk,
            recipient=recipient.address,
            recipient_name=recipient.name,
            person=recipient.id,
            created_at=self.now,
            variables=letter.variables,
            ticket=ticket.number,
            entry=letter.entry.id if letter.entry else None,
            from_name=letter.from_name or self.desk.display_name,
            from_address=letter.from_address or self.desk.address,
            purpose=letter.purpose,
            version=ticket.version,
            auto_submitted=letter.auto_submitted,
            null_reverse_path=letter.notice is Notice.CONFIRMATION,
            in_reply_to=letter.in_reply_to,
            references=references,
            files=tuple(letter.files),
        )
        self.outbox.append(mail)
        self.note("send", letter.notice, f"outbox {mail.id} to person {recipient.id}")
        if recipient.id == ticket.requester:
            self.remember_reference(mail.message_id)
        return mail

    def remember_reference(self, reference: str) -> None:
        """Keep an id for later References: the first for ever, then the latest."""
        ids = self.the_ticket.references
        if reference and reference not in ids:
            ids = (*ids, reference)
            if len(ids) > MAX_REFERENCES - 1:
                ids = (ids[0], *ids[len(ids) - (MAX_REFERENCES - 2) :])
            self.ticket = replace(self.the_ticket, references=ids)

    def decision(self, verdict: Verdict, reason: str) -> Decision:
        self.note("verdict", verdict, reason)
        return Decision(
            verdict=verdict,
            reason=reason,
            evidence=tuple(self.evidence),
            ticket=self.ticket,
            is_new=self.is_new,
            people=tuple(self.people),
            proved=tuple(self.proved),
            participants=tuple(self.participants),
            entries=tuple(self.entries),
            licenses=tuple(self.licenses),
            outbox=tuple(self.outbox),
            deliveries=tuple(self.deliveries),
            desks=tuple(desk.name for desk in self.desks),
        )
