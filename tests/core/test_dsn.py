"""Delivery reports: standard ones, damaged ones, and those in plain words."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.dsn import (
    MAX_RECIPIENTS,
    is_report_author,
    is_report_subject,
    read_delivery_report,
)
from helpdesk.core.mail import DeliveryReport, ReportedRecipient
from helpdesk.core.report_parts import ReportPart

DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example>"


def status(text: str) -> ReportPart:
    return ReportPart("message/delivery-status", text.strip().encode())


def read(
    *parts: ReportPart, text: str = "", subject: str = "Undeliverable", author: str = DAEMON
) -> DeliveryReport | None:
    return read_delivery_report(parts, subject=subject, author=author, text=text)


def recipients(
    *parts: ReportPart, text: str = "", subject: str = "Undeliverable"
) -> list[ReportedRecipient]:
    report = read(*parts, text=text, subject=subject)
    return list(report.recipients) if report else []


def only(*parts: ReportPart, text: str = "", subject: str = "Undeliverable") -> ReportedRecipient:
    found = recipients(*parts, text=text, subject=subject)
    assert len(found) == 1
    return found[0]


# --- RFC 3464 -----------------------------------------------------------------------------------

STANDARD = """
Reporting-MTA: dns; mx.example
Arrival-Date: Sat, 21 Nov 2026 10:00:00 +0000

Original-Recipient: rfc822;ana@x.example
Final-Recipient: rfc822; ana.ruiz@inner.x.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; inner.x.example
Diagnostic-Code: smtp; 550 5.1.1 <ana.ruiz@inner.x.example>: no such
 user here
"""


def test_a_standard_report_tells_all_of_a_recipient() -> None:
    assert only(status(STANDARD)) == ReportedRecipient(
        "ana@x.example",
        "5.1.1",
        "failed",
        "550",
        "550 5.1.1 <ana.ruiz@inner.x.example>: no such user here",
    )


def test_every_recipient_is_reported_once() -> None:
    text = """
Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; a@x.example
Action: failed
Status: 5.2.2

Final-Recipient: rfc822; b@x.example
Action: delayed
Status: 4.4.1

Final-Recipient: rfc822; A@x.example
Action: failed
Status: 5.0.0
"""
    found = [(r.address, r.status, r.action, r.is_permanent) for r in recipients(status(text))]

    assert found == [
        ("a@x.example", "5.2.2", "failed", True),
        ("b@x.example", "4.4.1", "delayed", False),
    ]


def test_a_forgotten_empty_line_does_not_hide_the_second_recipient() -> None:
    text = """
Reporting-MTA: dns; mx.example
Final-Recipient: rfc822; a@x.example
Action: failed
Status: 5.1.1
Final-Recipient: rfc822; b@x.example
Action: failed
Status: 5.2.2
"""
    found = [(r.address, r.status) for r in recipients(status(text))]

    assert found == [("a@x.example", "5.1.1"), ("b@x.example", "5.2.2")]


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("rfc822; <ana@x.example>", "ana@x.example"),
        ("RFC822;ana@x.example", "ana@x.example"),
        ("ana@x.example", "ana@x.example"),
        ("rfc822; ana@x.example (Ana)", "ana@x.example"),
        ("rfc822;ana+2Btag+3D1@x.example", "ana+tag=1@x.example"),
        ("utf-8; \\x{E4}nne@x.example", "änne@x.example"),
        ("utf-8;änne@x.example", "änne@x.example"),
        ("utf-8; a\\x{D800}\\x{FFFFFF}\\x{41}b@x.example", "ab@x.example"),
    ],
)
def test_an_address_is_read_in_all_its_writings(field: str, address: str) -> None:
    found = only(status(f"Final-Recipient: {field}\nAction: failed\nStatus: 5.1.1"))

    assert found.address == address


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("Status: 5.1.1", "5.1.1"),
        ("Status: 5.1.1 (bad mailbox)", "5.1.1"),
        ("Status: 5.0.0\nDiagnostic-Code: smtp; 550 5.7.26 not authentic", "5.7.26"),
        ("Status: 5.0.0\nDiagnostic-Code: smtp; 550-5.7.26 not 550 5.7.26 so", "5.7.26"),
        ("Status: 5.0.0\nDiagnostic-Code: smtp; 550 no such user", "5.0.0"),
        ("Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.7.1 x", "5.1.1"),
        ("Diagnostic-Code: smtp; 552 #5.2.2 full", "5.2.2"),
        ("Status: 5.0.0\nDiagnostic-Code: smtp; 550 from 5.1.1.9 and 15.1.1", "5.0.0"),
        ("Status: unknown", ""),
    ],
)
def test_a_telling_code_of_the_diagnostic_beats_a_general_one(fields: str, code: str) -> None:
    found = only(status(f"Final-Recipient: rfc822; ana@x.example\nAction: failed\n{fields}"))

    assert found.status == code


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ("Action: Failed\nStatus: 5.1.1", "failed"),
        ("Action: failed (too old)\nStatus: 4.4.7", "failed"),
        ("Action: delayed\nStatus: 4.4.7", "delayed"),
        ("Action: delivered\nStatus: 2.0.0", "delivered"),
        ("Action: relayed\nStatus: 2.0.0", "relayed"),
        ("Action: expanded\nStatus: 2.0.0", "expanded"),
        ("Status: 4.4.7", "delayed"),
        ("Status: 2.0.0", "delivered"),
        ("Action: deleted\nStatus: 5.1.1", "failed"),
    ],
)
def test_the_action_is_stated_or_follows_from_the_status(fields: str, action: str) -> None:
    assert only(status(f"Final-Recipient: rfc822; ana@x.example\n{fields}")).action == action


def test_the_words_of_the_report_help_out_where_its_fields_are_general() -> None:
    text = "<ana@x.example>: host mx.x.example said: 552\n    5.2.2 mailbox full\n"
    fields = status("Final-Recipient: rfc822; ana@x.example\nAction: failed\nStatus: 5.0.0")

    assert only(fields, text=text).status == "5.2.2"


def test_fields_without_an_address_still_tell_status_and_action() -> None:
    fields = status("Final-Recipient: rfc822; /var/mail/ana\nAction: delayed\nStatus: 4.2.2")
    returned = ReportPart("text/rfc822-headers", b"To: Ana <ana@x.example>\nMessage-ID: <1@y>\n")

    found = only(fields, returned)

    assert (found.address, found.status, found.action) == ("ana@x.example", "4.2.2", "delayed")


@pytest.mark.parametrize(
    "part",
    [
        ReportPart("message/rfc822", b"Received: x\r\nMessage-Id:\r\n <7@desk.example>\r\n\r\nHi"),
        ReportPart("text/rfc822-headers", b"MESSAGE-ID: 7@desk.example\n"),
        ReportPart("message/global-headers", b"\nSubject: \xff\nMessage-ID: <7@desk.example>\n"),
    ],
)
def test_the_original_message_is_named(part: ReportPart) -> None:
    report = read(status(STANDARD), part)

    assert report is not None
    assert report.original_message_id == "7@desk.example"


def test_a_message_id_in_the_body_of_the_original_is_not_its_own() -> None:
    report = read(status(STANDARD), ReportPart("message/rfc822", b"To: a\n\nMessage-ID: <8@y>\n"))

    assert report is not None
    assert report.original_message_id == ""


def test_fields_in_the_text_of_a_damaged_report_are_read() -> None:
    text = f"This is a MIME-encapsulated message\n\n--b/x\nContent-Type: x/y\n\n{STANDARD}\n--b/x"

    assert only(text=text).status == "5.1.1"


# --- no delivery report -------------------------------------------------------------------------


def test_an_abuse_report_is_no_delivery_report() -> None:
    part = ReportPart("message/feedback-report", b"Feedback-Type: abuse")

    assert read(part, status(STANDARD)) is None


def test_a_read_receipt_is_none_but_a_refusal_in_its_form_is_one() -> None:
    part = ReportPart("message/disposition-notification", b"Final-Recipient: rfc822; a@x.example")

    assert read(part, text="Your message to <a@x.example> was displayed.") is None
    assert only(part, text="Your message to <a@x.example> was automatically rejected:\nFull")


@pytest.mark.parametrize(
    "text",
    [
        "Hello,\nplease reset the password of ana@x.example.\nThanks",
        "Contact me:\nana@x.example\n",
        "",
    ],
)
def test_a_persons_mail_is_no_report(text: str) -> None:
    assert read(text=text, subject="Printer on fire", author="Ana <ana@x.example>") is None


def test_a_report_without_any_recipient_is_none() -> None:
    assert read(text="Something went wrong.") is None
    assert read(status("Reporting-MTA: dns; mx.example")) is None


# --- plain words --------------------------------------------------------------------------------

QMAIL = """
Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ana@x.example>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 unknown user
Giving up on 192.0.2.1.

<bo@x.example>:
Sorry, no mailbox here by that name. (#5.7.17)

--- Below this line is a copy of the message.

Return-Path: <desk@y.example>
Message-ID: <7@desk.example>
To: ana@x.example, cy@x.example

Please write to dee@x.example.
"""
POSTFIX = """
This is the mail system at host mx.example.

For further assistance, please send mail to postmaster@mx.example.

                   The mail system

<ana@x.example>: host mx.x.example[192.0.2.1] said: 552-5.2.2 The mailbox of
    <desk@y.example>: is over quota 552 5.2.2 (in reply to RCPT TO command)
"""
EXIM = """
This message was created automatically by mail delivery software.

A message sent by

  <desk@y.example>

could not be delivered to one or more of its recipients. The following
address(es) failed:

  ana@x.example
    (ultimately generated from team@x.example)
    host mx.x.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<ana@x.example>:
    550 5.1.1 No such user

------ This is a copy of the message, including all the headers. ------

Return-path: <desk@y.example>
From: Desk <desk@y.example>
Message-Id: <7@desk.example>
"""
EXCHANGE = """
Your message did not reach some or all of the intended recipients.

      Subject: Printer
      Sent:    21.11.2026 10:00

The following recipient(s) could not be reached:

      ana@x.example on 21.11.2026 10:01
            The e-mail account does not exist. <mx.x.example #5.1.1 smtp;550 no>
"""
OFFICE = """
Delivery has failed to these recipients or groups:

Ana Ruiz (ana@x.example)<mailto:ana@x.example>
The recipient's mailbox is full.

Remote Server returned '554 5.2.2 mailbox full'
"""
SENDMAIL = """
The original message was received at Sat, 21 Nov 2026 10:00:00 GMT
from localhost [127.0.0.1]

   ----- The following addresses had permanent fatal errors -----
<ana@x.example>
    (reason: 550 5.1.1 <ana@x.example>... User unknown)

   ----- Transcript of session follows -----
... while talking to mx.x.example.:
>>> RCPT To:<ana@x.example>
<<< 550 5.1.1 <ana@x.example>... User unknown
"""
OLD_SENDMAIL = """
   ----- Transcript of session follows -----
While talking to mx.x.example:
>>> RCPT To:<ana@x.example>
<<< 550 <ana@x.example>, User Unknown
550 <ana@x.example>... User unknown
   ----- Unsent message follows -----
Received: by mx.example; Sat, 21 Nov 2026 10:00:00 GMT
To: bo@x.example
"""
GMAIL = """
** Address not found **

Your message wasn't delivered to ana@x.example because the address couldn't be found.

The response from the remote server was:
550 5.1.1 <ana@x.example>: Recipient unknown
"""
GERMAN = """
Ihre Nachricht konnte nicht an alle Empfänger zugestellt werden.

Empfänger: [SMTP:ana@x.example]
Grund: 550 5.1.1 unbekannt
"""
LISTED = """
A message that you sent could not be delivered.
    * ana@x.example
550 5.1.1 no such user
"""


@pytest.mark.parametrize(
    ("text", "addresses", "codes"),
    [
        (QMAIL, ["ana@x.example", "bo@x.example"], ["5.1.1", "5.7.17"]),
        (POSTFIX, ["ana@x.example"], ["5.2.2"]),
        (EXIM, ["ana@x.example"], ["5.1.1"]),
        (EXCHANGE, ["ana@x.example"], ["5.1.1"]),
        (OFFICE, ["ana@x.example"], ["5.2.2"]),
        (SENDMAIL, ["ana@x.example"], ["5.1.1"]),
        (OLD_SENDMAIL, ["ana@x.example"], [""]),
        (GMAIL, ["ana@x.example"], ["5.1.1"]),
        (GERMAN, ["ana@x.example"], ["5.1.1"]),
        (LISTED, ["ana@x.example"], ["5.1.1"]),
    ],
    ids=[
        "qmail",
        "postfix",
        "exim",
        "exchange",
        "office",
        "sendmail",
        "old sendmail",
        "gmail",
        "german",
        "listed",
    ],
)
def test_reports_in_plain_words_are_read(text: str, addresses: list[str], codes: list[str]) -> None:
    found = recipients(text=text)

    assert [recipient.address for recipient in found] == addresses
    assert [recipient.status for recipient in found] == codes
    assert {recipient.action for recipient in found} == {"failed"}


def test_the_smtp_code_is_found_where_there_is_no_status() -> None:
    assert only(text=OLD_SENDMAIL).smtp_code == "550"


@pytest.mark.parametrize("text", [QMAIL, EXIM], ids=["qmail", "exim"])
def test_the_original_is_named_by_the_header_in_the_text(text: str) -> None:
    report = read(text=text)

    assert report is not None
    assert report.original_message_id == "7@desk.example"


def test_a_notice_of_delay_is_no_failure() -> None:
    text = (
        "A message that you sent has not yet been delivered to one or more of its\n"
        "recipients after 24 hours. Delivery attempts will continue for some time.\n\n"
        "  ana@x.example\n    421 4.4.1 connection timed out\n"
    )
    found = only(text=text, subject="Warning: message delayed 24 hours")

    assert (found.action, found.status, found.is_permanent) == ("delayed", "4.4.1", False)


def test_giving_up_after_a_delay_is_a_failure() -> None:
    text = "Delivery delayed, will continue... I've given up now.\n<ana@x.example>:\ntimeout\n"

    assert only(text=text).action == "failed"


def test_the_recipient_is_taken_from_the_returned_message_at_last() -> None:
    returned = ReportPart("message/rfc822", b"To: ana@x.example\nMessage-ID: <7@y>\n\nHi\n")
    found = only(returned, text="Your message could not be delivered: mailbox full (552 5.2.2).")

    assert (found.address, found.status) == ("ana@x.example", "5.2.2")


def test_who_sent_the_returned_message_is_not_reported() -> None:
    returned = ReportPart("message/rfc822", b"Return-Path: <desk@y.example>\nTo: ana@x.example\n")
    text = "Mail from\n<desk@y.example>\ncould not be delivered to <ana@x.example>.\n"

    assert only(returned, text=text).address == "ana@x.example"


# --- who and what -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "author",
    [
        "MAILER-DAEMON@mx.example",
        "MAILER-DAEMON",
        "<Postmaster@mx.example>",
        "Mail Delivery Subsystem <x@mx.example>",
        "Microsoft Outlook <MicrosoftExchange1@x.example>",
        "bounces+1@x.example",
    ],
)
def test_mail_systems_are_known_by_their_names(author: str) -> None:
    assert is_report_author(author)


@pytest.mark.parametrize(
    "author",
    ["Ana Ruiz <ana@x.example>", "daemon.smith@x.example", "postmasters@x.example", ""],
)
def test_people_are_no_mail_systems(author: str) -> None:
    assert not is_report_author(author)


@pytest.mark.parametrize(
    "subject",
    [
        "Undelivered Mail Returned to Sender",
        "Undeliverable: Printer",
        "failure notice",
        "Returned mail: see transcript for details",
        "Mail delivery failed: returning message to sender",
        "Delivery Status Notification (Failure)",
        "[team] Mail delivery failed",
        "Unzustellbar: Printer",
        "Échec de la remise : Printer",
        "Non remis : Printer",
        "Onbestelbaar: Printer",
        "未配信: Printer",
        "退信",
        "Недоставленное сообщение",
        "*** Warning: message delayed",
    ],
)
def test_subjects_of_reports_are_known(subject: str) -> None:
    assert is_report_subject(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "Fwd: Undelivered Mail Returned to Sender",
        "Re: failure notice",
        "WG: Unzustellbar: Printer",
        "Printer on fire",
        "Question about delivery reports",
        "",
    ],
)
def test_subjects_of_people_are_none(subject: str) -> None:
    assert not is_report_subject(subject)


def test_a_nul_in_a_report_is_left_out() -> None:
    found = only(
        status("Final-Recipient: rfc822; a@b\x00.example\nDiagnostic-Code: smtp; 550 \x00no")
    )

    assert (found.address, found.diagnostic) == ("a@b.example", "550 no")


# --- hostile ------------------------------------------------------------------------------------


@given(st.binary(max_size=200), st.text(max_size=200), st.text(max_size=40))
def test_reading_never_raises(content: bytes, text: str, subject: str) -> None:
    part = ReportPart("message/delivery-status", b"Final-Recipient: rfc822; a@b\n" + content)
    report = read(part, ReportPart("message/rfc822", content), text=text, subject=subject)

    assert report is None or report.recipients


@pytest.mark.parametrize(
    "bomb",
    [
        "to ",
        "@",
        "a@",
        "a@b.c\n",
        "to a@b\n",
        '"' * 39 + "a@b\n",
        "-" * 999 + "\n",
        "below " * 160 + "\n",
        "550 5.1.",
        "Final-Recipient: rfc822; a@b\n",
        " x\n",
        "fail deliver ",
        "[ ]: ",
    ],
)
def test_a_hostile_report_is_read_in_time(bomb: str) -> None:
    text = bomb * (300_000 // len(bomb))
    start = time.process_time()
    read(status(text), text=text, subject=text, author=text)
    is_report_author(text)

    assert time.process_time() - start < 2


def test_many_recipients_are_read_in_time_and_not_without_end() -> None:
    text = "".join(f"<a{number}@x.example>\n" for number in range(3_000))
    fields = "".join(f"Final-Recipient: rfc822; a{n}@x.example\n\n" for n in range(3_000))
    start = time.process_time()

    assert len(recipients(text=text)) == MAX_RECIPIENTS
    assert len(recipients(status(fields), text=text)) == MAX_RECIPIENTS
    assert time.process_time() - start < 3
