"""Outgoing mails for tests: name only what matters."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpdesk.core.outgoing import AutoSubmitted, Notice, OutgoingMail
from helpdesk.core.policy import Desk, Policy
from helpdesk.core.ticket import OutboxId
from helpdesk.core.token import Keyring, Purpose
from helpdesk.outbound.samples import SAMPLE

TEMPLATES = Path(__file__).parent.parent.parent / "templates" / "mail"
DESK = Desk("support", "support@example.test", "Example Support")
POLICY = Policy((DESK,), notifications_address="notifications@example.test")
KEYRING = Keyring({1: b"k" * 32}, current=1)


def outgoing(notice: Notice = Notice.ANSWER, **more: Any) -> OutgoingMail:
    """An outgoing mail with the sample variables; name only what matters."""
    fields: dict[str, Any] = {
        "id": OutboxId(7),
        "message_id": "own-id@example.test",
        "notice": notice,
        "desk": "support",
        "recipient": "ana@example.test",
        "recipient_name": "Ana Ruiz",
        "created_at": datetime(2026, 11, 21, 22, 40, tzinfo=UTC),
        "variables": SAMPLE,
        "purpose": Purpose.CUSTOMER,
        "auto_submitted": AutoSubmitted.NONE,
    }
    return OutgoingMail(**(fields | more))
