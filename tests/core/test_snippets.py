"""A snippet shows the place where most of what was looked for stands, and marks it."""

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.search_words import query_of
from helpdesk.core.snippets import WIDTH, marked, snippet

MARKED = (
    ("The red lamp is on.", "lamp", "The red *lamp* is on."),
    ("The red\n  lamp\tis on.", '"red lamp"', "The *red lamp* is on."),
    ("Die Rechnungsnummer fehlt", "rechnung fehlt", "Die *Rechnungsnummer* *fehlt*"),
    ("Eine Abrechnung", "rechnung", None),
    ("Cre\u0301me BRÛLÉE, Straße", "creme strasse", "*Créme* BRÛLÉE, *Straße*"),
    ("昨日から印刷できない", "印刷", "昨日から*印刷*できない"),
    ("e-mail us", "e-mai", None),
    ("e-mails", "e-mail", "*e-mails*"),
    ("nothing", "", None),
)


def test_what_was_looked_for_is_marked_as_it_is_written() -> None:
    for text, words, shown in MARKED:
        found = snippet(text, query_of(words))
        assert (found and marked(found.text, found.hits)) == shown, text


def test_of_a_long_text_the_place_with_most_of_the_words_is_shown() -> None:
    text = f"A lamp. {'Much else was said. ' * 40}Then the red lamp went on. {'More. ' * 100}"

    found = snippet(text, query_of("red lamp"))

    assert found is not None
    assert "the *red* *lamp* went on." in marked(found.text, found.hits)
    assert found.text.startswith("… ")
    assert found.text.endswith(" …")
    assert len(found.text) <= WIDTH + 4


@given(st.text(), st.text())
def test_a_snippet_is_one_line_and_marks_what_is_in_it(text: str, words: str) -> None:
    found = snippet(f"{text} {words} {text}", query_of(words))

    if found is not None:
        assert found.hits
        assert found.text.splitlines() == [found.text]
        assert all(0 <= a < b <= len(found.text) for a, b in found.hits)
