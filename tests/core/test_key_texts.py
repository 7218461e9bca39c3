"""Keys are found in the texts of tests/core/data, and little else is; whatever stands around them,
however long it is."""

import random
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.hostile_texts import KEYS
from benchmarks.keys import measure
from helpdesk.core.key_spelling import normalize
from helpdesk.core.license_keys import find_keys
from tests.core.key_texts import DAMAGES, KINDS, key_texts
from tests.folded import for_each

TEXTS = key_texts()


def test_the_texts_differ_and_a_third_of_them_is_held_out() -> None:
    without = [each for each in TEXTS if not each.keys]
    titles = {(each.cause, each.title) for each in TEXTS}

    assert len(TEXTS) >= 400
    assert len({each.parts for each in TEXTS}) == len(TEXTS)
    assert len(titles) >= 200
    assert len(without) >= 150
    assert 0.28 < sum(each.is_held_out for each in TEXTS) / len(TEXTS) < 0.38


@pytest.mark.parametrize("is_held_out", [False, True])
def test_keys_are_found_and_little_else_is(is_held_out: bool) -> None:  # noqa: FBT001
    counts, slips = measure([each for each in TEXTS if each.is_held_out == is_held_out])

    report = "\n".join(slips)
    assert counts["(all)"].precision >= 0.995, report
    assert counts["(all)"].recall >= 0.98, report


# --- whatever stands around them ----------------------------------------------------------------

PARTS_OF_ADDRESSES = "-@/\\:.+=%#&?{}~"


def is_sign(char: str) -> bool:
    """Also as what it is compatible with: a letter in a circle is a letter."""
    plain = unicodedata.normalize("NFKC", normalize(char))
    return not any(each.isalnum() or each in PARTS_OF_ADDRESSES for each in plain)


SIGNS = st.characters(
    codec="utf-8", exclude_categories=["L", "M", "N", "Pc", "Pd", "Cf", "Cn", "Co"]
)
AROUND = st.text(SIGNS.filter(is_sign))
NEEDS_A_WORD = ("envato", "container")


@st.composite
def made_keys(draw: st.DrawFn) -> tuple[str, str, str]:
    kind = draw(st.sampled_from(sorted(KINDS)))
    provider, make = KINDS[kind]
    return kind, provider, make(random.Random(draw(st.integers(0, 10**6))))


@given(made_keys(), AROUND, AROUND)
@settings(max_examples=150, deadline=None)
def test_a_key_is_found_between_any_signs(
    made: tuple[str, str, str], before: str, after: str
) -> None:
    kind, provider, key = made
    label = "purchase container license key "

    found = find_keys([f"{label if kind in NEEDS_A_WORD else 'key'} {before}{key}{after}"])

    assert (key, provider) in [(one.key, one.provider) for one in found]


@given(made_keys(), st.sampled_from(sorted(DAMAGES)), st.text(), st.text())
@settings(max_examples=150, deadline=None)
def test_finding_in_a_normal_text_finds_the_same(
    made: tuple[str, str, str], damage: str, before: str, after: str
) -> None:
    text = f"{before} license key: {DAMAGES[damage](made[2])} {after}"

    assert find_keys([normalize(text)]) == find_keys([text])
    assert normalize(normalize(text)) == normalize(text)


PIECES = (
    *("H7KQ2", "H4ZH", "C1B6DE", "V3", "2-12345", "a" * 70, "A" * 6, "Н7КО", "\uff28", "key/"),
    *("-", "-\n", "\n", "  ", " ", "|", "=\n", "=2D", "\u2011", "ー", "\u200b", "> ", "{", "}"),
    *("_", ".", "@", "https://", "license key: ", "order ", "eyJhbGciOiJF"),
)
NEAR_KEYS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(NEAR_KEYS)
@settings(max_examples=300, deadline=None)
def test_nothing_raises_and_what_is_found_looks_like_a_key(text: str) -> None:
    for found in find_keys([text]):
        assert "\n" not in found.key
        assert find_keys([f"purchase container license key: {found.key}"])


# --- however long it is -------------------------------------------------------------------------


def seconds(text: str) -> float:
    start = time.process_time()
    find_keys([text])
    return time.process_time() - start


@for_each("name", KEYS)
def test_the_time_grows_with_the_text(name: str) -> None:
    small = min(seconds(KEYS[name](10_000)) for _ in range(2))

    assert seconds(KEYS[name](100_000)) < 14 * small + 0.1
