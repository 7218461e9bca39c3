"""Which characters the octets of foreign mail stand for, whatever its charset parameters say.

Standards: RFC 2045 §5.1, RFC 2046 §4.1.2 (charset); the Encoding Standard on what labels mean.
Failures: none; what cannot be decoded as stated is decoded as it was probably meant.
"""

import codecs
import re
import string
from functools import lru_cache

from turbohtml.detect import detect

DETECTOR_BYTES = 64 * 1024  # enough to tell the charset; the detector's time grows with its input
MARKUP_HEAD = 4_096  # octets in which HTML states its charset
LEAST_CONFIDENCE = 0.5

# What mail states, and the codec that reads it. The supersets on the right also decode the strays
# that real clients send under the names on the left.
_CODECS = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "usascii": "utf-8",
    "us": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "iso-646": "utf-8",
    "utf": "utf-8",
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "ucs-4": "utf-32",
    "iso-10646-ucs-4": "utf-32",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-2-0-utf-7": "utf-7",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "iso-8859-8-i": "cp1255",
    "iso-8859-8-e": "cp1255",
    "iso-8859-6-i": "cp1256",
    "iso-8859-6-e": "cp1256",
    "logical": "cp1255",
    "visual": "cp1255",
    "koi8": "koi8-r",
    "koi8-ru": "koi8-u",
    "koi": "koi8-r",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb": "gb18030",
    "gb_2312-80": "gb18030",
    "euc-cn": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "big-5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "korean": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "eucjp": "euc-jp",
    "macintosh": "mac-roman",
    "mac": "mac-roman",
    "mac-ce": "mac-latin2",
    "mac-centraleurroman": "mac-latin2",
    "mac-ukrainian": "mac-cyrillic",
    "mac-japanese": "cp932",
    "mac-korean": "cp949",
    "mac-chinesesimp": "gb18030",
    "mac-chinesetrad": "big5hkscs",
}
# Code pages of Windows that Python has under another name, or not at all.
_CODE_PAGES = {
    "936": "gb18030",
    "950": "big5hkscs",
    "1200": "utf-16-le",
    "1201": "utf-16-be",
    "10000": "mac-roman",
    "20127": "utf-8",
    "20866": "koi8-r",
    "21866": "koi8-u",
    "28591": "cp1252",
    "50220": "iso-2022-jp",
    "50221": "iso-2022-jp",
    "50222": "iso-2022-jp",
    "51932": "euc-jp",
    "51949": "cp949",
    "54936": "gb18030",
    "65000": "utf-7",
    "65001": "utf-8",
}
# Names that say nothing about the octets.
_SAYS_NOTHING = (
    "unknown unknown-8bit default 8bit 7bit binary none user-defined null undefined 8-bit "
    "quoted-printable base64 iso-8859 other auto text plain"
)
_UNSTATED = frozenset(_SAYS_NOTHING.split())
# Codecs of Python that are no charsets, or whose cost or meaning nobody controls.
_BARRED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_STATED = re.compile(r"[a-z0-9][a-z0-9_.:\-]{0,39}")
_PAGE = re.compile(r"(?:windows|win|cp|ibm|dos|ansi|ms|codepage|oem)?[-_]?(\d{3,5})")
# Who has the octets 0x80 to 0x9f in one of these means letters and quotes of the code page.
_WINDOWS = {
    "iso8859-2": "cp1250",
    "iso8859-5": "cp1251",
    "iso8859-6": "cp1256",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-13": "cp1257",
    "iso8859-15": "cp1252",
}
# Where a codec fails, another may know the characters that a vendor has added.
_WIDER = {"euc_jp": "euc_jis_2004", "cp932": "shift_jis_2004", "big5hkscs": "cp950"}
_ASCII = re.compile("[\x00-\x7f]+")
_C1 = re.compile("[\x80-\x9f]")


def is_unstated(charset: str) -> bool:
    """Whether a charset parameter says nothing at all, and so nothing wrong."""
    return _name_of(charset) in {"", *_UNSTATED}


def _name_of(charset: str) -> str:
    """The label without quotes, what stands behind it and the `x-` of private names."""
    words = charset.lower().replace("charset=", " ").strip(" \t\r\n\"'<>()[];,=")
    found = _STATED.match(words)
    name = found[0].rstrip(".:-_") if found else ""
    return name.removeprefix("x-")


@lru_cache(maxsize=512)
def codec_of(charset: str) -> str:
    """The Python codec for a stated charset, or empty if it names none."""
    name = _name_of(charset)
    if not name or name in _UNSTATED:
        return ""
    if page := _PAGE.fullmatch(name):
        name = _CODE_PAGES.get(page[1], f"cp{page[1]}")
    if re.match(r"(?:unicode-)?utf[-_]?0?8", name):
        return "utf-8"
    if re.match(r"iso[-_]?2022[-_]?jp", name):
        return "iso-2022-jp"
    for known in (name, name.replace("_", "-"), name.removeprefix("cs")):
        if codec := _python_codec(_CODECS.get(known, known)):
            return codec
    return ""


def _python_codec(name: str) -> str:
    if name == "iso-2022-jp":
        return name
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    is_text = getattr(info, "_is_text_encoding", True)
    codec = str(info.name)
    if not is_text or codec.replace("-", "_") in _BARRED:
        return ""
    return _CODECS.get(codec, codec)  # iso8859-1 under any of its names


def decode_bytes(content: bytes, charset: str) -> tuple[str, bool]:
    """The text, and whether the stated charset was right."""
    codec = codec_of(charset)
    if content.isascii() and not _means_more(content, codec):
        return content.decode("ascii"), True
    if codec not in {"", "utf-8", "cp1252"}:
        text = _as_stated(content, codec)
        return (text, True) if text is not None else (guess(content), False)
    # Much mail in UTF-8 says that it is Latin-1, hardly any Latin-1 is valid UTF-8.
    try:
        return _once(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        pass
    if codec == "cp1252" and not _is_wide(content):
        text = content.decode("cp1252", "replace")
        if not _is_strange(text):
            return text, "\ufffd" not in text  # five octets have no meaning there
    return guess(content), is_unstated(charset)


def _means_more(content: bytes, codec: str) -> bool:
    """Whether octets of ASCII can stand for other characters in this charset."""
    if b"\x1b" in content or b"\x00" in content:
        return True
    return (codec == "utf-7" and b"+" in content) or (codec == "hz" and b"~" in content)


def _as_stated(content: bytes, codec: str) -> str | None:
    if codec == "iso-2022-jp":
        # Octets beyond ASCII and no escape sequence: it is another charset.
        return _iso_2022_jp(content) if b"\x1b" in content else None
    if codec.startswith(("utf-16", "utf-32")):
        return _wide(content, codec)
    try:
        text = content.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return _nearly(content, codec)
    if codec in _WINDOWS and _C1.search(text):
        text = content.decode(_WINDOWS[codec], "replace")
    return text


def _nearly(content: bytes, codec: str) -> str | None:
    """A text with few wrong octets is still in its stated charset; UTF-8 is not among these."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return None
    for wider in (codec, _WIDER.get(codec, codec)):
        text = content.decode(wider, "replace")
        wrong = text.count("\ufffd")
        if 20 * wrong <= len(_ASCII.sub("", text)):
            return text
    return None


def guess(content: bytes) -> str:
    """Text of unstated charset: UTF-8 if it nearly is, else what the detector says."""
    if codec := _is_wide(content):
        return content.decode(codec, "replace").removeprefix("\ufeff")
    if b"\x1b$" in content and content.isascii():
        return _iso_2022_jp(content)
    if (errors := _errors_of_utf8(content)) is not None:
        return content.decode("utf-8-sig", errors)
    found = detect(content[:DETECTOR_BYTES])
    codec = codec_of(found.encoding or "")
    is_sure = found.language or found.confidence > LEAST_CONFIDENCE
    for known in (codec, "cp1252") if is_sure else ("cp1252", codec):
        if known and known != "utf-8":
            try:
                return _iso_2022_jp(content) if known == "iso-2022-jp" else content.decode(known)
            except (UnicodeDecodeError, LookupError):
                continue
    known = "cp1252" if codec in {"", "utf-8", "iso-2022-jp"} else codec
    return content.decode(known, "replace")


# ---------------------------------------------------------------- UTF-8, damaged and doubled

_STRAYS = "helpdesk-strays"


def _read_strays(error: UnicodeError) -> tuple[str, int]:
    """An octet that is no UTF-8, in a text that else is: pasted from a text in another charset."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", "replace"), error.end


codecs.register_error(_STRAYS, _read_strays)


def _errors_of_utf8(content: bytes) -> str | None:
    """How to decode what is UTF-8 with fewer strays than characters; None if it is not."""
    true = _ASCII.sub("", content.decode("utf-8", "ignore"))
    strays = len(content.translate(None, _ASCII_OCTETS)) - len(true.encode())
    if strays > len(true) and not _is_cut(content):
        return None
    return _STRAYS if strays < MOST_STRAYS else "replace"


MOST_STRAYS = 10_000  # each costs a call
_ASCII_OCTETS = bytes(range(128))


def _is_cut(content: bytes) -> bool:
    """Whether only the last character is broken, and at least one before it is none of ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        return not decoder.decode(content).isascii()
    except UnicodeDecodeError:
        return False


_TWICE = re.compile("(?<=[A-Za-z])[\u00c2-\u00c5][^\x00-\x9f](?=[a-z])")
LEAST_DOUBLED = 3


def _once(text: str) -> tuple[str, bool]:
    """UTF-8 that some program took for Latin-1 and encoded once more, undone where that is
    certain: all of the text must be such, and several words of it."""
    found = _TWICE.findall(text)
    if len(found) < LEAST_DOUBLED or len(set(found)) == 1:
        return text, True
    try:
        return text.encode("cp1252", _C1_AS_IS).decode("utf-8"), False
    except UnicodeError:
        return text, True


_C1_AS_IS = "helpdesk-c1"


def _write_c1(error: UnicodeError) -> tuple[bytes, int]:
    """The five octets that Windows-1252 leaves out came through as control characters."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end].encode("latin-1"), error.end


codecs.register_error(_C1_AS_IS, _write_c1)


def _is_strange(text: str) -> bool:
    """Latin letters beyond ASCII in such number that the text is in another script."""
    plain = text.encode("ascii", "ignore")
    letters = len(plain) - len(plain.translate(None, _LATIN_OF_ASCII))
    fewest = max(FEW_LETTERS, letters)
    if len(text) - len(plain) <= fewest:
        return False
    return len(_LATIN_BEYOND_ASCII.findall(text)) > fewest


_LATIN_BEYOND_ASCII = re.compile("[\xa1-\u017f]")
_LATIN_OF_ASCII = string.ascii_letters.encode()
FEW_LETTERS = 4


# ---------------------------------------------------------------- UTF-16 and UTF-32

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4_096
SHORTEST_WIDE = 4


def _is_wide(content: bytes) -> str:
    """UTF-16 or UTF-32 by its mark, or by where the zeros of its Latin letters stand."""
    for mark, codec in _BOMS:
        if content.startswith(mark):
            return codec
    sample = content[:_SAMPLE]
    if len(sample) < SHORTEST_WIDE or sample.count(0) * 4 < len(sample):
        return ""
    if sample.count(0) * 3 > len(sample) * 2:
        return "utf-32-be" if sample[0] == 0 else "utf-32-le"
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if 8 * min(even, odd) > max(even, odd):
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _wide(content: bytes, codec: str) -> str | None:
    found = _is_wide(content)
    if not found and b"\x00" not in content:
        try:
            return content.decode("utf-8")  # Latin letters or line ends would have zeros
        except UnicodeDecodeError:
            pass
    if codec in {"utf-16", "utf-32"}:
        codec = f"{codec}-be"  # RFC 2781 §4.3: big-endian without a mark
    try:
        return content.decode(found or codec).removeprefix("\ufeff")
    except UnicodeDecodeError:
        return content.decode(found or codec, "replace").removeprefix("\ufeff")


# ---------------------------------------------------------------- ISO-2022-JP and its kin

_ESCAPE = re.compile(rb"\x1b(\([A-Z]|\$\([A-Z]|\$[@AB])|\x1b(?:[\x20-\x2f]{0,2}[\x30-\x7e])?")


def _iso_2022_jp(content: bytes) -> str:
    """With the characters that vendors have added, and with octets that do not belong into it."""
    for codec in ("iso2022_jp_ext", "iso2022_jp_2"):
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    out: list[str] = []
    charset = b""
    position = 0
    for match in _ESCAPE.finditer(content):
        out.append(_run(content[position : match.start()], charset))
        charset, position = match[1] or charset, match.end()
    out.append(_run(content[position:], charset))
    return "".join(out)


def _run(run: bytes, charset: bytes) -> str:
    """Octets between two escape sequences."""
    if not run:
        return ""
    if charset == b"(I":
        return _high(run).decode("cp932", "replace")
    if charset in {b"$@", b"$B", b"$(Q"} and run.isascii():
        # A line end returns to ASCII, whether the program has said so or not.
        lines = run.split(b"\n")
        return "\n".join(_shifted(line).decode("cp932", "replace") for line in lines)
    if charset.startswith(b"$"):
        codec = {b"$A": "gb2312", b"$(C": "euc_kr"}.get(charset, "euc_jp")
        return _high(run).decode(codec, "replace")
    return run.decode("ascii", "replace")


def _high(run: bytes) -> bytes:
    """The same characters where the 8-bit charsets have them."""
    return run.translate(_HIGH)


_KUTEN = range(0x21, 0x7F)  # octets of rows and cells in the 7-bit sets
_HIGH = bytes(octet | 0x80 if octet in _KUTEN else octet for octet in range(256))


def _shifted(line: bytes) -> bytes:
    """Pairs of JIS X 0208 as Shift_JIS, whose code page knows the rows of NEC and IBM."""
    out = bytearray()
    for index in range(0, len(line) - 1, 2):
        first, second = line[index], line[index + 1]
        if not (first in _KUTEN and second in _KUTEN):
            out += line[index : index + 2]
            continue
        if first % 2:
            second += 0x1F + (second >= 0x60)  # noqa: PLR2004 -- 0x7F is left out there
        else:
            second += 0x7E
        out += bytes([(first + 1) // 2 + (0x70 if first < 0x5F else 0xB0), second])  # noqa: PLR2004
    if len(line) % 2:
        out += line[-1:]
    return bytes(out)


# ---------------------------------------------------------------- HTML

_META = re.compile(rb"(?i)<meta\b[^>]{0,300}?charset\s{0,5}=\s{0,5}[\"']?([a-z0-9_.:-]{1,40})")


def charset_of_markup(content: bytes) -> str:
    """What HTML states of itself; the header's word has more weight."""
    found = _META.search(content[:MARKUP_HEAD].replace(b"\x00", b""))
    return found[1].decode("ascii") if found else ""
