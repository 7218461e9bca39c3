"""Rich text as Outlook sends it: decompressed, and its words or its HTML read.

Standards: MS-OXRTFCP (compression), MS-OXRTFEX (HTML inside RTF).
Failures: none but MemoryError; of damaged input there is what stands before the damage.
"""

import re
from dataclasses import dataclass, field

from helpdesk.inbound.charset import decode_bytes
from helpdesk.inbound.codepages import codec_of_page, codec_of_rtf_charset

LARGEST = 4 * 2**20
"""Octets of decompressed rich text: what it states of itself is never believed."""
DEEPEST = 1_000
MOST_TOKENS = 500_000

# MS-OXRTFCP, 2.1.3.1: what every compressed text may refer to before its own first octet.
_PREFIX = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096
_HEADER = 16


def decompress(packed: bytes) -> bytes:
    """The rich text, at most LARGEST octets of it."""
    if len(packed) < _HEADER:
        return b""
    kind = packed[8:12]
    if kind == b"MELA":
        return packed[_HEADER : _HEADER + LARGEST]
    return _unpack(packed) if kind == b"LZFu" else b""


def _unpack(packed: bytes) -> bytes:
    # The window is the end of what was written; what is before all writing are spaces.
    out = bytearray(b" " * _WINDOW + _PREFIX)
    begin = len(out)
    position, end = _HEADER, len(packed)
    while position < end and len(out) - begin < LARGEST:
        control = packed[position]
        position += 1
        if not control:
            out += packed[position : position + 8]
            position += 8
            continue
        for bit in range(8):
            if not control >> bit & 1:
                out += packed[position : position + 1]
                position += 1
                continue
            token = int.from_bytes(packed[position : position + 2], "big")
            position += 2
            distance = (len(out) - (token >> 4)) % _WINDOW
            if not distance or position > end:
                return bytes(out[begin : begin + LARGEST])
            length = (token & 15) + 2
            piece = out[-distance : len(out) - distance + length]
            out += piece if len(piece) == length else (piece * length)[:length]
    return bytes(out[begin : begin + LARGEST])


@dataclass(frozen=True, slots=True)
class RichText:
    """What a rich text shows."""

    text: str
    is_html: bool = False
    """The text was HTML before Outlook wrapped it up, and is HTML again."""


_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,9})? ?|((?:\\'[0-9a-fA-F]{2}){1,10000})|\\([^a-zA-Z'])|([{}])"
    rb"|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)
_SHOWN = {
    "par": "\n", "line": "\n", "sect": "\n\n", "page": "\n\n", "row": "\n", "cell": "\t",
    "nestcell": "\t", "tab": "\t", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ",
    "qmspace": " ",
}  # fmt: skip
_SYMBOLS = {"~": "\xa0", "_": "\u2011", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}"}
# Destinations that show nothing, beside all that begin with \*.
_SILENT = frozenset(
    {
        "annotation", "colortbl", "comment", "filetbl", "fldinst", "fonttbl", "footer", "footerf",
        "footerl", "footerr", "header", "headerf", "headerl", "headerr", "info", "listtable",
        "object", "pict", "revtbl", "rxe", "stylesheet", "tc", "txe", "xe",
    }
)  # fmt: skip


@dataclass(slots=True)
class _Group:
    """What a group inherits and may change."""

    silent: bool = False
    is_tag: bool = False
    in_fonts: bool = False
    only_rtf: bool = False
    """Between \\htmlrtf and \\htmlrtf0: repeats in RTF what stands there as HTML."""
    page: str = ""
    skip: int = 1
    """Characters that stand behind each \\u for readers without Unicode."""


@dataclass(slots=True)
class _Rtf:
    out: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    stack: list[_Group] = field(default_factory=list)
    now: _Group = field(default_factory=_Group)
    too_deep: int = 0
    page: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    to_skip: int = 0
    is_star: bool = False
    is_html: bool = False

    def flush(self) -> None:
        if self.pending:
            self.out.append(decode_bytes(bytes(self.pending), self.now.page or self.page)[0])
            self.pending.clear()

    def octets(self, octets: bytes) -> None:
        skipped = min(self.to_skip, len(octets))
        self.to_skip -= skipped
        if self._is_shown():
            self.pending += octets[skipped:]

    def show(self, text: str) -> None:
        if self._is_shown():
            self.flush()
            self.out.append(text)

    def _is_shown(self) -> bool:
        return not (self.now.silent or self.now.only_rtf)

    def group(self, brace: bytes) -> None:
        self.flush()
        self.to_skip, self.is_star = 0, False
        if brace == b"{":
            if len(self.stack) >= DEEPEST:
                self.too_deep += 1
                return
            self.stack.append(self.now)
            now = self.now
            self.now = _Group(
                now.silent, now.is_tag, now.in_fonts, now.only_rtf, now.page, now.skip
            )
        elif self.too_deep:
            self.too_deep -= 1
        elif self.stack:
            self.now = self.stack.pop()

    def word(self, word: str, number: int | None) -> None:
        star, self.is_star = self.is_star, False
        self.to_skip = 0
        if word == "htmltag" and star:
            self.now.is_tag, self.now.silent = True, not self.is_html
        elif star or word in _SILENT:
            self.now.silent = True
            self.now.in_fonts = word == "fonttbl"
        elif word == "htmlrtf":
            self.flush()
            self.now.only_rtf = self.is_html and number != 0
        elif word in _SHOWN:
            self._break(word)
        else:
            self._setting(word, number)

    def _break(self, word: str) -> None:
        # Outside of tags, HTML has its own line breaks.
        if not self.is_html or self.now.is_tag or _SHOWN[word].strip("\n"):
            self.show(_SHOWN[word])

    def _setting(self, word: str, number: int | None) -> None:
        if word == "fromhtml":
            self.is_html = number != 0
        elif word == "u" and number is not None:
            self.show(chr(number & 0xFFFF))
            self.to_skip = self.now.skip
        elif word == "uc":
            self.now.skip = min(max(number or 0, 0), 10)
        elif word == "ansicpg":
            self.page = codec_of_page(number or 0) or self.page
        elif word == "f":
            self.font = number or 0
            if not self.now.in_fonts:
                self.flush()
                self.now.page = self.fonts.get(self.font, "")
        elif word == "fcharset" and self.now.in_fonts and len(self.fonts) < DEEPEST:
            self.fonts[self.font] = codec_of_rtf_charset(number or 0)
        elif word in {"plain", "pard"}:
            self.flush()
            self.now.page = "" if word == "plain" else self.now.page


def read_rtf(content: bytes) -> RichText:
    """The words of a rich text; its HTML where it says that it is made from HTML."""
    if not content.lstrip().startswith(b"{\\rtf"):
        return RichText("")
    content = content[:LARGEST]
    rtf = _Rtf()
    position = count = 0
    while position < len(content) and count < MOST_TOKENS:
        count += 1
        token = _TOKEN.match(content, position)
        if token is None:  # a backslash at the end, or before a strange letter
            position += 1
            continue
        position = token.end()
        if token[1] == b"bin":
            position += max(0, int(token[2] or 0))
        else:
            _take(rtf, token)
    rtf.flush()
    text = "".join(rtf.out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return RichText(text, rtf.is_html)


def _take(rtf: _Rtf, token: re.Match[bytes]) -> None:
    word, number, code, symbol, brace, run = token.groups()
    if word is not None:
        rtf.word(word.decode("ascii"), None if number is None else int(number))
    elif code is not None:
        rtf.octets(bytes.fromhex(code.replace(b"\\'", b"").decode("ascii")))
    elif brace is not None:
        rtf.group(brace)
    elif symbol == b"*":
        rtf.is_star = True
    elif symbol is not None:
        rtf.show(_SYMBOLS.get(symbol.decode("latin-1"), ""))
    elif run is not None:
        rtf.octets(run)
