"""What may change a ticket's status, as a table in which every cell is a decision.

docs/tickets.md shows the same table with the reasons; tests/core/test_status.py compares them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from helpdesk.core.ticket import Status, Ticket


class Trigger(StrEnum):
    REQUESTER_WROTE = "requester_wrote"
    PARTICIPANT_WROTE = "participant_wrote"
    REQUESTER_THANKED = "requester_thanked"
    REQUESTER_CONFIRMED = "requester_confirmed"
    REQUESTER_REOPENED = "requester_reopened"
    AGENT_TOOK = "agent_took"
    AGENT_ASSIGNED = "agent_assigned"
    AGENT_ANSWERED = "agent_answered"
    NOTE_ADDED = "note_added"
    AGENT_OPENED = "agent_opened"
    AGENT_STARTED = "agent_started"
    AGENT_WAITS = "agent_waits"
    AGENT_RESOLVED = "agent_resolved"
    AGENT_CLOSED = "agent_closed"
    AGENT_REOPENED = "agent_reopened"
    MERGED = "merged"
    REMINDED = "reminded"
    AUTO_CLOSED = "auto_closed"
    AUTOMATIC_REPLY = "automatic_reply"
    DELIVERY_REPORT = "delivery_report"


_O, _P, _W, _R, _C = Status

#                      open  in_progress  waiting  resolved  closed
TRANSITIONS: Mapping[Trigger, tuple[Status, Status, Status, Status, Status]] = {
    # A requester who writes again to a closed ticket in time reopens it; later: a new ticket.
    Trigger.REQUESTER_WROTE: (_O, _P, _O, _O, _O),
    # Somebody else in the conversation may have what we wait for, but ends nothing and reopens
    # nothing that the requester takes for done.
    Trigger.PARTICIPANT_WROTE: (_O, _P, _O, _R, _C),
    # Thanks are no new question; the assignee is told, and decides.
    Trigger.REQUESTER_THANKED: (_O, _P, _W, _R, _C),
    Trigger.REQUESTER_CONFIRMED: (_C, _C, _C, _C, _C),
    Trigger.REQUESTER_REOPENED: (_O, _P, _O, _O, _O),
    # Who takes a ticket works on it; what waits for the customer goes on waiting.
    Trigger.AGENT_TOOK: (_P, _P, _W, _R, _C),
    Trigger.AGENT_ASSIGNED: (_O, _P, _W, _R, _C),
    # An answer to a closed ticket is a last word, not a new question to the customer.
    Trigger.AGENT_ANSWERED: (_W, _W, _W, _R, _C),
    Trigger.NOTE_ADDED: (_O, _P, _W, _R, _C),
    # What an agent says in plain words is done.
    Trigger.AGENT_OPENED: (_O, _O, _O, _O, _O),
    Trigger.AGENT_STARTED: (_P, _P, _P, _P, _P),
    Trigger.AGENT_WAITS: (_W, _W, _W, _W, _W),
    Trigger.AGENT_RESOLVED: (_R, _R, _R, _R, _R),
    Trigger.AGENT_CLOSED: (_C, _C, _C, _C, _C),
    # What is open already stays with whoever works on it.
    Trigger.AGENT_REOPENED: (_O, _P, _O, _O, _O),
    Trigger.MERGED: (_C, _C, _C, _C, _C),
    Trigger.REMINDED: (_O, _P, _W, _R, _C),
    # Only what was resolved closes by itself: nothing that somebody still waits for.
    Trigger.AUTO_CLOSED: (_O, _P, _W, _C, _C),
    # Programs move nothing: a vacation notice is no answer.
    Trigger.AUTOMATIC_REPLY: (_O, _P, _W, _R, _C),
    Trigger.DELIVERY_REPORT: (_O, _P, _W, _R, _C),
}

SETTING: Mapping[Status, Trigger] = {
    Status.OPEN: Trigger.AGENT_OPENED,
    Status.IN_PROGRESS: Trigger.AGENT_STARTED,
    Status.WAITING: Trigger.AGENT_WAITS,
    Status.RESOLVED: Trigger.AGENT_RESOLVED,
    Status.CLOSED: Trigger.AGENT_CLOSED,
}
"""By which trigger an agent's `status S` gets there."""


def next_status(status: Status, trigger: Trigger) -> Status:
    return TRANSITIONS[trigger][tuple(Status).index(status)]


def takes_mail(ticket: Ticket, now: datetime, reopen_within: timedelta) -> bool:
    """Whether a requester's mail still belongs to this ticket; else it opens a linked new one."""
    if ticket.status is not Status.CLOSED or ticket.closed_at is None:
        return True
    return now - ticket.closed_at <= reopen_within
