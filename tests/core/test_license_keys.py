"""License keys are found whatever mail clients did to them, and nothing else is taken for one."""

import re
from collections.abc import Iterator

import pytest

from helpdesk.core import license_keys
from helpdesk.core.license_keys import KeyPattern, find_keys, forms_of, keys_named, mask, masked
from helpdesk.core.mail import FoundKey

FIVE = "H7KQ2-9ZXCV-B4N5M-QW3ER-T8Y6U"
FOUR = "H4ZH-VL2X-9GJJ-X2J6"
CRYPTOLENS = "MPDWY-PQAOW-FKSCH-SGAAU"
KEYGEN = "C1B6DE-39A6E3-DE1529-8559A0-4AF593-V3"
UUID = "86781236-23d0-4b3c-7dfa-c1c147e0dece"


def keys(*texts: str) -> list[str]:
    return [found.key for found in find_keys(texts)]


@pytest.mark.parametrize(
    ("key", "provider"),
    [
        (FIVE, "codemeter"),
        (FOUR, "licensespring"),
        (CRYPTOLENS, "cryptolens"),
        (KEYGEN, "keygen"),
        (f"key/{'Ab3_' * 10}.{'Xy9-' * 20}w", "keygen"),
        (f"key/{'Ab3_' * 10}.{'Xy9-' * 20}W-word-Xy9", "keygen"),
    ],
)
def test_a_key_is_found_with_its_provider(key: str, provider: str) -> None:
    found = find_keys([f"My license ({key}), please help."])

    assert [(one.key, one.provider, one.quoted) for one in found] == [(key, provider, False)]


@pytest.mark.parametrize(
    "written",
    [
        "key H7KQ2-9ZXCV-B4N5M-\nQW3ER-T8Y6U.",
        "key H7KQ2-9ZXCV-B4N5M\n-QW3ER-T8Y6U",
        "> key H7KQ2-9ZXCV-B4N5M-\n> QW3ER-T8Y6U",
        "key H7KQ2 - 9ZXCV - B4N5M - QW3ER - T8Y6U",
        "key H7KQ2\u20139ZXCV\u2013B4N5M\u2013QW3ER\u2013T8Y6U",
        "key H7KQ2\u20119ZXCV\u2011B4N5M\u2011QW3ER\u2011T8Y6U",
        "key h7kq2-9zxcv-b4n5m-qw3er-t8y6u",
        "Ｈ７ＫＱ２－９ＺＸＣＶ－Ｂ４Ｎ５Ｍ－ＱＷ３ＥＲ－Ｔ８Ｙ６Ｕ",
        "key H7KQ2-9ZX\u00adCV-B4N5M-QW3\u200bER-T8Y6U",
        "License key:H7KQ2-9ZXCV-B4N5M-QW3ER-T8Y6U",
    ],
)
def test_a_damaged_key_is_repaired(written: str) -> None:
    assert keys(written) == [FIVE]


@pytest.mark.parametrize("between", [" - ", "-\n", " \u2013 ", " dash ", "&#8209;"])
def test_the_short_tail_of_a_key_belongs_to_it(between: str) -> None:
    assert keys(f"license {KEYGEN.replace('-', between)}") == [KEYGEN]


def test_what_stands_in_a_list_with_a_key_is_a_key() -> None:
    other = "NLBA-YDXN-NRTW-DIS6"

    assert keys(f"- {other} (lab)") == []
    assert keys(f"- {FOUR} (office)\n- {other} (lab)") == [FOUR, other]


@pytest.mark.parametrize(
    ("label", "is_key"),
    [
        ("Wi-Fi key:", False),
        ("WLAN-Schlüssel:", False),
        ("WLAN is fine, license key:", True),
        ("password", False),
        ("The password is right. License key", True),
        ("machine code", False),
        ("machine code ABC, activation key", True),
        ("error code:", False),
        ("error code 1203, license", True),
    ],
)
def test_a_key_to_something_else_is_none(label: str, is_key: bool) -> None:  # noqa: FBT001
    assert bool(keys(f"{label} {FOUR}")) == is_key


@pytest.mark.parametrize(
    "text",
    [
        f"session {UUID}",
        "session 86781236-23D0-4B3C-7DFA-C1C147E0DECE",
        "<1A2B-3C4D-5E6F-7A8B@mail.example>",
        "mail 1A2B-3C4D-5E6F-7A8B@example.com",
        "https://example.com/x/1A2B-3C4D-5E6F-7A8B",
        "2001-0DB8-85A3-0000-0000-8A2E-0370-7334",
        "2001:0DB8:85A3:0000:0000:8A2E:0370:7334",
        "card 4111-1111-1111-1111",
        "call 0800-1234-5678-9012",
        "some-very-nice-word and this-that-with-from there-which-about-these",
        "order 2-12345678",
        "x1A2B-3C4D-5E6F-7A8Bx",
    ],
)
def test_what_only_looks_like_a_key_is_none(text: str) -> None:
    assert keys(text) == []


def test_a_purchase_code_counts_only_where_the_text_says_so() -> None:
    code = "86781236-23d0-4b3c-8dfa-c1c147e0dece"

    assert keys(f"request {code} failed") == []
    assert keys(f"my purchase code is {code.upper()}") == [code]


def test_a_key_is_marked_quoted_only_if_it_is_nowhere_else() -> None:
    found = find_keys([f"new {FIVE}"], [f"old {FIVE}", f"old {FOUR}"])

    assert [(one.key, one.quoted) for one in found] == [(FIVE, False), (FOUR, True)]


def test_two_providers_with_one_shape_both_get_the_key() -> None:
    patterns = (
        KeyPattern("shop", r"[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4}"),
        KeyPattern("dongle", r"[A-Z0-9-]{29}"),
    )

    assert [one.provider for one in find_keys([FIVE], patterns=patterns)] == ["shop", "dongle"]


def test_no_patterns_find_no_keys() -> None:
    assert find_keys([FIVE], patterns=()) == ()


@pytest.mark.parametrize(
    ("key", "masked"),
    [
        (FIVE, "*****-*****-*****-*****-T8Y6U"),
        (FOUR, "****-****-****-X2J6"),
        ("ABC-DE", "***-DE"),
        ("0123456789ABCDEF", "*****CDEF"),
        ("SHORT", "*****"),
    ],
)
def test_a_masked_key_shows_its_last_group_only(key: str, masked: str) -> None:
    assert mask(key) == masked


def test_a_masked_signed_key_shows_four_characters() -> None:
    key = f"key/{'a' * 200}.{'b' * 90}WXYZ"

    assert mask(key) == "*****WXYZ"


@pytest.mark.parametrize(
    "written",
    [
        FIVE,
        FIVE.lower(),
        FIVE.replace("-", " "),
        FIVE.replace("-", "\u2013"),
        FIVE.replace("H", "\u041d"),
        FIVE.replace("-", " - "),
        FIVE.replace("-", "_"),
        FIVE.replace("-", "."),
        FIVE.replace("-", "/"),
        FIVE.replace("-", "] ["),
        FIVE.replace("-", " dash "),
        " ".join(FIVE),
    ],
)
def test_no_way_to_write_a_key_escapes_masking(written: str) -> None:
    text = masked(f"key {written} fails", [FoundKey(FIVE, "codemeter")])

    assert text == f"key {mask(FIVE)} fails"


def test_a_text_without_the_key_is_not_changed_by_masking() -> None:
    text = "Ключ \u2013 не\u00a0работает: well-\nknown"

    assert masked(text, [FoundKey(FIVE, "codemeter")]) == text


def test_a_key_that_somebody_names_may_have_spaces_between_its_groups() -> None:
    (found,) = keys_named(FIVE.replace("-", " ").lower())

    assert (found.key, found.provider) == (FIVE, "codemeter")
    assert FIVE in forms_of(FIVE.replace("-", "  "))
    assert forms_of("two words 12345678")[:2] == ("two words 12345678", "TWO WORDS 12345678")


@pytest.mark.parametrize("before", ["order number ", "", "S/N: ", "in the session "])
def test_the_patterns_of_an_operator_are_taken_as_they_are(before: str) -> None:
    own = KeyPattern("shop", "ACME-[0-9]{4}-[0-9A-F]{4}")

    assert [one.key for one in find_keys([f"{before}ACME-2024-0815"], (), (own,))] == [
        "ACME-2024-0815"
    ]
    assert find_keys(["https://x.example/ACME-2024-0815"], (), (own,)) == ()


def test_known_shapes_are_judged_for_whoever_has_them() -> None:
    """A 5x5 key is a ticket of CodeMeter or a product key of Windows: nobody guesses."""
    text = f"Windows product key: {FIVE}"
    known = KeyPattern("ours", r"[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4}")

    assert [one.provider for one in find_keys([text])] == ["codemeter"]
    assert [one.provider for one in find_keys([text], (), (known,))] == ["ours"]


def test_only_lines_with_a_dash_between_letters_or_digits_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []

    class Spy:
        @staticmethod
        def finditer(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
            looked.append(text[start:end])
            return iter(())

    monkeypatch.setattr(license_keys, "_TOKEN", Spy)
    find_keys(("--\n- a -\na- b\nthis AB-1 is\n---",))

    assert looked == ["this AB-1 is"]
