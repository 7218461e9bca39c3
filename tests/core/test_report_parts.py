"""Addresses in the words of a report, whatever stands beside them."""

import time

import pytest

from helpdesk.core.report_parts import ADDRESS, address_in


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("to o'neil@x.example now", "o'neil@x.example"),
        ("'ana@x.example'", "ana@x.example"),
        ("<ana@x.example>:", "ana@x.example"),
        ("ana@x.example您好，", "ana@x.example"),
        ("ana@x.exampleさん", "ana@x.example"),
        ("änne@bücher.example", "änne@bücher.example"),
        ("ana@mail.bücher.example", "ana@mail.bücher.example"),
        ("ana@例え.テスト", "ana@例え.テスト"),
        ("ana@mailhub0", "ana@mailhub0"),
        ("ana+tag=1_x@a-b.x.example.", "ana+tag=1_x@a-b.x.example"),
        ("ana@192.0.2.1", "ana@192.0.2.1"),
        ("ana at x.example", ""),
        ("@x.example", ""),
    ],
)
def test_an_address_ends_where_it_ends(text: str, address: str) -> None:
    assert address_in(text) == address


@pytest.mark.parametrize(
    "piece",
    ["a", "a'", "a@", "a.", "a.a@a.", "ü", "a@a.ü", "@", "a@b.c-", "'a'@", "a@" + "b." * 30],
)
def test_the_time_is_linear(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    begin = time.process_time()
    ADDRESS.findall(text)
    ADDRESS.findall(f"a@{text}é.")

    assert time.process_time() - begin < 1
