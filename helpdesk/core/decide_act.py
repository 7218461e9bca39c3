"""What follows when somebody acts on a ticket without a mail: at the command line."""

from dataclasses import dataclass

from helpdesk.core.acts import Actor, Done, Scene, act, done, failed, ignored
from helpdesk.core.announce import announce, tell_of_note
from helpdesk.core.commands import Verb
from helpdesk.core.decision import Decision, Verdict
from helpdesk.core.draft import Draft
from helpdesk.core.named_keys import hide
from helpdesk.core.notices import OPERATOR
from helpdesk.core.status import Trigger
from helpdesk.core.ticket import Conversation, Entry, EntryId, EntryKind, Person, Visibility

MAX_NOTE = 100_000


@dataclass(frozen=True, slots=True)
class Order:
    """One act on one ticket."""

    verb: Verb
    argument: str = ""
    """For a note its words."""
    entry: EntryId | None = None
    """What is to be split off."""


def acted(
    order: Order, conversation: Conversation, by: Person | None, draft: Draft
) -> tuple[Decision, Done]:
    """`by` is an agent, or None for the operator; the draft is a fresh one."""
    draft.about(conversation)
    actor = Actor(by, by.display if by is not None else OPERATOR)
    scene = Scene(draft, conversation, actor, order.entry)
    if order.verb is Verb.LICENSE:
        result = act(scene, order.verb, hide(draft, order.argument))
    elif order.verb is Verb.NOTE:
        result = _note(scene, order.argument)
    else:
        result = act(scene, order.verb, order.argument)
    announce(draft, scene.conversation, by, actor.name)
    return draft.decision(Verdict.RECORDED, f"{order.verb}: {result.outcome}"), result


def _note(scene: Scene, words: str) -> Done:
    draft, person = scene.draft, scene.actor.person
    if not words.strip():
        return ignored("There are no words to keep.")
    if len(words) > MAX_NOTE:
        return failed(
            "A note has at most {most} characters; this one has {length}.",
            most=f"{MAX_NOTE:,}",
            length=f"{len(words):,}",
        )
    entry = draft.entry(
        Entry(
            id=draft.ids.entry(),
            ticket=scene.ticket.number,
            kind=EntryKind.NOTE,
            at=draft.now,
            visibility=Visibility.INTERNAL,
            author=person.id if person else None,
            author_address=person.address if person else "",
            author_name=scene.actor.name,
            text=words,
            reason="note",
        )
    )
    draft.trigger(Trigger.NOTE_ADDED)
    tell_of_note(draft, scene.conversation, person, entry)
    return done("The note was added; no customer sees it.")
