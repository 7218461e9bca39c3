"""OpenPGP in the text itself: signed words read as words, encrypted ones told apart.

Standards: RFC 9580 §6 (armor) and §7 (cleartext signatures); its forerunners write the same lines.
Failures: none; what has no end stays text. Nothing is verified and nothing decrypted.
"""

import re
from dataclasses import dataclass

_SIGNED = re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]{0,9}\n", re.MULTILINE)
_SIGNATURE = "\n-----BEGIN PGP SIGNATURE-----"
_END_OF_SIGNATURE = "\n-----END PGP SIGNATURE-----"
_ENCRYPTED = re.compile(r"^-----BEGIN PGP MESSAGE-----[ \t]{0,9}\n", re.MULTILINE)
_END_OF_MESSAGE = "\n-----END PGP MESSAGE-----"
_ARMOR_HEADER = re.compile(r"(?:[A-Za-z-]{1,40}: [^\n]{0,1000}\n){0,20}[ \t]{0,9}\n")
_DASHED = re.compile(r"^- ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unarmored:
    """A text without the lines of OpenPGP, and what they said."""

    text: str
    is_signed: bool = False
    is_encrypted: bool = False


def unarmor(text: str) -> Unarmored:
    if "-----BEGIN PGP " not in text:
        return Unarmored(text)
    without, is_encrypted = _without_encrypted(text)
    return _without_signatures(without, is_encrypted=is_encrypted)


def _without_encrypted(text: str) -> tuple[str, bool]:
    kept: list[str] = []
    position = 0
    last = text.rfind(_END_OF_MESSAGE)
    while (begin := _ENCRYPTED.search(text, position)) and begin.end() <= last + 1:
        kept.append(text[position : begin.start()])
        position = _end_of_line(text, text.index(_END_OF_MESSAGE, begin.end() - 1))
    kept.append(text[position:])
    return "".join(kept), position > 0


def _without_signatures(text: str, *, is_encrypted: bool) -> Unarmored:
    kept: list[str] = []
    position = 0
    while begin := _SIGNED.search(text, position):
        signature = text.find(_SIGNATURE, begin.end() - 1)
        end = text.find(_END_OF_SIGNATURE, signature) if signature >= 0 else -1
        if end < 0:
            break
        header = _ARMOR_HEADER.match(text, begin.end())
        words = text[header.end() if header else begin.end() : signature]
        kept += [text[position : begin.start()], _DASHED.sub("", words), "\n"]
        position = _end_of_line(text, end)
    kept.append(text[position:])
    return Unarmored("".join(kept), position > 0, is_encrypted)


def _end_of_line(text: str, start: int) -> int:
    found = text.find("\n", start + 1)
    return len(text) if found < 0 else found + 1
