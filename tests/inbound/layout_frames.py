"""What layouts of replies are made of: the reply, a layout, and frames that clients share.

A layout makes the body from the language, the new words and what is quoted. Clients that have no
words of their own for a language take those of `reply_languages`.
"""

# ruff: noqa: E501 -- lines of mails are as long as clients make them

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape

from tests.inbound.reply_languages import LANGUAGES, Language

STYLES = ("top", "bottom", "interleaved")
WHEN = datetime(2026, 1, 5, 10, 12, tzinfo=timezone(timedelta(hours=1)))
NARROW = 76  # where clients wrap


@dataclass(frozen=True)
class Reply:
    language: Language
    style: str = "top"
    name: str = "Ana Ruiz"
    address: str = "ana@example.org"
    when: datetime = WHEN

    @property
    def new(self) -> tuple[str, ...]:
        return self.language.new

    @property
    def old(self) -> tuple[str, ...]:
        return self.language.old

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.new).split())

    def introduction(self, client: str) -> str:
        return self.language.introduction(client, self.name, self.address, self.when)

    def header(
        self, order: str = "fdts", *, bold: str = "", colon: str = ":", space: str = " "
    ) -> list[str]:
        """Lines such as "From: Ana <...>", in the order of the letters: from, date, to, subject."""
        labels = dict(zip("fdts", self.language.labels, strict=True))
        values = {
            "f": f"{self.name} <{self.address}>",
            "d": self.language.long_date(self.when),
            "t": "Bob Agent <bob@example.org>",
            "s": "Re: Printer",
        }
        end = f" {colon}" if self.language.code == "fr" and colon == ":" else colon
        return [f"{bold}{labels[letter]}{end}{bold}{space}{values[letter]}" for letter in order]


@dataclass(frozen=True)
class Layout:
    name: str
    write: Callable[[Reply], str]
    is_html: bool
    styles: tuple[str, ...]
    languages: tuple[str, ...]

    def mail(self, reply: Reply) -> bytes:
        body = self.write(reply)
        if self.is_html:
            body = f"<html><head><title>Re: Printer</title></head><body>{body}</body></html>"
        head = (
            "From: Bob Agent <bob@example.org>\nTo: Help <help@example.net>\nSubject: Re: Printer\n"
            f"MIME-Version: 1.0\nContent-Type: text/{'html' if self.is_html else 'plain'}; charset=utf-8\n"
            "Content-Transfer-Encoding: 8bit\n\n"
        )
        return (head + body).replace("\r\n", "\n").replace("\n", "\r\n").encode()


LAYOUTS: dict[str, Layout] = {}
Writer = Callable[[Reply], str]


def text(
    name: str, *languages: str, styles: tuple[str, ...] = STYLES
) -> Callable[[Writer], Writer]:
    return _register(name, languages, styles, is_html=False)


def page(
    name: str, *languages: str, styles: tuple[str, ...] = STYLES
) -> Callable[[Writer], Writer]:
    return _register(f"{name}-html", languages, styles, is_html=True)


def _register(
    name: str, languages: tuple[str, ...], styles: tuple[str, ...], *, is_html: bool
) -> Callable[[Writer], Writer]:
    def register(write: Writer) -> Writer:
        assert name not in LAYOUTS
        LAYOUTS[name] = Layout(name, write, is_html, styles, languages or tuple(LANGUAGES))
        return write

    return register


TOP = ("top",)
BELOW = ("top", "bottom")


# ---------------------------------------------------------------- frames


def marked(reply: Reply, introduction: str, mark: str = "> ", gap: str = "\n\n") -> str:
    """Quote marks before the lines of the quotation."""
    quote = [f"{mark}{line}".rstrip() for line in reply.old]
    if reply.style == "top":
        return "\n".join([*reply.new, "", introduction + gap[1:], *quote, ""])
    if reply.style == "bottom":
        return "\n".join([introduction + gap[1:], *quote, "", *reply.new, ""])
    (first, second), (one, two) = quote, reply.new
    return "\n".join([introduction + gap[1:], first, "", one, "", second, "", two, ""])


def bare(reply: Reply, *above: str) -> str:
    """No marks at all: everything below the lines is the quotation."""
    return "\n".join([*reply.new, "", *above, "", *reply.old, ""])


def div(lines: tuple[str, ...] | list[str]) -> str:
    return "".join(f"<div>{escape(line)}</div>" for line in lines)


def boxed(
    reply: Reply, introduction: str, box: str, end: str, outer: str = "", outer_end: str = ""
) -> str:
    """The quotation in an element, which answers divide; `outer` is around all of it but answers
    above and below."""
    new, old = reply.new, reply.old
    if reply.style == "top":
        return f'<div dir="ltr">{div(new)}</div><br>{outer}{introduction}{box}{div(old)}{end}{outer_end}'
    if reply.style == "bottom":
        return f"{outer}{introduction}{box}{div(old)}{end}{outer_end}<br>{div(new)}"
    inner = "".join(
        f"{box}{div([q])}{end}<div><br></div>{div([n])}<div><br></div>"
        for q, n in zip(old, new, strict=True)
    )
    return f"{outer}{introduction}{inner}{outer_end}"


def labelled(reply: Reply, order: str, separator: str = "<br>") -> str:
    """A header section in HTML, its labels bold."""
    lines = [escape(line) for line in reply.header(order, bold="*")]
    return separator.join(line.replace("*", "<b>", 1).replace("*", "</b>", 1) for line in lines)
