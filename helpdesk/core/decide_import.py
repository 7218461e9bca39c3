"""What follows from one mail of an archive: history, kept with its own dates, and nobody is told.

An archive is the operator's word, so its header fields lead to tickets without any proof; but they
prove nobody: what a person may do later is not changed by what stands in an archive.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from helpdesk.core.address import is_address, lookup_key
from helpdesk.core.classify import Classification, Kind
from helpdesk.core.decide import (
    MAX_SUBJECT,
    classification_of,
    form_user,
    message_entry,
    remember_keys,
    subject_for,
)
from helpdesk.core.decision import Decision, Ids, Incoming, Keys, Known, Verdict
from helpdesk.core.draft import Draft, Rules
from helpdesk.core.forward import forwarded_message
from helpdesk.core.mail import Mail, Mailbox, Words
from helpdesk.core.notices import UNKNOWN_SENDER, confirm, notify_agents
from helpdesk.core.policy import Confirm, Desk, Policy
from helpdesk.core.reply_address import RECIPIENT_FIELDS, desks_of, is_ours
from helpdesk.core.route import follow_merges, keys_of
from helpdesk.core.sentences import say
from helpdesk.core.status import Trigger
from helpdesk.core.ticket import (
    Conversation,
    Entry,
    EntryKind,
    Participant,
    Person,
    PersonId,
    Role,
    Status,
    Ticket,
    TicketNumber,
    Visibility,
)
from helpdesk.core.token import Keyring

IMPORTED = "imported"
"""The reason of every entry and decision that an archive caused."""
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""A date may be so far in the future: clocks and time zones are wrong; it is taken for now."""
MOST_ADDRESSEES = 100
MOST_WORDS = 500
_WARNINGS = (say("This mail was imported from an archive: its sender's address is not verified."),)


class Outcome(StrEnum):
    """The status of tickets that an import opens."""

    CLOSED = "closed"
    RESOLVED = "resolved"
    OPEN = "open"
    WAITING = "waiting"
    AUTO = "auto"
    """Closed when its last mail is older than a reply that reopens may be; else open or waiting, by
    who wrote last."""


@dataclass(frozen=True, slots=True)
class Importing:
    """What stays the same from mail to mail, and what the operator wants of an import."""

    rules: Rules
    outcome: Outcome = Outcome.CLOSED
    desk: str = ""
    """Of mail that names no desk of ours; empty: the first one."""
    notify: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What the archive as a whole says about one mail in it."""

    date: datetime
    ends_at: datetime
    """The date of the last mail of its thread."""
    where: str = ""
    """For the evidence: file and place."""
    ticket: TicketNumber | None = None
    """To which earlier mails of its thread led."""
    mates: tuple[str, ...] = ()
    """Message-IDs of its thread: one of them may be known already."""


def date_of(stated: Iterable[datetime], noted_at: datetime, now: datetime) -> datetime:
    """The first date that can be true, in UTC; what cannot is clamped."""
    for date in stated:
        try:
            at = date.astimezone(UTC)
        except (OverflowError, ValueError):
            continue
        if EARLIEST <= at <= now + AHEAD:
            return min(at, now)
    return max(EARLIEST, min(noted_at, now))


def import_keys(
    mail: Mail, identity: str, history: History, policy: Policy, keyring: Keyring
) -> Keys:
    """What must be looked up. A tag in a subject may be another helpdesk's, so it names nothing."""
    keys = keys_of(mail, identity, policy, keyring)
    report = mail.message.report
    original = (report.original_message_id,) if report and report.original_message_id else ()
    return replace(
        keys,
        message_ids=tuple(dict.fromkeys((*keys.message_ids, *original, *history.mates))),
        tickets=frozenset() if history.ticket is None else frozenset({history.ticket}),
    )


def decide_import(
    incoming: Incoming,
    known: Known,
    history: History,
    importing: Importing,
    ids: Ids,
    now: datetime,
) -> Decision:
    """Total and deterministic; its outbox is empty unless the operator wants notifications."""
    # Mails of our own are written now; what stands in the archive was written then.
    at = now if importing.notify else history.date
    return _Import(
        Draft(importing.rules, known, ids, at, incoming), history, importing, now
    ).decision()


def failed_import(
    incoming: Incoming,
    known: Known,
    importing: Importing,
    ids: Ids,
    error: Exception,
    now: datetime,
) -> Decision:
    """A mail that we cannot decide by a mistake of ours: kept, and listed in quarantine."""
    draft = Draft(importing.rules, known, ids, now, incoming)
    draft.note("import", "failed", f"{type(error).__name__}: {error}"[:MOST_WORDS])
    return draft.decision(Verdict.QUARANTINED, "processing failed")


class _Import:
    """One decision in the making."""

    def __init__(self, draft: Draft, history: History, importing: Importing, now: datetime) -> None:
        self.draft = draft
        self.history = history
        self.importing = importing
        self.now = now
        self.policy = draft.policy
        self.message = draft.message
        draft.desks = self._desks()
        clean = self.message.clean_author
        self.author = draft.known.people.get(lookup_key(clean)) if clean else None
        self.was_known = self.author is not None
        self.is_ours = bool(clean) and (
            is_ours(self.policy, clean) or (self.author is not None and self.author.is_agent)
        )

    def decision(self) -> Decision:
        draft, seen = self.draft, self.draft.known.seen
        draft.note("import", IMPORTED, self.history.where)
        if seen is not None and draft.incoming and seen.intake != draft.incoming.intake:
            draft.note("identity", "seen before", f"intake {seen.intake}")
            return draft.decision(Verdict.DUPLICATE, f"same mail as intake {seen.intake}")
        classification = classification_of(draft)
        draft.note("classify", classification.kind, classification.reason)
        draft.note("authenticate", "not claimed", "an archive proves nobody")
        if classification.kind is Kind.LOOP:
            return draft.decision(Verdict.RECORDED, f"loop: {classification.reason}")
        conversation = self._conversation()
        if not (classification.kind is Kind.HUMAN or classification.moves_status):
            return self._program_wrote(classification, conversation)
        if conversation is None:
            return self._open(classification)
        return self._append(conversation)

    # --- what kind, which desk, which ticket ---------------------------------------------------

    def _desks(self) -> tuple[Desk, ...]:
        """Named by who received it, or by who wrote it: an answer from the desk's own address."""
        message, policy = self.message, self.policy
        noted = [v.strip(" \t<>") for name in RECIPIENT_FIELDS for v in message.all_fields(name)]
        boxes = (*message.to, *message.cc)[:MOST_ADDRESSEES]
        received = [*noted[:MOST_ADDRESSEES], *(box.address for box in boxes)]
        found = desks_of(policy, received) or desks_of(policy, [message.clean_author])
        return found or (policy.desk(self.importing.desk),)

    def _conversation(self) -> Conversation | None:
        draft, known = self.draft, self.draft.known
        candidates = [("thread", "of its earlier mails", self.history.ticket)]
        candidates += [("references", f"Message-ID {text}", n) for text, n in known.located]
        for step, detail, number in candidates:
            conversation = follow_merges(known, number)
            if conversation is not None:
                draft.note(step, self.policy.tag(conversation.ticket.number), detail)
                return conversation
        draft.note("route", "no earlier ticket")
        return None

    def _foreign_addressee(self) -> Mailbox | None:
        """The first one who is neither a desk nor an agent."""
        for box in (*self.message.to, *self.message.cc)[:MOST_ADDRESSEES]:
            if not is_address(box.address) or is_ours(self.policy, box.address):
                continue
            person = self.draft.known.people.get(lookup_key(box.address))
            if person is None or not person.is_agent:
                return box
        return None

    # --- programs ---------------------------------------------------------------------------------

    def _program_wrote(
        self, classification: Classification, conversation: Conversation | None
    ) -> Decision:
        draft, message = self.draft, self.message
        reason = f"automatic: {classification.reason}"
        if conversation is None:
            opens = classification.opens_ticket and not classification.is_reply
            if opens and not self.is_ours:
                return self._open(classification)
            return draft.decision(Verdict.RECORDED, reason)
        draft.ticket = before = conversation.ticket
        name = message.author.name or message.author.address if message.author else "somebody"
        event = draft.event(
            f"Automatic mail from {name}: {message.subject}"[:MAX_SUBJECT],
            reason=Trigger.AUTOMATIC_REPLY,
            full_text=message.words.text,
            message_id=message.message_id,
            intake=draft.mail_intake,
            author_address=message.author.address if message.author else "",
            author_name=name,
            attachments=message.attachments,
        )
        draft.entries[-1] = replace(event, at=self.history.date, reason=IMPORTED)
        draft.ticket = replace(before, updated_at=max(before.updated_at, self.history.date))
        return draft.decision(Verdict.RECORDED, reason)

    # --- people -----------------------------------------------------------------------------------

    def _writer(self) -> Person:
        """Who wrote it; somebody without a usable address is nobody we know."""
        message, draft = self.message, self.draft
        clean = message.clean_author
        shown = message.authors[0] if message.authors else Mailbox("")
        if self.author is not None:
            return self.author
        if self.is_ours:
            return Person(PersonId(0), clean, shown.name)
        if clean and is_address(clean):
            return draft.person(clean, shown.name)
        draft.note("author", "no usable author address")
        return draft.somebody(shown.name or shown.address or UNKNOWN_SENDER)

    def _entry(self, ticket: Ticket, writer: Person, kind: EntryKind, words: Words) -> Entry:
        entry = message_entry(self.draft, ticket, writer, words)
        is_note = kind is EntryKind.NOTE
        return replace(
            entry,
            kind=kind,
            at=self.history.date,
            visibility=Visibility.INTERNAL if is_note else Visibility.PUBLIC,
            # A desk writes in nobody's name.
            author=writer.id or None,
            reason=IMPORTED,
        )

    def _open(self, classification: Classification) -> Decision:
        draft, message = self.draft, self.message
        writer, requester, words, forwarded = self._who_asks()
        is_answer = self.is_ours and requester.id != writer.id and forwarded is None
        subject = forwarded or message.subject
        draft.is_new = True
        draft.ticket = Ticket(
            number=draft.ids.ticket(),
            desk=draft.desks[0].name,
            subject=subject_for(draft, subject),
            requester=requester.id,
            created_at=self.history.date,
            updated_at=self.history.date,
        )
        draft.participants.append(Participant(requester, Role.REQUESTER))
        if not self.is_ours:
            draft.remember_reference(message.message_id)
        kind = EntryKind.ANSWER if is_answer else EntryKind.MESSAGE
        author = writer if is_answer else requester
        entry = self._entry(draft.ticket, author, kind, words)
        if forwarded is not None:
            # The mail is the agent's: its Message-ID must never reach the customer.
            entry = replace(entry, message_id="", author_name=requester.name)
        entry = draft.entry(entry)
        if is_answer:
            self._answered(writer)
        remember_keys(draft, None)
        self._settle(entry, self.history.date, may_move=True)
        if self.importing.notify and not self.is_ours:
            self._confirm(classification, requester)
            notify_agents(draft, entry, requester, conversation=None, warnings=_WARNINGS)
        return draft.decision(Verdict.OPENED, IMPORTED)

    def _who_asks(self) -> tuple[Person, Person, Words, str | None]:
        """Writer, requester and words of a new ticket; the subject when it was forwarded to us."""
        draft, message = self.draft, self.message
        words, forwarded = message.words, forwarded_message(message)
        if not self.is_ours:
            writer = form_user(draft, draft.desks[0]) or self._writer()
            return writer, writer, words, None
        writer = self._writer()
        box = self._foreign_addressee()
        if box is not None:
            draft.note("requester", "first addressee of an agent's mail")
            return writer, draft.person(box.address, box.name), words, None
        asking = forwarded.author if forwarded is not None else None
        if asking and forwarded and is_address(asking.address):
            person = draft.known.people.get(lookup_key(asking.address))
            if not is_ours(self.policy, asking.address) and not (person and person.is_agent):
                draft.note("requester", "forwarded by an agent")
                handed_in = Words(text=forwarded.text, new=forwarded.text)
                asker = draft.person(asking.address, asking.name)
                return writer, asker, handed_in, forwarded.subject or message.subject
        if writer.id:
            return writer, writer, words, None
        draft.note("requester", "nobody but us")
        writer = draft.somebody(writer.display)
        return writer, writer, words, None

    def _append(self, conversation: Conversation) -> Decision:
        draft = self.draft
        draft.ticket = before = conversation.ticket
        writer = self._writer()
        kind = self._kind(conversation, writer)
        may_move = _is_untouched(conversation)
        if kind is EntryKind.MESSAGE:
            self._take_part(conversation, writer, may_move=may_move)
        entry = draft.entry(self._entry(draft.the_ticket, writer, kind, self.message.words))
        if kind is EntryKind.ANSWER:
            self._answered(writer)
        remember_keys(draft, conversation)
        self._settle(entry, before.updated_at, may_move=may_move)
        if self.importing.notify and kind is EntryKind.MESSAGE:
            notify_agents(
                draft,
                entry,
                conversation.requester,
                conversation=conversation,
                warnings=_WARNINGS,
            )
        return draft.decision(Verdict.APPENDED, IMPORTED)

    def _kind(self, conversation: Conversation, writer: Person) -> EntryKind:
        """Agents who write among themselves must not be read by the customer."""
        if not self.is_ours or conversation.ticket.requester == writer.id:
            return EntryKind.MESSAGE
        return EntryKind.ANSWER if self._foreign_addressee() is not None else EntryKind.NOTE

    def _take_part(self, conversation: Conversation, writer: Person, *, may_move: bool) -> None:
        draft, requester = self.draft, conversation.requester
        asks = requester.is_agent or not requester.address
        if may_move and asks and writer.address and not self.is_ours:
            # Nobody had asked so far: agents wrote among themselves, or somebody unknown.
            draft.note("requester", "author of the first foreign mail")
            draft.ticket = replace(draft.the_ticket, requester=writer.id)
            draft.participants.append(Participant(writer, Role.REQUESTER))
            draft.participants.append(Participant(requester, Role.COPIED))
        elif conversation.participant(writer.id) is None:
            draft.participants.append(Participant(writer, Role.COPIED))
        if not draft.the_ticket.references and not self.is_ours:
            draft.remember_reference(self.message.message_id)

    def _answered(self, writer: Person) -> None:
        draft, ticket = self.draft, self.draft.the_ticket
        first = min(ticket.first_response_at or self.history.date, self.history.date)
        is_his = writer.is_agent and ticket.desk in writer.desks
        assignee = ticket.assignee or (writer.id if is_his else None)
        draft.ticket = replace(ticket, first_response_at=first, assignee=assignee)

    def _settle(self, entry: Entry, before: datetime, *, may_move: bool) -> None:
        """Dates and status after this mail; a ticket that somebody worked on keeps its own."""
        ticket, date = self.draft.the_ticket, self.history.date
        ticket = replace(ticket, updated_at=max(before, date))
        if may_move:
            status = self._status(entry, ticket)
            ticket = replace(
                ticket,
                status=status,
                closed_at=ticket.updated_at if status is Status.CLOSED else None,
                created_at=min(ticket.created_at, date),
            )
        self.draft.ticket = ticket

    def _status(self, entry: Entry, ticket: Ticket) -> Status:
        outcome = self.importing.outcome
        if self.importing.notify:
            return Status.OPEN if entry.kind is EntryKind.MESSAGE else ticket.status
        if outcome is Outcome.AUTO:
            if self.now - self.history.ends_at > self.policy.reopen_within:
                return Status.CLOSED
            if entry.kind is EntryKind.NOTE:
                return ticket.status
            return Status.OPEN if entry.kind is EntryKind.MESSAGE else Status.WAITING
        return Status(outcome.value) if self.draft.is_new else ticket.status

    def _confirm(self, classification: Classification, requester: Person) -> None:
        """As for mail that comes by itself and proves nothing."""
        draft, clean = self.draft, self.message.clean_author
        refusal = ""
        if not classification.may_confirm:
            refusal = classification.reason
        elif not clean or lookup_key(clean) not in requester.keys:
            refusal = "the requester did not write this mail himself"
        elif draft.desk.confirm is not Confirm.ALL:
            refusal = "the desk does not confirm what is not proved"
        elif not draft.is_within_budget(requester.address):
            refusal = "budget exhausted"
        if refusal:
            draft.note("confirm", "no", refusal)
            return
        confirm(draft, requester, echo=self.was_known, in_reply_to=self.message.message_id)


def _is_untouched(conversation: Conversation) -> bool:
    """Whether nothing but imports happened on the ticket, as far as its latest entries tell."""
    return all(entry.reason == IMPORTED for entry in conversation.tail)
