"""Messages as they go over the wire."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import Any

import pytest

from helpdesk.core.mail import Message
from helpdesk.core.outgoing import MAX_REFERENCES, AutoSubmitted, Notice, OutgoingFile, Rendered
from helpdesk.core.policy import Desk, Policy, ReplyAddress
from helpdesk.core.reply_address import find_tokens
from helpdesk.core.ticket import IntakeId, OutboxId
from helpdesk.core.token import Purpose, Token
from helpdesk.outbound.compose import MailComposer
from helpdesk.outbound.render import MailRenderer
from helpdesk.outbound.samples import SAMPLE
from helpdesk.ports import Delivery, Unprocessable
from tests.outbound.mails import KEYRING, POLICY, outgoing

WORDS = Rendered("Re: Cannot activate [TICK-1001]", "Hello,\nhere it is.\n", "<p>Hello</p>\n")
PICTURE = OutgoingFile(
    IntakeId(1), "2", "screen.png", "image/png", 4, "", content_id="pic.1@x.test", inline=True
)
REPORT = OutgoingFile(IntakeId(1), "3", "report.pdf", "application/pdf", 5, "")


def words_of(part: object) -> str:
    """The text of a part, with the line ends of this system."""
    assert isinstance(part, EmailMessage)
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def read(delivery: Delivery) -> EmailMessage:
    """As another program reads it."""
    return message_from_bytes(delivery.content, policy=default)


def test_an_answer_looks_like_personal_mail(composer: MailComposer) -> None:
    delivery = composer.compose(
        outgoing(from_name="Bob Agent (Example Support)", in_reply_to="q@x.test"), WORDS, []
    )
    message = read(delivery)

    assert message["From"] == "Bob Agent (Example Support) <support@example.test>" or (
        message["From"] == '"Bob Agent (Example Support)" <support@example.test>'
    )
    assert message["To"] == "Ana Ruiz <ana@example.test>"
    assert message["Subject"] == WORDS.subject
    assert message["Date"] == "Sat, 21 Nov 2026 22:40:00 +0000"
    assert message["Message-ID"] == "<own-id@example.test>"
    assert message["In-Reply-To"] == "<q@x.test>"
    assert "Auto-Submitted" not in message
    assert "X-Auto-Response-Suppress" not in message
    assert delivery.recipient == "ana@example.test"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize("value", [AutoSubmitted.REPLIED, AutoSubmitted.GENERATED])
def test_automatic_mail_says_so(value: AutoSubmitted, composer: MailComposer) -> None:
    message = read(composer.compose(outgoing(auto_submitted=value), WORDS, []))

    assert message["Auto-Submitted"] == value
    assert message["X-Auto-Response-Suppress"] == "All"


def test_reply_to_and_reverse_path_lead_back_to_the_entry(composer: MailComposer) -> None:
    delivery = composer.compose(outgoing(purpose=Purpose.ANSWER), WORDS, [])
    reply_to = read(delivery)["Reply-To"].addresses[0].addr_spec

    for address, purpose in [(reply_to, Purpose.ANSWER), (delivery.reverse_path, Purpose.BOUNCE)]:
        found = find_tokens(POLICY, KEYRING, (address,), Message())
        assert found == (Token(purpose, 7),)


def test_a_confirmation_has_the_null_reverse_path(composer: MailComposer) -> None:
    mail = outgoing(Notice.CONFIRMATION, null_reverse_path=True, purpose=None)
    delivery = composer.compose(mail, WORDS, [])

    assert delivery.reverse_path == ""
    assert "Reply-To" not in read(delivery)


def test_an_unproved_recipient_is_not_named(composer: MailComposer) -> None:
    variables = dict(SAMPLE) | {"echo": False}
    mail = outgoing(Notice.CONFIRMATION, variables=variables, recipient_name="Buy pills")

    assert b"pills" not in composer.compose(mail, WORDS, []).content


def test_notifications_come_from_an_address_that_no_agent_owns(composer: MailComposer) -> None:
    message = read(composer.compose(outgoing(Notice.NEW_TICKET), WORDS, []))

    assert message["From"].addresses[0].addr_spec == "notifications@example.test"


def test_a_policy_without_subaddresses_has_none() -> None:
    desk = Desk("help", "help@example.test", "Help")
    plain = MailComposer(Policy((desk,), reply_address=ReplyAddress.PLAIN), KEYRING)
    delivery = plain.compose(outgoing(), WORDS, [])

    assert delivery.reverse_path == "help@example.test"
    assert read(delivery)["Reply-To"] == "Help <help@example.test>"


@pytest.mark.parametrize("count", [0, 1, 19, 20, 21, 500])
def test_references_keep_the_first_and_the_latest(count: int, composer: MailComposer) -> None:
    ids = tuple(f"id{n}@x.test" for n in range(count))
    content = read(composer.compose(outgoing(references=ids), WORDS, []))["References"]
    kept = (content or "").replace("<", "").replace(">", "").split()

    assert kept == list(ids if count <= MAX_REFERENCES else (ids[0], *ids[-19:]))


def test_long_references_stay_below_what_servers_take(composer: MailComposer) -> None:
    ids = tuple(f"{n:0230}@x.test" for n in range(30))
    content = composer.compose(outgoing(references=ids), WORDS, []).content
    field = re.search(rb"References:(?:.*\r\n)(?: .*\r\n)*", content)

    assert field is not None
    assert len(field[0]) < 4096
    assert ids[0].encode() in field[0]
    assert ids[-1].encode() in field[0]


@pytest.mark.parametrize("bad", ["", "no at", "a b@x", "<a@b>", "a@b\r\nBcc: c@d", "ü@x.test"])
def test_what_is_no_message_id_is_left_out(bad: str, composer: MailComposer) -> None:
    mail = outgoing(references=("a@x.test", bad, "b@x.test"), in_reply_to=bad)
    message = read(composer.compose(mail, WORDS, []))

    assert message["References"] == "<a@x.test> <b@x.test>"
    assert "In-Reply-To" not in message


def test_the_same_entry_has_the_same_bytes_for_ever(composer: MailComposer) -> None:
    mail = outgoing(files=(PICTURE, REPORT))

    first, second = (composer.compose(mail, WORDS, [b"\x89PNG", b"%PDF-"]) for _ in range(2))

    assert first == second


def test_files_go_along_unchanged(composer: MailComposer) -> None:
    octets = bytes(range(256)) * 40
    mail = outgoing(files=(REPORT, replace(REPORT, filename="Übergröße €.pdf")))
    message = read(composer.compose(mail, WORDS, [octets, b""]))

    first, second = message.iter_attachments()
    assert message.get_content_type() == "multipart/mixed"
    assert (first.get_filename(), first.get_content()) == ("report.pdf", octets)
    assert (second.get_filename(), second.get_content()) == ("Übergröße €.pdf", b"")


def test_a_picture_that_the_words_show_is_related_to_them(
    composer: MailComposer, renderer: MailRenderer
) -> None:
    odd = replace(PICTURE, content_id="<evil>\r\nx")
    mail = outgoing(files=(PICTURE, REPORT, odd))
    rendered = renderer.render(mail)
    message = read(composer.compose(mail, rendered, [b"\x89PNG", b"%PDF-", b"GIF"]))

    (related,) = [p for p in message.walk() if p.get_content_type() == "multipart/related"]
    html, *pictures = related.iter_parts()
    for picture in pictures:
        assert f'src="cid:{picture["Content-ID"][1:-1]}"' in html.get_content()
        assert picture.get_content_disposition() == "inline"
    assert pictures[0]["Content-ID"] == "<pic.1@x.test>"
    assert len(pictures) == 2
    assert [part.get_filename() for part in message.iter_attachments()] == ["report.pdf"]


def test_a_picture_that_no_word_refers_to_is_an_attachment(composer: MailComposer) -> None:
    message = read(composer.compose(outgoing(files=(PICTURE,)), WORDS, [b"\x89PNG"]))

    (attachment,) = message.iter_attachments()
    assert attachment.get_content_disposition() == "attachment"


def test_a_picture_that_could_run_programs_is_an_attachment(
    composer: MailComposer, renderer: MailRenderer
) -> None:
    mail = outgoing(files=(replace(PICTURE, content_type="image/svg+xml"),))
    rendered = renderer.render(mail)

    assert "cid:" not in rendered.html
    (attachment,) = read(composer.compose(mail, rendered, [b"<svg/>"])).iter_attachments()
    assert attachment.get_content_disposition() == "attachment"


@pytest.mark.parametrize("stated", ["message/rfc822", "multipart/mixed", "x", "a/b\r\nX: y", ""])
def test_a_content_type_that_could_do_harm_is_not_repeated(
    stated: str, composer: MailComposer
) -> None:
    mail = outgoing(files=(replace(REPORT, content_type=stated),))
    message = read(composer.compose(mail, WORDS, [b"a: b\r\n\r\nc"]))

    (attachment,) = message.iter_attachments()
    assert attachment.get_content_type() == "application/octet-stream"
    assert attachment.get_content() == b"a: b\r\n\r\nc"


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "From here\nFrom there\n.\n..\n",
        "trailing space \nand tab\t\n\n\n",
        "Ünïcödé €\n" * 50,
        "x" * 5_000,
        "é" * 5_000,
        "=_a=_b --=_\n",
        "a=3D=\nb",
        "\U0001f600" * 300,
    ],
)
def test_the_words_arrive_as_they_are(text: str, composer: MailComposer) -> None:
    delivery = composer.compose(outgoing(), replace(WORDS, text=text, html=text), [])
    plain, html = read(delivery).iter_parts()

    for part in (plain, html):
        assert words_of(part).rstrip("\n") == text.rstrip("\n")
    assert delivery.content.isascii()
    assert max(map(len, delivery.content.split(b"\r\n"))) <= 998
    assert b"\r\nFrom " not in delivery.content


def test_a_mail_may_be_text_alone(composer: MailComposer) -> None:
    message = read(composer.compose(outgoing(), replace(WORDS, html=""), []))

    assert message.get_content_type() == "text/plain"
    assert words_of(message) == WORDS.text


@pytest.mark.parametrize(
    "name",
    [
        "Ana Ruiz",
        "Ruiz, Ana",
        'Ana "the boss" Ruiz',
        "Back\\slash",
        "José Núñez",
        "山田太郎" * 15,
        "<support@bank.test>",
        "a@b.test",
        "=?utf-8?B?RXZpbA==?=",
        "(comment) ; : ,",
        "x" * 80,
    ],
)
def test_names_arrive_as_they_are(name: str, composer: MailComposer) -> None:
    delivery = composer.compose(outgoing(recipient_name=name), WORDS, [])
    # Python's newer parser puts spaces between encoded words of a name (RFC 2047 §6.2 forbids it).
    ((words, address),) = getaddresses([message_from_bytes(delivery.content)["To"]])

    assert address == "ana@example.test"
    assert str(make_header(decode_header(words))) == name
    assert [a.addr_spec for a in read(delivery)["To"].addresses] == ["ana@example.test"]


@pytest.mark.parametrize(
    "subject",
    [
        "x",
        "Ünïcödé [TICK-1001]",
        "日本語の件名" * 20,
        "=?utf-8?B?RXZpbA==?= [TICK-1001]",
        "word " * 60 + "end",
        "x" * 390,
        "ends with =?",
    ],
)
def test_subjects_arrive_as_they_are(subject: str, composer: MailComposer) -> None:
    delivery = composer.compose(outgoing(), replace(WORDS, subject=subject), [])

    assert read(delivery)["Subject"] == subject
    header = delivery.content.partition(b"\r\n\r\n")[0]
    assert max(map(len, header.split(b"\r\n"))) <= 98


LINE_ENDS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
PAYLOADS = [
    *(f"x{end}Bcc: evil@evil.test{end}{end}body" for end in LINE_ENDS),
    *(f"x{end} Bcc: evil@evil.test" for end in LINE_ENDS),
    "=?utf-8?q?a=0D=0ABcc=3A_evil@evil.test?=",
    "x\0Bcc: evil@evil.test",
    'x" <evil@evil.test>, "y',
    "x>, <evil@evil.test",
    "x@evil.test",
    "(x",
    "\\",
    '"',
    "\ud800\udfff",
    "\u202e" * 10,
    "x" * 100_000,
]
FIELDS = ["recipient_name", "from_name", "in_reply_to", "references", "subject", "filename",
          "content_type", "content_id", "text", "html"]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_nobody_can_write_into_our_header(field: str, composer: MailComposer) -> None:
    usual = read(composer.compose(outgoing(files=(PICTURE,), in_reply_to="q@x.test",
                                           references=("q@x.test",)), WORDS, [b"x"]))  # fmt: skip
    for payload in PAYLOADS:
        rendered, file = WORDS, PICTURE
        change: dict[str, Any] = {field: payload}
        more: dict[str, Any] = {}
        if field in {"subject", "text", "html"}:
            rendered = replace(WORDS, **change)
        elif field in {"filename", "content_type", "content_id"}:
            file = replace(PICTURE, **change)
        else:
            more = {field: (payload,)} if field == "references" else change
        mail = outgoing(files=(file,), **more)
        delivery = composer.compose(mail, rendered, [b"x"])
        message = read(delivery)

        assert set(message.keys()) <= set(usual.keys())
        assert len(set(message.keys())) == len(message.keys())
        assert [a.addr_spec for a in message["To"].addresses] == ["ana@example.test"]
        assert [a.addr_spec for a in message["From"].addresses] == ["support@example.test"]
        assert delivery.recipient == "ana@example.test"
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", delivery.content)
        parts = [part.get_content_type() for part in message.walk()]
        assert parts[:4] == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html"]
        assert len(parts) == 5


@pytest.mark.parametrize("field", ["recipient", "from_address", "message_id"])
def test_an_address_that_is_none_holds_the_mail(field: str, composer: MailComposer) -> None:
    for payload in PAYLOADS:
        if re.fullmatch(r"[^\s<>]+@[^\s<>]+", payload):
            continue  # It could be one.
        change: dict[str, Any] = {field: payload}
        with pytest.raises(Unprocessable):
            composer.compose(outgoing(**change), WORDS, [])


def test_a_boundary_in_the_words_ends_no_part(composer: MailComposer) -> None:
    content = composer.compose(outgoing(), WORDS, []).content
    boundary = content.partition(b'boundary="')[2].partition(b'"')[0].decode()
    words = f"before\n--{boundary}\nContent-Type: text/html\n\n<b>evil</b>\n--{boundary}--\n"
    message = read(composer.compose(outgoing(), replace(WORDS, text=words, html=words), []))

    plain, html = message.iter_parts()
    assert words_of(plain) == words_of(html) == words


def test_a_file_that_is_missing_holds_the_mail(composer: MailComposer) -> None:
    with pytest.raises(Unprocessable, match="files"):
        composer.compose(outgoing(files=(REPORT,)), WORDS, [])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\r\nTo: ", b"\r\nTo: evil@evil.test, "),
        (b"\r\nTo: ", b"\r\nBcc: evil@evil.test\r\nTo: "),
        (b"\r\nTo: ", b"\r\nTo: evil@evil.test\r\nTo: "),
        (b"\r\nTo: ", b"\r\nTo "),
        (b"ana@example.test", b"eve@example.test"),
        (b"\r\nhere", b"\nhere"),
        (b"Hello", b"Hello\rX"),
        (b"Hello", b"Hell\xf6"),
        (b"Hello", b"\0"),
        (b"Hello", b"x" * 999),
        (b"\r\nSubject", b"\r\n\r\nSubject"),
        (b"Hello,\r\n", b"\r\n--=_a0efc\r\n"),
    ],
)
def test_the_last_gate_notices_every_difference(
    old: bytes, new: bytes, composer: MailComposer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from helpdesk.outbound import compose

    gate = compose._check
    good = composer.compose(outgoing(), WORDS, []).content
    boundary = good.partition(b'boundary="')[2].partition(b'"')[0]
    bad = good.replace(old, new.replace(b"=_a0efc", boundary), 1)
    assert bad != good
    monkeypatch.setattr(compose, "_check", lambda _, plan: gate(bad, plan))

    with pytest.raises(Unprocessable):
        composer.compose(outgoing(), WORDS, [])


def test_different_entries_have_different_addresses(composer: MailComposer) -> None:
    one, two = (composer.compose(outgoing(id=OutboxId(n)), WORDS, []) for n in (1, 2))

    assert one.reverse_path != two.reverse_path
    assert read(one)["Reply-To"] != read(two)["Reply-To"]
