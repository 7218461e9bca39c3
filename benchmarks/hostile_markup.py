"""HTML made to take time or memory: functions from a size in characters to the markup."""

from collections.abc import Callable, Iterator
from itertools import chain, count


def _filled(pieces: Iterator[str], size: int) -> str:
    """As many of these pieces as fit."""
    out: list[str] = []
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > size:
            break
        out.append(piece)
    return "".join(out)


def _repeated(piece: str) -> Iterator[str]:
    return (piece for _ in count())


def nested_divs(size: int) -> str:
    return _filled(_repeated("<div>"), size)


def unfinished_links(size: int) -> str:
    return _filled(_repeated("<a"), size)


def links_in_links(size: int) -> str:
    return _filled((f'<a href="http://x.example/{n}"><div>x' for n in count()), size)


def links_in_tables(size: int) -> str:
    """Only a table may stand between two links that are one within the other."""
    return _filled(_repeated("<a href=http://x.example/><table><td>x"), size)


def unfinished_comments(size: int) -> str:
    return _filled(_repeated("<!--"), size)


def entities(size: int) -> str:
    return _filled(_repeated("&amp;"), size)


def unfinished_entities(size: int) -> str:
    return _filled(_repeated("&notit&#x&#9999999999"), size)


def nested_tables(size: int) -> str:
    return _filled(_repeated("<table border=1><tr><th>x<td>"), size)


def wide_table(size: int) -> str:
    return "<table border=1><tr>" + _filled(_repeated("<td>x"), size)


def long_table(size: int) -> str:
    return "<table border=1>" + _filled(_repeated("<tr><td>x<td>y"), size)


def foster_parents(size: int) -> str:
    """Text and paragraphs in a table where no cell is: each moves in front of it."""
    return _filled(_repeated("<table><p>x"), size)


def nested_quotes(size: int) -> str:
    return _filled(_repeated("<blockquote type=cite>x"), size)


def many_attributes(size: int) -> str:
    return "<p " + _filled((f"a{n}=1 " for n in count()), size) + ">x</p>"


def one_attribute(size: int) -> str:
    return f'<p title="{"x" * size}">x</p>'


def misnested_formats(size: int) -> str:
    """The adoption agency: each end tag makes the parser copy what is open."""
    return _filled(_repeated("<b><i><font size=1><p></b></i>x"), size)


def open_formats(size: int) -> str:
    """Each paragraph opens again all formats that are still open."""
    formats = (f"<b id={n}>" for n in range(size // 200))
    return _filled(chain(formats, _repeated("<p>x")), size)


def huge_styles(size: int) -> str:
    style = ";".join(["color:#fff", "display:block", "font-size:0"] * 100)
    return _filled(_repeated(f'<p style="{style}">x'), size)


def one_style(size: int) -> str:
    return f'<p style="{"a:b;" * (size // 4)}">x</p>'


def hidden_in_hidden(size: int) -> str:
    return _filled(_repeated('<div style="display:none">x'), size)


def huge_sheet(size: int) -> str:
    rules = _filled((f".c{n},#i{n}{{display:none}}" for n in count()), size)
    return f"<style>{rules}</style><p class='c1 c2'>x</p>y"


def unfinished_sheet(size: int) -> str:
    return f"<style>{'@media{.a{' * (size // 10)}/*</style>x"


def many_classes(size: int) -> str:
    return f'<style>.x{{color:red}}</style><p class="{"gmail_quot " * (size // 11)}">x</p>'


def classes_everywhere(size: int) -> str:
    return _filled(_repeated('<p class="gmail_quote x y">x'), size)


def unclosed_tags(size: int) -> str:
    return _filled((f"<x{n}>x" for n in count()), size)


def options(size: int) -> str:
    return _filled(_repeated("<select><option>x"), size)


def foreign_content(size: int) -> str:
    return _filled(_repeated("<svg><math><mtext><p>x"), size)


def lists_in_lists(size: int) -> str:
    return _filled(_repeated("<ol><li>x"), size)


def one_line(size: int) -> str:
    return _filled(_repeated("<b>" + "x" * 60 + "</b>"), size)


def preformatted(size: int) -> str:
    return _filled(_repeated("<pre>\n\n\n"), size)


def line_breaks(size: int) -> str:
    return _filled(_repeated("<br>"), size)


def images(size: int) -> str:
    return _filled(_repeated('<img src="cid:x" alt="y">'), size)


def frames_and_forms(size: int) -> str:
    return _filled(_repeated("<form><button><input value=x>"), size)


def unclosed_attribute(size: int) -> str:
    return _filled(_repeated('<img src="cid:a'), size)


def hidden_paragraphs(size: int) -> str:
    return _filled(_repeated("<p hidden>x"), size)


def doctypes(size: int) -> str:
    return _filled(_repeated("<!DOCTYPE "), size)


def cdata(size: int) -> str:
    return _filled(_repeated("<svg><![CDATA["), size)


def templates(size: int) -> str:
    return _filled(_repeated("<template>"), size)


def spaces(size: int) -> str:
    return _filled(_repeated("<br> &nbsp; "), size)


def attributes_again(size: int) -> str:
    return _filled(_repeated("<p " + "a=b " * 2_000 + ">"), size)


ALL: tuple[Callable[[int], str], ...] = (
    nested_divs,
    unfinished_links,
    links_in_links,
    links_in_tables,
    unfinished_comments,
    entities,
    unfinished_entities,
    nested_tables,
    wide_table,
    long_table,
    foster_parents,
    nested_quotes,
    many_attributes,
    one_attribute,
    misnested_formats,
    open_formats,
    huge_styles,
    one_style,
    hidden_in_hidden,
    huge_sheet,
    unfinished_sheet,
    many_classes,
    classes_everywhere,
    unclosed_tags,
    options,
    foreign_content,
    lists_in_lists,
    one_line,
    preformatted,
    line_breaks,
    images,
    frames_and_forms,
    unclosed_attribute,
    hidden_paragraphs,
    doctypes,
    cdata,
    templates,
    spaces,
    attributes_again,
)
