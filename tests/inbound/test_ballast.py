"""Bodies that are taken out while the tree of a message is built."""

import base64
import time
from email import message_from_bytes

import pytest

from fuzz.seeds import heavy_mails
from fuzz.targets import ballast
from helpdesk.inbound import parse as parse_module
from helpdesk.inbound.ballast import lighten
from helpdesk.inbound.header import read_header
from helpdesk.inbound.parse import open_part, parse

FILE = bytes(range(256)) * 400
MAIL = (
    b"Subject: log\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nIt fails.\r\n--b\r\n"
    b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(FILE).replace(b"\n", b"\r\n")
    + b"--b--\r\n"
)


def light(raw: bytes) -> bytes:
    return lighten(raw, read_header(raw).body)[0]


@pytest.mark.parametrize("raw", list(heavy_mails()))
def test_the_tree_is_that_of_the_whole_message(raw: bytes) -> None:
    ballast(raw)


def test_a_file_is_taken_out_and_put_back() -> None:
    message = parse(MAIL)
    [attached] = message.attachments

    assert len(light(MAIL)) < 500 < len(MAIL)
    assert message.words.text == "It fails."
    assert open_part(MAIL, attached.part) == FILE
    assert attached.size == len(FILE)


def test_a_message_with_our_mark_in_it_stays_as_it_is() -> None:
    raw = MAIL.replace(b"It fails.", b"~taken-out~0~")

    assert light(raw) == raw
    assert parse(raw).words.text == "~taken-out~0~"


@pytest.mark.parametrize(
    "head",
    [b"", b"Content-Type: text/html; charset=utf-8\r\n", b"content-type:image/png\r\n"],
)
def test_the_body_of_a_message_without_parts_is_taken_out(head: bytes) -> None:
    raw = b"Subject: a\r\n" + head + b"\r\n--b\r\nContent-Type: multipart/x\r\n\r\nwords\r\n"

    assert light(raw) == b"Subject: a\r\n" + head + b"\r\n~taken-out~0~"
    ballast(raw)


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type:\r\n message/rfc822\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Subject: a\rContent-Type: multipart/mixed; boundary=b\r\n",
        b"Subject: a\r\nContent-Type : multipart/mixed; boundary=b\r\n",
    ],
)
def test_what_may_have_parts_is_not_taken_out(head: bytes) -> None:
    raw = head + b"\r\n--b\r\n\r\nwords\r\n--b--\r\n"

    assert light(raw) == raw
    ballast(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: a\n:\nContent-Type: message/rfc822\n%b",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n%b",
    ],
)
def test_a_field_whose_name_begins_with_dashes_is_no_delimiter(raw: bytes) -> None:
    inner = b"Subject: inner\n\nIt fails.\n"

    ballast(raw % (b"--x: y\nContent-Type: text/plain\n\n" + inner + b"--b--\n"))


@pytest.mark.parametrize(
    "piece",
    [
        b"A" * 76 + b"\n",
        (b"A" * 76 + b"\n") * 15 + b"\n",
        b"A" * 999 + b"\n",
        b"A",
        b"A\r\n",
        b"\n",
        b"--a:b\n",
        b"--\n",
        b"--a\nb:" + b"x" * 1_999 + b"\n" + (b" " + b"x" * 1_999 + b"\n") * 19,
        b"\n--a\nContent-Type: a/b\n\n",
    ],
)
def test_looking_for_bodies_takes_no_more_than_moments(piece: bytes) -> None:
    raw = piece * (2_000_000 // len(piece))
    began = time.process_time()
    lighten(raw, 0)

    assert time.process_time() - began < 0.5


def test_a_large_file_costs_less_than_the_library_alone() -> None:
    raw = MAIL.replace(b"--b--", base64.encodebytes(bytes(2_000_000)) + b"--b--")
    began = time.process_time()
    parse_module.parse(raw)
    ours = time.process_time() - began
    began = time.process_time()
    message_from_bytes(raw)

    assert ours < time.process_time() - began
