"""Runs of base64 that are taken out while the tree of a message is built."""

import base64
import time
from email import message_from_bytes

import pytest

from fuzz.seeds import heavy_mails
from fuzz.targets import ballast
from helpdesk.inbound import parse as parse_module
from helpdesk.inbound.ballast import SHORTEST, lighten
from helpdesk.inbound.parse import open_part, parse

FILE = bytes(range(256)) * 400
MAIL = (
    b"Subject: log\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\n\r\nIt fails.\r\n--b\r\n"
    b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(FILE).replace(b"\n", b"\r\n")
    + b"--b--\r\n"
)


@pytest.mark.parametrize("raw", list(heavy_mails()))
def test_the_tree_is_that_of_the_whole_message(raw: bytes) -> None:
    ballast(raw)


def test_a_file_is_taken_out_and_put_back() -> None:
    light, taken = lighten(MAIL)
    message = parse(MAIL)
    [attached] = message.attachments

    assert len(light) < 500 < SHORTEST < len(MAIL)
    assert len(taken) == 1
    assert message.words.text == "It fails."
    assert open_part(MAIL, attached.part) == FILE
    assert attached.size == len(FILE)


def test_a_message_with_our_mark_in_it_stays_as_it_is() -> None:
    raw = MAIL.replace(b"It fails.", b"~taken-out~0~")

    assert lighten(raw) == (raw, [])
    assert parse(raw).words.text == "~taken-out~0~"


def test_a_short_message_is_not_looked_at() -> None:
    assert lighten(MAIL[:1_000]) == (MAIL[:1_000], [])


@pytest.mark.parametrize(
    "piece",
    [
        b"A" * 76 + b"\n",
        (b"A" * 76 + b"\n") * 15 + b"\n",
        b"A" * 999 + b"\n",
        b"A",
        b"A\r\n",
        b"\n",
    ],
)
def test_looking_for_runs_takes_no_more_than_moments(piece: bytes) -> None:
    raw = piece * (2_000_000 // len(piece))
    began = time.process_time()
    lighten(raw)

    assert time.process_time() - began < 1


def test_a_large_file_costs_less_than_the_library_alone() -> None:
    raw = MAIL.replace(b"--b--", base64.encodebytes(bytes(2_000_000)) + b"--b--")
    began = time.process_time()
    parse_module.parse(raw)
    ours = time.process_time() - began
    began = time.process_time()
    message_from_bytes(raw)

    assert ours < time.process_time() - began
