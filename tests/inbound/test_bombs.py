"""Mails that try to exhaust the reader; `python -m benchmarks.bombs` measures all of them."""

import time

import pytest

from benchmarks.hostile import CHARSET_WORDS, SIZES, Bomb, all_bombs, charsets, in_charset
from helpdesk.core.mail import Attachment
from helpdesk.inbound.parse import open_part, parse

# What is left to the benchmark takes seconds to make or to read.
SLOW = ("MB", "100,000 fields", "100,000 parts", "boundary that is everywhere", "5,000", "10,000")
MAILS = [
    each
    for each in all_bombs()
    if each.family in {"tree", "wide", "file"} and not any(word in each.name for word in SLOW)
]
SCALED = [each for each in all_bombs() if each.size == SIZES[0]]
SECONDS = 3


def test_there_is_a_bomb_for_everything_that_could_be_exhausted() -> None:
    assert len(MAILS) + len(SCALED) > 60


@pytest.mark.parametrize("bomb", MAILS + SCALED, ids=lambda bomb: f"{bomb.family} {bomb.name}")
def test_a_bomb_is_a_message_that_says_what_was_left_out(bomb: Bomb) -> None:
    raw = bomb.make()
    began = time.process_time()
    message = parse(raw)

    assert time.process_time() - began < SECONDS
    assert bomb.defect in " ".join(message.defects)
    assert message.digest


def test_whatever_the_charset_there_is_text() -> None:
    texts = {name: parse(in_charset(name)).words.text for name in charsets()}

    assert len(texts) > 120
    assert [name for name, text in texts.items() if not any(map(str.isalnum, text))] == []
    "".join(texts.values()).encode()


@pytest.mark.parametrize("charset", ["utf-7", "utf-32", "iso2022_jp_ext", "hz", "utf-16"])
def test_the_stranger_charsets_are_read(charset: str) -> None:
    words = CHARSET_WORDS.encode(charset, "ignore").decode(charset)

    assert parse(in_charset(charset)).words.text == words


def test_nothing_is_inflated() -> None:
    [bomb] = [each for each in all_bombs() if each.name == "zip of 1 MB of zeros, 5 times"]
    raw = bomb.make()
    message = parse(raw)
    [attached] = message.attachments

    assert isinstance(attached, Attachment)
    assert attached.size == len(open_part(raw, attached.part)) < 2_000
