"""What each kind of outgoing mail is told: plain values for its template."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from helpdesk.core.acts import LISTED_BELOW, spell_minutes
from helpdesk.core.clocks import Clock, remaining, target_of
from helpdesk.core.decision import Step
from helpdesk.core.draft import Draft, Letter
from helpdesk.core.entitle import budget, third_party
from helpdesk.core.license_keys import mask
from helpdesk.core.mail import Attachment
from helpdesk.core.marker import without_markers
from helpdesk.core.outgoing import AutoSubmitted, Notice, OutgoingFile, OutgoingMail
from helpdesk.core.policy import RaisePriority
from helpdesk.core.recipients import agent_of, in_charge
from helpdesk.core.reckoning import spelled
from helpdesk.core.sentences import Sentence, in_language, plain, say
from helpdesk.core.service_level import ClockKind, ServiceLevel
from helpdesk.core.subject import base_subject
from helpdesk.core.ticket import (
    Conversation,
    Entry,
    EntryKind,
    Person,
    Right,
    RightState,
    Status,
    Ticket,
    Visibility,
)
from helpdesk.core.token import Purpose
from helpdesk.core.vocabulary import higher

NO_SUBJECT = say("(no subject)")
OPERATOR, UNKNOWN_SENDER = say("the operator"), say("unknown sender")
NOT_SHOWN = say("This message could not be shown fully; the original is attached.")
ENCRYPTED_TEXT = say("This message is encrypted; its words cannot be shown here.")
MAX_TEXT = 60_000
MAX_HISTORY_TEXT = 2_000
MAX_HISTORY = 4
BETWEEN_REASONS = "; "
"""Stands between the reasons why an entry is parked; the first is about who wrote it."""
MAX_FILES = 50
MAX_FILES_OCTETS = 10 * 2**20
"""So much of a customer's files goes along with a notification; the rest stays on the ticket."""
KILO = 1000


def moment(at: datetime) -> str:
    """For the filters of templates, which know language and time zone."""
    return at.astimezone(UTC).isoformat()


def when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def size_text(octets: int) -> str:
    if octets < KILO:
        return say("{count} bytes", count=octets)
    if octets < KILO**2:
        return f"{octets / KILO:.0f} kB"
    return f"{octets / KILO**2:.1f} MB"


def cut(text: str, limit: int) -> str:
    """A text of somebody else's in a mail of ours: not endless, and without our marker, which
    would cut what its reader answers.
    """
    if text in {NOT_SHOWN, ENCRYPTED_TEXT}:
        return NOT_SHOWN if text == NOT_SHOWN else ENCRYPTED_TEXT
    text = without_markers(text)
    return text if len(text) <= limit else text[:limit].rstrip() + "\n[…]"


def _person(person: Person | None) -> dict[str, str] | None:
    return {"name": called(person.display), "address": person.address} if person else None


def called(name: str) -> str:
    """A name or a subject; where we had to find one ourselves, English was stored."""
    return next((ours for ours in (OPERATOR, UNKNOWN_SENDER, NO_SUBJECT) if ours == name), name)


def outgoing_file(file: Attachment, entry: Entry) -> OutgoingFile:
    if entry.intake is None:
        raise ValueError("a file stands in a mail")
    return OutgoingFile(
        intake=entry.intake,
        part=file.part,
        filename=file.filename,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        content_id=file.content_id,
        inline=file.inline,
    )


def files_that_fit(entry: Entry) -> tuple[OutgoingFile, ...]:
    """As many of an entry's files as a notification carries; no images of a signature."""
    chosen: list[OutgoingFile] = []
    octets = 0
    for file in entry.attachments:
        fits = octets + file.size <= MAX_FILES_OCTETS and len(chosen) < MAX_FILES
        if fits and not file.is_folded and not file.refused:
            chosen.append(outgoing_file(file, entry))
            octets += file.size
    return tuple(chosen)


def _files(
    attachments: Sequence[Attachment], sent: Iterable[OutgoingFile] | None, text: str
) -> list[dict[str, object]]:
    """`sent` are those that the same mail carries; None: it is about files that its reader has."""
    parts = {file.part for file in sent or ()}
    # Calendars send an invitation twice, and without other words it is the text as well.
    said = {text.strip(): -1}
    return [
        {
            "filename": file.filename,
            "size": file.size,
            "size_text": size_text(file.size),
            "content_type": file.content_type,
            "sent": file.part in parts,
            "summary": _as_read(file.summary) if said.setdefault(file.summary, at) == at else "",
            "why_not": "" if sent is None or file.part in parts else _why_not(file),
        }
        for at, file in enumerate(attachments)
        if not file.is_folded or file.refused
    ]


def _as_read(stored: str) -> Sentence:
    return say("{words}", words=lambda language: in_language(language, stored))


def _why_not(file: Attachment) -> Sentence:
    if file.refused:
        why = file.refused
        return say("not passed on: {why}", why=lambda language: in_language(language, why))
    return say("too large for this mail")


def files_of(entry: Entry) -> list[dict[str, object]]:
    """All of its files, as a notification names them."""
    return _files(entry.attachments, files_that_fit(entry), entry.text)


def _said(entries: Iterable[Entry], limit: int = MAX_HISTORY_TEXT) -> list[dict[str, str]]:
    return [
        {
            "kind": entry.kind.value,
            "author": called(entry.author_name or entry.author_address),
            "at": when(entry.at),
            "text": cut(entry.text, limit),
        }
        for entry in entries
    ]


def history_before(conversation: Conversation | None) -> tuple[Entry, ...]:
    """The latest messages, answers and notes before this mail, newest first."""
    if conversation is None:
        return ()
    said = [e for e in conversation.tail if e.kind is not EntryKind.EVENT and not e.parked]
    return tuple(reversed(said[-MAX_HISTORY:]))


def is_reachable(person: Person) -> bool:
    return bool(person.address) and not person.suppressed


NOTHING_TOLD: Mapping[str, Any] = {
    "echo": True,
    "author": None,
    "text": "",
    "attachments": [],
    "refused": [],
    "history": [],
    "keys": [],
    "licenses": [],
    "possibly_about": None,
    "warnings": [],
    "reason": "",
    "reply_does": "",
    "report": None,
    "between": [],
    "outcome": "",
    "nothing_done": False,
    "folded": 0,
    "reachable": True,
    "forwarded_by": None,
    "facts": [],
    "language": "",
    "state": {"status": "", "color": "", "priority": "", "category": "", "assignee": ""},
    "actions": [],
    "promised": None,
    "duplicates": [],
    "clocks": [],
    "right": {},
    "lines": [],
    "told": [],
    "tickets": [],
    "query": "",
    "more": 0,
    "event": {},
    "by": None,
    "help": False,
    "can_mute": False,
    "figures": None,
}
"""What a template gets of a variable that its notice does not fill; nobody changes it in place."""


def language_of(draft: Draft, person: Person) -> str:
    return person.language or draft.desk.language


def variables(
    draft: Draft, recipient: Person, requester: Person | None, **more: Any
) -> dict[str, Any]:
    """What every template gets; helpdesk/outbound/render.py lists the names."""
    ticket, desk = draft.ticket, draft.desk
    language = language_of(draft, recipient)
    values: dict[str, Any] = dict(NOTHING_TOLD) | {
        "desk": {
            "name": desk.name,
            "display_name": desk.display_name,
            "address": desk.address,
            "language": desk.language,
        },
        "ticket": _ticket(draft, ticket, language) if ticket is not None else None,
        "recipient": _person(recipient),
        "requester": _person(requester),
        "reachable": requester is None or is_reachable(requester),
        "language": language,
    }
    if ticket is not None:
        values["state"] = _state(draft, ticket, language)
        if recipient.is_agent:
            values["clocks"] = _clocks(draft, ticket)
            values["right"] = _right(draft, ticket, requester, language)
    unknown = set(more) - set(values)
    if unknown:
        raise ValueError(f"no template knows {unknown}")
    return {name: _in_words(language, each) for name, each in (values | more).items()}


def _in_words(language: str, value: Any) -> Any:
    """With our own sentences as the reader of the mail says them."""
    if isinstance(value, Sentence):
        return in_language(language, value)
    if isinstance(value, Mapping):
        return {name: _in_words(language, each) for name, each in value.items()}
    return [_in_words(language, each) for each in value] if isinstance(value, list) else value


def _ticket(draft: Draft, ticket: Ticket, language: str) -> dict[str, Any]:
    subject = base_subject(ticket.subject, draft.policy.ticket_prefix)
    return {
        "number": ticket.number,
        "tag": draft.policy.tag(ticket.number),
        "subject": called(subject),
        "status": ticket.status.value,
        "priority": ticket.priority,
        "category": ticket.category,
        "own": draft.desk.vocabulary.own_labels(
            ticket.status, ticket.priority, ticket.category, language
        ),
        "created_at": when(ticket.created_at),
    }


def _state(draft: Draft, ticket: Ticket, language: str) -> dict[str, str]:
    """As the customer sees it."""
    vocabulary = draft.desk.vocabulary
    assignee = agent_of(draft, ticket.assignee)
    return {
        "status": vocabulary.status_label(ticket.status, language),
        "color": vocabulary.status_color(ticket.status),
        "priority": vocabulary.priority_label(ticket.priority, language),
        "category": vocabulary.category_label(ticket.category, language),
        "assignee": assignee.display if assignee is not None else "",
    }


def _clocks(draft: Draft, ticket: Ticket) -> list[dict[str, str]]:
    level = draft.policy.service_levels.get(draft.level)
    return [
        {
            "kind": clock.kind.value,
            "due_at": moment(clock.due_at) if clock.due_at is not None else "",
            "zone": draft.desk.zone,
            "state": _state_of(clock, draft.now),
            "left": _left(clock, level, draft.now),
        }
        for clock in ticket.clocks
        if clock.target is not None and clock.met_at is None
    ]


def _right(draft: Draft, ticket: Ticket, requester: Person | None, language: str) -> dict[str, Any]:
    """What agents read about the right to support; nothing where none is asked for."""
    right = ticket.right
    if right.state is RightState.NONE or requester is None:
        return {}
    return {
        "state": right.state.value,
        "source": in_language(language, right.source),
        "on_hold": right.is_held,
        **_credits(draft, right, requester),
    }


def _credits(draft: Draft, right: Right, requester: Person) -> dict[str, Any]:
    minutes = budget(draft, right)
    return {
        "credits": right.credits,
        "available": draft.standing(requester).available,
        "booked": spell_minutes(right.booked),
        "budget": spell_minutes(minutes),
        "percent": right.booked * 100 // minutes if minutes else 0,
    }


def right_of_customer(draft: Draft, kind: str, requester: Person, **more: Any) -> dict[str, Any]:
    """What the requester reads; of contracts and licenses nothing is repeated to him."""
    right = draft.the_ticket.right
    return {
        "kind": kind,
        "how_to_buy": draft.desk.support.how_to_buy,
        **_credits(draft, right, requester),
        **more,
    }


def right_confirmed(draft: Draft, requester: Person) -> dict[str, Any]:
    """What the confirmation says of it."""
    right = draft.the_ticket.right
    if right.state is RightState.MISSING:
        return right_of_customer(draft, "missing", requester)
    if right.state is RightState.RESERVED:
        return right_of_customer(draft, "reserved", requester)
    product = third_party(draft, right.source)
    if right.state is RightState.THIRD_PARTY and product is not None:
        said = {"product": product.name, "maker": product.maker}
        return right_of_customer(draft, "third_party", requester, **said)
    return {}


def _left(clock: Clock, level: ServiceLevel | None, now: datetime) -> str:
    """How much of its target is left; nothing of one that is missed."""
    target, rest = target_of(clock, level), remaining(clock, level, now)
    if target is None or rest is None or rest <= timedelta():
        return ""
    return spelled(rest, target.calendar.length_of_day)


def _state_of(clock: Clock, now: datetime) -> str:
    if clock.is_missed(now):
        return "missed"
    return "running" if clock.is_running else "paused"


def clicks_of(draft: Draft) -> tuple[Purpose, ...]:
    """What the customer may do by a click as things are."""
    ticket = draft.the_ticket
    if ticket.status is Status.CLOSED:
        return (Purpose.REOPEN,)
    if ticket.status is Status.RESOLVED:
        return (Purpose.REOPEN, Purpose.CLOSE)
    may_raise = (
        draft.desk.raise_priority is not RaisePriority.NEVER
        and ticket.status is not Status.WAITING
        and higher(ticket.priority) is not None
        and any(clock.target is not None for clock in ticket.clocks)
    )
    return (Purpose.CLOSE, Purpose.RAISE) if may_raise else (Purpose.CLOSE,)


def from_of(draft: Draft, conversation: Conversation) -> str:
    """Whose name stands in the From of a notification."""
    return f"{conversation.requester.display.partition('@')[0]} ({draft.desk.display_name})"


def said_lately(conversation: Conversation, *, without: Entry | None) -> list[dict[str, str]]:
    """The last words before an entry that is shown itself."""
    before = [e for e in history_before(conversation) if without is None or e.id != without.id]
    return _said(before)


def _promised(draft: Draft) -> dict[str, str] | None:
    """When the customer hears of us at the latest."""
    due = [
        clock.due_at
        for clock in draft.the_ticket.clocks
        if clock.kind is ClockKind.FIRST_RESPONSE and clock.due_at is not None
    ]
    return {"at": moment(due[0]), "zone": draft.zone} if due else None


def author_of(entry: Entry) -> dict[str, str]:
    name = called(entry.author_name or entry.author_address)
    return {"name": name, "address": entry.author_address}


def confirm(
    draft: Draft,
    requester: Person,
    *,
    echo: bool,
    in_reply_to: str,
    refused: Sequence[Mapping[str, str]] = (),
) -> OutgoingMail | None:
    """Our automatic first response (RFC 3834); without `echo` it holds no word of the sender's."""
    shown = requester if echo else replace(requester, name="")
    return draft.send(
        shown,
        Letter(
            Notice.CONFIRMATION,
            variables(
                draft,
                shown,
                shown,
                echo=echo,
                promised=_promised(draft),
                right=right_confirmed(draft, requester),
                refused=list(refused),
            ),
            auto_submitted=AutoSubmitted.REPLIED,
            purpose=Purpose.CUSTOMER,
            in_reply_to=in_reply_to,
            clicks=clicks_of(draft),
        ),
    )


def notify_agents(  # noqa: PLR0913 -- what there is to say about a message
    draft: Draft,
    entry: Entry,
    requester: Person,
    *,
    conversation: Conversation | None,
    warnings: Sequence[str] = (),
    forwarded_by: Person | None = None,
    duplicates: Sequence[Mapping[str, str]] = (),
) -> None:
    """Tell the assignee, else all agents of the desk; never who wrote the mail itself."""
    ticket = draft.the_ticket
    files = files_that_fit(entry)
    about = ticket.possibly_about
    common: Mapping[str, Any] = {
        "author": author_of(entry),
        "text": cut(entry.text, MAX_TEXT),
        "attachments": _files(entry.attachments, files, entry.text),
        "history": _said(history_before(conversation)),
        "keys": [
            {"masked": mask(key.key), "provider": key.provider, "quoted": key.quoted}
            for key in draft.message.keys
        ],
        "possibly_about": draft.policy.tag(about) if about is not None else None,
        "warnings": list(warnings),
        "reply_does": "answer",
        "folded": folded_lines(entry.text, entry.full_text),
        "forwarded_by": _person(forwarded_by),
        "duplicates": list(duplicates),
    }
    notice = Notice.NEW_TICKET if draft.is_new else Notice.CUSTOMER_REPLIED
    told = [agent for agent in in_charge(draft) if agent.id != entry.author]
    # A From that shows another address than its own looks forged to mail systems.
    author = entry.author_name or entry.author_address.partition("@")[0]
    for agent in told:
        draft.send(
            agent,
            Letter(
                notice,
                variables(draft, agent, requester, **common),
                purpose=Purpose.ANSWER,
                from_name=f"{author} ({draft.desk.display_name})",
                from_address=draft.policy.notifications_address,
                files=files,
                entry=entry,
                in_reply_to=entry.message_id,
                clicks=(Purpose.TAKE,) if ticket.assignee is None else (),
            ),
        )
    if not told:
        draft.note("notify", "nobody to tell", f"desk {ticket.desk}")


def send_answer(draft: Draft, agent: Person, requester: Person, entry: Entry, last_id: str) -> None:
    """The agent's words to the customer, as a mail from the desk in the agent's name."""
    files = tuple(outgoing_file(file, entry) for file in entry.attachments)
    draft.send(
        requester,
        Letter(
            Notice.ANSWER,
            variables(
                draft,
                requester,
                requester,
                author={"name": agent.display, "address": draft.desk.address},
                text=entry.text,
                attachments=_files(entry.attachments, files, entry.text),
            ),
            auto_submitted=AutoSubmitted.NONE,
            purpose=Purpose.CUSTOMER,
            from_name=f"{agent.display} ({draft.desk.display_name})",
            files=files,
            entry=entry,
            in_reply_to=last_id,
            clicks=clicks_of(draft) if requester.id == draft.the_ticket.requester else (),
        ),
    )


def folded_lines(new: str, everything: str) -> int:
    """Lines with words of a mail that are none of its new ones."""
    said = [line for line in new.splitlines() if line.strip()]
    lines = [line for line in everything.splitlines() if line.strip()]
    return max(0, len(lines) - len(said))


def _facts(draft: Draft) -> list[dict[str, str]]:
    """By what an agent can judge whether a mail in his name was his."""
    mail = draft.mail
    judged = next((step for step in draft.evidence if step.step == "authenticate"), None)
    named = {
        "Received": when(mail.arrival.received_at),
        "From": ", ".join(author.address for author in mail.message.authors[:3]),
        "Subject": mail.message.subject or NO_SUBJECT,
        "Handed in by": mail.arrival.trust.peer or say("this machine"),
        "Sender": _judged(judged) if judged else "",
    }
    return [{"label": label, "value": value} for label, value in named.items() if value]


def _judged(step: Step) -> Sentence:
    return say("{state}, {detail}", state=say(step.outcome), detail=step.detail)


def _reasons(draft: Draft, agent: Person, parked: str) -> list[str]:
    """Why an entry is parked, which is stored in English."""
    language = language_of(draft, agent)
    reasons = parked.split(BETWEEN_REASONS)
    return [in_language(language, plain(reason, BETWEEN_REASONS)) for reason in reasons]


def ask_agent(
    draft: Draft,
    notice: Notice,
    agent: Person,
    entry: Entry,
    requester: Person,
    between: Sequence[Entry] = (),
) -> None:
    """An answer is parked: ask its agent what to do with it."""
    reason, *others = _reasons(draft, agent, entry.parked)
    if notice is not Notice.WAS_THIS_YOU:
        reason, others = BETWEEN_REASONS.join([reason, *others]), []
    draft.send(
        agent,
        Letter(
            notice,
            variables(
                draft,
                agent,
                requester,
                author=author_of(entry),
                text=cut(entry.text, MAX_TEXT),
                attachments=_files(entry.attachments, None, entry.text),
                reason=reason,
                warnings=[f"{other[:1].upper()}{other[1:]}." for other in others],
                between=_said(between),
                reply_does="command",
                facts=_facts(draft) if entry.intake == draft.mail_intake else [],
            ),
            purpose=Purpose.PARKED,
            from_address=draft.policy.notifications_address,
            entry=entry,
        ),
    )


def receipt(
    draft: Draft,
    agent: Person,
    requester: Person,
    entry: Entry | None,
    outcome: str,
    *,
    lines: Sequence[Mapping[str, str]] = (),
) -> None:
    """Tell an agent what became of every line, and who was written to. Where the
    answer still waits the reply is another command, else an answer to the customer."""
    waits = entry is not None and all(done.id != entry.id for done in draft.entries)
    draft.send(
        agent,
        Letter(
            Notice.RECEIPT,
            variables(
                draft,
                agent,
                requester,
                text=cut(entry.text, MAX_HISTORY_TEXT) if entry else "",
                outcome=outcome,
                nothing_done=bool(outcome) and (entry is None or waits),
                lines=list(lines),
                told=_told(draft, agent),
                help=any(line["words"] == LISTED_BELOW for line in lines),
                reply_does="command" if waits else "answer",
            ),
            auto_submitted=AutoSubmitted.REPLIED,
            purpose=Purpose.PARKED if waits else Purpose.ANSWER,
            from_address=draft.policy.notifications_address,
            entry=entry,
            in_reply_to=draft.message.message_id,
        ),
    )


def _told(draft: Draft, agent: Person) -> list[str]:
    return [
        say(
            "{name} ({notice})",
            name=mail.recipient_name or mail.recipient,
            notice=say(mail.notice.value.replace("_", " ")),
        )
        for mail in draft.outbox
        if mail.person != agent.id
    ]


def tell_trouble(
    draft: Draft,
    conversation: Conversation,
    failed: Person | None,
    entry: Entry,
    report: Mapping[str, Any],
) -> None:
    """Mail of ours did not arrive: tell the assignee, else all agents of the desk."""
    for agent in in_charge(draft):
        if failed is not None and agent.id == failed.id:
            continue
        draft.send(
            agent,
            Letter(
                Notice.DELIVERY_TROUBLE,
                variables(
                    draft,
                    agent,
                    conversation.requester,
                    text=entry.text,
                    report=dict(report),
                    history=_said(
                        e for e in history_before(conversation) if e.visibility is Visibility.PUBLIC
                    ),
                    reply_does="answer",
                ),
                purpose=Purpose.ANSWER,
                from_address=draft.policy.notifications_address,
                entry=entry,
            ),
        )
