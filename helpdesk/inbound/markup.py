"""HTML to the text that a reader sees, with the quoted parts marked.

Standards: the HTML Living Standard as turbohtml reads it; mail clients' own containers of quotes.
Failures: none; markup beyond the limits is cut, and its defects are named.
"""

import re
from dataclasses import dataclass, field

import turbohtml
from turbohtml import Element, Node, Text

from helpdesk.core.quoting import QUOTE_BEGIN, QUOTE_END
from helpdesk.inbound.decode import clean_text

LONGEST_HTML = 1_000_000
MOST_TAGS = 20_000

_HIDDEN = (
    "head, script, style, template, noscript, title, select, textarea, object, svg, math, "
    '[hidden], [style*="display:none" i], [style*="display: none" i], [style*="mso-hide:all" i]'
)
# Containers of quoted history, one mail client after the other.
_QUOTES = (
    ".gmail_quote, .gmail_quote_container, blockquote[type=cite i], .moz-cite-prefix, "
    ".moz-forward-container, .yahoo_quoted, #yahoo_quoted, .protonmail_quote, .tutanota_quote, "
    ".zmail_extra, .OutlookMessageHeader, .ms-outlook-mobile-reference-message, "
    "[name=messageReplySection], .front-blockquote, .x_gmail_quote, .quote-collapse, #mail-quote"
)
# From the first of these to the end of the message, all is history.
_CUTS = (
    "#appendonsend, #divRplyFwdMsg, #x_divRplyFwdMsg, #mail-editor-reference-message-container, "
    "#isForwardContent, #isReplyContent, #OLK_SRC_BODY_SECTION, #reply-intro, #orig-message"
)

# How many lines stand before and after an element: 1 is a line of its own, 2 an empty line.
_LINES = (
    "address article aside body caption center dd details dir div dt fieldset figcaption figure "
    "footer form header html legend li main menu nav section summary tbody tfoot thead tr"
)
_PARAGRAPHS = "blockquote dl h1 h2 h3 h4 h5 h6 hr listing ol p plaintext pre table ul xmp"
_MARGINS = {**dict.fromkeys(_LINES.split(), 1), **dict.fromkeys(_PARAGRAPHS.split(), 2)}
_KEEPS_SPACE = frozenset({"pre", "listing", "plaintext", "xmp"})
_CELL = "  "
_RULER = "-" * 20
_IMAGE_MARK = re.compile("\ue000([^\ue000\ue001\n]{1,998})\ue001")
_SPACES = re.compile(r"[ \t\n\r\f]+")


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
    document.remove(_HIDDEN)
    return Markup(_Renderer(document, with_images=with_images).render(), tuple(defects))


def images_in(text: str) -> frozenset[str]:
    """The Content-IDs of the images whose marks a text holds, in lower case."""
    return frozenset(match[1].lower() for match in _IMAGE_MARK.finditer(text))


def _first_tags(markup: str) -> str:
    position = -1
    for _ in range(MOST_TAGS):
        position = markup.index("<", position + 1)
    return markup[:position]


@dataclass(slots=True)
class _Page:
    """Lines in the making."""

    lines: list[str] = field(default_factory=list)
    line: str = ""
    margin: int = 0
    """Line breaks that the next words need before them."""

    def words(self, text: str) -> None:
        if self.margin:
            self.end_line(self.margin)
        if self.line.endswith(" ") or not self.line:
            text = text.lstrip(" ")
        self.line += text

    def end_line(self, margin: int) -> None:
        """End the line, if it has begun; leave an empty one where the margin wants it."""
        self.margin = 0
        if self.line.strip():
            self.lines.append(self.line.rstrip())
        self.line = ""
        if margin > 1 and self.lines and self.lines[-1]:
            self.lines.append("")

    def break_line(self) -> None:
        if self.margin:
            self.end_line(self.margin)
        self.lines.append(self.line.rstrip())
        self.line = ""

    def mark(self, mark: str) -> None:
        self.end_line(max(1, self.margin))
        self.lines.append(mark)


class _Renderer:
    """A walk over the tree, without recursion: how deep it is, the sender decides."""

    def __init__(self, document: turbohtml.Document, *, with_images: bool) -> None:
        self._document = document
        self._with_images = with_images
        self._quotes = set(document.select(_QUOTES))
        cut = document.select_one(_CUTS)
        self._cut = cut
        self._page = _Page()
        self._kept = 0

    def render(self) -> str:
        todo: list[tuple[Node, bool]] = [(self._document, False)]
        while todo:
            node, is_end = todo.pop()
            if isinstance(node, Text):
                self._text(node.data)
            elif isinstance(node, Element) and not is_end:
                self._enter(node)
                todo.append((node, True))
                todo.extend((child, False) for child in reversed(node.children))
            elif isinstance(node, Element):
                self._leave(node)
            elif not is_end:
                todo.extend((child, False) for child in reversed(node.children))
        self._page.end_line(0)
        return "\n".join(_without_runs(self._page.lines)).strip("\n")

    def _text(self, data: str) -> None:
        data = clean_text(data)  # an entity may stand for any character, also for our marks
        if self._kept:
            *full, last = data.split("\n")
            for line in full:
                self._page.line += line
                self._page.break_line()
            self._page.line += last
            return
        text = _SPACES.sub(" ", data).replace("\xa0", " ")
        if text.strip() or (text and self._page.line and not self._page.margin):
            self._page.words(text)

    def _enter(self, node: Element) -> None:
        page, tag = self._page, node.tag
        if node in self._quotes or node == self._cut:
            page.mark(QUOTE_BEGIN)
        margin = _MARGINS.get(tag, 0)
        page.margin = max(page.margin, margin)
        if tag == "br":
            page.break_line()
        elif tag == "hr":
            page.words(_RULER)
            page.margin = margin
        elif tag == "img":
            self._image(node)
        elif tag == "li":
            page.words("* ")
        elif tag in {"td", "th"} and page.line and not page.margin:
            page.line += _CELL
        elif tag in _KEEPS_SPACE:
            page.end_line(page.margin)
            self._kept += 1

    def _image(self, node: Element) -> None:
        source = node.attrs.get("src") if self._with_images else None
        if isinstance(source, str) and source[:4].lower() == "cid:":
            self._page.words(f"\ue000{clean_text(source[4:998])}\ue001")

    def _leave(self, node: Element) -> None:
        tag = node.tag
        if tag in _KEEPS_SPACE:
            self._kept -= 1
        self._page.margin = max(self._page.margin, _MARGINS.get(tag, 0))
        if node in self._quotes:
            self._page.mark(QUOTE_END)


def _without_runs(lines: list[str]) -> list[str]:
    """At most two empty lines in a row."""
    shown: list[str] = []
    for line in lines:
        if line or shown[-2:] != ["", ""]:
            shown.append(line)
    return shown
