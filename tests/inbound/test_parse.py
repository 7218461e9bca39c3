"""Raw bytes to messages: ordinary mail, broken mail and hostile mail."""

import base64
import hashlib
import random
import re
import time
from datetime import UTC, datetime

import pytest

from helpdesk.core.license_keys import KeyPattern
from helpdesk.core.mail import Mailbox
from helpdesk.inbound.parse import ReaderOptions, open_part, parse

PLAIN = b"""\
Received: from a by b; Mon, 6 Oct 2025 10:00:01 +0000
From: Ana Ruiz <ana@customer.example>
To: Support <support@example.test>, x@example.test
Cc: boss@customer.example
Subject: License fails
Date: Mon, 6 Oct 2025 12:00:00 +0200
Message-ID: <one@customer.example>
In-Reply-To: <zero@example.test>
References: <minus@example.test>
 <zero@example.test>

My key is H7KQ2-9ZXCV-B4N5M-QW3ER-T8Y6U.

--\x20
Ana
""".replace(b"\n", b"\r\n")
HEAD = b"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
PNG = base64.b64encode(b"\x89PNG fake").decode()


def mixed(*parts: str, subtype: str = "mixed") -> bytes:
    body = "".join(f"--=b\n{part}\n" for part in parts)
    head = f'Content-Type: multipart/{subtype}; boundary="=b"\n\n'
    return HEAD + f"{head}{body}--=b--\n".replace("\n", "\r\n").encode()


def subject_of(field: bytes) -> str:
    return parse(b"Subject: " + field + b"\r\n\r\nx").subject


def text_of(head: str, body: bytes) -> str:
    return parse(HEAD + head.encode() + b"\r\n\r\n" + body).words.text


def test_a_plain_mail_is_read_whole() -> None:
    message = parse(PLAIN)

    assert message.subject == "License fails"
    assert message.author == Mailbox("ana@customer.example", "Ana Ruiz")
    assert message.clean_author == "ana@customer.example"
    assert [to.address for to in message.to] == ["support@example.test", "x@example.test"]
    assert [cc.address for cc in message.cc] == ["boss@customer.example"]
    assert message.date == datetime(2025, 10, 6, 10, tzinfo=UTC)
    assert message.message_id == "one@customer.example"
    assert message.in_reply_to == ("zero@example.test",)
    assert message.references == ("minus@example.test", "zero@example.test")
    assert message.words.new == "My key is H7KQ2-9ZXCV-B4N5M-QW3ER-T8Y6U."
    assert message.words.signature == "-- \nAna"
    assert [key.key for key in message.keys] == ["H7KQ2-9ZXCV-B4N5M-QW3ER-T8Y6U"]
    assert message.has_field("received")
    assert message.defects == ()


@pytest.mark.parametrize(
    ("field", "subject"),
    [
        (b"=?utf-8?q?Pr=C3=BCfung?= OK", "Prüfung OK"),
        (b"=?iso-8859-1?Q?Pr=FCfung?=", "Prüfung"),
        (b"=?utf-8?B?UHLDvGZ1bmc=?=", "Prüfung"),
        (b"=?utf-8?B?UHLDvGZ1bmc?=", "Prüfung"),
        (b"=?utf-8?q?Pr=C3?=\r\n =?utf-8?q?=BCfung?=", "Prüfung"),
        (b"=?iso-2022-jp?B?GyRCJWklJCU7JXMlOSUtITwbKEI=?=", "ライセンスキー"),
        (b"=?utf-8*de?q?Pr=C3=BCfung?=", "Prüfung"),
        (b"=?utf-8?q?Pr=C3=BCfung heute?=", "Prüfung heute"),
        (b"Pr\xc3\xbcfung", "Prüfung"),
        (b"Pr\xfcfung der Lizenz", "Prüfung der Lizenz"),
        ("Проверка лицензии".encode("koi8-r"), "Проверка лицензии"),
        (b"=?nonsense?q?abc?=", "abc"),
        (b"=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
        (b"a =?b c?=", "a =?b c?="),
        (b"folded\r\n  twice\r\n\tand more", "folded  twice and more"),
        (b"=?utf-8?q?a=0D=0ABcc=3A_v?=", "aBcc: v"),
        (b"nul\x00and\x0bmore", "nulandmore"),
    ],
)
def test_a_header_field_is_decoded_as_it_was_meant(field: bytes, subject: str) -> None:
    assert subject_of(field) == subject


def test_a_space_before_a_colon_ends_no_header_section() -> None:
    raw = (
        b"Subject : one\r\nX-Odd\t: two\r\nFrom : Ana <a@b.example>\r\nTo: c@d.example\r\n\r\nx : y"
    )
    message = parse(raw)

    assert message.subject == "one"
    assert message.author == Mailbox("a@b.example", "Ana")
    assert [to.address for to in message.to] == ["c@d.example"]
    assert message.words.text == "x : y"


def test_a_boundary_may_be_folded_within_its_quotes() -> None:
    head = b'From: a@b.example\r\nContent-Type: multipart/mixed;\r\n\tboundary="=b\r\n c"\r\n\r\n'
    body = b"--=b c\r\n\r\nhello\r\n--=b c\r\nContent-Type: image/png\r\n\r\nx\r\n--=b c--\r\n"
    message = parse(head + body)

    assert message.words.text == "hello"
    assert [open_part(head + body, a.part) for a in message.attachments] == [b"x"]


def test_a_field_with_a_space_before_its_colon_proves_nothing() -> None:
    head = b"Authentication-Results : mx.example; dmarc=pass\r\nReceived : x\r\n"
    message = parse(head + b"From : a@b.example\r\n\r\nx")

    assert message.clean_author == ""
    assert not message.has_field("authentication-results")
    assert not message.has_field("received")


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        ("Content-Type: text/plain; charset=utf-8", "Größe".encode(), "Größe"),
        ("Content-Type: text/plain; charset=iso-8859-1", b"Gr\xf6\xdfe \x96 OK", "Größe – OK"),
        ("Content-Type: text/plain; charset=us-ascii", "Größe".encode(), "Größe"),
        ("Content-Type: text/plain; charset=iso-8859-1", "Größe".encode(), "Größe"),
        ("Content-Type: text/plain; charset=x-unknown", "Größe".encode(), "Größe"),
        ("X-Y: z", "Größe des Fensters".encode("cp1252"), "Größe des Fensters"),
        ("Content-Type: text/plain; charset=gb2312", "许可证镕".encode("gbk"), "许可证镕"),
        (
            "Content-Type: text/plain; charset=ks_c_5601-1987",
            "라이선스".encode("cp949"),
            "라이선스",
        ),
        ("Content-Type: text/plain; charset=iso-2022-jp", "起動".encode("iso2022_jp"), "起動"),
        ("Content-Type: text/plain; charset=utf-8", b"\xef\xbb\xbfbom", "bom"),
        ("Content-Type: text/plain; charset=utf-16", "Größe".encode("utf-16"), "Größe"),
        ("Content-Type: text/plain; charset=rot13", b"abc", "abc"),
        ("Content-Type: text/plain; charset=utf-8", b"a\x00b\x0bc\xef\xb7\x90", "abc"),
        ("Content-Type: text/plain; charset=utf-7", b"a+2AA-b", "ab"),
        ("Content-Transfer-Encoding: quoted-printable", b"a=3Db=\r\nc", "a=bc"),
        ("Content-Transfer-Encoding: base64", b"YWJj\r\n", "abc"),
        ("Content-Transfer-Encoding: base64 ", b"YWJj\r\n", "abc"),
        ("Content-Transfer-Encoding: BASE64", b"YWJjZ", "abc"),
        ("Content-Transfer-Encoding: rubbish", b"abc", "abc"),
        (
            "Content-Type: text/plain; format=flowed",
            b"a long \r\nline\r\n-- \r\nme",
            "a long line\n-- \nme",
        ),
        ("Content-Type: text/plain; format=flowed; delsp=yes", b"ab \r\ncd", "abcd"),
        ("Content-Type: text/html; charset=utf-8", b"<p>a</p><p>b</p>", "a\n\nb"),
    ],
)
def test_a_body_is_decoded_as_it_was_meant(head: str, body: bytes, text: str) -> None:
    found = text_of(head, body)

    assert found.replace("\ufffd", "") == text


def test_a_media_type_that_looks_like_wide_characters_is_clean() -> None:
    stated = b"text/x--" + bytes(29) + b"\xf6" + bytes(24)
    (attachment,) = parse(b"Content-Type: " + stated + b"\n\nx").attachments

    assert attachment.content_type.isprintable()


@pytest.mark.parametrize("charset", ["utf\x00-8", "idna", "undefined", "punycode", "a" * 300])
def test_no_stated_charset_makes_8bit_text_unreadable(charset: str) -> None:
    head = f'Content-Type: text/plain; charset="{charset}"\r\nContent-Transfer-Encoding: 8bit'

    assert text_of(head, "Größe".encode()) == "Größe"


def test_plain_text_is_preferred_to_html_unless_it_is_empty() -> None:
    plain, page = "Content-Type: text/plain\n\nplain", "Content-Type: text/html\n\n<p>page</p>"

    assert parse(mixed(plain, page, subtype="alternative")).words.text == "plain"
    assert parse(mixed("\n\n ", page, subtype="alternative")).words.text == "page"


def test_files_are_attachments_and_can_be_opened_again() -> None:
    raw = mixed(
        "Content-Type: text/plain\n\nsee file",
        "Content-Type: multipart/related; boundary=in\n\n--in\nContent-Type: text/html\n\n"
        '<img src="cid:pic@x">\n--in\nContent-Type: image/png; name="a/b.png"\n'
        f"Content-ID: <pic@x>\nContent-Transfer-Encoding: base64\n\n{PNG}\n--in--",
        "Content-Type: text/plain; name=log.txt\nContent-Disposition: attachment\n\nline",
    )
    image, log = parse(raw).attachments

    assert (image.filename, image.content_type) == ("b.png", "image/png")
    assert (image.inline, image.content_id, image.stated_name) == (True, "pic@x", True)
    assert (log.filename, log.inline, log.size) == ("log.txt", False, 4)
    for attachment in (image, log):
        content = open_part(raw, attachment.part)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            attachment.size,
            attachment.sha256,
        )
    assert open_part(raw, "2.2") == open_part(raw, image.part) == b"\x89PNG fake"
    assert open_part(raw, "") == raw
    for absent in ("9.1", "x", "0", "2.2.2"):
        with pytest.raises(KeyError):
            open_part(raw, absent)


NESTED = (
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    "Content-Type: multipart/mixed; boundary=bb\n\n--bb\nContent-Type: a/b\n{}\n--bb--\n--b--"
)


@pytest.mark.parametrize("line_end", ["\r\n", "\n"], ids=["CRLF", "LF"])
@pytest.mark.parametrize("form", ["{}", NESTED], ids=["flat", "nested"])
@pytest.mark.parametrize(
    ("encoding", "content", "decoded"),
    [
        ("base64", PNG, b"\x89PNG fake"),
        ("BASE64 ", f"{PNG}\n\n", b"\x89PNG fake"),
        ("base64", "YW Jj\n*ZGVm", b"abcdef"),
        ("base64", "YWJjZ", b"abc"),
        ("base64", "YWJj\xc3\xbcZGVm", b"abcdef"),
        ("base64", "", b""),
        ("quoted-printable", "a=3Db=\nc=XX=", b"a=bc=XX"),
        ("8bit", "Gr\xc3\xb6\xc3\x9fe", "Größe".encode()),
        ("binary", "\0\x01\xff", b"\0\x01\xff"),
        ("7bit", "--b is no delimiter", b"--b is no delimiter"),
        ("", "words", b"words"),
    ],
)
def test_a_remembered_place_opens_the_same_file_as_its_path(
    line_end: str, form: str, encoding: str, content: str, decoded: bytes
) -> None:
    body = f"Content-Transfer-Encoding: {encoding}\n\n{content}"
    part = form.format(body) if form == NESTED else f"Content-Type: a/b\n{body}"
    text = f"Content-Type: multipart/mixed; boundary=o\n\n--o\n\nwords\n--o\n{part}\n--o--\n"
    raw = HEAD + text.replace("\n", line_end).encode("latin-1")
    (attachment,) = parse(raw).attachments

    assert re.fullmatch(r"\d+-\d+:[a-z0-9-]+", attachment.part)
    assert open_part(raw, attachment.part) == decoded
    assert open_part(raw, "2.1.1" if form == NESTED else "2") == decoded
    assert attachment.sha256 == hashlib.sha256(decoded).hexdigest()


@pytest.mark.parametrize(
    "raw",
    [
        mixed("\nx", "Content-Type: a/b\nContent-Transfer-Encoding: x-uuencode\n\n"
              "begin 644 a\n#86)C\n \nend"),
        mixed("\nx", "Content-Type: a/b\n\nx").replace(
            b"\r\n\r\n", b"\r\n" + (b"X: " + b"y" * 900 + b"\r\n") * 330 + b"\r\n", 1),
        mixed("\nx", f"Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n{PNG}"
              "\n--=b \nContent-Type: a/b\n\nspace after the delimiter"),
    ],
    ids=["uuencode", "header cut", "delimiter with space"],
)  # fmt: skip
def test_whatever_form_a_part_has_it_opens_what_was_read(raw: bytes) -> None:
    attachments = parse(raw).attachments

    assert attachments
    for attachment in attachments:
        content = open_part(raw, attachment.part)
        assert hashlib.sha256(content).hexdigest() == attachment.sha256


@pytest.mark.parametrize(
    "part",
    [
        "5-4:none",
        "0-999999:none",
        "99999999999-999999999999:none",
        f"0-{10**30}:none",
        "-1-2:none",
        "0--1:none",
        "0-5",
        "0-5:",
        "0-5:rot13",
        "0-5:none\n",
        "0-5:none:base64",
        "٠-٥:none",
        "0 - 5:none",
        "0x0-5:none",
        "²-5:none",
        "1." * 5_000,
        "1" * 5_000,
    ],
)
def test_a_part_that_cannot_be_is_not_there(part: str) -> None:
    with pytest.raises(KeyError):
        open_part(PLAIN, part)


def test_a_remembered_place_never_has_more_than_its_octets() -> None:
    assert open_part(PLAIN, f"0-{len(PLAIN)}:none") == PLAIN
    assert open_part(PLAIN, "0-9:none") == b"Received:"
    assert open_part(PLAIN, "9-9:base64") == b""


def test_a_file_is_taken_out_of_a_mail_without_reading_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = mixed("\nx", f"Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n{PNG}")
    (attachment,) = parse(raw).attachments
    monkeypatch.setattr("helpdesk.inbound.parse.read_tree", None)

    assert open_part(raw, attachment.part) == b"\x89PNG fake"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=utf-8''Pr%C3%BCfung.pdf", "Prüfung.pdf"),
        ('attachment; filename*0="long "; filename*1="name.pdf"', "long name.pdf"),
        ("attachment; filename*0*=utf-8'de'Pr%C3; filename*1*=%BCfung.pdf", "Prüfung.pdf"),
        ('attachment; filename="=?utf-8?q?Pr=C3=BCfung.pdf?="', "Prüfung.pdf"),
        ("attachment; filename=two words.pdf", "two words.pdf"),
        ('attachment; filename="semi;colon.pdf"; size=3', "semi;colon.pdf"),
        ("attachment; size=3; filename='quoted.pdf'", "'quoted.pdf'"),
        ("attachment; filename=Prüfung.pdf", "Prüfung.pdf"),
        ('attachment; filename="../../x.pdf"', "x.pdf"),
        ("attachment", "attachment.pdf"),
    ],
)
def test_a_file_name_is_found_in_every_form(disposition: str, name: str) -> None:
    raw = mixed(f"Content-Type: application/pdf\nContent-Disposition: {disposition}\n\nx")

    assert parse(raw).attachments[0].filename == name


def test_an_attached_message_is_one_attachment_and_stays_as_it_is() -> None:
    inner = "Subject:inner  odd\n\nContent-Type is no field\n\nsecret words"
    raw = mixed("\nouter", f"Content-Type: message/rfc822\n\n{inner}")
    message = parse(raw)

    assert message.words.text == "outer"
    assert [a.filename for a in message.attachments] == ["inner odd.eml"]
    assert open_part(raw, "2") == inner.replace("\n", "\r\n").encode()
    assert message.attachments[0].sha256 == hashlib.sha256(open_part(raw, "2")).hexdigest()


def test_a_reply_gives_its_new_words() -> None:
    body = b"Yes.\r\n\r\nOn Mon, Oct 6, 2025 at 10:00 Ana <a@b.example> wrote:\r\n> No?\r\n"

    assert parse(HEAD + b"\r\n" + body).words.new == "Yes."


def test_a_forwarded_message_is_taken_apart() -> None:
    body = (
        b"Please help her.\r\n\r\n---------- Forwarded message ---------\r\n"
        b"From: Ana Ruiz <ana@customer.example>\r\nDate: Mon, Oct 6, 2025\r\n"
        b"Subject: License fails\r\nTo: <me@example.test>\r\n\r\nIt fails.\r\n"
    )
    message = parse(b"Subject: Fwd: License fails\r\n\r\n" + body)

    assert message.forwarded is not None
    assert message.forwarded.author == Mailbox("ana@customer.example", "Ana Ruiz")
    assert message.forwarded.subject == "License fails"
    assert (message.forwarded.note, message.forwarded.text) == ("Please help her.", "It fails.")
    assert message.words.new == "Please help her."


def test_the_configured_key_shapes_are_looked_for() -> None:
    options = ReaderOptions((KeyPattern("shop", r"SHOP-\d{4}"),))
    keys = parse(b"Subject: SHOP-1234\r\n\r\nx", options).keys

    assert [(key.key, key.provider) for key in keys] == [("SHOP-1234", "shop")]


def test_a_key_in_the_quoted_history_is_marked_so() -> None:
    keys = parse(HEAD + b"\r\nHi\r\n\r\n> key H7KQ2-9ZXCV-B4N5M-QW3ER-T8Y6U\r\n").keys

    assert [key.quoted for key in keys] == [True]


def test_the_digest_is_that_of_the_message_and_not_of_its_way() -> None:
    trace = (
        b"Return-Path: <x@y.example>\r\nDelivered-To: support@example.test\r\n"
        b"X-Original-To: support@example.test\r\nReceived: from c by d; Tue\r\n"
        b"Authentication-Results: mx; dmarc=pass\r\nDKIM-Signature: v=1\r\nList-Id: <l.example>\r\n"
    )
    digest = parse(PLAIN).digest

    assert parse(trace + PLAIN).digest == digest
    assert parse(PLAIN.replace(b"\r\n", b"\n")).digest == digest
    assert parse(PLAIN + b"\r\n").digest == digest
    assert parse(PLAIN.replace(b"License fails", b"License works")).digest != digest
    assert parse(PLAIN.replace(b"My key", b"Our key")).digest != digest
    assert parse(PLAIN.replace(b"ana@", b"eva@")).digest != digest


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (b"X: " + b"y" * 300_000 + b"\r\nSubject: z\r\n\r\nbody", "header section too long"),
        (mixed(*["\nx"] * 1_100), "too many parts"),
        (
            HEAD
            + b"".join(
                b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
                for n in range(1_500)
            ),
            "nested too deeply",
        ),
        (b"Content-Type: message/rfc822\r\n\r\n" * 1_500, "nested too deeply"),
    ],
)
def test_beyond_the_limits_a_mail_is_still_a_message(raw: bytes, defect: str) -> None:
    message = parse(raw)

    assert any(defect in one for one in message.defects)
    assert message.digest


def test_a_digest_of_many_messages_is_not_deep() -> None:
    parts = ["Content-Type: message/rfc822\n\nSubject: a\n\nb"] * 150

    assert len(parse(mixed(*parts, subtype="digest")).attachments) == 150


HOSTILE = {
    "semicolons": HEAD + b"Content-Type: text/plain" + b";" * 100_000 + b"\r\n\r\nx",
    "encoded words": HEAD + b"X: " + b"=?utf-8?q?a?= " * 15_000 + b"\r\n\r\nx",
    "unfinished words": HEAD + b"X: " + b"=?utf-8?q?" * 20_000 + b"\r\n\r\nx",
    "addressees": HEAD + b"To: " + b"a@b.example," * 20_000 + b"\r\n\r\nx",
    "comments": HEAD + b"To: " + b"(" * 200_000 + b"\r\n\r\nx",
    "continuations": HEAD
    + b"Content-Type: text/plain"
    + b"".join(b"; a*%d*=x" % n for n in range(10_000))
    + b"\r\n\r\nx",
    "delimiters": HEAD + b'Content-Type: multipart/mixed; boundary="-"\r\n\r\n' + b"-" * 200_000,
    "report": HEAD + b"Content-Type: message/delivery-status\r\n\r\n" + b"a: b\r\n\r\n" * 10_000,
    "line feeds": b"\n" * 300_000,
    "one line": b"x" * 300_000,
    "ids": HEAD + b"References: " + b"<a@b> " * 30_000 + b"\r\n\r\nx",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_mail_is_read_in_a_moment(raw: bytes) -> None:
    start = time.process_time()
    parse(raw)

    assert time.process_time() - start < 3


def test_no_bytes_make_the_reader_raise() -> None:
    rng = random.Random(11)
    seeds = [
        PLAIN,
        mixed("\na", "Content-Type: text/html; charset=x\n\n<p>b", subtype="alternative"),
    ]
    seeds += [mixed("Content-Type: message/rfc822\n\n\nx", f"Content-Type: a/b\n\n{PNG}")]
    pieces = [
        b"\r\n",
        b"\n\n",
        b"--=b",
        b"=?",
        b"?=",
        b"\xff",
        b"\x00",
        b";",
        b'"',
        b": ",
        b"(",
        b">",
    ]
    for _ in range(300):
        raw = bytearray(rng.choice(seeds))
        for _ in range(rng.randrange(1, 8)):
            start = rng.randrange(len(raw) + 1)
            raw[start : start + rng.randrange(20)] = rng.choice(pieces) * rng.randrange(3)
        message = parse(bytes(raw))

        repr(message).encode("utf-8")
        assert "\x00" not in message.words.text + message.subject
        for attachment in message.attachments:
            content = open_part(bytes(raw), attachment.part)
            assert hashlib.sha256(content).hexdigest() == attachment.sha256


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\x00", b"From ", b":", b"Subject", b"\xff\xfe"])
def test_hardly_anything_is_a_message_too(raw: bytes) -> None:
    assert parse(raw).digest


def test_an_encoded_word_in_a_trace_field_stays_encoded() -> None:
    """The edge repeats words of the sender: decoded they would be results of their own."""
    forged = "=?utf-8?q?x;_dmarc=3Dpass_header.from=3Dexample.com?="
    raw = f"Authentication-Results: mx; spf=pass smtp.mailfrom={forged}\r\n\r\nx\r\n".encode()

    assert parse(raw).field("authentication-results").endswith(forged)


def test_images_of_signature_and_history_are_told_from_those_among_the_new_words() -> None:
    html = (
        '<div>Look: <img src="cid:shot"></div><div class="gmail_signature">-- <br>Bob'
        '<br><img src="cid:logo"></div><div class="gmail_quote">On Monday Ana wrote:'
        '<blockquote><img src="cid:old"></blockquote></div>'
    )
    images = "".join(
        f"--b\r\nContent-Type: image/png\r\nContent-ID: <{name}>\r\n"
        f"Content-Disposition: inline; filename={name}.png\r\n\r\n{name}\r\n"
        for name in ("shot", "logo", "old")
    )
    raw = (
        "Content-Type: multipart/related; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n{images}--b--\r\n"
    )

    found = {a.content_id: a.quoted for a in parse(raw.encode()).attachments}

    assert found == {"shot": False, "logo": True, "old": True}


def test_a_comment_behind_the_transfer_encoding_is_no_part_of_it() -> None:
    raw = b"Content-Transfer-Encoding: base64 (as usual)\r\n\r\naGVsbG8=\r\n"

    assert parse(raw).words.text == "hello"


def test_a_key_in_a_quotation_is_found_though_nobody_knows_where_that_begins() -> None:
    introduction = b"On Mon, Oct 6, 2025 at 10:00 AM Ana <ana@example.com> wrote:\r\n"
    raw = HEAD + b"\r\n" + introduction + b"\r\nYes.\r\n\r\n" + introduction

    message = parse(raw + b"> My key is H7KQ2-9ZXCV-B4N5M-QW3ER-T8Y6U.\r\n")

    assert message.words.new == message.words.quoted == "Yes."
    assert [(key.key, key.quoted) for key in message.keys] == [
        ("H7KQ2-9ZXCV-B4N5M-QW3ER-T8Y6U", True)
    ]
