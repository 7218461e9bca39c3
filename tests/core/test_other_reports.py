"""Complaints about mail of ours, and what programs say became of it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.mail import Disposition, Feedback
from helpdesk.core.other_reports import read_disposition, read_feedback
from helpdesk.core.report_parts import ReportPart

COMPLAINT = """
Feedback-Type: Abuse
User-Agent: Reporter/0.1
Version: 1
Original-Mail-From: <support@example.com>
Original-Rcpt-To: <ana@x.example>
Original-Rcpt-To: bo@x.example
Original-Rcpt-To: ANA@x.example
Arrival-Date: Sat, 21 Nov 2026 10:00:00 +0000
Reporting-MTA: dns; mail.x.example
Source-IP: 192.0.2.1
"""
RETURNED = b"""From: support@example.com
To: Ana <ana@x.example>
Message-ID:
 <sent-1@example.com>
Subject: hello

Text
"""
RECEIPT = """
Reporting-UA: x.example; Mailer 1.0
Original-Recipient: rfc822;ana@x.example
Final-Recipient: rfc822; ana.ruiz@inner.x.example
Original-Message-ID: <sent-1@example.com>
Disposition: manual-action/MDN-sent-manually; displayed
"""


def complaint(text: str = COMPLAINT, *more: ReportPart) -> Feedback | None:
    return read_feedback([ReportPart("message/feedback-report", text.strip().encode()), *more])


def receipt(text: str = RECEIPT, *more: ReportPart) -> Disposition | None:
    part = ReportPart("message/disposition-notification", text.strip().encode())
    return read_disposition([ReportPart("text/plain", b"Read."), part, *more])


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_complaint_names_kind_recipients_reporter_and_the_mail(kind: str) -> None:
    assert complaint(COMPLAINT, ReportPart(kind, RETURNED)) == Feedback(
        kind="abuse",
        recipients=("ANA@x.example", "bo@x.example"),
        original_message_id="sent-1@example.com",
        reporter="mail.x.example",
        source="192.0.2.1",
    )


def test_where_a_complaint_hides_the_recipient_the_mail_still_names_him() -> None:
    found = complaint(
        "Feedback-Type: abuse\nUser-Agent: R/1\nOriginal-Rcpt-To: [redacted]",
        ReportPart("message/rfc822", RETURNED),
    )

    assert found is not None
    assert (found.recipients, found.reporter) == (("ana@x.example",), "R/1")


@pytest.mark.parametrize(
    ("stated", "kind"),
    [("FRAUD", "fraud"), ("not-spam", "not-spam"), ("opt-out; x", "opt-out"), ("", "abuse")],
)
def test_the_kind_of_a_complaint_is_one_word(stated: str, kind: str) -> None:
    found = complaint(f"Feedback-Type: {stated}\nVersion: 1")

    assert found is not None
    assert found.kind == kind


def test_a_receipt_tells_what_became_of_the_mail() -> None:
    assert receipt() == Disposition("displayed", "ana@x.example", "sent-1@example.com")


@pytest.mark.parametrize(
    ("stated", "kind", "is_automatic"),
    [
        ("automatic-action/MDN-sent-automatically; deleted", "deleted", True),
        ("automatic-action/MDN-sent-automatically;displayed/error", "displayed", True),
        ("Manual-Action/MDN-Sent-Manually; Displayed", "displayed", False),
        ("manual-action/MDN-sent-automatically; dispatched", "dispatched", False),
        ("automatic-action/MDN-sent-automatically;\n processed", "processed", True),
        ("displayed", "displayed", False),
        ("", "", False),
    ],
)
def test_a_disposition_is_read_in_all_its_writings(
    stated: str,
    kind: str,
    is_automatic: bool,  # noqa: FBT001  # a column
) -> None:
    found = receipt(f"Final-Recipient: rfc822;ana@x.example\nDisposition: {stated}")

    assert found is not None
    assert (found.kind, found.is_automatic) == (kind, is_automatic)


def test_a_receipt_that_names_no_mail_may_have_its_header() -> None:
    found = receipt("Disposition: x; displayed", ReportPart("text/rfc822-headers", RETURNED))

    assert found is not None
    assert found.original_message_id == "sent-1@example.com"


def test_other_parts_are_neither() -> None:
    parts = [
        ReportPart("message/delivery-status", b"Action: failed"),
        ReportPart("text/plain", b""),
    ]

    assert read_feedback(parts) is None
    assert read_disposition(parts) is None


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_there_is_an_answer(content: bytes) -> None:
    assert read_feedback([ReportPart("message/feedback-report", content)]) is not None
    assert read_disposition([ReportPart("message/disposition-notification", content)]) is not None


@pytest.mark.parametrize("piece", [b"a: b\n", b" x\n", b"a:\n b", b"Original-Rcpt-To: a@b.c\n"])
def test_the_time_is_linear(piece: bytes) -> None:
    begin = time.process_time()
    read_feedback([ReportPart("message/feedback-report", piece * 100_000)])

    assert time.process_time() - begin < 0.5
