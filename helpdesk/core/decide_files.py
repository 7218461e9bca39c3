"""What becomes of the files of a mail in its decision, and that their sender hears of it once."""

from dataclasses import replace

from helpdesk.core.authentication import Authentication, AuthenticationState
from helpdesk.core.classify import Classification
from helpdesk.core.draft import Draft, Letter
from helpdesk.core.files import folded, judged, refused, told
from helpdesk.core.notices import clicks_of, variables
from helpdesk.core.outgoing import AutoSubmitted, Notice, OutgoingMail
from helpdesk.core.policy import Desk
from helpdesk.core.ticket import Conversation, Person, Role
from helpdesk.core.token import Purpose


def fold_logos(draft: Draft, author: Person | None) -> None:
    """Before anybody asks whether the mail has files."""
    files = folded(draft.message.attachments, author, draft.known.logos)
    if files != draft.message.attachments:
        draft.put_files(files)
        number = sum(file.recurs for file in files)
        draft.note("files", "came with earlier mails", f"{number} small images")


def settle_files(draft: Draft, desk: Desk, already: int = 0) -> None:
    """By the rules of the desk that gets them; `already` counted ones are in the ticket."""
    files = judged(draft.message.attachments, desk.files, already)
    for place, file in enumerate(files, 1):
        if file.refused:
            draft.note("files", "refused", f"file {place}: {file.refused}")
    draft.put_files(files)


def has_refused(draft: Draft) -> bool:
    return bool(refused(draft.message.attachments))


def told_of(draft: Draft, *, echo: bool) -> list[dict[str, str]]:
    """What a mail to their sender says of the refused ones."""
    return told(draft.message.attachments, draft.desk.files, echo=echo)


def tell_refused(draft: Draft, person: Person, *, echo: bool) -> OutgoingMail | None:
    """In a mail of its own, for he gets no other one; within the budgets, as a program's answer."""
    shown = person if echo else replace(person, name="")
    return draft.send(
        shown,
        Letter(
            Notice.FILES_REFUSED,
            variables(draft, shown, shown, echo=echo, refused=told_of(draft, echo=echo)),
            auto_submitted=AutoSubmitted.REPLIED,
            purpose=Purpose.CUSTOMER,
            in_reply_to=draft.message.message_id,
            clicks=clicks_of(draft) if person.id == draft.the_ticket.requester else (),
        ),
    )


def tell_writer(
    draft: Draft,
    conversation: Conversation,
    author: Person,
    classification: Classification,
    authentication: Authentication,
) -> None:
    """Somebody added to a ticket files that are refused. Who was only copied gets nothing from us,
    and a program no answer."""
    if not has_refused(draft):
        return
    participant = conversation.participant(author.id)
    if not classification.may_confirm:
        draft.note("files", "nobody told", classification.reason)
    elif authentication.state is AuthenticationState.FAILED:
        draft.note("files", "nobody told", "authentication failed")
    elif participant is not None and participant.role is Role.COPIED:
        draft.note("files", "nobody told", "was copied only")
    else:
        tell_refused(draft, author, echo=authentication.is_proved)
