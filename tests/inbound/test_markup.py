"""HTML parts as text."""

import time

import pytest

from helpdesk.core.quoting import QUOTE_BEGIN, split
from helpdesk.inbound.markup import LONGEST_HTML, MOST_TAGS, read_markup


def text(markup: str) -> str:
    return read_markup(markup).text


def test_lines_and_paragraphs_stay_what_they_are() -> None:
    markup = "<div>Hi Ana,</div><div><br></div><div>one<br>two</div><p>three</p><p>four</p>"

    assert text(markup) == "Hi Ana,\n\none\ntwo\n\nthree\n\nfour"


def test_spaces_of_the_source_are_no_spaces_of_the_text() -> None:
    assert text("<p>\n  a\n <b> b</b>c &nbsp; d </p>\n") == "a bc   d"


def test_lists_tables_and_preformatted_text_can_be_read() -> None:
    markup = (
        "<ul><li>one<li>two</ul><table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>"
        "<pre>x  y\n  z</pre>"
    )

    assert text(markup) == "* one\n* two\n\na  b\nc\n\nx  y\n  z"


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>secret</p>",
        '<div style="color:red; display: none">secret</div>',
        '<span style="DISPLAY:NONE">secret</span>',
        "<style>secret</style>",
        "<script>secret</script>",
        "<title>secret</title>",
        "<template>secret</template>",
        "<!-- secret -->",
    ],
)
def test_what_a_reader_does_not_see_is_no_text(hidden: str) -> None:
    assert text(f"<p>shown</p>{hidden}") == "shown"


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="gmail_quote"><div class="gmail_attr">On 1 Oct 2025 Ana wrote:</div>old</div>',
        '<div class="moz-cite-prefix">Ana wrote:</div><blockquote type="cite">old</blockquote>',
        '<BLOCKQUOTE TYPE="CITE">old</BLOCKQUOTE>',
        '<div class="yahoo_quoted">old</div>',
        '<div class="protonmail_quote">old</div>',
        '<div id="appendonsend"></div><hr><p>old</p>',
        '<hr><div id="divRplyFwdMsg"><b>From:</b> Ana<br></div><p>old</p>',
        "<p><b>From:</b> Ana &lt;a@b.example&gt;<br><b>Sent:</b> Monday<br><b>To:</b> x</p>old",
    ],
)
def test_the_quote_containers_of_mail_clients_are_history(quote: str) -> None:
    words = split(text(f"<p>It works now.</p>{quote}"))

    assert words.new == "It works now."
    assert "old" in words.quoted


def test_words_below_a_quote_are_new() -> None:
    markup = (
        '<div class="gmail_quote">old<blockquote type="cite">older</blockquote></div><p>new</p>'
    )

    assert split(text(markup)).new == "new"


def test_a_sender_cannot_plant_our_marks() -> None:
    assert text(f"<p>a{QUOTE_BEGIN}b</p><p>c&#xFDD0;d</p><p>&#xFDD0;</p>e") == "ab\n\ncd\n\ne"


def test_too_much_markup_is_cut_and_said_so() -> None:
    assert read_markup("<b>x" * (MOST_TAGS + 1)).defects
    assert read_markup("x" * (LONGEST_HTML + 1)).defects
    assert not read_markup("<b>x</b>" * 10).defects


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<a",
        "<!--",
        "&amp;",
        "<table><tr><td>",
        "<b><i>",
        "<p hidden>",
        "<blockquote type=cite>",
    ],
)
def test_hostile_markup_takes_no_more_than_moments(piece: str) -> None:
    start = time.process_time()
    read_markup(piece * (300_000 // len(piece)))

    assert time.process_time() - start < 3
