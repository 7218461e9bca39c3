"""Plain text beside HTML, text in older formats, and text that is still encoded."""

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.inbound.alternatives import stands_in_for
from helpdesk.inbound.enriched import read_enriched
from helpdesk.inbound.leftovers import undo_leftovers
from helpdesk.inbound.parse import parse

HTML = "<p>Dear team, the license server does not start since Monday. Please help us soon.</p>"


def mail(plain: str, html: str = HTML) -> bytes:
    return (
        "From: a@b.example\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n--b\r\n"
        f"Content-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    "plain",
    [
        "Your mail client does not support HTML.",
        "Your e-mail program can not display HTML messages. Please see\r\nhttps://x.example/1234",
        "View this message in your browser: https://x.example/m/1",
        "Diese Nachricht ist im HTML-Format. Ihr Programm kann sie nicht anzeigen.",
        "Ihr E-Mail-Programm unterstützt leider keine HTML-Mails.",
        "Votre messagerie ne prend pas en charge le HTML.",
        "Su programa de correo no admite el formato HTML.",
        "Il tuo programma non visualizza i messaggi HTML.",
        "Uw programma ondersteunt geen HTML.",
        "This is an HTML message. Please use an HTML capable mail program to read it.",
        "Please view this message in an HTML reader.",
        "This message contains HTML.",
        "このメールはHTML形式です。",
        "如果您看不到此邮件，请在浏览器中打开",
        "https://x.example/only/a/link",
        "<https://x.example/a>\r\n\r\n",
        "  \r\n\t\r\n",
    ],
)
def test_a_plain_text_that_says_nothing_gives_way_to_the_html(plain: str) -> None:
    text = parse(mail(plain)).words.text

    assert text.startswith("Dear team, the license server")
    assert text.split()[-len(plain.split()) :] == plain.split() or not plain.split()


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        ("Hello", HTML),
        ("OK.", HTML),
        ("Your last mail shows nothing but HTML. Can you send us the key again, as text?", HTML),
        ("Does the viewer support HTML reports? We need this by Friday for all our teams.", HTML),
        ("View it in your browser.", "<p>View it in your browser.</p>"),
        ("https://x.example/a", '<a href="https://x.example/a">https://x.example/a</a>'),
        ("The page does not open in your browser. " + "We tried it on five machines. " * 9, HTML),
    ],
)
def test_a_plain_text_that_says_something_stays(plain: str, html: str) -> None:
    assert parse(mail(plain, html)).words.text.split() == plain.split()


@given(st.text(max_size=200))
def test_a_text_is_compared_without_an_exception(plain: str) -> None:
    assert stands_in_for(plain, HTML) in {True, False}


@pytest.mark.parametrize(
    ("content_type", "markup", "text"),
    [
        (
            "text/enriched",
            "<bold>Now</bold> is\nthe <italic>time</italic>\n\nfor all",
            "Now is the time\nfor all",
        ),
        (
            "text/enriched",
            "<color><param>red</param>Blood</color> 1 << 2\n\n\nend",
            "Blood 1 < 2\n\nend",
        ),
        ("text/enriched", "a <b unclosed\n\nb", "a <b unclosed\nb"),
        (
            "text/richtext",
            "<bold>Now</bold> is\nthe time<nl>1 <lt> 2<comment>no</comment>",
            "Now is the time\n1 < 2",
        ),
        ("text/richtext", "one<paragraph>two</paragraph>three", "one\n\ntwo\n\nthree"),
    ],
)
def test_older_formats_are_read_as_text(content_type: str, markup: str, text: str) -> None:
    assert read_enriched(markup, content_type) == text
    raw = f"From: a@b.example\r\nContent-Type: {content_type}\r\n\r\n{markup}"
    assert parse(raw.encode()).words.text == text


WORDS = "Größe prüfen: a = b, und höchstens fünf Lizenzen für alle Büros in Köln"


@pytest.mark.parametrize("field", ["", "Content-Transfer-Encoding: 8bit\r\n", "X-Y: z\r\n"])
def test_a_text_that_is_still_encoded_is_decoded(field: str) -> None:
    head = f"From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\n{field}\r\n".encode()

    assert parse(head + quopri.encodestring(WORDS.encode())).words.text == WORDS
    assert parse(head + base64.encodebytes(WORDS.encode())).words.text == WORDS


@pytest.mark.parametrize(
    "name", ["quoted printable", '"quoted-printable"', "quoted-printable;", "QP"]
)
def test_a_misspelt_encoding_is_undone(name: str) -> None:
    head = f"From: a@b.example\r\nContent-Transfer-Encoding: {name}\r\n\r\n".encode()

    assert parse(head + b"a=3Db").words.text == "a=b"


@pytest.mark.parametrize(
    "text",
    [
        b"see https://x.example/?a=3D&b=20&c=AB and more",
        b"x=1\r\ny=2\r\nz=\r\n",
        b"key: ABCD=\r\n",
        b"Name=\r\nKey=\r\nMail=\r\nSeats=\r\n",
        b"=3D",
        b"SGVsbG8gd29ybGQ=",
        b"H7KQ29ZXCVB4N5MQW3ERT8Y6UH7KQ29ZXCVB4N5MQW3ERT8Y6U1234",
        base64.encodebytes(b'{"license": "ABC", "seats": 5, "to": "Ana Ruiz of Example"}'),
        base64.encodebytes(bytes(range(60))),
        b"a" * 100 + b" " + b"b" * 100,
    ],
)
def test_what_is_not_certainly_encoded_stays(text: bytes) -> None:
    assert undo_leftovers(text) == text


@given(st.binary(max_size=300))
def test_leftovers_never_raise(content: bytes) -> None:
    assert isinstance(undo_leftovers(content), bytes)
