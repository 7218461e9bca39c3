"""What follows from an agent's mail: it goes to the customer, waits for his word, or stays here."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from helpdesk.core.address import lookup_key
from helpdesk.core.answering import (
    DROPPED,
    Command,
    files_to_send,
    first_command,
    leading_word,
    leaks,
    looks_like_command,
    written_since,
)
from helpdesk.core.authentication import Authentication
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.draft import HOUR, Draft
from helpdesk.core.mail import Attachment, Words
from helpdesk.core.notices import (
    BETWEEN_REASONS,
    ask_agent,
    is_reachable,
    receipt,
    send_answer,
)
from helpdesk.core.outgoing import Notice
from helpdesk.core.route import Route, is_reply_to
from helpdesk.core.status import Trigger
from helpdesk.core.ticket import COMMANDED, Conversation, Entry, EntryKind, Person, Visibility
from helpdesk.core.token import Purpose

NOT_PROVED = "it carries no proof of its sender"
ELSEWHERE = "it did not come to your reply address"
NO_REPLY = "it is not a reply to our mail, your mail client may have completed an old address"
CROSSED = "somebody wrote since the mail that you answered"
UNREACHABLE = "there is no address at which mail reaches the customer"
MANY = "many answers within an hour, a program may be answering in your name"
MAX_ANSWERS = 6
"""An agent's answers on one ticket within an hour that go out without a question: two programs
that answer each other would never end."""
MAX_RECEIPTS = 6
MAX_PARKED = 10
MAX_QUESTIONS = 3
"""So many answers may wait on one ticket before we stop asking about more: MAX_PARKED of those that
came to the agent's own reply address, MAX_QUESTIONS of all others."""


def agent_wrote(
    draft: Draft,
    found: Route,
    conversation: Conversation,
    agent: Person | None,
    authentication: Authentication,
) -> Decision:
    """A mail to an agent's reply token: an answer or a note, if nothing speaks against it."""
    token = found.token
    if token is None:
        raise ValueError("without a token this is no agent's reply")
    draft.ticket = conversation.ticket
    if agent is None or conversation.ticket.desk not in agent.desks:
        draft.note("agent", "has no right to this desk now", f"person {token.person}")
        draft.entry(_note(draft, conversation, None, ""))
        return draft.decision(Verdict.RECORDED, "agent without rights")
    doubt = _doubt(draft, agent, authentication)
    if doubt:
        return _keep_unverified(draft, found, conversation, agent, doubt)
    word, rest = leading_word(_said(draft.message.words))
    if token.purpose is Purpose.NOTE or word == Command.NOTE:
        note = _note(draft, conversation, agent, "")
        draft.entry(replace(note, text=rest))
        draft.trigger(Trigger.NOTE_ADDED)
        return draft.decision(Verdict.APPENDED, "note")
    reasons, between = _reasons_to_ask(draft, found, conversation, agent)
    if reasons:
        return _park(draft, conversation, agent, reasons, between)
    _publish(draft, conversation, agent, _answer(draft, conversation, agent, parked=""))
    return draft.decision(Verdict.APPENDED, "answer")


def _park(
    draft: Draft,
    conversation: Conversation,
    agent: Person,
    reasons: Sequence[str],
    between: Sequence[Entry],
) -> Decision:
    """Keep an answer until its agent says what to do with it."""
    parked = BETWEEN_REASONS.join(reasons)
    draft.note("answer", "parked", parked)
    entry = draft.entry(_answer(draft, conversation, agent, parked=parked))
    waiting = sum(each.author == agent.id for each in conversation.parked)
    if waiting >= (MAX_QUESTIONS if reasons[0] == ELSEWHERE else MAX_PARKED):
        draft.note("agent", "not asked", f"{waiting} questions are open already")
    else:
        ask_agent(draft, Notice.ANSWER_PARKED, agent, entry, conversation.requester, between)
    return draft.decision(Verdict.APPENDED, "parked")


def agent_wrote_without_token(
    draft: Draft,
    found: Route,
    conversation: Conversation,
    agent: Person,
    authentication: Authentication,
) -> Decision:
    """A mail in an agent's name that found its ticket without his token: he is asked first."""
    draft.ticket = conversation.ticket
    if not authentication.is_proved:
        return _keep_unverified(
            draft, found, conversation, agent, BETWEEN_REASONS.join([NOT_PROVED, ELSEWHERE])
        )
    reasons, between = _reasons_to_ask(draft, found, conversation, agent)
    return _park(draft, conversation, agent, [ELSEWHERE, *reasons], between)


def _doubt(draft: Draft, agent: Person, authentication: Authentication) -> str:
    """Why this mail may not be the agent's own, or empty."""
    clean = draft.message.clean_author
    if not clean:
        return "its author is ambiguous"
    if lookup_key(clean) not in agent.keys:
        return "it came from an address that is not yours"
    if not authentication.is_proved:
        return NOT_PROVED
    return ""


def _keep_unverified(
    draft: Draft, found: Route, conversation: Conversation, agent: Person, doubt: str
) -> Decision:
    """Keep it as a note that nobody receives, and ask the agent whether it was he."""
    draft.note("agent", "unverified", doubt)
    reasons, between = _reasons_to_ask(draft, found, conversation, agent)
    parked = BETWEEN_REASONS.join([doubt, *(reason for reason in reasons if reason != doubt)])
    entry = draft.entry(_note(draft, conversation, agent, parked))
    waiting = sum(parked.kind is EntryKind.NOTE for parked in conversation.parked)
    if waiting >= MAX_QUESTIONS:
        draft.note("agent", "not asked", f"{waiting} questions are open already")
    else:
        ask_agent(draft, Notice.WAS_THIS_YOU, agent, entry, conversation.requester, between)
    return draft.decision(Verdict.RECORDED, "unverified note")


def _reasons_to_ask(
    draft: Draft, found: Route, conversation: Conversation, agent: Person
) -> tuple[list[str], tuple[Entry, ...]]:
    """Why an answer must not go out before its agent was asked, and what came between."""
    reasons = []
    said = _said(draft.message.words)
    if not is_reply_to(draft.message, conversation, draft.known, found, draft.policy):
        reasons.append(NO_REPLY)
    token = found.token
    is_his = token is not None and token.person == agent.id
    version = token.version if token is not None and is_his else conversation.ticket.version
    between = written_since(conversation, version, agent.id)
    if between:
        reasons.append(CROSSED)
    if not said.strip() and not _files(draft, conversation):
        reasons.append("no new words were found in it")
    word, _ = leading_word(said)
    if word:
        reasons.append(f"it begins with #{word}, which is no command here")
    elif looks_like_command(said):
        reasons.append("a line of it looks like a command")
    answers = [
        e for e in conversation.entries if e.kind is EntryKind.ANSWER and e.author == agent.id
    ]
    if _in_last_hour(answers, draft.now) >= MAX_ANSWERS:
        reasons.append(MANY)
    reasons += filter(None, [leaks(said, conversation), _unreachable(conversation)])
    return reasons, between


def _in_last_hour(entries: Iterable[Entry], now: datetime) -> int:
    return sum(entry.at > now - HOUR for entry in entries)


def _unreachable(conversation: Conversation) -> str:
    return "" if is_reachable(conversation.requester) else UNREACHABLE


def _said(words: Words) -> str:
    """The agent's own words: a mail that is nothing but a quotation has none."""
    return "" if words.new.strip() == words.quoted.strip() else words.new


def _files(draft: Draft, conversation: Conversation) -> tuple[Attachment, ...]:
    """The agent's own files: attached to his new words, or shown among them."""
    return tuple(files_to_send(draft.message.attachments, conversation))


def _from_mail(draft: Draft, conversation: Conversation, agent: Person | None) -> Entry:
    message = draft.message
    author = message.author
    words = message.words
    return Entry(
        id=draft.ids.entry(),
        ticket=conversation.ticket.number,
        kind=EntryKind.NOTE,
        at=draft.now,
        visibility=Visibility.INTERNAL,
        author=agent.id if agent else None,
        author_address=author.address if author else "",
        author_name=(author.name if author else "") or (agent.name if agent else ""),
        text=_said(words),
        full_text="" if words.text == _said(words) else words.text,
        message_id=message.message_id,
        intake=draft.incoming.intake if draft.incoming else None,
        attachments=_files(draft, conversation),
    )


def _answer(draft: Draft, conversation: Conversation, agent: Person, *, parked: str) -> Entry:
    entry = _from_mail(draft, conversation, agent)
    return replace(
        entry,
        kind=EntryKind.ANSWER,
        author_address=agent.address,
        author_name=agent.name,
        parked=parked,
    )


def _note(draft: Draft, conversation: Conversation, agent: Person | None, parked: str) -> Entry:
    return replace(
        _from_mail(draft, conversation, agent),
        parked=parked,
        reason="unverified" if parked or agent is None else "note",
    )


def _publish(draft: Draft, conversation: Conversation, agent: Person, entry: Entry) -> None:
    """Make it an answer and send it to the customer."""
    requester = conversation.requester
    last_id = next(
        (
            said.message_id
            for said in reversed(conversation.entries)
            if said.kind is EntryKind.MESSAGE and said.message_id
        ),
        "",
    )
    ticket = draft.the_ticket
    draft.ticket = replace(
        ticket,
        first_response_at=ticket.first_response_at or draft.now,
        assignee=ticket.assignee or agent.id,
    )
    entry = draft.entry(
        replace(
            entry,
            kind=EntryKind.ANSWER,
            visibility=Visibility.PUBLIC,
            author=agent.id,
            author_address=agent.address,
            author_name=agent.name,
            parked="",
            reason="answer",
        )
    )
    if ticket.assignee is None:
        draft.event(f"Assigned to {agent.display}, who answered first", reason="answered first")
    draft.trigger(Trigger.AGENT_ANSWERED)
    send_answer(draft, agent, requester, entry, last_id)


def agent_commanded(
    draft: Draft,
    found: Route,
    conversation: Conversation,
    agent: Person | None,
    authentication: Authentication,
) -> Decision:
    """A reply to our question what to do with a parked answer: `#send`, `#note` or `#drop`."""
    draft.ticket = conversation.ticket
    token = found.token
    entry = next((e for e in conversation.parked if token and e.id == token.entry), None)
    clean = draft.message.clean_author
    if agent is None or not clean or lookup_key(clean) not in agent.keys:
        draft.note("agent", "not the one who was asked")
        draft.entry(_note(draft, conversation, None, ""))
        return draft.decision(Verdict.RECORDED, "not the agent who was asked")
    # An answer of unproved origin is confirmed by the token alone: it went to the agent's known
    # address only. All else needs a proved mail, as every act of an agent does.
    if entry is not None and entry.kind is EntryKind.ANSWER and not authentication.is_proved:
        return _keep_unverified(draft, found, conversation, agent, NOT_PROVED)
    command = first_command(draft.message.words.new)
    outcome = _obey(draft, found, conversation, agent, entry, command)
    draft.note("command", command or "none", outcome)
    earlier = [e for e in conversation.entries if e.reason == COMMANDED]
    draft.event(
        f"{agent.display} said {command or 'no command'}: {outcome or 'asked again'}",
        reason=COMMANDED,
        author=agent.id,
        intake=draft.mail_intake,
    )
    if outcome and _in_last_hour(earlier, draft.now) < MAX_RECEIPTS:
        receipt(draft, agent, conversation.requester, entry, outcome)
    return draft.decision(Verdict.RECORDED, "command")


def _obey(
    draft: Draft,
    found: Route,
    conversation: Conversation,
    agent: Person,
    entry: Entry | None,
    command: Command | None,
) -> str:
    """What to tell the agent; empty when he was asked again instead."""
    if entry is None:
        return "Nothing was done: this answer does not wait any more."
    if command is None:
        return (
            "Nothing was done: the first line of your reply must be #send, #note or #drop. "
            "The answer still waits."
        )
    if conversation.ticket.desk not in agent.desks:
        return "Nothing was done: you are not an agent of this desk now."
    if command is Command.SEND:
        if leading_word(entry.text)[0] != Command.NOTE:
            shown = found.token.version if found.token is not None else 0
            return _send_parked(draft, conversation, agent, entry, shown)
        command = Command.NOTE
    reason = DROPPED if command is Command.DROP else "note"
    draft.entry(
        replace(
            entry,
            kind=EntryKind.NOTE,
            visibility=Visibility.INTERNAL,
            author=agent.id,
            parked="",
            reason=reason,
        )
    )
    if command is Command.DROP:
        return "Your answer was dropped: nobody received it. It stays on the ticket as a note."
    return "Your answer was kept as an internal note: the customer did not receive it."


def _send_parked(
    draft: Draft, conversation: Conversation, agent: Person, entry: Entry, shown: int
) -> str:
    """Send it, unless there is something that the agent was not asked about; `shown` is the state
    of the ticket that his question showed."""
    if not is_reachable(conversation.requester):
        return "Nothing was done: there is no address at which mail reaches the customer."
    between = written_since(conversation, min(shown, entry.version), agent.id)
    leak = leaks(entry.text, conversation)
    reasons = [CROSSED] if between else []
    reasons += [leak] if leak and leak not in entry.parked else []
    if not reasons:
        _publish(draft, conversation, agent, entry)
        return f"Your answer was sent to {conversation.requester.display}."
    # A new entry for the new question: the token of the old one leads to nothing that waits.
    parked = dict.fromkeys([*entry.parked.split(BETWEEN_REASONS), *reasons])
    again = draft.entry(replace(entry, id=draft.ids.entry(), parked=BETWEEN_REASONS.join(parked)))
    draft.entry(
        replace(
            entry,
            kind=EntryKind.EVENT,
            text=f"{agent.display} was asked again: {', '.join(reasons)}",
            full_text="",
            message_id="",
            attachments=(),
            parked="",
            reason="asked again",
        )
    )
    draft.note("answer", "parked again", again.parked)
    notice = Notice.ANSWER_PARKED if entry.kind is EntryKind.ANSWER else Notice.WAS_THIS_YOU
    ask_agent(draft, notice, agent, again, conversation.requester, between)
    return ""
