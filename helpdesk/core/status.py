"""What may change a ticket's status, as a table in which every cell is a decision."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from helpdesk.core.ticket import Status, Ticket


class Trigger(StrEnum):
    REQUESTER_WROTE = "requester_wrote"
    AGENT_ANSWERED = "agent_answered"
    AUTOMATIC_REPLY = "automatic_reply"
    DELIVERY_REPORT = "delivery_report"
    NOTE_ADDED = "note_added"


_O, _P, _W, _R, _C = Status

#                      open  in_progress  waiting  resolved  closed
TRANSITIONS: Mapping[Trigger, tuple[Status, Status, Status, Status, Status]] = {
    # A requester who writes again to a closed ticket in time reopens it; later: a new ticket.
    Trigger.REQUESTER_WROTE: (_O, _P, _O, _O, _O),
    # An answer to a closed ticket is a last word, not a new question to the customer.
    Trigger.AGENT_ANSWERED: (_W, _W, _W, _R, _C),
    # Programs move nothing: a vacation notice is no answer.
    Trigger.AUTOMATIC_REPLY: (_O, _P, _W, _R, _C),
    Trigger.DELIVERY_REPORT: (_O, _P, _W, _R, _C),
    Trigger.NOTE_ADDED: (_O, _P, _W, _R, _C),
}


def next_status(status: Status, trigger: Trigger) -> Status:
    return TRANSITIONS[trigger][tuple(Status).index(status)]


def takes_mail(ticket: Ticket, now: datetime, reopen_within: timedelta) -> bool:
    """Whether a requester's mail still belongs to this ticket; else it opens a linked new one."""
    if ticket.status is not Status.CLOSED or ticket.closed_at is None:
        return True
    return now - ticket.closed_at <= reopen_within
