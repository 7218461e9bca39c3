"""Stories over real sockets: what customers, agents and strangers experience."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from freezegun import freeze_time

from tests.databases import ONLY_SQLITE
from tests.scenarios.office import (
    AGENT,
    CUSTOMER,
    SUPPORT,
    Office,
    html_of,
    letter,
    reply_to,
    text_of,
)

Client = Callable[[EmailMessage], tuple[str, str]]

KEY = "MPDWY-PQAOW-FKSCH-SGAAU"
PROGRAM = b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + bytes(1_500)
SCREENSHOT = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


async def open_ticket(office: Office) -> tuple[EmailMessage, EmailMessage]:
    """The confirmation and the agent's notification of a first mail."""
    await office.deliver(letter(name="Ana Ruiz"))
    return office.one_mail(CUSTOMER), office.one_mail(AGENT)


async def test_a_conversation_from_first_mail_to_second_question(office: Office) -> None:
    first = letter(name="Ana Ruiz", body=f"It burns.\nMy key is {KEY}.\n")
    first.add_attachment(SCREENSHOT, maintype="image", subtype="png", filename="fire.png")
    await office.deliver(first)

    confirmation = office.one_mail(CUSTOMER)
    assert "TICK-1001" in str(confirmation["Subject"])
    assert confirmation["Auto-Submitted"] == "auto-replied"
    assert confirmation["Return-Path"] == "<>"
    assert KEY not in confirmation.as_string()

    notification = office.one_mail(AGENT)
    assert "It burns." in text_of(notification)
    assert "SGAAU" in text_of(notification)
    (attached,) = notification.iter_attachments()
    assert attached.get_filename() == "fire.png"
    assert attached.get_content() == SCREENSHOT
    assert notification["From"].addresses[0].addr_spec == "notifications@example.test"

    await office.deliver(reply_to(notification, AGENT, "Use water, Ana.\n", dmarc=""), via="local")
    answer = office.one_mail(CUSTOMER)
    assert "Use water, Ana." in text_of(answer)
    assert answer["From"].addresses[0].display_name == "Bob Agent (Example Support)"
    assert answer["From"].addresses[0].addr_spec == SUPPORT
    assert answer["Auto-Submitted"] is None
    assert answer["In-Reply-To"] == first["Message-ID"]
    assert AGENT not in answer.as_string()

    await office.deliver(reply_to(answer, CUSTOMER, "It went out. Thank you!\n"))
    again = office.one_mail(AGENT)
    assert "It went out. Thank you!" in text_of(again)
    assert office.new_mail(CUSTOMER) == []
    assert await office.tickets() == 1


async def test_a_program_is_kept_from_agents_and_its_sender_reads_why(office: Office) -> None:
    first = letter(name="Ana Ruiz", body="It burns.\n")
    first.add_attachment(PROGRAM, maintype="image", subtype="png", filename="fire.png")
    first.add_attachment(b"all good\n", maintype="text", subtype="plain", filename="fire.log")
    await office.deliver(first)

    confirmation, notification = office.one_mail(CUSTOMER), office.one_mail(AGENT)
    assert "- fire.png: it is a program" in text_of(confirmation)
    assert "fire.png (2 kB), not passed on: program for Windows" in text_of(notification)
    assert [file.get_filename() for file in notification.iter_attachments()] == ["fire.log"]

    second = reply_to(confirmation, CUSTOMER, "Another one.\n")
    second.add_attachment(PROGRAM, maintype="image", subtype="png", filename="ash.png")
    await office.deliver(second)

    assert "- ash.png: it is a program" in text_of(office.one_mail(CUSTOMER))
    assert list(office.one_mail(AGENT).iter_attachments()) == []
    assert await office.tickets() == 1


async def test_a_reply_joins_with_the_subject_changed(office: Office) -> None:
    confirmation, _ = await open_ticket(office)

    await office.deliver(reply_to(confirmation, CUSTOMER, "More.\n", subject="Quite different"))

    assert await office.tickets() == 1


async def test_a_reply_joins_with_the_token_lost_and_the_headers_kept(office: Office) -> None:
    confirmation, _ = await open_ticket(office)

    await office.deliver(reply_to(confirmation, CUSTOMER, "More.\n", to=SUPPORT, subject="x"))

    assert await office.tickets() == 1


async def test_a_reply_joins_with_the_headers_lost_and_the_token_kept(office: Office) -> None:
    confirmation, _ = await open_ticket(office)

    await office.deliver(reply_to(confirmation, CUSTOMER, "More.\n", headers="lost", subject="x"))

    assert await office.tickets() == 1


async def test_a_stranger_who_knows_the_number_learns_nothing(office: Office) -> None:
    confirmation, _ = await open_ticket(office)
    stranger = "eve@elsewhere.example"

    await office.deliver(letter(stranger, subject=str(confirmation["Subject"]), body="Tell me.\n"))

    assert await office.tickets() == 2
    for mail in office.new_mail(stranger):
        assert "It burns" not in mail.as_string()
        assert "Ana" not in mail.as_string()
    assert office.new_mail(CUSTOMER) == []


async def test_a_stranger_with_a_leaked_token_learns_nothing(office: Office) -> None:
    confirmation, _ = await open_ticket(office)
    stranger = "eve@elsewhere.example"

    await office.deliver(reply_to(confirmation, stranger, "Tell me.\n"))

    assert await office.tickets() == 2
    assert all("It burns" not in mail.as_string() for mail in office.new_mail(stranger))


async def test_a_vacation_notice_gets_no_answer(office: Office) -> None:
    confirmation, _ = await open_ticket(office)

    away = reply_to(confirmation, CUSTOMER, "I am away.\n")
    away["Auto-Submitted"] = "auto-replied"
    await office.deliver(away, reverse_path="")

    assert office.new_mail(CUSTOMER) == []
    assert office.new_mail(AGENT) == []
    assert await office.tickets() == 1


async def test_the_same_mail_twice_is_one_ticket(office: Office) -> None:
    mail = letter()
    await office.deliver(mail)
    del mail["Received"]
    mail["X-Original-To"] = SUPPORT
    await office.deliver(mail)

    assert await office.tickets() == 1
    assert await office.verdicts() == {"opened": 1, "duplicate": 1}
    assert len(office.new_mail(CUSTOMER)) == 1


async def test_one_mail_to_two_desks_is_one_ticket(office: Office) -> None:
    await office.deliver(letter(to=f"sales@example.test, {SUPPORT}"))

    assert await office.tickets() == 1
    assert len(office.new_mail(AGENT)) == 1
    assert len(office.new_mail(CUSTOMER)) == 1


async def test_two_copies_of_one_mail_for_two_desks_are_one_ticket(office: Office) -> None:
    mail = letter(to=f"sales@example.test, {SUPPORT}")
    await office.deliver(mail, [SUPPORT])
    await office.deliver(mail, ["sales@example.test"])

    assert await office.tickets() == 1
    assert (
        await office.count(
            "SELECT count(*) FROM entries WHERE text = 'Also addressed to sales@example.test'"
        )
        == 1
    )


async def test_a_forged_agent_gets_nothing_out(office: Office) -> None:
    confirmation, notification = await open_ticket(office)
    forged = letter(AGENT, subject=str(confirmation["Subject"]), body="Pay here.\n", dmarc="fail")
    await office.deliver(forged)
    forged = reply_to(notification, AGENT, "Pay there.\n", to=SUPPORT, dmarc="none")
    await office.deliver(forged)

    assert office.new_mail(CUSTOMER) == []
    assert "Pay" not in "".join(mail.as_string() for mail in office.mailbox(CUSTOMER))
    questions = office.new_mail(AGENT)
    assert len(questions) == 2
    assert all("#send" in text_of(question) for question in questions)


async def test_an_agent_s_mail_relayed_without_proof_waits_for_his_word(office: Office) -> None:
    _, notification = await open_ticket(office)
    await office.deliver(reply_to(notification, AGENT, "Use water.\n", dmarc="none"))
    assert office.new_mail(CUSTOMER) == []

    question = office.one_mail(AGENT)
    await office.deliver(reply_to(question, AGENT, "#send\n", dmarc="none"))

    assert "Use water." in text_of(office.one_mail(CUSTOMER))
    assert "sent" in text_of(office.one_mail(AGENT)).lower()


async def test_an_old_token_address_in_a_new_mail_is_parked_and_can_be_sent(office: Office) -> None:
    _, notification = await open_ticket(office)
    fresh = letter(
        AGENT, to=str(notification["Reply-To"]), subject="Lunch?", body="At one?\n", dmarc=""
    )
    await office.deliver(fresh, via="local")
    assert office.new_mail(CUSTOMER) == []

    question = office.one_mail(AGENT)
    await office.deliver(reply_to(question, AGENT, "#drop\n", dmarc=""), via="local")

    assert office.new_mail(CUSTOMER) == []
    assert "nobody received it" in " ".join(text_of(office.one_mail(AGENT)).split())


async def test_an_answer_crossing_a_message_is_parked(office: Office) -> None:
    confirmation, notification = await open_ticket(office)
    await office.deliver(reply_to(confirmation, CUSTOMER, "It went out by itself.\n"))
    office.new_mail(AGENT)

    await office.deliver(reply_to(notification, AGENT, "Use water.\n", dmarc=""), via="local")

    assert office.new_mail(CUSTOMER) == []
    assert "It went out by itself." in text_of(office.one_mail(AGENT))


async def test_a_delivery_report_reaches_its_outbox_entry_and_the_agent(office: Office) -> None:
    _, notification = await open_ticket(office)
    await office.deliver(reply_to(notification, AGENT, "Use water.\n", dmarc=""), via="local")
    answer = office.one_mail(CUSTOMER)
    reverse_path = str(answer["Return-Path"]).strip("<>")
    report = f"""\
From: MAILER-DAEMON@mx.customer.example
To: {reverse_path}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

It did not work.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; {CUSTOMER}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown
--b--
""".replace("\n", "\r\n")
    await office.deliver(report.encode(), [reverse_path], reverse_path="")

    trouble = office.one_mail(AGENT)
    assert "User unknown" in text_of(trouble)
    assert CUSTOMER in text_of(trouble)
    assert office.new_mail(CUSTOMER) == []
    assert await office.tickets() == 1
    assert await office.count("SELECT count(*) FROM outbox WHERE state = 'failed'") == 1


async def test_two_gateways_never_answer_each_other_for_long(office: Office) -> None:
    """A stupid responder answers whatever it gets, with no sign that it is one."""
    confirmation, _ = await open_ticket(office)
    written = 0
    mail: EmailMessage | None = confirmation
    while mail is not None and written < 20:
        written += 1
        robot = letter(subject=f"Ticket {written} received", body=f"We got it {written}.\n")
        await office.deliver(robot)
        answers = office.new_mail(CUSTOMER)
        mail = answers[0] if answers else None

    assert written <= 4


def gmail(mail: EmailMessage) -> tuple[str, str]:
    quoted = "".join(f"> {line}\n" for line in text_of(mail).splitlines())
    text = f"\n\nOn Fri, Nov 20, 2026 at 11:00 AM {mail['From']} wrote:\n\n{quoted}"
    html = (
        '<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Fri, Nov 20, 2026 at '
        '11:00 AM Ana wrote:<br></div><blockquote class="gmail_quote">'
        f"{inner(mail)}</blockquote></div>"
    )
    return text, html


def outlook(mail: EmailMessage) -> tuple[str, str]:
    head = [
        ("From", str(mail["From"])),
        ("Sent", "Friday, November 20, 2026 11:00 AM"),
        ("To", str(mail["To"])),
        ("Subject", str(mail["Subject"])),
    ]
    lines = "\n".join(f"{name}: {value}" for name, value in head)
    text = f"\n\n________________________________\n{lines}\n\n{text_of(mail)}"
    shown = "<br>".join(f"<b>{name}:</b> {value}" for name, value in head)
    html = (
        '<div id="appendonsend"></div><hr tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">'
        f"<font>{shown}</font></div>{inner(mail)}"
    )
    return text, html


def apple(mail: EmailMessage) -> tuple[str, str]:
    quoted = "".join(f"> {line}\n" for line in text_of(mail).splitlines())
    text = f"\n\n> On 20 Nov 2026, at 11:00, {mail['From']} wrote:\n> \n{quoted}"
    html = (
        '<br><div><br><blockquote type="cite"><div>On 20 Nov 2026, at 11:00, Ana wrote:</div>'
        f"<div>{inner(mail)}</div></blockquote></div>"
    )
    return text, html


def inner(mail: EmailMessage) -> str:
    found = re.search(r"<body[^>]*>(.*)</body>", html_of(mail), re.DOTALL)
    assert found is not None
    return found[1]


@ONLY_SQLITE
@pytest.mark.parametrize("client", [gmail, outlook, apple])
@pytest.mark.parametrize("has_text", [True, False], ids=["with text", "html only"])
async def test_what_mail_clients_quote_never_reaches_the_customer(
    office: Office, client: Client, *, has_text: bool
) -> None:
    _, notification = await open_ticket(office)
    text, html = client(notification)
    mail = reply_to(notification, AGENT, "Use water, Ana.\n", quoted=text, dmarc="")
    if has_text:
        mail.add_alternative(f"<div>Use water, Ana.</div>{html}", subtype="html")
    else:
        mail.set_content(f"<html><body><div>Use water, Ana.</div>{html}</body></html>", "html")

    await office.deliver(mail, via="local")

    answer = office.one_mail(CUSTOMER)
    assert "Use water, Ana." in text_of(answer)
    for part in (text_of(answer), html_of(answer)):
        assert "It burns" not in part
        assert "Reply" not in part.replace("reply to this mail", "")
        assert "notifications@" not in part


@ONLY_SQLITE
@pytest.mark.parametrize("client", [gmail, outlook, apple])
async def test_a_customer_s_reply_is_read_without_what_his_client_quotes(
    office: Office, client: Client
) -> None:
    confirmation, _ = await open_ticket(office)
    text, html = client(confirmation)
    mail = reply_to(confirmation, CUSTOMER, "It still burns.\n", quoted=text)
    mail.add_alternative(f"<div>It still burns.</div>{html}", subtype="html")

    await office.deliver(mail)

    assert (
        await office.count(
            "SELECT count(*) FROM entries WHERE kind = 'message' AND trim(text) = 'It still burns.'"
        )
        == 1
    )


async def test_a_token_authorizes_for_half_a_year(office: Office) -> None:
    confirmation, _ = await open_ticket(office)

    with freeze_time(datetime.now(UTC) + timedelta(days=179), real_asyncio=True):
        await office.deliver(reply_to(confirmation, CUSTOMER, "More.\n", dmarc="none"))
    assert await office.tickets() == 1

    with freeze_time(datetime.now(UTC) + timedelta(days=181), real_asyncio=True):
        await office.deliver(reply_to(confirmation, CUSTOMER, "Much later.\n", dmarc="none"))
    assert await office.tickets() == 2
