"""What follows when a customer asks for something by a word or a click, and not an agent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from helpdesk.core import entitle
from helpdesk.core.address import is_address, lookup_key
from helpdesk.core.announce import tell_of_customer, tell_of_right
from helpdesk.core.authentication import Authentication
from helpdesk.core.calendar import known_zone
from helpdesk.core.commands import CustomerLine, CustomerVerb, read_customer_command
from helpdesk.core.draft import Draft, Letter
from helpdesk.core.mail import Message
from helpdesk.core.notices import called, language_of, moment, notify_agents, variables
from helpdesk.core.outgoing import AutoSubmitted, Notice
from helpdesk.core.policy import LANGUAGES, MUTED_ONES, SILENT_ONES, RaisePriority
from helpdesk.core.raising import asked_for_more, unanswered
from helpdesk.core.reply_address import is_ours
from helpdesk.core.status import Trigger
from helpdesk.core.subject import base_subject
from helpdesk.core.ticket import Conversation, Entry, Person, Status, Ticket
from helpdesk.core.token import Purpose
from helpdesk.core.vocabulary import fold
from helpdesk.core.wishes import is_courtesy

MOST_LISTED = 50
LONGEST_SHOWN = 60
CLICKED: Mapping[Purpose, CustomerVerb] = {
    Purpose.CLOSE: CustomerVerb.CLOSE,
    Purpose.REOPEN: CustomerVerb.REOPEN,
    Purpose.RAISE: CustomerVerb.RAISE,
}
ABOUT_A_TICKET = frozenset(CLICKED.values())
_SPOKEN: Mapping[str, str] = {
    "assigned": "ticket_assigned",
    "status": "status_changed",
    "closing": "close_ahead",
    "reminders": "reminder",
    "note": "note_added",
    "notes": "note_added",
    "customer": "customer_acted",
    "warning": "target_warning",
    "missed": "target_missed",
    "report": "weekly_report",
    "reports": "weekly_report",
}
"""Short names of notices, beside the real ones."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks for something that is not about one ticket."""

    draft: Draft
    person: Person
    line: CustomerLine
    authentication: Authentication
    by_token: bool
    """The mail came to his own reply address."""
    is_more: bool = False
    """His words below it are kept."""

    @property
    def is_sure(self) -> bool:
        return self.authentication.is_proved or self.by_token


def says_more(message: Message, line: CustomerLine) -> bool:
    """Whether there are words below a request, or files, that somebody has to read."""
    return has_files(message) or not is_courtesy(line.rest)


def has_files(message: Message) -> bool:
    """Whether it has files beside those of a signature or a quotation."""
    return any(not file.is_folded for file in message.attachments)


def asked(
    draft: Draft,
    line: CustomerLine,
    authentication: Authentication,
    *,
    by_token: bool,
    is_more: bool = False,
) -> str:
    """Answer a command that is not about one ticket; returns the reason of the verdict."""
    clean = draft.message.clean_author
    draft.note("customer", f"asks for {line.verb}", line.argument)
    if not is_address(clean) or is_ours(draft.policy, clean):
        return "nobody to answer"
    is_known = lookup_key(clean) in draft.known.people
    name = draft.message.author.name if draft.message.author else ""
    person = draft.person(clean, name)
    if not (is_known or authentication.is_proved):
        # Whoever this really is, he reads no word of the one who wrote.
        person = replace(person, name="")
    asking = Asking(draft, person, line, authentication, by_token, is_more)
    _ASKED[line.verb](asking)
    return f"customer asked for {line.verb}"


def _answer(asking: Asking, notice: Notice, **more: Any) -> None:
    """Within the budgets, as all automatic mail."""
    draft, person = asking.draft, asking.person
    event = {**more.pop("event", {}), "kept": "yes" if asking.is_more else ""}
    draft.send(
        person,
        Letter(
            notice,
            variables(draft, person, person, event=event, **more),
            auto_submitted=AutoSubmitted.REPLIED,
            in_reply_to=draft.message.message_id,
        ),
    )


def _receipt(asking: Asking, outcome: str, kind: str, **event: Any) -> None:
    """`kind` names the sentence in the template, which knows the language."""
    line = {"text": _written(asking.line), "outcome": outcome, "words": ""}
    _answer(
        asking,
        Notice.CUSTOMER_RECEIPT,
        lines=[line],
        event={"kind": kind, **event},
        help=kind == "help" or outcome == "failed",
    )


def _written(line: CustomerLine) -> str:
    return f"#{line.verb} {line.argument}".strip()


# --- about no ticket ----------------------------------------------------------------------------


def _list(asking: Asking) -> None:
    """Only to an address that this very mail proves: the list says what somebody has asked."""
    draft, person = asking.draft, asking.person
    if not asking.authentication.is_proved:
        _receipt(asking, "failed", "not_proved")
        return
    chosen = _chosen(draft, draft.known.recent.get(person.id, ()), asking.line.argument)
    language = language_of(draft, person)
    _answer(
        asking,
        Notice.TICKET_LIST,
        tickets=[_listed(draft, ticket, language) for ticket in chosen[:MOST_LISTED]],
        query=asking.line.argument,
        more=max(0, len(chosen) - MOST_LISTED),
    )


def _chosen(draft: Draft, tickets: tuple[Ticket, ...], query: str) -> list[Ticket]:
    """Those of a status, which the first words may name, that have all other words in number or
    subject; of merged ones that in which they go on."""
    known = {ticket.number for ticket in tickets}
    words = query.split()
    vocabulary = draft.desk.vocabulary
    status = None
    for length in range(min(4, len(words)), 0, -1):
        status = vocabulary.status_of(" ".join(words[:length]))
        if status is not None:
            words = words[length:]
            break
    return [
        ticket
        for ticket in tickets
        if ticket.merged_into not in known
        and (status is None or ticket.status is status)
        and all(fold(word) in _searched(draft, ticket) for word in words)
    ]


def _searched(draft: Draft, ticket: Ticket) -> str:
    return fold(f"{draft.policy.tag(ticket.number)} {ticket.subject}")


def _listed(draft: Draft, ticket: Ticket, language: str) -> dict[str, Any]:
    vocabulary = draft.policy.desk(ticket.desk).vocabulary
    return {
        "tag": draft.policy.tag(ticket.number),
        "subject": called(base_subject(ticket.subject, draft.policy.ticket_prefix)),
        "status": vocabulary.status_label(ticket.status, language),
        "color": vocabulary.status_color(ticket.status),
        "updated_at": moment(ticket.updated_at),
    }


def _test(asking: Asking) -> None:
    kind = asking.authentication.state.value
    arrived = moment(asking.draft.mail.arrival.received_at)
    event = {"kind": kind, "at": arrived, "zone": asking.person.zone or asking.draft.desk.zone}
    _answer(asking, Notice.MAIL_TEST, event=event)


def _help(asking: Asking) -> None:
    _receipt(asking, "done", "help")


def _notify(asking: Asking) -> None:
    if not asking.is_sure:
        _receipt(asking, "failed", "not_proved")
        return
    switch, _, name = asking.line.argument.partition(" ")
    possible = MUTED_ONES if asking.person.is_agent else SILENT_ONES
    said = fold(name)
    # The words of a name may be written together, apart or with hyphens.
    own = (each for each in possible if fold(each) == said)
    wanted = next(own, _SPOKEN.get(said, ""))
    if said not in ("", "all") and wanted not in possible:
        _receipt(asking, "failed", "no_notice", names=list(possible))
        return
    names = {wanted} if wanted else set(possible)
    muted = asking.person.muted | names if switch == "off" else asking.person.muted - names
    _remember(asking, muted=frozenset(muted))
    _receipt(asking, "done", "muted" if switch == "off" else "unmuted", names=sorted(names))


def _language(asking: Asking) -> None:
    wanted = asking.line.argument.casefold()
    language = next((code for code, names in LANGUAGES.items() if wanted in names), "")
    if not asking.is_sure:
        _receipt(asking, "failed", "not_proved")
    elif not language:
        _receipt(asking, "failed", "no_language", names=sorted(LANGUAGES))
    else:
        _remember(asking, language=language)
        _receipt(
            replace(asking, person=asking.draft.changed_people[asking.person.id]),
            "done",
            "language",
        )


def _time_zone(asking: Asking) -> None:
    if not asking.is_sure:
        _receipt(asking, "failed", "not_proved")
        return
    zone = asking.line.argument
    if not known_zone(zone):
        _receipt(asking, "failed", "no_zone")
        return
    _remember(asking, zone=zone)
    _receipt(asking, "done", "time_zone", zone=zone)


def _remember(asking: Asking, **wishes: Any) -> None:
    draft, person = asking.draft, asking.person
    draft.changed_people[person.id] = replace(draft.changed_people.get(person.id, person), **wishes)


def _which_ticket(asking: Asking) -> None:
    """A command about a ticket in a mail that belongs to none."""
    _receipt(asking, "failed", "no_ticket")


def list_replied(draft: Draft, agent: Person) -> None:
    """A reply to a digest or a report is about no one ticket: its agent hears that nothing came of
    it, and how to go on."""
    said = draft.message.words.new.strip().partition("\n")[0] or draft.message.subject
    line = {"text": said[:LONGEST_SHOWN] or "#take", "outcome": "failed", "words": ""}
    draft.send(
        agent,
        Letter(
            Notice.CUSTOMER_RECEIPT,
            variables(draft, agent, agent, lines=[line], event={"kind": "only_a_list"}),
            auto_submitted=AutoSubmitted.REPLIED,
            in_reply_to=draft.message.message_id,
        ),
    )


_ASKED: Mapping[CustomerVerb, Callable[[Asking], None]] = {
    CustomerVerb.TICKETS: _list,
    CustomerVerb.TEST: _test,
    CustomerVerb.HELP: _help,
    CustomerVerb.NOTIFY: _notify,
    CustomerVerb.LANGUAGE: _language,
    CustomerVerb.TIME_ZONE: _time_zone,
    CustomerVerb.CLOSE: _which_ticket,
    CustomerVerb.REOPEN: _which_ticket,
    CustomerVerb.RAISE: _which_ticket,
}


# --- about his ticket ---------------------------------------------------------------------------


def is_click(message: Message, purpose: Purpose, prefix: str) -> bool:
    """Whether a mail to the address of a click is one. Mail clients complete remembered addresses
    in other mails: words or files under another subject are an ordinary message."""
    said, verb = message.words.new, CLICKED[purpose]
    line = read_customer_command(said)
    if line is not None:
        return line.verb is verb
    is_empty = not said.strip() and not has_files(message)
    return is_empty or base_subject(message.subject, prefix).casefold() == verb.value


def wished(
    draft: Draft,
    conversation: Conversation,
    verb: CustomerVerb,
    entry: Entry | None,
    warnings: Sequence[str],
) -> str:
    """Carry out what the requester wishes for his ticket; the agents are told. `entry` has his
    words beside the command, if there are any. Returns what happened, as the name of a case."""
    person = conversation.requester
    happened = _WISHED[verb](draft, person, entry)
    entitle.reopened(draft, conversation)
    draft.note("customer", f"wishes {verb}", happened)
    draft.run_clocks()
    if happened in ("closed", "reopened", "raised"):
        tell_of_customer(draft, conversation, happened, entry=entry, warnings=warnings)
    elif entry is not None:
        notify_agents(draft, entry, person, conversation=conversation, warnings=warnings)
    tell_of_right(draft, conversation, None)
    if happened in ("not_yet", "top", "once"):
        _explain(draft, person, happened)
    return happened


def _why(person: Person, entry: Entry | None) -> str:
    words = " ".join(entry.text.split())[:200] if entry is not None else ""
    return f"{person.display}: {words}" if words else f"by {person.display}"


def close_it(draft: Draft, person: Person, entry: Entry | None) -> str:
    why = _why(person, entry)
    return "closed" if draft.trigger(Trigger.REQUESTER_CONFIRMED, why) else "closed_already"


def _reopen(draft: Draft, person: Person, entry: Entry | None) -> str:
    draft.happened.requester_wrote = True
    draft.change(snoozed_until=None)
    reopened = draft.trigger(Trigger.REQUESTER_REOPENED, _why(person, entry))
    return "reopened" if reopened else "open_already"


def _raise(draft: Draft, person: Person, entry: Entry | None) -> str:
    happened = asked_for_more(draft)
    if entry is not None:
        has_written(draft, person, entry, is_requester=True)
    return happened


def has_written(draft: Draft, author: Person, entry: Entry, *, is_requester: bool) -> None:
    """Somebody wrote, and waits for an answer; what reopens a ticket says why."""
    draft.happened.requester_wrote = True
    draft.change(snoozed_until=None)
    is_done = draft.the_ticket.status in (Status.RESOLVED, Status.CLOSED)
    draft.trigger(
        Trigger.REQUESTER_WROTE if is_requester else Trigger.PARTICIPANT_WROTE,
        _why(author, entry) if is_done else "",
    )


_WISHED: Mapping[CustomerVerb, Callable[[Draft, Person, Entry | None], str]] = {
    CustomerVerb.CLOSE: close_it,
    CustomerVerb.REOPEN: _reopen,
    CustomerVerb.RAISE: _raise,
}


def _explain(draft: Draft, person: Person, kind: str) -> None:
    """Why the priority stays: he asked, and nothing happened that he would see."""
    clock = unanswered(draft)
    due_at = clock.due_at if clock is not None else None
    if draft.desk.raise_priority is RaisePriority.NEVER:
        due_at = None  # writing again would change nothing
    event = {"kind": kind, "at": moment(due_at) if due_at else "", "zone": draft.zone}
    line = {"text": "#raise", "outcome": "ignored", "words": ""}
    draft.send(
        person,
        Letter(
            Notice.CUSTOMER_RECEIPT,
            variables(draft, person, person, lines=[line], event=event),
            auto_submitted=AutoSubmitted.REPLIED,
            purpose=Purpose.CUSTOMER,
            in_reply_to=draft.message.message_id,
        ),
    )
