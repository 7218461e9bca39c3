"""The page on automatic mail is true, nobody's misreading is ours, and people stay people."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.core.classify import CHECKS, FORBIDS, Classification, Kind
from helpdesk.core.mail import Mail
from helpdesk.inbound.parse import parse
from tests.core.test_classify import OWN_ID, kind_of, mail
from tests.folded import for_each

PAGE = Path(__file__).parents[2] / "docs" / "automatic-mail.md"


def rows() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every field with every value of the table of fields."""
    text = PAGE.read_text("utf-8").partition("## By header field")[2].partition("\n## ")[0]
    for line in re.findall(r"(?m)^\| ([A-Z].*?) \|$", text):
        names, values, *expected = line.split(" | ")
        words = re.findall(r"`([^`]+)`", values)
        words += ["some-new-word"] if "any unknown word" in values else []
        for name in names.split(", "):
            for word in words:
                yield name, word, tuple(expected)


def answers(found: Classification) -> tuple[str, ...]:
    said = (found.opens_ticket and not found.is_reply, found.may_confirm, found.moves_status)
    return (str(found.kind), *("yes" if each else "no" for each in said))


@for_each(("name", "value", "expected"), list(rows()))
def test_the_page_says_what_is_done(name: str, value: str, expected: tuple[str, ...]) -> None:
    assert answers(kind_of(mail((name.lower(), value)))) == expected


def test_the_table_is_not_empty() -> None:
    assert len(list(rows())) > 80


# How nine helpdesks misread a field, each with the mail that shows it.
MISREAD = [
    ("'no' in another case is a program's", ("auto-submitted", "No"), "human"),
    ("'no' with a comment is a program's", ("auto-submitted", "no (typed by hand)"), "human"),
    ("any Auto-Submitted is a program's", ("auto-submitted", "no"), "human"),
    ("auto-notified is a person's", ("auto-submitted", "auto-notified"), "automatic"),
    ("auto-generated is a person's", ("auto-submitted", "auto-generated"), "automatic"),
    ("parameters hide the word", ("auto-submitted", "auto-replied; owner-email=x"), "automatic"),
    ("any Precedence is a program's", ("precedence", "first-class"), "human"),
    ("only bulk counts: list", ("precedence", "list"), "bulk"),
    ("only bulk counts: junk", ("precedence", "junk"), "bulk"),
    ("case matters", ("precedence", "Bulk"), "bulk"),
    ("any suppression is a program's", ("x-auto-response-suppress", "OOF"), "human"),
    ("a list of them is not split", ("x-auto-response-suppress", "OOF, AutoReply"), "human"),
    ("any List-* is a program's", ("list-id", "<support.example.com>"), "human"),
    ("nothing standard is read", ("auto-submitted", "auto-replied"), "automatic"),
    ("X-Autoreply 'no' is a program's", ("x-autoreply", "no"), "human"),
]


@pytest.mark.parametrize(("how", "field", "kind"), MISREAD)
def test_fields_are_not_misread(how: str, field: tuple[str, str], kind: str) -> None:
    assert kind_of(mail(field)).kind == kind, how


def test_a_list_of_suppressions_is_split() -> None:
    assert not kind_of(mail(("x-auto-response-suppress", "OOF, AutoReply"))).may_confirm
    assert not kind_of(mail(("x-auto-response-suppress", "dr;AUTOREPLY"))).may_confirm


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (b"AUTO-SUBMITTED:\r\n  Auto-Replied\r\n (on (holiday))", "automatic"),
        (b"auto-submitted:no\r\nAuto-Submitted: auto-replied", "automatic"),
        (b"Auto-Submitted: (auto-replied) no", "human"),
        (b"PrEcEdEnCe:\tBULK ", "bulk"),
        (b"List-Id: Customers\r\n\t<support.example.com>\r\nPrecedence: list", "human"),
        (b"X-Auto-Response-Suppress: DR,\r\n OOF,\r\n AutoReply", "human"),
    ],
)
def test_folded_fields_in_any_case_are_read(field: bytes, kind: str) -> None:
    raw = field + b"\r\nFrom: ana@x.example\r\nSubject: hello\r\n\r\nIt burns.\r\n"
    found = mail()

    assert kind_of(Mail(found.arrival, parse(raw))).kind == kind


REACHES = {
    "loop": mail(message_id=OWN_ID),
    "other_report": mail(content_type="multipart/report", report_type="tlsrpt"),
    "delivery_report": mail(content_type="multipart/report", report_type="delivery-status"),
    "auto_replied": mail(("auto-submitted", "auto-replied")),
    "responder_field": mail(("x-autoreply", "yes")),
    "out_of_office": mail(subject="Automatic reply: x"),
    "receipt": mail(subject="Ticket #12 received", author="no-reply@y.example"),
    "automatic_sender": mail(author="alerts@monitor.example"),
    "generated": mail(("auto-submitted", "auto-generated")),
    "bulk": mail(("precedence", "bulk")),
    "null_reverse_path": mail(reverse_path=""),
    "mail_system": mail(author="mailer-daemon@y.example"),
    "_many_received": mail(*[("received", "x")] * 30),
    "_own_author": mail(author="support@example.com"),
    "_unanswered_author": mail(author="noreply@y.example"),
    "_suppressed": mail(("x-auto-response-suppress", "All")),
    "_loop_field": mail(("x-loop", "x")),
}


def test_every_rule_decides_some_mail() -> None:
    assert set(REACHES) == {rule.__name__ for rule in (*CHECKS, *FORBIDS)}
    reasons = {name: kind_of(found).reason for name, found in REACHES.items()}
    assert len(set(reasons.values())) == len(reasons)
    assert "human" not in reasons.values()


# --- receipts of other helpdesks ------------------------------------------------------------------

RECEIPTS = [
    "[Ticket#2026112110000012] received",
    "Ticket #4711 has been created",
    "[#4711] Your request has been received",
    "[Acme] Request received: Printer on fire",
    "We have received your message",
    "We've received your request",
    "Thank you for contacting Acme",
    "Please confirm your message",
    "Verify your e-mail",
    "Eingangsbestätigung: Ihre Anfrage",
    "Empfangsbestätigung",
    "Ihre Anfrage wurde registriert",
    "Accusé de réception : votre demande",
    "Hemos recibido su mensaje",
    "Conferma di ricezione",
    "Ontvangstbevestiging",
    "Potwierdzenie otrzymania wiadomości",
    "Potvrzení o přijetí",
    "Подтверждение получения",
    "【受付完了】お問い合わせ",
]


@pytest.mark.parametrize("subject", RECEIPTS)
def test_a_receipt_with_a_sign_of_a_program_is_automatic(subject: str) -> None:
    signs = [
        mail(subject=subject, author="no-reply@y.example"),
        mail(("x-otrs-loop", "yes"), subject=subject),
        mail(("precedence", "special"), subject=subject),
        mail(subject=subject, reverse_path=""),
    ]

    assert {kind_of(sign).reason for sign in signs} == {"subject of a receipt"}


@pytest.mark.parametrize("subject", RECEIPTS)
def test_without_a_sign_it_may_be_a_person_s(subject: str) -> None:
    assert kind_of(mail(subject=subject)).kind is Kind.HUMAN


def test_a_numbered_receipt_that_answers_is_automatic() -> None:
    answer = {"in_reply_to": ("2@x.example",)}

    assert kind_of(mail(subject="[Ticket#12] received", **answer)).is_reply  # type: ignore[arg-type]
    thanks = mail(subject="Thank you for your message", **answer)  # type: ignore[arg-type]
    assert kind_of(thanks).kind is Kind.HUMAN


# --- out of office --------------------------------------------------------------------------------

SURE = [
    "Out of office until 5 January",
    "Out of Office - back on Monday",
    "Abwesenheitsnotiz (bis 5.1.)",
    "Absence du bureau - retour lundi",
    "Fuera de la oficina (hasta el 5 de enero)",
    "Poza biurem - do 5 stycznia",
    "Mimo kancelář: dotaz",
    "Házon kívül: kérdés",
    "Ofis dışında: soru",
    "Нет на работе: вопрос",
    "Εκτός γραφείου: ερώτηση",
    "不在通知: 質問",
    "外出时的自动答复: 问题",
    "부재중: 질문",
    "Frånvaromeddelande: fråga",
    "Fraværsmelding: spørsmål",
    "Poissa toimistosta: kysymys",
    "Afwezigheidsmelding: vraag",
    "Fora do escritório: pergunta",
    "Fuori ufficio: domanda",
    "În afara biroului: întrebare",
    "תשובה אוטומטית: שאלה",
    "رد تلقائي: سؤال",
]


@pytest.mark.parametrize("subject", SURE)
def test_a_sure_subject_needs_no_field(subject: str) -> None:
    assert kind_of(mail(subject=subject)).is_reply


PEOPLE = [
    "Out of office chairs broken",
    "Out of office - chairs broken",
    "Out of office module crashes",
    "Out-of-office feature request",
    "Auto-reply - does not work",
    "Auto reply stopped after the update",
    "Automatic reply (feature) broken",
    "Automatic replies loop",
    "Automatic response time report",
    "Autoresponder not working",
    "Vacation calendar shows wrong days",
    "Vacation: license question",
    "On leave of a user: how to reassign?",
    "Holiday calendar import",
    "Holiday",
    "Away status in chat",
    "I am away next week, please hurry",
    "Auto update fails",
    "OOO flag is missing",
    "Absence module: error 500",
    "Maternity leave of our administrator",
    "Urlaub: Frage zur Lizenz",
    "Urlaubsantrag lässt sich nicht speichern",
    "Abwesenheit eintragen geht nicht",
    "Abwesenheitsnotiz lässt sich nicht abschalten",
    "Automatische Antworten abschalten",
    "Im Urlaub keine Synchronisation",
    "Nicht im Büro erreichbar: VPN",
    "Autosave funktioniert nicht",
    "Eingangsbestätigung fehlt",
    "Absence de réponse",
    "Absent de la liste des licences",
    "Congés : le module plante",
    "Réponse automatique à désactiver",
    "Vacaciones: no se guardan",
    "Ausente en el listado",
    "Respuesta automática no funciona",
    "Férias: erro ao gravar",
    "Ausência de licença",
    "Ferie: errore nel modulo",
    "Assenza di segnale",
    "Vakantie: vraag over licentie",
    "Afwezig in de lijst",
    "Semester 2 licenser",
    "Frånvaro i kalendern",
    "Ferie i kalenderen",
    "Loma-moduuli kaatuu",
    "Urlop: błąd w module",
    "Nieobecność w kalendarzu",
    "Dovolená: chyba v modulu",
    "Szabadság modul hiba",
    "Concediu: eroare",
    "Tatil takvimi hatası",
    "Отпуск: ошибка в модуле",
    "Відпустка: помилка",
    "Άδεια χρήσης λογισμικού",
    "休暇モジュールのエラー",
    "休假模块错误",
    "휴가 모듈 오류",
    "Ticket not received",
    "Request for a quote",
    "Your message of Monday",
    "Message received, thank you",
    "Thank you for your e-mail of Friday",
    "Re: Ticket #12 received",
    "Delivery of the licenses",
    "Bounce rate report is wrong",
    "Returned item",
    "Undeliverable parcel at our gate",
    "Mail system question",
]


@for_each("subject", PEOPLE)
@for_each(
    "fields",
    [
        (),
        (("x-auto-response-suppress", "DR, OOF, AutoReply"),),
        (("auto-submitted", "no"),),
    ],
)
def test_people_stay_people(subject: str, fields: tuple[tuple[str, str], ...]) -> None:
    assert kind_of(mail(*fields, subject=subject)).kind is Kind.HUMAN
