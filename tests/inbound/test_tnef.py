"""winmail.dat: its words and its files stand in its place."""

import base64
import hashlib
import random
import struct
import time

import pytest

from helpdesk.core.mail import Message
from helpdesk.inbound.parse import open_part, parse
from helpdesk.inbound.rtf import LARGEST, decompress, read_rtf
from helpdesk.inbound.tnef import read_tnef
from tests.folded import for_each
from tests.inbound.tnef_file import (
    BINARY,
    IMESSAGE,
    OBJECT,
    STRING,
    attribute,
    file,
    packed_rtf,
    properties,
    text,
    winmail,
)

RICH = rb"{\rtf1\ansi\ansicpg1252"
RICH += rb"{\fonttbl{\f0\fcharset0 Arial;}}\f0 Gr\'fc\'dfe \u8364? \{x\}\par Ende}"
WRAPPED = (
    rb"{\rtf1\ansi\fromhtml1{\fonttbl{\f0 A;}}{\*\htmltag64 <p>}\htmlrtf{\b \htmlrtf0 Hello"
    rb"\htmlrtf }\htmlrtf0 {\*\htmltag84 &amp;}\line world{\*\htmltag72 </p>}\htmlrtf\par\htmlrtf0}"
)


def mail(content: bytes, *, kind: str = "application/ms-tnef", words: str = "") -> bytes:
    encoded = base64.encodebytes(content).decode()
    parts = f"--b\n\n{words}\n" if words else ""
    return (
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n"
        f'{parts}--b\nContent-Type: {kind}; name="winmail.dat"\n'
        f"Content-Transfer-Encoding: base64\n\n{encoded}\n--b--\n"
    ).encode()


def read(*attributes: bytes, page: int = 1252) -> Message:
    return parse(mail(winmail(*attributes, page=page)))


@pytest.mark.parametrize(
    "kind", ["application/ms-tnef", "application/vnd.ms-tnef", "application/octet-stream"]
)
def test_the_files_in_it_stand_in_its_place_and_are_opened_again(kind: str) -> None:
    raw = mail(
        winmail(file("A.TXT", b"one"), file("LONGNA~1.PDF", b"two\0\0", long_name="Länge.pdf")),
        kind=kind,
    )
    first, second = parse(raw).attachments

    assert (first.filename, first.content_type, first.size) == ("A.TXT", "text/plain", 3)
    assert (second.filename, second.content_type) == ("Länge.pdf", "application/pdf")
    assert open_part(raw, first.part) == b"one"
    assert open_part(raw, second.part) == b"two\0\0"
    assert second.sha256 == hashlib.sha256(b"two\0\0").hexdigest()
    for absent in ("tnef:2", "tnef:x", "tnef:-1", "uu:0", "cms", "", "tnef:0!tnef:0"):
        with pytest.raises(KeyError):
            open_part(raw, f"{first.part.partition('!')[0]}!{absent}")


@pytest.mark.parametrize(
    ("attributes", "page", "shown"),
    [
        ([attribute(1, 0x800C, "Grüße\0".encode("cp1252"))], 1252, "Grüße"),
        ([attribute(1, 0x800C, "Привет".encode("cp1251"))], 1251, "Привет"),
        ([attribute(1, 0x9003, properties(text(0x1000, "Grüße Ж")))], 1252, "Grüße Ж"),
        ([attribute(1, 0x9003, properties((0x1000, STRING, b"words\0")))], 1252, "words"),
        (
            [attribute(1, 0x9003, properties((0x1013, BINARY, "<p>ü</p><p>b".encode())))],
            1252,
            "ü\n\nb",
        ),
        (
            [attribute(1, 0x9003, properties((0x1009, BINARY, packed_rtf(RICH))))],
            1252,
            "Grüße € {x}\nEnde",
        ),
        (
            [attribute(1, 0x9003, properties((0x1009, BINARY, packed_rtf(WRAPPED))))],
            1252,
            "Hello&world",
        ),
        (
            [
                attribute(
                    1, 0x9003, properties((0x1009, BINARY, packed_rtf(RICH)), text(0x1000, "plain"))
                )
            ],
            1252,
            "plain",
        ),
    ],
)
def test_the_words_are_shown_in_whatever_form_they_come(
    attributes: list[bytes], page: int, shown: str
) -> None:
    message = read(*attributes, page=page)

    assert message.words.text == shown
    assert message.attachments == ()


def test_words_that_the_mail_says_itself_are_shown_once() -> None:
    inside = winmail(attribute(1, 0x800C, b"The printer is broken again."))

    same = parse(mail(inside, words="The printer is broken again.\n"))
    other = parse(mail(inside, words="_____\nlist@example.test, how to leave"))

    assert same.words.text == "The printer is broken again."
    assert other.words.text.startswith("The printer is broken again.\n\n_____")


def test_an_image_that_its_html_shows_is_inline() -> None:
    page = attribute(1, 0x9003, properties((0x1013, BINARY, b'<p>a<img src="cid:i@x">')))
    shown, other = read(
        page, file("i.png", b"p", text(0x3712, "i@x")), file("j.png", b"q")
    ).attachments

    assert (shown.inline, shown.content_id, other.inline) == (True, "i@x", False)


def test_a_message_in_it_is_one_attachment_that_can_be_read() -> None:
    inner = winmail(
        attribute(1, 0x8004, b"Old question\0"),
        attribute(1, 0x800C, b"old words"),
        file("deep.txt", b"deep"),
    )
    packed = file("Old question", b"", (0x3701, OBJECT, IMESSAGE + inner))
    raw = mail(winmail(attribute(1, 0x800C, b"see below"), packed))
    message = parse(raw)

    assert message.words.text == "see below"
    assert [a.filename for a in message.attachments] == ["Old question"]
    assert open_part(raw, message.attachments[0].part) == inner
    assert open_part(raw, message.attachments[0].part + "!tnef:0") == b"deep"
    (attached,) = message.attached
    assert (attached.subject, attached.text) == ("Old question", "old words")
    assert attached.filenames == ("deep.txt",)


def test_a_file_with_no_name_a_wrong_checksum_or_octets_behind_it_is_read() -> None:
    nameless = attribute(2, 0x9002, bytes(14)) + attribute(2, 0x800F, b"x")[:-2] + b"\xff\xff"
    (found,) = read(nameless, b"\0\0garbage").attachments

    assert (found.filename, found.stated_name, found.size) == ("attachment", False, 1)


def test_what_is_no_tnef_stays_a_file() -> None:
    message = parse(mail(b"nonsense"))

    assert [a.filename for a in message.attachments] == ["winmail.dat"]


def test_a_file_without_its_end_is_kept_as_far_as_it_goes() -> None:
    whole = winmail(attribute(1, 0x800C, b"words"), file("a.txt", b"0123456789" * 9))
    message = parse(mail(whole[: whole.index(b"0123456789") + 15]))

    assert message.words.text == "words"
    assert message.attachments[0].size == 15
    assert "winmail.dat is damaged, only its beginning was read" in message.defects


def test_rich_text_never_becomes_longer_than_its_limit() -> None:
    octets = b"\0aaaaaaaa" + b"\xff" + struct.pack(">H", 207 << 4 | 15) * 8
    bomb = struct.pack("<II4sI", 0, 2**32 - 1, b"LZFu", 0) + octets + b"\xff\x0c\xff" * 600_000

    assert len(decompress(bomb)) <= LARGEST


def test_rich_text_is_unpacked_as_the_standard_has_it() -> None:
    packed = bytes.fromhex(  # the two examples of MS-OXRTFCP §4
        "2d0000002b0000004c5a4675f1c5c7a703000a0072637067313235423"
        "20af32068656c090020627705b06c647d0a800fa0"
    )
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")

    assert decompress(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert decompress(crossing) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


@pytest.mark.parametrize(
    ("rich", "shown"),
    [
        (rb"{\rtf1 a\b b\b0  c}", "ab c"),
        (rb"{\rtf1{\*\generator x;}{\info{\title t}}a}", "a"),
        (rb"{\rtf1\uc2\u1078 ??x\u-10179??\u-8704??}", "жx\U0001f600"),
        (rb"{\rtf1{\fonttbl{\f1\fcharset204 A;}}\f1\'cf\'f0\f0\'e4}", "Прä"),
        (rb"{\rtf1\ansicpg932 \'93\'fa}", "日"),
        (rb"{\rtf1 a\tab b\line c\~d\-e\_f\bullet}", "a\tb\nc\xa0de\u2011f•"),
        (rb"{\rtf1{\pict\bin5 }}}}}x}y}", "y"),
        (rb"{\rtf1 unfinished{\b ", "unfinished"),
        (rb"{\rtf1 a\bin999999999 b}", "a"),
        (rb"}}}{\rtf1", ""),
        (rb"no rtf", ""),
    ],
)
def test_rich_text_is_read_as_its_words(rich: bytes, shown: str) -> None:
    assert read_rtf(rich).text == shown


SEEDS = [
    winmail(
        attribute(1, 0x9003, properties((0x1009, BINARY, packed_rtf(RICH)), text(0x1000, "w"))),
        file("a.txt", b"abc", text(0x3712, "c"), long_name="long.txt"),
        file("m", b"", (0x3701, OBJECT, IMESSAGE + winmail(file("b", b"x")))),
    ),
    winmail(attribute(1, 0x9003, properties((0x1009, BINARY, packed_rtf(WRAPPED))))),
]


@for_each("seed", range(20))
def test_whatever_the_octets_are_they_are_read(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(20):
        content = bytearray(chance.choice(SEEDS))
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(6, len(content))
            content[at : at + chance.randint(0, 4)] = chance.randbytes(chance.randint(0, 4))
        raw = mail(bytes(content))
        for attachment in parse(raw).attachments:
            opened = open_part(raw, attachment.part)
            assert hashlib.sha256(opened).hexdigest() == attachment.sha256


@pytest.mark.parametrize(
    "content",
    [
        winmail(*[attribute(1, 0x800C, b"")] * 60_000),
        winmail(*[file("a", b"b")] * 5_000),
        winmail(attribute(1, 0x9003, struct.pack("<I", 2**32 - 1) + bytes(1_000_000))),
        winmail(attribute(1, 0x9003, struct.pack("<IHHI", 1, 0x101E, 1, 2**32 - 1) + bytes(10**6))),
        winmail(attribute(1, 0x9003, struct.pack("<IHHI", 1, 0x1003, 1, 2**32 - 1))),
    ],
    ids=["attributes", "files", "properties", "values", "numbers"],
)
def test_lengths_and_counts_that_lie_cost_nothing(content: bytes) -> None:
    started = time.process_time()
    packed = read_tnef(content)

    assert time.process_time() - started < 2
    assert len(packed.files) <= 1_000


@pytest.mark.parametrize(
    "rich",
    [b"{\\rtf1" + b"{" * 500_000, b"{\\rtf1" + b"\\f" * 300_000, b"{\\rtf1 " + b"\\'" * 300_000,
     b"{\\rtf1\\fonttbl" + b"\\f1\\fcharset1" * 50_000, b"{\\rtf1" + b"{}" * 300_000],
)  # fmt: skip
def test_hostile_rich_text_takes_time_by_its_length_only(rich: bytes) -> None:
    started = time.process_time()
    read_rtf(rich)

    assert time.process_time() - started < 4
