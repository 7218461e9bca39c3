"""HTML parts as text."""

import html
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import hostile_markup
from helpdesk.core.mail import HIDDEN_LEFT_OUT
from helpdesk.core.quoting import QUOTE_BEGIN, QUOTE_END, split
from helpdesk.inbound.markup import (
    HIDDEN_SHOWN,
    LONGEST_HTML,
    MOST_TAGS,
    read_markup,
)


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
    "style",
    [
        "display:none",
        "DISPLAY : NONE !important",
        "visibility:hidden",
        "opacity:0",
        "opacity:0.0",
        "font-size:0",
        "font-size:0px;line-height:0",
        "font-size: 1px",
        "max-height:0;overflow:hidden",
        "height:0px; overflow: hidden",
        "width:0;overflow:hidden",
        "mso-hide:all",
        "position:absolute;left:-9999px",
        "position:fixed; top:-2000px",
        "text-indent:-9999px",
        "color:#ffffff",
        "color:#FFF;background-color:white",
        "color:rgb(254, 254, 254)",
        "color:#123456;background:#123457",
    ],
)
def test_hidden_text_is_left_out_and_said_so(style: str) -> None:
    read = read_markup(f'<p>shown</p><div style="{style}"><p>secret <b>words</b></p></div>')

    assert read.text == "shown"
    assert read.defects == (HIDDEN_LEFT_OUT,)


@pytest.mark.parametrize(
    "markup",
    [
        '<div style="font-size:0"><p style="font-size:14px">shown</p></div>',
        '<div style="visibility:hidden"><p style="visibility:visible">shown</p></div>',
        '<p aria-hidden="true">shown</p>',
        '<p style="opacity:0.5">shown</p>',
        '<p style="max-height:0">shown</p>',
        '<p style="height:0;overflow:visible">shown</p>',
        '<table bgcolor="#000000"><td><font color="#ffffff">shown</font></table>',
        '<p style="background:url(x.png)"><span style="color:#fff">shown</span></p>',
        '<style>.b{background:red}</style><p class="b" style="color:#fff">shown</p>',
        '<style>@media (max-width:9px){.x{display:none}}</style><p class="x">shown</p>',
        '<style>.x{display:none} .x{display:block}</style><p class="x">shown</p>',
        '<style>.x{display:none}</style><p class="x" style="display:block">shown</p>',
        '<style>div .x{display:none}</style><p class="x">shown</p>',
        "<noscript>shown</noscript>",
        "<![if !mso]>shown<![endif]>",
        '<p style="text-indent:-36pt">shown</p>',
        '<p style="display">shown</p>',
    ],
)
def test_what_a_reader_sees_is_no_hidden_text(markup: str) -> None:
    read = read_markup(markup)

    assert read.text == "shown"
    assert read.defects == ()


@pytest.mark.parametrize(
    "sheet",
    [
        ".x{display:none}",
        "#y { display : none !important }",
        "td.x, p.x, .z { color: red; max-height:0; overflow:hidden }",
        "@import url(a.css); .x{opacity:0}",
        "@media print{.x{display:block}} .x{display:none}",
        "/* .x{display:block} */ <!-- .x{display:none} -->",
    ],
)
def test_a_plain_rule_of_a_style_sheet_hides_text(sheet: str) -> None:
    read = read_markup(f'<style>{sheet}</style>shown<p class="a X" id=y>secret</p>')

    assert read.text == "shown"
    assert read.defects == (HIDDEN_LEFT_OUT,)


def test_a_mail_that_is_hidden_as_a_whole_is_shown() -> None:
    read = read_markup('<body><div style="display:none">All <i>my</i> words</div></body>')

    assert read.text == "All my words"
    assert read.defects == (HIDDEN_SHOWN,)


def test_images_speak_where_nothing_else_does() -> None:
    assert text('<img alt="Our offer"><img alt="ends today">') == "Our offer ends today"
    assert text('<p>words</p><img alt="logo">') == "words"


def test_an_emoji_that_is_an_image_is_a_word() -> None:
    assert text('<p>It works <img alt="🎉" src="cid:e">!</p>') == "It works 🎉!"


def test_a_link_with_nothing_but_an_image_is_called_by_its_alternative_text() -> None:
    image = '<img alt="Open the form" src="cid:b">'
    link = f'<a href="https://x.example/f">{image}</a>'

    assert text(f"<p>Please: {link}</p>") == "Please: Open the form <https://x.example/f>"
    assert text(f"<p>words {image}</p>") == "words"
    assert text('<p>words <a href="https://x.example/f"><img src="cid:b"></a></p>') == "words"
    assert text(f'<p>words {link}<a href="https://x.example/g"><img></a></p>').count("<") == 1


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ('<a href="https://x.example/a?b=c">here</a>.', "here <https://x.example/a?b=c>."),
        ('<a href="https://www.x.example/">x.example</a>', "x.example"),
        ('<a href="http://x.example/a">http://x.example/a</a>', "http://x.example/a"),
        ('<a href="mailto:ana@x.example">ana@x.example</a>', "ana@x.example"),
        ('<a href="mailto:ana@x.example?subject=y">Ana</a>', "Ana <mailto:ana@x.example>"),
        (
            '<a href="https://evil.example/">bank.example</a>',
            "bank.example <https://evil.example/>",
        ),
        ('<a href="/relative">here</a>', "here"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ('<a href="https://x.example/"><img src=y></a>', ""),
        (f'<a href="https://x.example/a?{"t" * 300}">here</a>', "here <https://x.example/a>"),
        ('<a href="https://x.example/">H7KQ2-9ZXCV</a>', "H7KQ2-9ZXCV <https://x.example/>"),
        ('<a href="https://x.example/&#xFDD0;b">a</a>', "a <https://x.example/b>"),
        ('<a name="top">here</a>', "here"),
    ],
)
def test_a_link_says_where_it_leads(link: str, shown: str) -> None:
    assert text(link) == shown


def test_lists_keep_their_numbers_and_levels() -> None:
    markup = (
        "<ol start=3><li>one<ul><li>a</li><li><p>b</p></li></ul></li><li>two</li></ol>"
        "<ul><li></li></ul><p>end"
    )

    assert re.sub("\n+", "\n", text(markup)) == "3. one\n  * a\n  * b\n4. two\nend"


def test_tables_of_data_are_aligned_and_others_are_not() -> None:
    rows = "<tr><th>Key<th>Seats</tr><tr><td>ABC<td>3</tr><tr><td>DEFGHI<td>12</tr>"

    assert text(f"<table>{rows}</table>") == "Key     Seats\nABC     3\nDEFGHI  12"
    assert text(f"<table border=1>{rows.replace('th', 'td')}</table>").endswith(
        "ABC     3\nDEFGHI  12"
    )
    assert text(f"<table>{rows.replace('th', 'td')}</table>").endswith("ABC  3\nDEFGHI  12")
    assert text(f"<table><tr><th><table>{rows}</table><td>x</tr></table>").endswith("12\n\nx")


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p class=MsoNormal>a<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>b", "a\n\nb"),
        ("one<wbr>two&shy;three\u200bfour", "onetwothreefour"),
        ("&copy 2026 &amp &lt;x&gt", "© 2026 & <x>"),
        ("<h1>Head</h1>words", "Head\n\nwords"),
        ("<!--[if mso]>secret<![endif]-->shown", "shown"),
        ("<xml><o:x>96</o:x></xml>shown", "shown"),
        ('<input value="Pay now" type=submit><input type=hidden value=x>', "[Pay now]"),
        ('<div style="white-space:pre-wrap">a\n  b</div>', "a\n  b"),
        ("<textarea>typed</textarea>", "typed"),
    ],
)
def test_markup_of_every_kind_is_readable_text(markup: str, shown: str) -> None:
    assert text(markup) == shown


@given(st.text(max_size=200))
def test_reading_markup_never_raises_and_leaves_nothing_that_no_store_takes(markup: str) -> None:
    shown = text(markup)

    assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]", shown)
    assert QUOTE_BEGIN not in shown
    assert QUOTE_END not in shown


@given(st.lists(st.text("ab1<>&\"'ü漢.-", min_size=1, max_size=12), min_size=1, max_size=9))
def test_text_that_was_escaped_comes_back(words: list[str]) -> None:
    line = " ".join(words)

    assert text(f"<p>{html.escape(line)}</p>") == line
    assert text(f"<pre>{html.escape(line)}</pre>") == line
    assert text(html.escape(text(f"<p>{html.escape(line)}</p>"))) == line


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


@pytest.mark.parametrize("hostile", hostile_markup.ALL, ids=lambda hostile: hostile.__name__)
def test_hostile_markup_takes_no_more_than_moments(hostile: Callable[[int], str]) -> None:
    markup = hostile(100_000)
    start = time.process_time()
    read_markup(markup, with_images=True)

    assert 90_000 < len(markup) < 110_000
    assert time.process_time() - start < 2
