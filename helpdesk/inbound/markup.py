"""HTML to the text that a reader sees, with the quoted parts marked.

Standards: the HTML Living Standard as turbohtml reads it; mail clients' own containers of quotes.
Failures: none; markup beyond the limits is cut, and its defects are named.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import turbohtml
from turbohtml import Element, Node, Text

from helpdesk.core.mail import HIDDEN_LEFT_OUT
from helpdesk.core.quoting import INDENT_BEGIN, INDENT_END, QUOTE_BEGIN, QUOTE_END
from helpdesk.inbound.decode import clean_text
from helpdesk.inbound.page import DEEPEST_INDENT, Page
from helpdesk.inbound.styles import Look, Styles, plain

LONGEST_HTML = 1_000_000
MOST_TAGS = 20_000

_NO_TEXT = "head, script, style, template, title, select, object, svg, math, xml"
# Containers of quoted history, one mail client after the other. A container in which answers stand
# between the quotations is no quotation itself: its blockquotes are.
_QUOTES = (
    # Gmail and what imitates it; by itself, such a blockquote is what its author set apart
    ".gmail_quote blockquote, .gmail_attr, "
    ".x_gmail_quote, div.gmail_quote:not(:has(> blockquote)), "
    # Apple Mail, Thunderbird, Evolution, Roundcube, Horde, SOGo, Fastmail, Mailbird, eM Client
    "blockquote[type=cite i], blockquote[cite], .moz-cite-prefix, .moz-forward-container, "
    "#reply-intro, .replyHeader, .history_container, "
    # Yahoo, Proton, Tutanota, Zoho, Zimbra
    '[class*="yahoo_quoted"], [id*="yahoo_quoted"], blockquote.protonmail_quote, '
    "div.protonmail_quote:not(:has(> blockquote)), .tutanota_quote, #blockquote_zmail, "
    ".zmail_extra:not(:has(> blockquote)), "
    "[data-marker=__HEADERS__], [data-marker=__QUOTED_TEXT__], "
    # Outlook, GMX and web.de, HCL Verse, NetEase, Aliyun, Spark, Front, Newton, Edison, Missive
    ".OutlookMessageHeader, .ms-outlook-mobile-reference-message, "
    "[name=quote], [name=quoted-content], blockquote[data-history-content-modified], "
    "blockquote#isReplyContent, .alimail-quote, .ntes-mailmaster-quote, "
    "[name=messageReplySection]:not(:has(> blockquote)), .front-blockquote, "
    ".cm_quote, #oldcontent, .edo-original, #edo-original, .missive_quote, .quote-collapse, "
    "#mail-quote, "
    # A line on the left side is how most others show a quotation
    'blockquote[style*="border-left"]:not(.gmail_quote, [style*="border-left:none" i])'
)
# What stands in these above the first blockquote introduces it, in whatever language; answers may
# stand below.
_OPENINGS = (
    "div.gmail_quote:has(> blockquote), div.protonmail_quote:has(> blockquote), "
    ".zmail_extra:has(> blockquote), [name=messageReplySection]:has(> blockquote)"
)
# From the first of these that is in no quotation to the end of the message, all is history.
_CUTS = (
    "#appendonsend, #divRplyFwdMsg, #x_divRplyFwdMsg, #mail-editor-reference-message-container, "
    "[id^=divRpF], #isForwardContent, div#isReplyContent, #OLK_SRC_BODY_SECTION, #orig-message, "
    "#zwchr, .zwchr, #replySplit, #QQMailQuote, "
    # Outlook's line above the header section, in its two colours
    'div[style*="border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0" i], '
    'div[style*="border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0" i]'
)
# Quotations if an introduction stands above one of them, else what their author set apart.
_INDENTED = "blockquote"

# How many lines stand before and after an element: 1 is a line of its own, 2 an empty line.
_LINES = (
    "address article aside body caption center dd details dir div dt fieldset figcaption figure "
    "footer form header html legend li main menu nav section summary tbody tfoot thead tr"
)
_PARAGRAPHS = "blockquote dl h1 h2 h3 h4 h5 h6 hr listing ol p plaintext pre table ul xmp"
_MARGINS = {**dict.fromkeys(_LINES.split(), 1), **dict.fromkeys(_PARAGRAPHS.split(), 2)}
_KEEPS_SPACE = frozenset({"pre", "listing", "plaintext", "xmp"})
_RULER = "-" * 20
_IMAGE_MARK = re.compile("\ue000([^\ue000\ue001\n]{1,998})\ue001")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_INVISIBLE = re.compile("[\xad\u200b\u2060\ufeff]")
_WORD = re.compile(r"\w")

HIDDEN_SHOWN = "all text is hidden, it is shown all the same"


@dataclass(frozen=True, slots=True)
class Markup:
    """What an HTML part shows; quoted parts stand between QUOTE_BEGIN and QUOTE_END lines."""

    text: str
    defects: tuple[str, ...] = ()


def read_markup(markup: str, *, with_images: bool = False) -> Markup:
    """`with_images` puts a mark with its Content-ID where an image of the message stands."""
    defects: list[str] = []
    if len(markup) > LONGEST_HTML:
        markup = markup[:LONGEST_HTML]
        defects.append("HTML part too long, only its beginning was read")
    if markup.count("<") > MOST_TAGS:
        markup = _first_tags(markup)
        defects.append("HTML part with too many tags, only its beginning was read")
    document = turbohtml.parse(markup)
    sheets = [style.text for style in document.select("style")]
    document.remove(_NO_TEXT)
    reader = _Renderer(document, sheets, with_images=with_images)
    text = reader.render()
    if _WORD.search(text) is None and (reader.has_hidden or reader.has_alts):
        text = _Renderer(document, sheets, with_images=with_images, show_all=True).render()
        if reader.has_hidden:
            defects.append(HIDDEN_SHOWN)
    elif reader.has_hidden:
        defects.append(HIDDEN_LEFT_OUT)
    return Markup(text, tuple(defects))


def images_in(text: str) -> frozenset[str]:
    """The Content-IDs of the images whose marks a text holds, in lower case."""
    return frozenset(match[1].lower() for match in _IMAGE_MARK.finditer(text))


def _first_tags(markup: str) -> str:
    position = -1
    for _ in range(MOST_TAGS):
        position = markup.index("<", position + 1)
    return markup[:position]


class _Renderer:
    """A walk over the tree, without recursion: how deep it is, the sender decides."""

    def __init__(
        self,
        document: turbohtml.Document,
        sheets: list[str],
        *,
        with_images: bool,
        show_all: bool = False,
    ) -> None:
        self._document = document
        self._with_images = with_images
        self._show_all = show_all
        self._quotes = set(document.select(_QUOTES))
        self._cuts = set(document.select(_CUTS))
        self._indented = set(document.select(_INDENTED)) - self._quotes
        self._openings = set(document.select(_OPENINGS)) - self._quotes
        self._is_opening = False
        self._depth = 0
        """Of quotations within quotations; a cut is one that does not end."""
        self._styles = Styles(sheets, show_all=show_all)
        self._looks = [self._styles.first]
        self._lists: list[int] = []
        self._links: list[tuple[int, int]] = []
        self._label = ""
        """The alternative text of the last image in the innermost link."""
        self._page = Page()
        self._kept = 0
        self.has_hidden = False
        self.has_alts = False

    def render(self) -> str:
        todo: list[tuple[Node, bool]] = [(self._document, False)]
        while todo:
            node, is_end = todo.pop()
            if isinstance(node, Text):
                self._text(node.data)
            elif isinstance(node, Element) and not is_end:
                if self._enter(node):
                    todo.append((node, True))
                    todo.extend((child, False) for child in reversed(node.children))
            elif isinstance(node, Element):
                self._leave(node)
            elif not is_end:
                todo.extend((child, False) for child in reversed(node.children))
        return self._page.finish()

    def _text(self, data: str) -> None:
        is_plain = data.isprintable() and "  " not in data
        if not is_plain:  # an entity may stand for any character, also for our marks
            data = _INVISIBLE.sub("", clean_text(data))
        look = self._looks[-1]
        if look.hides_text and not self._show_all:
            self.has_hidden = self.has_hidden or _WORD.search(data) is not None
            return
        if self._kept or (look.keeps_lines and "\n" in data):
            *full, last = data.split("\n")
            for line in full:
                self._page.raw(line)
                self._page.break_line()
            self._page.raw(last)
            return
        text = data if is_plain else _SPACES.sub(" ", data).replace("\xa0", " ")
        if text.strip() or (text and self._page.is_line_open):
            self._page.words(text)

    def _enter(self, node: Element) -> bool:
        """Whether its children are shown."""
        look = self._look(node)
        if look is None:
            return False
        self._looks.append(look)
        page, tag = self._page, node.tag
        self._mark_quotes(node)
        margin = _MARGINS.get(tag, 0)
        page.margin = max(page.margin, margin)
        if tag in {"td", "th"}:
            page.next_cell()
        elif tag in _KEEPS_SPACE:
            page.end_line(page.margin)
            self._kept += 1
        elif enter := _ENTER.get(tag):
            enter(self, node)
        return True

    def _look(self, node: Element) -> Look | None:
        """How the text in an element looks; None if all of it is hidden."""
        look = self._styles.look(self._looks[-1], node.tag, node.attrs)
        if look is None:
            self.has_hidden = self.has_hidden or _WORD.search(node.text) is not None
        return look

    def _break(self, _node: Element) -> None:
        self._page.break_line()

    def _rule(self, _node: Element) -> None:
        margin = self._page.margin
        self._page.words(_RULER)
        self._page.margin = margin

    def _mark_quotes(self, node: Element) -> None:
        page = self._page
        if self._is_opening and node.tag == "blockquote":
            page.mark(QUOTE_END)
            self._is_opening = False
        elif node in self._openings and not self._is_opening:
            page.mark(QUOTE_BEGIN)
            self._is_opening = True
        if node in self._quotes or (not self._depth and node in self._cuts):
            page.mark(QUOTE_BEGIN)
            self._depth += 1
        elif node in self._indented:
            page.mark(INDENT_BEGIN)

    def _image(self, node: Element) -> None:
        source = plain(node.attrs.get("src")) if self._with_images else ""
        if source[:4].lower() == "cid:":
            self._page.words(f"\ue000{clean_text(source[4:998])}\ue001")
        words = _SPACES.sub(" ", clean_text(plain(node.attrs.get("alt"))[:LONGEST_ALT])).strip()
        self.has_alts = self.has_alts or bool(words)
        if words and _WORD.search(words) is None and not words.isascii():
            self._page.words(words)  # an emoji, which Gmail and Outlook send as an image
        elif words and self._show_all:
            self._page.append(words)
        elif words and self._links:
            self._label = words

    def _list(self, node: Element) -> None:
        first = plain(node.attrs.get("start"))
        number = int(first) if first.isdecimal() and len(first) < MOST_DIGITS else 1
        self._lists.append(number if node.tag == "ol" else -1)
        if len(self._lists) > 1:
            self._page.margin = 1  # a list in a list leaves no empty line

    def _item(self, _node: Element) -> None:
        number = self._lists[-1] if self._lists else -1
        indent = "  " * min(max(len(self._lists) - 1, 0), DEEPEST_INDENT)
        self._page.bullet = indent + ("* " if number < 0 else f"{number}. ")
        if number >= 0:
            self._lists[-1] += 1

    def _table(self, node: Element) -> None:
        attributes = node.attrs
        has_border = plain(attributes.get("border")).strip() not in {"", "0"}
        is_grid = "msotablegrid" in plain(attributes.get("class")).lower()
        self._page.begin_table(of_data=has_border or is_grid or self._has_heading(node))

    def _has_heading(self, table: Element) -> bool:
        """Whether the first row has cells of headings."""
        for part in table.children[:FEW]:
            rows = part.children[:1] if isinstance(part, Element) and part.tag != "tr" else [part]
            for row in rows:
                if any(isinstance(c, Element) and c.tag == "th" for c in row.children[:FEW]):
                    return True
        return False

    def _link(self, _node: Element) -> None:
        self._links.append(self._page.here())
        self._label = ""

    def _field(self, node: Element) -> None:
        kind = plain(node.attrs.get("type")).lower() or "text"
        value = _SPACES.sub(" ", clean_text(plain(node.attrs.get("value"))[:LONGEST_ALT])).strip()
        if value and kind in {"text", "submit", "button", "email", "number", "tel", "url"}:
            self._page.append(f"[{value}]")

    def _leave(self, node: Element) -> None:
        page, tag = self._page, node.tag
        self._looks.pop()
        if tag in _KEEPS_SPACE:
            self._kept -= 1
        elif tag in {"ol", "ul"} and self._lists:
            self._lists.pop()
        elif tag == "li":
            page.bullet = ""
        elif tag == "a":
            self._end_link(node)
        elif tag == "table":
            page.end_table()
        nested = tag in {"ol", "ul"} and self._lists
        page.margin = max(page.margin, 1 if nested else _MARGINS.get(tag, 0))
        if node in self._quotes:
            page.mark(QUOTE_END)
            self._depth -= 1
        elif node in self._indented:
            page.mark(INDENT_END)

    def _end_link(self, node: Element) -> None:
        label = self._page.since(self._links.pop())
        if label == "" and self._label:  # a button that is an image says what it is for in its alt
            label = self._label
            self._page.append(label)
        target = target_of(plain(node.attrs.get("href"))) if label and label.strip() else ""
        if label and target and not _names(label, target):
            self._page.append(f"<{target}>")


MOST_DIGITS = 6
LONGEST_ALT = 500
LONGEST_LINK = 200
FEW = 5  # children of a table, or of a row, that are looked at
_ENTER: dict[str, Callable[[_Renderer, Element], None]] = {
    "a": _Renderer._link,  # noqa: SLF001 -- a table of its own methods
    "br": _Renderer._break,  # noqa: SLF001
    "hr": _Renderer._rule,  # noqa: SLF001
    "img": _Renderer._image,  # noqa: SLF001
    "input": _Renderer._field,  # noqa: SLF001
    "li": _Renderer._item,  # noqa: SLF001
    "ol": _Renderer._list,  # noqa: SLF001
    "table": _Renderer._table,  # noqa: SLF001
    "ul": _Renderer._list,  # noqa: SLF001
}


def target_of(href: str) -> str:
    """Where a link leads, if a reader can use it: without the query where that makes it too long,
    for trackers put there what nobody reads."""
    target = "".join(clean_text(href[:MARGIN_OF_LINKS]).split())
    scheme = target.partition(":")[0].lower()
    if scheme == "mailto":
        target = target.partition("?")[0]
    elif scheme not in {"http", "https", "ftp"}:
        return ""
    if len(target) > LONGEST_LINK:
        target = target.partition("?")[0].partition("#")[0]
    return target if len(target) <= LONGEST_LINK and not set("<>") & set(target) else ""


MARGIN_OF_LINKS = 4_000


def _names(label: str, target: str) -> bool:
    """Whether the words of a link say already where it leads."""
    place = target.lower().removeprefix("mailto:").partition("://")
    short = (place[2] or place[0]).removeprefix("www.").rstrip("/")
    return bool(short) and short in "".join(label.lower().split())
