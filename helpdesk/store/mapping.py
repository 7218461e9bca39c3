"""Rows to core values and back; bad data stops here."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from helpdesk.core.address import lookup_key
from helpdesk.core.clocks import Clock, from_values, to_values
from helpdesk.core.decision import Decision, Seen, Verdict
from helpdesk.core.files import is_counted, is_new_logo
from helpdesk.core.license import (
    Activation,
    LicenseAnswer,
    LicenseRecord,
    LicenseState,
    LookupOutcome,
)
from helpdesk.core.mail import Arrival, Attachment, Envelope, Trust
from helpdesk.core.outgoing import (
    AutoSubmitted,
    Notice,
    OutboxState,
    OutgoingFile,
    OutgoingMail,
    Rendered,
    SentMail,
    offered,
)
from helpdesk.core.ticket import (
    NO_RIGHT,
    Entry,
    EntryId,
    EntryKind,
    IntakeId,
    License,
    OutboxId,
    PersonId,
    Right,
    RightState,
    Status,
    Ticket,
    TicketNumber,
    Visibility,
)
from helpdesk.core.token import Purpose

Values = dict[str, Any]
Columns = RowMapping

# Mappings that are no dict are taken for one.
_encode = json.JSONEncoder(separators=(",", ":"), default=dict).encode


def to_json(value: object) -> str:
    # Most lists are empty, and this is asked for every mail.
    return "[]" if value == () else _encode(value)


def texts(column: str) -> tuple[str, ...]:
    return () if column == "[]" else tuple(json.loads(column))


# --- tickets ------------------------------------------------------------------------------------


def ticket_values(ticket: Ticket) -> Values:
    return {
        "number": ticket.number,
        "desk": ticket.desk,
        "subject": ticket.subject,
        "requester": ticket.requester,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "status": ticket.status.value,
        "priority": ticket.priority,
        "category": ticket.category,
        "assignee": ticket.assignee,
        "version": ticket.version,
        "first_response_at": ticket.first_response_at,
        "closed_at": ticket.closed_at,
        "merged_into": ticket.merged_into,
        "possibly_about": ticket.possibly_about,
        "references_json": to_json(ticket.references),
        "service_level": ticket.service_level,
        "status_since": ticket.status_since,
        "reminded_at": ticket.reminded_at,
        "snoozed_until": ticket.snoozed_until,
        "clocks_json": to_json(to_values(ticket.clocks)) if ticket.clocks else "[]",
        "target_at": ticket.target_at,
        "due_at": ticket.due_at,
        **right_values(ticket.right),
    }


def right_values(right: Right) -> Values:
    if right == NO_RIGHT:
        return {"right_state": "", "held_at": None, "right_json": ""}
    values = asdict(right)
    for name in ("state", "held_at"):
        del values[name]
    values["check_at"] = right.check_at.isoformat() if right.check_at else None
    return {
        "right_state": right.state.value,
        "held_at": right.held_at,
        "right_json": _encode(values),
    }


def right_from(row: Columns) -> Right:
    if not row["right_json"]:
        return NO_RIGHT
    values = json.loads(row["right_json"])
    values["check_at"] = _time(values["check_at"])
    return Right(RightState(row["right_state"]), held_at=row["held_at"], **values)


def ticket_from(row: Columns) -> Ticket:
    return Ticket(
        number=TicketNumber(row["number"]),
        desk=row["desk"],
        subject=row["subject"],
        requester=PersonId(row["requester"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        status=Status(row["status"]),
        priority=row["priority"],
        category=row["category"],
        assignee=row["assignee"],
        version=row["version"],
        first_response_at=row["first_response_at"],
        closed_at=row["closed_at"],
        merged_into=row["merged_into"],
        possibly_about=row["possibly_about"],
        references=texts(row["references_json"]),
        service_level=row["service_level"],
        status_since=row["status_since"],
        reminded_at=row["reminded_at"],
        snoozed_until=row["snoozed_until"],
        clocks=clocks_from(row["clocks_json"]),
        right=right_from(row),
        due_at=row["due_at"],
    )


def clocks_from(column: str) -> tuple[Clock, ...]:
    """Raises KeyError, TypeError or ValueError for what `ticket_values` did not write."""
    return () if column == "[]" else from_values(json.loads(column))


def entry_values(entry: Entry) -> Values:
    return {
        "id": entry.id,
        "ticket": entry.ticket,
        "kind": entry.kind.value,
        "at": entry.at,
        "visibility": entry.visibility.value,
        "author": entry.author,
        "author_address": entry.author_address,
        "author_name": entry.author_name,
        "message_id": entry.message_id,
        "intake": entry.intake,
        "parked": entry.parked,
        "reason": entry.reason,
        "version": entry.version,
        "text": entry.text,
        "full_text": entry.full_text,
        "minutes": entry.minutes,
    }


def entry_from(row: Columns, attachments: tuple[Attachment, ...] = ()) -> Entry:
    return Entry(
        id=EntryId(row["id"]),
        ticket=TicketNumber(row["ticket"]),
        kind=EntryKind(row["kind"]),
        at=row["at"],
        visibility=Visibility(row["visibility"]),
        author=row["author"],
        author_address=row["author_address"],
        author_name=row["author_name"],
        text=row["text"],
        full_text=row["full_text"],
        message_id=row["message_id"],
        intake=row["intake"],
        attachments=attachments,
        parked=row["parked"],
        reason=row["reason"],
        version=row["version"],
        minutes=row["minutes"],
    )


def attachment_values(entry: Entry, position: int, attachment: Attachment) -> Values:
    is_customers = entry.kind is EntryKind.MESSAGE
    return {
        "entry": entry.id,
        "position": position,
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "inline": attachment.inline,
        "content_id": attachment.content_id,
        "part": attachment.part,
        "stated_name": attachment.stated_name,
        "quoted": attachment.quoted,
        "recurs": attachment.recurs,
        "refused": attachment.refused,
        "summary": attachment.summary,
        "counted": is_customers and is_counted(attachment),
        "logo_of": entry.author if is_customers and is_new_logo(attachment) else None,
    }


def attachment_from(row: Columns) -> Attachment:
    return Attachment(
        filename=row["filename"],
        content_type=row["content_type"],
        size=row["size"],
        sha256=row["sha256"],
        inline=row["inline"],
        content_id=row["content_id"],
        part=row["part"],
        stated_name=row["stated_name"],
        quoted=row["quoted"],
        recurs=row["recurs"],
        refused=row["refused"],
        summary=row["summary"],
    )


def license_values(ticket: TicketNumber, position: int, found: License) -> Values:
    return {
        "ticket": ticket,
        "provider": found.provider,
        "fingerprint": found.fingerprint,
        "position": position,
        "masked": found.masked,
        "state": "unknown",  # what is known of it stands with the answers
        "quoted": found.quoted,
        "intake": found.intake,
    }


def license_from(row: Columns) -> License:
    return License(
        provider=row["provider"],
        masked=row["masked"],
        fingerprint=row["fingerprint"],
        quoted=row["quoted"],
        intake=row["intake"],
    )


def answer_values(answer: LicenseAnswer) -> Values:
    return {
        "outcome": answer.outcome.value if answer.outcome else "",
        "record_json": _record_json(answer.record) if answer.record else "",
        "asked_at": answer.asked_at,
        "trouble": answer.trouble.value if answer.trouble else "",
        "tries": answer.tries,
    }


def answer_from(row: Columns) -> LicenseAnswer:
    return LicenseAnswer(
        outcome=LookupOutcome(row["outcome"]) if row["outcome"] else None,
        record=_record_from(json.loads(row["record_json"])) if row["record_json"] else None,
        asked_at=row["asked_at"],
        trouble=LookupOutcome(row["trouble"]) if row["trouble"] else None,
        tries=row["tries"],
    )


_TIMES = ("expires_at", "support_until")


def _record_json(record: LicenseRecord) -> str:
    values = asdict(record)
    for name in _TIMES:
        values[name] = values[name].isoformat() if values[name] else None
    for activation in values["activations"]:
        activation["at"] = activation["at"].isoformat() if activation["at"] else None
    return _encode(values)


def _record_from(values: Values) -> LicenseRecord:
    for name in _TIMES:
        values[name] = _time(values[name])
    activations = (
        Activation(each["name"], each["platform"], _time(each["at"]))
        for each in values["activations"]
    )
    return LicenseRecord(
        **values
        | {
            "state": LicenseState(values["state"]),
            "activations": tuple(activations),
            "owner_addresses": tuple(values["owner_addresses"]),
        }
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


# --- intake -------------------------------------------------------------------------------------


def arrival_values(arrival: Arrival) -> Values:
    return {
        "source": arrival.source,
        "received_at": arrival.received_at,
        "reverse_path": arrival.envelope.reverse_path,
        "recipients_json": to_json(arrival.envelope.recipients),
        "peer": arrival.trust.peer,
        "authserv_id": arrival.trust.authserv_id,
        "network": arrival.trust.network,
        "login": arrival.trust.user,
        "origin": arrival.origin or None,
    }


def arrival_from(row: Columns) -> Arrival:
    return Arrival(
        envelope=Envelope(row["reverse_path"], texts(row["recipients_json"])),
        source=row["source"],
        received_at=row["received_at"],
        trust=Trust(row["peer"], row["authserv_id"], row["network"], row["login"]),
        origin=row["origin"] or "",
    )


def seen_from(row: Columns) -> Seen:
    return Seen(
        intake=IntakeId(row["id"]),
        verdict=Verdict(row["verdict"]),
        ticket=row["ticket"],
        desks=texts(row["desks_json"]),
    )


def evidence_json(decision: Decision) -> str:
    return to_json([[step.step, step.outcome, step.detail] for step in decision.evidence])


# --- outbox -------------------------------------------------------------------------------------


def outgoing_values(mail: OutgoingMail) -> Values:
    return {
        "id": mail.id,
        "message_id": mail.message_id,
        "notice": mail.notice.value,
        "desk": mail.desk,
        "recipient": mail.recipient,
        "recipient_key": lookup_key(mail.recipient),
        "recipient_name": mail.recipient_name,
        "person": mail.person,
        "ticket": mail.ticket,
        "entry": mail.entry,
        "from_name": mail.from_name,
        "from_address": mail.from_address,
        "purpose": mail.purpose.value if mail.purpose else None,
        "version": mail.version,
        "auto_submitted": mail.auto_submitted.value,
        "null_reverse_path": mail.null_reverse_path,
        "in_reply_to": mail.in_reply_to,
        "references_json": to_json(mail.references),
        "files_json": to_json(tuple(_file_values(file) for file in mail.files)),
        "variables_json": to_json(mail.variables),
        "created_at": mail.created_at,
    }


def _file_values(file: OutgoingFile) -> Values:
    return {
        "intake": file.intake,
        "part": file.part,
        "filename": file.filename,
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.sha256,
        "content_id": file.content_id,
        "inline": file.inline,
    }


def outgoing_from(row: Columns) -> OutgoingMail:
    return OutgoingMail(
        id=OutboxId(row["id"]),
        message_id=row["message_id"],
        notice=Notice(row["notice"]),
        desk=row["desk"],
        recipient=row["recipient"],
        created_at=row["created_at"],
        variables=json.loads(row["variables_json"]),
        recipient_name=row["recipient_name"],
        person=row["person"],
        ticket=row["ticket"],
        entry=row["entry"],
        from_name=row["from_name"],
        from_address=row["from_address"],
        purpose=Purpose(row["purpose"]) if row["purpose"] else None,
        version=row["version"],
        auto_submitted=AutoSubmitted(row["auto_submitted"]),
        null_reverse_path=row["null_reverse_path"],
        in_reply_to=row["in_reply_to"],
        references=texts(row["references_json"]),
        files=tuple(OutgoingFile(**values) for values in json.loads(row["files_json"])),
    )


def sent_from(row: Columns) -> SentMail:
    return SentMail(
        id=OutboxId(row["id"]),
        message_id=row["message_id"],
        notice=Notice(row["notice"]),
        purpose=Purpose(row["purpose"]) if row["purpose"] else None,
        desk=row["desk"],
        recipient=row["recipient"],
        created_at=row["created_at"],
        person=row["person"],
        ticket=row["ticket"],
        entry=row["entry"],
        version=row["version"],
        state=OutboxState(row["state"]),
    )


def sent_of(mail: OutgoingMail) -> SentMail:
    """What a mail written in this very work stands for."""
    return SentMail(
        id=mail.id,
        message_id=mail.message_id,
        notice=mail.notice,
        purpose=mail.purpose,
        desk=mail.desk,
        recipient=mail.recipient,
        created_at=mail.created_at,
        person=mail.person,
        ticket=mail.ticket,
        entry=mail.entry,
        version=mail.version,
        state=OutboxState.QUEUED,
        offers=offered(mail.variables) if mail.purpose is Purpose.TAKE else frozenset(),
    )


def new_outbox_values(mail: OutgoingMail, due_at: datetime) -> Values:
    return outgoing_values(mail) | {
        "state": OutboxState.QUEUED.value,
        "attempts": 0,
        "due_at": max(due_at, mail.not_before or due_at),
        "last_detail": "",
    }


def rendered_json(rendered: Rendered) -> str:
    return to_json([rendered.subject, rendered.text, rendered.html])


def rendered_from(column: str | None) -> Rendered | None:
    return Rendered(*json.loads(column)) if column else None
