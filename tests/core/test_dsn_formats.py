"""Delivery reports as the mail systems of the world print them, in our own words.

All are about ana@x.example; the author is a mail system only where the sample says so.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdesk.core.address import parse_mailboxes
from helpdesk.core.classify import AutomaticPolicy, Kind, classify
from helpdesk.core.dsn import read_delivery_report
from helpdesk.core.mail import Arrival, Envelope, Mail, Message
from tests.folded import for_each

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SAMPLES = Path(__file__).with_name("delivery-reports.txt")
"""Each begins with a line: ### what it is | its subject | its author | its status if any."""


def samples() -> list[tuple[str, str, str, str, str]]:
    found = []
    for sample in f"\n{SAMPLES.read_text('utf-8')}".split("\n### ")[1:]:
        head, _, text = sample.partition("\n")
        name, subject, author, status = (word.strip() for word in head.split(" |"))
        found.append((name, subject, author, status, text))
    return found


@for_each(("name", "subject", "author", "status", "text"), samples())
def test_a_report_names_its_recipient_and_the_status(
    name: str, subject: str, author: str, status: str, text: str
) -> None:
    assert name
    report = read_delivery_report([], subject=subject, author=author, text=text)

    assert report is not None
    assert [(each.address, each.status) for each in report.recipients] == [
        ("ana@x.example", status)
    ]


@for_each(("name", "subject", "author", "status", "text"), samples())
def test_a_mail_system_is_known_without_its_null_reverse_path(
    name: str, subject: str, author: str, status: str, text: str
) -> None:
    """So it is with reports that mailboxes hold and with systems that send from an address."""
    report = read_delivery_report([], subject=subject, author=author, text=text)
    authors = tuple(parse_mailboxes(author, str))
    arrival = Arrival(Envelope("x@mx.example", ("support@example.com",)), "smtp", NOW)
    message = Message(subject=subject, authors=authors, report=report)
    found = classify(Mail(arrival, message), AutomaticPolicy(), lambda _: False)

    assert found.kind is (Kind.HUMAN if name == "a list server" else Kind.BOUNCE), status


PEOPLE = [
    ("Delivery problem with my order", "I ordered 500 seats. Please write to ana@x.example."),
    ("Mail delivery failed?", "Did my mail of Monday reach you? Use ana@x.example from now on."),
    ("Delayed answer", "Sorry, I was ill. My new address is ana@x.example."),
    ("Devolución de licencias", "Quiero devolver 450 licencias. Mi correo: ana@x.example"),
    ("Zwrot licencji", "Proszę o zwrot 500 zł. Mój adres: ana@x.example"),
    ("Bounced payment", "To: ana@x.example. The bank says 502."),
    ("Zustellung der Lizenz", "Bitte an ana@x.example senden, Bestellung 512."),
    ("Message not delivered by your plugin", "It fails for ana@x.example with version 5.1."),
    ("Error en la entrega", "No he recibido la licencia. Escriba a ana@x.example."),
    ("Warning: message limit", "Our account ana@x.example shows it since Monday."),
]


@pytest.mark.parametrize(("subject", "text"), PEOPLE)
def test_a_person_who_writes_of_deliveries_reports_none(subject: str, text: str) -> None:
    author = "Bo <bo@y.example>"

    assert read_delivery_report([], subject=subject, author=author, text=text) is None
