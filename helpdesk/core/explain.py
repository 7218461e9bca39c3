"""What the gateway makes of one mail, in plain values that can be printed."""

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from helpdesk.core.absence import absence_of
from helpdesk.core.classify import AutomaticPolicy, classify
from helpdesk.core.mail import (
    AttachedMessage,
    Attachment,
    Forwarded,
    Mail,
    Mailbox,
    Message,
    Protection,
)
from helpdesk.core.policy import Policy
from helpdesk.core.subject import ticket_mentions
from helpdesk.core.token import LENGTH

MOST_REFERENCES = 50
_NO_POLICY = AutomaticPolicy()
_TOKEN_SHAPE = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z2-7]{{{LENGTH}}}(?=@)")


def automatic_policy(policy: Policy) -> AutomaticPolicy:
    """For a mail without an envelope, which could be for any desk."""
    desks = policy.desks
    return AutomaticPolicy(
        own_addresses=frozenset(desk.address for desk in desks),
        own_list_ids=frozenset(own for desk in desks for own in desk.list_ids),
        automatic_senders=frozenset(each for desk in desks for each in desk.automatic_senders),
    )


def explain(
    mail: Mail,
    *,
    prefix: str = "TICK",
    policy: AutomaticPolicy = _NO_POLICY,
    own_message_id: Callable[[str], bool] = lambda _text: False,
) -> dict[str, Any]:
    """The object that `helpdesk explain --json` prints, without `file`."""
    message = mail.message
    classification = classify(mail, policy, own_message_id)
    away = absence_of(mail, classification)
    return {
        "kind": classification.kind.value,
        "reason": classification.reason,
        "may_auto_respond": classification.may_auto_respond,
        "subject": message.subject,
        "from": _mailbox(message.author) if message.author else None,
        "to": [_mailbox(each) for each in message.to],
        "cc": [_mailbox(each) for each in message.cc],
        "date": message.date.isoformat() if message.date else None,
        "message_id": message.message_id or None,
        "text": message.words.text,
        "reply_text": message.words.new,
        "signature": message.words.signature,
        "quoted_text": message.words.quoted,
        "banner": message.words.banner,
        "spans": [
            {"start": span.start, "end": span.end, "kind": span.kind}
            for span in message.words.spans
        ],
        "attachments": [_attachment(each) for each in message.attachments],
        "delivery_report": _delivery_report(message),
        "feedback": asdict(message.feedback) if message.feedback else None,
        "disposition": asdict(message.disposition) if message.disposition else None,
        "away_until": away.isoformat() if away else None,
        "forwarded": _forwarded(message.forwarded) if message.forwarded else None,
        "attached_messages": [_attached(each) for each in message.attached],
        "protection": _protection(message.protection) if message.protection else None,
        "ticket_references": list(ticket_references(message, prefix)),
        "license_keys": [each.key for each in message.keys],
        "keys": [
            {"key": each.key, "provider": each.provider, "quoted": each.quoted}
            for each in message.keys
        ],
        "defects": list(message.defects),
    }


def ticket_references(message: Message, prefix: str) -> tuple[str, ...]:
    """Ticket numbers in subject and new words, and what looks like a reply token of ours."""
    found = dict.fromkeys(ticket_mentions(f"{message.subject}\n{message.words.new}", prefix))
    fields = ("to", "cc", "x-original-to", "delivered-to", "envelope-to")
    for name in fields:
        for value in message.all_fields(name):
            found |= dict.fromkeys(_TOKEN_SHAPE.findall(value))
    return tuple(found)[:MOST_REFERENCES]


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    return {"address": mailbox.address, "name": mailbox.name}


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return {
        "filename": attachment.filename if attachment.stated_name else None,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "inline": attachment.inline,
        "content_id": attachment.content_id or None,
        "executable": attachment.executable,
        "in_archive": list(attachment.in_archive),
        "summary": attachment.summary,
    }


def _protection(protection: Protection) -> dict[str, Any]:
    return {
        "scheme": protection.scheme,
        "encrypted": protection.is_encrypted,
        "signed": protection.is_signed,
    }


def _attached(attached: AttachedMessage) -> dict[str, Any]:
    return {
        "from": _mailbox(attached.author) if attached.author else None,
        "subject": attached.subject,
        "date": attached.date.isoformat() if attached.date else None,
        "message_id": attached.message_id or None,
        "text": attached.text,
        "filenames": list(attached.filenames),
    }


def _delivery_report(message: Message) -> dict[str, Any] | None:
    report = message.report
    if report is None:
        return None
    return {
        "recipients": [
            {
                "address": each.address,
                "status": each.status or None,
                "action": each.action,
                "smtp_code": each.smtp_code or None,
                "diagnostic": each.diagnostic,
            }
            for each in report.recipients
        ],
        "original_message_id": report.original_message_id or None,
    }


def _forwarded(forwarded: Forwarded) -> dict[str, Any]:
    return {
        "from": _mailbox(forwarded.author) if forwarded.author else None,
        "subject": forwarded.subject,
        "text": forwarded.text,
        "note": forwarded.note,
        "date": forwarded.date or None,
    }
