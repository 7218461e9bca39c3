"""The charsets that mail states, and the octets that it really has."""

import encodings
import encodings.aliases
import pkgutil
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.inbound.charset import charset_of_markup, codec_of, decode_bytes
from tests.folded import for_each

GERMAN = "Größe prüfen: überall falsch"
JAPANESE = "起動できません"
RUSSIAN = "Проверка лицензии не удалась"


def text(content: bytes, charset: str) -> str:
    return decode_bytes(content, charset)[0]


@for_each(
    ("charset", "codec", "words"),
    [
        ("ISO-8859-1", "cp1252", "“Größe” – 5 €"),
        ("iso8859_15", "iso8859-15", "5 € Größe"),
        ("iso-8859-2", "cp1250", "„Žluťoučký kůň“ – š"),
        ("iso-8859-2", "iso8859-2", "Žluťoučký kůň"),
        ("iso-8859-5", "iso8859-5", RUSSIAN),
        ("iso-8859-7", "cp1253", "Ελληνικά – κείμενο"),
        ("iso-8859-8-i", "cp1255", "שלום עולם"),
        ("iso-8859-9", "cp1254", "işte böyle – “evet”"),
        ("tis-620", "cp874", "สวัสดีครับ – “”"),
        ("windows-874", "cp874", "สวัสดีครับ"),
        ("koi8-r", "koi8-r", RUSSIAN),
        ("KOI8-U", "koi8-u", "їжак ґанок"),
        ("koi8-ru", "koi8-u", "їжак ґанок"),
        ("win-1251", "cp1251", RUSSIAN),
        ("windows1251", "cp1251", RUSSIAN),
        ("cp-866", "cp866", RUSSIAN),
        ("ibm-850", "cp850", GERMAN),
        ("x-mac-roman", "mac-roman", GERMAN),
        ("x-mac-cyrillic", "mac-cyrillic", RUSSIAN),
        ("x-mac-ce", "mac-latin2", "Žluťoučký kůň"),
        ("x-mac-greek", "mac-greek", "Ελληνικά"),
        ("gb2312", "gbk", "许可证镕"),
        ("GB_2312-80", "gbk", "许可证"),
        ("x-gbk", "gb18030", "许可证\U00020000"),
        ("hz-gb-2312", "hz", "许可证"),
        ("big5", "big5hkscs", "授權問題嘅"),
        ("ks_c_5601-1987", "cp949", "라이선스 똠"),
        ("euc-kr", "cp949", "라이선스 똠"),
        ("shift_jis", "cp932", JAPANESE + "①㈱"),
        ("windows-31j", "cp932", JAPANESE + "①"),
        ("x-sjis", "cp932", JAPANESE),
        ("euc-jp", "euc_jp", JAPANESE),
        ("euc-jp", "euc_jis_2004", JAPANESE + "①"),
        ("iso-2022-jp", "iso2022_jp", JAPANESE),
        ("iso-2022-jp", "iso2022_jp_ext", JAPANESE + "ｶﾅ"),
        ("iso-2022-jp-1", "iso2022_jp_1", JAPANESE),
        ("iso-2022-jp-2", "iso2022_jp_2", JAPANESE + " 许可证 라이선스"),
        ("iso-2022-jp-3", "iso2022_jp_3", JAPANESE),
        ("iso-2022-jp-ms", "iso2022_jp", JAPANESE),
        ("iso-2022-kr", "iso2022_kr", "라이선스"),
        ("unicode-1-1-utf-7", "utf-7", GERMAN),
        ("utf-7", "utf-7", JAPANESE),
        ("utf-16", "utf-16", GERMAN),
        ("utf-16", "utf-16-le", GERMAN),
        ("utf-16", "utf-16-be", GERMAN),
        ("utf-16le", "utf-16-be", GERMAN),
        ("utf-16be", "utf-16", JAPANESE),
        ("utf-32", "utf-32", GERMAN),
        ("utf-32", "utf-32-le", GERMAN),
        ("utf-16", "utf-8", GERMAN),
        ("utf-16", "ascii", "plain words!"),
        ("utf-8", "utf-16-le", GERMAN),
        ("", "utf-16", GERMAN),
        ("us-ascii", "cp1252", GERMAN),
        ("us-ascii", "utf-8", GERMAN),
        ("ascii", "koi8-r", RUSSIAN),
        ("iso-8859-1", "koi8-r", RUSSIAN),
        ("iso-8859-1", "gb18030", "许可证问题已经解决"),
        ("windows-1252", "utf-8", GERMAN),
        ("utf-8", "cp1252", GERMAN),
        ("utf8", "utf-8", GERMAN),
        ('"utf-8 "', "utf-8", GERMAN),
        ("'utf-8'", "utf-8", GERMAN),
        ("utf-8; format=flowed", "utf-8", GERMAN),
        ("charset=utf-8", "utf-8", GERMAN),
        ("utf-8mb4", "utf-8", GERMAN),
        ("UTF_8", "utf-8", GERMAN),
        ("65001", "utf-8", GERMAN),
        ("cp65001", "utf-8", GERMAN),
        ("unknown-8bit", "cp1252", GERMAN),
        ("x-unknown", "utf-8", GERMAN),
        ("x-user-defined", "koi8-r", RUSSIAN),
        ("DEFAULT", "cp1252", GERMAN),
        ("iso-8859-99", "utf-8", GERMAN),
    ],
)
def test_text_is_read_as_it_was_written(charset: str, codec: str, words: str) -> None:
    assert text(words.encode(codec), charset) == words


def test_the_characters_of_vendors_are_read_in_iso_2022_jp() -> None:
    assert text(b"\x1b$B-!-j\x1b(B ok", "iso-2022-jp") == "①㈱ ok"
    assert text(b"\x1b$B5/F0\n\x1b(Bok", "iso-2022-jp") == "起動\nok"


def test_strange_octets_spoil_no_more_than_themselves() -> None:
    assert text(b"\x1b$B5/F0\x1b(B \xff ok", "iso-2022-jp").startswith("起動 ")
    assert text("Größe “ok”".encode() + b" caf\xe9", "utf-8") == "Größe “ok” café"
    assert text("Größe und ü".encode()[:-1], "utf-8").startswith("Größe und ")
    assert "い" * 30 in text(("い" * 30).encode("cp932") + b"\xff", "shift_jis")


def test_what_was_encoded_twice_is_undone_where_that_is_certain() -> None:
    words = "Prüfung der Größe: wählen Sie höchstens fünf"
    twice = words.encode().decode("cp1252").encode()

    assert decode_bytes(twice, "utf-8") == (words, False)


@pytest.mark.parametrize(
    "words",
    [
        "Ihr Programm zeigt prÃ¼fen statt prüfen und grÃ¶ÃŸer und wÃ¤hlen",
        "It shows fÃ¼r in one place.",
        "São João não está: Ã© só isto",
    ],
)
def test_words_about_wrong_characters_stay_as_they_are(words: str) -> None:
    assert decode_bytes(words.encode(), "utf-8") == (words, True)


NAMES = sorted(
    {
        *encodings.aliases.aliases,
        *encodings.aliases.aliases.values(),
        *(module.name for module in pkgutil.iter_modules(encodings.__path__)),
        "x" * 300,
        "utf-8\x00",
        "../../etc/passwd",
        "=?utf-8?q?utf-8?=",
        "utf-9",
        "iso-8859-16-i",
        "cp99999",
        "x-",
        "csx-x-x",
        "\ud800",
        "１２５２",
    }
)


@for_each("name", NAMES)
def test_no_name_of_a_charset_makes_words_vanish(name: str) -> None:
    words = "The key is ABCDE-12345, thank you!"

    assert text(words.encode(), name) == words
    for content in (bytes(range(256)), "Größe ".encode() * 9, b"\x1b$B", b"\x1b", b"\xff\xfe\x00"):
        shown = text(content, name)
        assert isinstance(shown, str)


@for_each(
    "name", ["zlib", "bz2", "rot13", "hex", "base64", "uu", "quopri", "idna", "punycode", "mbcs"]
)
@for_each("form", ["{}", "x-{}", "{}_codec", "cs{}"])
def test_codecs_that_are_no_charsets_are_never_used(name: str, form: str) -> None:
    assert codec_of(form.format(name)) == ""
    assert codec_of("unicode_escape") == codec_of("raw-unicode-escape") == ""


@given(
    st.binary(max_size=200),
    st.sampled_from(["", "utf-8", "utf-16", "utf-7", "gb2312", "iso-2022-jp", "hz", "cp037"])
    | st.text(max_size=20),
)
def test_decoding_never_raises(content: bytes, charset: str) -> None:
    shown, _ = decode_bytes(content, charset)

    assert isinstance(shown, str)


@pytest.mark.parametrize(
    ("markup", "charset"),
    [
        (b'<html><head><meta charset="koi8-r">', "koi8-r"),
        (b'<META http-equiv=Content-Type content="text/html; charset=gb2312">', "gb2312"),
        (b"<p>charset=x", ""),
    ],
)
def test_html_states_its_charset(markup: bytes, charset: str) -> None:
    assert charset_of_markup(markup) == charset


@for_each("charset", ["", "utf-8", "iso-2022-jp", "utf-16", "hz", "big5", "cp1252"])
@for_each(
    "piece",
    [b"\xff", b"\xc3", b"\xc3\xa4\xff", b"\x1b$B", b"\x1b", b"a\xc3\x83\xc2\xa4a", b"~{", b"\x00"],
)
def test_no_octets_take_more_than_moments(piece: bytes, charset: str) -> None:
    start = time.process_time()
    text(piece * (300_000 // len(piece)), charset)

    assert time.process_time() - start < 1
