"""Header fields and flowed text, encoded in all the ways that programs have found."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.inbound.decode import as_written, clean_field, clean_text, decode_field, unflow
from helpdesk.inbound.header import Header, for_parsers, read_date, read_header
from tests.folded import for_each

UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def field(octets: bytes) -> str:
    return decode_field(octets.decode("ascii", "surrogateescape"))


@for_each(
    ("octets", "words"),
    [
        (b"=?utf-8?Q?a?= =?utf-8?Q?b?=\t=?utf-8?Q?c?=", "abc"),
        (b"=?utf-8?B?UHLDvGY=?==?utf-8?B?dW5n?=", "Prüfung"),
        (b"=?utf-8?Q?=C3?=\r\n =?utf-8?B?vA==?=", "ü"),
        (b"=?gb2312?B?xOO6w8o=?= =?GB2312?B?wL3n?=", "你好世界"),
        (b"=?UTF-8?Q?Pr=C3=BC fung?=", "Prü fung"),
        (b"=?utf-8?B?UHLD\r\n vGZ1bmc=?=", "Prüfung"),
        (b"=? utf-8 ?Q?Pr=C3=BC?=", "Prü"),
        (b"=?utf-8? Q ?Pr=C3=BC?=", "Prü"),
        (b"=??Q?Pr=C3=BCf?=", "Prüf"),
        (b"=?utf-8?Q??=", ""),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"=?utf-8?Q?Pr=C3=BCfung", "Prüfung"),
        (b"=?utf-8?Q?Pr=C3=BCfung?", "Prüfung"),
        (b"=?utf-8?Q?unfinished", "=?utf-8?Q?unfinished"),
        (b"ok =?utf-8?B?UHLDvGZ1bmc=", "ok Prüfung"),
        (b"=?not-a-charset?B?UHLDvGZ1bmc=", "=?not-a-charset?B?UHLDvGZ1bmc="),
        (b'"=?utf-8?Q?Pr=C3=BCfung?="', '"Prüfung"'),
        (b"=?utf-8?q?=3D=3Futf-8=3FQ=3FPr=3DC3=3DBCfung=3F=3D?=", "Prüfung"),
        (b"Re: =?utf-8?B?UHLDvGZ1bmc=?=: ok", "Re: Prüfung: ok"),
        (b"=?utf-8?Q?100%?= off", "100% off"),
        (b"=?utf-8?Q?Why??=", "Why?"),
        (b"=?utf-8?Q?Pr=c3=bcfung=?=", "Prüfung"),
        (b"=?utf-16?B?/v8AUAByAPw=?=", "Prü"),
        (b"=?iso-8859-1?Q?Gr=C3=B6=C3=9Fe?=", "Größe"),
        (b"=?iso-2022-jp?B?GyRCLSEbKEI=?=", "①"),
        ("=?utf-8?Q?Prü?=".encode(), "Prü"),
        ("Größe =?utf-8?Q?=C3=BC?=".encode("cp1252"), "Größe ü"),
        ("起動できません".encode("cp932"), "起動できません"),
        ("起動 ok".encode("iso-2022-jp"), "起動 ok"),
        ("测试邮件标题".encode("gbk"), "测试邮件标题"),
        (b"a\x00b\x1bc\x7fd", "abcd"),
    ],
)
def test_words_are_decoded_as_they_were_meant(octets: bytes, words: str) -> None:
    assert field(octets) == words


@given(
    st.binary(max_size=200)
    | st.lists(
        st.sampled_from([b"=?", b"utf-8", b"?", b"Q", b"B", b"?=", b"=C3", b"w7w", b" ", b"\r\n "])
    ).map(b"".join)
)
def test_a_field_never_raises_and_is_one_clean_line(octets: bytes) -> None:
    for shown in (field(octets), as_written(octets.decode("ascii", "surrogateescape"))):
        assert not UNWANTED.search(shown.replace("\ufdd0", ""))
        assert "\n" not in shown
        assert shown == clean_field(shown)


@given(st.text(max_size=200))
def test_clean_text_has_nothing_that_a_store_refuses(text: str) -> None:
    assert not UNWANTED.search(clean_text(text))


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([b"a: b\r\n", b" c\n", b"\r\n", b"d :e\n"])).map(b"".join)
)
def test_a_header_section_never_raises(raw: bytes) -> None:
    header = read_header(raw)

    assert isinstance(header, Header)
    assert 0 <= header.body <= len(raw)
    assert len(for_parsers(raw, header)) == len(raw)
    assert for_parsers(raw, header)[header.body :] == raw[header.body :]
    read_date(raw.decode("latin-1"))


@pytest.mark.parametrize(
    ("flowed", "text"),
    [
        ("one \ntwo \nthree\nfour", "one two three\nfour"),
        ("> one \n> two\n> three", "> one two\n> three"),
        (">> one \n> two", ">> one \n> two"),
        ("words \n-- \nAna", "words \n-- \nAna"),
        ("> words\n> -- \n> Ana", "> words\n> -- \n> Ana"),
        (" >not a quote", ">not a quote"),
        (" From here \n on", "From here on"),
        ("one \n\ntwo", "one \ntwo"),
        ("", ""),
    ],
)
def test_flowed_text_is_joined(flowed: str, text: str) -> None:
    assert unflow(flowed, delete_space=False) == text


def test_spaces_at_the_end_of_flowed_lines_may_be_none() -> None:
    assert unflow("日本 \n語", delete_space=True) == "日本語"


@given(st.lists(st.sampled_from(["a ", "b", ">", " ", "-- ", "\n", "> "])).map("".join))
def test_flowed_text_loses_no_letter(text: str) -> None:
    assert unflow(text, delete_space=True).count("a") == text.count("a")
    assert unflow(text, delete_space=False).count("b") == text.count("b")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x85"])
def test_every_line_end_is_a_line_end(end: str) -> None:
    assert clean_text(f"one{end}two\tx{end}") == "one\ntwo\tx\n"
