"""A decision in the making: collects what follows from one mail, then becomes a Decision."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from helpdesk.core import ledger
from helpdesk.core.address import lookup_key
from helpdesk.core.clocks import Change, follow, pause
from helpdesk.core.decision import (
    Decision,
    DeliveryNews,
    Ids,
    Incoming,
    Known,
    Move,
    Step,
    Verdict,
)
from helpdesk.core.key_spelling import normalize
from helpdesk.core.ledger import LedgerLine, Refusal, Stamp, number_of
from helpdesk.core.mail import Attachment, FoundKey, Mail, Message, Words
from helpdesk.core.marker import marker_line
from helpdesk.core.outgoing import (
    MAX_REFERENCES,
    TO_CUSTOMERS,
    AutoSubmitted,
    Notice,
    OutgoingFile,
    OutgoingMail,
)
from helpdesk.core.policy import MUTED_ONES, SILENT_ONES, Desk, Policy, ReplyAddress
from helpdesk.core.reply_address import reply_address
from helpdesk.core.rights import Standing
from helpdesk.core.service_level import ClockKind
from helpdesk.core.status import Trigger, next_status
from helpdesk.core.ticket import (
    Conversation,
    Entry,
    EntryKind,
    IntakeId,
    License,
    Link,
    LinkKind,
    OutboxId,
    Participant,
    Person,
    PersonId,
    Right,
    RightState,
    Role,
    Status,
    Ticket,
    TicketNumber,
    Visibility,
)
from helpdesk.core.timers import next_due
from helpdesk.core.token import Keyring, Purpose, message_id
from helpdesk.core.vocabulary import PRIORITIES
from helpdesk.core.wall import quiet_until

LedgerStep = Callable[[Iterable[LedgerLine], Stamp, TicketNumber, int], LedgerLine | Refusal]
GATEWAY = "gateway"
"""Who writes into the ledger when nobody said so."""
CRITICAL = PRIORITIES[-1]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LOOKUP_PATIENCE = timedelta(seconds=10)
CLICKS: Mapping[str, Purpose] = {
    "close": Purpose.CLOSE,
    "reopen": Purpose.REOPEN,
    "raise": Purpose.RAISE,
    "take": Purpose.TAKE,
}
NULL_REVERSE_PATH = frozenset(
    {
        Notice.CONFIRMATION,
        Notice.FILES_REFUSED,
        Notice.TICKET_LIST,
        Notice.MAIL_TEST,
        Notice.CUSTOMER_RECEIPT,
    }
)
"""Answers that a program gives at once (RFC 3834 §3.3)."""
MUTABLE = frozenset(map(Notice, (*SILENT_ONES, *MUTED_ONES)))
"""What its reader may switch off."""
CAN_WAIT = frozenset({*map(Notice, MUTED_ONES), Notice.DELIVERY_TROUBLE})
"""What agents need not read in their quiet hours; the others answer mail of their own."""
_TARGETS = (Notice.TARGET_WARNING, Notice.TARGET_MISSED)


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
    clicks: Collection[Purpose] = ()
    """What its reader may do by a click."""
    offers: Collection[TicketNumber] = ()
    """Those of `tickets` in its variables that he may take by a click."""
    not_before: datetime | None = None
    """More may come to be said until then; None: it goes at once."""


@dataclass(slots=True)
class Happened:
    """What the clocks of the ticket have not been told yet."""

    opened: bool = False
    requester_wrote: bool = False
    agent_answered: bool = False


@dataclass(slots=True)
class Draft:
    """Only helpdesk.core.decide and its parts see one; nothing outlives the decision."""

    rules: Rules
    known: Known
    ids: Ids
    now: datetime
    incoming: Incoming | None = None
    ticket: Ticket | None = None
    before: Ticket | None = None
    """The ticket as it was; None for a new one."""
    requester: Person | None = None
    is_new: bool = False
    happened: Happened = field(default_factory=Happened)
    clocked: Ticket | None = None
    """The ticket as its clocks know it."""
    others: list[Ticket] = field(default_factory=list)
    opened: list[TicketNumber] = field(default_factory=list)
    stated_keys: tuple[FoundKey, ...] = ()
    """License keys that are none but for the customer's word."""
    named_keys: dict[str, tuple[FoundKey, ...]] = field(default_factory=dict)
    """License keys that an agent names by a command, by what stands for them in his words."""
    moves: list[Move] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    joins: list[tuple[TicketNumber, Participant]] = field(default_factory=list)
    changed_people: dict[PersonId, Person] = field(default_factory=dict)
    evidence: list[Step] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    proved: list[PersonId] = field(default_factory=list)
    participants: list[Participant] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    licenses: list[License] = field(default_factory=list)
    lookups: list[tuple[str, str]] = field(default_factory=list)
    outbox: list[OutgoingMail] = field(default_factory=list)
    ledger: list[LedgerLine] = field(default_factory=list)
    hurried: list[tuple[TicketNumber, PersonId]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
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
        """The ticket's; of a mail without one the first that it is for."""
        if self.ticket is None:
            return self.desks[0]
        return self.policy.desk(self.ticket.desk)

    @property
    def level(self) -> str:
        """The service level of the ticket, by name; empty: none."""
        return self.the_ticket.service_level or self.desk.service_level

    @property
    def zone(self) -> str:
        """The time zone of the requester, else that of the desk."""
        return (self.requester.zone if self.requester else "") or self.desk.zone

    def about(self, conversation: Conversation) -> None:
        """From now on this decision is about that ticket."""
        self.ticket = self.before = self.clocked = conversation.ticket
        self.requester = conversation.requester

    def change(self, **fields: Any) -> Ticket:
        """Set fields of the ticket."""
        self.ticket = replace(self.the_ticket, updated_at=self.now, **fields)
        return self.ticket

    def set_right(self, **fields: Any) -> Right:
        """Set fields of the ticket's right to support."""
        right = replace(self.the_ticket.right, **fields)
        self.change(right=right)
        return right

    def standing(self, requester: Person) -> Standing:
        """What is on record for this person, with what this decision wrote already."""
        addresses = requester.keys or {requester.address}
        return self.known.book.standing(addresses, self.ledger)

    def enter(
        self, step: LedgerStep, holder: str, credits_: int, note: str, by: str = GATEWAY
    ) -> LedgerLine | Refusal:
        """Write the next line of a holder's ledger, about this ticket, if it is possible."""
        lines = [line for line in (*self.known.book.lines, *self.ledger) if line.holder == holder]
        stamp = Stamp(0, holder, self.now, by, note)
        line = step(lines, stamp, self.the_ticket.number, credits_)
        if isinstance(line, LedgerLine):
            line = replace(line, id=self.ids.ledger())
            self.ledger.append(line)
        self.note("ledger", step.__name__, line.reason if isinstance(line, Refusal) else holder)
        return line

    def give_back(self, note: str, by: str = GATEWAY, credits_: int | None = None) -> int:
        """Refund credits of this ticket, all unless a number is given; how many that were."""
        right = self.the_ticket.right
        amount = right.credits if credits_ is None else min(credits_, right.credits)
        if amount <= 0:
            return 0
        line = self.enter(ledger.refund, right.holder, amount, note, by)
        if isinstance(line, Refusal):
            return 0
        left = right.credits - amount
        self.set_right(
            credits=left,
            told=0,
            **({} if left else {"state": RightState.RETURNED, "source": note}),
        )
        self.event(f"{number_of(amount)} given back: {note}", reason="refunded")
        return amount

    def keep_time(self) -> None:
        """What was done is no change to whoever looks at the ticket from outside."""
        if self.before is not None:
            self.ticket = replace(self.the_ticket, updated_at=self.before.updated_at)

    def link(self, other: TicketNumber, kind: LinkKind) -> None:
        link = Link(self.the_ticket.number, other, kind)
        if link not in self.links and other != link.ticket:
            self.links.append(link)

    def take_along(self, target: TicketNumber) -> None:
        """What this decision wrote so far goes to the ticket with which this one is merged."""
        source = self.the_ticket.number
        self.entries = [
            replace(entry, ticket=target) if entry.ticket == source else entry
            for entry in self.entries
        ]

    def open_beside(self, ticket: Ticket, requester: Person) -> None:
        """One more new ticket, which this decision is not about."""
        self.others.append(ticket)
        self.opened.append(ticket.number)
        self.joins.append((ticket.number, Participant(requester, Role.REQUESTER)))

    def leave_words(self, rest: str) -> None:
        """What stood above these words of the mail is settled."""
        self.put_words(new=rest)

    def put_words(self, *, text: str | None = None, new: str, quoted: str | None = None) -> None:
        """Other words in place of those of the mail."""
        words = self.message.words
        self._replace(
            words=replace(
                words,
                text=words.text if text is None else text,
                new=new,
                quoted=words.quoted if quoted is None else quoted,
                spans=words.spans if text is None else (),
            )
        )

    def fold(self, words: Words) -> None:
        """Less is new than the reader thought: a key that no new word has is history, too."""
        message = self.message
        names = (file.filename for file in message.attachments)
        new = "\n".join((message.subject, words.new, words.signature, *names))
        shown = normalize(new).upper()
        keys = tuple(
            replace(k, quoted=k.quoted or k.key.upper() not in shown) for k in message.keys
        )
        self._replace(words=words, keys=keys)

    def _replace(self, **values: Any) -> None:
        if self.incoming is None:
            raise ValueError("this decision is not about a mail")
        message = replace(self.message, **values)
        self.incoming = replace(self.incoming, mail=replace(self.mail, message=message))

    def put_files(self, files: tuple[Attachment, ...]) -> None:
        """The same files, with what was found out about them."""
        self._replace(attachments=files)

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
        return self.changed_people.get(found.id, found)

    def somebody(self, name: str) -> Person:
        """A person without a usable address: nothing is ever sent there."""
        person = Person(self.ids.person(), "", name)
        self.people.append(person)
        return person

    def trigger(self, trigger: Trigger, because: str = "") -> bool:
        """Let something happen to the ticket's status; a change leaves an event."""
        ticket = self.the_ticket
        status = next_status(ticket.status, trigger)
        if status is ticket.status:
            self.change()
            return False
        words = f"Status: {ticket.status} → {status}" + (f" ({because})" if because else "")
        # What was set aside by this very mail stays so; an earlier wish is over.
        before = self.before.snoozed_until if self.before is not None else None
        stays = ticket.snoozed_until != before and status not in (Status.RESOLVED, Status.CLOSED)
        self.event(words, reason=trigger, visibility=Visibility.PUBLIC)
        self.change(
            status=status,
            status_since=self.now,
            closed_at=self.now if status is Status.CLOSED else None,
            reminded_at=None,
            snoozed_until=ticket.snoozed_until if stays else None,
        )
        return True

    def run_clocks(self) -> None:
        """Tell the clocks of the ticket what happened since they were told last."""
        ticket, seen = self.the_ticket, self.clocked or self.the_ticket
        if ticket.right.is_quiet:
            clocks = tuple(pause(clock, self.now) for clock in ticket.clocks)
            self.ticket = self.clocked = replace(ticket, clocks=clocks)
            self.happened = Happened()
            return
        change = Change(
            before=seen.status,
            after=ticket.status,
            opened=self.happened.opened,
            requester_wrote=self.happened.requester_wrote,
            agent_answered=self.happened.agent_answered,
            priority=ticket.priority,
            level=self.level,
            zone=self.zone,
        )
        clocks = follow(ticket.clocks, change, self.policy.service_levels, self.now)
        self.ticket = self.clocked = replace(ticket, clocks=clocks)
        self.happened = Happened()

    def event(self, text: str, *, reason: str, **more: Any) -> Entry:
        values: dict[str, Any] = {
            "id": self.ids.entry(),
            "ticket": self.the_ticket.number,
            "kind": EntryKind.EVENT,
            "at": self.now,
            "visibility": Visibility.INTERNAL,
            "text": text,
            "reason": reason,
        }
        return self.entry(Entry(**(values | more)))

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
        if not self._may_send(recipient, letter):
            return None
        ticket = self.ticket
        number = self.ids.outbox()
        references = ticket.references if ticket else ()
        if letter.in_reply_to and letter.in_reply_to not in references:
            references = (*references[: MAX_REFERENCES - 1], letter.in_reply_to)
        mail = OutgoingMail(
            id=number,
            message_id=message_id(self.rules.keyring, number, self.desk.domain),
            notice=letter.notice,
            desk=self.desk.name,
            recipient=recipient.address,
            recipient_name=recipient.name,
            person=recipient.id,
            created_at=self.now,
            variables={
                **letter.variables,
                **self._links(letter, number),
                **self._marker(letter, number),
            },
            ticket=ticket.number if ticket else None,
            entry=letter.entry.id if letter.entry else None,
            from_name=letter.from_name or self.desk.display_name,
            from_address=letter.from_address or self.desk.address,
            purpose=letter.purpose,
            version=ticket.version if ticket else 0,
            auto_submitted=letter.auto_submitted,
            null_reverse_path=letter.notice in NULL_REVERSE_PATH,
            in_reply_to=letter.in_reply_to,
            references=references,
            files=tuple(letter.files),
            not_before=self._not_before(recipient, letter),
        )
        self.outbox.append(mail)
        self.note("send", letter.notice, f"outbox {mail.id} to person {recipient.id}")
        if ticket is not None and recipient.id == ticket.requester:
            self.remember_reference(mail.message_id)
        self._also_by_sms(recipient, mail)
        return mail

    def _marker(self, letter: Letter, number: OutboxId) -> dict[str, str]:
        """Customers answer where they like: their mail has no such line."""
        if letter.notice in TO_CUSTOMERS:
            return {}
        return {"marker": marker_line(self.rules.keyring, number)}

    def _not_before(self, recipient: Person, letter: Letter) -> datetime | None:
        """Agents read what a license is worth in the very mail that names its key: a provider gets
        some seconds to say it. And some things can wait until they are awake."""
        unknown = any(key not in self.known.answers for key in self.lookups)
        is_notification = letter.purpose is Purpose.ANSWER and unknown
        soon = self.now + LOOKUP_PATIENCE if is_notification else letter.not_before
        quiet = self.quiet_until(recipient) if recipient.is_agent else None
        if quiet is None:
            return soon
        if letter.notice not in CAN_WAIT or self._is_urgent(letter.notice):
            # What he was to read before it does not come after it.
            if self.ticket is not None:
                self.hurried.append((self.ticket.number, recipient.id))
            return soon
        return max(quiet, soon or quiet)

    def quiet_until(self, agent: Person) -> datetime | None:
        """None: he may be disturbed now."""
        own = next((key for key in agent.keys if key in self.policy.quiet), None)
        if own is None:
            quiet, zone = self.desk.quiet, self.desk.zone
        else:
            quiet, zone = self.policy.quiet[own], agent.zone or self.desk.zone
        return quiet_until(quiet, self.now, zone) if quiet is not None else None

    def _is_urgent(self, notice: Notice) -> bool:
        """Of critical tickets targets are always told, and everything where time runs at night."""
        ticket = self.ticket
        if ticket is None or ticket.priority != CRITICAL:
            return False
        level = self.policy.service_levels.get(self.level)
        targets = (level.target(kind, CRITICAL) for kind in ClockKind) if level else ()
        at_night = any(target is not None and target.calendar.is_always_open for target in targets)
        return at_night or notice in _TARGETS

    def _also_by_sms(self, recipient: Person, mail: OutgoingMail) -> None:
        """A short word beside the mail, for who has a number and where the operator has a gateway:
        what happened to which ticket, and nothing that was said. The budget is that of the mail.
        """
        sms = self.policy.sms
        if sms is None or not recipient.sms or mail.notice.value not in sms.notices:
            return
        address = sms.address_of(recipient.sms)
        number = self.ids.outbox()
        short = {"event": {"kind": mail.notice.value}, "text": "", "actions": [], "history": []}
        self.outbox.append(
            replace(
                mail,
                id=number,
                message_id=message_id(self.rules.keyring, number, self.desk.domain),
                notice=Notice.SMS,
                recipient=address,
                recipient_name="",
                person=None,
                variables={**mail.variables, **short},
                entry=None,
                from_address=self.desk.address,
                from_name=self.desk.display_name,
                purpose=None,
                auto_submitted=AutoSubmitted.GENERATED,
                null_reverse_path=False,
                in_reply_to="",
                references=(),
                files=(),
            )
        )
        self.note("send", Notice.SMS, f"outbox {number} to person {recipient.id}")

    def _may_send(self, recipient: Person, letter: Letter) -> bool:
        if not recipient.address:
            self.note("send", "no usable address", letter.notice)
        elif recipient.suppressed:
            self._not_sent(
                f"Not sent to {recipient.display}: mail to this address failed repeatedly",
                "suppressed",
            )
        elif any(self._takes_its_place(mail, recipient, letter) for mail in self.outbox):
            self.note("send", "has one already", f"{letter.notice} to person {recipient.id}")
        elif self._is_muted(recipient, letter.notice):
            self.note("send", "switched off", f"{letter.notice} to person {recipient.id}")
        elif self._is_over_budget(recipient, letter):
            self._not_sent(
                f"Not sent to {recipient.display}: the budget of this address is exhausted",
                "budget exhausted",
            )
        else:
            return True
        return False

    @staticmethod
    def _takes_its_place(mail: OutgoingMail, recipient: Person, letter: Letter) -> bool:
        """At most one mail per event and person; only an answer says nothing of rights."""
        is_beside = mail.notice is Notice.ANSWER and letter.notice is Notice.RIGHT
        return mail.person == recipient.id and not is_beside

    def _not_sent(self, words: str, reason: str) -> None:
        if self.ticket is not None:
            self.event(words, reason=reason)
        self.note("send", reason, words)

    def _is_muted(self, recipient: Person, notice: Notice) -> bool:
        if notice not in MUTABLE:
            return False
        is_silent = notice.value in self.desk.silent and not recipient.is_agent
        return is_silent or notice.value in recipient.muted

    def _is_over_budget(self, recipient: Person, letter: Letter) -> bool:
        is_automatic = letter.auto_submitted is not AutoSubmitted.NONE and not recipient.is_agent
        return is_automatic and not self.is_within_budget(recipient.address)

    def _links(self, letter: Letter, number: OutboxId) -> dict[str, Any]:
        """What a reader may do by a click, as a mail that his client writes (RFC 6068)."""
        # Without a token in the address a customer's word still finds its ticket by the subject; an
        # agent's would only be asked back.
        is_plain = self.policy.reply_address is ReplyAddress.PLAIN
        actions = [
            {"name": name, "href": self._href(purpose, number, self.the_ticket.number)}
            for name, purpose in CLICKS.items()
            if purpose in letter.clicks and not (is_plain and purpose is Purpose.TAKE)
        ]
        if is_plain or not letter.offers:
            return {"actions": actions}
        tickets = [
            {**each, "take": self._href(Purpose.TAKE, number, TicketNumber(each["number"]))}
            if each["number"] in letter.offers
            else each
            for each in letter.variables["tickets"]
        ]
        return {"actions": actions, "tickets": tickets}

    def _href(self, purpose: Purpose, number: OutboxId, ticket: TicketNumber) -> str:
        address = reply_address(self.policy, self.rules.keyring, self.desk, purpose, number)
        word = next(name for name, each in CLICKS.items() if each is purpose)
        tag = self.policy.tag(ticket)
        subject, body = quote(f"{word.capitalize()} [{tag}]"), quote(f"#{word}")
        return f"mailto:{quote(address, safe='@')}?subject={subject}&body={body}"

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
        if self.ticket is not None:
            is_over = self.the_ticket.status is Status.CLOSED
            if is_over and self.the_ticket.right.state is RightState.RESERVED:
                self.give_back("closed before an answer")
            self.run_clocks()
            ticket = self.the_ticket
            due_at = next_due(ticket, self.desk, self.policy.service_levels, self.level)
            self.ticket = replace(ticket, due_at=due_at)
        return Decision(
            others=tuple(self.others),
            opened=tuple(self.opened),
            moves=tuple(self.moves),
            links=tuple(self.links),
            joins=tuple(self.joins),
            changed_people=tuple(self.changed_people.values()),
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
            lookups=tuple(self.lookups),
            outbox=tuple(self.outbox),
            hurried=tuple(dict.fromkeys(self.hurried)),
            marks=dict(self.marks),
            deliveries=tuple(self.deliveries),
            ledger=tuple(self.ledger),
            desks=tuple(desk.name for desk in self.desks),
        )
