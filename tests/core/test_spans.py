"""The spans of a text are all of it, and say the same as the strings beside them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.hostile_texts import TEXTS
from helpdesk.core.mail import Words
from helpdesk.core.quoting import INDENT_BEGIN, INDENT_END, QUOTE_BEGIN, QUOTE_END, split
from tests.folded import for_each

MARKS = (QUOTE_BEGIN, QUOTE_END, INDENT_BEGIN, INDENT_END)
LINES = [
    "",
    " ",
    "It works now.",
    "Yes",
    "> old",
    ">> older",
    "AR> old",
    "On Mon, Jan 5, 2026 at 10:12 AM Ana Ruiz <ana@example.org> wrote:",
    "Yes. On Mon, Jan 5, 2026 at 10:12 AM Ana Ruiz <ana@example.org> wrote:",
    "Ana Ruiz <",
    "ana@example.org",
    "> wrote:",
    "-----Original Message-----",
    "From: Ana <ana@example.org>",
    "Sent: Monday, January 5, 2026",
    "Subject: x",
    "-- ",
    "Thanks,",
    "Ana Ruiz",
    "Sent from my iPhone",
    *MARKS,
]
texts = st.lists(st.sampled_from(LINES) | st.text(max_size=30), max_size=25).map("\n".join)


def check(words: Words, text: str) -> None:
    kinds = {"new": "", "quoted": "", "signature": "", "banner": ""}
    end = 0
    for span in words.spans:
        assert span.start == end < span.end
        end = span.end
        kinds[span.kind] += words.text[span.start : span.end] + "\n"
    assert end == len(words.text)
    shown = [line for line in text.split("\n") if line.strip("".join(MARKS) + " ")]
    for mark in MARKS:
        shown = [line.replace(mark, "") for line in shown]
    assert "".join(words.text.split()) == "".join("".join(shown).split())
    if any(line.strip() for line in shown):
        assert words.new.strip()
    agree = {kind: getattr(words, kind).split() == found.split() for kind, found in kinds.items()}
    if words.new == words.quoted:  # nobody knows what is new
        assert agree["signature"]
        assert agree["new"] or agree["quoted"] or not words.text.strip()
    else:
        assert all(agree.values()), agree


@settings(max_examples=60, deadline=None)
@given(texts)
def test_spans_are_all_of_the_text_and_agree_with_the_strings(text: str) -> None:
    check(split(text, "Ana Ruiz"), text)


@for_each("name", TEXTS)
def test_nothing_is_lost_of_a_hostile_text(name: str) -> None:
    text = TEXTS[name](3_000)

    check(split(text, "Ana Ruiz"), text)


def test_the_kinds_are_told_in_their_order() -> None:
    words = split(
        "Yes.\n\nRegards,\nAna\n\nOn Mon, Jan 5, 2026 at 10:12, Bob <b@c.de> wrote:\n> Does it?\n"
    )

    assert [(s.kind, words.text[s.start : s.end]) for s in words.spans] == [
        ("new", "Yes.\n\n"),
        ("signature", "Regards,\nAna\n\n"),
        ("quoted", "On Mon, Jan 5, 2026 at 10:12, Bob <b@c.de> wrote:\n> Does it?"),
    ]
