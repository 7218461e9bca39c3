"""A customer raises the priority of his ticket: by writing after a missed target, or by a click."""

from dataclasses import replace

from helpdesk.core.acts import set_field
from helpdesk.core.clocks import RESPONSES, Clock, Clocks, raise_once
from helpdesk.core.draft import Draft
from helpdesk.core.policy import RaisePriority
from helpdesk.core.vocabulary import higher


def unanswered(draft: Draft) -> Clock | None:
    """The clock of the response that the customer waits for."""
    waiting = [c for c in draft.the_ticket.clocks if c.kind in RESPONSES and c.met_at is None]
    return waiting[0] if waiting else None


def wrote_again(draft: Draft) -> bool:
    """One step up, once for each missed target, or once until we answer where the desk raises
    always; before the clocks hear of the new message."""
    wish = draft.desk.raise_priority
    if wish is RaisePriority.NEVER:
        return False
    if wish is RaisePriority.ALWAYS:
        return asked_for_more(draft, "the customer wrote again") == "raised"
    clocks, is_missed = raise_once(draft.the_ticket.clocks, draft.now)
    return is_missed and _raise(draft, clocks, "the customer wrote after a missed target")


def asked_for_more(draft: Draft, why: str = "the customer asked for it") -> str:
    """What became of an explicit wish, as the name of a case: raised, top, once, or not_yet."""
    clock = unanswered(draft)
    wish = draft.desk.raise_priority
    if higher(draft.the_ticket.priority) is None:
        return "top"
    if clock is None or wish is RaisePriority.NEVER:
        return "not_yet"
    if clock.raised:
        return "once"
    if wish is not RaisePriority.ALWAYS and not clock.is_missed(draft.now):
        return "not_yet"
    clocks = tuple(
        replace(each, raised=True) if each.kind is clock.kind else each
        for each in draft.the_ticket.clocks
    )
    return "raised" if _raise(draft, clocks, why) else "top"


def _raise(draft: Draft, clocks: Clocks, why: str) -> bool:
    draft.change(clocks=clocks)
    priority = higher(draft.the_ticket.priority)
    if priority is None:
        return False
    set_field(draft, "priority", priority, why)
    return True
