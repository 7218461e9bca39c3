"""What follows from an agent's mail: it goes to the customer, waits for his word, or stays here."""

from dataclasses import replace

from helpdesk.core.address import lookup_key
from helpdesk.core.answering import (
    DROPPED,
    Command,
    files_to_send,
    first_command,
    leaks,
    written_since,
)
from helpdesk.core.authentication import Authentication
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.draft import Draft
from helpdesk.core.mail import Attachment, Words
from helpdesk.core.notices import ask_agent, receipt, send_answer
from helpdesk.core.outgoing import Notice
from helpdesk.core.route import Route, is_reply_to
from helpdesk.core.status import Trigger
from helpdesk.core.ticket import Conversation, Entry, EntryKind, Person, Visibility
from helpdesk.core.token import Purpose

NOT_PROVED = "not proved to be yours"
MAX_QUESTIONS = 3
"""So many answers may wait on one ticket before we stop asking about more that are not proved."""


def agent_wrote(
    draft: Draft,
    found: Route,
    conversation: Conversation,
    agent: Person | None,
    authentication: Authentication,
) -> Decision:
    """A mail to an agent's reply token: an answer or a note, if all of DESIGN §6 holds."""
    token = found.token
    if token is None:
        raise ValueError("without a token this is no agent's reply")
    draft.ticket = conversation.ticket
    if agent is None or conversation.ticket.desk not in agent.desks:
        draft.note("agent", "has no right to this desk now", f"person {token.person}")
        draft.entry(_note(draft, conversation, None, "its writer is no agent of this desk now"))
        return draft.decision(Verdict.RECORDED, "agent without rights")
    doubt = _doubt(draft, agent, authentication)
    if doubt:
        return _keep_unverified(draft, conversation, agent, doubt)
    if token.purpose is Purpose.NOTE:
        draft.entry(_note(draft, conversation, agent, ""))
        draft.trigger(Trigger.NOTE_ADDED)
        return draft.decision(Verdict.APPENDED, "note")
    reason, between = _reason_to_ask(draft, found, conversation, agent)
    if reason:
        draft.note("answer", "parked", reason)
        entry = draft.entry(_answer(draft, conversation, agent, parked=reason))
        ask_agent(
            draft,
            Notice.ANSWER_PARKED,
            agent,
            entry,
            requester=conversation.requester,
            between=between,
        )
        return draft.decision(Verdict.APPENDED, "parked")
    _publish(draft, conversation, agent, _answer(draft, conversation, agent, parked=""))
    return draft.decision(Verdict.APPENDED, "answer")


def unproved_agent_wrote(
    draft: Draft, conversation: Conversation, agent: Person, authentication: Authentication
) -> Decision:
    """A mail in an agent's name that found its ticket without his token: kept, sent to nobody."""
    draft.ticket = conversation.ticket
    doubt = "it did not come to your reply address"
    if not authentication.is_proved:
        doubt = f"{NOT_PROVED}, and {doubt}"
    return _keep_unverified(draft, conversation, agent, doubt)


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
    draft: Draft, conversation: Conversation, agent: Person, doubt: str
) -> Decision:
    draft.note("agent", "unverified", doubt)
    entry = draft.entry(_note(draft, conversation, agent, doubt))
    waiting = sum(parked.kind is EntryKind.NOTE for parked in conversation.parked)
    if waiting >= MAX_QUESTIONS:
        draft.note("agent", "not asked", f"{waiting} questions are open already")
    else:
        ask_agent(
            draft,
            Notice.WAS_THIS_YOU,
            agent,
            entry,
            requester=conversation.requester,
        )
    return draft.decision(Verdict.RECORDED, "unverified note")


def _reason_to_ask(
    draft: Draft, found: Route, conversation: Conversation, agent: Person
) -> tuple[str, tuple[Entry, ...]]:
    """Why an answer must not go out before its agent was asked, and what came between."""
    said = _said(draft.message.words)
    if not is_reply_to(draft.message, conversation, draft.known, found, draft.policy):
        return (
            "it is not a reply to our mail: your mail client may have completed an old address",
            (),
        )
    version = found.token.version if found.token is not None else 0
    between = written_since(conversation, version, agent.id)
    if between:
        return "somebody wrote since the mail that you answered", between
    if not said.strip() and not _files(draft, conversation):
        return "no new words were found in it", ()
    leak = leaks(said, conversation)
    if leak:
        return leak, ()
    return "", ()


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
        parked=parked if agent is not None else "",
        reason="unverified" if parked else "note",
    )


def _publish(draft: Draft, conversation: Conversation, agent: Person, entry: Entry) -> None:
    """Make it an answer and send it to the customer."""
    requester = conversation.requester
    last_id = next(
        (
            said.message_id
            for said in reversed(conversation.tail)
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
        return _keep_unverified(draft, conversation, agent, NOT_PROVED)
    command = first_command(draft.message.words.new)
    outcome = _obey(draft, conversation, agent, entry, command)
    draft.note("command", command or "none", outcome)
    receipt(draft, agent, conversation.requester, entry, outcome)
    return draft.decision(Verdict.APPENDED if entry and command else Verdict.RECORDED, "command")


def _obey(
    draft: Draft,
    conversation: Conversation,
    agent: Person,
    entry: Entry | None,
    command: Command | None,
) -> str:
    requester = conversation.requester
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
        _publish(draft, conversation, agent, entry)
        return f"Your answer was sent to {requester.display}."
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
