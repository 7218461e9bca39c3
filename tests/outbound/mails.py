"""Outgoing mails for tests: name only what matters."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpdesk.core.outgoing import AutoSubmitted, Notice, OutgoingMail
from helpdesk.core.policy import Desk, Policy
from helpdesk.core.sentences import in_language, whole
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


def german(text: str) -> str:
    """What our sentence is to a German reader."""
    found = in_language("de", text)
    return in_language("de", whole(found)) if text[:1].isupper() else found


def said_in_german(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The same with our sentences as the core says them to a German reader."""
    facts = [
        fact | {"value": ", ".join(map(german, fact["value"].split(", ")))}
        for fact in variables["facts"]
    ]
    return {
        **variables,
        "language": "de",
        "warnings": [german(words) for words in variables["warnings"]],
        "outcome": german(variables["outcome"]),
        "reason": "; ".join(map(german, variables["reason"].split("; "))),
        "lines": [line | {"words": german(line["words"])} for line in variables["lines"]],
        "told": [words.replace("(answer)", f"({german('answer')})") for words in variables["told"]],
        "facts": facts,
    }
