"""What S/MIME puts around a message: told apart, and a signed message taken out.

Standards: RFC 5652 (CMS), RFC 8551 §3.2 (S/MIME), X.690 (BER: indefinite lengths are common).
Failures: none; what is no such thing is no such thing. Nothing is verified and nothing decrypted.
"""

from collections.abc import Iterator
from enum import StrEnum

MOST_PIECES = 100_000
DEEPEST = 50

_CONSTRUCTED = 0x20
_INDEFINITE = 0x80
_LONGEST_LENGTH = 8  # octets
_OID, _OCTETS, _SEQUENCE, _CONTENT = 0x06, 0x04, 0x30, 0xA0
_END = b"\0\0"


class Kind(StrEnum):
    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    OTHER = "other"


_KINDS = {
    bytes.fromhex("2a864886f70d010702"): Kind.SIGNED,  # signedData
    bytes.fromhex("2a864886f70d010703"): Kind.ENCRYPTED,  # envelopedData
    bytes.fromhex("2a864886f70d010706"): Kind.ENCRYPTED,  # encryptedData
    bytes.fromhex("2a864886f70d0109100117"): Kind.ENCRYPTED,  # authEnvelopedData
}


class _NoBerError(Exception):
    """These octets are not what they should be."""


def kind_of(content: bytes) -> Kind:
    """What a CMS object is, by its content type (RFC 5652 §3)."""
    try:
        return _kind(content)[0]
    except _NoBerError:
        return Kind.OTHER


def signed_content(content: bytes) -> bytes | None:
    """The message inside of signed data (RFC 5652 §5.1, §5.2); None if it is not in there."""
    try:
        kind, position = _kind(content)
        if kind is not Kind.SIGNED:
            return None
        position, _ = _enter(content, position, _CONTENT)
        position, _ = _enter(content, position, _SEQUENCE)
        position = _skip(content, position)  # version
        position = _skip(content, position)  # digest algorithms
        position, _ = _enter(content, position, _SEQUENCE)
        position = _skip(content, position)  # content type
        position, _ = _enter(content, position, _CONTENT)
        return b"".join(_pieces(content, position))
    except _NoBerError:
        return None


def _kind(content: bytes) -> tuple[Kind, int]:
    position, _ = _enter(content, 0, _SEQUENCE)
    begin, end = _enter(content, position, _OID)
    return _KINDS.get(content[begin:end], Kind.OTHER), end


def _head(content: bytes, position: int) -> tuple[int, int, int]:
    """Tag, where the value begins and where it ends; the latter is -1 for an indefinite length."""
    if position + 2 > len(content):
        raise _NoBerError
    tag, length = content[position], content[position + 1]
    position += 2
    if length == _INDEFINITE:
        if not tag & _CONSTRUCTED:
            raise _NoBerError
        return tag, position, -1
    if length > _INDEFINITE:
        count = length - _INDEFINITE
        if count > _LONGEST_LENGTH:
            raise _NoBerError
        length = int.from_bytes(content[position : position + count], "big")
        position += count
    # A file without its end is read as far as it goes.
    return tag, position, min(position + length, len(content))


def _enter(content: bytes, position: int, tag: int) -> tuple[int, int]:
    found, begin, end = _head(content, position)
    if found != tag:
        raise _NoBerError
    return begin, end


def _skip(content: bytes, position: int) -> int:
    """Where the value at this place ends; an indefinite one is walked through."""
    open_values = 0
    for _ in range(MOST_PIECES):
        if open_values and content.startswith(_END, position):
            open_values -= 1
            position += 2
        else:
            _, begin, end = _head(content, position)
            open_values += end < 0
            position = begin if end < 0 else end
        if not open_values:
            return position
    raise _NoBerError


def _pieces(content: bytes, position: int) -> Iterator[bytes]:
    """The octets of an OCTET STRING, which may come in pieces (X.690 §8.7.3)."""
    ends: list[int] = []
    for _ in range(MOST_PIECES):
        if ends and _is_end(content, position, ends[-1]):
            position += len(_END) if ends.pop() < 0 else 0
        else:
            tag, begin, end = _head(content, position)
            if tag & ~_CONSTRUCTED != _OCTETS or len(ends) >= DEEPEST:
                raise _NoBerError
            if tag & _CONSTRUCTED:
                ends.append(end)
                position = begin
            else:
                yield content[begin:end]
                position = end
        if not ends:
            return


def _is_end(content: bytes, position: int, end: int) -> bool:
    if position >= len(content):
        return True
    return position >= end if end >= 0 else content.startswith(_END, position)
