"""Words are looked up without case, accents and punctuation, in every script."""

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.search_words import (
    LONGEST_TEXT,
    MOST_TERMS,
    MOST_WORDS,
    Term,
    indexable,
    query_of,
    words_of,
)

FOUND = (
    ("Crème Brûlée", "creme brulee"),
    ("STRASSE Straße", "strasse strasse"),
    ("ＦＵＬＬ", "full"),
    ("TICK-1001: it's", "tick 1001 it s"),
    ("印刷できない", "印 刷 で き な い"),
    ("PC이 고장", "pc 이 고 장"),
    ("snake_case", "snake case"),
    ("", ""),
)


def test_words_lose_case_accents_and_punctuation_and_characters_stand_apart() -> None:
    assert [indexable(text) for text, _ in FOUND] == [words for _, words in FOUND]


def test_a_word_of_four_letters_is_a_prefix_and_quoted_words_are_a_phrase() -> None:
    assert query_of('Invo ink "red lamp" 印刷 * "') == (
        Term(("invo",), is_prefix=True),
        Term(("ink",), is_prefix=False),
        Term(("red", "lamp"), is_prefix=False),
        Term(("印", "刷"), is_prefix=False),
    )


@given(st.text())
def test_what_is_indexed_has_only_letters_digits_and_spaces(text: str) -> None:
    assert all(char == " " or char.isalnum() for char in indexable(text))


def test_a_text_and_a_question_have_bounds() -> None:
    assert len(indexable("\ufdfa" * LONGEST_TEXT)) <= 2 * LONGEST_TEXT
    assert len(words_of("a " * LONGEST_TEXT)) == MOST_WORDS
    assert len(query_of(" ".join(map(str, range(1000))))) == MOST_TERMS
