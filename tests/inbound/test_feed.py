"""The tree of hostile messages, built in bounded time."""

import time

import pytest

from fuzz.targets import ballast
from helpdesk.inbound.parse import parse

LINES = 150_000
SECONDS = 2.5  # the library's own parser takes longer for each of them


def nested(depth: int, blank: bytes, tail: bytes) -> bytes:
    levels = (
        b"Content-Type: multipart/mixed; boundary=b%d\n%b--b%d\n" % (n, blank, n)
        for n in range(depth)
    )
    return b"Subject: deep\n" + b"".join(levels) + tail


@pytest.mark.parametrize("depth", [3, 90])
@pytest.mark.parametrize(
    "tail",
    [
        b"\nwords\n--b2 \nmore\n--b0--\n--b0\nafter\n",
        b"\nwords\n--b1--\n--x\n--\n\n--b0\n\nmore\r\n--b0--\r--b0\r",
        b"Content-Type: message/delivery-status\n\na: b\n\nc: d\n\t\ne: f\n--b1\n\nmore",
        b"Content-Type: multipart/digest; boundary=\n\n--\n",
    ],
)
def test_the_tree_is_that_of_the_library(depth: int, tail: bytes) -> None:
    ballast(nested(depth, b"\n", tail))


@pytest.mark.parametrize(
    "raw",
    [
        nested(90, b"\n", b"\n" + b"b\n" * LINES),
        nested(90, b"\n", b"\n" * LINES),
        nested(90, b"\n", b"\n" + b"--\n" * (LINES // 3)),
        nested(800, b"", b"x\n" + b"b\n" * LINES),
        nested(1, b"\n", b"Content-Type: message/delivery-status\n\n" + b"\n" * 3 * LINES),
    ],
    ids=["lines", "empty lines", "dashes", "levels without empty lines", "blocks of a report"],
)
def test_a_tree_is_built_in_moments_however_deep_or_wide_it_is(raw: bytes) -> None:
    began = time.process_time()
    message = parse(raw)

    assert time.process_time() - began < SECONDS
    assert message.subject == "deep"
    assert message.defects
