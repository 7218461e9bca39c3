"""Turns the bytes of foreign header fields and bodies into clean text.

Standards: RFC 2045 §5.1, RFC 2231 (parameters), RFC 2047 (encoded words), RFC 3676 (flowed text).
Failures: none; what cannot be decoded as stated is decoded as it was probably meant.
"""

import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from helpdesk.inbound.charset import codec_of, decode_bytes, guess

LONGEST_VALUE = 64 * 1024
MOST_PARAMETERS = 200

_UNWANTED_IN_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_UNWANTED_OCTETS = bytes(n for n in range(128) if _UNWANTED_IN_TEXT.match(chr(n)))
_UNWANTED_IN_FIELD = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Text that every store and every template can take: no lone surrogates, no control characters
    but tab and line feed; line ends are folded to line feeds."""
    if text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x85" in text:
        text = text.replace("\x85", "\n")
    if text.isascii():  # several times as fast
        return text.encode().translate(None, _UNWANTED_OCTETS).decode()
    return _UNWANTED_IN_TEXT.sub("", text)


def clean_field(text: str) -> str:
    """One line without control characters: a value that may stand in a header field again."""
    if text.isprintable():
        return text.strip()
    return _UNWANTED_IN_FIELD.sub("", text.replace("\t", " ")).strip()


# ---------------------------------------------------------------- header fields


def repair(value: str) -> str:
    """A raw field value (with surrogate escapes for 8-bit octets) as text, unfolded."""
    if not value.isascii() or "\x1b$" in value:
        value = guess(value.encode("utf-8", "surrogateescape"))
    if "\n" in value or "\r" in value:
        value = value.replace("\r", "").replace("\n", "")
    return value


def decode_field(value: str) -> str:
    """Unfold, repair and decode one header field value."""
    value = repair(value[:LONGEST_VALUE])
    if "=?" in value:
        value = decode_words(value)
        if value.startswith("=?") and _WHOLE_WORDS.fullmatch(value):  # encoded twice
            value = decode_words(value)
    return clean_field(value)


def as_written(value: str) -> str:
    """Unfold and repair one header field value; encoded words stay as they are."""
    return clean_field(repair(value[:LONGEST_VALUE]))


_WORD_HEAD = re.compile(r"=\?[ \t]{0,3}([^?\s=]{0,60})[ \t]{0,3}\?[ \t]{0,3}([bBqQ])[ \t]{0,3}\?")
_WHOLE_WORDS = re.compile(r"=\?[^?\s=]{1,60}\?[bBqQ]\?.*\?=", re.DOTALL)
# The text of an encoded word that was cut off, as far as it is certainly one.
_CUT = {
    "b": re.compile(r"[A-Za-z0-9+/]{4,4000}={0,2}"),
    "q": re.compile(r"[^\s?]{0,4000}=[0-9A-Fa-f]{2}[^\s?]{0,4000}"),
}


def decode_words(value: str) -> str:
    """RFC 2047, also where encoded words touch other text, hold spaces or cut characters in two."""
    out: list[str] = []
    pending = b""
    pending_charset = ""
    position = 0
    while (start := value.find("=?", position)) >= 0:
        word = _encoded_word(value, start)
        if word is None:
            end = start + 2
            out.append(_flush(pending, pending_charset) + value[position:end])
            pending, position = b"", end
            continue
        charset, content, end = word
        between = value[position:start]
        # RFC 2047 §6.2: white space between encoded words is not shown.
        if pending and not between.strip(" \t") and charset == pending_charset:
            pending += content
        else:
            shown = "" if pending and not between.strip(" \t") else between
            out.append(_flush(pending, pending_charset) + shown)
            pending, pending_charset = content, charset
        position = end
    out.append(_flush(pending, pending_charset) + value[position:])
    return "".join(out)


def _flush(content: bytes, charset: str) -> str:
    return decode_bytes(content, charset)[0] if content else ""


def _encoded_word(value: str, start: int) -> tuple[str, bytes, int] | None:
    """Charset, octets and end of the encoded word at `start`."""
    head = _WORD_HEAD.match(value, start)
    if head is None:
        return None
    text_start = head.end()
    encoding = head[2].lower()
    end = value.find("?=", text_start, text_start + 4096)
    next_word = value.find("=?", text_start, text_start + 4096)
    if 0 <= next_word < end and value[next_word + 1 : next_word + 3] != "?=":
        after, end = next_word, next_word  # the end mark is missing
    elif end >= 0:
        after = end + 2
    elif codec_of(head[1]) and _CUT[encoding].fullmatch(value[text_start:].rstrip("?")):
        after, end = len(value), len(value.rstrip("?"))
    else:
        return None
    charset = head[1].partition("*")[0].lower()  # RFC 2231 §5: a language may follow
    text = value[text_start:end].rstrip(" \t")
    return charset, _unquote(text) if encoding == "q" else unbase64(text), after


def _unquote(text: str) -> bytes:
    octets = text.replace("_", " ").encode("utf-8", "surrogateescape")
    return binascii.a2b_qp(octets)


def unbase64(text: str) -> bytes:
    """Base64 with wrong padding or strange characters, as far as it goes."""
    octets = text.encode("ascii", "ignore")
    try:
        return binascii.a2b_base64(octets)
    except binascii.Error:
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", octets)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


# ---------------------------------------------------------------- parameters

_SEPARATORS = re.compile(r"[;\s]*")
_PARAMETER = re.compile(
    r"""([^\s=;"*]{1,60})(\*\d{1,3})?(\*)?\s*=\s*([^;"]*'"[^"]*"?|"(?:[^"\\]|\\.)*"?|[^;"]*)""",
    re.DOTALL,
)
# "attachment filename=..." without what should stand between them
_UNSEPARATED = re.compile(r"\s*([^\s;=\"]{1,200})\s+(?=[A-Za-z*0-9-]{1,60}\s{0,9}=)")
_EXTENDED = re.compile(r"([^']{0,60})'[^']{0,60}'")
_LOOKS_EXTENDED = re.compile(
    r"(?i)(?:utf-8|us-ascii|(?:iso-8859|windows)-\d{1,4})'[^']{0,20}'[^%]*%[0-9a-f]{2}"
)
_NAMES = frozenset({"filename", "name"})
LONGEST_REMEMBERED = 500


def read_parameters(value: str) -> tuple[str, Mapping[str, str]]:
    """The value of a Content-Type or Content-Disposition field in lower case, and its parameters.

    Encoded words in parameters are against RFC 2047 §5, and common; the first of two wins.
    """
    # Most mails have the same few values, and each is asked for several times.
    return (_remembered if len(value) <= LONGEST_REMEMBERED else _parameters)(value)


def _parameters(value: str) -> tuple[str, Mapping[str, str]]:
    value = repair(value[:LONGEST_VALUE])
    unseparated = _UNSEPARATED.match(value)
    if unseparated is not None:
        main, rest = unseparated[1], value[unseparated.end() :]
    else:
        main, _, rest = value.partition(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    position = count = 0
    last = ""
    while position < len(rest) and count < MOST_PARAMETERS:
        count += 1
        found = _SEPARATORS.match(rest, position)
        start = position = found.end() if found else position
        match = _PARAMETER.match(rest, position)
        if match is None:  # something without "=": on with the next
            end = rest.find(";", position)
            position = len(rest) if end < 0 else end
            _rejoin(plain, last, rest[start:position])
            continue
        position = match.end()
        last, number, star = match[1].lower(), match[2], bool(match[3])
        text = _unquoted(match[4])
        if number or star:
            pieces.setdefault(last, {}).setdefault(int((number or "*0")[1:]), (text, star))
        else:
            plain.setdefault(last, _plain_value(text))
    for name, numbered in pieces.items():
        plain[name] = _joined(numbered)  # RFC 6266 §4.3 and others: the extended form wins
    return clean_field(main).lower(), {key: clean_field(text) for key, text in plain.items()}


_remembered = lru_cache(maxsize=512)(_parameters)


def _rejoin(plain: dict[str, str], last: str, rest: str) -> None:
    """A name that holds a semicolon and has no quotes: `filename=a;b.pdf`."""
    if last in _NAMES and "." not in plain.get(last, ".") and "." in rest and '"' not in rest:
        plain[last] += f";{rest}"


def _unquoted(text: str) -> str:
    """Backslashes are believed before a quote or a backslash only: others separate folders."""
    if text.startswith('"'):
        return re.sub(r"\\([\\\"])", r"\1", text[1:].removesuffix('"'))
    text = text.strip()
    return text.replace('"', "") if text.endswith('"') else text


def _plain_value(text: str) -> str:
    if _LOOKS_EXTENDED.match(text):
        return _joined({0: (text, True)})
    if "=?" not in text:
        return text
    shown = decode_words(text)
    if shown == text.strip() and text.startswith("=?"):
        shown = decode_words(f"{text}?=")  # its end was cut off
        return text if shown.endswith("?=") else shown
    return decode_words(shown) if shown.startswith("=?") else shown  # encoded twice


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 §3 and §4: numbered pieces; the first may state a charset for all."""
    charset = ""
    octets = b""
    forgot_stars = not any(star for _, star in pieces.values())
    all_encoded = forgot_stars and bool(_LOOKS_EXTENDED.match(pieces.get(0, ("", False))[0]))
    for index, (number, (text, stated)) in enumerate(sorted(pieces.items())):
        encoded = stated or all_encoded
        words = text[1:-1] if encoded and re.match(r"'[^']{1,60}'[^']{0,60}'.*'\Z", text) else text
        first = _EXTENDED.match(words) if encoded and index == number == 0 else None
        if first is not None:
            charset, words = first[1], words[first.end() :]
        octets += unquote_to_bytes(words) if encoded else words.encode("utf-8", "surrogateescape")
    return decode_words(decode_bytes(octets, charset)[0])


_ENCODINGS = {
    "quotedprintable": "quoted-printable",
    "quoted": "quoted-printable",
    "qp": "quoted-printable",
    "base64": "base64",
    "b64": "base64",
    "xbase64": "base64",
}


_AS_IT_IS = frozenset({"", "7bit", "8bit", "binary", "base64", "quoted-printable"})


def first_word(value: str) -> str:
    """The transfer encoding or another token, in lower case, without a comment behind it, and
    spelt as the standard does."""
    if value in _AS_IT_IS:
        return value
    word = clean_field(value.partition(";")[0].partition("(")[0]).lower().strip("\"' ")
    return _ENCODINGS.get("".join(filter(str.isalnum, word[:20])), word)


# ---------------------------------------------------------------- flowed text


def unflow(text: str, *, delete_space: bool) -> str:
    """RFC 3676 §4: join the lines that end in a space; a signature separator stays a line."""
    out: list[str] = []
    open_depth = -1  # quote depth of the paragraph that goes on, or -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:]
        words = words.removeprefix(" ")  # space-stuffing
        is_separator = words == "-- "
        flows = words.endswith(" ") and not is_separator
        if flows and delete_space:
            words = words[:-1]
        if open_depth == depth and not is_separator:
            out[-1] += words
        else:
            out.append(">" * depth + (" " if depth else "") + words)
        open_depth = depth if flows else -1
    return "\n".join(out)
