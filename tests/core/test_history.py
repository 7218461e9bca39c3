"""What of a reply is the mail that it answers, whatever its client made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.history import fold_known, line_kinds, spans_of
from helpdesk.core.mail import Span, Words

SENT = """##- Please type your reply above this line -##

Reply = answer to Ana Ruiz

Ana Ruiz wrote:
The printer in the hall has been on fire since this morning, please send somebody.
It also makes a strange noise.

Commands: #resolve, #note, #take
"""
BURNS = "The printer in the hall has been on fire since this morning, please send somebody."
NOISE = "It also makes a strange noise."
MARK = "abcdefghij234567"


def words(text: str) -> Words:
    return Words(text, new=text, spans=(Span(0, len(text), "new"),))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"We come at noon.\n\n{BURNS}\n{NOISE}\n", id="copied without a mark"),
        pytest.param(
            "We come at noon.\n\nThe printer in the hall has been on fire\nsince this morning, "
            "please send somebody. It\nalso makes a strange noise.\n",
            id="wrapped anew",
        ),
        pytest.param(
            f"We come at noon.\n\n*{BURNS.replace(' ', '  ', 1)}*\n",
            id="with marks of Markdown and other spaces",
        ),
        pytest.param(
            f"We come at noon.\n\nSaid 05.01.2026 10:12 Desk <support@example.test>:\n{BURNS}\n",
            id="below an introduction in no language",
        ),
        pytest.param(f"{BURNS}\n{NOISE}\n\nWe come at noon.", id="above the answer"),
    ],
)
def test_what_we_sent_is_no_new_word(text: str) -> None:
    folded = fold_known(words(text), [SENT])

    assert folded.new == "We come at noon."
    assert folded.text == text
    assert "printer" in folded.quoted


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        NOISE,
        "The noise is gone.\nIt also makes coffee now.",
        "Ana Ruiz wrote:\nnothing to me.",
        "The printer in the hall burns again: please send somebody, since this morning.",
    ],
)
def test_own_words_stay_even_if_they_resemble_ours(text: str) -> None:
    assert fold_known(words(text), [SENT]).new == text


ASKED = """Please tell us whether the printer in the hall still does not print after the update to
version 5, and send us the log file of the day on which it went wrong the first time."""


@pytest.mark.parametrize(
    "text",
    [
        "Thanks.\nThe printer in the hall still does not print after the update.",
        "Hello,\n\nit went wrong the first time\nafter the update to version 5\n\nAna",
    ],
)
def test_pieces_of_our_sentences_are_the_answer_to_them(text: str) -> None:
    assert fold_known(words(text), [ASKED]).new == text


def test_a_sentence_of_ours_is_known_however_it_was_wrapped() -> None:
    text = f"It prints.\n\n{ASKED.replace(' the log', chr(10) + 'the log')}"

    assert fold_known(words(text), [ASKED]).new == "It prints."


def test_own_words_that_lead_to_a_copied_line_stay() -> None:
    text = f"My order is 12345, and you asked:\n{BURNS}\nThe second one."

    assert fold_known(words(text), [SENT]).new == text.replace(f"{BURNS}\n", "")


def test_a_mail_that_only_quotes_us_keeps_its_words() -> None:
    assert fold_known(words(SENT), [SENT]).new == SENT


def test_an_answer_between_our_lines_is_kept_and_they_are_folded() -> None:
    text = f"{BURNS}\nHe is on his way.\nCommands: #resolve, #note, #take\n{NOISE}\nThe fan."

    assert fold_known(words(text), [SENT]).new == "He is on his way.\nThe fan."


def test_everything_below_our_mark_is_history() -> None:
    text = f"We come at noon.\n\n##- Bitte darüber antworten · {MARK.upper()} -##\n\nanything"

    assert fold_known(words(text), [], [MARK]).new == "We come at noon."
    assert fold_known(words(text), [], ["z" * 16]).new == text


def test_a_mark_whose_line_was_wrapped_is_understood() -> None:
    text = f"We come at noon.\n##- Please type your reply above this line ·\n{MARK} -##\nanything"

    assert fold_known(words(text), [], [MARK]).new == "We come at noon."


def test_a_mark_in_a_quotation_cuts_nothing_below_it() -> None:
    """Who answers below what he quotes has read no instruction."""
    text = f"> ##- {MARK} -##\n> burns\nWe come at noon."
    lines = text.split("\n")
    marked = Words(text, new=lines[2], spans=spans_of(lines, ["quoted", "quoted", "new"]))

    assert fold_known(marked, [], [MARK]) is marked


def test_the_words_stay_if_nothing_stands_above_the_mark() -> None:
    text = f"##- {MARK} -##\nWe come at noon."

    assert fold_known(words(text), [], [MARK]).new == text


def test_signature_and_banner_stay_what_they_are() -> None:
    lines = ["CAUTION", "We come at noon.", NOISE, NOISE, "-- ", "Bob"]
    kinds = ["banner", "new", "new", "new", "signature", "signature"]
    before = Words("\n".join(lines), new="...", spans=spans_of(lines, kinds))

    folded = fold_known(before, [SENT])

    assert (folded.banner, folded.new) == ("CAUTION", "We come at noon.")
    assert folded.signature == "-- \nBob"


KINDS = st.sampled_from(["new", "quoted", "signature", "banner"])
LINES = st.sampled_from([*SENT.split("\n"), "new", "", "a b c d e f", MARK])


@given(lines=st.lists(LINES, max_size=30), kinds=st.lists(KINDS, min_size=30, max_size=30))
def test_nothing_is_lost_and_something_stays(lines: list[str], kinds: list[str]) -> None:
    text = "\n".join(lines)
    rows = text.split("\n")
    before = Words(text, new="new", spans=spans_of(rows, kinds[: len(rows)]))

    after = fold_known(before, [SENT], [MARK])

    assert after.text == text
    assert after.new.strip()
    assert "".join(text[s.start : s.end] for s in after.spans) == text
    assert text == "" or line_kinds(before, rows) == kinds[: len(rows)]
