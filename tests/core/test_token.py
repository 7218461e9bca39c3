"""Reply tokens and Message-IDs: only what we signed is ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.token import (
    LENGTH,
    MAX_ID,
    Keyring,
    Purpose,
    Token,
    find_tokens,
    message_id,
    read_message_id,
    read_token,
    reply_token,
)

RING = Keyring({1: b"k" * 32, 2: b"q" * 32}, current=2)
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"

purposes = st.sampled_from(Purpose)
ids = st.integers(0, MAX_ID)


@given(purposes, ids)
def test_a_token_comes_back_as_it_was_made(purpose: Purpose, outbox_id: int) -> None:
    text = reply_token(RING, purpose, outbox_id)

    assert len(text) == LENGTH
    assert set(text) <= set(ALPHABET)
    assert read_token(RING, text) == Token(purpose, outbox_id)
    assert read_token(RING, text.upper()) == Token(purpose, outbox_id)


@given(purposes, ids, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_a_token_with_another_character_never_verifies(
    purpose: Purpose, outbox_id: int, place: int, char: str
) -> None:
    text = reply_token(RING, purpose, outbox_id)
    changed = text[:place] + char + text[place + 1 :]

    assert (read_token(RING, changed) is None) is (changed != text)


def test_every_flipped_bit_is_noticed_also_the_unused_last_one() -> None:
    text = reply_token(RING, Purpose.CUSTOMER, 77)
    for place, char in enumerate(text):
        for bit in range(5):
            flipped = ALPHABET[ALPHABET.index(char) ^ 1 << bit]
            assert read_token(RING, text[:place] + flipped + text[place + 1 :]) is None


@given(ids)
def test_a_message_id_is_no_token_and_a_token_no_message_id(outbox_id: int) -> None:
    own = message_id(RING, outbox_id, "example.com")

    assert read_message_id(RING, own) == outbox_id
    assert read_message_id(RING, f"<{own.upper()}>") == outbox_id
    assert read_token(RING, own.partition("@")[0]) is None
    for purpose in Purpose:
        assert read_message_id(RING, reply_token(RING, purpose, outbox_id) + "@example.com") is None


def test_message_ids_are_the_same_every_time() -> None:
    assert message_id(RING, 5, "example.com") == message_id(RING, 5, "example.com")
    assert message_id(RING, 5, "example.com") != message_id(RING, 6, "example.com")


@given(st.text(max_size=60))
def test_foreign_text_is_neither(text: str) -> None:
    assert read_token(RING, text) is None
    assert read_message_id(RING, text) is None


@pytest.mark.parametrize("letter", ["\u212a", "\u017f", "\uff41"], ids=["kelvin", "long-s", "wide"])
def test_letters_that_fold_to_ascii_are_not_taken_for_it(letter: str) -> None:
    text = reply_token(RING, Purpose.NOTE, 1)

    assert all(
        read_token(RING, text[:place] + letter + text[place + 1 :]) is None
        for place in range(LENGTH)
    )


def test_old_keys_verify_until_they_are_removed() -> None:
    old = reply_token(Keyring({1: b"k" * 32}, current=1), Purpose.ANSWER, 9)

    assert read_token(RING, old) == Token(Purpose.ANSWER, 9)
    assert read_token(Keyring({2: b"q" * 32}, current=2), old) is None
    assert read_token(Keyring({1: b"x" * 32}, current=1), old) is None


def test_a_token_is_found_behind_any_separator_and_as_whole_local_part() -> None:
    first = reply_token(RING, Purpose.CUSTOMER, 1)
    second = reply_token(RING, Purpose.BOUNCE, 2)
    addresses = [
        "support@example.com",
        f"support+{first}@example.com",
        f"SUPPORT-{first.upper()}@example.com",
        f"<{second}@reply.example.com>",
        f"prvs=1234=desk+{second}@example.com",
        f"x{first}@example.com",
        f"{first}+more@example.com",
        first,
        "",
    ]

    assert find_tokens(RING, addresses) == (Token(Purpose.CUSTOMER, 1), Token(Purpose.BOUNCE, 2))


@pytest.mark.parametrize("outbox_id", [-1, MAX_ID + 1])
def test_an_id_without_a_place_is_refused(outbox_id: int) -> None:
    with pytest.raises(ValueError, match="no place"):
        reply_token(RING, Purpose.CUSTOMER, outbox_id)


@pytest.mark.parametrize(
    ("keys", "current"),
    [({1: b"k" * 32}, 2), ({16: b"k" * 32}, 16), ({1: b"short"}, 1), ({}, 0)],
)
def test_a_keyring_that_cannot_sign_safely_is_refused(keys: dict[int, bytes], current: int) -> None:
    with pytest.raises(ValueError, match="key"):
        Keyring(keys, current)


def test_a_keyring_never_shows_its_keys() -> None:
    assert "kkkk" not in repr(RING)
    assert "qqqq" not in str(RING)
