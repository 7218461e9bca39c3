"""What follows from a program's mail about a ticket: a reply, a complaint, a read receipt."""

from dataclasses import replace

from helpdesk.core.absence import absence_of
from helpdesk.core.address import lookup_key
from helpdesk.core.authentication import Authentication, AuthenticationState
from helpdesk.core.classify import Classification
from helpdesk.core.decide_files import settle_files
from helpdesk.core.draft import Draft
from helpdesk.core.mail import Message
from helpdesk.core.route import Route
from helpdesk.core.status import Trigger
from helpdesk.core.ticket import Conversation

LONGEST_EVENT = 250

COMPLAINT = "complaint"
"""The reason of an event: somebody reported a mail of ours as abuse."""
RECEIPT = "read receipt"
"""The reason of an event: a program says what became of a mail of ours."""


def record_automatic(
    draft: Draft,
    conversation: Conversation,
    classification: Classification,
    authentication: Authentication,
    found: Route,
) -> None:
    """A program's mail goes on the ticket that it is about; agents find it there."""
    draft.about(conversation)
    settle_files(draft, draft.desk, conversation.counted)
    message = draft.message
    name = message.author.name or message.author.address if message.author else "somebody"
    reason, happened = what_came(message, name)
    if reason != Trigger.AUTOMATIC_REPLY:
        draft.note("report", reason, happened)
    away = ""
    if _may_say(draft, authentication, found):
        away = _away_until(draft, conversation, classification)
    draft.event(
        happened[: LONGEST_EVENT - len(away)] + away,
        reason=reason,
        full_text=message.words.text,
        message_id=message.message_id,
        intake=draft.incoming.intake if draft.incoming else None,
        author_address=message.author.address if message.author else "",
        author_name=name,
        attachments=message.attachments,
    )
    draft.trigger(Trigger.AUTOMATIC_REPLY)


def what_came(message: Message, name: str) -> tuple[str, str]:
    """A constant word for a program's mail, and a line about it."""
    if message.feedback is not None:
        whose = f" to {message.feedback.recipients[0]}" if message.feedback.recipients else ""
        return COMPLAINT, f"Complaint ({message.feedback.kind}) from {name} about our mail{whose}"
    if message.disposition is not None:
        whose = message.disposition.recipient or name
        return RECEIPT, f"Read receipt from {whose}: {message.disposition.kind or 'unknown'}"
    return Trigger.AUTOMATIC_REPLY, f"Automatic reply from {name}: {message.subject}"


def _may_say(draft: Draft, authentication: Authentication, found: Route) -> bool:
    """Whether its author's word counts: he is proved, or it names a mail of ours that only he got.
    Vacation notices often carry no proof."""
    if authentication.is_proved:
        return True
    clean = draft.message.clean_author
    author = draft.known.people.get(lookup_key(clean)) if clean else None
    answered = (found.token, found.bounce, found.reference)
    got_ours = any(sent and author and sent.person == author.id for sent in answered)
    return got_ours and authentication.state is not AuthenticationState.FAILED


def _away_until(draft: Draft, conversation: Conversation, classification: Classification) -> str:
    """Remember until when somebody who takes part in the ticket is away; a few words about it."""
    day = absence_of(draft.mail, classification)
    clean = draft.message.clean_author
    author = draft.known.people.get(lookup_key(clean)) if clean else None
    if day is None or author is None or conversation.participant(author.id) is None:
        return ""
    draft.note("absence", "away until", day.isoformat())
    if not author.is_agent:  # they and their operators say it by command
        known = draft.changed_people.get(author.id, author)
        draft.changed_people[author.id] = replace(known, away_until=day)
    return f" (away until {day.isoformat()})"
