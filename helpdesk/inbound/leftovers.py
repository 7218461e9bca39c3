"""Transfer encodings that a text still has on, because no field says so any more.

Standards: RFC 2045 §6.7 (quoted-printable) and §6.8 (base64).
Failures: none; what is not certain stays as it is.
"""

import binascii
import re

LEAST_MARKS = 3
SHORTEST = 40  # octets of base64
LEAST_WORDS = 3
LONGEST = 4_000_000  # octets

_NO_MARK = re.compile(rb"=(?![0-9A-F]{2}|[ \t]{0,9}\r?\n)")
_SOFT_BREAK = re.compile(rb"(?m)^[^\r\n]{60,75}=\r?\n")
_BASE64 = re.compile(
    rb"(?:[A-Za-z0-9+/]{4,988}={0,2}\r?\n){0,60000}[A-Za-z0-9+/]{4,988}={0,2}\s{0,99}"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")


def undo_leftovers(content: bytes) -> bytes:
    """The text that was meant, if all of it is certainly still encoded; else the same octets."""
    if len(content) > LONGEST or not content.isascii():
        return content
    if content.count(b"=") >= LEAST_MARKS and _is_quoted(content):
        return binascii.a2b_qp(content)
    if len(content) >= SHORTEST and (decoded := _from_base64(content)):
        return decoded
    return content


def _is_quoted(content: bytes) -> bool:
    """Every equals sign begins an octet or ends a line, and something is there that only the
    encoding makes: a long line that goes on, or characters of UTF-8."""
    if _NO_MARK.search(content):
        return False
    if _SOFT_BREAK.search(content):
        return True
    decoded = binascii.a2b_qp(content)
    try:
        return not decoded.isascii() and bool(decoded.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _from_base64(content: bytes) -> bytes:
    """Only what turns out to be words: a key or a license file in base64 is meant to be shown."""
    if not _BASE64.fullmatch(content.lstrip()):
        return b""
    try:
        decoded = binascii.a2b_base64(content)
        text = decoded.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return b""
    is_text = not _CONTROL.search(text) and len(text.split()) >= LEAST_WORDS
    return decoded if is_text and text.lstrip()[:1] not in {"{", "[", "<", "-"} else b""
