"""An outbox entry: the intention to send one mail to one person, written with its cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from helpdesk.core.ticket import EntryId, IntakeId, OutboxId, PersonId, TicketNumber
from helpdesk.core.token import Purpose

MAX_REFERENCES = 20
"""Message-IDs in a References field of ours."""


class Notice(StrEnum):
    """The kinds of outgoing mail; each has a folder of its name in templates/mail."""

    CONFIRMATION = "confirmation"
    NEW_TICKET = "new_ticket"
    CUSTOMER_REPLIED = "customer_replied"
    ANSWER = "answer"
    DELIVERY_TROUBLE = "delivery_trouble"
    ANSWER_PARKED = "answer_parked"
    WAS_THIS_YOU = "was_this_you"
    RECEIPT = "receipt"
    TICKET_ASSIGNED = "ticket_assigned"
    STATUS_CHANGED = "status_changed"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    REMINDER = "reminder"
    CLOSE_AHEAD = "close_ahead"
    TICKET_LIST = "ticket_list"
    MAIL_TEST = "mail_test"
    CUSTOMER_RECEIPT = "customer_receipt"
    ASSIGNED = "assigned"
    NOTE_ADDED = "note_added"
    CUSTOMER_ACTED = "customer_acted"
    TARGET_WARNING = "target_warning"
    TARGET_MISSED = "target_missed"
    AWAKE = "awake"
    RIGHT = "right"
    """To the customer: the ticket is on hold, goes on, was given back, or its work is used up."""
    BUDGET = "budget"
    DIGEST = "digest"
    WEEKLY_REPORT = "weekly_report"
    LICENSE_KNOWN = "license_known"
    FILES_REFUSED = "files_refused"
    """To the customer: files of his were not passed on."""
    SMS = "sms"
    """A short text through a gateway from mail to SMS, beside another notice."""


TO_CUSTOMERS = frozenset(
    {
        Notice.CONFIRMATION,
        Notice.ANSWER,
        Notice.TICKET_ASSIGNED,
        Notice.STATUS_CHANGED,
        Notice.RESOLVED,
        Notice.CLOSED,
        Notice.REOPENED,
        Notice.REMINDER,
        Notice.CLOSE_AHEAD,
        Notice.RIGHT,
        Notice.TICKET_LIST,
        Notice.MAIL_TEST,
        Notice.CUSTOMER_RECEIPT,
        Notice.FILES_REFUSED,
        Notice.SMS,
    }
)
"""What customers get; everything else goes to agents."""
WITHOUT_TICKET = frozenset(
    {
        Notice.TICKET_LIST,
        Notice.MAIL_TEST,
        Notice.CUSTOMER_RECEIPT,
        Notice.DIGEST,
        Notice.WEEKLY_REPORT,
    }
)
"""What need not be about one ticket: it has a subject of its own."""


class AutoSubmitted(StrEnum):
    """Value of the Auto-Submitted field (RFC 3834 §5); a person's answer has none."""

    NONE = ""
    REPLIED = "auto-replied"
    GENERATED = "auto-generated"


class OutboxState(StrEnum):
    QUEUED = "queued"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    FAILED = "failed"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file to send: a part of a raw message that we keep."""

    intake: IntakeId
    part: str
    filename: str
    content_type: str
    size: int
    sha256: str
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """Everything that is fixed when the outbox entry is written; rendering adds the words."""

    id: OutboxId
    message_id: str
    """Without brackets; never changes, however often we try."""
    notice: Notice
    desk: str
    recipient: str
    created_at: datetime
    variables: Mapping[str, Any]
    """What the template gets: plain JSON values only."""
    recipient_name: str = ""
    person: PersonId | None = None
    ticket: TicketNumber | None = None
    entry: EntryId | None = None
    from_name: str = ""
    from_address: str = ""
    purpose: Purpose | None = None
    """Purpose of the reply token in Reply-To; None: no Reply-To."""
    version: int = 0
    """State version of the ticket that its reader sees."""
    auto_submitted: AutoSubmitted = AutoSubmitted.NONE
    null_reverse_path: bool = False
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    files: tuple[OutgoingFile, ...] = ()
    not_before: datetime | None = None
    """When it may go out; None: at once."""

    @property
    def is_automatic(self) -> bool:
        """Whether it counts against the budgets of its recipient."""
        return self.auto_submitted is not AutoSubmitted.NONE


@dataclass(frozen=True, slots=True)
class SentMail:
    """What a reply token or one of our Message-IDs stands for."""

    id: OutboxId
    message_id: str
    notice: Notice
    purpose: Purpose | None
    desk: str
    recipient: str
    created_at: datetime
    person: PersonId | None = None
    ticket: TicketNumber | None = None
    entry: EntryId | None = None
    version: int = 0
    state: OutboxState = OutboxState.DELIVERED
    offers: frozenset[TicketNumber] = frozenset()
    """The tickets that its list offers to be taken by a click."""
    text: str = ""
    """What it said, where Keys.answered asks for it and it was rendered."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The words of an outgoing mail, rendered once."""

    subject: str
    text: str
    html: str


def offered(variables: Mapping[str, Any]) -> frozenset[TicketNumber]:
    """The tickets of a digest beside which there is a link to take them."""
    listed = variables.get("tickets") or ()
    return frozenset(TicketNumber(each["number"]) for each in listed if each.get("take"))
